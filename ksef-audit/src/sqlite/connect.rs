//! Opening files: the version of SQLite, the settings, the migrations, whose file it is.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool};

use super::script::STEPS;
use super::{backend, execute};
use crate::Error;
use crate::store::Scope;

/// The first version without the fault that damages a WAL which two connections write.
const OLDEST: [u32; 3] = [3, 51, 3];

/// How long a process waits for another one that writes.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many rows the connection's thread may be ahead of who reads them: a page of them, so that it does
/// not wait for each to be taken.
const ROWS: usize = 1_000;

const MAX_READERS: u32 = 4;

pub(super) async fn check_version() -> Result<(), Error> {
    let mut memory = SqliteConnection::connect("sqlite::memory:").await.map_err(backend)?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut memory)
        .await
        .map_err(backend)?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts.as_slice() < OLDEST.as_slice() {
        return Err(Error::Unsupported { what: "an SQLite older than 3.51.3" });
    }
    Ok(())
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(PATIENCE)
        .synchronous(SqliteSynchronous::Full)
        // What is destroyed is overwritten.
        .pragma("secure_delete", "ON")
        .row_buffer_size(ROWS)
        .disable_statement_logging()
}

fn writing(file: &Path) -> SqliteConnectOptions {
    options(file).create_if_missing(true).journal_mode(SqliteJournalMode::Wal)
}

/// The pages that the log of writes has when a transaction that grows it further takes them into the
/// file itself. In the ordinary course the writer did so before, when nobody waited.
const LOG_PAGES: &str = "10000";

pub(super) async fn writer(file: &Path, scope: Scope) -> Result<SqliteConnection, Error> {
    let options = writing(file).pragma("wal_autocheckpoint", LOG_PAGES);
    let mut connection = options.connect().await.map_err(backend)?;
    migrate(&mut connection, &MIGRATIONS).await?;
    check_scope(&mut connection, scope).await?;
    execute(&mut connection, STEPS).await?;
    Ok(connection)
}

/// The registry, for reading and writing.
pub(super) async fn registry(file: &Path) -> Result<SqlitePool, Error> {
    let mut connection = writing(file).connect().await.map_err(backend)?;
    migrate(&mut connection, &REGISTRY_MIGRATIONS).await?;
    connection.close().await.map_err(backend)?;
    Ok(SqlitePoolOptions::new().max_connections(MAX_READERS).connect_lazy_with(writing(file)))
}

/// The registry, for notes that nobody waits for and that the sweep makes good.
pub(super) fn notes(file: &Path) -> SqlitePool {
    let options = writing(file).synchronous(SqliteSynchronous::Normal);
    SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options)
}

pub(super) fn readers(file: &Path) -> SqlitePool {
    let options = options(file).pragma("query_only", "ON");
    SqlitePoolOptions::new().max_connections(MAX_READERS).connect_lazy_with(options)
}

/// How many connections read a snapshot: while the answer of one is taken apart, another one looks for
/// the next.
const SNAPSHOT_READERS: u32 = 3;

/// How often connections begin anew that do not see the same. Hardly ever is anything recorded between
/// two beginnings.
const SNAPSHOT_TRIES: u32 = 10;

/// The transaction begins with the first reading.
const BEGIN: &str = "BEGIN; SELECT count(*) FROM scope";

/// Connections that stay in one read transaction each, so everything is seen as it is now.
pub(super) async fn snapshot(file: &Path) -> Result<SqlitePool, Error> {
    let readers = still(file, SNAPSHOT_READERS).await?;
    if matches!(begin(&readers).await, Ok(true)) {
        return Ok(readers);
    }
    // One alone sees the same in any case. If a file cannot be read, it says so.
    let reader = still(file, 1).await?;
    sqlx::raw_sql(BEGIN).execute(&reader).await.map_err(backend)?;
    Ok(reader)
}

/// So many connections at most, none of which is ever closed while the pool is there.
async fn still(file: &Path, connections: u32) -> Result<SqlitePool, Error> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options(file).pragma("query_only", "ON"))
        .await
        .map_err(backend)
}

/// Opens all connections, and lets them begin until the log has the same head in each: it changes with
/// whatever is recorded. Returns whether they see the same.
///
/// It is not what the pool does after it has connected: that is tried again for half a minute where a
/// file cannot be read.
async fn begin(readers: &SqlitePool) -> Result<bool, sqlx::Error> {
    let mut connections = Vec::new();
    for _ in 0..readers.options().get_max_connections() {
        connections.push(readers.acquire().await?);
    }
    for _ in 0..SNAPSHOT_TRIES {
        let mut heads = BTreeSet::new();
        for connection in &mut connections {
            sqlx::raw_sql(BEGIN).execute(&mut **connection).await?;
            let head: Vec<u8> = sqlx::query_scalar("SELECT frontier FROM log_head")
                .fetch_one(&mut **connection)
                .await?;
            heads.insert(head);
        }
        if heads.len() == 1 {
            return Ok(true);
        }
        for connection in &mut connections {
            sqlx::raw_sql("ROLLBACK").execute(&mut **connection).await?;
        }
    }
    Ok(false)
}

/// Each step leads from the version that is its index to the next one. None is ever changed.
const MIGRATIONS: [&str; 6] = [
    include_str!("../../migrations/sqlite/0001_ledger.sql"),
    include_str!("../../migrations/sqlite/0002_settings.sql"),
    include_str!("../../migrations/sqlite/0003_search.sql"),
    include_str!("../../migrations/sqlite/0004_shared.sql"),
    include_str!("../../migrations/sqlite/0005_covering.sql"),
    include_str!("../../migrations/sqlite/0006_named.sql"),
];

const REGISTRY_MIGRATIONS: [&str; 1] = [include_str!("../../migrations/sqlite/registry_0001.sql")];

/// Forwards only, and all at once; a file of a later program is refused.
async fn migrate(
    connection: &mut SqliteConnection,
    migrations: &[&'static str],
) -> Result<(), Error> {
    execute(connection, "BEGIN IMMEDIATE").await?;
    let result = migrate_within(connection, migrations).await;
    execute(connection, if result.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    result
}

async fn migrate_within(
    connection: &mut SqliteConnection,
    migrations: &[&'static str],
) -> Result<(), Error> {
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(backend)?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(missing) = migrations.get(version..) else {
        return Err(Error::Unsupported { what: "a file that a later version of the program made" });
    };
    for sql in missing {
        sqlx::raw_sql(*sql).execute(&mut *connection).await.map_err(backend)?;
    }
    let version = format!("PRAGMA user_version = {}", migrations.len());
    sqlx::raw_sql(AssertSqlSafe(version)).execute(connection).await.map_err(backend)?;
    Ok(())
}

/// The file says whose it is, so a file that was moved to another name is not opened.
async fn check_scope(connection: &mut SqliteConnection, scope: Scope) -> Result<(), Error> {
    let (tenant, environment) = (scope.tenant().to_string(), scope.environment().as_str());
    sqlx::query(
        "INSERT INTO scope SELECT 1, ?, ? WHERE NOT EXISTS (SELECT 1 FROM entry)
        ON CONFLICT DO NOTHING",
    )
    .bind(&tenant)
    .bind(environment)
    .execute(&mut *connection)
    .await
    .map_err(backend)?;
    let found: Option<(String, String)> = sqlx::query_as("SELECT tenant, environment FROM scope")
        .fetch_optional(connection)
        .await
        .map_err(backend)?;
    if found != Some((tenant, environment.to_owned())) {
        return Err(Error::Damaged { finding: "the file is that of another tenant" });
    }
    Ok(())
}
