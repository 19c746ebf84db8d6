//! Bodies of limits.

use serde::{Deserialize, Serialize};

use crate::limits::{ContextLimits, SessionLimits, SubjectLimits};

/// Bytes of a MB, as KSeF counts them.
const MEGABYTE: u64 = 1_000_000;

/// `EffectiveContextLimits` and `SetSessionLimitsRequest`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContextLimitsBody {
    online_session: SessionLimitsBody,
    batch_session: SessionLimitsBody,
    collective_identifier: CollectiveIdentifierLimitsBody,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionLimitsBody {
    #[serde(rename = "maxInvoiceSizeInMB")]
    max_invoice_size: u64,
    #[serde(rename = "maxInvoiceWithAttachmentSizeInMB")]
    max_invoice_with_attachment_size: u64,
    max_invoices: usize,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct CollectiveIdentifierLimitsBody {
    max_invoices: u32,
}

/// `EffectiveSubjectLimits` and `SetSubjectLimitsRequest`.
#[derive(Deserialize, Serialize)]
pub(crate) struct SubjectLimitsBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enrollment: Option<EnrollmentLimit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateLimit>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct EnrollmentLimit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_enrollments: Option<u32>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateLimit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_certificates: Option<u32>,
}

impl From<ContextLimitsBody> for ContextLimits {
    fn from(body: ContextLimitsBody) -> Self {
        let mut limits = Self::PRODUCTION;
        limits.online_session = body.online_session.into();
        limits.batch_session = body.batch_session.into();
        limits.max_collective_identifier_invoices = body.collective_identifier.max_invoices;
        limits
    }
}

impl From<&ContextLimits> for ContextLimitsBody {
    fn from(limits: &ContextLimits) -> Self {
        let max_invoices = limits.max_collective_identifier_invoices;
        Self {
            online_session: limits.online_session.into(),
            batch_session: limits.batch_session.into(),
            collective_identifier: CollectiveIdentifierLimitsBody { max_invoices },
        }
    }
}

impl From<SessionLimitsBody> for SessionLimits {
    fn from(body: SessionLimitsBody) -> Self {
        let bytes = |megabytes: u64| megabytes.saturating_mul(MEGABYTE);
        Self::PRODUCTION.with_values(
            body.max_invoices,
            bytes(body.max_invoice_size),
            bytes(body.max_invoice_with_attachment_size),
        )
    }
}

impl From<SessionLimits> for SessionLimitsBody {
    fn from(limits: SessionLimits) -> Self {
        Self {
            max_invoice_size: limits.max_invoice_bytes / MEGABYTE,
            max_invoice_with_attachment_size: limits.max_invoice_with_attachment_bytes / MEGABYTE,
            max_invoices: limits.max_invoices,
        }
    }
}

impl From<SubjectLimitsBody> for SubjectLimits {
    fn from(body: SubjectLimitsBody) -> Self {
        Self::new(
            body.enrollment.and_then(|limit| limit.max_enrollments),
            body.certificate.and_then(|limit| limit.max_certificates),
        )
    }
}

impl From<&SubjectLimits> for SubjectLimitsBody {
    fn from(limits: &SubjectLimits) -> Self {
        let enrollment = |count| EnrollmentLimit { max_enrollments: Some(count) };
        let certificate = |count| CertificateLimit { max_certificates: Some(count) };
        Self {
            enrollment: limits.max_enrollments.map(enrollment),
            certificate: limits.max_certificates.map(certificate),
        }
    }
}
