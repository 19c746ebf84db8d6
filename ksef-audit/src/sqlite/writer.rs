//! The transactions of a file, on the one connection that writes into it.

use sqlx::SqliteConnection;

use super::registry::Bell;
use super::{BACKEND, execute, write};
use crate::Error;
use crate::sql::writer::{Done, Job, Outcome, Transactions};
use crate::store::Scope;

/// The connection that writes for a scope, and who is told when it has work.
#[derive(Debug)]
pub(super) struct FileTransactions {
    pub(super) scope: Scope,
    pub(super) connection: SqliteConnection,
    pub(super) bell: Bell,
}

impl Transactions for FileTransactions {
    const BACKEND: &'static str = BACKEND;

    async fn begin(&mut self) -> Result<(), Error> {
        execute(&mut self.connection, "BEGIN IMMEDIATE").await
    }

    async fn execute(&mut self, sql: &'static str) -> Result<(), Error> {
        execute(&mut self.connection, sql).await
    }

    async fn perform(&mut self, job: &Job) -> Result<Outcome, Error> {
        let (scope, connection) = (self.scope, &mut self.connection);
        match job {
            Job::Commit(commit, _) => {
                write::commit(connection, scope, commit).await.map(Outcome::Committed)
            }
            Job::Lease(request, _) => {
                write::lease(connection, scope, request).await.map(Outcome::Leased)
            }
            Job::Release(lease, due_at, _) => {
                write::release(connection, scope, *lease, *due_at).await.map(|()| Outcome::Released)
            }
            Job::Share(change, _) => {
                write::share(connection, change).await.map(|()| Outcome::Shared)
            }
        }
    }

    async fn commit(&mut self) -> Result<(), Error> {
        let done = execute(&mut self.connection, "COMMIT").await;
        if done.is_err() {
            self.roll_back().await;
        }
        done
    }

    async fn roll_back(&mut self) {
        // SQLite may have rolled back by itself; then there is nothing to roll back.
        let _ = execute(&mut self.connection, "ROLLBACK").await;
    }

    async fn follow(&mut self, done: Done) {
        if let Some(at) = done.due_at {
            self.bell.ring(self.scope, at);
        }
        if done.has_destroyed {
            // The log of writes still has what was overwritten. Where a reader is in the way, the
            // last connection does it when it closes.
            let _ = execute(&mut self.connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
        }
    }
}
