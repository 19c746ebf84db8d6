//! Invoices.

use std::time::Duration;

use ksef_core::Sha256Digest;
use ksef_sandbox::{Fault, FaultKind};
use ksef_tests::sandbox::{
    CheckedSandbox, DocumentKey, InvoiceText, NIP, OTHER_NIP, Status, sealed,
};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use super::Cause;
use super::Machine::Invoice as Of;

pub(super) const CAUSES: &[Cause] = &[
    Cause::new(Of, 100, "that_has_just_come", |checked| after(checked, 0)),
    Cause::new(Of, 150, "that_is_looked_at", |checked| after(checked, 100)),
    Cause::new(Of, 200, "that_is_accepted", |checked| outcome(checked, &InvoiceText::new("1"))),
    Cause::new(Of, 405, "in_a_session_with_a_wrong_key", wrong_key),
    Cause::new(Of, 410, "of_another_seller", |checked| {
        outcome(checked, &InvoiceText::new("1").from_seller(OTHER_NIP))
    }),
    Cause::new(Of, 415, "with_an_attachment_in_an_online_session", |checked| {
        outcome(checked, &InvoiceText::new("1").with_attachment())
    }),
    Cause::new(Of, 430, "of_another_size_than_declared", |checked| {
        declared(checked, "invoiceSize", json!(2965))
    }),
    Cause::new(Of, 430, "of_another_hash_than_declared", |checked| {
        declared(checked, "invoiceHash", json!(Sha256Digest::of(b"something else")))
    }),
    Cause::new(Of, 430, "that_is_too_large", |checked| {
        outcome(checked, &InvoiceText::new("1").longer_by(1_000_000))
    }),
    Cause::new(Of, 435, "whose_ciphertext_is_cut", |checked| {
        let text = InvoiceText::new("1");
        let mut ciphertext = DocumentKey::TEST.encrypt(text.as_bytes())?;
        ciphertext.pop();
        posted(checked, &sealed(text.as_bytes(), &ciphertext))
    }),
    Cause::new(Of, 440, "that_was_sent_before", |checked| {
        outcome(checked, &InvoiceText::new("1"))?;
        outcome(checked, &InvoiceText::new("1"))
    }),
    Cause::new(Of, 450, "that_is_no_xml", |checked| {
        outcome(checked, &InvoiceText::new("1").replacing("</Faktura>", ""))
    }),
    Cause::new(Of, 450, "that_is_against_the_schema", |checked| {
        outcome(checked, &InvoiceText::new("1").replacing("<P_2>1</P_2>", ""))
    }),
    Cause::new(Of, 450, "that_is_issued_tomorrow", |checked| {
        outcome(checked, &InvoiceText::new("1").issued_on("2026-11-21"))
    }),
    Cause::new(Of, 500, "that_a_fault_ends", |checked| {
        with_fault(checked, FaultKind::UnknownError)
    }),
    Cause::new(Of, 550, "that_a_fault_cancels", |checked| {
        with_fault(checked, FaultKind::InvoiceCancelled)
    }),
];

fn after(checked: &CheckedSandbox, milliseconds: u64) -> Result<Status, Failed> {
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let invoice = client.deliver(&session, InvoiceText::new("1").as_bytes())?;
    checked.advance(Duration::from_millis(milliseconds));
    client.invoice(&session, &invoice)?.status()
}

fn outcome(checked: &CheckedSandbox, text: &InvoiceText) -> Result<Status, Failed> {
    let ciphertext = DocumentKey::TEST.encrypt(text.as_bytes())?;
    posted(checked, &sealed(text.as_bytes(), &ciphertext))
}

fn declared(checked: &CheckedSandbox, member: &str, value: Value) -> Result<Status, Failed> {
    let text = InvoiceText::new("1");
    let mut body = sealed(text.as_bytes(), &DocumentKey::TEST.encrypt(text.as_bytes())?);
    *body.get_mut(member).ok_or("no such member")? = value;
    posted(checked, &body)
}

/// What becomes of what is sent in a session of its own.
fn posted(checked: &CheckedSandbox, body: &Value) -> Result<Status, Failed> {
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let sent = client.send_sealed(&session, body)?.expect(202)?;
    let path = format!("/sessions/{session}/invoices/{}", sent.text("/referenceNumber")?);
    client.settle(&path, &[100, 150])?.status()
}

/// Whoever is quick gets an invoice in before the key is found to be wrong.
fn wrong_key(checked: &CheckedSandbox) -> Result<Status, Failed> {
    let client = checked.log_in(NIP)?;
    let mut opening = client.opening(&DocumentKey::TEST)?;
    let key = opening.pointer_mut("/encryption/encryptedSymmetricKey").ok_or("no key")?;
    *key = "AAAA".into();
    let opened = client.post("/sessions/online", &opening)?.expect(201)?;
    let session = opened.text("/referenceNumber")?;
    let invoice = client.deliver(session, InvoiceText::new("1").as_bytes())?;
    client.settle(&format!("/sessions/{session}/invoices/{invoice}"), &[100, 150])?.status()
}

fn with_fault(checked: &CheckedSandbox, kind: FaultKind) -> Result<Status, Failed> {
    checked.sandbox().add_fault(Fault::always(kind).at(ksef_sandbox::Operation::SendInvoice));
    outcome(checked, &InvoiceText::new("1"))
}
