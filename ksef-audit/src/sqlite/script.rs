//! Statements that go to the connection together.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::sql::{Statement, Value, bind_values};

/// Statements in their order, which are executed in one trip to the connection's thread: on the way
/// to a commit, the trips take longer than the statements.
///
/// The driver prepares each of them once per text, and executes all; parameters are numbered through.
#[derive(Debug, Default)]
pub(super) struct Script {
    statement: Statement,
    statements: usize,
}

impl Script {
    /// How many statements wait.
    pub(super) const fn len(&self) -> usize {
        self.statements
    }

    /// A further statement, which begins with `text`.
    pub(super) fn add(&mut self, text: &'static str) -> &mut Statement {
        if self.statements > 0 {
            self.statement.push(";\n");
        }
        self.statements += 1;
        self.statement.push(text)
    }

    /// Executes what waits. Returns the rows of all statements, in their order.
    pub(super) async fn run(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let Self { statement: Statement { text, values }, .. } = core::mem::take(self);
        bind_values!(sqlx::query(AssertSqlSafe(text)), values).fetch_all(connection).await
    }
}

/// Adds a row of values to an `INSERT`.
pub(super) fn row(statement: &mut Statement, values: impl IntoIterator<Item = Value>) {
    for (place, value) in values.into_iter().enumerate() {
        statement.push(if place == 0 { "(" } else { ", " }).value(value);
    }
    statement.push(")");
}

/// Adds rows of values to an `INSERT`.
pub(super) fn rows<const N: usize>(
    statement: &mut Statement,
    values: impl IntoIterator<Item = [Value; N]>,
) {
    for (place, values) in values.into_iter().enumerate() {
        row(statement.push(if place == 0 { "" } else { ", " }), values);
    }
}
