//! Statements that name the tenant and the environment, as their first two parameters.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs, QueryScalar};
use sqlx::{FromRow, Postgres};

use crate::store::Scope;

/// The rows of the scope, as a condition.
macro_rules! own {
    () => {
        "tenant = $1::uuid AND environment = $2::ksef_audit.environment"
    };
}

/// The tenant and the environment, as the first values of a row.
macro_rules! scope {
    () => {
        "$1::uuid, $2::ksef_audit.environment"
    };
}

pub(super) use {own, scope};

pub(super) fn query(sql: &'static str, scope: Scope) -> Query<'static, Postgres, PgArguments> {
    sqlx::query(sql).bind(scope.tenant().to_string()).bind(scope.environment().as_str())
}

pub(super) fn scalar<O>(
    sql: &'static str,
    scope: Scope,
) -> QueryScalar<'static, Postgres, O, PgArguments>
where
    (O,): for<'r> FromRow<'r, PgRow>,
{
    sqlx::query_scalar(sql).bind(scope.tenant().to_string()).bind(scope.environment().as_str())
}

pub(super) fn tuples<O>(
    sql: &'static str,
    scope: Scope,
) -> QueryAs<'static, Postgres, O, PgArguments>
where
    O: for<'r> FromRow<'r, PgRow>,
{
    sqlx::query_as(sql).bind(scope.tenant().to_string()).bind(scope.environment().as_str())
}
