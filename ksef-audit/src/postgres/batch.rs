//! Rows of several tables that go to the server in one statement.

use core::fmt::Write as _;
use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, PgConnection};

use super::statement::{own, scope};
use super::{BACKEND, backend};
use crate::Error;
use crate::log::Frontier;
use crate::query::{index_trigrams, searched};
use crate::sql::plan::{EntryRow, Plan};
use crate::sql::row::{columns, updates, values};
use crate::sql::{self, Value, integer, moment, number, text};
use crate::store::{Commit, Scope, Target, Write};

/// What commits write, in which a submission has one row, whatever they did with it.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    documents: Vec<[Value; 3]>,
    session_keys: Vec<[Value; 2]>,
    idempotency: Vec<[Value; 2]>,
    entries: Vec<EntryRow>,
    /// The last write of each submission.
    rows: BTreeMap<u64, &'a Write>,
    /// Those of which something is recorded, and not only when they are due.
    goes_on: BTreeSet<u64>,
    grams: BTreeSet<(u64, String)>,
    size: usize,
}

impl<'a> Batch<'a> {
    /// How many bytes its documents have.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Takes in what follows from a commit, but for its settings.
    pub(super) fn add(&mut self, commit: &'a Commit, plan: Plan<'a>) {
        for document in &commit.documents {
            let columns = sql::document(document);
            if let [_, _, Value::Bytes(Some(bytes))] = &columns {
                self.size += bytes.len();
            }
            self.documents.push(columns);
        }
        self.session_keys.extend(commit.session_keys.iter().map(sql::session_key));
        for (submission, write, entries) in plan.writes {
            self.put(submission, write);
            self.entries.extend(entries);
        }
        self.entries.extend(plan.notices.into_iter().map(|(_, entry)| entry));
    }

    fn put(&mut self, submission: u64, write: &'a Write) {
        if let Target::New { idempotency_key } = &write.target {
            self.idempotency.push([text(idempotency_key), number(submission)]);
        }
        if write.entries.iter().any(|entry| entry.body.names()) {
            let grams = index_trigrams(&searched(&write.row)).into_iter();
            self.grams.extend(grams.map(|gram| (submission, gram)));
        }
        if !write.entries.is_empty() {
            self.goes_on.insert(submission);
        }
        self.rows.insert(submission, write);
    }

    /// Writes everything, up to this end of the log.
    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        scope: Scope,
        log: &Frontier,
    ) -> Result<(), Error> {
        let mut script = Script::default();
        // The same digest is the same bytes, so what is there stays.
        script.insert("document", "digest, kind, bytes", "DO NOTHING", self.documents)?;
        script.insert("session_key", "session, sealed", "DO NOTHING", self.session_keys)?;
        script.insert("idempotency", "key, submission", "", self.idempotency)?;
        script.insert("entry", "sequence, submission, position, record", "", self.entries)?;
        let rows = self.rows.iter().map(|(submission, write)| values(*submission, &write.row));
        script.insert("submission", columns!(), UPDATES, rows)?;
        // Makes the rows findable by any part of their order references and source ids.
        let grams = self.grams.iter().map(|(submission, gram)| [text(gram), number(*submission)]);
        script.insert("trigram", "gram, submission", "DO NOTHING", grams)?;
        let (goes_on, waits): (Vec<_>, Vec<_>) =
            self.rows.iter().partition(|(submission, _)| self.goes_on.contains(submission));
        for (writes, update) in [(goes_on, BEGIN_ANEW), (waits, DUE)] {
            let rows = writes.into_iter();
            let rows = rows.map(|(submission, write)| [number(*submission), moment(write.due_at)]);
            script.insert("work", "submission, due_at", update, rows)?;
        }
        script.write(connection, scope, log).await
    }
}

const UPDATES: &str = concat!("(tenant, environment, number) DO UPDATE SET ", updates!());

const DUE: &str = "(tenant, environment, submission) DO UPDATE SET due_at = excluded.due_at";

/// A record shows that the work goes on, so the strikes begin anew.
const BEGIN_ANEW: &str =
    "(tenant, environment, submission) DO UPDATE SET due_at = excluded.due_at, strikes = 0";

fn several_kinds() -> Error {
    Error::Backend { backend: BACKEND, source: "a column with values of several kinds".into() }
}

/// The values of a column, one for each row.
#[derive(Debug)]
enum Column {
    Integers(Vec<i64>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn new(first: Value) -> Self {
        match first {
            Value::Integer(integer) => Self::Integers(vec![integer]),
            Value::Text(text) => Self::Texts(vec![text]),
            Value::Bytes(bytes) => Self::Bytes(vec![bytes]),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), Error> {
        match (self, value) {
            (Self::Integers(values), Value::Integer(integer)) => values.push(integer),
            (Self::Texts(values), Value::Text(text)) => values.push(text),
            (Self::Bytes(values), Value::Bytes(bytes)) => values.push(bytes),
            _ => return Err(several_kinds()),
        }
        Ok(())
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Integers(_) => "bigint[]",
            Self::Texts(_) => "text[]",
            Self::Bytes(_) => "bytea[]",
        }
    }
}

/// The parameters of the scope and of the head of the log are those before the columns.
const BEFORE: usize = 4;

/// A statement in the making, in which a column of a table is one parameter.
///
/// Its text says which tables get rows, not how many, so that the server prepares few of them.
#[derive(Debug, Default)]
struct Script {
    text: String,
    columns: Vec<Column>,
}

impl Script {
    /// Inserts the rows, if there are any, into these columns of a table.
    fn insert<const N: usize>(
        &mut self,
        table: &'static str,
        names: &'static str,
        on_conflict: &'static str,
        rows: impl IntoIterator<Item = [Value; N]>,
    ) -> Result<(), Error> {
        let mut rows = rows.into_iter();
        let Some(first) = rows.next() else { return Ok(()) };
        let mut columns = first.map(Column::new);
        for row in rows {
            columns.iter_mut().zip(row).try_for_each(|(column, value)| column.push(value))?;
        }
        let places = BEFORE + self.columns.len() + 1..;
        let parameters = places.zip(&columns).map(|(place, it)| format!("${place}::{}", it.kind()));
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        let (begin, step) = (if self.text.is_empty() { "WITH" } else { "," }, self.columns.len());
        // Writing into a text does not fail.
        let _ = write!(
            self.text,
            "{begin} step_{step} AS (
                INSERT INTO ksef_audit.{table} (tenant, environment, {names})
                SELECT {}, new.* FROM unnest({parameters}) AS new",
            scope!(),
        );
        if !on_conflict.is_empty() {
            let _ = write!(self.text, " ON CONFLICT {on_conflict}");
        }
        self.text.push(')');
        self.columns.extend(columns);
        Ok(())
    }

    async fn write(
        mut self,
        connection: &mut PgConnection,
        scope: Scope,
        log: &Frontier,
    ) -> Result<(), Error> {
        self.text.push_str(concat!(
            " UPDATE ksef_audit.log_head SET size = $3, frontier = $4 WHERE ",
            own!(),
            " AND size <> $3"
        ));
        let mut statement = sqlx::query(AssertSqlSafe(self.text))
            .bind(scope.tenant().to_string())
            .bind(scope.environment().as_str())
            .bind(integer(log.size()))
            .bind(log.to_bytes());
        for column in self.columns {
            statement = match column {
                Column::Integers(values) => statement.bind(values),
                Column::Texts(values) => statement.bind(values),
                Column::Bytes(values) => statement.bind(values),
            };
        }
        statement.execute(connection).await.map_err(backend)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_values_of_one_kind() {
        let mut script = Script::default();
        let mut insert = |rows| script.insert("tally", "status", "", rows);
        assert!(insert([[text("one")], [text("two")]]).is_ok());
        assert!(insert([[text("one")], [number(2)]]).is_err());
    }
}
