//! Connections: the migrations, what is checked at the start, the tenant of each transaction.

use core::time::Duration;
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tokio::sync::Mutex;

use super::answer::{PATIENCE, ask, ask_within, in_time};
use super::backend;
use super::statement::{query, scope};
use crate::Error;
use crate::store::Scope;

/// How long a call waits for a connection.
const FOR_CONNECTION: Duration = Duration::from_secs(5);

/// How long a connection that answered is taken for a good one.
const TRUSTED: Duration = Duration::from_millis(200);

const MAX_CONNECTIONS: u32 = 8;

fn options(address: &str) -> Result<PgConnectOptions, Error> {
    let options: PgConnectOptions = address.parse().map_err(backend)?;
    Ok(options.application_name("ksef-audit").disable_statement_logging())
}

/// Each step leads from the version that is its index to the next one. None is ever changed.
const MIGRATIONS: [&str; 7] = [
    include_str!("../../migrations/postgres/0001_ledger.sql"),
    include_str!("../../migrations/postgres/0002_search.sql"),
    include_str!("../../migrations/postgres/0003_shared.sql"),
    include_str!("../../migrations/postgres/0004_covering.sql"),
    include_str!("../../migrations/postgres/0005_together.sql"),
    include_str!("../../migrations/postgres/0006_found.sql"),
    include_str!("../../migrations/postgres/0007_named.sql"),
];

const GRANTS: &str = include_str!("../../migrations/postgres/grants.sql");

/// Forwards only, and all at once; the schema of a later program is refused.
pub(super) async fn migrate(address: &str, application: &str) -> Result<(), Error> {
    let connecting = options(address)?;
    let mut connection = in_time(FOR_CONNECTION, connecting.connect()).await?.map_err(backend)?;
    let mut transaction = connection.begin().await.map_err(backend)?;
    let begin = "SELECT pg_advisory_xact_lock(hashtext('ksef_audit.migration'));
        CREATE SCHEMA IF NOT EXISTS ksef_audit;
        CREATE TABLE IF NOT EXISTS ksef_audit.migration (version bigint PRIMARY KEY)";
    sqlx::raw_sql(begin).execute(&mut *transaction).await.map_err(backend)?;
    let version = version(&mut transaction).await?;
    let missing = MIGRATIONS.get(version..).ok_or(LATER)?;
    for (version, sql) in (1_i64..).skip(version).zip(missing) {
        sqlx::raw_sql(*sql).execute(&mut *transaction).await.map_err(backend)?;
        sqlx::query("INSERT INTO ksef_audit.migration VALUES ($1)")
            .bind(version)
            .execute(&mut *transaction)
            .await
            .map_err(backend)?;
    }
    sqlx::query("SELECT set_config('ksef_audit.application', $1, true)")
        .bind(application)
        .execute(&mut *transaction)
        .await
        .map_err(backend)?;
    sqlx::raw_sql(GRANTS).execute(&mut *transaction).await.map_err(backend)?;
    transaction.commit().await.map_err(backend)?;
    if !missing.is_empty() {
        // What a step wrote anew is answered by indexes alone only once this was done.
        let vacuum = "VACUUM (ANALYZE) ksef_audit.submission, ksef_audit.trigram";
        sqlx::raw_sql(vacuum).execute(&mut connection).await.map_err(backend)?;
    }
    connection.close().await.map_err(backend)
}

const LATER: Error =
    Error::Unsupported { what: "a schema that a later version of the program made" };

async fn version(connection: &mut PgConnection) -> Result<usize, Error> {
    let sql = "SELECT coalesce(max(version), 0) FROM ksef_audit.migration";
    let version: i64 = sqlx::query_scalar(sql).fetch_one(connection).await.map_err(backend)?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

pub(super) async fn pool(address: &str) -> Result<PgPool, Error> {
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(FOR_CONNECTION)
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move {
                if metadata.idle_for > TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options(address)?)
        .await
        .map_err(backend)?;
    ask(&pool, PATIENCE, async |connection| {
        check_server(connection).await?;
        check_schema(connection).await?;
        check_role(connection).await
    })
    .await?;
    Ok(pool)
}

async fn holds(connection: &mut PgConnection, sql: &'static str) -> Result<bool, Error> {
    sqlx::query_scalar(sql).fetch_one(connection).await.map_err(backend)
}

async fn check_server(connection: &mut PgConnection) -> Result<(), Error> {
    if !holds(connection, "SELECT current_setting('server_encoding') = 'UTF8'").await? {
        return Err(Error::Unsupported { what: "a database whose encoding is not UTF-8" });
    }
    if !holds(connection, "SELECT current_setting('fsync') = 'on'").await? {
        return Err(Error::Unsupported { what: "a server with fsync = off" });
    }
    Ok(())
}

async fn check_schema(connection: &mut PgConnection) -> Result<(), Error> {
    const EARLIER: Error =
        Error::Unsupported { what: "a schema that is not there or out of date; migrate it" };
    if !holds(connection, "SELECT to_regclass('ksef_audit.migration') IS NOT NULL").await? {
        return Err(EARLIER);
    }
    match version(connection).await?.cmp(&MIGRATIONS.len()) {
        core::cmp::Ordering::Less => Err(EARLIER),
        core::cmp::Ordering::Equal => Ok(()),
        core::cmp::Ordering::Greater => Err(LATER),
    }
}

/// Row security must bind the role, which it does not if the role owns a table or is a superuser.
async fn check_role(connection: &mut PgConnection) -> Result<(), Error> {
    let is_bound = "SELECT NOT (rolsuper OR rolbypassrls) AND NOT EXISTS (
            SELECT 1 FROM pg_class
            WHERE relnamespace = 'ksef_audit'::regnamespace AND pg_has_role(relowner, 'MEMBER')
        ) FROM pg_roles WHERE rolname = current_user";
    if !holds(connection, is_bound).await? {
        return Err(Error::Unsupported { what: "a role that row security does not bind" });
    }
    let is_forced = "SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class
        WHERE relnamespace = 'ksef_audit'::regnamespace AND relkind = 'r'
            AND relname <> 'migration'";
    if !holds(connection, is_forced).await? {
        return Err(Error::Unsupported { what: "tables without row security" });
    }
    Ok(())
}

/// Sets the tenant for the transaction, and how long its statements may take. Each is over before other
/// processes would be there to help. No text has a character that SQL would mind.
fn set_scope(scope: Scope) -> String {
    format!(
        "SELECT set_config('ksef_audit.tenant', '{}', true), \
         set_config('ksef_audit.environment', '{}', true), \
         set_config('max_parallel_workers_per_gather', '0', true), \
         set_config('statement_timeout', '{}', true)",
        scope.tenant(),
        scope.environment().as_str(),
        PATIENCE.as_millis()
    )
}

/// Changes what is read before a tenant is known, in a transaction of the scope.
pub(super) async fn change(
    pool: &PgPool,
    scope: Scope,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<(), Error>,
) -> Result<(), Error> {
    ask(pool, PATIENCE, async |connection| {
        let begin = AssertSqlSafe(format!("BEGIN; {}", set_scope(scope)));
        let mut transaction = connection.begin_with(begin).await.map_err(backend)?;
        work(&mut transaction).await?;
        transaction.commit().await.map_err(backend)
    })
    .await
}

/// Enters the scope, and begins its log.
pub(super) async fn register(pool: &PgPool, scope: Scope) -> Result<(), Error> {
    let sql = [
        concat!(
            "INSERT INTO ksef_audit.scope (tenant, environment) VALUES (",
            scope!(),
            ") ON CONFLICT DO NOTHING"
        ),
        concat!(
            "INSERT INTO ksef_audit.log_head (tenant, environment, size, frontier) VALUES (",
            scope!(),
            ", 0, decode('0000000000000000', 'hex')) ON CONFLICT DO NOTHING"
        ),
    ];
    change(pool, scope, async |connection| {
        for sql in sql {
            query(sql, scope).execute(&mut *connection).await.map_err(backend)?;
        }
        Ok(())
    })
    .await
}

/// A transaction of the scope in which nobody else records for it, since its head is locked.
///
/// What it records is durable when it commits, whatever the server's default. A process that is
/// stopped in the middle loses the lock, and the transaction, after a while. The statements are always
/// the same few and find rows by their keys: to plan them anew would take longer than to run them, while
/// everybody else waits.
pub(super) fn begin_writing(scope: Scope) -> String {
    format!(
        "BEGIN; SET LOCAL lock_timeout = '10s'; \
         SET LOCAL plan_cache_mode = 'force_generic_plan'; \
         SET LOCAL idle_in_transaction_session_timeout = '30s'; \
         SELECT set_config('synchronous_commit', 'on', true) \
         WHERE current_setting('synchronous_commit') = 'off'; {}; \
         SELECT 1 FROM ksef_audit.log_head \
         WHERE tenant = '{}' AND environment = '{}' FOR UPDATE",
        set_scope(scope),
        scope.tenant(),
        scope.environment().as_str()
    )
}

/// How a reading transaction runs its statements. They answer within milliseconds; to compile one, or to
/// start processes for it, as the server does when it guesses that there are many rows, may take seconds.
const PLAINLY: &str = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0";

/// Where reading happens.
#[derive(Debug)]
pub(super) enum Readers {
    /// Each time in a transaction of its own, which begins with this statement.
    Now(PgPool, Arc<str>),
    /// In one transaction that stays as it is.
    Snapshot(Mutex<PgConnection>),
}

impl Readers {
    pub(super) fn now(pool: PgPool, scope: Scope) -> Self {
        Self::Now(pool, format!("BEGIN READ ONLY; {PLAINLY}; {}", set_scope(scope)).into())
    }

    /// Reads in a transaction of the scope.
    pub(super) async fn read<T>(
        &self,
        patience: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self {
            Self::Now(pool, begin) => ask_within(pool, begin, patience, work).await,
            Self::Snapshot(connection) => {
                let mut connection = connection.lock().await;
                in_time(patience, work(&mut connection)).await?
            }
        }
    }

    /// One connection that stays in one transaction, so everything is seen as it is now.
    pub(super) async fn snapshot(&self, scope: Scope) -> Result<Self, Error> {
        let Self::Now(pool, _) = self else {
            return Err(Error::Unsupported { what: "a snapshot of a snapshot" });
        };
        let mut connection = pool.acquire().await.map_err(backend)?.detach();
        // What is seen is decided by the first statement that reads.
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {PLAINLY}; {}; \
             SELECT count(*) FROM ksef_audit.log_head",
            set_scope(scope)
        );
        let begun = sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut connection);
        in_time(PATIENCE, begun).await?.map_err(backend)?;
        Ok(Self::Snapshot(Mutex::new(connection)))
    }
}
