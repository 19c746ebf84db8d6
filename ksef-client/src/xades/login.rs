//! Reading a signed login as KSeF does.

use super::{
    AuthTokenRequest, Policy, RequestError, SignatureFault, SubjectFault, SubjectIdentifierType,
    SubjectIdentity, Verified, verify,
};

/// A login whose signature holds.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct VerifiedLogin {
    /// What was signed.
    pub request: AuthTokenRequest,
    /// Who signed it. Nobody if the login is by fingerprint: then that is who.
    pub subject: Option<SubjectIdentity>,
    /// The signature.
    pub signature: Verified,
}

/// Why KSeF refuses, or would refuse, a signed login.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginFault {
    /// The signature does not hold: KSeF's error 9105.
    #[error("the signature of the login does not hold")]
    Signature(#[source] SignatureFault),
    /// The signed document is no login: error 21401.
    #[error("the signed document is no login")]
    Request(#[source] RequestError),
    /// The subject of the certificate names nobody: error 21115.
    #[error("the subject of the certificate names nobody that KSeF knows how to find")]
    Subject(#[source] SubjectFault),
}

/// Checks a signed login: what KSeF would say to it, with the reason that KSeF does not give.
///
/// Run it before sending, or in the place of KSeF. Whether the challenge is known, and whether
/// the subject holds a permission in the context, only KSeF can say.
///
/// ```
/// use ksef_client::xades::{LoginFault, Policy, SignatureFault, verify_login};
///
/// let fault = verify_login(b"<AuthTokenRequest/>", &Policy::default()).unwrap_err();
/// assert_eq!(fault, LoginFault::Signature(SignatureFault::NoSignature));
/// ```
///
/// # Errors
///
/// The first fault that is found.
pub fn verify_login(bytes: &[u8], policy: &Policy) -> Result<VerifiedLogin, LoginFault> {
    read_login(verify(bytes, policy).map_err(LoginFault::Signature)?)
}

/// Reads a login whose signature holds, whoever checked it.
///
/// # Errors
///
/// What is left to find: [`LoginFault::Request`] and [`LoginFault::Subject`].
pub fn read_login(signature: Verified) -> Result<VerifiedLogin, LoginFault> {
    let content = core::str::from_utf8(signature.content())
        .map_err(|_| LoginFault::Request(RequestError::Schema))?;
    let request = AuthTokenRequest::parse(content).map_err(LoginFault::Request)?;
    let subject = match request.subject() {
        SubjectIdentifierType::CertificateFingerprint => None,
        SubjectIdentifierType::CertificateSubject => {
            Some(signature.signer.subject_identity().map_err(LoginFault::Subject)?)
        }
    };
    Ok(VerifiedLogin { request, subject, signature })
}
