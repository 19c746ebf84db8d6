//! `SessionKey`, with which the documents of a session or an export are encrypted.

use core::fmt;

use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// AES-256 in CBC mode with the padding of PKCS#7.
///
/// The initialization vector is no part of the ciphertext; a session has one for all its documents.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct SessionKey {
    key: [u8; 32],
    initialization_vector: [u8; 16],
}

/// Why a key or a text that was encrypted with it is of no use.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionKeyFault {
    /// The key has another length than 32 bytes.
    #[error("the key must have 32 bytes")]
    KeyLength,
    /// The initialization vector has another length than 16 bytes.
    #[error("the initialization vector must have 16 bytes")]
    InitializationVectorLength,
    /// The ciphertext was cut, or encrypted with another key, vector or padding.
    #[error("the ciphertext does not belong to this key, or it was cut")]
    Ciphertext,
}

impl SessionKey {
    pub(crate) fn new(key: &[u8], initialization_vector: &[u8]) -> Result<Self, SessionKeyFault> {
        Ok(Self {
            key: key.try_into().map_err(|_| SessionKeyFault::KeyLength)?,
            initialization_vector: initialization_vector
                .try_into()
                .map_err(|_| SessionKeyFault::InitializationVectorLength)?,
        })
    }

    /// The plain text.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, SessionKeyFault> {
        let mut buffer = ciphertext.to_vec();
        let length = self.decrypt_in_place(&mut buffer).map_err(|_| SessionKeyFault::Ciphertext)?;
        buffer.truncate(length);
        Ok(buffer)
    }

    /// The ciphertext, up to 16 bytes longer than the plain text.
    pub(crate) fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, SessionKeyFault> {
        let mut buffer = plain.to_vec();
        self.encrypt_in_place(&mut buffer).map_err(|_| SessionKeyFault::Ciphertext)?;
        Ok(buffer)
    }

    fn decrypt_in_place(&self, buffer: &mut [u8]) -> Result<usize, Unspecified> {
        let key = UnboundCipherKey::new(&AES_256, &self.key)?;
        let vector = FixedLength::from(self.initialization_vector);
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(key)?;
        Ok(key.decrypt(buffer, DecryptionContext::Iv128(vector))?.len())
    }

    fn encrypt_in_place(&self, buffer: &mut Vec<u8>) -> Result<(), Unspecified> {
        let key = UnboundCipherKey::new(&AES_256, &self.key)?;
        let vector = FixedLength::from(self.initialization_vector);
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(key)?;
        key.less_safe_encrypt(buffer, EncryptionContext::Iv128(vector)).map(|_| ())
    }
}

impl Drop for SessionKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// Shows no key.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey").finish_non_exhaustive()
    }
}
