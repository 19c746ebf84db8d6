//! What there is, as JSON, for tests that judge what became of their invoices.

use ksef_core::{Clock, ContextIdentifier, FormCode, ReferenceNumber, Timestamp};
use serde::Serialize;
use serde_json::json;

use crate::exchange::Reply;
use crate::invoices::{AcceptedInvoice, StatusInfo};
use crate::sandbox::Shared;
use crate::sessions::Session;

/// An element of `sessions`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionRow<'a> {
    reference_number: ReferenceNumber,
    session_type: &'static str,
    form_code: &'a FormCode,
    context_identifier: &'a ContextIdentifier,
    status: StatusInfo,
    date_created: Timestamp,
    valid_until: Timestamp,
    closed_at: Option<Timestamp>,
    invoice_count: usize,
    successful_invoice_count: u32,
    failed_invoice_count: u32,
}

/// `GET /sandbox/invoices`
pub(super) fn invoices(sandbox: &Shared) -> Reply {
    let invoices = AcceptedInvoice::all(&sandbox.world());
    Reply::ok(&json!({ "invoices": invoices }))
}

/// `GET /sandbox/sessions`
pub(super) fn sessions(sandbox: &Shared) -> Reply {
    let (now, settling) = (sandbox.clock.now(), sandbox.config.delays.session);
    let world = sandbox.world();
    let row = |session: &Session| {
        let counts = world.counts(session, now);
        json!(SessionRow {
            reference_number: session.reference_number,
            session_type: session.kind.as_str(),
            form_code: &session.form_code,
            context_identifier: &session.context,
            status: session.status(settling, now),
            date_created: session.opened_at,
            valid_until: session.valid_until,
            closed_at: session.closed_at,
            invoice_count: counts.total,
            successful_invoice_count: counts.successful,
            failed_invoice_count: counts.failed,
        })
    };
    let rows: Vec<_> = world.sessions.values().map(row).collect();
    Reply::ok(&json!({ "sessions": rows }))
}
