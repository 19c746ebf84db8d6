//! Every operation of the contract, the method of the client that performs it, and calls of it.

use ksef_client::batch::{PackageManifest, PackageOptions, PartsInMemory, pack};
use ksef_client::certificates::{
    CertificateQuery, CertificateRequest, CertificateSerialNumber, CertificateStatus,
    CertificateType, Certificates, Enrollment, EnrollmentData, RequestKeyKind, RevocationReason,
};
use ksef_client::collective_identifiers::{
    CollectiveIdentifierQuery, CollectiveIdentifiers, InvoiceToCollect,
};
use ksef_client::encryption::SessionKey;
use ksef_client::limits::{ContextLimits, RateLimits, SubjectLimits};
use ksef_client::permissions::{
    Authorization, AuthorizationQuery, CertificateHolder, Entity, EntityPermission, EuEntity,
    EuEntityQuery, IdDocument, Permission, PermissionId, PermissionOperation, PermissionState,
    Permissions, Person, PersonName, PersonQuery, PersonalQuery, Subunit,
};
use ksef_client::retrieval::{
    AmountType, DateType, Export, ExportContent, InvoiceFilters, MetadataPages, SubjectType,
};
use ksef_client::test_data::{
    LimitedSubjectType, TestData, TestPerson, TestSettings, TestSubject, TestSubjectType,
};
use ksef_client::tokens::{TokenQuery, TokenStatus, Tokens};
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_client::{
    AuthSession, BatchSession, Client, Credentials, Error, Identifier, InvoicingMode,
    OnlineSession, Operation, OutgoingInvoice, PollPolicy, PreparedBatch, SessionFilter,
    SessionType, UploadOptions,
};
use ksef_core::port::BoxFuture;
use ksef_core::{
    CertificateFingerprint, CollectiveIdentifier, ContextIdentifier, FormCode, InvoiceDate,
    InvoiceXml, KsefNumber, Nip, Pesel, ReferenceNumber, Secret, Timestamp,
};
use ksef_tests::client;
use ksef_tests::sandbox::{InvoiceText, NIP, now};

/// An operation and how the client performs it.
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The method, as `Tokens::generate`. It is there, or this does not compile.
    pub(crate) method: &'static str,
    /// Calls it with as little and as much as it takes, and shows all that it gives.
    pub(crate) run: for<'a> fn(&'a Stage) -> BoxFuture<'a, Result<String, Trouble>>,
}

/// What calls are made with.
pub(crate) struct Stage {
    pub(crate) client: Client,
    pub(crate) auth: AuthSession,
    pub(crate) things: Things,
}

/// Why a call failed, with its causes.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Arguments.
pub(crate) struct Things {
    nip: Nip,
    pesel: Pesel,
    fingerprint: CertificateFingerprint,
    reference: ReferenceNumber,
    ksef_number: KsefNumber,
    serial_number: CertificateSerialNumber,
    permission: PermissionId,
    collective: CollectiveIdentifier,
    time: Timestamp,
    day: InvoiceDate,
}

/// A key of a KSeF token that must be seen nowhere.
pub(crate) const LOGIN_TOKEN: &str = "20251010-EC-1DCE3E3000-12ECB5B36E-45|nip-1111111111|canary";

const POLL: PollPolicy = PollPolicy::new();

impl Things {
    pub(crate) fn new() -> Result<Self, Trouble> {
        Ok(Self {
            nip: NIP.parse()?,
            pesel: Pesel::for_test_environment("90010112345")?,
            fingerprint: CertificateFingerprint::of_der(b"certificate"),
            reference: "20251002-EG-190FB15000-0123456789-AB".parse()?,
            ksef_number: "5265877635-20250826-0100001AF629-AF".parse()?,
            serial_number: "01F20A5D352AE590".parse()?,
            permission: "018ffd11-4dab-7e0a-8f2e-3d8e6b1c2a90".parse()?,
            collective: "1111111111-IZ202607-65ED02180000-E7".parse()?,
            time: today()?,
            day: today()?.warsaw_date(),
        })
    }

    fn people(&self) -> [Person; 4] {
        let name = PersonName::new("Anna", "Nowak");
        let document = IdDocument::new("Passport", "AB 123", "DE");
        [
            Person::with_nip(self.nip, &name),
            Person::with_pesel(self.pesel, &name),
            Person::with_certificate(self.fingerprint, &name, &self.nip.into()),
            Person::with_certificate_and_document(self.fingerprint, &name, "1970-02-03", &document),
        ]
    }

    fn holders(&self) -> [CertificateHolder; 3] {
        let name = PersonName::new("Anna", "Nowak");
        let document = IdDocument::new("Passport", "AB 123", "DE");
        [
            CertificateHolder::person(self.fingerprint, &name, &self.pesel.into()),
            CertificateHolder::person_with_document(
                self.fingerprint,
                &name,
                "1970-02-03",
                &document,
            ),
            CertificateHolder::entity(self.fingerprint, "Firma GmbH", "Berlin"),
        ]
    }
}

/// A seal of the taxpayer of the tests.
pub(crate) fn seal() -> Result<Credentials, Trouble> {
    let made = TestCertificate::seal(NIP.parse()?).build(KeyKind::P256, today()?)?;
    Ok(Credentials::signer(made.signing_key()?))
}

pub(crate) fn context() -> Result<ContextIdentifier, Trouble> {
    Ok(ContextIdentifier::Nip(NIP.parse()?))
}

fn today() -> Result<Timestamp, Trouble> {
    now().map_err(|_| "the day of the tests is no time".into())
}

fn invoice(number: &str) -> Result<OutgoingInvoice, Trouble> {
    client::invoice(number).map_err(|_| "the invoice cannot be written".into())
}

fn token() -> Result<Credentials, Trouble> {
    Ok(Credentials::ksef_token(Secret::new(LOGIN_TOKEN.to_owned()))?)
}

/// A package of one invoice, in one part.
fn package() -> Result<(PackageManifest, PartsInMemory, SessionKey), Trouble> {
    let key = SessionKey::generate()?;
    let document = InvoiceXml::new(InvoiceText::new("FV 1").as_bytes())?;
    let documents = [Ok::<_, Error>(("1.xml".to_owned(), document))];
    let (manifest, parts) =
        pack(documents, &key, &PackageOptions::default(), PartsInMemory::default())?;
    Ok((manifest, parts, key))
}

async fn batch(stage: &Stage, is_offline: bool) -> Result<BatchSession, Trouble> {
    let (manifest, parts, key) = package()?;
    let form = FormCode::Fa3;
    let batch = PreparedBatch::new(&form, &manifest, &key);
    let batch = if is_offline { batch.issued_offline() } else { batch };
    let session = stage.auth.open_batch(batch).await?;
    session.upload(&parts, &UploadOptions::default(), |_| ()).await?;
    Ok(session)
}

fn filters(things: &Things) -> [InvoiceFilters; 2] {
    let least = InvoiceFilters::new(SubjectType::Subject1, DateType::PermanentStorage, things.time);
    let amount = "-1234.56".parse().expect("an amount");
    let most = InvoiceFilters::new(SubjectType::SubjectAuthorized, DateType::Issue, things.time)
        .to(things.time)
        .only_complete()
        .ksef_number(things.ksef_number)
        .invoice_number("FV 1")
        .amount(AmountType::Gross, Some(amount), Some(amount))
        .seller_nip(things.nip)
        .buyer("VatUe", Some("DE123456789".to_owned()))
        .currency("PLN")
        .invoicing_mode(&InvoicingMode::Offline)
        .self_invoicing(true)
        .form_type("FA")
        .invoice_type("Kor")
        .attachment(true);
    [least, most]
}

fn shown(value: &impl std::fmt::Debug) -> Result<String, Trouble> {
    Ok(format!("{value:?} {value:#?}"))
}

macro_rules! calls {
    ($($operation:ident: $type:ident::$method:ident, |$stage:ident, $t:ident| $body:expr;)*) => {
        /// All of them.
        pub(crate) const CALLS: &[Call] = &[$({
            let _ = $type::$method;
            Call {
                operation: Operation::$operation,
                method: concat!(stringify!($type), "::", stringify!($method)),
                run: |$stage| Box::pin(async move {
                    let $t = &$stage.things;
                    let _ = $t;
                    shown(&$body)
                }),
            }
        }),*];
    };
}

calls! {
    AuthenticationChallenge: Client::authenticate, |stage, _t| {
        stage.client.authenticate(context()?, seal()?, &POLL).await?
    };
    AuthenticateByXades: Client::authenticate, |stage, _t| {
        let checked = seal()?.verify_certificate_chain();
        stage.client.authenticate(context()?, checked, &POLL).await?
    };
    AuthenticateByToken: Client::authenticate, |stage, _t| {
        stage.client.authenticate(context()?, token()?, &POLL).await?
    };
    AuthenticationStatus: Client::authenticate, |stage, _t| {
        stage.client.authenticate(context()?, token()?, &POLL).await?
    };
    RedeemTokens: Client::authenticate, |stage, _t| {
        stage.client.authenticate(context()?, token()?, &POLL).await?
    };
    RefreshAccessToken: AuthSession::refresh, |stage, _t| {
        let kept = stage.auth.to_secret().await;
        stage.client.resume_login(&kept, None, &POLL)?.refresh().await?
    };
    ListAuthenticationSessions: AuthSession::authentication_sessions, |stage, _t| {
        stage.auth.authentication_sessions().all().await?
    };
    RevokeCurrentAuthenticationSession: AuthSession::log_out, |stage, _t| {
        stage.auth.log_out().await?
    };
    RevokeAuthenticationSession: AuthSession::revoke_authentication_session, |stage, t| {
        stage.auth.revoke_authentication_session(t.reference).await?
    };
    CertificateLimits: Certificates::limits, |stage, _t| {
        stage.auth.certificates().limits().await?
    };
    CertificateEnrollmentData: Certificates::enrollment_data, |stage, _t| {
        stage.auth.certificates().enrollment_data().await?
    };
    EnrollCertificate: Certificates::enroll, |stage, t| {
        let data = r#"{"commonName": "Firma", "countryName": "PL"}"#;
        let data: EnrollmentData = serde_json::from_str(data)?;
        let request = CertificateRequest::generate(&data, RequestKeyKind::P256)?;
        let certificates = stage.auth.certificates();
        let login = CertificateType::Authentication;
        let least = certificates.enroll("Cash desk", &login, &request, None).await?;
        let offline = CertificateType::Offline;
        (least, certificates.enroll("Kasa ż", &offline, &request, Some(t.time)).await?)
    };
    CertificateEnrollmentStatus: Enrollment::status, |stage, t| {
        stage.auth.certificates().enrollment(t.reference).status().await?
    };
    RetrieveCertificates: Certificates::retrieve, |stage, t| {
        stage.auth.certificates().retrieve(&[t.serial_number]).await?
    };
    RevokeCertificate: Certificates::revoke, |stage, t| {
        let reason = RevocationReason::KeyCompromise;
        stage.auth.certificates().revoke(t.serial_number, &reason).await?
    };
    QueryCertificates: Certificates::query, |stage, t| {
        let least = stage.auth.certificates().query(&CertificateQuery::new()).all().await?;
        let most = CertificateQuery::new()
            .serial_number(t.serial_number)
            .name("Kasa")
            .certificate_type(CertificateType::Offline)
            .status(CertificateStatus::Active)
            .expires_after(t.time);
        (least, stage.auth.certificates().query(&most).all().await?)
    };
    ChangeTestCertificate: TestSettings::change_certificate, |stage, t| {
        stage.auth.test_settings()?.change_certificate(t.serial_number, t.time).await?
    };
    PublicKeyCertificates: Client::public_keys, |stage, _t| stage.client.public_keys().await?;
    CreateTestSubject: TestData::create_subject, |stage, t| {
        let least = TestSubject::new(t.nip, TestSubjectType::EnforcementAuthority, "An office");
        stage.client.test_data()?.create_subject(&least).await?;
        let most = TestSubject::new(t.nip, TestSubjectType::LocalGovernment, "A town")
            .subunit(t.nip, "A school")
            .created_at(t.time);
        stage.client.test_data()?.create_subject(&most).await?
    };
    RemoveTestSubject: TestData::remove_subject, |stage, t| {
        stage.client.test_data()?.remove_subject(t.nip).await?
    };
    CreateTestPerson: TestData::create_person, |stage, t| {
        let least = TestPerson::new(t.nip, t.pesel, "A person");
        stage.client.test_data()?.create_person(&least).await?;
        let most = least.bailiff().deceased().created_at(t.time);
        stage.client.test_data()?.create_person(&most).await?
    };
    RemoveTestPerson: TestData::remove_person, |stage, t| {
        stage.client.test_data()?.remove_person(t.nip).await?
    };
    GrantTestPermissions: TestData::grant_permissions, |stage, t| {
        let authorized = Identifier::Fingerprint(t.fingerprint);
        let granted = [(Permission::InvoiceRead, "To read"), (Permission::Introspection, "To see")];
        stage.client.test_data()?.grant_permissions(t.nip, &authorized, &granted).await?
    };
    RevokeTestPermissions: TestData::revoke_permissions, |stage, t| {
        stage.client.test_data()?.revoke_permissions(t.nip, &t.pesel.into()).await?
    };
    EnableTestAttachments: TestData::enable_attachments, |stage, t| {
        stage.client.test_data()?.enable_attachments(t.nip).await?
    };
    DisableTestAttachments: TestData::disable_attachments, |stage, t| {
        stage.client.test_data()?.disable_attachments(t.nip, None).await?;
        stage.client.test_data()?.disable_attachments(t.nip, Some(t.day)).await?
    };
    BlockTestContext: TestData::block_context, |stage, _t| {
        stage.client.test_data()?.block_context(context()?).await?
    };
    UnblockTestContext: TestData::unblock_context, |stage, _t| {
        stage.client.test_data()?.unblock_context(context()?).await?
    };
    CreateCollectiveIdentifier: CollectiveIdentifiers::generate, |stage, t| {
        let least = InvoiceToCollect::new(t.ksef_number);
        let most = least.clone().payment("-1234.56".parse()?, "EUR").description("The rest");
        stage.auth.collective_identifiers().generate(&[least, most]).await?
    };
    QueryCollectiveIdentifiers: CollectiveIdentifiers::query, |stage, t| {
        let least = CollectiveIdentifierQuery::new(t.time, t.time);
        let most = least
            .clone()
            .number(t.collective)
            .invoices_from(2)
            .invoices_to(500)
            .created_in_current_context(true);
        let identifiers = stage.auth.collective_identifiers();
        (identifiers.query(&least).all().await?, identifiers.query(&most).all().await?)
    };
    CollectiveIdentifierInvoices: CollectiveIdentifiers::invoices, |stage, t| {
        stage.auth.collective_identifiers().invoices(&[t.collective; 10]).all().await?
    };
    CollectiveIdentifiersOfInvoice: CollectiveIdentifiers::of_invoice, |stage, t| {
        stage.auth.collective_identifiers().of_invoice(t.ksef_number).all().await?
    };
    ContextLimits: AuthSession::context_limits, |stage, _t| stage.auth.context_limits().await?;
    SubjectLimits: AuthSession::subject_limits, |stage, _t| stage.auth.subject_limits().await?;
    EffectiveRateLimits: AuthSession::rate_limits, |stage, _t| stage.auth.rate_limits().await?;
    OverrideSessionLimits: TestSettings::override_session_limits, |stage, _t| {
        stage.auth.test_settings()?.override_session_limits(&ContextLimits::default()).await?
    };
    ResetSessionLimits: TestSettings::reset_session_limits, |stage, _t| {
        stage.auth.test_settings()?.reset_session_limits().await?
    };
    OverrideCertificateLimits: TestSettings::override_certificate_limits, |stage, _t| {
        let settings = stage.auth.test_settings()?;
        settings.override_certificate_limits(&SubjectLimits::default(), None).await?;
        let (limits, pesel) = (SubjectLimits::new(Some(5), Some(6)), LimitedSubjectType::Pesel);
        settings.override_certificate_limits(&limits, Some(&pesel)).await?
    };
    ResetCertificateLimits: TestSettings::reset_certificate_limits, |stage, _t| {
        stage.auth.test_settings()?.reset_certificate_limits().await?
    };
    OverrideRateLimits: TestSettings::override_rate_limits, |stage, _t| {
        stage.auth.test_settings()?.override_rate_limits(&RateLimits::default()).await?
    };
    ResetRateLimits: TestSettings::reset_rate_limits, |stage, _t| {
        stage.auth.test_settings()?.reset_rate_limits().await?
    };
    ApplyProductionRateLimits: TestSettings::apply_production_rate_limits, |stage, _t| {
        stage.auth.test_settings()?.apply_production_rate_limits().await?
    };
    GrantPersonPermissions: Permissions::grant_person, |stage, t| {
        let permissions = [Permission::CredentialsManage, Permission::CollectiveIdentifierManage];
        let mut operations = Vec::new();
        for person in t.people() {
            let grant = stage.auth.permissions();
            operations.push(grant.grant_person(&person, &permissions, "To help").await?);
        }
        operations
    };
    GrantEntityPermissions: Permissions::grant_entity, |stage, t| {
        let entity = Entity::with_nip(t.nip, "An office");
        let read = EntityPermission::new(Permission::InvoiceRead);
        let write = EntityPermission::new(Permission::InvoiceWrite).delegable();
        stage.auth.permissions().grant_entity(&entity, &[read, write], "To help").await?
    };
    GrantAuthorization: Permissions::grant_authorization, |stage, t| {
        let permissions = stage.auth.permissions();
        let by_nip = Entity::with_nip(t.nip, "An office");
        let rr = Authorization::RrInvoicing;
        let first = permissions.grant_authorization(&by_nip, &rr, "To issue").await?;
        let provider = Entity::with_peppol_id("PPL123456".parse()?, "A provider");
        let pef = Authorization::PefInvoicing;
        (first, permissions.grant_authorization(&provider, &pef, "To send").await?)
    };
    GrantIndirectPermissions: Permissions::grant_indirect, |stage, t| {
        let permissions = stage.auth.permissions();
        let [person, _, by_certificate, by_document] = t.people();
        let read = [Permission::InvoiceRead];
        let first = permissions.grant_indirect(&person, None, &read, "For all").await?;
        let all = Identifier::AllPartners;
        let second = permissions.grant_indirect(&by_certificate, Some(&all), &read, "For all").await?;
        let unit = Identifier::InternalId("6824515772-12343".parse()?);
        let third = permissions.grant_indirect(&by_document, Some(&unit), &read, "For one").await?;
        (first, second, third)
    };
    GrantSubunitAdministration: Permissions::grant_subunit, |stage, t| {
        let permissions = stage.auth.permissions();
        let mut operations = Vec::new();
        for person in t.people() {
            let member = Subunit::new(t.nip.into());
            operations.push(permissions.grant_subunit(&person, &member, "To manage").await?);
            let unit = Subunit::new(Identifier::InternalId("6824515772-12343".parse()?));
            let unit = unit.name("A school");
            operations.push(permissions.grant_subunit(&person, &unit, "To manage").await?);
        }
        operations
    };
    GrantEuEntityAdministration: Permissions::grant_eu_entity_administration, |stage, t| {
        let entity = EuEntity::new("5265877635-DE123456789".parse()?, "Firma GmbH", "Berlin");
        let mut operations = Vec::new();
        for holder in t.holders() {
            let permissions = stage.auth.permissions();
            let grant =
                permissions.grant_eu_entity_administration(&holder, &entity, "To manage").await?;
            operations.push(grant);
        }
        operations
    };
    GrantEuEntityPermissions: Permissions::grant_eu_entity, |stage, t| {
        let mut operations = Vec::new();
        for holder in t.holders() {
            let write = [Permission::InvoiceWrite];
            let permissions = stage.auth.permissions();
            operations.push(permissions.grant_eu_entity(&holder, &write, "To issue").await?);
        }
        operations
    };
    RevokePermission: Permissions::revoke, |stage, t| {
        stage.auth.permissions().revoke(&t.permission).await?
    };
    RevokeAuthorization: Permissions::revoke_authorization, |stage, t| {
        stage.auth.permissions().revoke_authorization(&t.permission).await?
    };
    PermissionOperationStatus: PermissionOperation::status, |stage, t| {
        let operation = stage.auth.permissions().operation(t.reference);
        (operation.status().await?, operation.done(&POLL).await?)
    };
    AttachmentPermissionStatus: Permissions::attachment_status, |stage, _t| {
        stage.auth.permissions().attachment_status().await?
    };
    DownloadInvoice: AuthSession::invoice, |stage, t| {
        stage.auth.invoice(t.ksef_number).await?
    };
    QueryInvoiceMetadata: MetadataPages::next, |stage, t| {
        let mut found = Vec::new();
        for filters in filters(t) {
            let mut pages = stage.auth.query_metadata(filters);
            while let Some(page) = pages.next().await? {
                found.push(page);
            }
        }
        found
    };
    ExportInvoices: AuthSession::order_export, |stage, t| {
        let mut ordered = Vec::new();
        for filters in filters(t) {
            ordered.push(stage.auth.order_export(&filters, ExportContent::Metadata).await?);
        }
        ordered
    };
    ExportStatus: Export::ready, |stage, t| {
        let [filters, _] = filters(t);
        let export = stage.auth.order_export(&filters, ExportContent::Invoices).await?;
        export.ready(&POLL).await?
    };
    ListSessions: AuthSession::sessions, |stage, t| {
        let least = stage.auth.sessions(&SessionFilter::new(SessionType::Online)).await?;
        let most = SessionFilter::new(SessionType::Batch).created_from(t.time).created_to(t.time);
        (least, stage.auth.sessions(&most).await?)
    };
    SessionStatus: AuthSession::session_status, |stage, t| {
        stage.auth.session_status(t.reference).await?
    };
    ListSessionInvoices: AuthSession::session_invoices, |stage, t| {
        stage.auth.session_invoices(t.reference).await?
    };
    SessionInvoiceStatus: AuthSession::invoice_status, |stage, t| {
        stage.auth.invoice_status(t.reference, t.reference).await?
    };
    ListFailedSessionInvoices: AuthSession::failed_session_invoices, |stage, t| {
        stage.auth.failed_session_invoices(t.reference).await?
    };
    UpoByKsefNumber: AuthSession::upo_by_ksef_number, |stage, t| {
        stage.auth.upo_by_ksef_number(t.reference, t.ksef_number).await?
    };
    UpoByInvoiceReference: AuthSession::upo_by_invoice, |stage, t| {
        stage.auth.upo_by_invoice(t.reference, t.reference).await?
    };
    SessionUpo: AuthSession::session_upo, |stage, t| {
        stage.auth.session_upo(t.reference, t.reference).await?
    };
    GenerateToken: Tokens::generate, |stage, _t| {
        let permissions = [Permission::InvoiceRead, Permission::Introspection];
        stage.auth.tokens().generate(&permissions, "To read").await?
    };
    ListTokens: Tokens::list, |stage, t| {
        let least = stage.auth.tokens().list(&TokenQuery::new()).all().await?;
        let most = TokenQuery::new()
            .status(TokenStatus::Active)
            .status(TokenStatus::Revoked)
            .description("Invoicing & more")
            .author(t.pesel);
        (least, stage.auth.tokens().list(&most).all().await?)
    };
    TokenStatus: Tokens::status, |stage, t| stage.auth.tokens().status(t.reference).await?;
    RevokeToken: Tokens::revoke, |stage, t| stage.auth.tokens().revoke(t.reference).await?;
    QueryPeppolProviders: Client::peppol_providers, |stage, _t| {
        stage.client.peppol_providers().all().await?
    };
    OpenOnlineSession: AuthSession::open_online, |stage, _t| {
        stage.auth.open_online(FormCode::Fa3).await?
    };
    SendInvoice: OnlineSession::send, |stage, _t| {
        let session = stage.auth.open_online(FormCode::Fa3).await?;
        let least = session.send(invoice("FV 1")?).await?;
        let rejected = InvoiceXml::new(InvoiceText::new("FV 2").as_bytes())?;
        let correction = invoice("FV 3")?.technical_correction_of(rejected.digest());
        (least, session.send(correction).await?)
    };
    CloseOnlineSession: OnlineSession::close, |stage, _t| {
        stage.auth.open_online(FormCode::Fa3).await?.close().await?
    };
    OpenBatchSession: AuthSession::open_batch, |stage, _t| {
        (batch(stage, false).await?, batch(stage, true).await?)
    };
    CloseBatchSession: BatchSession::close, |stage, _t| {
        batch(stage, false).await?.close().await?
    };
    QueryPersonalPermissions: Permissions::query_personal, |stage, t| {
        let permissions = stage.auth.permissions();
        let least = permissions.query_personal(&PersonalQuery::new()).all().await?;
        let most = PersonalQuery::new()
            .context(t.nip)
            .target(Identifier::AllPartners)
            .permission(Permission::VatUeManage)
            .permission(Permission::InvoiceRead)
            .state(PermissionState::Inactive);
        let most = permissions.query_personal(&most).all().await?;
        let of_one = PersonalQuery::new().target(t.nip);
        let of_one = permissions.query_personal(&of_one).all().await?;
        (least, most, of_one, permissions.owner().await?)
    };
    QueryPersonPermissions: Permissions::query_persons, |stage, t| {
        let permissions = stage.auth.permissions();
        let least = permissions.query_persons(&PersonQuery::in_context()).all().await?;
        let most = PersonQuery::granted_in_context()
            .author(Identifier::System)
            .authorized(t.pesel)
            .context(t.nip)
            .target(t.nip)
            .permission(Permission::InvoiceRead)
            .state(PermissionState::Active);
        let by_one = permissions.query_persons(&PersonQuery::in_context().author(t.nip));
        (least, permissions.query_persons(&most).all().await?, by_one.all().await?)
    };
    QuerySubunitPermissions: Permissions::query_subunits, |stage, t| {
        let permissions = stage.auth.permissions();
        let least = permissions.query_subunits(None).all().await?;
        (least, permissions.query_subunits(Some(&t.nip.into())).all().await?)
    };
    QueryEntityPermissions: Permissions::query_entities, |stage, t| {
        let permissions = stage.auth.permissions();
        let least = permissions.query_entities(None).all().await?;
        (least, permissions.query_entities(Some(&t.nip.into())).all().await?)
    };
    EntityRoles: Permissions::entity_roles, |stage, _t| {
        stage.auth.permissions().entity_roles().all().await?
    };
    QuerySubordinateEntityRoles: Permissions::query_subordinate_entities, |stage, t| {
        let permissions = stage.auth.permissions();
        let least = permissions.query_subordinate_entities(None).all().await?;
        (least, permissions.query_subordinate_entities(Some(t.nip)).all().await?)
    };
    QueryAuthorizations: Permissions::query_authorizations, |stage, t| {
        let permissions = stage.auth.permissions();
        let least = AuthorizationQuery::received();
        let most = AuthorizationQuery::granted()
            .authorizing(t.nip)
            .authorized(Identifier::PeppolId("PPL123456".parse()?))
            .authorization(Authorization::RrInvoicing);
        let least = permissions.query_authorizations(&least).all().await?;
        (least, permissions.query_authorizations(&most).all().await?)
    };
    QueryEuEntityPermissions: Permissions::query_eu_entities, |stage, t| {
        let permissions = stage.auth.permissions();
        let least = permissions.query_eu_entities(&EuEntityQuery::new()).all().await?;
        let most = EuEntityQuery::new()
            .vat_ue("DE123456789".parse()?)
            .certificate(t.fingerprint)
            .permission(Permission::VatUeManage);
        (least, permissions.query_eu_entities(&most).all().await?)
    };
}
