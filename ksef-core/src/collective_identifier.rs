//! `CollectiveIdentifier`, which stands for many invoices in one payment.

use core::str::FromStr;

use crate::shape::{FIRST_YEAR, has_shape, is_upper_or_digit, number};
use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{Nip, ParseError, ParseErrorReason, crc8};

/// A collective identifier (IZ): one number for all the invoices that a payment covers.
///
/// Form: `9999999999-IZYYYYMM-HHHHHHHHHHHH-HH`, 35 characters. The OpenAPI gives the length
/// (`collectiveIdentifierNumber`) and one example, from which the rest is read: a NIP, `IZ` with a
/// month, a technical part, and the CRC-8 of the KSeF number over the first 32 characters.
///
/// Parsing asks for this form and a month of 2020 or later, but not for the check digits. As with a
/// [`ReferenceNumber`](crate::ReferenceNumber), what a server answered must not be lost for a rule
/// that is not official; ask [`CollectiveIdentifier::check_digits_match`] about what a person
/// typed.
///
/// ```
/// use ksef_core::{CollectiveIdentifier, ParseErrorReason};
///
/// let payment: CollectiveIdentifier = "1111111111-IZ202607-65ED02180000-E7".parse()?;
/// assert_eq!(payment.nip().as_str(), "1111111111");
/// assert_eq!((payment.year(), payment.month()), (2026, 7));
/// assert!(payment.check_digits_match());
///
/// let error = "1111111111-IZ202613-65ED02180000-E7".parse::<CollectiveIdentifier>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::OutOfRange);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CollectiveIdentifier(InlineText<35>);

impl CollectiveIdentifier {
    const EXPECTED: &'static str = "collective identifier";

    /// A number like those of KSeF, with its check digits.
    ///
    /// Only KSeF gives numbers out. This is for what stands in for it in tests.
    ///
    /// ```
    /// use ksef_core::CollectiveIdentifier;
    ///
    /// let technical = [0x65, 0xED, 0x02, 0x18, 0x00, 0x00];
    /// let payment = CollectiveIdentifier::new("1111111111".parse()?, 2026, 7, technical)?;
    /// assert_eq!(payment.as_str(), "1111111111-IZ202607-65ED02180000-E7");
    ///
    /// assert!(CollectiveIdentifier::new("1111111111".parse()?, 2026, 13, technical).is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the month is not 1 to 12 or the year not 2020 to 9999.
    pub fn new(nip: Nip, year: i16, month: i8, technical: [u8; 6]) -> Result<Self, ParseError> {
        if !(FIRST_YEAR..=9999).contains(&year) || !(1..=12).contains(&month) {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange));
        }
        let [a, b, c, d, e, f] = technical;
        let start = format!("{nip}-IZ{year:04}{month:02}");
        let checked = format!("{start}-{a:02X}{b:02X}{c:02X}{d:02X}{e:02X}{f:02X}");
        let check_digits = crc8::crc8(&checked);
        Ok(Self(InlineText::from_format(format_args!("{checked}-{check_digits:02X}"))))
    }

    /// The 35 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The NIP at the start.
    #[must_use]
    pub fn nip(&self) -> Nip {
        Nip::from_checked(self.0.part(0))
    }

    /// The year after `IZ`.
    #[must_use]
    pub fn year(&self) -> i16 {
        // Four digits always fit, so the default is never taken.
        number(self.0.slice(13, 17)).unwrap_or_default()
    }

    /// The month after the year, 1 to 12.
    #[must_use]
    pub fn month(&self) -> i8 {
        number(self.0.slice(17, 19)).unwrap_or_default()
    }

    /// Whether the last two digits are the CRC-8 of the first 32 characters.
    #[must_use]
    pub fn check_digits_match(&self) -> bool {
        crc8::matches(self.0.slice(0, 32), self.0.slice(33, 35))
    }
}

impl FromStr for CollectiveIdentifier {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        let is_allowed = |byte| byte == b'-' || is_upper_or_digit(byte);
        let text = InlineText::parse::<35>(text, Self::EXPECTED, is_allowed)?;
        if !has_shape(text.as_str(), "dddddddddd-IZdddddd-hhhhhhhhhhhh-hh") {
            return Err(error(ParseErrorReason::Format));
        }
        Nip::for_test_environment(text.slice(0, 10)).map_err(|nip| error(nip.reason()))?;
        let identifier = Self(text);
        if identifier.year() < FIRST_YEAR || !(1..=12).contains(&identifier.month()) {
            return Err(error(ParseErrorReason::OutOfRange));
        }
        Ok(identifier)
    }
}

identifier_traits!(CollectiveIdentifier);
debug_as_text!(CollectiveIdentifier);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for CollectiveIdentifier {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        (Nip::arbitrary(), FIRST_YEAR..2100, 1_i8..=12, <[u8; 6]>::arbitrary())
            .prop_filter_map("no such month", |(nip, year, month, technical)| {
                Self::new(nip, year, month, technical).ok()
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
        assert_refuses_bad_text::<CollectiveIdentifier>("1111111111-IZ202607-65ED02180000-E7");
        for (text, expected) in [
            ("1111111111-IZ202607-65ED02180000-E", ParseErrorReason::Length),
            ("1111111111-iz202607-65ED02180000-E7", ParseErrorReason::Character),
            ("1111111111-ZZ202607-65ED02180000-E7", ParseErrorReason::Format),
            ("1111111111-20260701-65ED02180000-E7", ParseErrorReason::Format),
            ("0111111111-IZ202607-65ED02180000-E7", ParseErrorReason::Format),
            ("1111111111-IZ202600-65ED02180000-E7", ParseErrorReason::OutOfRange),
            ("1111111111-IZ201912-65ED02180000-E7", ParseErrorReason::OutOfRange),
        ] {
            assert_eq!(reason::<CollectiveIdentifier>(text), expected, "{text}");
        }
    }

    #[test]
    fn check_digits_that_do_not_match_are_reported_and_not_refused() {
        let text = "1111111111-IZ202607-65ED02180000-E8";
        let payment: CollectiveIdentifier = text.parse().unwrap();
        assert!(!payment.check_digits_match());
        assert_eq!(payment.to_string(), text);
    }

    #[test]
    fn it_is_no_ksef_number() {
        assert!("1111111111-IZ202607-65ED02180000-E7".parse::<crate::KsefNumber>().is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<CollectiveIdentifier>(
            "1111111111-IZ202607-65ED02180000-E7",
            "1111111111-IZ202613-65ED02180000-E7",
        );
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(payment: CollectiveIdentifier) {
            crate::test_support::assert_reads_itself_back(&payment);
            assert!(payment.check_digits_match());
        }
    }
}
