//! Limits that tests set.

use ksef_tests::sandbox::Client;
use ksef_tests::suite::Failed;
use serde_json::json;

/// So many invoices a session are taken from here on.
pub(crate) fn allow_invoices(client: &Client<'_>, count: u32) -> Result<(), Failed> {
    let session = json!({
        "maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3, "maxInvoices": count,
    });
    let limits = json!({
        "onlineSession": session, "batchSession": session,
        "collectiveIdentifier": { "maxInvoices": 500 },
    });
    client.post("/testdata/limits/context/session", &limits)?.expect(200)?;
    Ok(())
}
