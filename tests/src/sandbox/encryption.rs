//! Encryption as a client does it: KSeF API, sections 3.3 and 5.3.

use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::Failed;
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

/// The key and the initialization vector of a session or an export: AES-256-CBC with PKCS#7.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is these bytes and nothing else")]
pub struct DocumentKey {
    /// The key.
    pub key: [u8; 32],
    /// The initialization vector, which is no part of any ciphertext.
    pub initialization_vector: [u8; 16],
}

impl DocumentKey {
    /// The key that tests use, which is no secret.
    pub const TEST: Self = Self { key: [0x5A; 32], initialization_vector: [0xC3; 16] };

    /// The ciphertext of a document.
    ///
    /// # Errors
    ///
    /// When the library fails.
    pub fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, Failed> {
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &self.key)?)?;
        let mut buffer = plain.to_vec();
        let vector = FixedLength::from(self.initialization_vector);
        key.less_safe_encrypt(&mut buffer, EncryptionContext::Iv128(vector))?;
        Ok(buffer)
    }

    /// The document of a ciphertext.
    ///
    /// # Errors
    ///
    /// When it was encrypted otherwise.
    pub fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, Failed> {
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &self.key)?)?;
        let mut buffer = ciphertext.to_vec();
        let vector = FixedLength::from(self.initialization_vector);
        let plain = key.decrypt(&mut buffer, DecryptionContext::Iv128(vector))?;
        Ok(plain.to_vec())
    }

    /// `EncryptionInfo`: the key, encrypted to a certificate of KSeF in Base64.
    ///
    /// # Errors
    ///
    /// When the certificate has no RSA key.
    pub fn encryption(&self, certificate: &str) -> Result<Value, Failed> {
        Ok(json!({
            "encryptedSymmetricKey": encrypt_to(certificate, &self.key)?,
            "initializationVector": STANDARD.encode(self.initialization_vector),
        }))
    }
}

/// RSA-OAEP with SHA-256, for the hash and for MGF1, in Base64; the certificate is DER in Base64.
///
/// # Errors
///
/// When the certificate has no RSA key, or the text is too long for it.
pub fn encrypt_to(certificate: &str, plain: &[u8]) -> Result<String, Failed> {
    let certificate = Certificate::from_der(&STANDARD.decode(certificate)?)?;
    let key = certificate.tbs_certificate().subject_public_key_info().to_der()?;
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&key)?)?;
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let ciphertext = key.encrypt(&OAEP_SHA256_MGF1SHA256, plain, &mut ciphertext, None)?;
    Ok(STANDARD.encode(ciphertext))
}
