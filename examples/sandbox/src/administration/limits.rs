//! How much sessions and certificates hold: `/limits` and what tests set in their place.

use std::ops::RangeInclusive;

use http::StatusCode;
use ksef_core::ContextIdentifier;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::Subject;
use crate::exchange::{Call, Refusal, Reply, Violations};
use crate::sessions::SessionKind;
use crate::world::World;

/// The limits of a context. Source: KSeF API, `limity/limity.md`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionLimits {
    pub(crate) online_session: InvoiceLimits,
    pub(crate) batch_session: InvoiceLimits,
    pub(crate) collective_identifier: CollectiveIdentifierLimits,
}

/// The limits of the invoices of one session.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct InvoiceLimits {
    /// In MB of 1,000,000 bytes.
    #[serde(rename = "maxInvoiceSizeInMB")]
    pub(crate) invoice_megabytes: u32,
    /// In MB of 1,000,000 bytes.
    #[serde(rename = "maxInvoiceWithAttachmentSizeInMB")]
    pub(crate) invoice_with_attachment_megabytes: u32,
    #[serde(rename = "maxInvoices")]
    pub(crate) invoices: u32,
}

/// How many invoices one collective identifier holds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct CollectiveIdentifierLimits {
    #[serde(rename = "maxInvoices")]
    pub(crate) invoices: u32,
}

/// The limits of a subject.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct CertificateLimits {
    /// How many applications for certificates it may make.
    pub(crate) enrollments: u32,
    /// How many active certificates it may have.
    pub(crate) certificates: u32,
}

impl InvoiceLimits {
    const DEFAULT: Self =
        Self { invoice_megabytes: 1, invoice_with_attachment_megabytes: 3, invoices: 10_000 };

    /// The largest invoice, in bytes.
    pub(crate) fn max_invoice_bytes(self) -> u64 {
        u64::from(self.invoice_megabytes) * 1_000_000
    }

    /// The largest invoice with an attachment, in bytes.
    pub(crate) fn max_invoice_with_attachment_bytes(self) -> u64 {
        u64::from(self.invoice_with_attachment_megabytes) * 1_000_000
    }

    fn check(self, violations: &mut Violations, name: &str) {
        let (plain, attached) = (self.invoice_megabytes, self.invoice_with_attachment_megabytes);
        for (member, number, bounds) in [
            ("maxInvoiceSizeInMB", plain, 0..=5),
            ("maxInvoiceWithAttachmentSizeInMB", attached, 0..=10),
            ("maxInvoices", self.invoices, 0..=100_000),
        ] {
            check(violations, &format!("{name}.{member}"), number, &bounds);
        }
    }
}

fn check(violations: &mut Violations, name: &str, number: u32, bounds: &RangeInclusive<u32>) {
    violations.unless(bounds.contains(&number), || {
        let (least, most) = (bounds.start(), bounds.end());
        format!("'{name}' must be between {least} and {most}. You entered {number}.")
    });
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            online_session: InvoiceLimits::DEFAULT,
            batch_session: InvoiceLimits::DEFAULT,
            collective_identifier: CollectiveIdentifierLimits { invoices: 500 },
        }
    }
}

impl SessionLimits {
    /// Those of sessions of this kind.
    pub(crate) const fn of(&self, kind: SessionKind) -> InvoiceLimits {
        match kind {
            SessionKind::Online => self.online_session,
            SessionKind::Batch => self.batch_session,
        }
    }
}

impl CertificateLimits {
    const fn of(subject: &Subject) -> Self {
        match subject {
            Subject::Nip(_) | Subject::PeppolId(_) => Self { enrollments: 300, certificates: 100 },
            Subject::Pesel(_) | Subject::Fingerprint(_) => {
                Self { enrollments: 12, certificates: 6 }
            }
        }
    }
}

/// `GET /limits/context`
pub(crate) fn context_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    let context = call.caller()?.context;
    Ok(Reply::ok(&call.world().session_limits(&context)))
}

/// `POST /testdata/limits/context/session`
pub(crate) fn override_session_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    let limits: SessionLimits = call.json()?;
    let mut violations = Violations::default();
    limits.online_session.check(&mut violations, "onlineSession");
    limits.batch_session.check(&mut violations, "batchSession");
    let in_collective = limits.collective_identifier.invoices;
    check(&mut violations, "collectiveIdentifier.maxInvoices", in_collective, &(2..=5000));
    violations.refuse()?;
    let context = call.caller()?.context.to_string();
    call.world().session_limit_overrides.insert(context, limits);
    Ok(Reply::empty(StatusCode::OK))
}

/// `DELETE /testdata/limits/context/session`
pub(crate) fn reset_session_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    let context = call.caller()?.context.to_string();
    call.world().session_limit_overrides.remove(context);
    Ok(Reply::empty(StatusCode::OK))
}

/// `GET /limits/subject`
pub(crate) fn subject_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    let world = call.world();
    let subject = world.identity(&call.caller()?.authentication)?.subject;
    let limits = world.certificate_limits(&subject);
    Ok(Reply::ok(&json!({
        "enrollment": { "maxEnrollments": limits.enrollments },
        "certificate": { "maxCertificates": limits.certificates },
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateLimitsRequest {
    enrollment: Option<EnrollmentLimit>,
    certificate: Option<CertificateLimit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnrollmentLimit {
    max_enrollments: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateLimit {
    max_certificates: Option<u32>,
}

/// `POST /testdata/limits/subject/certificate`: of the caller, whatever
/// `subjectIdentifierType` says.
pub(crate) fn override_certificate_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: CertificateLimitsRequest = call.json()?;
    let mut world = call.world();
    let subject = world.identity(&call.caller()?.authentication)?.subject;
    let mut limits = world.certificate_limits(&subject);
    if let Some(most) = request.enrollment.and_then(|limit| limit.max_enrollments) {
        limits.enrollments = most;
    }
    if let Some(most) = request.certificate.and_then(|limit| limit.max_certificates) {
        limits.certificates = most;
    }
    world.certificate_limit_overrides.insert(subject.to_string(), limits);
    Ok(Reply::empty(StatusCode::OK))
}

/// `DELETE /testdata/limits/subject/certificate`
pub(crate) fn reset_certificate_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    let subject = &call.caller()?.subject;
    call.world().certificate_limit_overrides.remove(subject);
    Ok(Reply::empty(StatusCode::OK))
}

impl World {
    /// The limits that hold in a context now.
    pub(crate) fn session_limits(&self, context: &ContextIdentifier) -> SessionLimits {
        self.session_limit_overrides.get(context.to_string()).copied().unwrap_or_default()
    }

    /// The limits that hold for a subject now.
    pub(crate) fn certificate_limits(&self, subject: &Subject) -> CertificateLimits {
        let set = self.certificate_limit_overrides.get(subject.to_string());
        set.copied().unwrap_or_else(|| CertificateLimits::of(subject))
    }
}
