//! Statements that go to the connection together.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::sql::row::{columns, updates};
use crate::sql::{Value, bind_values};

/// The steps of which a record consists, as rows of a view. What a row does says the trigger of its
/// kind, on the connection that writes alone.
pub(super) const STEPS: &str = concat!(
    "PRAGMA temp_store = MEMORY;
    CREATE TEMP VIEW step AS SELECT NULL AS kind, NULL AS a, NULL AS b, NULL AS c, NULL AS d,
        NULL AS e, NULL AS f, NULL AS g, NULL AS h, NULL AS i, NULL AS j, NULL AS k, NULL AS l,
        NULL AS m, NULL AS n, NULL AS o, NULL AS p, NULL AS q, NULL AS r, NULL AS s, NULL AS t,
        NULL AS u, NULL AS v;
    CREATE TEMP TRIGGER ends INSTEAD OF INSERT ON step WHEN NEW.kind = 'ends'
    BEGIN
        SELECT RAISE(ABORT, 'somebody else recorded') WHERE NOT EXISTS (
            SELECT 1 FROM log_head, indexed WHERE size = NEW.a AND through = NEW.b
        );
    END;
    CREATE TEMP TRIGGER entries INSTEAD OF INSERT ON step WHEN NEW.kind = 'entries'
    BEGIN
        SELECT RAISE(ABORT, 'a submission has other entries') WHERE NOT EXISTS (
            SELECT 1 FROM submission WHERE number = NEW.a AND entries = NEW.b
        );
    END;
    CREATE TEMP TRIGGER document INSTEAD OF INSERT ON step WHEN NEW.kind = 'document'
    BEGIN
        INSERT INTO document (digest, kind, bytes) VALUES (NEW.a, NEW.b, NEW.c)
        ON CONFLICT DO NOTHING;
    END;
    CREATE TEMP TRIGGER session_key INSTEAD OF INSERT ON step WHEN NEW.kind = 'session_key'
    BEGIN
        INSERT INTO session_key (session, sealed) VALUES (NEW.a, NEW.b) ON CONFLICT DO NOTHING;
    END;
    CREATE TEMP TRIGGER idempotency INSTEAD OF INSERT ON step WHEN NEW.kind = 'idempotency'
    BEGIN
        SELECT RAISE(ABORT, 'an idempotency key is taken')
        WHERE EXISTS (SELECT 1 FROM idempotency WHERE key = NEW.a);
        INSERT INTO idempotency (key, submission) VALUES (NEW.a, NEW.b);
    END;
    CREATE TEMP TRIGGER entry INSTEAD OF INSERT ON step WHEN NEW.kind = 'entry'
    BEGIN
        INSERT INTO entry (sequence, submission, position, record)
        VALUES (NEW.a, NEW.b, NEW.c, NEW.d);
    END;
    CREATE TEMP TRIGGER submission INSTEAD OF INSERT ON step WHEN NEW.kind = 'submission'
    BEGIN
        INSERT INTO submission (",
    columns!(),
    ") VALUES (NEW.a, NEW.b, NEW.c, NEW.d, NEW.e, NEW.f, NEW.g, NEW.h, NEW.i, NEW.j, NEW.k, NEW.l,
            NEW.m, NEW.n, NEW.o, NEW.p, NEW.q, NEW.r, NEW.s, NEW.t, NEW.u, NEW.v)
        ON CONFLICT (number) DO UPDATE SET ",
    updates!(),
    ";
    END;
    CREATE TEMP TRIGGER trigram INSTEAD OF INSERT ON step WHEN NEW.kind = 'trigram'
    BEGIN
        INSERT INTO trigram (gram, submission) VALUES (NEW.a, NEW.b) ON CONFLICT DO NOTHING;
    END;
    CREATE TEMP TRIGGER work INSTEAD OF INSERT ON step WHEN NEW.kind = 'work'
    BEGIN
        INSERT INTO work (submission, due_at) VALUES (NEW.a, NEW.b) ON CONFLICT DO UPDATE
        SET due_at = excluded.due_at, strikes = CASE WHEN NEW.c THEN 0 ELSE strikes END;
    END;
    CREATE TEMP TRIGGER first_setting INSTEAD OF INSERT ON step WHEN NEW.kind = 'first_setting'
    BEGIN
        INSERT INTO setting (name, version, value) VALUES (NEW.a, 1, NEW.b);
    END;
    CREATE TEMP TRIGGER next_setting INSTEAD OF INSERT ON step WHEN NEW.kind = 'next_setting'
    BEGIN
        UPDATE setting SET version = version + 1, value = NEW.b WHERE name = NEW.a;
    END;
    CREATE TEMP TRIGGER log_head INSTEAD OF INSERT ON step WHEN NEW.kind = 'log_head'
    BEGIN
        UPDATE log_head SET size = NEW.a, frontier = NEW.b;
    END;"
);

/// The values of a step: its kind, and as many as the widest has.
const STEP: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// How many values a step has at most.
const WIDTH: usize = 22;

/// Statements in their order, which are executed in one trip to the connection's thread: on the way
/// to a commit, the trips and the answers take longer than the statements.
///
/// The driver prepares each of them once per text, and executes all; the text of steps says only how
/// many they are.
#[derive(Debug, Default)]
pub(super) struct Script {
    text: String,
    values: Vec<Value>,
    /// How many statements there are.
    statements: usize,
    /// How many steps the last statement takes, if it takes steps.
    steps: usize,
}

impl Script {
    /// A further statement, which begins with `text`.
    pub(super) fn add(&mut self, text: &'static str) -> &mut Self {
        self.steps = 0;
        self.end();
        self.push(text)
    }

    fn end(&mut self) {
        if !self.text.is_empty() {
            self.text.push_str(";\n");
        }
        self.statements += 1;
    }

    /// A statement without values, before all others.
    pub(super) fn put_first(&mut self, text: &'static str) {
        self.text.insert_str(0, ";\n");
        self.text.insert_str(0, text);
        self.statements += 1;
    }

    pub(super) const fn is_one_statement(&self) -> bool {
        self.statements == 1
    }

    pub(super) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(super) fn value(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        self.push("?")
    }

    pub(super) fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.value(Value::Text(Some(text.into())))
    }

    /// A further step. The steps that follow each other are one statement. Returns how many they are.
    pub(super) fn step(
        &mut self,
        kind: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> usize {
        if self.steps == 0 {
            self.end();
            self.push("INSERT INTO step VALUES ");
        } else {
            self.push(", ");
        }
        self.push(STEP);
        let full = self.values.len() + 1 + WIDTH;
        self.values.push(Value::Text(Some(kind.to_owned())));
        self.values.extend(values);
        self.values.resize(full, Value::Text(None));
        self.steps += 1;
        self.steps
    }

    /// Executes what waits. Returns the rows of all statements, in their order.
    pub(super) async fn run(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let Self { text, values, .. } = core::mem::take(self);
        bind_values!(sqlx::query(AssertSqlSafe(text)), values).fetch_all(connection).await
    }
}
