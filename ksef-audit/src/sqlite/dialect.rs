//! What the search needs of SQLite.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow as _, Row as _, SqlitePool};

use super::backend;
use crate::query::Counts;
use crate::sql::search::{Between, Database, Dialect};
use crate::sql::{Statement, bind_values, many, row};
use crate::store::{Key, Scope};
use crate::{Error, Row};

/// A file has the rows of one tenant.
pub(super) const fn of(scope: Scope) -> Dialect {
    Dialect {
        submission: "submission",
        trigram: "trigram",
        unindexed: Some(
            "SELECT number FROM submission WHERE number > (SELECT through FROM indexed)",
        ),
        among: ("IN (", ")"),
        both: ("SELECT submission FROM (", ") INTERSECT SELECT submission FROM (", ")"),
        of_statuses: (
            "SELECT submission FROM (",
            ") WHERE submission IN (SELECT submission FROM (",
            "))",
        ),
        place_in: "instr",
        tally: "tally",
        hidden: ("+", ""),
        has_months: false,
        has_others: false,
        scope,
    }
}

async fn scalar(readers: &SqlitePool, statement: Statement) -> Result<i64, Error> {
    one(readers, statement).await?.try_get(0).map_err(backend)
}

async fn one(readers: &SqlitePool, statement: Statement) -> Result<SqliteRow, Error> {
    let Statement { text, values } = statement;
    bind_values!(sqlx::query(AssertSqlSafe(text)), values).fetch_one(readers).await.map_err(backend)
}

pub(super) async fn counts(readers: &SqlitePool) -> Result<Counts, Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT status, submissions FROM tally")
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    many::counts(rows)
}

impl Database for &SqlitePool {
    async fn count(&mut self, statement: Statement) -> Result<i64, Error> {
        scalar(self, statement).await
    }

    async fn between(&mut self, statement: Statement) -> Result<Between, Error> {
        Between::from_row(&one(self, statement).await?).map_err(backend)
    }

    async fn lines(
        &mut self,
        scope: Scope,
        statement: Statement,
    ) -> Result<Vec<(Key, Row)>, Error> {
        let Statement { text, values } = statement;
        let rows = bind_values!(sqlx::query(AssertSqlSafe(text)), values)
            .fetch_all(*self)
            .await
            .map_err(backend)?;
        row::lines(scope, &rows)
    }
}
