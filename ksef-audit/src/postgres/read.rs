//! Reading, each in a transaction of the scope.

use ksef_core::{ReferenceNumber, Sha256Digest, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::answer::LONG;
use super::backend;
use super::statement::{own, query, scalar, tuples};
use crate::log::{Frontier, TreeHead};
use crate::sql::row::{self, Columns, columns};
use crate::sql::{integer, many, unsigned};
use crate::store::{Content, DocumentKind, Record, SUBMISSION_NOT_FOUND, Scope, Setting};
use crate::{Entry, Error, Row};

impl Columns for PgRow {
    fn text(&self, name: &'static str) -> Result<Option<String>, Error> {
        self.try_get(name).map_err(backend)
    }

    fn bytes(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error> {
        self.try_get(name).map_err(backend)
    }

    fn integer(&self, name: &'static str) -> Result<i64, Error> {
        self.try_get(name).map_err(backend)
    }
}

pub(super) async fn entries(
    connection: &mut PgConnection,
    scope: Scope,
    number: u64,
) -> Result<Vec<Entry>, Error> {
    let sql = concat!(
        "SELECT record FROM ksef_audit.entry WHERE ",
        own!(),
        " AND submission = $3 ORDER BY position"
    );
    let records: Vec<Vec<u8>> =
        scalar(sql, scope).bind(integer(number)).fetch_all(connection).await.map_err(backend)?;
    if records.is_empty() {
        return Err(SUBMISSION_NOT_FOUND);
    }
    records.iter().map(|record| Entry::decode(record)).collect()
}

pub(super) async fn entries_of(
    connection: &mut PgConnection,
    scope: Scope,
    numbers: &[Option<u64>],
) -> Result<Vec<Option<Vec<Entry>>>, Error> {
    let sql = concat!(
        "SELECT submission, record FROM ksef_audit.entry WHERE ",
        own!(),
        " AND submission = ANY($3) ORDER BY submission, position"
    );
    let records: Vec<(i64, Vec<u8>)> = tuples(sql, scope)
        .bind(numbers.iter().map(|number| number.map(integer)).collect::<Vec<_>>())
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    many::histories(numbers, records)
}

pub(super) async fn notices(
    connection: &mut PgConnection,
    scope: Scope,
    from: u64,
    limit: u32,
) -> Result<Vec<Entry>, Error> {
    let sql = concat!(
        "SELECT record FROM ksef_audit.entry WHERE ",
        own!(),
        " AND submission = 0 AND position >= $3 ORDER BY position LIMIT $4"
    );
    let records: Vec<Vec<u8>> = scalar(sql, scope)
        .bind(integer(from))
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    records.iter().map(|record| Entry::decode(record)).collect()
}

pub(super) async fn shared(
    connection: &mut PgConnection,
    scope: Scope,
    name: &str,
) -> Result<Setting, Error> {
    let sql =
        concat!("SELECT version, value FROM ksef_audit.shared WHERE ", own!(), " AND name = $3");
    let found: Option<(i64, Vec<u8>)> = tuples(sql, scope)
        .bind(name.to_owned())
        .fetch_optional(connection)
        .await
        .map_err(backend)?;
    let Some((version, value)) = found else { return Ok(Setting::default()) };
    let damaged = |_| Error::Damaged { finding: "what is shared cannot be read" };
    Ok(Setting { version: version.try_into().map_err(damaged)?, value: Some(value) })
}

pub(super) async fn settings(
    connection: &mut PgConnection,
    scope: Scope,
    prefix: &str,
) -> Result<Vec<(String, Setting)>, Error> {
    let sql = concat!(
        "SELECT name, version, value FROM ksef_audit.setting WHERE ",
        own!(),
        " AND starts_with(name, $3) ORDER BY name"
    );
    let rows: Vec<(String, i64, Option<Vec<u8>>)> =
        tuples(sql, scope).bind(prefix.to_owned()).fetch_all(connection).await.map_err(backend)?;
    let damaged = |_| Error::Damaged { finding: "a setting cannot be read" };
    let setting = |(name, version, value): (String, i64, Option<Vec<u8>>)| {
        let version = u32::try_from(version).map_err(damaged)?;
        Ok((name, Setting { version, value }))
    };
    rows.into_iter().map(setting).collect()
}

/// Of what is due by itself, the first time at which nobody has it.
macro_rules! first_due {
    () => {
        concat!(
            "least(
                (SELECT min(due_at) FROM ksef_audit.work WHERE ",
            own!(),
            " AND due_at IS NOT NULL AND leased_until IS NULL),
                (SELECT min(greatest(due_at, leased_until)) FROM ksef_audit.work WHERE ",
            own!(),
            " AND due_at IS NOT NULL AND leased_until IS NOT NULL)
            )"
        )
    };
}

pub(super) use first_due;

pub(super) async fn next_due(
    connection: &mut PgConnection,
    scope: Scope,
) -> Result<Option<Timestamp>, Error> {
    let due: Option<String> = scalar(concat!("SELECT ", first_due!()), scope)
        .fetch_one(connection)
        .await
        .map_err(backend)?;
    due.as_deref().map(timestamp).transpose()
}

pub(super) fn timestamp(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| Error::Damaged { finding: "a time cannot be read" })
}

pub(super) async fn find(
    connection: &mut PgConnection,
    scope: Scope,
    key: &str,
) -> Result<Option<u64>, Error> {
    let sql =
        concat!("SELECT submission FROM ksef_audit.idempotency WHERE ", own!(), " AND key = $3");
    let number: Option<i64> = scalar(sql, scope)
        .bind(key.to_owned())
        .fetch_optional(connection)
        .await
        .map_err(backend)?;
    number.map(unsigned).transpose()
}

pub(super) async fn find_each(
    connection: &mut PgConnection,
    scope: Scope,
    keys: &[&str],
) -> Result<Vec<Option<u64>>, Error> {
    let sql = concat!(
        "SELECT key, submission FROM ksef_audit.idempotency WHERE ",
        own!(),
        " AND key = ANY($3)"
    );
    let found: Vec<(String, i64)> = tuples(sql, scope)
        .bind(keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    many::numbers(keys, found)
}

pub(super) async fn documents(
    connection: &mut PgConnection,
    scope: Scope,
    names: &[(DocumentKind, Sha256Digest)],
) -> Result<Vec<Option<Content>>, Error> {
    let sql = concat!(
        "SELECT wanted.place - 1, bytes FROM unnest($3::bytea[], $4::text[])
        WITH ORDINALITY AS wanted (digest, kind, place)
        JOIN ksef_audit.document USING (digest, kind) WHERE ",
        own!()
    );
    let found: Vec<(i64, Option<Vec<u8>>)> = tuples(sql, scope)
        .bind(names.iter().map(|(_, digest)| digest.as_bytes().to_vec()).collect::<Vec<_>>())
        .bind(names.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>())
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    Ok(many::contents(names.len(), found))
}

pub(super) async fn document(
    connection: &mut PgConnection,
    scope: Scope,
    kind: DocumentKind,
    digest: Sha256Digest,
) -> Result<Content, Error> {
    let sql = concat!(
        "SELECT bytes FROM ksef_audit.document WHERE ",
        own!(),
        " AND digest = $3 AND kind = $4"
    );
    let bytes: Option<Option<Vec<u8>>> = scalar(sql, scope)
        .bind(digest.as_bytes().to_vec())
        .bind(kind.as_str())
        .fetch_optional(connection)
        .await
        .map_err(backend)?;
    let bytes = bytes.ok_or(Error::NotFound { what: "document" })?;
    Ok(many::content(bytes))
}

pub(super) async fn session_key(
    connection: &mut PgConnection,
    scope: Scope,
    session: ReferenceNumber,
) -> Result<Vec<u8>, Error> {
    let sql =
        concat!("SELECT sealed FROM ksef_audit.session_key WHERE ", own!(), " AND session = $3");
    let sealed: Option<Vec<u8>> = scalar(sql, scope)
        .bind(session.as_str().to_owned())
        .fetch_optional(connection)
        .await
        .map_err(backend)?;
    sealed.ok_or(Error::NotFound { what: "session key" })
}

pub(super) async fn row(
    connection: &mut PgConnection,
    scope: Scope,
    number: u64,
) -> Result<Row, Error> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM ksef_audit.submission WHERE ",
        own!(),
        " AND number = $3"
    );
    let found = query(sql, scope)
        .bind(integer(number))
        .fetch_optional(connection)
        .await
        .map_err(backend)?;
    Ok(row::read(&found.ok_or(SUBMISSION_NOT_FOUND)?)?.1)
}

/// What no list of rows shows.
pub(super) async fn check(connection: &mut PgConnection, scope: Scope) -> Result<(), Error> {
    let sql = concat!(
        "SELECT (SELECT count(*) FROM ksef_audit.submission WHERE ",
        own!(),
        ") = (SELECT count(*) FROM ksef_audit.idempotency WHERE ",
        own!(),
        ")"
    );
    let patience = format!("SET LOCAL statement_timeout = {}", LONG.as_millis());
    sqlx::raw_sql(AssertSqlSafe(patience)).execute(&mut *connection).await.map_err(backend)?;
    let is_whole: bool = scalar(sql, scope).fetch_one(connection).await.map_err(backend)?;
    if is_whole { Ok(()) } else { Err(Error::Damaged { finding: "there are rows out of place" }) }
}

pub(super) async fn records(
    connection: &mut PgConnection,
    scope: Scope,
    from: u64,
    limit: u32,
) -> Result<Vec<Record>, Error> {
    let sql = concat!(
        "SELECT sequence, submission, position, record FROM ksef_audit.entry WHERE ",
        own!(),
        " AND sequence >= $3 ORDER BY sequence LIMIT $4"
    );
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = tuples(sql, scope)
        .bind(integer(from))
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    many::records(from, rows)
}

/// The right edge of the log's tree.
pub(super) async fn frontier(
    connection: &mut PgConnection,
    scope: Scope,
) -> Result<Frontier, Error> {
    let sql = concat!("SELECT frontier FROM ksef_audit.log_head WHERE ", own!());
    let bytes: Option<Vec<u8>> =
        scalar(sql, scope).fetch_optional(connection).await.map_err(backend)?;
    let missing = Error::Damaged { finding: "the head of the log is not there" };
    let damaged = |_| Error::Damaged { finding: "the head of the log cannot be read" };
    Frontier::from_bytes(&bytes.ok_or(missing)?).map_err(damaged)
}

pub(super) async fn head(connection: &mut PgConnection, scope: Scope) -> Result<TreeHead, Error> {
    Ok(frontier(connection, scope).await?.head())
}

pub(super) async fn lines(
    connection: &mut PgConnection,
    scope: Scope,
    from: u64,
    limit: u32,
) -> Result<Vec<(u64, Row)>, Error> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM ksef_audit.submission WHERE ",
        own!(),
        " AND number >= $3 ORDER BY number LIMIT $4"
    );
    let rows = query(sql, scope)
        .bind(integer(from))
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    many::lines(from, rows.iter().map(row::read))
}
