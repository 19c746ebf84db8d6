//! Reading, on connections of its own.

use std::sync::Arc;

use ksef_core::Sha256Digest;
use sqlx::SqlitePool;

use super::{backend, integer, row};
use crate::store::SUBMISSION_NOT_FOUND;
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

pub(super) async fn find(readers: &SqlitePool, key: &str) -> Result<Option<u64>, Error> {
    let number: Option<i64> =
        sqlx::query_scalar("SELECT submission FROM idempotency WHERE key = ?")
            .bind(key)
            .fetch_optional(readers)
            .await
            .map_err(backend)?;
    Ok(number.and_then(|number| u64::try_from(number).ok()))
}

pub(super) async fn document(
    readers: &SqlitePool,
    digest: Sha256Digest,
) -> Result<Arc<[u8]>, Error> {
    let bytes: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT bytes FROM document WHERE digest = ? LIMIT 1")
            .bind(digest.as_bytes().as_slice())
            .fetch_optional(readers)
            .await
            .map_err(backend)?;
    bytes.map(Arc::from).ok_or(Error::NotFound { what: "document" })
}

pub(super) async fn row(readers: &SqlitePool, number: u64) -> Result<Row, Error> {
    let found = sqlx::query("SELECT * FROM submission WHERE number = ?")
        .bind(integer(number))
        .fetch_optional(readers)
        .await
        .map_err(backend)?;
    row::read(&found.ok_or(SUBMISSION_NOT_FOUND)?)
}
