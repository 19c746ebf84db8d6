//! The 83 operations of the contract, one row each: the rest of the sandbox hangs on this table.

use http::Method;

use crate::handlers;
use crate::limiter::RateGroup;

/// What a caller must show to use an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Credential {
    /// Nothing.
    Anonymous,
    /// The token that belongs to an authentication that is under way.
    AuthenticationToken,
    /// The access token.
    AccessToken,
    /// The refresh token.
    RefreshToken,
    /// The access or the refresh token.
    AccessOrRefreshToken,
}

/// A right of a subject in a context, as the OpenAPI names it.
#[derive(
    Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize,
)]
#[non_exhaustive]
pub enum Permission {
    /// To grant and revoke rights.
    CredentialsManage,
    /// To see who has which right.
    CredentialsRead,
    /// To send invoices.
    InvoiceWrite,
    /// To fetch invoices.
    InvoiceRead,
    /// To see all sessions of the context.
    Introspection,
    /// To manage units of the taxpayer.
    SubunitManage,
    /// To send invoices of an enforcement authority.
    EnforcementOperations,
    /// To manage collective identifiers.
    CollectiveIdentifierManage,
    /// To send Peppol invoices.
    PefInvoiceWrite,
    /// To manage entities of the European Union.
    VatUeManage,
}

macro_rules! operations {
    ($($name:ident: $method:ident $path:literal, $credential:ident, $group:ident, [$($permission:ident),*];)*) => {
        /// An operation of the contract, `open-api` 2.9.0.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = concat!("`", stringify!($method), " ", $path, "`")] $name,)*
        }

        impl Operation {
            /// All of them, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => &Row {
                        name: concat!(stringify!($method), " ", $path),
                        method: Method::$method,
                        path: $path,
                        credential: Credential::$credential,
                        group: RateGroup::$group,
                        permissions: &[$(Permission::$permission),*],
                    },)*
                }
            }
        }
    };
}

struct Row {
    name: &'static str,
    method: Method,
    path: &'static str,
    credential: Credential,
    group: RateGroup,
    permissions: &'static [Permission],
}

operations! {
    ListAuthenticationSessions: GET "/auth/sessions", AccessToken, Other, [];
    RevokeCurrentAuthenticationSession: DELETE "/auth/sessions/current", AccessOrRefreshToken, Other, [];
    RevokeAuthenticationSession: DELETE "/auth/sessions/{referenceNumber}", AccessToken, Other, [];
    CertificateLimits: GET "/certificates/limits", AccessToken, Other, [];
    CertificateEnrollmentData: GET "/certificates/enrollments/data", AccessToken, Other, [];
    EnrollCertificate: POST "/certificates/enrollments", AccessToken, Other, [];
    CertificateEnrollmentStatus: GET "/certificates/enrollments/{referenceNumber}", AccessToken, Other, [];
    RetrieveCertificates: POST "/certificates/retrieve", AccessToken, Other, [];
    RevokeCertificate: POST "/certificates/{certificateSerialNumber}/revoke", AccessToken, Other, [];
    QueryCertificates: POST "/certificates/query", AccessToken, Other, [];
    ChangeTestCertificate: PUT "/testdata/certificates/{serialNumber}", AccessToken, Other, [];
    PublicKeyCertificates: GET "/security/public-key-certificates", Anonymous, Anonymous, [];
    CreateTestSubject: POST "/testdata/subject", Anonymous, Anonymous, [];
    RemoveTestSubject: POST "/testdata/subject/remove", Anonymous, Anonymous, [];
    CreateTestPerson: POST "/testdata/person", Anonymous, Anonymous, [];
    RemoveTestPerson: POST "/testdata/person/remove", Anonymous, Anonymous, [];
    GrantTestPermissions: POST "/testdata/permissions", Anonymous, Anonymous, [];
    RevokeTestPermissions: POST "/testdata/permissions/revoke", Anonymous, Anonymous, [];
    EnableTestAttachments: POST "/testdata/attachment", Anonymous, Anonymous, [];
    DisableTestAttachments: POST "/testdata/attachment/revoke", Anonymous, Anonymous, [];
    BlockTestContext: POST "/testdata/context/block", Anonymous, Other, [];
    UnblockTestContext: POST "/testdata/context/unblock", Anonymous, Other, [];
    CreateCollectiveIdentifier: POST "/collective-identifiers", AccessToken, CollectiveIdentifier, [InvoiceRead, InvoiceWrite, CollectiveIdentifierManage];
    QueryCollectiveIdentifiers: POST "/collective-identifiers/query", AccessToken, CollectiveIdentifier, [InvoiceRead, InvoiceWrite, CollectiveIdentifierManage];
    CollectiveIdentifierInvoices: POST "/collective-identifiers/invoices", AccessToken, CollectiveIdentifier, [InvoiceRead, InvoiceWrite, CollectiveIdentifierManage];
    CollectiveIdentifiersOfInvoice: GET "/collective-identifiers/ksef/{ksefNumber}", AccessToken, CollectiveIdentifier, [InvoiceRead, InvoiceWrite, CollectiveIdentifierManage];
    ContextLimits: GET "/limits/context", AccessToken, Other, [];
    SubjectLimits: GET "/limits/subject", AccessToken, Other, [];
    EffectiveRateLimits: GET "/rate-limits", AccessToken, Other, [];
    OverrideSessionLimits: POST "/testdata/limits/context/session", AccessToken, Other, [];
    ResetSessionLimits: DELETE "/testdata/limits/context/session", AccessToken, Other, [];
    OverrideCertificateLimits: POST "/testdata/limits/subject/certificate", AccessToken, Other, [];
    ResetCertificateLimits: DELETE "/testdata/limits/subject/certificate", AccessToken, Other, [];
    OverrideRateLimits: POST "/testdata/rate-limits", AccessToken, Other, [];
    ResetRateLimits: DELETE "/testdata/rate-limits", AccessToken, Other, [];
    ApplyProductionRateLimits: POST "/testdata/rate-limits/production", AccessToken, Other, [];
    GrantPersonPermissions: POST "/permissions/persons/grants", AccessToken, Other, [CredentialsManage];
    GrantEntityPermissions: POST "/permissions/entities/grants", AccessToken, Other, [CredentialsManage];
    GrantAuthorization: POST "/permissions/authorizations/grants", AccessToken, Other, [CredentialsManage];
    GrantIndirectPermissions: POST "/permissions/indirect/grants", AccessToken, Other, [CredentialsManage];
    GrantSubunitAdministration: POST "/permissions/subunits/grants", AccessToken, Other, [SubunitManage];
    GrantEuEntityAdministration: POST "/permissions/eu-entities/administration/grants", AccessToken, Other, [CredentialsManage];
    GrantEuEntityPermissions: POST "/permissions/eu-entities/grants", AccessToken, Other, [VatUeManage];
    RevokePermission: DELETE "/permissions/common/grants/{permissionId}", AccessToken, Other, [CredentialsManage, VatUeManage, SubunitManage];
    RevokeAuthorization: DELETE "/permissions/authorizations/grants/{permissionId}", AccessToken, Other, [CredentialsManage];
    PermissionOperationStatus: GET "/permissions/operations/{referenceNumber}", AccessToken, Other, [];
    AttachmentPermissionStatus: GET "/permissions/attachments/status", AccessToken, Other, [CredentialsManage, CredentialsRead];
    DownloadInvoice: GET "/invoices/ksef/{ksefNumber}", AccessToken, InvoiceDownload, [InvoiceRead];
    QueryInvoiceMetadata: POST "/invoices/query/metadata", AccessToken, InvoiceMetadata, [InvoiceRead];
    ExportInvoices: POST "/invoices/exports", AccessToken, InvoiceExport, [InvoiceRead];
    ExportStatus: GET "/invoices/exports/{referenceNumber}", AccessToken, InvoiceExportStatus, [InvoiceRead];
    ListSessions: GET "/sessions", AccessToken, SessionList, [InvoiceWrite, Introspection, EnforcementOperations];
    SessionStatus: GET "/sessions/{referenceNumber}", AccessToken, SessionMisc, [InvoiceWrite, Introspection, PefInvoiceWrite, EnforcementOperations];
    ListSessionInvoices: GET "/sessions/{referenceNumber}/invoices", AccessToken, SessionInvoiceList, [InvoiceWrite, Introspection, PefInvoiceWrite, EnforcementOperations];
    SessionInvoiceStatus: GET "/sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}", AccessToken, InvoiceStatus, [InvoiceWrite, Introspection, PefInvoiceWrite, EnforcementOperations];
    ListFailedSessionInvoices: GET "/sessions/{referenceNumber}/invoices/failed", AccessToken, SessionInvoiceList, [InvoiceWrite, Introspection, PefInvoiceWrite, EnforcementOperations];
    UpoByKsefNumber: GET "/sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo", AccessToken, SessionMisc, [InvoiceWrite, Introspection, PefInvoiceWrite, EnforcementOperations];
    UpoByInvoiceReference: GET "/sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo", AccessToken, SessionMisc, [InvoiceWrite, Introspection, PefInvoiceWrite, EnforcementOperations];
    SessionUpo: GET "/sessions/{referenceNumber}/upo/{upoReferenceNumber}", AccessToken, SessionMisc, [InvoiceWrite, Introspection, PefInvoiceWrite, EnforcementOperations];
    GenerateToken: POST "/tokens", AccessToken, Other, [];
    ListTokens: GET "/tokens", AccessToken, Other, [];
    TokenStatus: GET "/tokens/{referenceNumber}", AccessToken, Other, [];
    RevokeToken: DELETE "/tokens/{referenceNumber}", AccessToken, Other, [];
    QueryPeppolProviders: GET "/peppol/query", Anonymous, Anonymous, [];
    AuthenticationChallenge: POST "/auth/challenge", Anonymous, Anonymous, [];
    AuthenticateByXades: POST "/auth/xades-signature", Anonymous, Anonymous, [];
    AuthenticateByToken: POST "/auth/ksef-token", Anonymous, Anonymous, [];
    AuthenticationStatus: GET "/auth/{referenceNumber}", AuthenticationToken, Anonymous, [];
    RedeemTokens: POST "/auth/token/redeem", AuthenticationToken, Anonymous, [];
    RefreshAccessToken: POST "/auth/token/refresh", RefreshToken, Anonymous, [];
    OpenOnlineSession: POST "/sessions/online", AccessToken, OnlineSession, [InvoiceWrite, PefInvoiceWrite, EnforcementOperations];
    SendInvoice: POST "/sessions/online/{referenceNumber}/invoices", AccessToken, InvoiceSend, [InvoiceWrite, PefInvoiceWrite, EnforcementOperations];
    CloseOnlineSession: POST "/sessions/online/{referenceNumber}/close", AccessToken, OnlineSessionClose, [InvoiceWrite, PefInvoiceWrite, EnforcementOperations];
    OpenBatchSession: POST "/sessions/batch", AccessToken, BatchSession, [InvoiceWrite, EnforcementOperations];
    CloseBatchSession: POST "/sessions/batch/{referenceNumber}/close", AccessToken, BatchSessionClose, [InvoiceWrite, EnforcementOperations];
    QueryPersonalPermissions: POST "/permissions/query/personal/grants", AccessToken, Other, [];
    QueryPersonPermissions: POST "/permissions/query/persons/grants", AccessToken, Other, [CredentialsManage, CredentialsRead, SubunitManage];
    QuerySubunitPermissions: POST "/permissions/query/subunits/grants", AccessToken, Other, [CredentialsManage, CredentialsRead, SubunitManage];
    QueryEntityPermissions: POST "/permissions/query/entities/grants", AccessToken, Other, [CredentialsManage, CredentialsRead];
    EntityRoles: GET "/permissions/query/entities/roles", AccessToken, Other, [CredentialsManage, CredentialsRead];
    QuerySubordinateEntityRoles: POST "/permissions/query/subordinate-entities/roles", AccessToken, Other, [CredentialsManage, CredentialsRead, SubunitManage];
    QueryAuthorizations: POST "/permissions/query/authorizations/grants", AccessToken, Other, [CredentialsManage, CredentialsRead, PefInvoiceWrite];
    QueryEuEntityPermissions: POST "/permissions/query/eu-entities/grants", AccessToken, Other, [CredentialsManage, CredentialsRead, VatUeManage];
}

impl Operation {
    /// Method and path as the contract writes them: `POST /sessions/online`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The method.
    #[must_use]
    pub const fn method(self) -> &'static Method {
        &self.row().method
    }

    /// The path below `/v2`, with its parameters in braces.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// What the caller must show.
    #[must_use]
    pub const fn credential(self) -> Credential {
        self.row().credential
    }

    /// The limit that counts the call.
    pub(crate) const fn group(self) -> RateGroup {
        self.row().group
    }

    /// The rights of which the caller must have one; none are needed if there are none.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        self.row().permissions
    }

    /// Whether the sandbox does it; what it does not do answers 501.
    ///
    /// ```
    /// use ksef_sandbox::Operation;
    ///
    /// assert!(Operation::SendInvoice.is_implemented());
    /// assert!(!Operation::EnrollCertificate.is_implemented());
    /// ```
    #[must_use]
    pub fn is_implemented(self) -> bool {
        handlers::of(self).is_some()
    }

    /// The operation of this name, see [`Operation::name`].
    ///
    /// ```
    /// use ksef_sandbox::{Credential, Operation, Permission};
    ///
    /// let export = Operation::named("POST /invoices/exports").ok_or("it is there")?;
    /// assert_eq!(export, Operation::ExportInvoices);
    /// assert_eq!(export.path(), "/invoices/exports");
    /// assert_eq!(export.credential(), Credential::AccessToken);
    /// assert_eq!(export.permissions(), [Permission::InvoiceRead]);
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }
}
