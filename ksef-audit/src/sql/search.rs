//! Filters, pages and counts.
//!
//! A database that guesses which of several conditions leaves the fewest rows may guess wrong by a
//! factor of a thousand, so that is counted first, up to a bound, and the statement leaves it no choice.

mod lead;
mod statement;

use core::future::Future;

use self::lead::{Branch, branches, counted_apart};
use super::Statement;
use crate::query::{Filter, PageRequest};
use crate::store::{CountedRows, Key, Scope};
use crate::{Error, Row};

/// What a database calls things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// The table of the rows.
    pub(crate) submission: &'static str,
    /// The table of the groups of three characters.
    pub(crate) trigram: &'static str,
    /// A query for the numbers of rows whose groups are not in that table yet.
    pub(crate) unindexed: Option<&'static str>,
    /// What stands before and after a query for numbers, so that it is done once, and the rows are
    /// found by the numbers.
    pub(crate) among: (&'static str, &'static str),
    /// What stands before, between and after two queries for numbers of submissions, of which those that
    /// both find are wanted.
    pub(crate) both: (&'static str, &'static str, &'static str),
    /// The same where the first query is for rows with a status.
    pub(crate) of_statuses: (&'static str, &'static str, &'static str),
    /// The function that finds a text in another one, which is its first argument.
    pub(crate) place_in: &'static str,
    /// The table of the numbers of submissions by status.
    pub(crate) tally: &'static str,
    /// What stands before and after a column so that no index serves it.
    pub(crate) hidden: (&'static str, &'static str),
    /// Whether a column has the beginning of each KSeF number up to the month, see [`lead::MONTH`].
    pub(crate) has_months: bool,
    /// Whether the tables have the rows of others as well.
    pub(crate) has_others: bool,
    /// Whose rows are wanted.
    pub(crate) scope: Scope,
}

/// The first and the last number of some rows.
pub(crate) type Between = (i64, i64);

/// Answers a statement that counts, that finds the first and the last of some numbers, or that finds
/// lines.
pub(crate) trait Database {
    fn count(&mut self, statement: Statement) -> impl Future<Output = Result<i64, Error>> + Send;

    fn between(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<Between, Error>> + Send;

    fn lines(
        &mut self,
        scope: Scope,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<(Key, Row)>, Error>> + Send;
}

/// The lines of a page.
pub(crate) async fn rows<D: Database + Send>(
    database: &mut D,
    dialect: Dialect,
    request: &PageRequest,
) -> Result<Vec<(Key, Row)>, Error> {
    let branches = branches(database, dialect, &request.filter).await?;
    database.lines(dialect.scope, statement::page(dialect, request, &branches)).await
}

/// How many lines the filter leaves, counted up to `limit`.
pub(crate) async fn count<D: Database + Send>(
    database: &mut D,
    dialect: Dialect,
    filter: &Filter,
    limit: u32,
) -> Result<u32, Error> {
    let branches = match counted_apart(filter) {
        Some(branch) => vec![branch],
        None => branches(database, dialect, filter).await?,
    };
    counted(database, dialect, filter, limit, &branches).await
}

/// The lines of a page, and how many lines the filter leaves on all pages, counted up to `limit`.
pub(crate) async fn counted_rows<D: Database + Send>(
    database: &mut D,
    dialect: Dialect,
    request: &PageRequest,
    limit: u32,
) -> Result<CountedRows, Error> {
    let filter = &request.filter;
    let branches = branches(database, dialect, filter).await?;
    let rows = database.lines(dialect.scope, statement::page(dialect, request, &branches)).await?;
    let count = match (request.count_of_all(&rows), counted_apart(filter)) {
        (Some(count), _) => count.min(limit),
        (None, Some(apart)) => counted(database, dialect, filter, limit, &[apart]).await?,
        (None, None) => counted(database, dialect, filter, limit, &branches).await?,
    };
    Ok(CountedRows { rows, count })
}

/// The lines of which the order reference, or the id of the source, is exactly this.
pub(crate) async fn named<D: Database + Send>(
    database: &mut D,
    dialect: Dialect,
    name: &str,
) -> Result<Vec<(Key, Row)>, Error> {
    database.lines(dialect.scope, statement::named(dialect, name)).await
}

async fn counted<D: Database + Send>(
    database: &mut D,
    dialect: Dialect,
    filter: &Filter,
    limit: u32,
    branches: &[Branch],
) -> Result<u32, Error> {
    let count = database.count(statement::count(dialect, filter, limit, branches)).await?;
    Ok(u32::try_from(count).unwrap_or(limit))
}
