//! The audit log as people read it.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::backend;
use super::statement::{own, tuples};
use crate::query::{Counts, Filter, PageRequest};
use crate::sql::search::{Dialect, RARE, count as count_statement, frequency, grams, page};
use crate::sql::{Statement, bind_values, row};
use crate::store::{Key, Scope};
use crate::{Error, Row};

const fn dialect(scope: Scope) -> Dialect {
    Dialect {
        submission: "ksef_audit.submission",
        trigram: "ksef_audit.trigram",
        place_in: "strpos",
        own: Some(scope),
    }
}

pub(super) async fn rows(
    connection: &mut PgConnection,
    scope: Scope,
    request: &PageRequest,
) -> Result<Vec<(Key, Row)>, Error> {
    let rarest = rarest(connection, scope, &request.filter).await?;
    let Statement { text, values } = page(dialect(scope), request, rarest.as_deref());
    let rows = bind_values!(sqlx::query(AssertSqlSafe(text)), values)
        .fetch_all(connection)
        .await
        .map_err(backend)?;
    let line = |found| row::read(found).map(|(number, row)| (scope.key(number), row));
    rows.iter().map(line).collect()
}

pub(super) async fn count(
    connection: &mut PgConnection,
    scope: Scope,
    filter: &Filter,
    limit: u32,
) -> Result<u32, Error> {
    let rarest = rarest(connection, scope, filter).await?;
    let statement = count_statement(dialect(scope), filter, limit, rarest.as_deref());
    let count = scalar(connection, statement).await?;
    Ok(u32::try_from(count).unwrap_or(limit))
}

async fn scalar(connection: &mut PgConnection, statement: Statement) -> Result<i64, Error> {
    let Statement { text, values } = statement;
    let row = bind_values!(sqlx::query(AssertSqlSafe(text)), values)
        .fetch_one(connection)
        .await
        .map_err(backend)?;
    row.try_get(0).map_err(backend)
}

pub(super) async fn counts(connection: &mut PgConnection, scope: Scope) -> Result<Counts, Error> {
    let sql = concat!("SELECT status, submissions FROM ksef_audit.tally WHERE ", own!());
    let rows: Vec<(String, i64)> =
        tuples(sql, scope).fetch_all(connection).await.map_err(backend)?;
    let mut counts = Counts::default();
    for (status, submissions) in rows {
        let damaged = |_| Error::Damaged { finding: "a count cannot be read" };
        counts.add(status.parse().map_err(damaged)?, submissions.unsigned_abs());
    }
    Ok(counts)
}

async fn rarest(
    connection: &mut PgConnection,
    scope: Scope,
    filter: &Filter,
) -> Result<Option<String>, Error> {
    let mut rarest = (RARE, None);
    for gram in grams(filter) {
        let count = scalar(connection, frequency(dialect(scope), &gram, rarest.0)).await?;
        if count < rarest.0 {
            rarest = (count, Some(gram));
        }
    }
    Ok(rarest.1)
}
