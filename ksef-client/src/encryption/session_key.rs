//! `SessionKey`, with which the documents of a session or an export are encrypted.

use core::fmt;

use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{InvoiceXml, Secret, Sha256Digest};
use zeroize::Zeroizing;

use super::{BLOCK_BYTES, EncryptionError, EncryptionPublicKey, byte_count};

const KEY_BYTES: usize = 32;

/// What the stored form starts with.
const STORED_VERSION: &str = "1.";

/// The key of one session or export, and its initialization vector.
///
/// KSeF API: 32 and 16 random bytes, for all documents and all parts of the session. The key is
/// erased when this is dropped and never printed. There is no `Serialize`: whoever must keep it,
/// to decrypt an export in another process, asks for [`SessionKey::to_secret`] by name and keeps
/// that encrypted.
///
/// ```
/// use ksef_client::encryption::SessionKey;
///
/// let key = SessionKey::generate()?;
/// assert_eq!(format!("{key:?}"), "SessionKey { .. }");
///
/// let again = SessionKey::from_secret(&key.to_secret())?;
/// assert_eq!(again.initialization_vector(), key.initialization_vector());
/// # Ok::<(), ksef_client::encryption::EncryptionError>(())
/// ```
pub struct SessionKey {
    key: Secret<[u8; KEY_BYTES]>,
    initialization_vector: [u8; BLOCK_BYTES],
}

/// An invoice as `POST /sessions/online/{referenceNumber}/invoices` wants it (OpenAPI,
/// `SendInvoiceRequest`).
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct EncryptedInvoice {
    /// The SHA-256 of the invoice.
    pub invoice_hash: Sha256Digest,
    /// The bytes of the invoice.
    pub invoice_size: u64,
    /// The SHA-256 of the ciphertext.
    pub encrypted_invoice_hash: Sha256Digest,
    /// The bytes of the ciphertext.
    pub encrypted_invoice_size: u64,
    /// The ciphertext, not yet in Base64.
    pub encrypted_invoice_content: Vec<u8>,
}

impl SessionKey {
    /// A new random key and vector.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::Cryptography`], where the system has no random bytes.
    pub fn generate() -> Result<Self, EncryptionError> {
        let (mut key, mut initialization_vector) = (Zeroizing::new([0; KEY_BYTES]), [0; 16]);
        for bytes in [key.as_mut_slice(), &mut initialization_vector] {
            aws_lc_rs::rand::fill(bytes).map_err(|_| EncryptionError::Cryptography)?;
        }
        Ok(Self { key: Secret::new(*key), initialization_vector })
    }

    /// The stored form: text with the key and the vector, as secret as the key.
    #[must_use]
    pub fn to_secret(&self) -> Secret<String> {
        let parts = [self.key.expose().as_slice(), &self.initialization_vector];
        let bytes = Zeroizing::new(parts.concat());
        // In one piece from the start, so that no shorter copy is left behind.
        let mut text = String::with_capacity(STORED_VERSION.len() + bytes.len().div_ceil(3) * 4);
        text.push_str(STORED_VERSION);
        STANDARD.encode_string(bytes.as_slice(), &mut text);
        Secret::new(text)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::StoredKey`].
    pub fn from_secret(stored: &Secret<String>) -> Result<Self, EncryptionError> {
        Self::read(stored.expose()).ok_or(EncryptionError::StoredKey)
    }

    fn read(stored: &str) -> Option<Self> {
        let bytes = STANDARD.decode(stored.strip_prefix(STORED_VERSION)?).ok()?;
        let bytes = Zeroizing::new(bytes);
        let (key, initialization_vector) = bytes.split_at_checked(KEY_BYTES)?;
        let key = Secret::new(key.try_into().ok()?);
        Some(Self { key, initialization_vector: initialization_vector.try_into().ok()? })
    }

    /// The 16 bytes that go, in Base64, into `initializationVector`.
    #[must_use]
    pub const fn initialization_vector(&self) -> &[u8; 16] {
        &self.initialization_vector
    }

    /// The key, encrypted to KSeF's key for `SymmetricKeyEncryption`: what goes, in Base64, into
    /// `encryptedSymmetricKey`.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::Cryptography`].
    pub fn wrap(&self, to: &EncryptionPublicKey) -> Result<Vec<u8>, EncryptionError> {
        to.encrypt(self.key.expose())
    }

    /// Encrypts an invoice for an online session, with the hashes and sizes that go with it.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::Cryptography`].
    pub fn encrypt(&self, invoice: &InvoiceXml) -> Result<EncryptedInvoice, EncryptionError> {
        let plain = invoice.as_bytes();
        let mut content = Vec::with_capacity(plain.len() + BLOCK_BYTES);
        content.extend_from_slice(plain);
        self.encrypt_in_place(&mut content).map_err(|_| EncryptionError::Cryptography)?;
        Ok(EncryptedInvoice {
            invoice_hash: invoice.digest(),
            invoice_size: byte_count(plain),
            encrypted_invoice_hash: Sha256Digest::of(&content),
            encrypted_invoice_size: byte_count(&content),
            encrypted_invoice_content: content,
        })
    }

    /// Decrypts what was encrypted with this key and is in memory; for more than that there is
    /// [`DecryptingWriter`](super::DecryptingWriter).
    ///
    /// A ciphertext of another key is nearly always noticed, by its padding; what it decrypts to
    /// is held against its hash all the same.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::Ciphertext`].
    pub fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, EncryptionError> {
        let mut plain = ciphertext.to_vec();
        let length = self.decrypt_in_place(&mut plain).map_err(|_| EncryptionError::Ciphertext)?;
        plain.truncate(length);
        Ok(plain)
    }

    fn encrypt_in_place(&self, content: &mut Vec<u8>) -> Result<(), Unspecified> {
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(self.cipher_key()?)?;
        key.less_safe_encrypt(content, self.encryption_context()).map(|_| ())
    }

    fn decrypt_in_place(&self, content: &mut [u8]) -> Result<usize, Unspecified> {
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(self.cipher_key()?)?;
        Ok(key.decrypt(content, self.decryption_context())?.len())
    }

    pub(super) fn cipher_key(&self) -> Result<UnboundCipherKey, Unspecified> {
        UnboundCipherKey::new(&AES_256, self.key.expose())
    }

    pub(super) fn encryption_context(&self) -> EncryptionContext {
        EncryptionContext::Iv128(FixedLength::from(self.initialization_vector))
    }

    pub(super) fn decryption_context(&self) -> DecryptionContext {
        DecryptionContext::Iv128(FixedLength::from(self.initialization_vector))
    }
}

/// Shows neither the key nor the vector.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey").finish_non_exhaustive()
    }
}

/// Shows the hashes and sizes, and none of the content.
impl fmt::Debug for EncryptedInvoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedInvoice")
            .field("invoice_hash", &self.invoice_hash)
            .field("invoice_size", &self.invoice_size)
            .field("encrypted_invoice_hash", &self.encrypted_invoice_hash)
            .field("encrypted_invoice_size", &self.encrypted_invoice_size)
            .finish_non_exhaustive()
    }
}
