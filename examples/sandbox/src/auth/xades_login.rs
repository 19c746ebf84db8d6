//! `POST /auth/xades-signature`: logging in with a certificate.

use ksef_client::xades::{
    AuthTokenRequest, Certificate, CertificateDates, PersonIdentifier, Policy, RequestError,
    SignatureFault, SubjectFault, SubjectIdentifierType, SubjectIdentity, Verified,
};
use ksef_core::{ContextIdentifier, Timestamp};

use super::login::{Attempt, check_context, start};
use super::status::{CertificateFault, Failure, Method};
use super::{Identity, IpPolicy, Subject};
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply};
use crate::sessions::LoginProof;

/// `POST /auth/xades-signature`
pub(crate) fn authenticate_by_xades(call: &Call<'_>) -> Result<Reply, Refusal> {
    if call.content_type().as_deref() != Some("application/xml") {
        return Err(Refusal::UnsupportedMediaType);
    }
    let verifies_chain = verifies_certificate_chain(call)?;
    // An expired certificate is no fault of the signature but a status, see below.
    let policy = Policy::default().with_certificate_dates(CertificateDates::Ignored);
    let backend = &call.sandbox.config.signature_backend;
    let verified = backend.verify(call.request.body(), &policy).map_err(refusal_of)?;
    let request = read(&verified)?;
    let context = request.context();
    check_context(call, &context)?;
    let (subject, method) = signer(&request, &verified.signer)?;

    let mut world = call.world();
    world
        .take_challenge(request.challenge().as_str(), call.now)
        .ok_or(ExceptionCode::InvalidChallenge)?;
    let identity = Identity { subject, proof: LoginProof::SignedRequest(verified.digest) };
    let outcome = check_certificate(&verified.signer, verifies_chain, call.now)
        .map_err(Failure::Certificate)
        .and_then(|()| world.admit(identity, &context));
    let allowed_ips = IpPolicy::from(request.allowed_ips());
    start(call, &mut world, Attempt { context, method, allowed_ips }, outcome)
}

fn verifies_certificate_chain(call: &Call<'_>) -> Result<bool, Refusal> {
    let Some(text) = call.query.first("verifyCertificateChain") else {
        return Ok(false);
    };
    text.to_ascii_lowercase().parse().map_err(|_| {
        ExceptionCode::InvalidInput.detail(format!("The value '{text}' is not valid.")).into()
    })
}

/// The error of the API for what is wrong with a signature; the details are the sandbox's own.
fn refusal_of(fault: SignatureFault) -> Refusal {
    let code = match fault {
        SignatureFault::TooLarge => return Refusal::TooLarge,
        SignatureFault::Encoding => ExceptionCode::InvalidEncoding,
        SignatureFault::Malformed => ExceptionCode::UnreadableContent,
        SignatureFault::Dtd | SignatureFault::TooDeep => ExceptionCode::InvalidDocument,
        SignatureFault::NoSignature => ExceptionCode::SignatureMissing,
        SignatureFault::SeveralSignatures => ExceptionCode::TooManySignatures,
        SignatureFault::Certificate | SignatureFault::KeyKind | SignatureFault::KeyTooShort => {
            ExceptionCode::InvalidCertificate
        }
        _ => ExceptionCode::InvalidSignature,
    };
    let mut detail = fault.polish().to_owned();
    detail.push('.');
    code.detail(detail).into()
}

/// The document, from the bytes that the signature covers.
fn read(verified: &Verified) -> Result<AuthTokenRequest, Refusal> {
    let content = std::str::from_utf8(verified.content()).map_err(|_| RequestError::Schema);
    content
        .and_then(AuthTokenRequest::parse)
        .map_err(|error| ExceptionCode::SchemaMismatch.detail(error.to_string()).into())
}

/// Who signed. A Peppol service provider is recognized by the name in its seal, and only in its
/// own context; the context of an entity of the European Union takes fingerprints only.
fn signer(
    request: &AuthTokenRequest,
    certificate: &Certificate,
) -> Result<(Subject, Method), Refusal> {
    if request.subject() == SubjectIdentifierType::CertificateFingerprint {
        let is_person = certificate.surname().is_some();
        let method = if is_person { Method::QualifiedSignature } else { Method::QualifiedSeal };
        return Ok((Subject::Fingerprint(certificate.fingerprint()), method));
    }
    match request.context() {
        ContextIdentifier::PeppolId(id)
            if certificate.common_name().is_some_and(|name| name == id.as_str()) =>
        {
            Ok((Subject::PeppolId(id), Method::PeppolSignature))
        }
        ContextIdentifier::PeppolId(_) | ContextIdentifier::NipVatUe(_) => {
            Err(ExceptionCode::InvalidSubjectIdentifier.into())
        }
        _ => named_signer(certificate),
    }
}

fn named_signer(certificate: &Certificate) -> Result<(Subject, Method), Refusal> {
    match certificate.subject_identity() {
        Ok(SubjectIdentity::Seal(nip)) => Ok((Subject::Nip(nip), Method::QualifiedSeal)),
        Ok(SubjectIdentity::Person(PersonIdentifier::Nip(nip))) => {
            Ok((Subject::Nip(nip), Method::QualifiedSignature))
        }
        Ok(SubjectIdentity::Person(PersonIdentifier::Pesel(pesel))) => {
            Ok((Subject::Pesel(pesel), Method::QualifiedSignature))
        }
        // Such a certificate can log in, but only by its fingerprint.
        Err(SubjectFault::NoNumber) => Err(ExceptionCode::SignatureConflict
            .detail(format!("{}.", SubjectFault::NoNumber.polish()))
            .into()),
        Err(fault) => {
            Err(ExceptionCode::InvalidCertificate.detail(format!("{}.", fault.polish())).into())
        }
        Ok(_) => Err(ExceptionCode::InvalidCertificate.into()),
    }
}

/// The sandbox trusts nobody: where the chain is asked for, no certificate has one.
fn check_certificate(
    certificate: &Certificate,
    verifies_chain: bool,
    now: Timestamp,
) -> Result<(), CertificateFault> {
    if !(certificate.valid_from()..=certificate.valid_to()).contains(&now) {
        return Err(CertificateFault::NotValidNow);
    }
    if verifies_chain { Err(CertificateFault::UntrustedChain) } else { Ok(()) }
}
