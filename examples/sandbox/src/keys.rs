//! `Keys`, everything secret that a sandbox owns, and the certificates that go with it.

mod secret_text;
mod session_key;

use core::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ksef_client::xades::SigningKey;
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate, TestIdentity};
use ksef_core::{Secret, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use x509_cert::der::{Decode, Encode};

pub(crate) use session_key::SessionKey;
pub use session_key::SessionKeyFault;

/// What a public key of KSeF is for; source: OpenAPI, `PublicKeyCertificateUsage`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) enum KeyUsage {
    /// To encrypt a KSeF token at login.
    KsefTokenEncryption,
    /// To encrypt the key of a session or an export.
    SymmetricKeyEncryption,
}

/// The keys of a sandbox. They are made at its start; several sandboxes may share them.
///
/// Two RSA keys of 2,048 bits, one for each usage, whose certificates clients fetch;
/// the key that signs receipts, on the curve P-256 because it signs thousands of them; and the
/// secrets behind tokens and links.
pub struct Keys {
    token_encryption: EncryptionKey,
    symmetric_key_encryption: EncryptionKey,
    upo: SigningKey,
    jwt: hmac::Key,
    links: hmac::Key,
}

/// The keys in the form in which they are kept in a file.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct KeyParts {
    token_encryption: KeyPair,
    symmetric_key_encryption: KeyPair,
    upo: KeyPair,
    /// In Base64.
    #[serde(with = "secret_text")]
    jwt: Secret<String>,
    /// In Base64.
    #[serde(with = "secret_text")]
    links: Secret<String>,
}

impl KeyParts {
    pub(crate) fn generate(now: Timestamp) -> Result<Self, KeysError> {
        Ok(Self {
            token_encryption: KeyPair::generate("KSeF sandbox: tokens", KeyKind::Rsa2048, now)?,
            symmetric_key_encryption: KeyPair::generate(
                "KSeF sandbox: symmetric keys",
                KeyKind::Rsa2048,
                now,
            )?,
            upo: KeyPair::generate("KSeF sandbox: receipts", KeyKind::P256, now)?,
            jwt: random_secret()?,
            links: random_secret()?,
        })
    }
}

/// A certificate and its key, PKCS#8, both DER in Base64.
#[derive(Debug, Deserialize, Serialize)]
struct KeyPair {
    certificate: String,
    #[serde(with = "secret_text")]
    key: Secret<String>,
}

/// An RSA key to which clients encrypt, with its certificate.
struct EncryptionKey {
    key: OaepPrivateDecryptingKey,
    certificate: PublicKeyCertificate,
}

/// An element of `GET /security/public-key-certificates`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicKeyCertificate {
    /// DER in Base64.
    pub(crate) certificate: String,
    /// The SHA-256 of the certificate, in Base64.
    pub(crate) certificate_id: String,
    /// The SHA-256 of the public key (SPKI), in Base64.
    pub(crate) public_key_id: String,
    pub(crate) valid_from: Timestamp,
    pub(crate) valid_to: Timestamp,
    pub(crate) usage: [KeyUsage; 1],
}

/// Why the keys could not be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The cryptographic library refused to make or take a key.
    #[error("a key could not be made")]
    Crypto(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The kept keys are damaged; remove them, and new ones are made.
    #[error("the kept keys are damaged; remove them, and new ones are made")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A certificate was kept beside a key that is not its own.
#[derive(Debug, thiserror::Error)]
#[error("a certificate does not belong to the key beside it")]
struct ForeignCertificate;

/// What was encrypted to a key cannot be decrypted with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this was not encrypted to the key of this usage")]
pub(crate) struct NotForThisKey;

impl Keys {
    /// New keys, with certificates that are valid for two years from a day before `now` on.
    ///
    /// ```
    /// use ksef_core::{Clock, SystemClock};
    /// use ksef_sandbox::Keys;
    ///
    /// let keys = Keys::generate(SystemClock.now())?;
    /// # Ok::<(), ksef_sandbox::KeysError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails.
    pub fn generate(now: Timestamp) -> Result<Self, KeysError> {
        Self::from_parts(&KeyParts::generate(now)?)
    }

    pub(crate) fn from_parts(parts: &KeyParts) -> Result<Self, KeysError> {
        Ok(Self {
            token_encryption: parts.token_encryption.open(KeyUsage::KsefTokenEncryption)?,
            symmetric_key_encryption: parts
                .symmetric_key_encryption
                .open(KeyUsage::SymmetricKeyEncryption)?,
            upo: parts.upo.signing_key()?,
            jwt: hmac_key(&parts.jwt)?,
            links: hmac_key(&parts.links)?,
        })
    }

    /// What clients fetch.
    pub(crate) fn certificates(&self) -> [&PublicKeyCertificate; 2] {
        [&self.token_encryption.certificate, &self.symmetric_key_encryption.certificate]
    }

    /// Whether there is a key of this usage with this `publicKeyId`.
    pub(crate) fn knows(&self, usage: KeyUsage, public_key_id: &str) -> bool {
        self.of(usage).certificate.public_key_id == public_key_id
    }

    /// What was encrypted with RSA-OAEP, with SHA-256 for the hash and for MGF1.
    pub(crate) fn decrypt(
        &self,
        usage: KeyUsage,
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, NotForThisKey> {
        let key = &self.of(usage).key;
        let mut plain = vec![0; key.min_output_size()];
        let length = key
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut plain, None)
            .map_err(|_| NotForThisKey)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// The key that signs receipts.
    pub(crate) const fn upo(&self) -> &SigningKey {
        &self.upo
    }

    /// The secret behind the tokens of a login.
    pub(crate) const fn jwt(&self) -> &hmac::Key {
        &self.jwt
    }

    /// The secret behind storage links.
    pub(crate) const fn links(&self) -> &hmac::Key {
        &self.links
    }

    const fn of(&self, usage: KeyUsage) -> &EncryptionKey {
        match usage {
            KeyUsage::KsefTokenEncryption => &self.token_encryption,
            KeyUsage::SymmetricKeyEncryption => &self.symmetric_key_encryption,
        }
    }
}

impl KeyPair {
    fn generate(name: &str, kind: KeyKind, now: Timestamp) -> Result<Self, KeysError> {
        let made = TestCertificate::nameless().organization(name).build(kind, now);
        let made: TestIdentity = made.map_err(crypto)?;
        Ok(Self {
            certificate: STANDARD.encode(made.certificate_der()),
            key: Secret::new(STANDARD.encode(made.key_der().expose())),
        })
    }

    fn der(&self) -> Result<(Vec<u8>, Secret<Vec<u8>>), KeysError> {
        let certificate = STANDARD.decode(&self.certificate).map_err(damaged)?;
        Ok((certificate, decode(&self.key)?))
    }

    fn open(&self, usage: KeyUsage) -> Result<EncryptionKey, KeysError> {
        let (certificate, key) = self.der()?;
        let key = PrivateDecryptingKey::from_pkcs8(key.expose()).map_err(damaged)?;
        let public_key = public_key(&certificate)?;
        let of_key: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(crypto)?;
        if of_key.as_ref() != public_key {
            return Err(damaged(ForeignCertificate));
        }
        let (valid_from, valid_to) = validity(&certificate)?;
        let certificate = PublicKeyCertificate {
            certificate: self.certificate.clone(),
            certificate_id: Sha256Digest::of(&certificate).to_string(),
            public_key_id: Sha256Digest::of(&public_key).to_string(),
            valid_from,
            valid_to,
            usage: [usage],
        };
        Ok(EncryptionKey { key: OaepPrivateDecryptingKey::new(key).map_err(crypto)?, certificate })
    }

    fn signing_key(&self) -> Result<SigningKey, KeysError> {
        let (certificate, key) = self.der()?;
        SigningKey::new(&certificate, key.expose()).map_err(damaged)
    }
}

fn crypto(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> KeysError {
    KeysError::Crypto(error.into())
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> KeysError {
    KeysError::Damaged(error.into())
}

fn parse(certificate: &[u8]) -> Result<x509_cert::Certificate, KeysError> {
    x509_cert::Certificate::from_der(certificate).map_err(damaged)
}

/// The public key of a certificate, SPKI in DER.
fn public_key(certificate: &[u8]) -> Result<Vec<u8>, KeysError> {
    parse(certificate)?.tbs_certificate().subject_public_key_info().to_der().map_err(damaged)
}

fn validity(certificate: &[u8]) -> Result<(Timestamp, Timestamp), KeysError> {
    let certificate = parse(certificate)?;
    let validity = certificate.tbs_certificate().validity();
    let timestamp = |time: x509_cert::time::Time| {
        let milliseconds = i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_unix_milliseconds(milliseconds).map_err(damaged)
    };
    Ok((timestamp(validity.not_before)?, timestamp(validity.not_after)?))
}

fn random_secret() -> Result<Secret<String>, KeysError> {
    let mut secret = [0; 32];
    SystemRandom::new().fill(&mut secret).map_err(crypto)?;
    let secret = Secret::new(secret);
    Ok(Secret::new(STANDARD.encode(secret.expose())))
}

fn hmac_key(secret: &Secret<String>) -> Result<hmac::Key, KeysError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, decode(secret)?.expose()))
}

fn decode(secret: &Secret<String>) -> Result<Secret<Vec<u8>>, KeysError> {
    STANDARD.decode(secret.expose()).map(Secret::new).map_err(damaged)
}

/// Shows no key.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
