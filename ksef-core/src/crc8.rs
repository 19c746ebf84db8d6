//! The check digits of KSeF numbers, reference numbers and collective identifiers.

/// CRC-8 with the polynomial 0x07: initial value 0, no reflection, no final XOR.
///
/// The KSeF number appends it in two upper-case hexadecimal digits (the Ministry's description of
/// the KSeF number, `numer-ksef.md`).
pub(crate) fn crc8(text: &str) -> u8 {
    text.bytes().fold(0, |register, byte| (0..8).fold(register ^ byte, |bits, _| shift(bits)))
}

const fn shift(register: u8) -> u8 {
    let shifted = register << 1;
    if register & 0x80 == 0 { shifted } else { shifted ^ 0x07 }
}

/// Whether `digits` are the check digits of `text`.
pub(crate) fn matches(text: &str, digits: &str) -> bool {
    u8::from_str_radix(digits, 16) == Ok(crc8(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_register_goes_through_the_published_example() {
        for (text, register) in [
            ("5265877635", 0x60),
            ("5265877635-", 0xE4),
            ("5265877635-20250826", 0x48),
            ("5265877635-20250826-", 0x3C),
            ("5265877635-20250826-0100001AF629", 0xAF),
        ] {
            assert_eq!(crc8(text), register, "{text}");
        }
    }

    #[test]
    fn the_usual_check_value_of_this_crc_comes_out() {
        assert_eq!(crc8("123456789"), 0xF4);
        assert_eq!(crc8(""), 0);
    }

    #[test]
    fn check_digits_are_compared_as_a_number() {
        assert!(matches("123456789", "F4"));
        assert!(!matches("123456789", "F5"));
        assert!(!matches("123456789", ""));
    }
}
