//! `Pesel`, the number of a natural person.

use core::fmt;
use core::str::FromStr;

use crate::shape::{number, weighted_sum};
use crate::text::{InlineText, identifier_traits};
use crate::{ParseError, ParseErrorReason};

/// A PESEL, the Polish number of a natural person: a date of birth, a serial number and a check
/// digit, eleven digits in all.
///
/// Form: `\d{2}(0[1-9]|1[0-2]|2[1-9]|3[0-2]|4[1-9]|5[0-2]|6[1-9]|7[0-2]|8[1-9]|9[0-2])\d{7}`
/// (KSeF OpenAPI, `Pesel`). The month says the century too: 80 is added for the 1800s, 20 for the
/// 2000s, 40 for the 2100s, 60 for the 2200s. Check digit: the first ten digits weighted 1, 3, 7,
/// 9, 1, 3, 7, 9, 1, 3; it makes the last digit of the sum zero.
///
/// Parsing checks the form, that the day exists, and the check digit. Numbers made up for TEST
/// need the form only, see [`Pesel::for_test_environment`]; deserialization takes them too, so
/// that whatever was stored can be read back.
///
/// This is personal data: `Debug` hides the digits, `Display` prints them.
///
/// ```
/// use ksef_core::{ParseErrorReason, Pesel};
///
/// let pesel: Pesel = "99022812340".parse()?;
/// assert_eq!(pesel.as_str(), "99022812340");
/// assert_eq!(format!("{pesel:?}"), "Pesel([redacted])");
///
/// let error = "99022812341".parse::<Pesel>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::CheckDigit);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Pesel(InlineText<11>);

impl Pesel {
    const EXPECTED: &'static str = "PESEL";
    const WEIGHTS: [u32; 10] = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3];

    /// A PESEL for KSeF's TEST environment: neither the check digit nor the day is looked at.
    ///
    /// ```
    /// use ksef_core::Pesel;
    ///
    /// assert!(Pesel::for_test_environment("99023112345").is_ok());
    /// assert!(Pesel::for_test_environment("99133112345").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the text does not have the form of a PESEL.
    pub fn for_test_environment(text: &str) -> Result<Self, ParseError> {
        let digits = InlineText::parse::<11>(text, Self::EXPECTED, |byte| byte.is_ascii_digit())?;
        let pesel = Self(digits);
        if pesel.birth_month().is_none() {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange));
        }
        Ok(pesel)
    }

    /// The eleven digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the last digit is the check digit of the others.
    ///
    /// Always true for a number that was parsed, see [`Pesel::for_test_environment`].
    #[must_use]
    pub fn has_valid_check_digit(&self) -> bool {
        weighted_sum(self.as_str(), Self::WEIGHTS.into_iter().chain([1])).is_multiple_of(10)
    }

    /// The first year of the century and the month, from the two digits that say both.
    fn birth_month(&self) -> Option<(i16, i8)> {
        let digits: i8 = number(self.0.slice(2, 4))?;
        let century = match digits / 20 {
            0 => 1900,
            1 => 2000,
            2 => 2100,
            3 => 2200,
            _ => 1800,
        };
        let month = digits % 20;
        (1..=12).contains(&month).then_some((century, month))
    }

    fn has_real_birth_date(&self) -> bool {
        let year_of_century = number::<i16>(self.0.slice(0, 2));
        let day = number(self.0.slice(4, 6));
        let (Some((century, month)), Some(year), Some(day)) =
            (self.birth_month(), year_of_century, day)
        else {
            return false;
        };
        jiff::civil::Date::new(century + year, month, day).is_ok()
    }
}

impl FromStr for Pesel {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pesel = Self::for_test_environment(text)?;
        if !pesel.has_real_birth_date() {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange));
        }
        if !pesel.has_valid_check_digit() {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::CheckDigit));
        }
        Ok(pesel)
    }
}

impl fmt::Debug for Pesel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pesel([redacted])")
    }
}

identifier_traits!(Pesel, restore = Pesel::for_test_environment);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for Pesel {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        let centuries = proptest::sample::select(vec![0_u8, 20, 40, 60, 80]);
        let day = (0_u8..100, centuries, 1_u8..=12, 1_u8..=31);
        (day, 0_u16..10_000)
            .prop_filter_map("no such day", |((year, century, month, day), serial)| {
                let digits = format!("{year:02}{:02}{day:02}{serial:04}", century + month);
                (0..10).find_map(|last| format!("{digits}{last}").parse().ok())
            })
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<Pesel>("99022812340");
        assert_eq!(reason::<Pesel>("9902281234"), ParseErrorReason::Length);
        assert_eq!(reason::<Pesel>("990228A2340"), ParseErrorReason::Character);
        assert_eq!(reason::<Pesel>("99022812341"), ParseErrorReason::CheckDigit);
    }

    #[test]
    fn the_month_pattern_of_the_api_is_kept_even_for_test_numbers() {
        for month in 0..100 {
            let in_pattern = matches!(month, 1..=12 | 21..=32 | 41..=52 | 61..=72 | 81..=92);
            let text = format!("99{month:02}0112345");
            assert_eq!(Pesel::for_test_environment(&text).is_ok(), in_pattern, "{text}");
            assert!(in_pattern || reason::<Pesel>(&text) == ParseErrorReason::OutOfRange);
        }
    }

    #[test]
    fn the_century_decides_about_the_29th_of_february() {
        // 2000 was a leap year; 1900, 1800, 2100 and 2200 have no such day.
        assert!("00222900016".parse::<Pesel>().is_ok());
        for text in ["00022900119", "00822900000", "00422900128", "00622900000"] {
            assert_eq!(reason::<Pesel>(text), ParseErrorReason::OutOfRange, "{text}");
        }
        assert!("04222900007".parse::<Pesel>().is_ok());
    }

    #[test]
    fn all_five_centuries_are_read() {
        for (text, year_and_month) in [
            ("16812311234", (1800, 1)),
            ("16012311234", (1900, 1)),
            ("16212311234", (2000, 1)),
            ("16522311234", (2100, 12)),
            ("16723112348", (2200, 12)),
        ] {
            let pesel = Pesel::for_test_environment(text).unwrap();
            assert_eq!(pesel.birth_month(), Some(year_and_month), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_digit_of_the_number() {
        let pesel: Pesel = "99022812340".parse().unwrap();
        assert_eq!(format!("{pesel:?} {:?}", Some(pesel)).find(|c: char| c.is_numeric()), None);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<Pesel>("99023112345", "99133112345");
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(pesel: Pesel) {
            crate::test_support::assert_reads_itself_back(&pesel);
        }

        #[test]
        fn one_changed_digit_is_refused(pesel: Pesel) {
            crate::test_support::assert_refuses_one_changed_digit(&pesel, "0123456789");
        }
    }
}
