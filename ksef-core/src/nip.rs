//! `Nip`, the Polish tax number.

use core::str::FromStr;

use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{ParseError, ParseErrorReason};

/// A NIP, the tax number of a Polish taxpayer: ten digits, the last of them a check digit.
///
/// Form: `[1-9]((\d[1-9])|([1-9]\d))\d{7}` (KSeF OpenAPI, `nip`; XSD `TNrNIP`): no leading zero,
/// and the second and third digit are not both zero. Check digit: the first nine digits weighted
/// 6, 5, 7, 2, 3, 4, 5, 6, 7, the sum modulo 11; a remainder of 10 is never issued.
///
/// Parsing checks both. KSeF itself checks the digit in Production only, and on TEST people use
/// made-up numbers; [`Nip::for_test_environment`] takes those, and deserialization does too, so
/// that whatever was stored can be read back.
///
/// ```
/// use ksef_core::{Nip, ParseErrorReason};
///
/// let nip: Nip = "5265877635".parse()?;
/// assert_eq!(nip.as_str(), "5265877635");
///
/// let error = "526-587-76-35".parse::<Nip>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Length);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Nip(InlineText<10>);

impl Nip {
    const EXPECTED: &'static str = "NIP";
    const WEIGHTS: [u32; 9] = [6, 5, 7, 2, 3, 4, 5, 6, 7];

    /// A NIP for KSeF's TEST environment, which does not check the check digit.
    ///
    /// ```
    /// use ksef_core::Nip;
    ///
    /// let nip = Nip::for_test_environment("1234567890")?;
    /// assert!(!nip.has_valid_check_digit());
    /// assert!("1234567890".parse::<Nip>().is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the text does not have the form of a NIP.
    pub fn for_test_environment(text: &str) -> Result<Self, ParseError> {
        let digits = InlineText::parse::<10>(text, Self::EXPECTED, |byte| byte.is_ascii_digit())?;
        if text.starts_with('0') || digits.slice(1, 3) == "00" {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::Format));
        }
        Ok(Self(digits))
    }

    /// Text whose form [`Nip::for_test_environment`] has already checked.
    pub(crate) const fn from_checked(digits: InlineText<10>) -> Self {
        Self(digits)
    }

    /// The ten digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the last digit is the check digit of the others.
    ///
    /// Always true for a number that was parsed, see [`Nip::for_test_environment`].
    #[must_use]
    pub fn has_valid_check_digit(&self) -> bool {
        let digits = || self.as_str().bytes().map(|byte| u32::from(byte - b'0'));
        let sum: u32 = digits().zip(Self::WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        digits().next_back() == Some(sum % 11)
    }
}

impl FromStr for Nip {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let nip = Self::for_test_environment(text)?;
        if !nip.has_valid_check_digit() {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::CheckDigit));
        }
        Ok(nip)
    }
}

identifier_traits!(Nip, restore = Nip::for_test_environment);
debug_as_text!(Nip);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for Nip {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        "[1-9][0-9]{8}"
            .prop_filter_map("no check digit", |digits| {
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
        assert_refuses_bad_text::<Nip>("5265877635");
        assert_eq!(reason::<Nip>("0265877635"), ParseErrorReason::Format);
        assert_eq!(reason::<Nip>("5005877635"), ParseErrorReason::Format);
        assert_eq!(reason::<Nip>("5265877636"), ParseErrorReason::CheckDigit);
        assert_eq!(reason::<Nip>("52658A7635"), ParseErrorReason::Character);
    }

    #[test]
    fn a_remainder_of_ten_is_no_check_digit() {
        // 1·6 + 0·5 + 1·7 + 0·2 + 0·3 + 2·4 = 21, and 21 mod 11 = 10.
        for last in 0..10 {
            assert!(format!("101002000{last}").parse::<Nip>().is_err());
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<Nip>("1234567890", "0234567890");
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(nip: Nip) {
            crate::test_support::assert_reads_itself_back(&nip);
        }

        #[test]
        fn one_changed_digit_is_refused(nip: Nip) {
            crate::test_support::assert_refuses_one_changed_digit(&nip, "0123456789");
        }
    }
}
