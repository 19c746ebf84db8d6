//! Statements that go to the connection together.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::sql::row::{columns, updates};
use crate::sql::{Statement, Value, bind_values};

/// The steps of which a record consists, as rows of a view. What a row does says the trigger of its
/// kind, on the connection that writes alone.
pub(super) const STEPS: &str = concat!(
    "PRAGMA temp_store = MEMORY;
    CREATE TEMP VIEW step AS SELECT NULL AS kind, NULL AS a, NULL AS b, NULL AS c, NULL AS d,
        NULL AS e, NULL AS f, NULL AS g, NULL AS h, NULL AS i, NULL AS j, NULL AS k, NULL AS l,
        NULL AS m, NULL AS n, NULL AS o, NULL AS p, NULL AS q, NULL AS r, NULL AS s, NULL AS t,
        NULL AS u, NULL AS v;
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

/// How many values a step has at most.
const WIDTH: usize = 22;

/// Statements in their order, which are executed in one trip to the connection's thread: on the way
/// to a commit, the trips and the answers take longer than the statements.
///
/// The driver prepares each of them once per text, and executes all; parameters are numbered through.
#[derive(Debug, Default)]
pub(super) struct Script {
    statement: Statement,
    statements: usize,
    /// How many steps the last statement takes, if it takes steps.
    steps: usize,
}

impl Script {
    /// A further statement, which begins with `text`.
    pub(super) fn add(&mut self, text: &'static str) -> &mut Statement {
        self.steps = 0;
        self.end();
        self.statement.push(text)
    }

    fn end(&mut self) {
        if self.statements > 0 {
            self.statement.push(";\n");
        }
        self.statements += 1;
    }

    /// A further step. The steps that follow each other are one statement. Returns how many they are.
    pub(super) fn step(
        &mut self,
        kind: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> usize {
        if self.steps == 0 {
            self.end();
            self.statement.push("INSERT INTO step VALUES ('");
        } else {
            self.statement.push(", ('");
        }
        self.statement.push(kind).push("'");
        let mut width = 0;
        for value in values {
            self.statement.push(", ").value(value);
            width += 1;
        }
        for _ in width..WIDTH {
            self.statement.push(", NULL");
        }
        self.statement.push(")");
        self.steps += 1;
        self.steps
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
