//! `EncryptingWriter` and `DecryptingWriter`, for files of any size.

use core::fmt;
use std::io::{self, Write};

use aws_lc_rs::cipher::{StreamingDecryptingKey, StreamingEncryptingKey};
use ksef_core::Sha256Digest;
use sha2::{Digest as _, Sha256};

use super::{BLOCK_BYTES, EncryptionError, SessionKey, byte_count};

/// How much is encrypted at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// A file that was encrypted, as the API wants it described (OpenAPI, `BatchFilePartInfo`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EncryptedFile {
    /// The bytes before encryption.
    pub plain_size: u64,
    /// The bytes of the ciphertext.
    pub size: u64,
    /// The SHA-256 of the ciphertext.
    pub hash: Sha256Digest,
}

/// Encrypts what is written to it and passes it on, hashed and counted.
///
/// Memory does not depend on the size. Without [`finish`](Self::finish) the last block is missing
/// and the ciphertext is of no use.
///
/// ```
/// use std::io::Write;
///
/// use ksef_client::encryption::{EncryptingWriter, SessionKey, ciphertext_bytes};
///
/// let key = SessionKey::generate()?;
/// let mut writer = EncryptingWriter::new(&key, Vec::new())?;
/// writer.write_all(&[7; 1_000_000])?;
/// let (ciphertext, file) = writer.finish()?;
/// assert_eq!(file.size, ciphertext_bytes(1_000_000));
/// assert_eq!(key.decrypt(&ciphertext)?, [7; 1_000_000]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EncryptingWriter<W> {
    to: W,
    key: StreamingEncryptingKey,
    buffer: Box<[u8]>,
    hash: Sha256,
    plain_size: u64,
    size: u64,
}

/// Decrypts what is written to it and passes it on.
///
/// Memory does not depend on the size. What was passed on is not to be believed before
/// [`finish`](Self::finish) and a comparison with its hash: a wrong key shows at the end.
///
/// ```
/// use std::io::Write;
///
/// use ksef_client::encryption::{DecryptingWriter, SessionKey};
/// use ksef_core::InvoiceXml;
///
/// let key = SessionKey::generate()?;
/// let encrypted = key.encrypt(&InvoiceXml::new(b"<Faktura/>".as_slice())?)?;
/// let mut writer = DecryptingWriter::new(&key, Vec::new())?;
/// writer.write_all(&encrypted.encrypted_invoice_content)?;
/// assert_eq!(writer.finish()?, b"<Faktura/>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DecryptingWriter<W> {
    to: W,
    key: StreamingDecryptingKey,
    buffer: Box<[u8]>,
}

/// Room for a chunk and the block that may come with it.
fn buffer() -> Box<[u8]> {
    vec![0; CHUNK_BYTES + BLOCK_BYTES].into_boxed_slice()
}

/// As much of the input as fits.
fn chunk(input: &[u8]) -> &[u8] {
    input.get(..CHUNK_BYTES).unwrap_or(input)
}

impl<W: Write> EncryptingWriter<W> {
    /// Starts a ciphertext.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::Cryptography`].
    pub fn new(key: &SessionKey, to: W) -> Result<Self, EncryptionError> {
        let cryptography = |_| EncryptionError::Cryptography;
        let cipher_key = key.cipher_key().map_err(cryptography)?;
        let context = key.encryption_context();
        let key = StreamingEncryptingKey::less_safe_cbc_pkcs7(cipher_key, context);
        let key = key.map_err(cryptography)?;
        Ok(Self { to, key, buffer: buffer(), hash: Sha256::new(), plain_size: 0, size: 0 })
    }

    /// The bytes that were written to it so far.
    #[must_use]
    pub const fn plain_size(&self) -> u64 {
        self.plain_size
    }

    /// Writes the last block.
    ///
    /// # Errors
    ///
    /// When `to` or the cryptographic library fails.
    pub fn finish(mut self) -> io::Result<(W, EncryptedFile)> {
        let finished = self.key.finish(&mut self.buffer);
        let (_, last) = finished.map_err(|_| io::Error::other(EncryptionError::Cryptography))?;
        let last = last.written();
        self.hash.update(last);
        self.to.write_all(last)?;
        self.to.flush()?;
        let size = self.size.saturating_add(byte_count(last));
        let hash = Sha256Digest::from_bytes(self.hash.finalize().into());
        Ok((self.to, EncryptedFile { plain_size: self.plain_size, size, hash }))
    }
}

impl<W: Write> Write for EncryptingWriter<W> {
    /// After an error the ciphertext is of no use.
    fn write(&mut self, input: &[u8]) -> io::Result<usize> {
        let input = chunk(input);
        let update = self.key.update(input, &mut self.buffer);
        let update = update.map_err(|_| io::Error::other(EncryptionError::Cryptography))?;
        let encrypted = update.written();
        self.hash.update(encrypted);
        self.to.write_all(encrypted)?;
        self.size = self.size.saturating_add(byte_count(encrypted));
        self.plain_size = self.plain_size.saturating_add(byte_count(input));
        Ok(input.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl<W: Write> DecryptingWriter<W> {
    /// Starts with the first byte of a ciphertext.
    ///
    /// # Errors
    ///
    /// [`EncryptionError::Cryptography`].
    pub fn new(key: &SessionKey, to: W) -> Result<Self, EncryptionError> {
        let cryptography = |_| EncryptionError::Cryptography;
        let cipher_key = key.cipher_key().map_err(cryptography)?;
        let key = StreamingDecryptingKey::cbc_pkcs7(cipher_key, key.decryption_context());
        Ok(Self { to, key: key.map_err(cryptography)?, buffer: buffer() })
    }

    /// Checks the padding and writes what is left.
    ///
    /// # Errors
    ///
    /// When `to` fails, or as [`EncryptionError::Ciphertext`] if the ciphertext was cut or is of
    /// another key.
    pub fn finish(mut self) -> io::Result<W> {
        let finished = self.key.finish(&mut self.buffer);
        let last = finished.map_err(|_| io::Error::other(EncryptionError::Ciphertext))?;
        self.to.write_all(last.written())?;
        self.to.flush()?;
        Ok(self.to)
    }
}

impl<W: Write> Write for DecryptingWriter<W> {
    fn write(&mut self, input: &[u8]) -> io::Result<usize> {
        let input = chunk(input);
        let update = self.key.update(input, &mut self.buffer);
        let update = update.map_err(|_| io::Error::other(EncryptionError::Ciphertext))?;
        self.to.write_all(update.written())?;
        Ok(input.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl<W> fmt::Debug for EncryptingWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptingWriter").field("size", &self.size).finish_non_exhaustive()
    }
}

impl<W> fmt::Debug for DecryptingWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptingWriter").finish_non_exhaustive()
    }
}
