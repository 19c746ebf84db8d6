//! Rows of the audit log, to columns and back.

use core::str::FromStr;

use ksef_core::{Nip, Sha256Digest};

use super::{Value, integer, unsigned};
use crate::query::searched;
use crate::store::{Key, Scope};
use crate::{Error, Row};

/// The columns, in the order of [`values`].
macro_rules! columns {
    () => {
        "number, entries, status, order_reference, source_id, customer, nip, document_type, \
         ksef_number, upo_number, fakturownia_id, session, digest, receipt, p_1, created_at, \
         submitted_at, accepted_at, upo_downloaded_at, error, attempt, searched"
    };
}

/// What of a row that is there already takes its new value: everything that can change.
macro_rules! updates {
    () => {
        "entries = excluded.entries, status = excluded.status, \
         order_reference = excluded.order_reference, source_id = excluded.source_id, \
         customer = excluded.customer, nip = excluded.nip, \
         document_type = excluded.document_type, ksef_number = excluded.ksef_number, \
         upo_number = excluded.upo_number, fakturownia_id = excluded.fakturownia_id, \
         session = excluded.session, digest = excluded.digest, receipt = excluded.receipt, \
         p_1 = excluded.p_1, submitted_at = excluded.submitted_at, \
         accepted_at = excluded.accepted_at, upo_downloaded_at = excluded.upo_downloaded_at, \
         error = excluded.error, attempt = excluded.attempt, searched = excluded.searched"
    };
}

pub(crate) use {columns, updates};

/// The columns of a row.
pub(crate) const COLUMNS: &str = columns!();

fn text<T: ToString>(value: Option<T>) -> Value {
    Value::Text(value.map(|value| value.to_string()))
}

fn bytes(digest: Option<Sha256Digest>) -> Value {
    Value::Bytes(digest.map(|digest| digest.as_bytes().to_vec()))
}

pub(crate) fn values(number: u64, row: &Row) -> [Value; 22] {
    [
        Value::Integer(integer(number)),
        Value::Integer(row.entries.into()),
        text(Some(row.status.as_str())),
        text(row.order_reference.as_deref()),
        text(row.source_id.as_deref()),
        text(row.customer.as_deref()),
        text(row.nip),
        text(row.document_type.map(|it| it.as_str())),
        text(row.ksef_number),
        text(row.upo_number),
        text(row.fakturownia_id.as_deref()),
        text(row.session),
        bytes(row.digest),
        bytes(row.receipt),
        text(row.p_1),
        text(Some(row.created_at)),
        text(row.submitted_at),
        text(row.accepted_at),
        text(row.upo_downloaded_at),
        text(row.error.as_deref()),
        Value::Integer(row.attempt.into()),
        text(Some(searched(row))),
    ]
}

/// The columns of a row that a database gave, by name.
pub(crate) trait Columns {
    fn text(&self, name: &'static str) -> Result<Option<String>, Error>;
    fn bytes(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error>;
    fn integer(&self, name: &'static str) -> Result<i64, Error>;
}

const DAMAGED: Error = Error::Damaged { finding: "a row cannot be read" };

fn parsed<T: FromStr>(row: &impl Columns, name: &'static str) -> Result<Option<T>, Error> {
    row.text(name)?.map(|text| text.parse().map_err(|_| DAMAGED)).transpose()
}

fn required<T: FromStr>(row: &impl Columns, name: &'static str) -> Result<T, Error> {
    parsed(row, name)?.ok_or(DAMAGED)
}

fn digest(row: &impl Columns, name: &'static str) -> Result<Option<Sha256Digest>, Error> {
    let digest =
        |bytes: Vec<u8>| bytes.try_into().map(Sha256Digest::from_bytes).map_err(|_| DAMAGED);
    row.bytes(name)?.map(digest).transpose()
}

fn count(row: &impl Columns, name: &'static str) -> Result<u32, Error> {
    u32::try_from(row.integer(name)?).map_err(|_| DAMAGED)
}

/// A NIP of TEST need not have its check digit.
fn nip(row: &impl Columns) -> Result<Option<Nip>, Error> {
    let nip = |text: String| Nip::for_test_environment(&text).map_err(|_| DAMAGED);
    row.text("nip")?.map(nip).transpose()
}

/// The lines that a database gave, for a scope.
pub(crate) fn lines(scope: Scope, rows: &[impl Columns]) -> Result<Vec<(Key, Row)>, Error> {
    rows.iter().map(|found| read(found).map(|(number, row)| (scope.key(number), row))).collect()
}

pub(crate) fn read(row: &impl Columns) -> Result<(u64, Row), Error> {
    let number = unsigned(row.integer("number")?)?;
    let read = Row {
        status: required(row, "status")?,
        order_reference: row.text("order_reference")?,
        source_id: row.text("source_id")?,
        customer: row.text("customer")?,
        nip: nip(row)?,
        document_type: parsed(row, "document_type")?,
        ksef_number: parsed(row, "ksef_number")?,
        upo_number: parsed(row, "upo_number")?,
        fakturownia_id: row.text("fakturownia_id")?,
        session: parsed(row, "session")?,
        digest: digest(row, "digest")?,
        receipt: digest(row, "receipt")?,
        p_1: parsed(row, "p_1")?,
        created_at: required(row, "created_at")?,
        submitted_at: parsed(row, "submitted_at")?,
        accepted_at: parsed(row, "accepted_at")?,
        upo_downloaded_at: parsed(row, "upo_downloaded_at")?,
        error: row.text("error")?,
        attempt: count(row, "attempt")?,
        entries: count(row, "entries")?,
    };
    // A row that is not found by what it says is as good as hidden.
    if required::<String>(row, "searched")? == searched(&read) {
        Ok((number, read))
    } else {
        Err(DAMAGED)
    }
}
