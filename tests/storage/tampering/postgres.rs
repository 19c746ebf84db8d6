//! The same in PostgreSQL: somebody changes rows as a superuser for whom no trigger fires.

use std::sync::Arc;

use ksef_audit::{Postgres, Tenant, Test, VerifyOptions};
use ksef_core::submission::Decision;
use ksef_core::submission::simulation::Random;
use ksef_tests::postgres::{APPLICATION, Database, SUPERUSER};
use ksef_tests::suite::{Failed, cases};
use rusqlite::types::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{SECONDS, Tally, changed, in_lanes, says_wrong};
use crate::postgres::database;
use crate::world::{
    Budget, PINNED, drive, ksef, new_submission, profile, start, tenant, tenant_id,
};

const RECORDED: [&str; 5] = ["document", "entry", "idempotency", "submission", "setting"];

/// How many databases are changed at the same time.
const LANES: u32 = 2;

/// What somebody with the superuser's password has.
struct Intruder {
    connection: PgConnection,
    /// The columns of each table that can be written, with their types.
    columns: Vec<Vec<(String, String)>>,
}

impl Intruder {
    async fn new(database: &Database) -> Result<Self, Failed> {
        let mut connection = PgConnection::connect(&database.address(SUPERUSER)).await?;
        // No trigger and no foreign key is asked; what is changed need not survive a crash.
        let begin = "SET session_replication_role = replica; SET synchronous_commit = off;
            CREATE SCHEMA original";
        sqlx::raw_sql(begin).execute(&mut connection).await?;
        let mut columns = Vec::new();
        for table in RECORDED {
            let copy = format!("CREATE TABLE original.{table} AS TABLE ksef_audit.{table}");
            sqlx::raw_sql(AssertSqlSafe(copy)).execute(&mut connection).await?;
            let sql = "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
                WHERE attrelid = ('ksef_audit.' || $1)::regclass AND attnum > 0
                    AND attgenerated = '' ORDER BY attnum";
            columns.push(sqlx::query_as(sql).bind(table).fetch_all(&mut connection).await?);
        }
        Ok(Self { connection, columns })
    }

    async fn text(&mut self, sql: String) -> Result<Option<String>, Failed> {
        Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await?)
    }

    /// Two rows of a table, which may be the same.
    async fn rows(&mut self, table: &str, random: &mut Random) -> Result<[String; 2], Failed> {
        let sql = format!("SELECT ctid::text FROM ksef_audit.{table} ORDER BY ctid");
        let all: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await?;
        let mut one =
            || all[usize::try_from(random.below(all.len() as u64)).expect("small")].clone();
        Ok([one(), one()])
    }

    /// Executes it, or nothing of it where the database refuses even so.
    async fn execute(&mut self, sql: &str, values: &[&Option<String>]) -> Result<(), Failed> {
        let mut transaction = self.connection.begin().await?;
        let all = sql.split(';').zip(values.iter().map(Some).chain(core::iter::repeat(None)));
        for (sql, value) in all {
            let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
            if let Some(value) = value {
                query = query.bind(value.as_deref());
            }
            if query.execute(&mut *transaction).await.is_err() {
                return Ok(transaction.rollback().await?);
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Changes, deletes, copies or swaps something. Returns what was done.
    async fn tamper(&mut self, random: &mut Random) -> Result<String, Failed> {
        let place = usize::try_from(random.below(RECORDED.len() as u64))?;
        let table = RECORDED[place];
        let columns = self.columns[place].clone();
        let (column, kind) = columns[usize::try_from(random.below(columns.len() as u64))?].clone();
        let [first, second] = self.rows(table, random).await?;
        let get = |row: &str| {
            format!("SELECT {column}::text FROM ksef_audit.{table} WHERE ctid = '{row}'")
        };
        let set = |row: &str| {
            format!("UPDATE ksef_audit.{table} SET {column} = $1::{kind} WHERE ctid = '{row}'")
        };
        let value = self.text(get(&first)).await?;
        match random.below(5) {
            0 => {
                let sql = format!("DELETE FROM ksef_audit.{table} WHERE ctid = '{first}'");
                self.execute(&sql, &[]).await?;
                Ok(format!("deletion in {table}"))
            }
            1 if table != "document" => {
                let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
                let copied = names.iter().map(|name| match *name {
                    // A copy of an entry has a place of its own, or it is refused.
                    "sequence" | "position" => format!("{name} + 1000"),
                    name if name == column => format!("$1::{kind}"),
                    name => name.to_owned(),
                });
                let copied: Vec<_> = copied.collect();
                let sql = format!(
                    "INSERT INTO ksef_audit.{table} ({}) SELECT {} FROM ksef_audit.{table}
                    WHERE ctid = '{first}'",
                    names.join(", "),
                    copied.join(", ")
                );
                self.execute(&sql, &[&another(value, &kind, random)]).await?;
                Ok(format!("insertion in {table} with another {column}"))
            }
            2 if first != second => {
                let other = self.text(get(&second)).await?;
                let both = format!("{};{}", set(&first), set(&second));
                self.execute(&both, &[&other, &value]).await?;
                Ok(format!("swap of {column} in {table}"))
            }
            _ => {
                self.execute(&set(&first), &[&another(value, &kind, random)]).await?;
                Ok(format!("edit of {column} in {table}"))
            }
        }
    }

    /// What the tables have of the tenant, read without the crate.
    async fn recorded(&mut self, schema: &str) -> Result<Vec<Option<String>>, Failed> {
        let mut all = Vec::new();
        for table in RECORDED {
            let sql = format!(
                "SELECT string_agg(entry::text, E'\\n' ORDER BY entry::text)
                FROM {schema}.{table} AS entry WHERE tenant = '{}' AND environment = 'TEST'",
                tenant_id(1)
            );
            all.push(self.text(sql).await?);
        }
        Ok(all)
    }

    /// Puts everything back.
    async fn undo(&mut self) -> Result<(), Failed> {
        let mut sql = "BEGIN;".to_owned();
        for (table, columns) in RECORDED.iter().zip(&self.columns) {
            let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
            let names = names.join(", ");
            sql.push_str(&format!(
                "DELETE FROM ksef_audit.{table};
                INSERT INTO ksef_audit.{table} ({names}) SELECT {names} FROM original.{table};"
            ));
        }
        sql.push_str("COMMIT");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await?;
        Ok(())
    }
}

/// A text for the type that is not `value`.
fn another(value: Option<String>, kind: &str, random: &mut Random) -> Option<String> {
    let value = match (value, kind) {
        (None, "bigint") => Value::Integer(0),
        (None, "bytea") => Value::Blob(Vec::new()),
        (None, _) => Value::Null,
        (Some(text), "bigint") => text.parse().map_or(Value::Null, Value::Integer),
        (Some(text), "bytea") => {
            let digits = text.trim_start_matches("\\x").as_bytes();
            let byte = |two: &[u8]| u8::from_str_radix(core::str::from_utf8(two).ok()?, 16).ok();
            Value::Blob(digits.chunks(2).filter_map(byte).collect())
        }
        (Some(text), "ksef_audit.environment") => {
            let other = if text == "TEST" { "DEMO" } else { "TEST" };
            return Some(other.to_owned());
        }
        (Some(text), _) => Value::Text(text),
    };
    match changed(value, random) {
        Value::Integer(number) => Some(number.to_string()),
        Value::Text(text) => Some(text),
        Value::Blob(bytes) => {
            Some(bytes.iter().fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}")))
        }
        Value::Null | Value::Real(_) => None,
    }
}

async fn victim(database: &Database) -> Result<Tenant<Test>, Failed> {
    let backend = Postgres::open(&database.address(APPLICATION)).await?;
    let (tenant, mut ksef) = (tenant(&backend, 1).await, ksef());
    let why = Decision::new("Anna Nowak", "an inspection")?;
    let id = tenant.submit(new_submission("one"), start()).await?;
    drive(&tenant, id, &mut ksef, &mut || {}).await;
    tenant.change_profile(0, &profile(), &why, start()).await?;
    let id = tenant.submit(new_submission("two"), start()).await?;
    tenant.hold(id, &why, start()).await?;
    Ok(tenant)
}

async fn edit(
    database: &Database,
    (count, budget): (u32, Budget),
    seed: u64,
) -> Result<Tally, Failed> {
    let tenant = victim(database).await?;
    let heads = [tenant.head().await?];
    let options = VerifyOptions { receipts: Some(Arc::new(PINNED)), known_heads: &heads };
    assert!(!says_wrong(tenant.verify(&options).await)?, "nothing was changed yet");
    let mut intruder = Intruder::new(database).await?;
    let before = intruder.recorded("original").await?;
    let (mut random, mut tally) = (Random::new(seed), Tally::default());
    for round in 0..count {
        if budget.is_spent(round) {
            break;
        }
        let what = intruder.tamper(&mut random).await?;
        if says_wrong(tenant.verify(&options).await)? {
            tally.found += 1;
        } else if intruder.recorded("ksef_audit").await? == before {
            tally.unchanged += 1;
        } else {
            return Err(format!("{what} was not found").into());
        }
        intruder.undo().await?;
    }
    assert!(!says_wrong(tenant.verify(&options).await)?, "everything was put back");
    Ok(tally)
}

pub(crate) fn edits() -> Result<(), Failed> {
    let tally =
        in_lanes(LANES, (cases(20_000, 100_000), Budget::of_seconds(SECONDS)), |cases, seed| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(edit(&database()?.1, cases, seed))
        })?;
    assert!(tally.found > tally.unchanged, "the edits hardly changed anything");
    Ok(())
}
