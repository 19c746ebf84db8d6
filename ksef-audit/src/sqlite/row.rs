//! Rows of the audit log, from SQLite.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::backend;
use crate::Error;
use crate::sql::row::Columns;

pub(super) use crate::sql::row::read;

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
