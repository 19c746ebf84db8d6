//! Certificates at KSeF: enrolment, retrieval, revocation.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{ReferenceNumber, Timestamp};

use super::{CertificateRequest, CertificateSerialNumber, EnrollmentData};
use crate::auth::AuthSession;
use crate::error::{Error, InputError, LostAnswer, NoAnswer, Unreadable};
use crate::identifier::Identifier;
use crate::listing::Listing;
use crate::open_code::open_codes;
use crate::pipeline::{ApiRequest, Poll, empty, json, page};
use crate::policy::PollPolicy;
use crate::session::Status;
use crate::wire::certificates::{
    CertificateLimitsBody, CertificateQueryBody, CertificatesPage, EnrollCertificateRequest,
    EnrollCertificateResponse, EnrollmentStatusBody, RetrieveCertificatesRequest,
    RetrieveCertificatesResponse, RetrievedCertificate, RevokeCertificateRequest,
};
use crate::wire::operation::Operation;

/// The most certificates that a page has.
const PAGE_SIZE: u32 = 50;

/// The certificates of whoever logged in: [`AuthSession::certificates`]. They belong to the
/// subject and not to the context.
#[derive(Clone, Debug)]
pub struct Certificates(AuthSession);

/// An application for a certificate that KSeF has taken on.
///
/// Keep its reference number, and [`Certificates::enrollment`] has it again, for 30 days.
#[derive(Clone, Debug)]
#[must_use = "KSeF may still refuse it: wait until the certificate is issued"]
pub struct Enrollment {
    auth: AuthSession,
    reference_number: ReferenceNumber,
}

open_codes! {
    /// What a certificate is for (OpenAPI, `KsefCertificateType`).
    CertificateType {
        /// To log in.
        Authentication = "Authentication",
        /// To sign the links of invoices that are issued offline.
        Offline = "Offline",
    }
}

open_codes! {
    /// Where a certificate stands (OpenAPI, `CertificateListItemStatus`).
    CertificateStatus {
        /// It can be used.
        Active = "Active",
        /// It is being revoked.
        Blocked = "Blocked",
        /// It was revoked.
        Revoked = "Revoked",
        /// It has expired.
        Expired = "Expired",
    }
}

open_codes! {
    /// Why a certificate is revoked (OpenAPI, `CertificateRevocationReason`).
    RevocationReason {
        /// For a reason that is not said.
        Unspecified = "Unspecified",
        /// There is another one in its place.
        Superseded = "Superseded",
        /// Somebody else may have its key.
        KeyCompromise = "KeyCompromise",
    }
}

/// How many there may be, and how many more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CertificateLimit {
    /// How many more.
    pub remaining: i32,
    /// How many in all.
    pub limit: i32,
}

/// How many certificates one may have and ask for (OpenAPI, `CertificateLimitsResponse`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CertificateLimits {
    /// Whether one may ask for another one now.
    pub can_request: bool,
    /// Applications; revoking a certificate gives none back.
    pub enrollment: CertificateLimit,
    /// Certificates that are active.
    pub certificate: CertificateLimit,
}

/// Where an application stands (OpenAPI, `CertificateEnrollmentStatusResponse`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EnrollmentStatus {
    /// When it was made.
    pub request_date: Timestamp,
    /// The status: 100 on its way, 200 issued, from 400 on refused.
    pub status: Status,
    /// The certificate's serial number, once it is issued.
    pub certificate_serial_number: Option<CertificateSerialNumber>,
}

/// A certificate of KSeF. `Debug` shows its serial number and type.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct KsefCertificate {
    /// The serial number.
    pub serial_number: CertificateSerialNumber,
    /// The name that was given to it.
    pub name: String,
    /// What it is for.
    pub certificate_type: CertificateType,
    /// The certificate, X.509 in DER.
    pub der: Vec<u8>,
}

/// What KSeF says of a certificate (OpenAPI, `CertificateListItem`). `Debug` hides its subject.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct CertificateMetadata {
    /// The serial number.
    pub certificate_serial_number: CertificateSerialNumber,
    /// The name that was given to it.
    pub name: String,
    /// What it is for.
    pub certificate_type: CertificateType,
    /// The common name of its subject.
    pub common_name: String,
    /// Where it stands.
    pub status: CertificateStatus,
    /// Its subject.
    pub subject_identifier: Identifier,
    /// From when on it is valid.
    pub valid_from: Timestamp,
    /// Until when it is valid.
    pub valid_to: Timestamp,
    /// When it was used last.
    pub last_use_date: Option<Timestamp>,
    /// When it was asked for.
    pub request_date: Timestamp,
}

/// Which certificates are listed; all of them unless it is said otherwise (OpenAPI,
/// `QueryCertificatesRequest`).
///
/// ```
/// use ksef_client::certificates::{CertificateQuery, CertificateStatus, CertificateType};
///
/// let query = CertificateQuery::new().certificate_type(CertificateType::Offline);
/// let query = query.status(CertificateStatus::Active);
/// # let _ = query;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a query finds nothing before it is asked"]
pub struct CertificateQuery {
    body: CertificateQueryBody,
}

impl CertificateQuery {
    /// All certificates.
    pub fn new() -> Self {
        Self::default()
    }

    /// The one with this serial number.
    pub const fn serial_number(mut self, number: CertificateSerialNumber) -> Self {
        self.body.certificate_serial_number = Some(number);
        self
    }

    /// Those whose name holds this text.
    pub fn name(mut self, text: impl Into<String>) -> Self {
        self.body.name = Some(text.into());
        self
    }

    /// Those for this.
    pub fn certificate_type(mut self, certificate_type: CertificateType) -> Self {
        self.body.certificate_type = Some(certificate_type);
        self
    }

    /// Those that stand there.
    pub fn status(mut self, status: CertificateStatus) -> Self {
        self.body.status = Some(status);
        self
    }

    /// Those that expire later than this.
    pub const fn expires_after(mut self, time: Timestamp) -> Self {
        self.body.expires_after = Some(time);
        self
    }
}

impl AuthSession {
    /// The certificates of whoever logged in.
    #[must_use]
    pub fn certificates(&self) -> Certificates {
        Certificates(self.clone())
    }
}

/// Permission of all: none. Limits of all: `other`.
impl Certificates {
    /// How many certificates one may have and ask for.
    ///
    /// `GET /certificates/limits`.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn limits(&self) -> Result<CertificateLimits, Error> {
        let request = ApiRequest::new(Operation::CertificateLimits);
        let body: CertificateLimitsBody = self.0.call(&request, json).await?;
        Ok(body.into())
    }

    /// The subject that a request for a certificate must have.
    ///
    /// `GET /certificates/enrollments/data`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 25001 after a login by token: log in with a certificate.
    pub async fn enrollment_data(&self) -> Result<EnrollmentData, Error> {
        self.0.call(&ApiRequest::new(Operation::CertificateEnrollmentData), json).await
    }

    /// Asks for a certificate, whose name has 5 to 100 characters; it is valid from the time that
    /// it is issued, unless another time is given.
    ///
    /// Keep the key of the request before: it is nowhere else.
    ///
    /// `POST /certificates/enrollments`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 25002 after a login by token, 25003 when the subject is another
    /// one, 25004, 25010 or 25011 for the request, 25006 or 25007 when there are too many.
    /// [`Error::OutcomeUnknown`] when the answer is lost: look for the name in the list before
    /// it is asked for again, since applications are counted.
    pub async fn enroll(
        &self,
        name: &str,
        certificate_type: &CertificateType,
        request: &CertificateRequest,
        valid_from: Option<Timestamp>,
    ) -> Result<Enrollment, Error> {
        InputError::check_length("certificateName", name, 5..=100)?;
        let body = EnrollCertificateRequest {
            certificate_name: name,
            certificate_type: certificate_type.as_str(),
            csr: STANDARD.encode(request.as_der()),
            valid_from,
        };
        let request = ApiRequest::new(Operation::EnrollCertificate).json(&body)?;
        let body: EnrollCertificateResponse = self.0.call(&request, json).await?;
        Ok(self.enrollment(body.reference_number))
    }

    /// An application again, by the reference number that was kept.
    pub fn enrollment(&self, reference_number: ReferenceNumber) -> Enrollment {
        Enrollment { auth: self.0.clone(), reference_number }
    }

    /// Fetches certificates, up to 10.
    ///
    /// `POST /certificates/retrieve`.
    ///
    /// # Errors
    ///
    /// [`InputError::Count`] for none or more than 10, or as every reading request.
    pub async fn retrieve(
        &self,
        numbers: &[CertificateSerialNumber],
    ) -> Result<Vec<KsefCertificate>, Error> {
        InputError::check_count("certificateSerialNumbers", numbers, 1..=10)?;
        let operation = Operation::RetrieveCertificates;
        let body = RetrieveCertificatesRequest { certificate_serial_numbers: numbers };
        let request = ApiRequest::new(operation).json(&body)?;
        let body: RetrieveCertificatesResponse = self.0.call(&request, json).await?;
        let certificates = body.certificates.into_iter().map(certificate).collect();
        let certificates: Option<Vec<KsefCertificate>> = certificates;
        certificates.ok_or_else(|| {
            let cause = LostAnswer::Unreadable(Unreadable::Base64);
            Error::NoAnswer(Box::new(NoAnswer { operation: Some(operation), cause }))
        })
    }

    /// Revokes a certificate.
    ///
    /// `POST /certificates/{certificateSerialNumber}/revoke`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 25008 when there is none and 25009 when it is no longer active;
    /// [`Error::OutcomeUnknown`] when the answer is lost: the list says whether it is revoked.
    pub async fn revoke(
        &self,
        number: CertificateSerialNumber,
        reason: &RevocationReason,
    ) -> Result<(), Error> {
        let request = ApiRequest::new(Operation::RevokeCertificate).parameter(&number);
        let body = RevokeCertificateRequest { revocation_reason: reason };
        self.0.call(&request.json(&body)?, empty).await
    }

    /// The certificates, those asked for last first.
    ///
    /// `POST /certificates/query`.
    pub fn query(&self, query: &CertificateQuery) -> Listing<CertificateMetadata> {
        let request = ApiRequest::new(Operation::QueryCertificates).json(&query.body);
        Listing::of(&self.0, request, PAGE_SIZE, page::<CertificatesPage, _>)
    }
}

impl Enrollment {
    /// Its reference number.
    #[must_use]
    pub const fn reference_number(&self) -> ReferenceNumber {
        self.reference_number
    }

    /// Where it stands.
    ///
    /// `GET /certificates/enrollments/{referenceNumber}`. Permission: none. Limits: `other`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 25005 when there is none, with HTTP 410 after 30 days.
    pub async fn status(&self) -> Result<EnrollmentStatus, Error> {
        let request = ApiRequest::new(Operation::CertificateEnrollmentStatus);
        let request = request.parameter(&self.reference_number);
        let body: EnrollmentStatusBody = self.auth.call(&request, json).await?;
        Ok(body.into())
    }

    /// Waits until the certificate is issued, and fetches it.
    ///
    /// # Errors
    ///
    /// [`Error::OperationFailed`] with the status when KSeF does not issue it,
    /// [`Error::TimedOut`] when it has not decided yet or the certificate is not there yet.
    pub async fn issued(&self, policy: &PollPolicy) -> Result<KsefCertificate, Error> {
        let mut poll = Poll::new(self.auth.client().pipeline(), policy);
        loop {
            let EnrollmentStatus { status, certificate_serial_number, .. } = self.status().await?;
            if status.code >= 400 {
                return Err(Error::OperationFailed(Box::new(status)));
            }
            if let Some(number) = certificate_serial_number {
                let fetched = self.auth.certificates().retrieve(&[number]).await?;
                if let Some(certificate) = fetched.into_iter().next() {
                    return Ok(certificate);
                }
            }
            poll.pause(Some(status)).await?;
        }
    }
}

fn certificate(body: RetrievedCertificate) -> Option<KsefCertificate> {
    Some(KsefCertificate {
        serial_number: body.certificate_serial_number,
        name: body.certificate_name,
        certificate_type: body.certificate_type,
        der: STANDARD.decode(&body.certificate).ok()?,
    })
}

impl fmt::Debug for KsefCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KsefCertificate")
            .field("serial_number", &self.serial_number)
            .field("certificate_type", &self.certificate_type)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CertificateMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateMetadata")
            .field("certificate_serial_number", &self.certificate_serial_number)
            .field("certificate_type", &self.certificate_type)
            .field("status", &self.status)
            .field("valid_to", &self.valid_to)
            .finish_non_exhaustive()
    }
}
