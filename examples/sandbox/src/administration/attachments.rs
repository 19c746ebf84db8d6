//! The consent to invoices with an attachment: `/testdata/attachment` and who asks for it.

use http::StatusCode;
use ksef_core::{InvoiceDate, Nip, Timestamp};
use serde::{Deserialize, Serialize};

use super::rights::nip_of;
use crate::exchange::{Call, Refusal, Reply, Violations};
use crate::world::World;

/// A taxpayer's consent.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AttachmentConsent {
    /// From when on there is none any more.
    pub(crate) ends_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsentRequest {
    nip: Nip,
    /// Of a revocation; now if it is not there.
    expected_end_date: Option<InvoiceDate>,
}

/// `CheckAttachmentPermissionStatusResponse` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsentStatus {
    is_attachment_allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_date: Option<Timestamp>,
}

/// `POST /testdata/attachment`
pub(crate) fn enable_test_attachments(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: ConsentRequest = call.json()?;
    call.world()
        .attachment_consents
        .insert(request.nip.as_str(), AttachmentConsent { ends_at: None });
    Ok(Reply::empty(StatusCode::OK))
}

/// `POST /testdata/attachment/revoke`, at the start of the day or at once; nothing happens if
/// there is no consent.
pub(crate) fn disable_test_attachments(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: ConsentRequest = call.json()?;
    let ends_at = match request.expected_end_date {
        None => Some(call.now),
        Some(date) => start_of_polish_day(date),
    };
    let mut violations = Violations::default();
    violations.unless(ends_at.is_some(), || "'expectedEndDate' is out of range.".to_owned());
    violations.refuse()?;
    if let Some(consent) = call.world().attachment_consents.get_mut(request.nip) {
        consent.ends_at = ends_at;
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// `GET /permissions/attachments/status`
pub(crate) fn attachment_permission_status(call: &Call<'_>) -> Result<Reply, Refusal> {
    let world = call.world();
    let nip = nip_of(&call.caller()?.context);
    let consent = nip.and_then(|nip| world.attachment_consents.get(nip));
    Ok(Reply::ok(&ConsentStatus {
        is_attachment_allowed: consent.is_some_and(|consent| consent.holds_at(call.now)),
        revoked_date: consent.and_then(|consent| consent.ends_at),
    }))
}

/// Midnight in Poland, where summer time never changes at that hour.
fn start_of_polish_day(date: InvoiceDate) -> Option<Timestamp> {
    let at = |offset| format!("{date}T00:00:00{offset}").parse::<Timestamp>().ok();
    ["+02:00", "+01:00"].into_iter().filter_map(at).find(|start| start.warsaw_date() == date)
}

impl AttachmentConsent {
    fn holds_at(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

impl World {
    /// Whether the taxpayer may send invoices with an attachment.
    pub(crate) fn attachments_allowed(&self, nip: Nip, now: Timestamp) -> bool {
        self.attachment_consents.get(nip).is_some_and(|consent| consent.holds_at(now))
    }
}
