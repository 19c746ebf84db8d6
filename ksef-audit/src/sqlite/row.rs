//! Rows of the audit log, to SQLite and back.

use sqlx::Row as _;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};

use super::backend;
use crate::sql::bind_values;
use crate::sql::row::{Columns, columns, parameters, updates, values};
use crate::{Error, Row};

pub(super) use crate::sql::row::read;

/// The columns in the order in which [`bind`] binds them.
pub(super) const UPSERT: &str = concat!(
    "INSERT INTO submission (",
    columns!(),
    ") VALUES (",
    parameters!(),
    ") ON CONFLICT (number) DO UPDATE SET ",
    updates!()
);

type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

pub(super) fn bind<'q>(statement: Statement<'q>, number: u64, row: &Row) -> Statement<'q> {
    bind_values!(statement, values(number, row))
}

impl Columns for SqliteRow {
    fn text(&self, name: &'static str) -> Result<Option<String>, Error> {
        self.try_get(name).map_err(backend)
    }

    fn bytes(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error> {
        self.try_get(name).map_err(backend)
    }

    fn integer(&self, name: &'static str) -> Result<i64, Error> {
        self.try_get(name).map_err(backend)
    }
}
