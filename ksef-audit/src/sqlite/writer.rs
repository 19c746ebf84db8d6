//! The one writer of a file: whoever wants to record hands over a job, and jobs that come together
//! are made durable together.

use ksef_core::Timestamp;
use sqlx::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use super::registry::Bell;
use super::{execute, other, write};
use crate::Error;
use crate::store::{Commit, Key, Lease, LeaseRequest, Scope};

/// The most jobs that share a transaction.
const GROUP: usize = 128;

/// How many jobs may wait before callers do.
const QUEUE: usize = 1_024;

type Reply<T> = oneshot::Sender<Result<T, Error>>;

#[derive(Debug)]
pub(super) enum Job {
    Commit(Commit, Reply<Vec<Key>>),
    Lease(LeaseRequest, Reply<Vec<Lease>>),
    Release(Lease, Option<Timestamp>, Reply<()>),
}

/// What a job did.
enum Outcome {
    Committed(Vec<Key>),
    Leased(Vec<Lease>),
    Released,
}

impl Job {
    /// When something is due because of it.
    fn due_at(&self) -> Option<Timestamp> {
        match self {
            Self::Commit(commit, _) => commit.writes.iter().filter_map(|write| write.due_at).min(),
            Self::Lease(request, _) => Some(request.until),
            Self::Release(_, due_at, _) => *due_at,
        }
    }

    /// Whether it destroys the value of a setting.
    fn destroys(&self) -> bool {
        let Self::Commit(commit, _) = self else { return false };
        let mut changes = commit.notices.iter().filter_map(|notice| notice.change.as_ref());
        changes.any(|change| change.value.is_none())
    }

    /// Tells whoever waits; a caller that has gone away is not missed.
    fn answer(self, outcome: Result<Outcome, Error>) {
        match (self, outcome) {
            (Self::Commit(_, reply), Ok(Outcome::Committed(keys))) => drop(reply.send(Ok(keys))),
            (Self::Lease(_, reply), Ok(Outcome::Leased(leases))) => drop(reply.send(Ok(leases))),
            (Self::Release(_, _, reply), Ok(Outcome::Released)) => drop(reply.send(Ok(()))),
            (Self::Commit(_, reply), Err(error)) => drop(reply.send(Err(error))),
            (Self::Lease(_, reply), Err(error)) => drop(reply.send(Err(error))),
            (Self::Release(_, _, reply), Err(error)) => drop(reply.send(Err(error))),
            // An outcome is that of its job.
            _ => {}
        }
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the writer; it ends when the store is dropped and all jobs are done.
    pub(super) fn start(scope: Scope, connection: SqliteConnection, bell: Bell) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(serve(scope, connection, queue, bell));
        Self { jobs }
    }

    /// Hands over a job and waits for it to be durable.
    pub(super) async fn perform<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn gone() -> Error {
    other("the writer has ended with its runtime; open the store again")
}

async fn serve(
    scope: Scope,
    mut connection: SqliteConnection,
    mut queue: mpsc::Receiver<Job>,
    bell: Bell,
) {
    let mut jobs = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut jobs, GROUP).await > 0 {
        let outcomes = match together(scope, &mut connection, &jobs).await {
            Ok(outcomes) => outcomes,
            Err(error) if jobs.len() == 1 => vec![Err(error)],
            Err(_) => one_by_one(scope, &mut connection, &jobs).await,
        };
        let mut due = None;
        let mut is_destroyed = false;
        for (job, outcome) in jobs.drain(..).zip(outcomes) {
            if outcome.is_ok() {
                due = job.due_at().into_iter().chain(due).min();
                is_destroyed |= job.destroys();
            }
            job.answer(outcome);
        }
        if let Some(at) = due {
            bell.ring(scope, at);
        }
        if is_destroyed {
            // The log of writes still has what was overwritten. Where a reader is in the way, the
            // last connection does it when it closes.
            let _ = execute(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
        }
    }
}

/// After a failure of the whole group: whichever job is to blame fails alone.
async fn one_by_one(
    scope: Scope,
    connection: &mut SqliteConnection,
    jobs: &[Job],
) -> Vec<Result<Outcome, Error>> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        let alone = together(scope, connection, core::slice::from_ref(job)).await;
        let outcome = alone.and_then(|mut outcomes| outcomes.pop().unwrap_or_else(|| Err(gone())));
        outcomes.push(outcome);
    }
    outcomes
}

/// Performs the jobs in one transaction. When it returns their outcomes, they are durable.
///
/// A job that is refused leaves nothing behind; a job that SQLite fails on fails the group.
async fn together(
    scope: Scope,
    connection: &mut SqliteConnection,
    jobs: &[Job],
) -> Result<Vec<Result<Outcome, Error>>, Error> {
    execute(connection, "BEGIN IMMEDIATE").await?;
    let outcomes = perform_all(scope, connection, jobs).await;
    let done = match &outcomes {
        Ok(_) => execute(connection, "COMMIT").await,
        Err(_) => Ok(()),
    };
    if outcomes.is_err() || done.is_err() {
        // SQLite may have rolled back by itself; then there is nothing to roll back.
        let _ = execute(connection, "ROLLBACK").await;
    }
    done.and(outcomes)
}

async fn perform_all(
    scope: Scope,
    connection: &mut SqliteConnection,
    jobs: &[Job],
) -> Result<Vec<Result<Outcome, Error>>, Error> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        execute(connection, "SAVEPOINT job").await?;
        let outcome = match job {
            Job::Commit(commit, _) => {
                write::commit(connection, scope, commit).await.map(Outcome::Committed)
            }
            Job::Lease(request, _) => {
                write::lease(connection, scope, request).await.map(Outcome::Leased)
            }
            Job::Release(lease, due_at, _) => {
                write::release(connection, scope, *lease, *due_at).await.map(|()| Outcome::Released)
            }
        };
        match outcome {
            Err(error @ Error::Backend { .. }) => return Err(error),
            Err(_) => execute(connection, "ROLLBACK TO job; RELEASE job").await?,
            Ok(_) => execute(connection, "RELEASE job").await?,
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}
