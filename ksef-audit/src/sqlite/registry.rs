//! The registry: one file beside those of the tenants.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use ksef_core::{Environment, Timestamp};
use sqlx::SqlitePool;
use tokio::sync::mpsc;

use super::{backend, connect, other, timestamp};
use crate::Error;
use crate::registry::{Due, EndpointId};
use crate::store::Scope;

/// How many notes may wait. One that finds no place is dropped: the sweep finds the work anyway.
const QUEUE: usize = 1_024;

/// What rings within this time after a note is written down with the next one: notes of a busy
/// tenant share their writes.
const PAUSE: Duration = Duration::from_millis(20);

/// Writes into the registry, and reads it.
#[derive(Debug)]
pub(super) struct Registrar {
    pool: SqlitePool,
    bell: Bell,
}

/// Tells the registry that a scope has work, without waiting for it.
#[derive(Clone, Debug)]
pub(super) struct Bell(mpsc::Sender<(Scope, Timestamp)>);

impl Bell {
    pub(super) fn ring(&self, scope: Scope, at: Timestamp) {
        // A full queue has rung already; what is lost with it is found by the sweep.
        let _ = self.0.try_send((scope, at));
    }
}

impl Registrar {
    /// Opens the registry of a folder. Files of tenants that it does not know, as after a loss of
    /// the registry, are entered again.
    pub(super) async fn open(folder: &Path) -> Result<Self, Error> {
        let file = folder.join("registry.sqlite");
        let pool = connect::registry(&file).await?;
        let (sender, queue) = mpsc::channel(QUEUE);
        tokio::spawn(listen(connect::notes(&file), queue));
        let registrar = Self { pool, bell: Bell(sender) };
        for file in std::fs::read_dir(folder).map_err(other)? {
            let name = file.map_err(other)?.file_name();
            if let Some(scope) = name.to_str().and_then(scope_of_file) {
                registrar.register(scope).await?;
            }
        }
        Ok(registrar)
    }

    pub(super) fn bell(&self) -> Bell {
        self.bell.clone()
    }

    pub(super) async fn register(&self, scope: Scope) -> Result<(), Error> {
        let sql = "INSERT INTO scope (tenant, environment)
            SELECT ?1, ?2 WHERE NOT EXISTS (
                SELECT 1 FROM scope WHERE tenant = ?1 AND environment = ?2
            ) ON CONFLICT DO NOTHING";
        self.execute(sql, scope).await
    }

    async fn execute(&self, sql: &'static str, scope: Scope) -> Result<(), Error> {
        sqlx::query(sql)
            .bind(scope.tenant().to_string())
            .bind(scope.environment().as_str())
            .execute(&self.pool)
            .await
            .map_err(backend)?;
        Ok(())
    }

    pub(super) async fn scopes(
        &self,
        after: Option<Scope>,
        limit: u32,
    ) -> Result<Vec<Scope>, Error> {
        let sql = "SELECT tenant, environment FROM scope WHERE (tenant, environment) > (?, ?)
            ORDER BY tenant, environment LIMIT ?";
        let (tenant, environment) = after.map_or_else(Default::default, |scope| {
            (scope.tenant().to_string(), scope.environment().as_str())
        });
        let rows: Vec<(String, String)> = sqlx::query_as(sql)
            .bind(tenant)
            .bind(environment)
            .bind(limit)
            .fetch_all(&self.pool)
            .await
            .map_err(backend)?;
        rows.iter().map(|(tenant, environment)| scope(tenant, environment)).collect()
    }

    pub(super) async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Due>, Error> {
        let sql = "SELECT tenant, environment, due_at FROM scope WHERE due_at <= ?
            ORDER BY due_at LIMIT ?";
        let rows: Vec<(String, String, String)> = sqlx::query_as(sql)
            .bind(now.to_string())
            .bind(limit)
            .fetch_all(&self.pool)
            .await
            .map_err(backend)?;
        let due = |(tenant, environment, at): &(String, String, String)| {
            Ok(Due { scope: scope(tenant, environment)?, at: timestamp(at)? })
        };
        rows.iter().map(due).collect()
    }

    /// How often `due_at` was brought forward: what [`Registrar::settle`] compares.
    pub(super) async fn noted(&self, scope: Scope) -> Result<i64, Error> {
        let sql = "SELECT noted FROM scope WHERE tenant = ? AND environment = ?";
        let noted: Option<i64> = sqlx::query_scalar(sql)
            .bind(scope.tenant().to_string())
            .bind(scope.environment().as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(backend)?;
        noted.ok_or(Error::NotFound { what: "tenant" })
    }

    /// Keeps what the ledger said, unless something was noted since.
    pub(super) async fn settle(
        &self,
        scope: Scope,
        noted: i64,
        next: Option<Timestamp>,
    ) -> Result<(), Error> {
        let sql = "UPDATE scope SET due_at = ?3
            WHERE tenant = ?1 AND environment = ?2 AND noted = ?4 AND due_at IS NOT ?3";
        sqlx::query(sql)
            .bind(scope.tenant().to_string())
            .bind(scope.environment().as_str())
            .bind(next.map(|at| at.to_string()))
            .bind(noted)
            .execute(&self.pool)
            .await
            .map_err(backend)?;
        Ok(())
    }

    pub(super) async fn assign(&self, endpoint: &EndpointId, scope: Scope) -> Result<(), Error> {
        self.register(scope).await?;
        let sql = "INSERT INTO endpoint (tenant, environment, id) VALUES (?, ?, ?)
            ON CONFLICT DO NOTHING";
        sqlx::query(sql)
            .bind(scope.tenant().to_string())
            .bind(scope.environment().as_str())
            .bind(endpoint.as_str())
            .execute(&self.pool)
            .await
            .map_err(backend)?;
        match self.endpoint(endpoint).await? {
            Some(owner) if owner == scope => Ok(()),
            _ => Err(Error::AlreadyExists { what: "tenant" }),
        }
    }

    pub(super) async fn endpoint(&self, endpoint: &EndpointId) -> Result<Option<Scope>, Error> {
        let found: Option<(String, String)> =
            sqlx::query_as("SELECT tenant, environment FROM endpoint WHERE id = ?")
                .bind(endpoint.as_str())
                .fetch_optional(&self.pool)
                .await
                .map_err(backend)?;
        found.map(|(tenant, environment)| scope(&tenant, &environment)).transpose()
    }

    pub(super) async fn remove(&self, endpoint: &EndpointId, scope: Scope) -> Result<(), Error> {
        let sql = "DELETE FROM endpoint WHERE tenant = ? AND environment = ? AND id = ?";
        sqlx::query(sql)
            .bind(scope.tenant().to_string())
            .bind(scope.environment().as_str())
            .bind(endpoint.as_str())
            .execute(&self.pool)
            .await
            .map_err(backend)?;
        Ok(())
    }
}

/// Writes down what rang, all that rang together at once, until the last store is dropped.
async fn listen(pool: SqlitePool, mut queue: mpsc::Receiver<(Scope, Timestamp)>) {
    let mut notes = Vec::with_capacity(QUEUE);
    while queue.recv_many(&mut notes, QUEUE).await > 0 {
        let mut earliest = BTreeMap::new();
        for (scope, at) in notes.drain(..) {
            earliest
                .entry(scope)
                .and_modify(|known: &mut Timestamp| *known = at.min(*known))
                .or_insert(at);
        }
        for (scope, at) in earliest {
            // What cannot be written down here is found by the sweep.
            let _ = note(&pool, scope, at).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn note(pool: &SqlitePool, scope: Scope, at: Timestamp) -> Result<(), sqlx::Error> {
    let sql = "UPDATE scope SET due_at = min(coalesce(due_at, ?3), ?3), noted = noted + 1
        WHERE tenant = ?1 AND environment = ?2";
    sqlx::query(sql)
        .bind(scope.tenant().to_string())
        .bind(scope.environment().as_str())
        .bind(at.to_string())
        .execute(pool)
        .await?;
    Ok(())
}

fn scope(tenant: &str, environment: &str) -> Result<Scope, Error> {
    let damaged = |_| Error::Damaged { finding: "a tenant in the registry cannot be read" };
    let environment = environment.parse().map_err(damaged)?;
    Ok(Scope::new(tenant.parse().map_err(damaged)?, environment))
}

fn scope_of_file(name: &str) -> Option<Scope> {
    let mut scopes = Environment::ALL.into_iter().filter_map(|environment| {
        let ending = format!(".{}.sqlite", environment.as_str().to_lowercase());
        Some(Scope::new(name.strip_suffix(&ending)?.parse().ok()?, environment))
    });
    scopes.next()
}
