//! The decimal digits of Unicode.

/// The zero of each set of ten digits that follow each other: general category `Nd`, Unicode 15.
#[rustfmt::skip]
const ZEROS: [u32; 68] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60,
    0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0,
    0x1E950, 0x1FBF0,
];

/// Whether `\d` matches.
pub(super) fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || (!character.is_ascii() && is_foreign_digit(u32::from(character)))
}

fn is_foreign_digit(code: u32) -> bool {
    let after = ZEROS.partition_point(|zero| *zero <= code);
    let zero = after.checked_sub(1).and_then(|index| ZEROS.get(index));
    zero.is_some_and(|zero| code - zero < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zeros_are_in_order_and_ten_digits_apart() {
        assert!(ZEROS.windows(2).all(|pair| pair[0] + 10 <= pair[1]));
    }

    #[test]
    fn digits_of_other_scripts_are_digits_and_other_numbers_are_not() {
        for digit in ['0', '9', '٠', '٩', '９', '𝟘', '𝟿', '߀'] {
            assert!(is_digit(digit), "{digit}");
        }
        for other in ['/', ':', '²', '½', 'Ⅷ', '一', '①', 'A', '٪', '\u{1D800}'] {
            assert!(!is_digit(other), "{other}");
        }
    }

    #[test]
    fn every_digit_is_numeric_for_the_standard_library() {
        let digits = (0..=0x10_FFFF).filter_map(char::from_u32).filter(|c| is_digit(*c));
        let mut count = 0;
        for digit in digits {
            assert!(digit.is_numeric(), "{digit:?}");
            count += 1;
        }
        assert_eq!(count, 680);
    }
}
