//! Batch sessions.

use std::time::Duration;

use bytes::Bytes;
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::sandbox::Compression::{TarGz, Zip};
use ksef_tests::sandbox::{
    BatchOrder, CheckedSandbox, Client, Compression, DocumentKey, InvoiceText, NIP, Package, Status,
};
use ksef_tests::suite::Failed;
use serde_json::json;

use super::Cause;
use super::Machine::Batch as Of;
use crate::limits;

pub(super) const CAUSES: &[Cause] = &[
    Cause::new(Of, 100, "that_was_opened", |checked| {
        let client = checked.log_in(NIP)?;
        let opened = client.open_batch(&good(Zip)?.order(checked, 1)?)?.expect(201)?;
        client.session(opened.text("/referenceNumber")?)?.status()
    }),
    Cause::new(Of, 150, "that_was_closed_just_now", |checked| {
        let client = checked.log_in(NIP)?;
        let session = client.send_batch(&good(Zip)?.order(checked, 1)?)?;
        client.session(&session)?.status()
    }),
    Cause::new(Of, 200, "as_a_zip_archive", |checked| outcome(checked, &good(Zip)?)),
    Cause::new(Of, 200, "as_a_tar_archive", |checked| outcome(checked, &good(TarGz)?)),
    Cause::new(Of, 405, "with_a_part_of_another_hash", |checked| {
        let order = good(Zip)?.order(checked, 1)?;
        sent(checked, &order.with("/batchFile/fileParts/0/fileHash", wrong_hash()))
    }),
    Cause::new(Of, 405, "with_a_package_of_another_hash", |checked| {
        sent(checked, &good(Zip)?.order(checked, 1)?.with("/batchFile/fileHash", wrong_hash()))
    }),
    Cause::new(Of, 405, "with_a_package_of_another_size", |checked| {
        sent(checked, &good(Zip)?.order(checked, 1)?.with("/batchFile/fileSize", json!(1)))
    }),
    Cause::new(Of, 415, "with_a_key_that_cannot_be_decrypted", |checked| {
        let order = good(Zip)?.order(checked, 1)?;
        sent(checked, &order.with("/encryption/encryptedSymmetricKey", json!("AAAA")))
    }),
    Cause::new(Of, 420, "with_too_many_invoices", |checked| {
        limits::allow_invoices(&checked.log_in(NIP)?, 1)?;
        outcome(checked, &package(Zip, &["1", "2"])?)
    }),
    Cause::new(Of, 430, "that_is_no_archive", |checked| {
        outcome(checked, &Package::of(Zip, b"no archive".to_vec()))
    }),
    Cause::new(Of, 430, "that_is_an_archive_of_the_other_kind", |checked| {
        outcome(checked, &Package::of(Zip, good(TarGz)?.bytes))
    }),
    Cause::new(Of, 435, "with_a_part_that_cannot_be_decrypted", |checked| {
        let plain = vec![Bytes::from_static(b"no block")];
        sent(checked, &good(Zip)?.order(checked, 1)?.with_parts(plain))
    }),
    Cause::new(Of, 435, "with_a_part_of_another_key", |checked| {
        let other = DocumentKey { key: [1; 32], ..DocumentKey::TEST };
        let part = Bytes::from(other.encrypt(&good(Zip)?.bytes)?);
        sent(checked, &good(Zip)?.order(checked, 1)?.with_parts(vec![part]))
    }),
    Cause::new(Of, 440, "that_was_not_closed_in_time", |checked| {
        let client = checked.log_in(NIP)?;
        let order = good(Zip)?.order(checked, 1)?;
        let opened = client.open_batch(&order)?.expect(201)?;
        client.upload(&opened, order.parts())?;
        checked.advance(Duration::from_secs(20 * 60));
        let late = checked.log_in(NIP)?;
        late.session(opened.text("/referenceNumber")?)?.status()
    }),
    Cause::new(Of, 440, "without_invoices", |checked| outcome(checked, &package(Zip, &[])?)),
    Cause::new(Of, 445, "of_which_nothing_is_accepted", |checked| {
        outcome(checked, &Package::new(Zip, [("1.xml", "no invoice")])?)
    }),
    Cause::new(Of, 500, "that_a_fault_ends", |checked| {
        let fault = Fault::always(FaultKind::UnknownError);
        checked.sandbox().add_fault(fault.at(Operation::CloseBatchSession));
        outcome(checked, &good(Zip)?)
    }),
];

fn wrong_hash() -> serde_json::Value {
    json!(ksef_core::Sha256Digest::of(b"something else"))
}

fn package(compression: Compression, numbers: &[&str]) -> Result<Package, Failed> {
    let file = |number: &&str| (format!("{number}.xml"), InvoiceText::new(number));
    let files = numbers.iter().map(file).map(|(name, text)| (name, text.as_bytes().to_vec()));
    Package::new(compression, files)
}

fn good(compression: Compression) -> Result<Package, Failed> {
    package(compression, &["1", "2"])
}

fn outcome(checked: &CheckedSandbox, package: &Package) -> Result<Status, Failed> {
    sent(checked, &package.order(checked, 1)?)
}

/// What becomes of a batch with one part.
fn sent(checked: &CheckedSandbox, order: &BatchOrder) -> Result<Status, Failed> {
    let client = checked.log_in(NIP)?;
    let session = client.send_batch(order)?;
    settled(&client, &session)
}

fn settled(client: &Client<'_>, session: &str) -> Result<Status, Failed> {
    client.settle(&format!("/sessions/{session}"), &[100, 150])?.status()
}
