//! Exports.

use std::time::Duration;

use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::sandbox::{CheckedSandbox, DocumentKey, NIP, Status, Usage};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use super::Cause;
use super::Machine::Export as Of;

pub(super) const CAUSES: &[Cause] = &[
    Cause::new(Of, 100, "that_was_just_ordered", |checked| {
        let client = checked.log_in(NIP)?;
        let ordered = client.post("/invoices/exports", &order(checked)?)?.expect(201)?;
        let path = format!("/invoices/exports/{}", ordered.text("/referenceNumber")?);
        client.get(&path)?.expect(200)?.status()
    }),
    Cause::new(Of, 200, "that_is_done", |checked| outcome(checked, &order(checked)?)),
    Cause::new(Of, 210, "that_has_expired", expired),
    Cause::new(Of, 415, "with_a_key_that_cannot_be_decrypted", |checked| {
        outcome(checked, &with(checked, "/encryption/encryptedSymmetricKey", json!("AAAA"))?)
    }),
    Cause::new(Of, 420, "of_what_is_not_settled_yet", |checked| {
        outcome(checked, &with(checked, "/filters/dateRange/from", json!("2026-11-20T12:00:00Z"))?)
    }),
    Cause::new(Of, 500, "that_a_fault_ends", |checked| {
        with_fault(checked, FaultKind::UnknownError)
    }),
    Cause::new(Of, 550, "that_a_fault_cancels", |checked| {
        with_fault(checked, FaultKind::InvoiceCancelled)
    }),
];

/// `InvoiceExportRequest`.
pub(crate) fn order(checked: &CheckedSandbox) -> Result<Value, Failed> {
    let certificate = checked.public_key(Usage::SymmetricKeyEncryption)?.certificate;
    Ok(json!({
        "encryption": DocumentKey::TEST.encryption(&certificate)?,
        "filters": {
            "subjectType": "Subject1",
            "dateRange": {
                "dateType": "PermanentStorage",
                "from": "2026-11-20T00:00:00Z",
                "restrictToPermanentStorageHwmDate": true,
            },
        },
    }))
}

fn with(checked: &CheckedSandbox, pointer: &str, value: Value) -> Result<Value, Failed> {
    let mut order = order(checked)?;
    *order.pointer_mut(pointer).ok_or("no such member")? = value;
    Ok(order)
}

fn outcome(checked: &CheckedSandbox, order: &Value) -> Result<Status, Failed> {
    let client = checked.log_in(NIP)?;
    let ordered = client.post("/invoices/exports", order)?.expect(201)?;
    let path = format!("/invoices/exports/{}", ordered.text("/referenceNumber")?);
    client.settle(&path, &[100])?.status()
}

fn expired(checked: &CheckedSandbox) -> Result<Status, Failed> {
    let ordered = checked.log_in(NIP)?.post("/invoices/exports", &order(checked)?)?.expect(201)?;
    checked.advance(Duration::from_secs(7 * 24 * 60 * 60 + 5));
    let path = format!("/invoices/exports/{}", ordered.text("/referenceNumber")?);
    checked.log_in(NIP)?.get(&path)?.expect(200)?.status()
}

fn with_fault(checked: &CheckedSandbox, kind: FaultKind) -> Result<Status, Failed> {
    checked.sandbox().add_fault(Fault::always(kind).at(Operation::ExportInvoices));
    outcome(checked, &order(checked)?)
}
