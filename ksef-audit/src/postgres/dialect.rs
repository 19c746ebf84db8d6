//! What the search needs of PostgreSQL.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow as _, PgConnection, Row as _};

use super::backend;
use super::statement::{own, tuples};
use crate::query::Counts;
use crate::sql::search::{Between, Database, Dialect};
use crate::sql::{Statement, bind_values, many, row};
use crate::store::{Key, Scope};
use crate::{Error, Row};

const JOIN: (&str, &str, &str) =
    ("SELECT submission FROM (", ") AS one JOIN (", ") AS other USING (submission)");

pub(super) const fn of(scope: Scope) -> Dialect {
    Dialect {
        submission: "ksef_audit.submission",
        trigram: "ksef_audit.trigram",
        unindexed: None,
        among: ("= ANY (ARRAY(", "))"),
        both: JOIN,
        of_statuses: JOIN,
        place_in: "strpos",
        tally: "ksef_audit.tally",
        hidden: ("", " COLLATE \"POSIX\""),
        has_months: true,
        has_others: true,
        scope,
    }
}

async fn scalar(connection: &mut PgConnection, statement: Statement) -> Result<i64, Error> {
    one(connection, statement).await?.try_get(0).map_err(backend)
}

async fn one(connection: &mut PgConnection, statement: Statement) -> Result<PgRow, Error> {
    let Statement { text, values } = statement;
    bind_values!(sqlx::query(AssertSqlSafe(text)), values)
        .fetch_one(connection)
        .await
        .map_err(backend)
}

pub(super) async fn counts(connection: &mut PgConnection, scope: Scope) -> Result<Counts, Error> {
    let sql = concat!("SELECT status, submissions FROM ksef_audit.tally WHERE ", own!());
    let rows: Vec<(String, i64)> =
        tuples(sql, scope).fetch_all(connection).await.map_err(backend)?;
    many::counts(rows)
}

impl Database for PgConnection {
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
            .fetch_all(self)
            .await
            .map_err(backend)?;
        row::lines(scope, &rows)
    }
}
