//! Documents for people: they need no token here.

use bytes::Bytes;
use ksef_core::Clock;

use super::{Answer, no_such_page};
use crate::exchange::Reply;
use crate::sandbox::Shared;
use crate::sessions;

/// `GET /sandbox/invoices/{referenceNumber}/xml`
pub(super) fn invoice(sandbox: &Shared, number: &str) -> Answer {
    let content = sandbox.world().invoices.get(number).and_then(|invoice| invoice.content.clone());
    document(content)
}

/// `GET /sandbox/invoices/{referenceNumber}/upo`
pub(super) fn upo(sandbox: &Shared, number: &str) -> Answer {
    let file = sandbox.world().invoices.get(number).and_then(|invoice| {
        let accepted = invoice.accepted_at(sandbox.clock.now())?;
        Some((invoice.session, format!("upo_{}.xml", accepted.ksef_number)))
    });
    let file = file
        .and_then(|(session, name)| sessions::invoice_upo_file(sandbox, session.as_str(), &name));
    document(file)
}

/// `GET /sandbox/sessions/{referenceNumber}/upo/{page}`
pub(super) fn session_upo(sandbox: &Shared, number: &str, page: &str) -> Answer {
    document(sessions::session_upo_file(sandbox, number, &format!("upo_{page}.xml")))
}

fn document(content: Option<Bytes>) -> Answer {
    Ok(Reply::document(content.ok_or_else(no_such_page)?, "application/xml"))
}
