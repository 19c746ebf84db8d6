//! Rows of the audit log, to SQLite and back.

use core::str::FromStr;

use ksef_core::Sha256Digest;
use sqlx::Row as _;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};

use super::{backend, integer};
use crate::query::searched;
use crate::{Error, Row};

/// The columns in the order in which [`bind`] binds them.
pub(super) const UPSERT: &str = "INSERT INTO submission (
        number, entries, status, order_reference, source_id, customer, nip, document_type,
        ksef_number, upo_number, fakturownia_id, session, digest, receipt, p_1, created_at,
        submitted_at, accepted_at, upo_downloaded_at, error, attempt, searched
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (number) DO UPDATE SET
        entries = excluded.entries, status = excluded.status,
        order_reference = excluded.order_reference, source_id = excluded.source_id,
        customer = excluded.customer, nip = excluded.nip, document_type = excluded.document_type,
        ksef_number = excluded.ksef_number, upo_number = excluded.upo_number,
        fakturownia_id = excluded.fakturownia_id, session = excluded.session,
        digest = excluded.digest, receipt = excluded.receipt, p_1 = excluded.p_1,
        submitted_at = excluded.submitted_at, accepted_at = excluded.accepted_at,
        upo_downloaded_at = excluded.upo_downloaded_at, error = excluded.error,
        attempt = excluded.attempt, searched = excluded.searched";

type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

fn text<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn blob(digest: Option<Sha256Digest>) -> Option<Vec<u8>> {
    digest.map(|digest| digest.as_bytes().to_vec())
}

pub(super) fn bind<'q>(statement: Statement<'q>, number: u64, row: &'q Row) -> Statement<'q> {
    statement
        .bind(integer(number))
        .bind(row.entries)
        .bind(row.status.as_str())
        .bind(row.order_reference.as_deref())
        .bind(row.source_id.as_deref())
        .bind(row.customer.as_deref())
        .bind(text(row.nip))
        .bind(row.document_type.map(|it| it.as_str()))
        .bind(text(row.ksef_number))
        .bind(text(row.upo_number))
        .bind(row.fakturownia_id.as_deref())
        .bind(text(row.session))
        .bind(blob(row.digest))
        .bind(blob(row.receipt))
        .bind(text(row.p_1))
        .bind(row.created_at.to_string())
        .bind(text(row.submitted_at))
        .bind(text(row.accepted_at))
        .bind(text(row.upo_downloaded_at))
        .bind(row.error.as_deref())
        .bind(row.attempt)
        .bind(searched(row))
}

const DAMAGED: Error = Error::Damaged { finding: "a row cannot be read" };

fn parsed<T: FromStr>(row: &SqliteRow, column: &str) -> Result<Option<T>, Error> {
    let text: Option<String> = row.try_get(column).map_err(backend)?;
    text.map(|text| text.parse().map_err(|_| DAMAGED)).transpose()
}

fn required<T: FromStr>(row: &SqliteRow, column: &str) -> Result<T, Error> {
    parsed(row, column)?.ok_or(DAMAGED)
}

fn digest(row: &SqliteRow, column: &str) -> Result<Option<Sha256Digest>, Error> {
    let bytes: Option<Vec<u8>> = row.try_get(column).map_err(backend)?;
    let digest =
        |bytes: Vec<u8>| bytes.try_into().map(Sha256Digest::from_bytes).map_err(|_| DAMAGED);
    bytes.map(digest).transpose()
}

/// A NIP of TEST need not have its check digit.
fn nip(row: &SqliteRow) -> Result<Option<ksef_core::Nip>, Error> {
    let text: Option<String> = row.try_get("nip").map_err(backend)?;
    text.map(|text| ksef_core::Nip::for_test_environment(&text).map_err(|_| DAMAGED)).transpose()
}

pub(super) fn read(row: &SqliteRow) -> Result<Row, Error> {
    let read = Row {
        status: required(row, "status")?,
        order_reference: row.try_get("order_reference").map_err(backend)?,
        source_id: row.try_get("source_id").map_err(backend)?,
        customer: row.try_get("customer").map_err(backend)?,
        nip: nip(row)?,
        document_type: parsed(row, "document_type")?,
        ksef_number: parsed(row, "ksef_number")?,
        upo_number: parsed(row, "upo_number")?,
        fakturownia_id: row.try_get("fakturownia_id").map_err(backend)?,
        session: parsed(row, "session")?,
        digest: digest(row, "digest")?,
        receipt: digest(row, "receipt")?,
        p_1: parsed(row, "p_1")?,
        created_at: required(row, "created_at")?,
        submitted_at: parsed(row, "submitted_at")?,
        accepted_at: parsed(row, "accepted_at")?,
        upo_downloaded_at: parsed(row, "upo_downloaded_at")?,
        error: row.try_get("error").map_err(backend)?,
        attempt: row.try_get("attempt").map_err(backend)?,
        entries: row.try_get("entries").map_err(backend)?,
    };
    // A row that is not found by what it says is as good as hidden.
    let text: String = row.try_get("searched").map_err(backend)?;
    if text == searched(&read) { Ok(read) } else { Err(DAMAGED) }
}
