//! `TenantId`, whose data it is.

use core::fmt;
use core::str::FromStr;

use uuid::Uuid;

use crate::text::{InlineText, debug_as_text, serde_as_text};
use crate::{ParseError, ParseErrorReason};

/// The tenant that data belongs to: 128 bits that say nothing about it.
///
/// The text is a UUID in lower-case with hyphens, 36 characters, and no other spelling is read, so
/// that one tenant has one name in keys, paths and logs. The nil UUID is refused: it is what a
/// forgotten value looks like.
///
/// ```
/// use ksef_core::{ParseErrorReason, TenantId};
///
/// let tenant: TenantId = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse()?;
/// assert_eq!(tenant.to_string(), "67e55044-10b1-426f-9247-bb680e5fe0c8");
///
/// let error = "67E55044-10B1-426F-9247-BB680E5FE0C8".parse::<TenantId>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Character);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TenantId(Uuid);

impl TenantId {
    const EXPECTED: &'static str = "tenant id, a UUID in lower-case with hyphens";

    /// The tenant with these 128 bits, such as random ones for a new tenant.
    ///
    /// ```
    /// use ksef_core::TenantId;
    ///
    /// assert!(TenantId::from_bytes([7; 16]).is_ok());
    /// assert!(TenantId::from_bytes([0; 16]).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When all bits are zero.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, ParseError> {
        let id = Uuid::from_bytes(bytes);
        if id.is_nil() {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange));
        }
        Ok(Self(id))
    }

    /// The 128 bits.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl FromStr for TenantId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
        let text = InlineText::<36>::parse::<36>(text, Self::EXPECTED, is_allowed)?;
        let id = Uuid::try_parse(text.as_str());
        let id = id.map_err(|_| ParseError::new(Self::EXPECTED, ParseErrorReason::Format))?;
        Self::from_bytes(id.into_bytes())
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

impl TryFrom<&str> for TenantId {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

debug_as_text!(TenantId);
serde_as_text!(TenantId);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for TenantId {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        let bytes = proptest::arbitrary::any::<[u8; 16]>();
        bytes.prop_filter_map("nil", |bytes| Self::from_bytes(bytes).ok()).boxed()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<TenantId>("67e55044-10b1-426f-9247-bb680e5fe0c8");
        for text in [
            "67e5504410b1426f9247bb680e5fe0c8",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
        ] {
            assert_eq!(reason::<TenantId>(text), ParseErrorReason::Length, "{text}");
        }
        let hyphens_elsewhere = "67e550441-0b1-426f-9247-bb680e5fe0c8";
        assert_eq!(reason::<TenantId>(hyphens_elsewhere), ParseErrorReason::Format);
        assert_eq!(reason::<TenantId>(&"-".repeat(36)), ParseErrorReason::Format);
        let nil = "00000000-0000-0000-0000-000000000000";
        assert_eq!(reason::<TenantId>(nil), ParseErrorReason::OutOfRange);
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_to_the_same_tenant(bytes: [u8; 16]) {
            prop_assume!(bytes != [0; 16]);
            let tenant = TenantId::from_bytes(bytes).unwrap();
            prop_assert_eq!(tenant.to_string().parse(), Ok(tenant));
            prop_assert_eq!(tenant.as_bytes(), &bytes);
        }
    }
}
