//! Waiting for answers, but not for ever.
//!
//! The server ends by itself what takes too long. One that is frozen, or gone without a word, does
//! not, so whoever asks gives up as well.

use core::future::Future;
use core::time::Duration;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres};
use tokio::time::timeout;

use super::{BACKEND, backend};
use crate::Error;

/// How long a transaction may take, from its beginning to its answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How long a look at every row may take.
pub(super) const LONG: Duration = Duration::from_secs(600);

/// A connection of the pool, for whoever asks on it to the end. If it is dropped before, it is closed:
/// in what state it is, and what it may still be answered, is not known.
#[derive(Debug)]
struct Held {
    connection: PoolConnection<Postgres>,
    is_done: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_done {
            self.connection.close_on_drop();
        }
    }
}

/// Asks on a connection of the pool.
pub(super) async fn ask<T>(
    pool: &PgPool,
    patience: Duration,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let connection = pool.acquire().await.map_err(backend)?;
    let mut held = Held { connection, is_done: false };
    let answer = in_time(patience, work(&mut held.connection)).await?;
    held.is_done = true;
    answer
}

/// Asks in a transaction that begins with this statement, and that is rolled back.
pub(super) async fn ask_within<T>(
    pool: &PgPool,
    begin: &Arc<str>,
    patience: Duration,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    ask(pool, patience, async |connection| {
        let begin = AssertSqlSafe(Arc::clone(begin));
        let mut transaction = connection.begin_with(begin).await.map_err(backend)?;
        work(&mut transaction).await
    })
    .await
}

/// What comes in time, or an error.
pub(super) async fn in_time<T>(
    patience: Duration,
    answer: impl Future<Output = T>,
) -> Result<T, Error> {
    timeout(patience, answer).await.map_err(|late| Error::Backend {
        backend: BACKEND,
        source: format!("the server has not answered in time: {late}").into(),
    })
}
