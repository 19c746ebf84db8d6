//! The 83 operations of the contract, one row each.

use core::fmt;

use http::Method;

use crate::limits::RateGroup;

/// What it does to KSeF when an operation is called once more.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "nothing, the same, or something else")]
pub enum Effect {
    /// It changes nothing.
    Read,
    /// It changes what it changed before.
    Idempotent,
    /// It does it a second time, or is refused because it is done. Without an answer it is not
    /// known whether it was done, and it is not repeated.
    Once,
}

macro_rules! operations {
    ($($name:ident: $method:ident $path:literal, $effect:ident, $group:ident;)*) => {
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
                        effect: Effect::$effect,
                        group: RateGroup::$group,
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
    effect: Effect,
    group: RateGroup,
}

operations! {
    ListAuthenticationSessions: GET "/auth/sessions", Read, Other;
    RevokeCurrentAuthenticationSession: DELETE "/auth/sessions/current", Idempotent, Other;
    RevokeAuthenticationSession: DELETE "/auth/sessions/{referenceNumber}", Idempotent, Other;
    CertificateLimits: GET "/certificates/limits", Read, Other;
    CertificateEnrollmentData: GET "/certificates/enrollments/data", Read, Other;
    EnrollCertificate: POST "/certificates/enrollments", Once, Other;
    CertificateEnrollmentStatus: GET "/certificates/enrollments/{referenceNumber}", Read, Other;
    RetrieveCertificates: POST "/certificates/retrieve", Read, Other;
    RevokeCertificate: POST "/certificates/{certificateSerialNumber}/revoke", Once, Other;
    QueryCertificates: POST "/certificates/query", Read, Other;
    ChangeTestCertificate: PUT "/testdata/certificates/{serialNumber}", Once, Other;
    PublicKeyCertificates: GET "/security/public-key-certificates", Read, Anonymous;
    CreateTestSubject: POST "/testdata/subject", Once, Anonymous;
    RemoveTestSubject: POST "/testdata/subject/remove", Idempotent, Anonymous;
    CreateTestPerson: POST "/testdata/person", Once, Anonymous;
    RemoveTestPerson: POST "/testdata/person/remove", Idempotent, Anonymous;
    GrantTestPermissions: POST "/testdata/permissions", Once, Anonymous;
    RevokeTestPermissions: POST "/testdata/permissions/revoke", Once, Anonymous;
    EnableTestAttachments: POST "/testdata/attachment", Idempotent, Anonymous;
    DisableTestAttachments: POST "/testdata/attachment/revoke", Idempotent, Anonymous;
    BlockTestContext: POST "/testdata/context/block", Idempotent, Other;
    UnblockTestContext: POST "/testdata/context/unblock", Idempotent, Other;
    CreateCollectiveIdentifier: POST "/collective-identifiers", Once, CollectiveIdentifier;
    QueryCollectiveIdentifiers: POST "/collective-identifiers/query", Read, CollectiveIdentifier;
    CollectiveIdentifierInvoices: POST "/collective-identifiers/invoices", Read, CollectiveIdentifier;
    CollectiveIdentifiersOfInvoice: GET "/collective-identifiers/ksef/{ksefNumber}", Read, CollectiveIdentifier;
    ContextLimits: GET "/limits/context", Read, Other;
    SubjectLimits: GET "/limits/subject", Read, Other;
    EffectiveRateLimits: GET "/rate-limits", Read, Other;
    OverrideSessionLimits: POST "/testdata/limits/context/session", Idempotent, Other;
    ResetSessionLimits: DELETE "/testdata/limits/context/session", Idempotent, Other;
    OverrideCertificateLimits: POST "/testdata/limits/subject/certificate", Idempotent, Other;
    ResetCertificateLimits: DELETE "/testdata/limits/subject/certificate", Idempotent, Other;
    OverrideRateLimits: POST "/testdata/rate-limits", Idempotent, Other;
    ResetRateLimits: DELETE "/testdata/rate-limits", Idempotent, Other;
    ApplyProductionRateLimits: POST "/testdata/rate-limits/production", Idempotent, Other;
    GrantPersonPermissions: POST "/permissions/persons/grants", Once, Other;
    GrantEntityPermissions: POST "/permissions/entities/grants", Once, Other;
    GrantAuthorization: POST "/permissions/authorizations/grants", Once, Other;
    GrantIndirectPermissions: POST "/permissions/indirect/grants", Once, Other;
    GrantSubunitAdministration: POST "/permissions/subunits/grants", Once, Other;
    GrantEuEntityAdministration: POST "/permissions/eu-entities/administration/grants", Once, Other;
    GrantEuEntityPermissions: POST "/permissions/eu-entities/grants", Once, Other;
    RevokePermission: DELETE "/permissions/common/grants/{permissionId}", Once, Other;
    RevokeAuthorization: DELETE "/permissions/authorizations/grants/{permissionId}", Once, Other;
    PermissionOperationStatus: GET "/permissions/operations/{referenceNumber}", Read, Other;
    AttachmentPermissionStatus: GET "/permissions/attachments/status", Read, Other;
    DownloadInvoice: GET "/invoices/ksef/{ksefNumber}", Read, InvoiceDownload;
    QueryInvoiceMetadata: POST "/invoices/query/metadata", Read, InvoiceMetadata;
    ExportInvoices: POST "/invoices/exports", Once, InvoiceExport;
    ExportStatus: GET "/invoices/exports/{referenceNumber}", Read, InvoiceExportStatus;
    ListSessions: GET "/sessions", Read, SessionList;
    SessionStatus: GET "/sessions/{referenceNumber}", Read, SessionMisc;
    ListSessionInvoices: GET "/sessions/{referenceNumber}/invoices", Read, SessionInvoiceList;
    SessionInvoiceStatus: GET "/sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}", Read, InvoiceStatus;
    ListFailedSessionInvoices: GET "/sessions/{referenceNumber}/invoices/failed", Read, SessionInvoiceList;
    UpoByKsefNumber: GET "/sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo", Read, SessionMisc;
    UpoByInvoiceReference: GET "/sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo", Read, SessionMisc;
    SessionUpo: GET "/sessions/{referenceNumber}/upo/{upoReferenceNumber}", Read, SessionMisc;
    GenerateToken: POST "/tokens", Once, Other;
    ListTokens: GET "/tokens", Read, Other;
    TokenStatus: GET "/tokens/{referenceNumber}", Read, Other;
    RevokeToken: DELETE "/tokens/{referenceNumber}", Idempotent, Other;
    QueryPeppolProviders: GET "/peppol/query", Read, Anonymous;
    AuthenticationChallenge: POST "/auth/challenge", Idempotent, Anonymous;
    AuthenticateByXades: POST "/auth/xades-signature", Once, Anonymous;
    AuthenticateByToken: POST "/auth/ksef-token", Once, Anonymous;
    AuthenticationStatus: GET "/auth/{referenceNumber}", Read, Anonymous;
    RedeemTokens: POST "/auth/token/redeem", Once, Anonymous;
    RefreshAccessToken: POST "/auth/token/refresh", Idempotent, Anonymous;
    OpenOnlineSession: POST "/sessions/online", Once, OnlineSession;
    SendInvoice: POST "/sessions/online/{referenceNumber}/invoices", Once, InvoiceSend;
    CloseOnlineSession: POST "/sessions/online/{referenceNumber}/close", Once, OnlineSessionClose;
    OpenBatchSession: POST "/sessions/batch", Once, BatchSession;
    CloseBatchSession: POST "/sessions/batch/{referenceNumber}/close", Once, BatchSessionClose;
    QueryPersonalPermissions: POST "/permissions/query/personal/grants", Read, Other;
    QueryPersonPermissions: POST "/permissions/query/persons/grants", Read, Other;
    QuerySubunitPermissions: POST "/permissions/query/subunits/grants", Read, Other;
    QueryEntityPermissions: POST "/permissions/query/entities/grants", Read, Other;
    EntityRoles: GET "/permissions/query/entities/roles", Read, Other;
    QuerySubordinateEntityRoles: POST "/permissions/query/subordinate-entities/roles", Read, Other;
    QueryAuthorizations: POST "/permissions/query/authorizations/grants", Read, Other;
    QueryEuEntityPermissions: POST "/permissions/query/eu-entities/grants", Read, Other;
}

impl Operation {
    /// Method and path as the contract writes them: `POST /sessions/online`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What calling it once more does.
    #[must_use]
    pub const fn effect(self) -> Effect {
        self.row().effect
    }

    /// The limit that counts the call.
    #[must_use]
    pub const fn rate_group(self) -> RateGroup {
        self.row().group
    }

    pub(crate) const fn method(self) -> &'static Method {
        &self.row().method
    }

    /// The path below the version, with its parameters in braces.
    pub(crate) const fn path(self) -> &'static str {
        self.row().path
    }
}

/// The name, see [`Operation::name`].
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_83_operations_and_all_have_different_names() {
        let mut names: Vec<&str> =
            Operation::ALL.iter().map(|operation| operation.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 83);
    }

    #[test]
    fn what_submits_opens_or_closes_is_done_once_and_what_is_got_only_reads() {
        for operation in Operation::ALL {
            let is_get = operation.method() == Method::GET;
            assert!(!is_get || operation.effect() == Effect::Read, "{operation}");
        }
        for name in ["POST /sessions/online", "POST /sessions/online/{referenceNumber}/invoices"] {
            let operation = Operation::ALL.iter().find(|operation| operation.name() == name);
            assert_eq!(operation.map(|operation| operation.effect()), Some(Effect::Once), "{name}");
        }
    }
}
