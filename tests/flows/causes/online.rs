//! Online sessions.

use std::time::Duration;

use ksef_tests::sandbox::{CheckedSandbox, Client, DocumentKey, InvoiceText, NIP, Status};
use ksef_tests::suite::Failed;

use super::Cause;
use super::Machine::Online as Of;

pub(super) const CAUSES: &[Cause] = &[
    Cause::new(Of, 100, "that_is_open", |checked| {
        let client = checked.log_in(NIP)?;
        client.session(&client.open()?)?.status()
    }),
    Cause::new(Of, 170, "that_was_closed_just_now", |checked| {
        let client = checked.log_in(NIP)?;
        let session = with_invoice(&client, InvoiceText::new("1").as_bytes())?;
        client.session(&session)?.status()
    }),
    Cause::new(Of, 200, "with_an_accepted_invoice", |checked| {
        let client = checked.log_in(NIP)?;
        let session = with_invoice(&client, InvoiceText::new("1").as_bytes())?;
        settled(&client, &session)
    }),
    Cause::new(Of, 200, "whose_time_is_up", |checked| {
        let client = checked.log_in(NIP)?;
        let session = client.open()?;
        client.deliver(&session, InvoiceText::new("1").as_bytes())?;
        checked.advance(Duration::from_secs(12 * 60 * 60 + 5));
        checked.log_in(NIP)?.session(&session)?.status()
    }),
    Cause::new(Of, 415, "with_a_key_that_cannot_be_decrypted", wrong_key),
    Cause::new(Of, 440, "without_invoices", |checked| {
        let client = checked.log_in(NIP)?;
        let session = client.open()?;
        client.close(&session)?.expect(204)?;
        settled(&client, &session)
    }),
    Cause::new(Of, 445, "of_which_nothing_is_accepted", |checked| {
        let client = checked.log_in(NIP)?;
        let session = with_invoice(&client, b"no invoice")?;
        settled(&client, &session)
    }),
];

/// A closed session with this document.
fn with_invoice(client: &Client<'_>, document: &[u8]) -> Result<String, Failed> {
    let session = client.open()?;
    client.deliver(&session, document)?;
    client.close(&session)?.expect(204)?;
    Ok(session)
}

fn settled(client: &Client<'_>, session: &str) -> Result<Status, Failed> {
    client.settle(&format!("/sessions/{session}"), &[100, 170])?.status()
}

fn wrong_key(checked: &CheckedSandbox) -> Result<Status, Failed> {
    let client = checked.log_in(NIP)?;
    let mut opening = client.opening(&DocumentKey::TEST)?;
    let key = opening.pointer_mut("/encryption/encryptedSymmetricKey").ok_or("no key")?;
    *key = "AAAA".into();
    let opened = client.post("/sessions/online", &opening)?.expect(201)?;
    let session = opened.text("/referenceNumber")?;
    client.settle(&format!("/sessions/{session}"), &[100, 170])?.status()
}
