//! What the writer does within a transaction.
//!
//! Whoever records holds the log's head, and others wait: so what a group of jobs asks goes to the
//! server together, and what it writes as well.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};

use super::answer::{PATIENCE, ask};
use super::batch::Batch;
use super::connect::begin_writing;
use super::known::Known;
use super::read::first_due;
use super::statement::{own, query, scope, tuples};
use super::{BACKEND, backend};
use crate::Error;
use crate::sql::plan::Plan;
use crate::sql::writer::{Failure, Job, Outcome, Transactions as Jobs};
use crate::sql::{integer, unsigned};
use crate::store::{Commit, Lease, LeaseRequest, Release, Scope, SettingChange};

/// Transactions of one scope, each on a connection of the pool.
pub(super) struct Transactions {
    pool: PgPool,
    scope: Scope,
    begin: Arc<str>,
}

impl Transactions {
    pub(super) fn new(pool: PgPool, scope: Scope) -> Self {
        Self { pool, scope, begin: begin_writing(scope).into() }
    }
}

impl Jobs for Transactions {
    const BACKEND: &'static str = BACKEND;

    /// Where the server does not answer, it is not told to commit, or it may have done so.
    async fn together(&mut self, jobs: &[Job]) -> Result<Vec<Result<Outcome, Error>>, Failure> {
        let (scope, begin) = (self.scope, AssertSqlSafe(Arc::clone(&self.begin)));
        let work = async |connection: &mut PgConnection| {
            Ok(transaction(connection, begin, scope, jobs).await)
        };
        ask(&self.pool, PATIENCE, work).await.map_err(Failure::Transaction)?
    }
}

async fn transaction(
    connection: &mut PgConnection,
    begin: AssertSqlSafe<Arc<str>>,
    scope: Scope,
    jobs: &[Job],
) -> Result<Vec<Result<Outcome, Error>>, Failure> {
    let lost = |error| Failure::Transaction(backend(error));
    let mut transaction = connection.begin_with(begin).await.map_err(lost)?;
    match perform_all(&mut transaction, scope, jobs).await {
        // Whoever looked for work in vain does not wait for anything to be durable.
        Ok(outcomes) if !outcomes.iter().any(changes) => Ok(outcomes),
        Ok(outcomes) => {
            note_due(&mut transaction, scope).await.map_err(Failure::Transaction)?;
            transaction.commit().await.map_err(lost)?;
            Ok(outcomes)
        }
        Err(error) => {
            // A connection that is gone has rolled back by itself.
            let _ = transaction.rollback().await;
            Err(Failure::Job(error))
        }
    }
}

/// Whether something is different after it.
fn changes(outcome: &Result<Outcome, Error>) -> bool {
    match outcome {
        Ok(Outcome::Leased(leases)) => !leases.is_empty(),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// Commits first: they are decided upon and written together. In whatever order jobs came that wait
/// at the same time, none of them follows from another one.
async fn perform_all(
    connection: &mut PgConnection,
    scope: Scope,
    jobs: &[Job],
) -> Result<Vec<Result<Outcome, Error>>, Error> {
    let mut committed = Recording::record(connection, scope, jobs).await?.into_iter();
    release(connection, scope, jobs).await?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        outcomes.push(match job {
            Job::Commit(..) => committed.next().unwrap_or(Err(Error::Conflict)),
            Job::Lease(request, _) => Ok(Outcome::Leased(lease(connection, scope, request).await?)),
            Job::Release(release, _) => {
                release.lease.key.number_in(scope).map(|_| Outcome::Released)
            }
            Job::Share(change, _) => share(connection, scope, change).await?,
        });
    }
    Ok(outcomes)
}

/// The commits of a group, of which each is decided upon before anything is written.
#[derive(Debug)]
struct Recording<'a> {
    scope: Scope,
    known: Known,
    batch: Batch<'a>,
}

impl<'a> Recording<'a> {
    /// Performs the commits among the jobs. Those that are refused leave nothing behind.
    async fn record(
        connection: &mut PgConnection,
        scope: Scope,
        jobs: &'a [Job],
    ) -> Result<Vec<Result<Outcome, Error>>, Error> {
        let commits: Vec<_> = jobs.iter().filter_map(Job::commit).collect();
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let known = Known::ask(connection, scope, &commits).await?;
        let mut recording = Self { scope, known, batch: Batch::default() };
        let mut outcomes = Vec::new();
        for commit in commits {
            outcomes.push(recording.add(connection, commit).await?);
            if recording.batch.size() > LARGE {
                recording.write(connection).await?;
            }
        }
        recording.write(connection).await?;
        Ok(outcomes)
    }

    async fn add(
        &mut self,
        connection: &mut PgConnection,
        commit: &'a Commit,
    ) -> Result<Result<Outcome, Error>, Error> {
        let answers = self.known.answers(self.scope, commit);
        let plan = match Plan::new(self.scope, self.known.ends.clone(), commit, &answers) {
            Ok(plan) => plan,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for change in plan.notices.iter().filter_map(|(change, _)| *change) {
            set(connection, self.scope, change).await?;
        }
        let keys = plan.writes.iter().map(|(number, ..)| self.scope.key(*number)).collect();
        self.known.learn(&plan);
        self.batch.add(commit, plan);
        Ok(Ok(Outcome::Committed(keys)))
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        let batch = core::mem::take(&mut self.batch);
        batch.write(connection, self.scope, &self.known.ends.log).await
    }
}

/// From so many bytes of documents on, they go to the server before there are more.
const LARGE: usize = 16 * 1024 * 1024;

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
) -> Result<Result<Outcome, Error>, Error> {
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
    Ok(if done.rows_affected() == 1 { Ok(Outcome::Shared) } else { Err(Error::Conflict) })
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
    let lease = |(_, number, token, strikes): (String, i64, i64, i64)| {
        let (key, token) = (scope.key(unsigned(number)?), unsigned(token)?);
        Ok(Lease { key, token, strikes: u32::try_from(strikes).unwrap_or(u32::MAX) })
    };
    rows.into_iter().map(lease).collect()
}

/// Gives back all leases of the scope that are released.
async fn release(connection: &mut PgConnection, scope: Scope, jobs: &[Job]) -> Result<(), Error> {
    let sql = concat!(
        "UPDATE ksef_audit.work
        SET leased_until = NULL, worker = NULL, strikes = 0, due_at =
            CASE (SELECT entries FROM ksef_audit.submission WHERE ",
        own!(),
        " AND number = back.submission)
            WHEN back.seen THEN back.due_at ELSE work.due_at END
        FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
            AS back (submission, token, seen, due_at)
        WHERE ",
        own!(),
        " AND work.submission = back.submission AND work.token = back.token"
    );
    let mut back = BTreeMap::new();
    for job in jobs {
        if let Job::Release(Release { lease, seen, due_at }, _) = job
            && let Ok(number) = lease.key.number_in(scope)
        {
            let due_at = due_at.map(|due| due.to_string());
            back.insert((integer(number), integer(lease.token)), (i64::from(*seen), due_at));
        }
    }
    if back.is_empty() {
        return Ok(());
    }
    let (leases, due): (Vec<_>, Vec<_>) = back.into_iter().unzip();
    let (seen, due_at): (Vec<_>, Vec<_>) = due.into_iter().unzip();
    let (numbers, tokens): (Vec<_>, Vec<_>) = leases.into_iter().unzip();
    query(sql, scope)
        .bind(numbers)
        .bind(tokens)
        .bind(seen)
        .bind(due_at)
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
