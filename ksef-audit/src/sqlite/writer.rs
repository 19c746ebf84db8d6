//! The transactions of a file, on the one connection that writes into it.

use sqlx::SqliteConnection;

use super::registry::Bell;
use super::write::{Ends, Recording};
use super::{BACKEND, execute, index};
use crate::Error;
use crate::sql::writer::{Done, Failure, Job, Outcome, Transactions};
use crate::store::Scope;

/// After so many jobs, what they wrote is taken from the log of writes into the file itself.
const CHECKPOINT: usize = 256;

/// The connection that writes for a scope, and who is told when it has work.
#[derive(Debug)]
pub(super) struct FileTransactions {
    scope: Scope,
    connection: SqliteConnection,
    bell: Bell,
    /// Where everything ended with the last transaction, if nothing was done since but by others.
    ends: Option<Ends>,
    /// How many jobs were done since the last checkpoint.
    jobs: usize,
}

impl FileTransactions {
    pub(super) const fn new(scope: Scope, connection: SqliteConnection, bell: Bell) -> Self {
        Self { scope, connection, bell, ends: None, jobs: 0 }
    }

    async fn perform_all(
        &mut self,
        jobs: &[Job],
        ends: Option<Ends>,
    ) -> Result<Vec<Result<Outcome, Error>>, Failure> {
        let mut recording = Recording::begin(&mut self.connection, self.scope, ends);
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            outcomes.push(recording.perform(job).await?);
        }
        self.ends = recording.commit().await?;
        Ok(outcomes)
    }

    async fn roll_back(&mut self) {
        // SQLite may have rolled back by itself; then there is nothing to roll back.
        let _ = execute(&mut self.connection, "ROLLBACK").await;
    }

    /// Where a reader is in the way, a checkpoint does what it can; the next one does the rest. What
    /// fails here fails again where somebody waits for it.
    async fn checkpoint(&mut self, how: &'static str) {
        let _ = execute(&mut self.connection, how).await;
        self.jobs = 0;
    }
}

impl Transactions for FileTransactions {
    const BACKEND: &'static str = BACKEND;

    async fn together(&mut self, jobs: &[Job]) -> Result<Vec<Result<Outcome, Error>>, Failure> {
        let assumed = self.ends.take();
        let has_assumed = assumed.is_some();
        let mut outcomes = self.perform_all(jobs, assumed).await;
        if has_assumed && matches!(outcomes, Err(Failure::Job(_))) {
            // Somebody else has recorded, or something is refused.
            self.roll_back().await;
            outcomes = self.perform_all(jobs, None).await;
        }
        if outcomes.is_err() {
            self.roll_back().await;
        }
        outcomes
    }

    async fn follow(&mut self, done: Done) {
        if let Some(at) = done.due_at {
            self.bell.ring(self.scope, at);
        }
        let mut unindexed = self.ends.as_ref().map_or(0, Ends::unindexed);
        while unindexed >= index::TOGETHER {
            self.ends = None;
            let Ok(left) = index::next(&mut self.connection).await else {
                // Nothing is lost with it: what is not indexed is looked through.
                self.roll_back().await;
                break;
            };
            unindexed = left;
        }
        self.jobs += done.jobs;
        if done.has_destroyed {
            // The log of writes still has what was overwritten. Where a reader is in the way, the
            // last connection does it when it closes.
            self.checkpoint("PRAGMA wal_checkpoint(TRUNCATE)").await;
        } else if self.jobs >= CHECKPOINT {
            self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)").await;
        }
    }
}
