//! `Sha256Digest`, the hash that binds a document to its receipt.

use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::text::{InlineText, debug_as_text, serde_as_text};
use crate::{ParseError, ParseErrorReason};

/// A SHA-256 digest.
///
/// The API writes it in Base64 with padding, 44 characters (OpenAPI, `Sha256HashBase64`); that is
/// the form of `Display`, `FromStr` and serde. Links in QR codes have it in URL-safe Base64 without
/// padding, logs and file names in lower-case hexadecimal. Every form is read strictly: one digest
/// has one text, so unused bits that are set are refused.
///
/// ```
/// use ksef_core::{ParseErrorReason, Sha256Digest};
///
/// let digest = Sha256Digest::of(b"abc");
/// assert_eq!(digest.to_string(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
///
/// let unused_bits_set = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=";
/// let error = unused_bits_set.parse::<Sha256Digest>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Format);
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    const BASE64: &'static str = "SHA-256 digest in Base64";
    const BASE64URL: &'static str = "SHA-256 digest in URL-safe Base64 without padding";
    const HEX: &'static str = "SHA-256 digest in lower-case hexadecimal";

    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// ```
    /// use ksef_core::Sha256Digest;
    ///
    /// let digest = Sha256Digest::of(b"");
    /// assert!(digest.to_hex().starts_with("e3b0c442"));
    /// assert_eq!(Sha256Digest::from_hex(&digest.to_hex()), Ok(digest));
    /// assert!(Sha256Digest::from_hex(&digest.to_hex().to_uppercase()).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the text has any other form.
    pub fn from_hex(text: &str) -> Result<Self, ParseError> {
        let is_allowed = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let text = InlineText::<64>::parse::<64>(text, Self::HEX, is_allowed)?;
        let mut bytes = [0; 32];
        for (position, byte) in bytes.iter_mut().enumerate() {
            let digits = text.slice(2 * position, 2 * position + 2);
            *byte = u8::from_str_radix(digits, 16)
                .map_err(|_| ParseError::new(Self::HEX, ParseErrorReason::Format))?;
        }
        Ok(Self(bytes))
    }

    /// 43 characters of URL-safe Base64 without padding, as links in QR codes have it.
    #[must_use]
    pub fn to_base64url(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads 43 characters of URL-safe Base64 without padding.
    ///
    /// ```
    /// use ksef_core::Sha256Digest;
    ///
    /// let link_part = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
    /// assert_eq!(Sha256Digest::from_base64url(link_part), Ok(Sha256Digest::of(b"abc")));
    /// assert!(Sha256Digest::from_base64url(&format!("{link_part}=")).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the text has any other form, or bits set that a digest does not use.
    pub fn from_base64url(text: &str) -> Result<Self, ParseError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let text = InlineText::<43>::parse::<43>(text, Self::BASE64URL, is_allowed)?;
        Self::decode(&URL_SAFE_NO_PAD, text.as_str(), Self::BASE64URL)
    }

    fn decode(
        engine: &GeneralPurpose,
        text: &str,
        expected: &'static str,
    ) -> Result<Self, ParseError> {
        let bytes = engine.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| ParseError::new(expected, ParseErrorReason::Format))
    }
}

impl FromStr for Sha256Digest {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        let text = InlineText::<44>::parse::<44>(text, Self::BASE64, is_allowed)?;
        Self::decode(&STANDARD, text.as_str(), Self::BASE64)
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&STANDARD.encode(self.0))
    }
}

impl TryFrom<&str> for Sha256Digest {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

debug_as_text!(Sha256Digest);
serde_as_text!(Sha256Digest);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for Sha256Digest {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        proptest::arbitrary::any::<[u8; 32]>().prop_map(Self).boxed()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    const ABC: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    #[test]
    fn the_digest_of_abc_is_the_one_of_the_standard() {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Sha256Digest::of(b"abc").to_hex(), hex);
        assert_eq!(Sha256Digest::from_hex(hex), Ok(Sha256Digest::of(b"abc")));
        assert_eq!(ABC.parse(), Ok(Sha256Digest::of(b"abc")));
    }

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<Sha256Digest>(ABC);
        let url_alphabet = ABC.replace('+', "-");
        assert_eq!(reason::<Sha256Digest>(&url_alphabet), ParseErrorReason::Character);
        assert_eq!(reason::<Sha256Digest>(ABC.trim_end_matches('=')), ParseErrorReason::Length);
        let padding_first = format!("={}", ABC.trim_end_matches('='));
        assert_eq!(reason::<Sha256Digest>(&padding_first), ParseErrorReason::Format);
        let one_byte_less = format!("{}==", &ABC[..42]);
        assert_eq!(reason::<Sha256Digest>(&one_byte_less), ParseErrorReason::Format);
        let one_byte_more = ABC.replace('=', "A");
        assert_eq!(reason::<Sha256Digest>(&one_byte_more), ParseErrorReason::Format);
    }

    #[test]
    fn the_other_forms_refuse_what_is_not_theirs() {
        let digest = Sha256Digest::of(b"abc");
        let url_reason = |text: &str| Sha256Digest::from_base64url(text).unwrap_err().reason();
        assert_eq!(url_reason(""), ParseErrorReason::Empty);
        assert_eq!(url_reason(ABC), ParseErrorReason::Length);
        assert_eq!(url_reason(ABC.trim_end_matches('=')), ParseErrorReason::Character);
        let unused_bits_set = digest.to_base64url().replace("Fa0", "Fa1");
        assert_eq!(url_reason(&unused_bits_set), ParseErrorReason::Format);

        let hex_reason = |text: &str| Sha256Digest::from_hex(text).unwrap_err().reason();
        assert_eq!(hex_reason(""), ParseErrorReason::Empty);
        assert_eq!(hex_reason(ABC), ParseErrorReason::Length);
        assert_eq!(hex_reason(&digest.to_hex().replace('b', "B")), ParseErrorReason::Character);
        assert_eq!(hex_reason(&digest.to_hex().replace("ba", "+a")), ParseErrorReason::Character);
    }

    proptest! {
        #[test]
        fn every_form_reads_what_it_prints(bytes: [u8; 32]) {
            let digest = Sha256Digest::from_bytes(bytes);
            prop_assert_eq!(digest.as_bytes(), &bytes);
            prop_assert_eq!(digest.to_string().parse(), Ok(digest));
            prop_assert_eq!(Sha256Digest::from_base64url(&digest.to_base64url()), Ok(digest));
            prop_assert_eq!(Sha256Digest::from_hex(&digest.to_hex()), Ok(digest));
        }
    }
}
