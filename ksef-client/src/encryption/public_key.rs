//! `EncryptionPublicKey`, to which keys and tokens are encrypted.

use core::fmt;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use ksef_core::Sha256Digest;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::{Decode as _, Encode as _};

use super::EncryptionError;

/// A public RSA key of KSeF, to which a session key or a KSeF token is encrypted.
///
/// The Ministry publishes one for each of the two uses, and others in each environment. Which is
/// the right one nobody can tell from the key: with the wrong one a session still opens and turns
/// to status 415 a moment later (KSeF API, `klucze-publiczne-do-szyfrowania.md`).
///
/// ```
/// # #[cfg(feature = "test-certificates")] {
/// use ksef_client::encryption::EncryptionPublicKey;
/// use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
///
/// let at = "2026-11-20T12:00:00Z".parse()?;
/// let certificate = TestCertificate::nameless().build(KeyKind::Rsa2048, at)?;
/// let key = EncryptionPublicKey::from_certificate(certificate.certificate_der())?;
///
/// assert_eq!(key.public_key_id().to_string().len(), 44);
/// assert_eq!(key.encrypt(b"secret")?.len(), 256);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EncryptionPublicKey {
    key: OaepPublicEncryptingKey,
    id: Sha256Digest,
}

impl EncryptionPublicKey {
    /// The key in a certificate in DER, as `GET /security/public-key-certificates` has it in
    /// Base64. Neither its issuer nor its validity is looked at.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::PublicKey`] or [`EncryptionError::PublicKeyKind`].
    pub fn from_certificate(der: &[u8]) -> Result<Self, EncryptionError> {
        let certificate = CertificateInner::<Raw>::from_der(der);
        let certificate = certificate.map_err(|_| EncryptionError::PublicKey)?;
        let spki = certificate.tbs_certificate().subject_public_key_info().to_der();
        Self::from_spki(&spki.map_err(|_| EncryptionError::PublicKey)?)
    }

    /// The key itself, `SubjectPublicKeyInfo` in DER.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::PublicKey`] or [`EncryptionError::PublicKeyKind`].
    pub fn from_spki(der: &[u8]) -> Result<Self, EncryptionError> {
        let is_spki = x509_cert::spki::SubjectPublicKeyInfoRef::from_der(der).is_ok();
        let key = PublicEncryptingKey::from_der(der).map_err(|_| {
            if is_spki { EncryptionError::PublicKeyKind } else { EncryptionError::PublicKey }
        })?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| EncryptionError::PublicKeyKind)?;
        Ok(Self { key, id: Sha256Digest::of(der) })
    }

    /// The SHA-256 of the key (SPKI): in Base64, which is its `Display`, the API's `publicKeyId`.
    #[must_use]
    pub const fn public_key_id(&self) -> Sha256Digest {
        self.id
    }

    /// Encrypts with RSA-OAEP, SHA-256 for the hash and for MGF1. Each time the ciphertext is
    /// another one.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::TooLong`] for more than 190 bytes under a key of 2048 bits.
    pub fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, EncryptionError> {
        if plain.len() > self.key.max_plaintext_size(&OAEP_SHA256_MGF1SHA256) {
            return Err(EncryptionError::TooLong);
        }
        let mut ciphertext = vec![0; self.key.ciphertext_size()];
        let encrypted = self.key.encrypt(&OAEP_SHA256_MGF1SHA256, plain, &mut ciphertext, None);
        let length = encrypted.map_err(|_| EncryptionError::Cryptography)?.len();
        ciphertext.truncate(length);
        Ok(ciphertext)
    }
}

/// Shows the `publicKeyId`.
impl fmt::Debug for EncryptionPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionPublicKey({})", self.id)
    }
}
