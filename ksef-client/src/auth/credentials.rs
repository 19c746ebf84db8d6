//! `Credentials`, with what one logs in.

use core::fmt;
#[cfg(feature = "xades")]
use std::sync::Arc;

use ksef_core::Secret;

use crate::error::InputError;
#[cfg(feature = "xades")]
use crate::xades::{AllowedIps, Signer, SubjectIdentifierType};

/// With what one logs in: a KSeF token, or a certificate and its key.
///
/// Nothing of it is shown by `Debug`.
pub struct Credentials(pub(super) Kind);

pub(super) enum Kind {
    Token(Secret<String>),
    #[cfg(feature = "xades")]
    Xades(Xades),
}

/// A signed login, but for the challenge.
#[cfg(feature = "xades")]
pub(super) struct Xades {
    pub(super) signer: Arc<dyn Signer>,
    pub(super) subject: SubjectIdentifierType,
    pub(super) allowed_ips: AllowedIps,
    pub(super) verify_certificate_chain: bool,
}

impl Credentials {
    /// The longest token, OpenAPI `GenerateTokenResponse`.
    const MAX_TOKEN: usize = 160;

    /// A KSeF token, whole as it was shown once: `20251010-EC-…|nip-…|…`.
    ///
    /// # Errors
    ///
    /// [`InputError::Token`] when it has blanks, line ends or other characters of no token.
    pub fn ksef_token(token: Secret<String>) -> Result<Self, InputError> {
        let text = token.expose();
        let is_token = (1..=Self::MAX_TOKEN).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if is_token { Ok(Self(Kind::Token(token))) } else { Err(InputError::Token) }
    }

    /// A certificate and its key: a [`SigningKey`](crate::xades::SigningKey) in memory, or a
    /// signer outside, such as an HSM. KSeF recognises the subject by its NIP or PESEL.
    #[cfg(feature = "xades")]
    #[cfg_attr(docsrs, doc(cfg(feature = "xades")))]
    #[must_use]
    pub fn signer(signer: impl Signer + 'static) -> Self {
        Self(Kind::Xades(Xades {
            signer: Arc::new(signer),
            subject: SubjectIdentifierType::CertificateSubject,
            allowed_ips: AllowedIps::default(),
            verify_certificate_chain: false,
        }))
    }

    /// The same, recognised by the fingerprint of the certificate, to which permissions were
    /// granted. A KSeF token stays as it is.
    #[cfg(feature = "xades")]
    #[cfg_attr(docsrs, doc(cfg(feature = "xades")))]
    #[must_use]
    pub fn by_fingerprint(self) -> Self {
        self.change(|xades| xades.subject = SubjectIdentifierType::CertificateFingerprint)
    }

    /// The same with tokens that can be used from these addresses only. A KSeF token stays as it
    /// is.
    #[cfg(feature = "xades")]
    #[cfg_attr(docsrs, doc(cfg(feature = "xades")))]
    #[must_use]
    pub fn allow_only(self, ips: AllowedIps) -> Self {
        self.change(|xades| xades.allowed_ips = ips)
    }

    /// The same with the chain of the certificate checked in TEST too, as DEMO and PRODUCTION do
    /// always. A KSeF token stays as it is.
    #[cfg(feature = "xades")]
    #[cfg_attr(docsrs, doc(cfg(feature = "xades")))]
    #[must_use]
    pub fn verify_certificate_chain(self) -> Self {
        self.change(|xades| xades.verify_certificate_chain = true)
    }

    #[cfg(feature = "xades")]
    fn change(mut self, change: impl FnOnce(&mut Xades)) -> Self {
        if let Kind::Xades(xades) = &mut self.0 {
            change(xades);
        }
        self
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Token(_) => "Credentials::KsefToken",
            #[cfg(feature = "xades")]
            Kind::Xades(_) => "Credentials::Signer",
        })
    }
}
