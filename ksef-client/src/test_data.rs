//! Test data: taxpayers, persons, permissions and limits that are made up, in the environment
//! TEST alone.
//!
//! KSeF API, `dane-testowe-scenariusze.md`. Everybody shares TEST, and whoever knows a NIP changes
//! its data: [`Client::test_data`] needs no login. What belongs to a login is changed by
//! [`AuthSession::test_settings`].
//!
//! ```no_run
//! use ksef_client::test_data::TestPerson;
//! use ksef_client::Client;
//! use ksef_core::Environment;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder(Environment::Test).build()?;
//! let person = TestPerson::new("5265877635".parse()?, "90010112349".parse()?, "A sole trader");
//! client.test_data()?.create_person(&person).await?;
//! # Ok(())
//! # }
//! ```

use ksef_core::{ContextIdentifier, Environment, InvoiceDate, Nip, Pesel, Timestamp};
use serde::Serialize;

use crate::auth::AuthSession;
use crate::certificates::CertificateSerialNumber;
use crate::client::Client;
use crate::error::{Error, InputError};
use crate::identifier::Identifier;
use crate::limits::{ContextLimits, RateLimits, SubjectLimits};
use crate::open_code::open_codes;
use crate::permissions::Permission;
use crate::pipeline::{ApiRequest, empty};
use crate::wire::limits::{ContextLimitsBody, SubjectLimitsBody};
use crate::wire::operation::Operation;
use crate::wire::test_data as wire;

/// Taxpayers, persons and permissions in TEST: [`Client::test_data`].
#[derive(Clone, Debug)]
pub struct TestData(Client);

/// What belongs to a login in TEST: [`AuthSession::test_settings`].
#[derive(Clone, Debug)]
pub struct TestSettings(AuthSession);

/// What a made-up taxpayer is (OpenAPI, `SubjectType`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TestSubjectType {
    /// An enforcement authority.
    EnforcementAuthority,
    /// A VAT group.
    VatGroup,
    /// A local government (`JST`).
    LocalGovernment,
}

/// A made-up taxpayer (OpenAPI, `SubjectCreateRequest`).
#[derive(Clone, Debug)]
#[must_use = "it is not there before it is created"]
pub struct TestSubject {
    body: wire::SubjectBody,
}

/// A made-up person, who owns the context with their NIP (OpenAPI, `PersonCreateRequest`).
#[derive(Clone, Debug)]
#[must_use = "it is not there before it is created"]
pub struct TestPerson {
    body: wire::PersonBody,
}

open_codes! {
    /// By what the subject of certificate limits is known (OpenAPI, `SubjectIdentifierType`).
    LimitedSubjectType {
        /// By the NIP.
        Nip = "Nip",
        /// By the PESEL.
        Pesel = "Pesel",
        /// By the fingerprint of the certificate.
        Fingerprint = "Fingerprint",
    }
}

impl TestSubjectType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::EnforcementAuthority => "EnforcementAuthority",
            Self::VatGroup => "VatGroup",
            Self::LocalGovernment => "JST",
        }
    }
}

impl TestSubject {
    /// A taxpayer, with a description of 5 to 256 characters.
    pub fn new(nip: Nip, subject_type: TestSubjectType, description: impl Into<String>) -> Self {
        Self {
            body: wire::SubjectBody {
                subject_nip: nip,
                subject_type: subject_type.as_str(),
                subunits: Vec::new(),
                description: description.into(),
                created_date: None,
            },
        }
    }

    /// The same with one more unit or member, with a description of 5 to 256 characters.
    pub fn subunit(mut self, nip: Nip, description: impl Into<String>) -> Self {
        let description = description.into();
        self.body.subunits.push(wire::SubunitBody { subject_nip: nip, description });
        self
    }

    /// The same, created then; later than one of this NIP that was there before.
    pub const fn created_at(mut self, time: Timestamp) -> Self {
        self.body.created_date = Some(time);
        self
    }
}

impl TestPerson {
    /// A person, with a description of 5 to 256 characters.
    pub fn new(nip: Nip, pesel: Pesel, description: impl Into<String>) -> Self {
        Self {
            body: wire::PersonBody {
                nip,
                pesel,
                is_bailiff: false,
                is_deceased: false,
                description: description.into(),
                created_date: None,
            },
        }
    }

    /// The same, who is a court bailiff.
    pub const fn bailiff(mut self) -> Self {
        self.body.is_bailiff = true;
        self
    }

    /// The same, who has died, and whose logins are refused.
    pub const fn deceased(mut self) -> Self {
        self.body.is_deceased = true;
        self
    }

    /// The same, created then; later than one of this NIP that was there before.
    pub const fn created_at(mut self, time: Timestamp) -> Self {
        self.body.created_date = Some(time);
        self
    }
}

impl Client {
    /// Test data that need no login.
    ///
    /// # Errors
    ///
    /// [`InputError::NotTest`] in another environment than TEST.
    pub fn test_data(&self) -> Result<TestData, InputError> {
        check(self)?;
        Ok(TestData(self.clone()))
    }
}

impl AuthSession {
    /// Test data of this login.
    ///
    /// # Errors
    ///
    /// [`InputError::NotTest`] in another environment than TEST.
    pub fn test_settings(&self) -> Result<TestSettings, InputError> {
        check(self.client())?;
        Ok(TestSettings(self.clone()))
    }
}

fn permission<'a>(
    (permission, description): &'a (Permission, &'a str),
) -> Result<wire::PermissionBody<'a>, InputError> {
    InputError::check_length("description", description, 5..=256)?;
    Ok(wire::PermissionBody { permission_type: permission.as_str(), description })
}

fn check(client: &Client) -> Result<(), InputError> {
    match client.environment() {
        Environment::Test => Ok(()),
        _ => Err(InputError::NotTest),
    }
}

/// Permission of all: none, and no login. Limits: `anonymous`, but `other` for blocking.
impl TestData {
    /// Creates a taxpayer with its units.
    ///
    /// `POST /testdata/subject`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 30001 when there is one, [`Error::OutcomeUnknown`].
    pub async fn create_subject(&self, subject: &TestSubject) -> Result<(), Error> {
        InputError::check_length("description", &subject.body.description, 5..=256)?;
        self.submit(Operation::CreateTestSubject, &subject.body).await
    }

    /// Removes a taxpayer with its units.
    ///
    /// `POST /testdata/subject/remove`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn remove_subject(&self, nip: Nip) -> Result<(), Error> {
        let body = wire::SubjectRemoval { subject_nip: nip };
        self.submit(Operation::RemoveTestSubject, &body).await
    }

    /// Creates a person, who owns the context with their NIP.
    ///
    /// `POST /testdata/person`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 30001 when there is one, [`Error::OutcomeUnknown`].
    pub async fn create_person(&self, person: &TestPerson) -> Result<(), Error> {
        InputError::check_length("description", &person.body.description, 5..=256)?;
        self.submit(Operation::CreateTestPerson, &person.body).await
    }

    /// Removes a person.
    ///
    /// `POST /testdata/person/remove`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn remove_person(&self, nip: Nip) -> Result<(), Error> {
        self.submit(Operation::RemoveTestPerson, &wire::NipBody { nip }).await
    }

    /// Grants permissions in a context, as the form ZAW-FA does: each with a description of 5 to
    /// 256 characters, to a NIP, a PESEL or a fingerprint.
    ///
    /// `POST /testdata/permissions`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], [`Error::OutcomeUnknown`].
    pub async fn grant_permissions(
        &self,
        context: Nip,
        authorized: &Identifier,
        permissions: &[(Permission, &str)],
    ) -> Result<(), Error> {
        let permissions: Vec<_> =
            permissions.iter().map(permission).collect::<Result<_, InputError>>()?;
        let body = wire::PermissionsBody {
            context_identifier: context.into(),
            authorized_identifier: authorized,
            permissions: Some(permissions),
        };
        self.submit(Operation::GrantTestPermissions, &body).await
    }

    /// Revokes the permissions that [`TestData::grant_permissions`] granted.
    ///
    /// `POST /testdata/permissions/revoke`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], [`Error::OutcomeUnknown`].
    pub async fn revoke_permissions(
        &self,
        context: Nip,
        authorized: &Identifier,
    ) -> Result<(), Error> {
        let body = wire::PermissionsBody {
            context_identifier: context.into(),
            authorized_identifier: authorized,
            permissions: None,
        };
        self.submit(Operation::RevokeTestPermissions, &body).await
    }

    /// Lets a taxpayer send attachments.
    ///
    /// `POST /testdata/attachment`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn enable_attachments(&self, nip: Nip) -> Result<(), Error> {
        self.submit(Operation::EnableTestAttachments, &wire::NipBody { nip }).await
    }

    /// Lets a taxpayer send no attachments any more, from this day on or at once.
    ///
    /// `POST /testdata/attachment/revoke`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn disable_attachments(
        &self,
        nip: Nip,
        expected_end_date: Option<InvoiceDate>,
    ) -> Result<(), Error> {
        let body = wire::AttachmentRevocation { nip, expected_end_date };
        self.submit(Operation::DisableTestAttachments, &body).await
    }

    /// Blocks a context: logins to it end with status 480.
    ///
    /// `POST /testdata/context/block`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn block_context(&self, context: ContextIdentifier) -> Result<(), Error> {
        let body = wire::ContextBody { context_identifier: context };
        self.submit(Operation::BlockTestContext, &body).await
    }

    /// Lets people log in to a context again.
    ///
    /// `POST /testdata/context/unblock`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn unblock_context(&self, context: ContextIdentifier) -> Result<(), Error> {
        let body = wire::ContextBody { context_identifier: context };
        self.submit(Operation::UnblockTestContext, &body).await
    }

    async fn submit(
        &self,
        operation: Operation,
        body: &(impl Serialize + Sync),
    ) -> Result<(), Error> {
        let request = ApiRequest::new(operation).json(body)?;
        self.0.pipeline().call(&request, None, empty).await
    }
}

/// Permission of all: none. Limits of all: `other`. All of them may be repeated, but
/// [`TestSettings::change_certificate`].
impl TestSettings {
    /// Gives the context other limits, in whole MB of 1,000,000 bytes.
    ///
    /// `POST /testdata/limits/context/session`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn override_session_limits(&self, limits: &ContextLimits) -> Result<(), Error> {
        self.submit(Operation::OverrideSessionLimits, &ContextLimitsBody::from(limits)).await
    }

    /// Gives the context the usual limits again.
    ///
    /// `DELETE /testdata/limits/context/session`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn reset_session_limits(&self) -> Result<(), Error> {
        self.reset(Operation::ResetSessionLimits).await
    }

    /// Gives the one who logged in another number of certificates; `subject_type` says by what
    /// they are known, if not by what they logged in with.
    ///
    /// `POST /testdata/limits/subject/certificate`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn override_certificate_limits(
        &self,
        limits: &SubjectLimits,
        subject_type: Option<&LimitedSubjectType>,
    ) -> Result<(), Error> {
        let body = wire::SubjectLimitsRequest {
            subject_identifier_type: subject_type.map(LimitedSubjectType::as_str),
            limits: SubjectLimitsBody::from(limits),
        };
        self.submit(Operation::OverrideCertificateLimits, &body).await
    }

    /// Gives the one who logged in the usual number of certificates again.
    ///
    /// `DELETE /testdata/limits/subject/certificate`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn reset_certificate_limits(&self) -> Result<(), Error> {
        self.reset(Operation::ResetCertificateLimits).await
    }

    /// Gives the context other limits of requests: all groups but those of closing sessions,
    /// `anonymous` and `global`, which stay as they are. The client's limiter does not know of it
    /// before [`AuthSession::rate_limits`].
    ///
    /// `POST /testdata/rate-limits`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn override_rate_limits(&self, limits: &RateLimits) -> Result<(), Error> {
        let body = wire::RateLimitsRequest { rate_limits: limits.clone() };
        self.submit(Operation::OverrideRateLimits, &body).await
    }

    /// Gives the context the usual limits of requests again.
    ///
    /// `DELETE /testdata/rate-limits`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn reset_rate_limits(&self) -> Result<(), Error> {
        self.reset(Operation::ResetRateLimits).await
    }

    /// Gives the context the limits of requests that Production has.
    ///
    /// `POST /testdata/rate-limits/production`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn apply_production_rate_limits(&self) -> Result<(), Error> {
        self.reset(Operation::ApplyProductionRateLimits).await
    }

    /// Lets a certificate of the one who logged in expire earlier.
    ///
    /// `PUT /testdata/certificates/{serialNumber}`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 25008 when there is none, [`Error::OutcomeUnknown`].
    pub async fn change_certificate(
        &self,
        number: CertificateSerialNumber,
        valid_to: Timestamp,
    ) -> Result<(), Error> {
        let request = ApiRequest::new(Operation::ChangeTestCertificate).parameter(&number);
        self.0.call(&request.json(&wire::CertificateChange { valid_to })?, empty).await
    }

    async fn submit(
        &self,
        operation: Operation,
        body: &(impl Serialize + Sync),
    ) -> Result<(), Error> {
        self.0.call(&ApiRequest::new(operation).json(body)?, empty).await
    }

    async fn reset(&self, operation: Operation) -> Result<(), Error> {
        self.0.call(&ApiRequest::new(operation), empty).await
    }
}
