//! The audit log as people read it.

use sqlx::{AssertSqlSafe, Row as _, SqlitePool};

use super::{backend, row};
use crate::query::{Counts, Filter, PageRequest};
use crate::sql::search::{Dialect, RARE, count as count_statement, frequency, grams, page};
use crate::sql::{Statement, bind_values};
use crate::store::{Key, Scope};
use crate::{Error, Row};

/// A file has the rows of one tenant.
const DIALECT: Dialect =
    Dialect { submission: "submission", trigram: "trigram", place_in: "instr", own: None };

pub(super) async fn rows(
    readers: &SqlitePool,
    scope: Scope,
    request: &PageRequest,
) -> Result<Vec<(Key, Row)>, Error> {
    let rarest = rarest(readers, &request.filter).await?;
    let Statement { text, values } = page(DIALECT, request, rarest.as_deref());
    let rows = bind_values!(sqlx::query(AssertSqlSafe(text)), values)
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    let line = |found| row::read(found).map(|(number, row)| (scope.key(number), row));
    rows.iter().map(line).collect()
}

pub(super) async fn count(readers: &SqlitePool, filter: &Filter, limit: u32) -> Result<u32, Error> {
    let rarest = rarest(readers, filter).await?;
    let count = scalar(readers, count_statement(DIALECT, filter, limit, rarest.as_deref())).await?;
    Ok(u32::try_from(count).unwrap_or(limit))
}

async fn scalar(readers: &SqlitePool, statement: Statement) -> Result<i64, Error> {
    let Statement { text, values } = statement;
    let row = bind_values!(sqlx::query(AssertSqlSafe(text)), values)
        .fetch_one(readers)
        .await
        .map_err(backend)?;
    row.try_get(0).map_err(backend)
}

pub(super) async fn counts(readers: &SqlitePool) -> Result<Counts, Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT status, submissions FROM tally")
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    let mut counts = Counts::default();
    for (status, submissions) in rows {
        let damaged = |_| Error::Damaged { finding: "a count cannot be read" };
        counts.add(status.parse().map_err(damaged)?, submissions.unsigned_abs());
    }
    Ok(counts)
}

async fn rarest(readers: &SqlitePool, filter: &Filter) -> Result<Option<String>, Error> {
    let mut rarest = (RARE, None);
    for gram in grams(filter) {
        let count = scalar(readers, frequency(DIALECT, &gram, rarest.0)).await?;
        if count < rarest.0 {
            rarest = (count, Some(gram));
        }
    }
    Ok(rarest.1)
}
