//! `PeppolId`, a Peppol service provider.

use core::str::FromStr;

use crate::shape::{has_shape, is_upper_or_digit};
use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{ParseError, ParseErrorReason};

/// The identifier of a Peppol service provider: `P`, two letters and six digits.
///
/// Form: `P[A-Z]{2}[0-9]{6}` (KSeF OpenAPI, `PeppolId`; UPO schema, `TIdDostawcyUslugPeppol`).
///
/// ```
/// use ksef_core::{ParseErrorReason, PeppolId};
///
/// let provider: PeppolId = "PXX123456".parse()?;
/// assert_eq!(provider.as_str(), "PXX123456");
///
/// let error = "QXX123456".parse::<PeppolId>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Format);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PeppolId(InlineText<9>);

impl PeppolId {
    const EXPECTED: &'static str = "Peppol service provider identifier";
    const SHAPE: &'static str = "Puudddddd";

    /// The nine characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for PeppolId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = InlineText::parse::<9>(text, Self::EXPECTED, is_upper_or_digit)?;
        if !has_shape(text.as_str(), Self::SHAPE) {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::Format));
        }
        Ok(Self(text))
    }
}

identifier_traits!(PeppolId);
debug_as_text!(PeppolId);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for PeppolId {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        crate::shape::any_of_shape(Self::SHAPE)
            .prop_filter_map("not of its form", |text| text.parse().ok())
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<PeppolId>("PPL123456");
        assert_eq!(reason::<PeppolId>("PPL12345"), ParseErrorReason::Length);
        assert_eq!(reason::<PeppolId>("Ppl123456"), ParseErrorReason::Character);
        assert_eq!(reason::<PeppolId>("PP1123456"), ParseErrorReason::Format);
        assert_eq!(reason::<PeppolId>("PPL12345A"), ParseErrorReason::Format);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<PeppolId>("PPL123456", "QPL123456");
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(provider: PeppolId) {
            crate::test_support::assert_reads_itself_back(&provider);
        }
    }
}
