//! `NipVatUe`, the context in which an entity from the European Union issues invoices.

use core::str::FromStr;

use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::vat_ue::is_vat_ue_character;
use crate::{Nip, ParseError, ParseErrorReason, VatUe};

/// A NIP and an EU VAT number joined by a hyphen.
///
/// It names the context in which an entity from the European Union acts for a Polish taxpayer,
/// for instance when the buyer issues the invoice. Form: KSeF OpenAPI, `NipVatUe`; UPO schema,
/// `TIdZlozonyVatUE`.
///
/// Parsing checks the NIP's check digit; [`NipVatUe::for_test_environment`] does not, and neither
/// does deserialization, so that whatever was stored can be read back.
///
/// ```
/// use ksef_core::{NipVatUe, ParseErrorReason};
///
/// let both: NipVatUe = "5265877635-DE123456789".parse()?;
/// assert_eq!(both.nip().as_str(), "5265877635");
/// assert_eq!(both.vat_ue().country(), "DE");
///
/// let error = "5265877635-DE12345678".parse::<NipVatUe>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Format);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NipVatUe(InlineText<{ Self::LONGEST }>);

impl NipVatUe {
    const EXPECTED: &'static str = "NIP with an EU VAT number";
    const SHORTEST: usize = 11 + VatUe::SHORTEST;
    const LONGEST: usize = 11 + VatUe::LONGEST;

    /// Joins the two numbers.
    ///
    /// ```
    /// use ksef_core::NipVatUe;
    ///
    /// let both = NipVatUe::new("5265877635".parse()?, "DE123456789".parse()?);
    /// assert_eq!(both.to_string(), "5265877635-DE123456789");
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn new(nip: Nip, vat_ue: VatUe) -> Self {
        Self(InlineText::from_format(format_args!("{nip}-{vat_ue}")))
    }

    /// An identifier for KSeF's TEST environment, where the NIP needs no check digit.
    ///
    /// ```
    /// use ksef_core::NipVatUe;
    ///
    /// assert!(NipVatUe::for_test_environment("1234567890-DE123456789").is_ok());
    /// assert!("1234567890-DE123456789".parse::<NipVatUe>().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the text does not have the form of a NIP and an EU VAT number.
    pub fn for_test_environment(text: &str) -> Result<Self, ParseError> {
        Self::parse_with(text, Nip::for_test_environment)
    }

    fn parse_with(
        text: &str,
        parse_nip: impl Fn(&str) -> Result<Nip, ParseError>,
    ) -> Result<Self, ParseError> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        let is_allowed = |byte| byte == b'-' || is_vat_ue_character(byte);
        let text = InlineText::parse::<{ Self::SHORTEST }>(text, Self::EXPECTED, is_allowed)?;
        if text.slice(10, 11) != "-" {
            return Err(error(ParseErrorReason::Format));
        }
        // The characters are allowed and only their places are wrong.
        let in_context = |part: ParseError| match part.reason() {
            ParseErrorReason::Character => error(ParseErrorReason::Format),
            reason => error(reason),
        };
        text.slice(11, text.as_str().len()).parse::<VatUe>().map_err(in_context)?;
        parse_nip(text.slice(0, 10)).map_err(in_context)?;
        Ok(Self(text))
    }

    /// The NIP, the hyphen and the VAT number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The Polish part.
    #[must_use]
    pub fn nip(&self) -> Nip {
        Nip::from_checked(self.0.part(0))
    }

    /// The European part.
    #[must_use]
    pub fn vat_ue(&self) -> VatUe {
        VatUe::from_checked(self.0.part(11))
    }
}

impl FromStr for NipVatUe {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse_with(text, Nip::from_str)
    }
}

identifier_traits!(NipVatUe, restore = NipVatUe::for_test_environment);
debug_as_text!(NipVatUe);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for NipVatUe {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        let parts = (Nip::arbitrary(), VatUe::arbitrary());
        parts.prop_map(|(nip, vat_ue)| Self::new(nip, vat_ue)).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<NipVatUe>("5265877635-DE123456789");
        assert_refuses_bad_text::<NipVatUe>("5265877635-RO12");
        assert_refuses_bad_text::<NipVatUe>("5265877635-NL+*3456789B12");
        assert_eq!(reason::<NipVatUe>("5265877635"), ParseErrorReason::Length);
        assert_eq!(reason::<NipVatUe>("5265877635-de123456789"), ParseErrorReason::Character);
        assert_eq!(reason::<NipVatUe>("5265877635DE-123456789"), ParseErrorReason::Format);
        assert_eq!(reason::<NipVatUe>("A265877635-DE123456789"), ParseErrorReason::Format);
        assert_eq!(reason::<NipVatUe>("5265877635-DE-23456789"), ParseErrorReason::Format);
        assert_eq!(reason::<NipVatUe>("5265877635-GB123456789"), ParseErrorReason::UnknownCode);
        assert_eq!(reason::<NipVatUe>("5265877636-DE123456789"), ParseErrorReason::CheckDigit);
    }

    #[test]
    fn a_test_identifier_still_needs_the_form_of_a_nip() {
        assert!(NipVatUe::for_test_environment("0234567890-DE123456789").is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<NipVatUe>(
            "1234567890-DE123456789",
            "1234567890-DE12345678",
        );
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(both: NipVatUe) {
            crate::test_support::assert_reads_itself_back(&both);
            assert_eq!(NipVatUe::new(both.nip(), both.vat_ue()), both);
        }
    }
}
