//! The one writer of a store: whoever wants to record hands over a job, and jobs that come together
//! are made durable together.

use core::fmt;
use core::future::Future;
use std::sync::Arc;

use ksef_core::Timestamp;
use ksef_core::port::BoxError;
use tokio::sync::{mpsc, oneshot};

use crate::Error;
use crate::store::{Commit, Key, Lease, LeaseRequest, Release, SettingChange};

/// The most jobs that share a transaction.
const GROUP: usize = 128;

/// How many jobs may wait before callers do.
const QUEUE: usize = 1_024;

type Reply<T> = oneshot::Sender<Result<T, Error>>;

#[derive(Debug)]
pub(crate) enum Job {
    Commit(Commit, Reply<Vec<Key>>),
    Lease(LeaseRequest, Reply<Vec<Lease>>),
    Release(Release, Reply<()>),
    Share(SettingChange, Reply<()>),
}

/// What a job did.
#[derive(Debug)]
pub(crate) enum Outcome {
    Committed(Vec<Key>),
    Leased(Vec<Lease>),
    Released,
    Shared,
}

impl Job {
    /// What it records.
    #[cfg(feature = "postgres")]
    pub(crate) const fn commit(&self) -> Option<&Commit> {
        if let Self::Commit(commit, _) = self { Some(commit) } else { None }
    }

    /// When something is due because of it.
    fn due_at(&self) -> Option<Timestamp> {
        match self {
            Self::Commit(commit, _) => commit.writes.iter().filter_map(|write| write.due_at).min(),
            Self::Lease(request, _) => Some(request.until),
            Self::Release(release, _) => release.due_at,
            Self::Share(..) => None,
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
            (Self::Release(_, reply), Ok(Outcome::Released)) => drop(reply.send(Ok(()))),
            (Self::Share(_, reply), Ok(Outcome::Shared)) => drop(reply.send(Ok(()))),
            (Self::Commit(_, reply), Err(error)) => drop(reply.send(Err(error))),
            (Self::Lease(_, reply), Err(error)) => drop(reply.send(Err(error))),
            (Self::Release(_, reply), Err(error)) => drop(reply.send(Err(error))),
            (Self::Share(_, reply), Err(error)) => drop(reply.send(Err(error))),
            // An outcome is that of its job.
            _ => {}
        }
    }
}

/// How a database makes jobs durable.
pub(crate) trait Transactions: Send + 'static {
    /// The backend's name, for errors.
    const BACKEND: &'static str;

    /// Performs the jobs in one transaction, in which nobody else records for the same tenant. When
    /// it returns their outcomes, they are durable.
    ///
    /// A job that is refused leaves nothing behind; a job that the database fails on fails the group.
    fn together(
        &mut self,
        jobs: &[Job],
    ) -> impl Future<Output = Result<Vec<Result<Outcome, Error>>, Failure>> + Send;

    /// Does what follows from jobs that are done and that nobody waits for.
    fn follow(&mut self, _done: Done) -> impl Future<Output = ()> + Send {
        core::future::ready(())
    }
}

/// What follows from jobs that are done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    /// When something is due because of them.
    pub(crate) due_at: Option<Timestamp>,
    /// Whether they destroyed the value of a setting.
    pub(crate) has_destroyed: bool,
    /// How many they were.
    pub(crate) jobs: usize,
}

impl Done {
    fn add(&mut self, job: &Job) {
        self.due_at = job.due_at().into_iter().chain(self.due_at).min();
        self.has_destroyed |= job.destroys();
        self.jobs += 1;
    }
}

#[derive(Debug)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
    backend: &'static str,
}

impl Writer {
    /// Starts the writer; it ends when the store is dropped and all jobs are done.
    pub(crate) fn start<T: Transactions>(transactions: T) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(serve(transactions, queue));
        Self { jobs, backend: T::BACKEND }
    }

    /// Hands over a job and waits for it to be durable.
    pub(crate) async fn perform<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, Error> {
        let gone = || Error::Backend { backend: self.backend, source: GONE.into() };
        let (reply, answer) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

const GONE: &str = "the writer has ended with its runtime; open the store again";

/// Why the jobs of a transaction were not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// One of them is to blame: without it the others may be done.
    Job(Error),
    /// The transaction could not begin or end. What could not end may be done all the same, so it
    /// is not tried again here; the caller reads first.
    Transaction(Error),
}

async fn serve<T: Transactions>(mut transactions: T, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut jobs, GROUP).await > 0 {
        // Those who were answered just now may be about to hand over their next jobs.
        tokio::task::yield_now().await;
        while jobs.len() < GROUP
            && let Ok(job) = queue.try_recv()
        {
            jobs.push(job);
        }
        let outcomes = match transactions.together(&jobs).await {
            Ok(outcomes) => outcomes,
            Err(Failure::Job(error)) if jobs.len() == 1 => vec![Err(error)],
            Err(Failure::Job(_)) => one_by_one(&mut transactions, &jobs).await,
            Err(Failure::Transaction(error)) => for_all::<T>(error, jobs.len()),
        };
        let mut done = Done::default();
        for (job, outcome) in jobs.drain(..).zip(outcomes) {
            if outcome.is_ok() {
                done.add(&job);
            }
            job.answer(outcome);
        }
        transactions.follow(done).await;
    }
}

/// After a failure of the whole group: whichever job is to blame fails alone.
async fn one_by_one<T: Transactions>(
    transactions: &mut T,
    jobs: &[Job],
) -> Vec<Result<Outcome, Error>> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        match transactions.together(core::slice::from_ref(job)).await {
            Ok(alone) => outcomes.extend(alone),
            Err(Failure::Job(error)) => outcomes.push(Err(error)),
            Err(Failure::Transaction(error)) => {
                // Without transactions there is no use in trying the others.
                outcomes.extend(for_all::<T>(error, jobs.len() - outcomes.len()));
                break;
            }
        }
    }
    outcomes
}

/// The same error for everyone who waits.
fn for_all<T: Transactions>(error: Error, count: usize) -> Vec<Result<Outcome, Error>> {
    let source = match error {
        Error::Damaged { finding } => {
            return (0..count).map(|_| Err(Error::Damaged { finding })).collect();
        }
        Error::Backend { source, .. } => source,
        other => other.into(),
    };
    let shared = Shared(Arc::new(source));
    let error = |_| Err(Error::Backend { backend: T::BACKEND, source: shared.clone().into() });
    (0..count).map(error).collect()
}

/// An error that several callers get.
#[derive(Clone, Debug)]
struct Shared(Arc<BoxError>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Shared {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.source()
    }
}
