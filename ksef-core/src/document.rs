//! `InvoiceXml` and `UpoXml`, documents kept byte for byte.

use core::fmt;
use std::sync::Arc;

use crate::{ParseError, ParseErrorReason, Sha256Digest};

/// Declares a document: bytes that are never changed, with their digest.
macro_rules! document {
    ($(#[$documentation:meta])* $type:ident, $expected:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Eq, PartialEq)]
        pub struct $type {
            // First, so that a comparison rarely reaches the bytes.
            digest: Sha256Digest,
            bytes: Arc<[u8]>,
        }

        impl $type {
            /// Keeps the bytes and computes their digest.
            ///
            /// # Errors
            ///
            /// When there are no bytes.
            pub fn new(bytes: impl Into<Arc<[u8]>>) -> Result<Self, ParseError> {
                let bytes = bytes.into();
                if bytes.is_empty() {
                    return Err(ParseError::new($expected, ParseErrorReason::Empty));
                }
                Ok(Self { digest: Sha256Digest::of(&bytes), bytes })
            }

            /// The exact bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.bytes
            }

            /// The exact bytes, shared and not copied.
            #[must_use]
            pub fn shared_bytes(&self) -> Arc<[u8]> {
                Arc::clone(&self.bytes)
            }

            /// The SHA-256 of the exact bytes.
            #[must_use]
            pub const fn digest(&self) -> Sha256Digest {
                self.digest
            }

            /// The number of bytes, never zero.
            #[must_use]
            #[expect(clippy::len_without_is_empty, reason = "a document is never empty")]
            pub fn len(&self) -> usize {
                self.bytes.len()
            }
        }

        impl TryFrom<Vec<u8>> for $type {
            type Error = ParseError;

            fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
                Self::new(bytes)
            }
        }

        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                self.as_bytes()
            }
        }

        /// Shows the length and the digest only, since documents contain personal data.
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let name = stringify!($type);
                write!(f, "{name}({} bytes, SHA-256 {})", self.len(), self.digest)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use base64::display::Base64Display;
                use base64::engine::general_purpose::STANDARD;

                serializer.collect_str(&Base64Display::new(self.as_bytes(), &STANDARD))
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use base64::Engine as _;
                use base64::engine::general_purpose::STANDARD;

                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                // The decoder's own error quotes the input.
                let bytes = STANDARD.decode(text.as_bytes()).map_err(|_| {
                    let error = ParseError::new("document in Base64", ParseErrorReason::Format);
                    serde::de::Error::custom(error)
                })?;
                Self::new(bytes).map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "proptest")]
        impl proptest::arbitrary::Arbitrary for $type {
            type Parameters = ();
            type Strategy = proptest::strategy::BoxedStrategy<Self>;

            fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
                use proptest::strategy::Strategy as _;

                let bytes = proptest::collection::vec(proptest::arbitrary::any::<u8>(), 1..200);
                bytes.prop_filter_map("empty", |bytes| Self::new(bytes).ok()).boxed()
            }
        }
    };
}

document! {
    /// The exact bytes of an invoice as it is, or was, sent to KSeF, with their SHA-256.
    ///
    /// KSeF identifies what it was sent by this hash, and the receipt (UPO) names it, so the
    /// bytes are never touched: nothing here parses, trims or re-encodes them. Whether they are a
    /// valid invoice is for `ksef-fa` to say. Clones share the bytes.
    ///
    /// ```
    /// use ksef_core::{InvoiceXml, ParseErrorReason, Sha256Digest};
    ///
    /// let invoice = InvoiceXml::new(b"<Faktura/>".as_slice())?;
    /// assert_eq!(invoice.as_bytes(), b"<Faktura/>");
    /// assert_eq!(invoice.digest(), Sha256Digest::of(b"<Faktura/>"));
    ///
    /// let error = InvoiceXml::new(Vec::new()).unwrap_err();
    /// assert_eq!(error.reason(), ParseErrorReason::Empty);
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    InvoiceXml, "document of an invoice"
}

document! {
    /// The exact bytes of a UPO, KSeF's signed receipt, with their SHA-256.
    ///
    /// The signature covers the bytes as they came, so they are kept as they came; checking it is
    /// for `ksef-client`. Clones share the bytes.
    ///
    /// ```
    /// use ksef_core::{ParseErrorReason, UpoXml};
    ///
    /// let upo = UpoXml::new(b"<Potwierdzenie/>".as_slice())?;
    /// assert_eq!(upo.len(), 16);
    /// assert!(!format!("{upo:?}").contains("Potwierdzenie"));
    ///
    /// let error = UpoXml::new(Vec::new()).unwrap_err();
    /// assert_eq!(error.reason(), ParseErrorReason::Empty);
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    UpoXml, "document of a UPO"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_shows_its_length_and_digest_and_nothing_else() {
        let invoice = InvoiceXml::try_from(b"abc".to_vec()).unwrap();
        let shown = "InvoiceXml(3 bytes, SHA-256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=)";
        assert_eq!(format!("{invoice:?}"), shown);
    }

    #[test]
    fn documents_are_equal_when_their_bytes_are() {
        let text = |text: &str| InvoiceXml::new(text.as_bytes()).unwrap();
        assert_eq!(text("<a/>"), text("<a/>"));
        assert_ne!(text("<a/>"), text("<a />"));
    }

    #[test]
    fn clones_share_the_bytes() {
        let invoice = InvoiceXml::new(b"abc".as_slice()).unwrap();
        assert!(Arc::ptr_eq(&invoice.shared_bytes(), &invoice.clone().shared_bytes()));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_document_is_stored_as_base64_of_any_bytes() {
        let upo = UpoXml::new([0xef, 0xbb, 0xbf, 0, b'\r', b'\n', 0xff].as_slice()).unwrap();
        let json = serde_json::to_string(&upo).unwrap();
        assert_eq!(json, r#""77u/AA0K/w==""#);
        assert_eq!(serde_json::from_str::<UpoXml>(&json).unwrap(), upo);
        for bad in [r#""""#, r#""77u/AA0K/w""#, r#""77u/AA0K/x==""#, r#""<Faktura/>""#] {
            let error = serde_json::from_str::<UpoXml>(bad).unwrap_err().to_string();
            assert!(!error.contains("Faktura") && !error.contains("60"), "{error}");
        }
    }
}
