//! What the writer does within a transaction.

use std::sync::Arc;

use ksef_core::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use super::connect::begin_writing;
use super::read::first_due;
use super::statement::{own, query, scalar, scope, tuples};
use super::{BACKEND, backend, read};
use crate::entry::Place;
use crate::log::{Frontier, leaf_hash};
use crate::query::{index_trigrams, searched};
use crate::sql::row::{columns, parameters, updates, values};
use crate::sql::writer::{Failure, Job, Outcome, Transactions as Jobs};
use crate::sql::{bind_values, integer};
use crate::store::{
    Commit, Content, Key, Lease, LeaseRequest, NewDocument, Notice, SUBMISSION_NOT_FOUND, Scope,
    SealedKey, SettingChange, Target, Write,
};
use crate::{Entry, Error};

/// Transactions of one scope, each on a connection of the pool.
pub(super) struct Transactions {
    pool: PgPool,
    scope: Scope,
    begin: Arc<str>,
    open: Option<Transaction<'static, Postgres>>,
}

impl Transactions {
    pub(super) fn new(pool: PgPool, scope: Scope) -> Self {
        Self { pool, scope, begin: begin_writing(scope).into(), open: None }
    }

    fn connection(&mut self) -> Result<&mut PgConnection, Error> {
        let none = || Error::Backend { backend: BACKEND, source: "no transaction is open".into() };
        self.open.as_deref_mut().ok_or_else(none)
    }
}

impl Transactions {
    async fn begin(&mut self) -> Result<(), Error> {
        let begin = AssertSqlSafe(Arc::clone(&self.begin));
        self.open = Some(self.pool.begin_with(begin).await.map_err(backend)?);
        Ok(())
    }

    async fn execute(&mut self, sql: &'static str) -> Result<(), Error> {
        sqlx::raw_sql(sql).execute(self.connection()?).await.map_err(backend)?;
        Ok(())
    }

    async fn perform(&mut self, job: &Job) -> Result<Outcome, Error> {
        let scope = self.scope;
        let connection = self.connection()?;
        match job {
            Job::Commit(work, _) => commit(connection, scope, work).await.map(Outcome::Committed),
            Job::Lease(request, _) => lease(connection, scope, request).await.map(Outcome::Leased),
            Job::Release(lease, due_at, _) => {
                release(connection, scope, *lease, *due_at).await.map(|()| Outcome::Released)
            }
            Job::Share(change, _) => {
                share(connection, scope, change).await.map(|()| Outcome::Shared)
            }
        }
    }

    /// A job that is alone needs no savepoint: what it left goes with the transaction.
    async fn perform_all(&mut self, jobs: &[Job]) -> Result<Vec<Result<Outcome, Error>>, Error> {
        if let [job] = jobs {
            return Ok(vec![Ok(self.perform(job).await?)]);
        }
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            self.execute("SAVEPOINT job").await?;
            let outcome = self.perform(job).await;
            match outcome {
                Err(error @ Error::Backend { .. }) => return Err(error),
                Err(_) => self.execute("ROLLBACK TO job; RELEASE job").await?,
                Ok(_) => self.execute("RELEASE job").await?,
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn commit(&mut self) -> Result<(), Error> {
        let Some(mut transaction) = self.open.take() else { return Ok(()) };
        note_due(&mut transaction, self.scope).await?;
        transaction.commit().await.map_err(backend)
    }

    async fn roll_back(&mut self) {
        if let Some(transaction) = self.open.take() {
            // A connection that is gone has rolled back by itself.
            let _ = transaction.rollback().await;
        }
    }
}

impl Jobs for Transactions {
    const BACKEND: &'static str = BACKEND;

    async fn together(&mut self, jobs: &[Job]) -> Result<Vec<Result<Outcome, Error>>, Failure> {
        self.begin().await.map_err(Failure::Transaction)?;
        match self.perform_all(jobs).await {
            Ok(outcomes) => {
                self.commit().await.map_err(Failure::Transaction)?;
                Ok(outcomes)
            }
            Err(error) => {
                self.roll_back().await;
                Err(Failure::Job(error))
            }
        }
    }
}

async fn commit(
    connection: &mut PgConnection,
    scope: Scope,
    commit: &Commit,
) -> Result<Vec<Key>, Error> {
    for document in &commit.documents {
        keep(connection, scope, document).await?;
    }
    for key in &commit.session_keys {
        keep_key(connection, scope, key).await?;
    }
    let mut log = read::frontier(connection, scope).await?;
    let before = log.size();
    let mut keys = Vec::with_capacity(commit.writes.len());
    for write in &commit.writes {
        keys.push(record(connection, (scope, &mut log), write).await?);
    }
    for notice in &commit.notices {
        record_notice(connection, (scope, &mut log), notice).await?;
    }
    if log.size() > before {
        keep_head(connection, scope, &log).await?;
    }
    Ok(keys)
}

/// The same digest is the same bytes, so what is there stays.
async fn keep(
    connection: &mut PgConnection,
    scope: Scope,
    document: &NewDocument,
) -> Result<(), Error> {
    let sql = concat!(
        "INSERT INTO ksef_audit.document (tenant, environment, digest, kind, bytes) VALUES (",
        scope!(),
        ", $3, $4, $5) ON CONFLICT DO NOTHING"
    );
    let bytes = match &document.content {
        Content::Inline(bytes) => Some(bytes.to_vec()),
        Content::Elsewhere => None,
    };
    query(sql, scope)
        .bind(document.digest.as_bytes().to_vec())
        .bind(document.kind.as_str())
        .bind(bytes)
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

async fn keep_key(
    connection: &mut PgConnection,
    scope: Scope,
    key: &SealedKey,
) -> Result<(), Error> {
    let sql = concat!(
        "INSERT INTO ksef_audit.session_key (tenant, environment, session, sealed) VALUES (",
        scope!(),
        ", $3, $4) ON CONFLICT DO NOTHING"
    );
    query(sql, scope)
        .bind(key.session.as_str().to_owned())
        .bind(key.sealed.clone())
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

async fn record(
    connection: &mut PgConnection,
    (scope, log): (Scope, &mut Frontier),
    write: &Write,
) -> Result<Key, Error> {
    let number = match &write.target {
        Target::New { idempotency_key } => create(connection, scope, idempotency_key).await?,
        Target::Existing(key) => key.number_in(scope)?,
    };
    if let Target::Existing(_) = write.target {
        expect(connection, scope, number, write.expected).await?;
    }
    let key = scope.key(number);
    append(connection, (key, log), write.expected, &write.entries).await?;
    keep_row(connection, key, write).await?;
    index(connection, key, write).await?;
    plan(connection, key, write).await?;
    Ok(key)
}

/// Takes the next number for the holder of the key.
async fn create(connection: &mut PgConnection, scope: Scope, key: &str) -> Result<u64, Error> {
    let sql = concat!(
        "INSERT INTO ksef_audit.idempotency (tenant, environment, key, submission) SELECT ",
        scope!(),
        ", $3, coalesce(max(submission), 0) + 1 FROM ksef_audit.idempotency WHERE ",
        own!(),
        " ON CONFLICT (tenant, environment, key) DO NOTHING RETURNING submission"
    );
    let number: Option<i64> = scalar(sql, scope)
        .bind(key.to_owned())
        .fetch_optional(connection)
        .await
        .map_err(backend)?;
    let number = number.and_then(|number| u64::try_from(number).ok());
    number.ok_or(Error::AlreadyExists { what: "submission" })
}

async fn expect(
    connection: &mut PgConnection,
    scope: Scope,
    number: u64,
    expected: u32,
) -> Result<(), Error> {
    let sql =
        concat!("SELECT entries FROM ksef_audit.submission WHERE ", own!(), " AND number = $3");
    let entries: Option<i64> = scalar(sql, scope)
        .bind(integer(number))
        .fetch_optional(connection)
        .await
        .map_err(backend)?;
    match entries {
        None => Err(SUBMISSION_NOT_FOUND),
        Some(entries) if entries != i64::from(expected) => Err(Error::Conflict),
        Some(_) => Ok(()),
    }
}

async fn append(
    connection: &mut PgConnection,
    (key, log): (Key, &mut Frontier),
    expected: u32,
    entries: &[Entry],
) -> Result<(), Error> {
    let (scope, submission) = (key.scope(), key.number());
    for (position, entry) in (u64::from(expected)..).zip(entries) {
        let place = Place { scope, sequence: log.size(), submission, position };
        append_one(connection, (place, log), entry).await?;
    }
    Ok(())
}

async fn append_one(
    connection: &mut PgConnection,
    (place, log): (Place, &mut Frontier),
    entry: &Entry,
) -> Result<(), Error> {
    let sql = concat!(
        "INSERT INTO ksef_audit.entry
            (tenant, environment, sequence, submission, position, record)
        VALUES (",
        scope!(),
        ", $3, $4, $5, $6)"
    );
    let record = entry.encode(place)?;
    log.append(leaf_hash(&record));
    query(sql, place.scope)
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
    connection: &mut PgConnection,
    (scope, log): (Scope, &mut Frontier),
    notice: &Notice,
) -> Result<(), Error> {
    if let Some(change) = &notice.change {
        set(connection, scope, change).await?;
    }
    let sql = concat!(
        "SELECT coalesce(max(position) + 1, 0) FROM ksef_audit.entry WHERE ",
        own!(),
        " AND submission = 0"
    );
    let position: i64 = scalar(sql, scope).fetch_one(&mut *connection).await.map_err(backend)?;
    let (sequence, position) = (log.size(), position.unsigned_abs());
    let place = Place { scope, sequence, submission: 0, position };
    append_one(connection, (place, log), &notice.entry).await
}

async fn set(
    connection: &mut PgConnection,
    scope: Scope,
    change: &SettingChange,
) -> Result<(), Error> {
    let sql = match change.expected {
        0 => concat!(
            "INSERT INTO ksef_audit.setting (tenant, environment, name, version, value) VALUES (",
            scope!(),
            ", $3, $4 + 1, $5) ON CONFLICT DO NOTHING"
        ),
        _ => concat!(
            "UPDATE ksef_audit.setting SET version = version + 1, value = $5 WHERE ",
            own!(),
            " AND name = $3 AND version = $4"
        ),
    };
    let done = query(sql, scope)
        .bind(change.name.clone())
        .bind(i64::from(change.expected))
        .bind(change.value.clone())
        .execute(connection)
        .await
        .map_err(backend)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Conflict) }
}

async fn share(
    connection: &mut PgConnection,
    scope: Scope,
    change: &SettingChange,
) -> Result<(), Error> {
    let sql = match change.expected {
        0 => concat!(
            "INSERT INTO ksef_audit.shared (tenant, environment, name, version, value) VALUES (",
            scope!(),
            ", $3, $4 + 1, $5) ON CONFLICT DO NOTHING"
        ),
        _ => concat!(
            "UPDATE ksef_audit.shared SET version = version + 1, value = $5 WHERE ",
            own!(),
            " AND name = $3 AND version = $4"
        ),
    };
    let done = query(sql, scope)
        .bind(change.name.clone())
        .bind(i64::from(change.expected))
        .bind(change.value.clone().unwrap_or_default())
        .execute(connection)
        .await
        .map_err(backend)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Conflict) }
}

async fn keep_head(
    connection: &mut PgConnection,
    scope: Scope,
    log: &Frontier,
) -> Result<(), Error> {
    let sql = concat!("UPDATE ksef_audit.log_head SET size = $3, frontier = $4 WHERE ", own!());
    query(sql, scope)
        .bind(integer(log.size()))
        .bind(log.to_bytes())
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

async fn keep_row(connection: &mut PgConnection, key: Key, write: &Write) -> Result<(), Error> {
    let sql = concat!(
        "INSERT INTO ksef_audit.submission (",
        columns!(),
        ", tenant, environment) VALUES (",
        parameters!(),
        ", $23::uuid, $24::ksef_audit.environment)
        ON CONFLICT (tenant, environment, number) DO UPDATE SET ",
        updates!()
    );
    let scope = key.scope();
    bind_values!(sqlx::query(sql), values(key.number(), &write.row))
        .bind(scope.tenant().to_string())
        .bind(scope.environment().as_str())
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

/// Makes the row findable by any part of its order reference and source id.
async fn index(connection: &mut PgConnection, key: Key, write: &Write) -> Result<(), Error> {
    if !write.entries.iter().any(|entry| entry.body.names()) {
        return Ok(());
    }
    let sql = concat!(
        "INSERT INTO ksef_audit.trigram (tenant, environment, gram, submission) SELECT ",
        scope!(),
        ", gram, $3 FROM unnest($4::text[]) AS gram ON CONFLICT DO NOTHING"
    );
    let grams: Vec<String> = index_trigrams(&searched(&write.row)).into_iter().collect();
    query(sql, key.scope())
        .bind(integer(key.number()))
        .bind(grams)
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

/// A record shows that the work goes on, so the strikes begin anew.
async fn plan(connection: &mut PgConnection, key: Key, write: &Write) -> Result<(), Error> {
    let sql = concat!(
        "INSERT INTO ksef_audit.work AS known (tenant, environment, submission, due_at) VALUES (",
        scope!(),
        ", $3, $4) ON CONFLICT (tenant, environment, submission) DO UPDATE
        SET due_at = $4, strikes = CASE WHEN $5 THEN 0 ELSE known.strikes END"
    );
    query(sql, key.scope())
        .bind(integer(key.number()))
        .bind(write.due_at.map(|due| due.to_string()))
        .bind(!write.entries.is_empty())
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

async fn lease(
    connection: &mut PgConnection,
    scope: Scope,
    request: &LeaseRequest,
) -> Result<Vec<Lease>, Error> {
    let sql = concat!(
        "UPDATE ksef_audit.work
        SET leased_until = $3, worker = $4, token = token + 1, strikes = strikes + 1
        WHERE ",
        own!(),
        " AND submission IN (SELECT submission FROM ksef_audit.work WHERE ",
        own!(),
        " AND due_at <= $5 AND (leased_until IS NULL OR leased_until <= $5)
            ORDER BY due_at, submission LIMIT $6)
        RETURNING due_at, submission, token, strikes"
    );
    let mut rows: Vec<(String, i64, i64, i64)> = tuples(sql, scope)
        .bind(request.until.to_string())
        .bind(request.worker.clone())
        .bind(request.now.to_string())
        .bind(i64::from(request.limit))
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    rows.sort_unstable();
    let lease = |(_, number, token, strikes): (String, i64, i64, i64)| Lease {
        key: scope.key(number.unsigned_abs()),
        token: token.unsigned_abs(),
        strikes: u32::try_from(strikes).unwrap_or(u32::MAX),
    };
    Ok(rows.into_iter().map(lease).collect())
}

async fn release(
    connection: &mut PgConnection,
    scope: Scope,
    lease: Lease,
    due_at: Option<Timestamp>,
) -> Result<(), Error> {
    let sql = concat!(
        "UPDATE ksef_audit.work
        SET leased_until = NULL, worker = NULL, strikes = 0, due_at = $3
        WHERE ",
        own!(),
        " AND submission = $4 AND token = $5"
    );
    query(sql, scope)
        .bind(due_at.map(|due| due.to_string()))
        .bind(integer(lease.key.number_in(scope)?))
        .bind(integer(lease.token))
        .execute(connection)
        .await
        .map_err(backend)?;
    Ok(())
}

/// Notes in the scope's own row, which is read before a tenant is known, when it has work next.
async fn note_due(connection: &mut PgConnection, scope: Scope) -> Result<(), Error> {
    let sql = concat!(
        "WITH next AS (SELECT ",
        first_due!(),
        " AS at)
        UPDATE ksef_audit.scope SET due_at = next.at FROM next WHERE ",
        own!(),
        " AND due_at IS DISTINCT FROM next.at"
    );
    query(sql, scope).execute(connection).await.map_err(backend)?;
    Ok(())
}
