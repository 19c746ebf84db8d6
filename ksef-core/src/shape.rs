//! The forms of identifiers, written so that they can be compared with the official patterns.

use crate::InvoiceDate;

/// The first year of the dates inside KSeF numbers and reference numbers, per their patterns.
pub(crate) const FIRST_YEAR: i16 = 2020;

/// Whether `text` has the form that `shape` draws, character by character.
///
/// A lower-case letter of the shape stands for a class of characters: `d` a digit, `b` 0 or 1,
/// `h` an upper-case hexadecimal digit, `u` an upper-case letter, `a` one of these or a digit,
/// `s` what `a` allows or one of `+` and `*`. Everything else stands for itself.
pub(crate) fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, class)| match class {
            b'd' => byte.is_ascii_digit(),
            b'b' => matches!(byte, b'0' | b'1'),
            b'h' => matches!(byte, b'0'..=b'9' | b'A'..=b'F'),
            b'u' => byte.is_ascii_uppercase(),
            b'a' => is_upper_or_digit(byte),
            b's' => is_upper_or_digit(byte) || matches!(byte, b'+' | b'*'),
            _ => byte == class,
        })
}

pub(crate) const fn is_upper_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// The digits of `text` weighted in turn and summed, other characters skipped.
pub(crate) fn weighted_sum(text: &str, weights: impl IntoIterator<Item = u32>) -> u32 {
    let digits = text.chars().filter_map(|character| character.to_digit(10));
    digits.zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The day that `YYYYMMDD` names, if the calendar has it.
pub(crate) fn date(text: &str) -> Option<InvoiceDate> {
    let (year, month_and_day) = text.split_at_checked(4)?;
    let (month, day) = month_and_day.split_at_checked(2)?;
    InvoiceDate::new(number(year)?, number(month)?, number(day)?).ok()
}

/// `date` as `YYYYMMDD`.
pub(crate) fn compact(date: InvoiceDate) -> impl core::fmt::Display {
    date.to_civil().strftime("%Y%m%d")
}

/// The number that `text` writes in digits only: no sign, no space.
pub(crate) fn number<T: core::str::FromStr>(text: &str) -> Option<T> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

/// Days that occur in KSeF numbers and reference numbers.
#[cfg(feature = "proptest")]
pub(crate) fn any_date() -> impl proptest::strategy::Strategy<Value = InvoiceDate> {
    use proptest::strategy::Strategy as _;

    (FIRST_YEAR..2050, 1_i8..=12, 1_i8..=31).prop_filter_map("no such day", |(year, month, day)| {
        InvoiceDate::new(year, month, day).ok()
    })
}

/// Text of a shape.
#[cfg(feature = "proptest")]
pub(crate) fn any_of_shape(shape: &str) -> proptest::strategy::BoxedStrategy<String> {
    use proptest::strategy::{Just, Strategy as _};

    let classes = shape.chars().map(|class| match class {
        'd' => "[0-9]".boxed(),
        'b' => "[01]".boxed(),
        'h' => "[0-9A-F]".boxed(),
        'u' => "[A-Z]".boxed(),
        'a' => "[A-Z0-9]".boxed(),
        's' => "[A-Z0-9+*]".boxed(),
        _ => Just(class.to_string()).boxed(),
    });
    classes.collect::<Vec<_>>().prop_map(|characters| characters.concat()).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_takes_its_characters_and_no_others() {
        for (class, allowed) in [
            ("d", "0123456789"),
            ("b", "01"),
            ("h", "0123456789ABCDEF"),
            ("u", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            ("a", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            ("s", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+*"),
            ("-", "-"),
        ] {
            for character in (0..128_u8).map(char::from) {
                let is_allowed = allowed.contains(character);
                assert_eq!(has_shape(&character.to_string(), class), is_allowed, "{class}");
            }
        }
    }

    #[test]
    fn a_shape_fixes_the_length() {
        assert!(has_shape("12-A", "dd-u"));
        assert!(!has_shape("12-", "dd-u"));
        assert!(!has_shape("12-AB", "dd-u"));
    }

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        assert_eq!(date("20240229"), InvoiceDate::new(2024, 2, 29).ok());
        for text in ["20250229", "20251301", "20250431", "20250100", "2025010", "+2025101", ""] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
