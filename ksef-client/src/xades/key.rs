//! `SigningKey`, a private key in memory together with its certificate.

mod encrypted;

use core::fmt;

#[cfg(feature = "xmlsec")]
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use bergshamra_pkcs12::parse_pkcs12;
use ksef_core::{Secret, Timestamp};
use x509_cert::der::pem;
use zeroize::Zeroizing;

use super::{
    CanonicalXml, Certificate, CertificateError, PublicKeyKind, SignError, SignatureAlgorithm,
    SignedXml, ToBeSigned,
};

/// A private key in memory, RSA or P-256, together with its certificate.
///
/// It signs with RSA PKCS#1 v1.5 or ECDSA, both with SHA-256: what KSeF was seen to take. The key
/// is erased when this is dropped, and it is never printed.
///
/// Files: the certificate in PEM or DER; the key in PEM or DER, as PKCS#8, as PKCS#1 (`BEGIN RSA
/// PRIVATE KEY`) or SEC 1 (`BEGIN EC PRIVATE KEY`), or as PKCS#8 that is encrypted with PBES2
/// (PBKDF2 and AES-CBC, what OpenSSL and the Ministry's application write); or both together in
/// PKCS#12.
pub struct SigningKey {
    certificate: Certificate,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// Why a key cannot be used. Each says what to do.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The certificate cannot be read.
    #[error("the certificate cannot be read: give it in PEM or DER")]
    Certificate(#[source] CertificateError),
    /// The key is neither PEM nor DER of a private key.
    #[error("the private key cannot be read: give it in PEM or DER, as PKCS#8, PKCS#1 or SEC 1")]
    Format,
    /// The key is encrypted, and no password was given.
    #[error("the private key is encrypted: load it with its password")]
    Encrypted,
    /// The password does not open the key.
    #[error("the password does not open the private key: check it, capitals and blanks included")]
    WrongPassword,
    /// Encrypted in a way that is outdated or rare.
    #[error(
        "the private key is encrypted in an unsupported way: convert it with `openssl pkcs8 -topk8 -v2 aes256`"
    )]
    UnsupportedEncryption,
    /// The archive cannot be read, or uses an encryption that is not supported.
    #[error(
        "the PKCS#12 archive cannot be read: export it again with AES-256 (`openssl pkcs12 -export`)"
    )]
    Archive,
    /// The archive holds no private key, or more than one.
    #[error("the PKCS#12 archive must hold one private key: export only the one for KSeF")]
    ArchiveKey,
    /// The key is neither RSA nor P-256.
    #[error("KSeF takes RSA or P-256 keys here: order a certificate for such a key")]
    Kind,
    /// RSA below 2048 bits.
    #[error("the key is too short: KSeF asks for RSA of at least 2048 bits")]
    TooShort,
    /// The certificate is for another key.
    #[error("the private key does not belong to the certificate: check which files go together")]
    Mismatch,
}

impl SigningKey {
    /// Takes a certificate and its unencrypted private key, each in PEM or DER.
    ///
    /// ```
    /// use ksef_client::xades::{CertificateError, KeyError, SigningKey};
    ///
    /// let error = SigningKey::new(b"no certificate", b"no key").unwrap_err();
    /// assert_eq!(error, KeyError::Certificate(CertificateError::Format));
    /// ```
    ///
    /// # Errors
    ///
    /// Every variant of [`KeyError`] but those about passwords and archives; an encrypted key is
    /// [`KeyError::Encrypted`].
    pub fn new(certificate: &[u8], key: &[u8]) -> Result<Self, KeyError> {
        Self::load(certificate, key, None)
    }

    /// Takes a certificate and its private key, which may be encrypted with this password.
    ///
    /// # Errors
    ///
    /// As [`SigningKey::new`], and [`KeyError::WrongPassword`] or
    /// [`KeyError::UnsupportedEncryption`].
    pub fn with_password(
        certificate: &[u8],
        key: &[u8],
        password: &Secret<String>,
    ) -> Result<Self, KeyError> {
        Self::load(certificate, key, Some(password))
    }

    /// Takes both from a PKCS#12 archive (`.p12`, `.pfx`), which may hold the issuers' too.
    ///
    /// Archives encrypted with AES-256, as OpenSSL 3, Java and new versions of Windows write them.
    /// Older ones, with triple DES or RC2, are [`KeyError::Archive`]: export those again.
    ///
    /// # Errors
    ///
    /// As [`SigningKey::new`], and [`KeyError::WrongPassword`], [`KeyError::Archive`] or
    /// [`KeyError::ArchiveKey`].
    pub fn from_pkcs12(archive: &[u8], password: &Secret<String>) -> Result<Self, KeyError> {
        let contents = parse_pkcs12(archive, password.expose()).map_err(|error| {
            // The library has one kind of error for all of it, so this depends on its words.
            let wrong =
                ["MAC", "decrypt", "padding"].iter().any(|part| error.to_string().contains(part));
            if wrong { KeyError::WrongPassword } else { KeyError::Archive }
        })?;
        let [key] = contents.private_keys.as_slice() else {
            return Err(KeyError::ArchiveKey);
        };
        let pair = Pair::from_der(key, "PRIVATE KEY")?;
        let public = pair.public_key();
        let certificates =
            contents.certificates.iter().filter_map(|der| Certificate::new(der).ok());
        let certificate = certificates.into_iter().find(|found| found.public_key().bytes == public);
        Self::from_parts(certificate.ok_or(KeyError::Mismatch)?, pair)
    }

    fn load(
        certificate: &[u8],
        key: &[u8],
        password: Option<&Secret<String>>,
    ) -> Result<Self, KeyError> {
        let certificate = Certificate::new(certificate).map_err(KeyError::Certificate)?;
        let (label, der) = key_der(key)?;
        if label == ENCRYPTED || encrypted::is_encrypted(&der) {
            let password = password.ok_or(KeyError::Encrypted)?;
            let decrypted = encrypted::decrypt(&der, password)?;
            // A wrong password goes unnoticed once in about 256 times, and leaves garbage.
            let pair = Pair::from_der(&decrypted, PKCS8).map_err(|error| match error {
                KeyError::Format => KeyError::WrongPassword,
                other => other,
            })?;
            return Self::from_parts(certificate, pair);
        }
        Self::from_parts(certificate, Pair::from_der(&der, label)?)
    }

    fn from_parts(certificate: Certificate, pair: Pair) -> Result<Self, KeyError> {
        match certificate.public_key_kind() {
            PublicKeyKind::Rsa(bits) if bits < 2048 => return Err(KeyError::TooShort),
            PublicKeyKind::Rsa(_) | PublicKeyKind::P256 => {}
            PublicKeyKind::P384
            | PublicKeyKind::P521
            | PublicKeyKind::ShortCurve
            | PublicKeyKind::Other => return Err(KeyError::Kind),
        }
        if certificate.public_key().bytes != pair.public_key() {
            return Err(KeyError::Mismatch);
        }
        Ok(Self { certificate, pair })
    }

    /// Signs a document, with this as the time of signing.
    ///
    /// KSeF compares that time with its own clock; the Ministry's client goes back one minute.
    ///
    /// # Errors
    ///
    /// When the certificate is not valid at that time.
    pub fn sign(&self, document: CanonicalXml, at: Timestamp) -> Result<SignedXml, SignError> {
        let prepared = ToBeSigned::prepare(document, &self.certificate, self.algorithm(), at)?;
        let value = self.sign_bytes(prepared.message())?;
        // The pair and the certificate were compared, so the value needs no check.
        Ok(prepared.assemble(&value))
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The algorithm that fits the key.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        match self.pair {
            Pair::Rsa(_) => SignatureAlgorithm::RsaSha256,
            Pair::P256(_) => SignatureAlgorithm::EcdsaSha256,
        }
    }

    /// The private key, in PKCS#8 and not encrypted.
    #[cfg(feature = "xmlsec")]
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, SignError> {
        let failed = |_| SignError::Cryptography;
        Ok(Zeroizing::new(match &self.pair {
            Pair::Rsa(pair) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map_err(failed)?.as_ref().to_vec()
            }
            Pair::P256(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
        }))
    }

    /// Signs the message of a verification link: RSA with PSS, ECDSA as `R‖S`.
    pub(crate) fn sign_link(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.pair {
            Pair::Rsa(pair) => sign_rsa(pair, &RSA_PSS_SHA256, message),
            Pair::P256(_) => self.sign_bytes(message),
        }
    }

    pub(super) fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.pair {
            Pair::Rsa(pair) => sign_rsa(pair, &RSA_PKCS1_SHA256, message),
            Pair::P256(pair) => {
                let value = pair
                    .sign(&SystemRandom::new(), message)
                    .map_err(|_| SignError::Cryptography)?;
                Ok(value.as_ref().to_vec())
            }
        }
    }
}

fn sign_rsa(
    pair: &RsaKeyPair,
    padding: &'static dyn RsaEncoding,
    message: &[u8],
) -> Result<Vec<u8>, SignError> {
    let mut value = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &SystemRandom::new(), message, &mut value)
        .map_err(|_| SignError::Cryptography)?;
    Ok(value)
}

/// Shows the certificate only.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

const PKCS8: &str = "PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// DER says itself which of them it is, by its structure.
const UNLABELLED: &str = "";

impl Pair {
    /// Takes the structure that the label names, or tries them where there is no label.
    fn from_der(der: &[u8], label: &str) -> Result<Self, KeyError> {
        let found = match label {
            PKCS8 => Self::from_pkcs8(der),
            PKCS1 => Self::from_pkcs1(der),
            SEC1 => Self::from_sec1(der),
            _ => Self::from_pkcs8(der)
                .or_else(|| Self::from_pkcs1(der))
                .or_else(|| Self::from_sec1(der)),
        };
        found.ok_or_else(|| {
            if encrypted::is_private_key_info(der) { KeyError::Kind } else { KeyError::Format }
        })
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let rsa = RsaKeyPair::from_pkcs8(der).ok().map(Self::Rsa);
        rsa.or_else(|| {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
            pair.ok().map(Self::P256)
        })
    }

    fn from_pkcs1(der: &[u8]) -> Option<Self> {
        RsaKeyPair::from_der(der).ok().map(Self::Rsa)
    }

    fn from_sec1(der: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        pair.ok().map(Self::P256)
    }

    /// In the form in which a certificate has it.
    fn public_key(&self) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::P256(pair) => pair.public_key().as_ref().to_vec(),
        }
    }
}

/// The label and the bytes of a key in PEM; no label for DER.
fn key_der(key: &[u8]) -> Result<(&'static str, Zeroizing<Vec<u8>>), KeyError> {
    // Blanks around PEM do not matter; in DER the last byte may look like one and is part of it.
    if !key.trim_ascii().starts_with(b"-----BEGIN") {
        return Ok((UNLABELLED, Zeroizing::new(key.to_vec())));
    }
    let key = key.trim_ascii();
    // The form of OpenSSL before PKCS#8: the key is derived with MD5.
    if key.windows(10).any(|window| window == b"Proc-Type:") {
        return Err(KeyError::UnsupportedEncryption);
    }
    let key = without_parameters(key);
    let (label, der) = pem::decode_vec(key).map_err(|_| KeyError::Format)?;
    let der = Zeroizing::new(der);
    let known = [PKCS8, PKCS1, SEC1, ENCRYPTED].into_iter().find(|known| *known == label);
    known.map(|label| (label, der)).ok_or(KeyError::Format)
}

/// Skips the block that OpenSSL writes before a key on an elliptic curve.
fn without_parameters(key: &[u8]) -> &[u8] {
    const END: &[u8] = b"-----END EC PARAMETERS-----";
    let end = key.windows(END.len()).position(|window| window == END);
    end.and_then(|end| key.get(end + END.len()..)).unwrap_or(key).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_der_key_keeps_a_last_byte_that_looks_like_a_blank() {
        for last in *b" \t\n\r\x0c" {
            let der = [0x30, 0x01, last];
            let (label, kept) = key_der(&der).unwrap();
            assert_eq!((label, kept.as_slice()), (UNLABELLED, der.as_slice()));
        }
    }
}
