//! `InternalId`, a part of a taxpayer that sees only its own invoices.

use core::str::FromStr;

use crate::shape::{has_shape, weighted_sum};
use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{Nip, ParseError, ParseErrorReason};

/// An internal identifier (IDWew): a NIP, a hyphen and five digits, the last of them a check digit.
///
/// It names a unit of a taxpayer, for example a branch or a shop, that has its own context in
/// KSeF. Form: `{NIP}-\d{5}` (KSeF OpenAPI, `InternalId`; XSD `TNIPIdWew` and `TIdWewnetrzny`).
/// Check digit: the fourteen digits before it weighted 1, 3, 1, 3, …, the sum modulo 10.
///
/// Parsing checks this digit and the NIP's. KSeF does so in Production;
/// [`InternalId::for_test_environment`] checks the form only, and so does deserialization, so that
/// whatever was stored can be read back.
///
/// ```
/// use ksef_core::{InternalId, ParseErrorReason};
///
/// let unit: InternalId = "6824515772-12343".parse()?;
/// assert_eq!(unit.nip().as_str(), "6824515772");
///
/// let error = "6824515772-12345".parse::<InternalId>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::CheckDigit);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct InternalId(InlineText<16>);

impl InternalId {
    const EXPECTED: &'static str = "KSeF internal identifier";

    /// The identifier of the unit with these four digits; the check digit is computed.
    ///
    /// ```
    /// use ksef_core::InternalId;
    ///
    /// let unit = InternalId::new("6824515772".parse()?, "1234")?;
    /// assert_eq!(unit.as_str(), "6824515772-12343");
    ///
    /// assert!(InternalId::new("6824515772".parse()?, "123").is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When `unit` is not four digits.
    pub fn new(nip: Nip, unit: &str) -> Result<Self, ParseError> {
        InlineText::<4>::parse::<4>(unit, Self::EXPECTED, |byte| byte.is_ascii_digit())?;
        let check_digit = Self::check_digit(&format!("{nip}-{unit}"));
        Ok(Self(InlineText::from_format(format_args!("{nip}-{unit}{check_digit}"))))
    }

    /// An identifier for KSeF's TEST environment, which checks neither of the two check digits.
    ///
    /// ```
    /// use ksef_core::InternalId;
    ///
    /// let unit = InternalId::for_test_environment("1234567890-00000")?;
    /// assert!(!unit.has_valid_check_digits());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the text does not have the form of an internal identifier.
    pub fn for_test_environment(text: &str) -> Result<Self, ParseError> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        let is_allowed = |byte: u8| byte == b'-' || byte.is_ascii_digit();
        let text = InlineText::parse::<16>(text, Self::EXPECTED, is_allowed)?;
        if !has_shape(text.as_str(), "dddddddddd-ddddd") {
            return Err(error(ParseErrorReason::Format));
        }
        Nip::for_test_environment(text.slice(0, 10)).map_err(|nip| error(nip.reason()))?;
        Ok(Self(text))
    }

    /// The NIP, the hyphen and the five digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The taxpayer whose unit this is.
    #[must_use]
    pub fn nip(&self) -> Nip {
        Nip::from_checked(self.0.part(0))
    }

    /// Whether both the NIP and the whole identifier end in their check digit.
    ///
    /// Always true for an identifier that was parsed, see [`InternalId::for_test_environment`].
    #[must_use]
    pub fn has_valid_check_digits(&self) -> bool {
        let check_digit = Self::check_digit(self.as_str()).to_string();
        self.0.slice(15, 16) == check_digit && self.nip().has_valid_check_digit()
    }

    /// The check digit over the first fourteen digits of `text`.
    fn check_digit(text: &str) -> u32 {
        weighted_sum(text, [1, 3].into_iter().cycle().take(14)) % 10
    }
}

impl FromStr for InternalId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = Self::for_test_environment(text)?;
        if !id.has_valid_check_digits() {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::CheckDigit));
        }
        Ok(id)
    }
}

identifier_traits!(InternalId, restore = InternalId::for_test_environment);
debug_as_text!(InternalId);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for InternalId {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        (Nip::arbitrary(), "[0-9]{4}")
            .prop_filter_map("not four digits", |(nip, unit)| Self::new(nip, &unit).ok())
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<InternalId>("6824515772-12343");
        assert_eq!(reason::<InternalId>("6824515772-1234"), ParseErrorReason::Length);
        assert_eq!(reason::<InternalId>("6824515772_12343"), ParseErrorReason::Character);
        assert_eq!(reason::<InternalId>("682451577-212343"), ParseErrorReason::Format);
        assert_eq!(reason::<InternalId>("0824515772-12343"), ParseErrorReason::Format);
        assert_eq!(reason::<InternalId>("6824515772-12344"), ParseErrorReason::CheckDigit);
    }

    #[test]
    fn the_nip_has_to_be_right_too() {
        // The last digit fits the other fourteen; the NIP's own digit is wrong.
        let id = InternalId::new(Nip::for_test_environment("6824515773").unwrap(), "1234").unwrap();
        assert!(!id.has_valid_check_digits());
        assert_eq!(reason::<InternalId>(id.as_str()), ParseErrorReason::CheckDigit);
    }

    #[test]
    fn a_unit_is_four_digits() {
        let nip = "6824515772".parse().unwrap();
        for (unit, expected) in [
            ("", ParseErrorReason::Empty),
            ("12345", ParseErrorReason::Length),
            ("12a4", ParseErrorReason::Character),
            ("-123", ParseErrorReason::Character),
        ] {
            assert_eq!(InternalId::new(nip, unit).unwrap_err().reason(), expected, "{unit}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<InternalId>(
            "1234567890-00000",
            "0234567890-00000",
        );
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(id: InternalId) {
            crate::test_support::assert_reads_itself_back(&id);
        }

        #[test]
        fn one_changed_digit_is_refused(id: InternalId) {
            crate::test_support::assert_refuses_one_changed_digit(&id, "0123456789");
        }
    }
}
