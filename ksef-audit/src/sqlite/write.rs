//! What the writer does within a transaction.

use ksef_core::Timestamp;
use sqlx::SqliteConnection;

use super::{backend, other, row};
use crate::entry::Place;
use crate::log::{Frontier, leaf_hash};
use crate::query::{searched, trigrams};
use crate::sql::integer;
use crate::store::{
    Commit, Content, Key, Lease, LeaseRequest, NewDocument, Notice, SUBMISSION_NOT_FOUND, Scope,
    SealedKey, SettingChange, Target, Write,
};
use crate::{Entry, Error};

pub(super) async fn commit(
    connection: &mut SqliteConnection,
    scope: Scope,
    commit: &Commit,
) -> Result<Vec<Key>, Error> {
    for document in &commit.documents {
        keep(connection, document).await?;
    }
    for key in &commit.session_keys {
        keep_key(connection, key).await?;
    }
    let mut log = head(connection).await?;
    let before = log.size();
    let mut keys = Vec::with_capacity(commit.writes.len());
    for write in &commit.writes {
        keys.push(record(connection, (scope, &mut log), write).await?);
    }
    for notice in &commit.notices {
        record_notice(connection, (scope, &mut log), notice).await?;
    }
    if log.size() > before {
        keep_head(connection, &log).await?;
    }
    Ok(keys)
}

/// The same digest is the same bytes, so what is there stays.
async fn keep(connection: &mut SqliteConnection, document: &NewDocument) -> Result<(), Error> {
    let bytes = match &document.content {
        Content::Inline(bytes) => Some(&**bytes),
        Content::Elsewhere => None,
    };
    sqlx::query("INSERT INTO document VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(document.digest.as_bytes().as_slice())
        .bind(document.kind.as_str())
        .bind(bytes)
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

async fn keep_key(connection: &mut SqliteConnection, key: &SealedKey) -> Result<(), Error> {
    sqlx::query("INSERT INTO session_key VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(key.session.as_str())
        .bind(&key.sealed)
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

async fn record(
    connection: &mut SqliteConnection,
    (scope, log): (Scope, &mut Frontier),
    write: &Write,
) -> Result<Key, Error> {
    let number = match &write.target {
        Target::New { idempotency_key } => create(connection, idempotency_key).await?,
        Target::Existing(key) => key.number_in(scope)?,
    };
    if let Target::Existing(_) = write.target {
        expect(connection, number, write.expected).await?;
    }
    append(connection, (scope.key(number), log), write).await?;
    row::bind(sqlx::query(row::UPSERT), number, &write.row)
        .execute(&mut *connection)
        .await
        .map_err(backend)?;
    index(connection, number, write).await?;
    plan(connection, number, write).await?;
    Ok(scope.key(number))
}

/// Takes the next number for the holder of the key.
async fn create(connection: &mut SqliteConnection, key: &str) -> Result<u64, Error> {
    let sql = "INSERT INTO idempotency (key, submission)
        SELECT ?, (SELECT coalesce(max(submission), 0) + 1 FROM idempotency)
        WHERE true ON CONFLICT (key) DO NOTHING RETURNING submission";
    let number: Option<i64> =
        sqlx::query_scalar(sql).bind(key).fetch_optional(connection).await.map_err(backend)?;
    let number = number.and_then(|number| u64::try_from(number).ok());
    number.ok_or(Error::AlreadyExists { what: "submission" })
}

async fn expect(
    connection: &mut SqliteConnection,
    number: u64,
    expected: u32,
) -> Result<(), Error> {
    let entries: Option<u32> =
        sqlx::query_scalar("SELECT entries FROM submission WHERE number = ?")
            .bind(integer(number))
            .fetch_optional(connection)
            .await
            .map_err(backend)?;
    match entries {
        None => Err(SUBMISSION_NOT_FOUND),
        Some(entries) if entries != expected => Err(Error::Conflict),
        Some(_) => Ok(()),
    }
}

async fn append(
    connection: &mut SqliteConnection,
    (key, log): (Key, &mut Frontier),
    write: &Write,
) -> Result<(), Error> {
    for (position, entry) in (u64::from(write.expected)..).zip(&write.entries) {
        let (sequence, submission) = (log.size(), key.number());
        let place = Place { scope: key.scope(), sequence, submission, position };
        append_one(connection, (place, &mut *log), entry).await?;
    }
    Ok(())
}

async fn append_one(
    connection: &mut SqliteConnection,
    (place, log): (Place, &mut Frontier),
    entry: &Entry,
) -> Result<(), Error> {
    let record = entry.encode(place)?;
    log.append(leaf_hash(&record));
    let sql = "INSERT INTO entry (sequence, submission, position, record) VALUES (?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(integer(place.sequence))
        .bind(integer(place.submission))
        .bind(integer(place.position))
        .bind(record)
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

async fn record_notice(
    connection: &mut SqliteConnection,
    (scope, log): (Scope, &mut Frontier),
    notice: &Notice,
) -> Result<(), Error> {
    if let Some(change) = &notice.change {
        set(connection, change).await?;
    }
    let sql = "SELECT coalesce(max(position) + 1, 0) FROM entry WHERE submission = 0";
    let position: i64 =
        sqlx::query_scalar(sql).fetch_one(&mut *connection).await.map_err(backend)?;
    let (sequence, position) = (log.size(), position.unsigned_abs());
    append_one(connection, (Place { scope, sequence, submission: 0, position }, log), &notice.entry)
        .await
}

async fn set(connection: &mut SqliteConnection, change: &SettingChange) -> Result<(), Error> {
    let SettingChange { name, expected, value } = change;
    let sql = match expected {
        0 => {
            "INSERT INTO setting (name, version, value) SELECT ?1, ?2 + 1, ?3
            WHERE NOT EXISTS (SELECT 1 FROM setting WHERE name = ?1)"
        }
        _ => {
            "UPDATE setting SET version = version + 1, value = ?3 WHERE name = ?1 AND version = ?2"
        }
    };
    let done = sqlx::query(sql)
        .bind(name)
        .bind(expected)
        .bind(value.as_deref())
        .execute(connection)
        .await
        .map_err(backend)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Conflict) }
}

pub(super) async fn share(
    connection: &mut SqliteConnection,
    change: &SettingChange,
) -> Result<(), Error> {
    let SettingChange { name, expected, value } = change;
    let sql = match expected {
        0 => {
            "INSERT INTO shared (name, version, value) VALUES (?1, ?2 + 1, ?3) ON CONFLICT DO NOTHING"
        }
        _ => "UPDATE shared SET version = version + 1, value = ?3 WHERE name = ?1 AND version = ?2",
    };
    let done = sqlx::query(sql)
        .bind(name)
        .bind(expected)
        .bind(value.as_deref().unwrap_or_default())
        .execute(connection)
        .await
        .map_err(backend)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// The right edge of the log's tree, as it is within the transaction.
async fn head(connection: &mut SqliteConnection) -> Result<Frontier, Error> {
    let bytes: Vec<u8> = sqlx::query_scalar("SELECT frontier FROM log_head")
        .fetch_one(connection)
        .await
        .map_err(backend)?;
    let damaged = |_| Error::Damaged { finding: "the head of the log cannot be read" };
    Frontier::from_bytes(&bytes).map_err(damaged)
}

async fn keep_head(connection: &mut SqliteConnection, log: &Frontier) -> Result<(), Error> {
    sqlx::query("UPDATE log_head SET size = ?, frontier = ?")
        .bind(integer(log.size()))
        .bind(log.to_bytes())
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

/// Makes the row findable by any part of its order reference and source id.
async fn index(connection: &mut SqliteConnection, number: u64, write: &Write) -> Result<(), Error> {
    if !write.entries.iter().any(|entry| entry.body.names()) {
        return Ok(());
    }
    let grams: Vec<String> = trigrams(&searched(&write.row)).into_iter().collect();
    let grams = serde_json::to_string(&grams).map_err(other)?;
    let sql = "INSERT INTO trigram (gram, submission) SELECT value, ? FROM json_each(?)
        WHERE true ON CONFLICT DO NOTHING";
    sqlx::query(sql)
        .bind(integer(number))
        .bind(grams)
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

/// A record shows that the work goes on, so the strikes begin anew.
async fn plan(connection: &mut SqliteConnection, number: u64, write: &Write) -> Result<(), Error> {
    let sql = "INSERT INTO work (submission, due_at) VALUES (?1, ?2) ON CONFLICT DO UPDATE
        SET due_at = ?2, strikes = CASE WHEN ?3 THEN 0 ELSE strikes END";
    sqlx::query(sql)
        .bind(integer(number))
        .bind(write.due_at.map(|due| due.to_string()))
        .bind(!write.entries.is_empty())
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

pub(super) async fn lease(
    connection: &mut SqliteConnection,
    scope: Scope,
    request: &LeaseRequest,
) -> Result<Vec<Lease>, Error> {
    let sql = "UPDATE work
        SET leased_until = ?1, worker = ?2, token = token + 1, strikes = strikes + 1
        WHERE submission IN (
            SELECT submission FROM work
            WHERE due_at <= ?3 AND (leased_until IS NULL OR leased_until <= ?3)
            ORDER BY due_at, submission LIMIT ?4
        )
        RETURNING submission, token, strikes";
    let rows: Vec<(i64, i64, u32)> = sqlx::query_as(sql)
        .bind(request.until.to_string())
        .bind(&request.worker)
        .bind(request.now.to_string())
        .bind(request.limit)
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    let lease = |(number, token, strikes): (i64, i64, u32)| {
        let key = scope.key(number.unsigned_abs());
        Lease { key, token: token.unsigned_abs(), strikes }
    };
    Ok(rows.into_iter().map(lease).collect())
}

pub(super) async fn release(
    connection: &mut SqliteConnection,
    scope: Scope,
    lease: Lease,
    due_at: Option<Timestamp>,
) -> Result<(), Error> {
    let sql = "UPDATE work SET leased_until = NULL, worker = NULL, strikes = 0, due_at = ?
        WHERE submission = ? AND token = ?";
    sqlx::query(sql)
        .bind(due_at.map(|due| due.to_string()))
        .bind(integer(lease.key.number_in(scope)?))
        .bind(integer(lease.token))
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}
