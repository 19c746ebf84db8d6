//! Encryption: what KSeF accepts documents in, online and in batches, and returns exports in.
//!
//! KSeF API, `sesja-interaktywna.md`: AES-256 in CBC mode with the padding of PKCS#7, one key and
//! one initialization vector for a whole session, the key wrapped with RSA-OAEP (SHA-256 for the
//! hash *and* for MGF1) to the Ministry's key for this use. The initialization vector is sent
//! beside the key and is no part of a ciphertext. There is nothing to choose here.
//!
//! ```
//! use ksef_client::encryption::{SessionKey, ciphertext_bytes};
//! use ksef_core::InvoiceXml;
//!
//! let key = SessionKey::generate()?;
//! let invoice = InvoiceXml::new(b"<Faktura/>".as_slice())?;
//! let encrypted = key.encrypt(&invoice)?;
//!
//! assert_eq!(encrypted.invoice_hash, invoice.digest());
//! assert_eq!(encrypted.encrypted_invoice_size, ciphertext_bytes(10));
//! assert_eq!(key.decrypt(&encrypted.encrypted_invoice_content)?, invoice.as_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod public_key;
mod session_key;
mod stream;
#[cfg(test)]
mod tests;

pub use public_key::EncryptionPublicKey;
pub use session_key::{EncryptedInvoice, SessionKey};
pub use stream::{DecryptingWriter, EncryptedFile, EncryptingWriter};

/// The bytes of a block of AES.
const BLOCK_BYTES: usize = 16;

/// Why something was not encrypted or decrypted. None contains a key or a document.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// Neither a certificate nor a public key in DER.
    #[error(
        "the public key cannot be read: give the certificate of GET /security/public-key-certificates in DER"
    )]
    PublicKey,
    /// The public key is not RSA of 2048 to 8192 bits.
    #[error("KSeF's keys are RSA of at least 2048 bits, this one is not: fetch the keys again")]
    PublicKeyKind,
    /// More than RSA-OAEP holds under this key.
    #[error("this is too long to be encrypted with RSA")]
    TooLong,
    /// The ciphertext was cut, or encrypted with another key or vector.
    #[error("the ciphertext does not belong to this key, or it was cut: fetch it again")]
    Ciphertext,
    /// The stored form of a session key is damaged, or of a later version.
    #[error("the stored session key cannot be read: open a new session")]
    StoredKey,
    /// The cryptographic library failed, which its documentation gives no reason for.
    #[error("the cryptographic library failed: try again")]
    Cryptography,
}

/// How many bytes the ciphertext of so many bytes has: up to the next block, and a whole block
/// more where they end with one.
///
/// ```
/// use ksef_client::encryption::ciphertext_bytes;
///
/// assert_eq!(ciphertext_bytes(6_480), 6_496);
/// assert_eq!(ciphertext_bytes(16_037), 16_048);
/// ```
#[must_use]
pub const fn ciphertext_bytes(plain_bytes: u64) -> u64 {
    let block = BLOCK_BYTES as u64;
    plain_bytes.saturating_sub(plain_bytes % block).saturating_add(block)
}

/// The length of bytes as the API has it.
pub(crate) fn byte_count(bytes: &[u8]) -> u64 {
    // No machine has an address space larger than this.
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
