//! `Material`, with what a company logs in.

use std::collections::BTreeMap;

use ksef_audit::secrets::{LoginMethod, SecretName};
use ksef_client::xades::{KeyError, PersonIdentifier, SigningKey, SubjectIdentity};
use ksef_client::{Credentials, InputError};
use ksef_core::{Nip, ReferenceNumber, Secret, Timestamp};

/// The secrets of a connection, by name.
pub(crate) type Secrets = BTreeMap<SecretName, Secret<Vec<u8>>>;

/// With what a company logs in.
#[derive(Debug)]
pub(crate) enum Material {
    /// A KSeF token.
    KsefToken(Secret<String>),
    /// A certificate, and its key in PEM, in DER or in the PKCS#12 archive that both came in.
    Certificate {
        certificate: Secret<Vec<u8>>,
        key: Secret<Vec<u8>>,
        password: Option<Secret<String>>,
    },
}

/// Why something is no material.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaterialError {
    /// Something of it is missing.
    #[error("a token, or a certificate with its key, is needed")]
    Missing,
    /// It is no token.
    #[error(transparent)]
    Token(#[from] InputError),
    /// The certificate and its key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Material {
    /// What a method needs, of these secrets.
    pub(crate) fn new(method: LoginMethod, secrets: &Secrets) -> Result<Self, MaterialError> {
        let secret = |name| secrets.get(&name).map(Secret::clone_secret);
        let needed = |name| secret(name).ok_or(MaterialError::Missing);
        let text = |secret: Secret<Vec<u8>>| {
            String::from_utf8(secret.expose().clone()).map(Secret::new).ok()
        };
        match method {
            LoginMethod::KsefToken => {
                let token = text(needed(SecretName::KsefToken)?);
                Ok(Self::KsefToken(token.ok_or(MaterialError::Missing)?))
            }
            LoginMethod::Certificate => Ok(Self::Certificate {
                certificate: needed(SecretName::Certificate)?,
                key: needed(SecretName::PrivateKey)?,
                password: secret(SecretName::PrivateKeyPassword).and_then(text),
            }),
            _ => Err(MaterialError::Missing),
        }
    }

    pub(crate) fn credentials(&self) -> Result<Credentials, MaterialError> {
        match self {
            Self::KsefToken(token) => Ok(Credentials::ksef_token(token.clone_secret())?),
            Self::Certificate { .. } => Ok(Credentials::signer(self.key()?)),
        }
    }

    /// When the certificate ends. A token does not say it.
    pub(crate) fn expires_at(&self) -> Result<Option<Timestamp>, MaterialError> {
        match self {
            Self::KsefToken(_) => Ok(None),
            Self::Certificate { .. } => Ok(Some(self.key()?.certificate().valid_to())),
        }
    }

    /// The reference number of the token, with which it begins.
    pub(crate) fn token_reference(&self) -> Option<ReferenceNumber> {
        match self {
            Self::KsefToken(token) => token.expose().split('|').next()?.parse().ok(),
            Self::Certificate { .. } => None,
        }
    }

    /// Whether it is a certificate of the one with this NIP, whose rights are those of an owner.
    pub(crate) fn is_of(&self, nip: Nip) -> bool {
        let identity = self.key().ok().and_then(|key| key.certificate().subject_identity().ok());
        match identity {
            Some(SubjectIdentity::Seal(own)) => own == nip,
            Some(SubjectIdentity::Person(PersonIdentifier::Nip(own))) => own == nip,
            _ => false,
        }
    }

    fn key(&self) -> Result<SigningKey, MaterialError> {
        let Self::Certificate { certificate, key, password } = self else {
            return Err(MaterialError::Missing);
        };
        let none = Secret::new(String::new());
        if !key.expose().starts_with(b"-----")
            && let Ok(both) =
                SigningKey::from_pkcs12(key.expose(), password.as_ref().unwrap_or(&none))
        {
            return Ok(both);
        }
        Ok(match password {
            Some(password) => {
                SigningKey::with_password(certificate.expose(), key.expose(), password)?
            }
            None => SigningKey::new(certificate.expose(), key.expose())?,
        })
    }
}

/// The certificate of a PKCS#12 archive, in DER.
pub(crate) fn certificate_of(
    archive: &[u8],
    password: &Secret<String>,
) -> Result<Vec<u8>, MaterialError> {
    Ok(SigningKey::from_pkcs12(archive, password)?.certificate().as_der().to_vec())
}
