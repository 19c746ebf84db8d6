//! Reading, on connections of its own.

use ksef_core::{ReferenceNumber, Sha256Digest, Timestamp};
use serde_json::json;
use sqlx::SqlitePool;

use super::{backend, row, timestamp};
use crate::log::{Frontier, TreeHead};
use crate::sql::{integer, many, unsigned};
use crate::store::{Content, DocumentKind, Record, SUBMISSION_NOT_FOUND, Scope, Setting};
use crate::{Entry, Error, Row};

pub(super) async fn entries(readers: &SqlitePool, number: u64) -> Result<Vec<Entry>, Error> {
    let sql = "SELECT record FROM entry WHERE submission = ? ORDER BY position";
    let records: Vec<Vec<u8>> =
        sqlx::query_scalar(sql).bind(integer(number)).fetch_all(readers).await.map_err(backend)?;
    if records.is_empty() {
        return Err(SUBMISSION_NOT_FOUND);
    }
    records.iter().map(|record| Entry::decode(record)).collect()
}

pub(super) async fn entries_of(
    readers: &SqlitePool,
    numbers: &[Option<u64>],
) -> Result<Vec<Option<Vec<Entry>>>, Error> {
    let sql = "SELECT submission, record FROM entry
        WHERE submission IN (SELECT value FROM json_each(?)) ORDER BY submission, position";
    let records: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql)
        .bind(json!(numbers).to_string())
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    many::histories(numbers, records)
}

pub(super) async fn notices(
    readers: &SqlitePool,
    from: u64,
    limit: u32,
) -> Result<Vec<Entry>, Error> {
    let sql = "SELECT record FROM entry WHERE submission = 0 AND position >= ?
        ORDER BY position LIMIT ?";
    let records: Vec<Vec<u8>> = sqlx::query_scalar(sql)
        .bind(integer(from))
        .bind(limit)
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    records.iter().map(|record| Entry::decode(record)).collect()
}

pub(super) async fn settings(
    readers: &SqlitePool,
    prefix: &str,
) -> Result<Vec<(String, Setting)>, Error> {
    let sql = "SELECT name, version, value FROM setting WHERE substr(name, 1, length(?1)) = ?1
        ORDER BY name";
    let rows: Vec<(String, u32, Option<Vec<u8>>)> =
        sqlx::query_as(sql).bind(prefix).fetch_all(readers).await.map_err(backend)?;
    Ok(rows.into_iter().map(|(name, version, value)| (name, Setting { version, value })).collect())
}

pub(super) async fn shared(readers: &SqlitePool, name: &str) -> Result<Setting, Error> {
    let found: Option<(u32, Vec<u8>)> =
        sqlx::query_as("SELECT version, value FROM shared WHERE name = ?")
            .bind(name)
            .fetch_optional(readers)
            .await
            .map_err(backend)?;
    let setting = |(version, value)| Setting { version, value: Some(value) };
    Ok(found.map(setting).unwrap_or_default())
}

/// Of what is due by itself, the first time at which nobody has it.
pub(super) async fn next_due(readers: &SqlitePool) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT min(max(due_at, coalesce(leased_until, due_at))) FROM work
        WHERE due_at IS NOT NULL";
    let due: Option<String> = sqlx::query_scalar(sql).fetch_one(readers).await.map_err(backend)?;
    due.as_deref().map(timestamp).transpose()
}

pub(super) async fn find(readers: &SqlitePool, key: &str) -> Result<Option<u64>, Error> {
    let number: Option<i64> =
        sqlx::query_scalar("SELECT submission FROM idempotency WHERE key = ?")
            .bind(key)
            .fetch_optional(readers)
            .await
            .map_err(backend)?;
    number.map(unsigned).transpose()
}

pub(super) async fn find_each(
    readers: &SqlitePool,
    keys: &[&str],
) -> Result<Vec<Option<u64>>, Error> {
    let sql = "SELECT key, submission FROM idempotency
        WHERE key IN (SELECT value FROM json_each(?))";
    let found: Vec<(String, i64)> = sqlx::query_as(sql)
        .bind(json!(keys).to_string())
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    many::numbers(keys, found)
}

pub(super) async fn documents(
    readers: &SqlitePool,
    names: &[(DocumentKind, Sha256Digest)],
) -> Result<Vec<Option<Content>>, Error> {
    let sql = "SELECT wanted.key, bytes FROM json_each(?) AS wanted CROSS JOIN document
        ON digest = unhex(wanted.value ->> 0) AND kind = wanted.value ->> 1";
    let wanted: Vec<_> =
        names.iter().map(|(kind, digest)| json!([digest.to_hex(), kind.as_str()])).collect();
    let found: Vec<(i64, Option<Vec<u8>>)> = sqlx::query_as(sql)
        .bind(json!(wanted).to_string())
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    Ok(many::contents(names.len(), found))
}

pub(super) async fn document(
    readers: &SqlitePool,
    kind: DocumentKind,
    digest: Sha256Digest,
) -> Result<Content, Error> {
    let bytes: Option<Option<Vec<u8>>> =
        sqlx::query_scalar("SELECT bytes FROM document WHERE digest = ? AND kind = ?")
            .bind(digest.as_bytes().as_slice())
            .bind(kind.as_str())
            .fetch_optional(readers)
            .await
            .map_err(backend)?;
    let bytes = bytes.ok_or(Error::NotFound { what: "document" })?;
    Ok(many::content(bytes))
}

pub(super) async fn session_key(
    readers: &SqlitePool,
    session: ReferenceNumber,
) -> Result<Vec<u8>, Error> {
    let sealed: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT sealed FROM session_key WHERE session = ?")
            .bind(session.as_str())
            .fetch_optional(readers)
            .await
            .map_err(backend)?;
    sealed.ok_or(Error::NotFound { what: "session key" })
}

pub(super) async fn row(readers: &SqlitePool, number: u64) -> Result<Row, Error> {
    let found = sqlx::query("SELECT * FROM submission WHERE number = ?")
        .bind(integer(number))
        .fetch_optional(readers)
        .await
        .map_err(backend)?;
    Ok(row::read(&found.ok_or(SUBMISSION_NOT_FOUND)?)?.1)
}

/// SQLite's own look at the structure of the file, and what no list of rows shows.
pub(super) async fn check(readers: &SqlitePool, scope: Scope) -> Result<(), Error> {
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    if found != ["ok"] {
        return Err(Error::Damaged { finding: "SQLite's integrity check fails" });
    }
    let sql = "SELECT (SELECT count(*) FROM submission) = (SELECT count(*) FROM idempotency)
        AND NOT EXISTS (SELECT 1 FROM submission WHERE number < 1)
        AND NOT EXISTS (SELECT 1 FROM entry WHERE sequence < 0)
        AND EXISTS (SELECT 1 FROM scope WHERE one = 1 AND tenant = ? AND environment = ?)";
    let is_whole: bool = sqlx::query_scalar(sql)
        .bind(scope.tenant().to_string())
        .bind(scope.environment().as_str())
        .fetch_one(readers)
        .await
        .map_err(backend)?;
    if is_whole { Ok(()) } else { Err(Error::Damaged { finding: "there are rows out of place" }) }
}

pub(super) async fn records(
    readers: &SqlitePool,
    from: u64,
    limit: u32,
) -> Result<Vec<Record>, Error> {
    let sql = "SELECT sequence, submission, position, record FROM entry
        WHERE sequence >= ? ORDER BY sequence LIMIT ?";
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = sqlx::query_as(sql)
        .bind(integer(from))
        .bind(limit)
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    many::records(from, rows)
}

pub(super) async fn head(readers: &SqlitePool) -> Result<TreeHead, Error> {
    let bytes: Option<Vec<u8>> = sqlx::query_scalar("SELECT frontier FROM log_head")
        .fetch_optional(readers)
        .await
        .map_err(backend)?;
    let damaged = |_| Error::Damaged { finding: "the head of the log cannot be read" };
    let frontier = bytes.map(|bytes| Frontier::from_bytes(&bytes)).transpose().map_err(damaged)?;
    Ok(frontier.unwrap_or_default().head())
}

pub(super) async fn lines(
    readers: &SqlitePool,
    from: u64,
    limit: u32,
) -> Result<Vec<(u64, Row)>, Error> {
    let rows = sqlx::query("SELECT * FROM submission WHERE number >= ? ORDER BY number LIMIT ?")
        .bind(integer(from))
        .bind(limit)
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    many::lines(from, rows.iter().map(row::read))
}
