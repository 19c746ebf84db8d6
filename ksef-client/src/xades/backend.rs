//! `SignatureBackend`, who does the arithmetic of a signature.

use core::fmt::Debug;

use ksef_core::Timestamp;

use super::{
    CanonicalXml, Policy, SignError, SignatureFault, SignedXml, SigningKey, Verified, verify,
};

/// A library that signs and verifies: [`Native`], or with the feature `xmlsec` `Xmlsec`.
///
/// Both hold signatures to the same rules, those of [`verify`], and both make signatures that
/// the other one accepts.
///
/// ```
/// # #[cfg(feature = "test-certificates")] {
/// use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
/// use ksef_client::xades::{Native, Policy, SignatureBackend};
///
/// let now = "2026-11-20T12:00:00Z".parse()?;
/// let key = TestCertificate::nameless().build(KeyKind::P256, now)?.signing_key()?;
/// let signed = Native.sign("<note>Zażółć</note>", &key, now)?;
/// let verified = Native.verify(signed.as_bytes(), &Policy::default())?;
/// assert_eq!(verified.content(), "<note>Zażółć</note>".as_bytes());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait SignatureBackend: Debug + Send + Sync {
    /// Puts an enveloped XAdES signature into a document, with this as the time of signing.
    ///
    /// # Errors
    ///
    /// When the certificate is not valid at that time, or the document cannot be signed.
    fn sign(&self, document: &str, key: &SigningKey, at: Timestamp)
    -> Result<SignedXml, SignError>;

    /// Checks an enveloped XAdES signature, see [`verify`].
    ///
    /// # Errors
    ///
    /// The first [`SignatureFault`] that is found.
    fn verify(&self, bytes: &[u8], policy: &Policy) -> Result<Verified, SignatureFault>;
}

/// The backend of this crate: no C library but the cryptography itself.
///
/// It signs a document in its canonical form, which is what the signed text contains.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has no state")]
pub struct Native;

impl SignatureBackend for Native {
    fn sign(
        &self,
        document: &str,
        key: &SigningKey,
        at: Timestamp,
    ) -> Result<SignedXml, SignError> {
        key.sign(CanonicalXml::canonicalize(document).map_err(SignError::Document)?, at)
    }

    fn verify(&self, bytes: &[u8], policy: &Policy) -> Result<Verified, SignatureFault> {
        verify(bytes, policy)
    }
}
