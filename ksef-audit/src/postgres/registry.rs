//! What is read before a tenant is known.

use ksef_core::Timestamp;
use sqlx::PgPool;

use super::answer::{PATIENCE, ask};
use super::backend;
use super::connect::{change, register};
use super::read::timestamp;
use super::statement::{own, query, scope as scope_values};
use crate::Error;
use crate::registry::{Due, EndpointId};
use crate::store::Scope;

pub(super) async fn scopes(
    pool: &PgPool,
    after: Option<Scope>,
    limit: u32,
) -> Result<Vec<Scope>, Error> {
    let sql = "SELECT tenant::text, environment::text FROM ksef_audit.scope
        WHERE $1 IS NULL OR (tenant, environment) > ($1::uuid, $2::ksef_audit.environment)
        ORDER BY tenant, environment LIMIT $3";
    let asked = sqlx::query_as(sql)
        .bind(after.map(|scope| scope.tenant().to_string()))
        .bind(after.map(|scope| scope.environment().as_str()))
        .bind(i64::from(limit));
    let rows: Vec<(String, String)> =
        ask(pool, PATIENCE, async |connection| asked.fetch_all(connection).await.map_err(backend))
            .await?;
    rows.iter().map(|(tenant, environment)| scope(tenant, environment)).collect()
}

pub(super) async fn due(pool: &PgPool, now: Timestamp, limit: u32) -> Result<Vec<Due>, Error> {
    let sql = "SELECT tenant::text, environment::text, due_at FROM ksef_audit.scope
        WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
    let asked = sqlx::query_as(sql).bind(now.to_string()).bind(i64::from(limit));
    let rows: Vec<(String, String, String)> =
        ask(pool, PATIENCE, async |connection| asked.fetch_all(connection).await.map_err(backend))
            .await?;
    let due = |(tenant, environment, at): &(String, String, String)| {
        Ok(Due { scope: scope(tenant, environment)?, at: timestamp(at)? })
    };
    rows.iter().map(due).collect()
}

pub(super) async fn assign(
    pool: &PgPool,
    endpoint: &EndpointId,
    owner: Scope,
) -> Result<(), Error> {
    register(pool, owner).await?;
    let sql = concat!(
        "INSERT INTO ksef_audit.endpoint (tenant, environment, id) VALUES (",
        scope_values!(),
        ", $3) ON CONFLICT DO NOTHING"
    );
    execute(pool, sql, endpoint, owner).await?;
    match self::endpoint(pool, endpoint).await? {
        Some(found) if found == owner => Ok(()),
        _ => Err(Error::AlreadyExists { what: "tenant" }),
    }
}

pub(super) async fn endpoint(pool: &PgPool, endpoint: &EndpointId) -> Result<Option<Scope>, Error> {
    let sql = "SELECT tenant::text, environment::text FROM ksef_audit.endpoint WHERE id = $1";
    let asked = sqlx::query_as(sql).bind(endpoint.as_str());
    let found: Option<(String, String)> = ask(pool, PATIENCE, async |connection| {
        asked.fetch_optional(connection).await.map_err(backend)
    })
    .await?;
    found.map(|(tenant, environment)| scope(&tenant, &environment)).transpose()
}

pub(super) async fn remove(
    pool: &PgPool,
    endpoint: &EndpointId,
    owner: Scope,
) -> Result<(), Error> {
    let sql = concat!("DELETE FROM ksef_audit.endpoint WHERE ", own!(), " AND id = $3");
    execute(pool, sql, endpoint, owner).await
}

/// In a transaction of the scope.
async fn execute(
    pool: &PgPool,
    sql: &'static str,
    endpoint: &EndpointId,
    owner: Scope,
) -> Result<(), Error> {
    change(pool, owner, async |connection| {
        let statement = query(sql, owner).bind(endpoint.as_str().to_owned());
        statement.execute(connection).await.map(drop).map_err(backend)
    })
    .await
}

fn scope(tenant: &str, environment: &str) -> Result<Scope, Error> {
    let damaged = |_| Error::Damaged { finding: "a tenant in the registry cannot be read" };
    let environment = environment.parse().map_err(damaged)?;
    Ok(Scope::new(tenant.parse().map_err(damaged)?, environment))
}
