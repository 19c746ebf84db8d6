//! Tampering: whatever changes a recorded fact is found by `verify`.

use std::fs;
use std::path::{Path, PathBuf};

use ksef_audit::log::TreeHead;
use ksef_audit::{Error, VerifyOptions};
use ksef_core::submission::Decision;
use ksef_core::submission::simulation::Random;
use ksef_tests::suite::{Failed, cases};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::world::{
    PINNED, drive, ksef, new_submission, profile, runtime, sqlite, start, tenant, tenant_id,
};

/// A store whose file can be changed, and what is known of it elsewhere.
struct Victim {
    folder: tempfile::TempDir,
    original: Vec<u8>,
    head: TreeHead,
}

/// What the file records, read without the crate: the facts, and the lines of the audit log.
#[derive(Eq, PartialEq, Debug)]
struct Recorded(Vec<String>);

const RECORDED: [&str; 6] = ["scope", "document", "entry", "idempotency", "submission", "setting"];

impl Victim {
    fn new() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let head = runtime().block_on(async {
            let backend = sqlite(folder.path()).await;
            let tenant = tenant(&backend, 1).await;
            let mut ksef = ksef();
            for document in ["one", "two", "three"] {
                let id = tenant.submit(new_submission(document), start()).await?;
                drive(&tenant, id, &mut ksef, &mut || {}).await;
            }
            let id = tenant.submit(new_submission("four"), start()).await?;
            let why = Decision::new("Anna Nowak", "an inspection")?;
            tenant.hold(id, &why, start()).await?;
            tenant.change_profile(0, &profile(), &why, start()).await?;
            tenant.change_profile(1, &profile(), &why, start()).await?;
            Ok::<_, Failed>(tenant.head().await?)
        })?;
        let mut victim = Self { folder, original: Vec::new(), head };
        victim.settle()?;
        victim.original = fs::read(victim.file())?;
        Ok(victim)
    }

    /// Waits until the store is closed, and leaves one file without a WAL beside it.
    fn settle(&self) -> Result<(), Failed> {
        let connection = self.open()?;
        let mut tries = 0;
        // The connections of the store close after it is dropped, on threads of their own.
        while connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).is_err() {
            tries += 1;
            assert!(tries < 1_000, "the store does not close");
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(format!("{}.test.sqlite", tenant_id(1)))
    }

    fn open(&self) -> Result<Connection, Failed> {
        let connection = Connection::open(self.file())?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        Ok(connection)
    }

    /// As someone who can write the file: nothing refuses.
    fn open_without_triggers(&self) -> Result<Connection, Failed> {
        let connection = self.open()?;
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        let triggers: Vec<String> =
            connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for trigger in triggers {
            connection.execute(&format!("DROP TRIGGER {trigger}"), [])?;
        }
        Ok(connection)
    }

    fn restore(&self) -> Result<(), Failed> {
        for extension in ["sqlite-wal", "sqlite-shm", "sqlite-journal"] {
            let _ = fs::remove_file(self.file().with_extension(extension));
        }
        Ok(fs::write(self.file(), &self.original)?)
    }

    /// Whether `verify`, or already the opening, says that something is wrong.
    fn is_found(&self, known_heads: &[TreeHead]) -> Result<bool, Failed> {
        let result = runtime().block_on(async {
            let backend = sqlite(self.folder.path()).await;
            let tenant =
                ksef_audit::Tenant::<ksef_audit::Test>::open(&backend, tenant_id(1)).await?;
            tenant.verify(&VerifyOptions { receipts: Some(&PINNED), known_heads }).await
        });
        match result {
            Ok(verification) => Ok(!verification.is_clean()),
            // A file that cannot be read any more is found, too.
            Err(Error::Damaged { .. } | Error::Backend { .. } | Error::Unsupported { .. }) => {
                Ok(true)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn recorded(file: &Path) -> Result<Recorded, rusqlite::Error> {
    let connection = Connection::open(file)?;
    let mut all = Vec::new();
    for table in RECORDED {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let values: Vec<Value> =
                (0..columns).map(|at| row.get(at)).collect::<Result<_, _>>()?;
            all.push(format!("{table} {values:?}"));
        }
    }
    Ok(Recorded(all))
}

/// A value that is not `value`.
fn changed(value: Value, random: &mut Random) -> Value {
    match value {
        Value::Null => Value::Text("x".to_owned()),
        Value::Integer(number) => Value::Integer(number + 1 + number_below(random, 5)),
        Value::Real(_) => Value::Null,
        Value::Text(text) => {
            let mut characters: Vec<char> = text.chars().collect();
            match (number_below(random, 3), characters.len()) {
                (0, 1..) => drop(characters.pop()),
                (1, 1..) => {
                    let at = usize::try_from(random.below(characters.len() as u64)).expect("small");
                    characters[at] = if characters[at] == '7' { '8' } else { '7' };
                }
                _ => characters.push('0'),
            }
            Value::Text(characters.into_iter().collect())
        }
        Value::Blob(mut bytes) if !bytes.is_empty() => {
            let at = usize::try_from(random.below(bytes.len() as u64)).expect("small");
            bytes[at] ^= 1 << number_below(random, 8);
            Value::Blob(bytes)
        }
        Value::Blob(_) => Value::Blob(vec![0]),
    }
}

fn number_below(random: &mut Random, bound: u64) -> i64 {
    i64::try_from(random.below(bound)).expect("small")
}

/// Changes, deletes, copies or swaps something, with all triggers gone. Returns what was done.
fn tamper(connection: &Connection, random: &mut Random) -> Result<String, Failed> {
    let table = RECORDED[usize::try_from(random.below(6))?];
    let rowid = match table {
        "idempotency" => "key",
        "setting" => "name",
        _ => "rowid",
    };
    let one = |random: &mut Random| -> Result<Value, Failed> {
        let count: i64 =
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        let sql = format!(
            "SELECT {rowid} FROM {table} LIMIT 1 OFFSET {}",
            random.below(count.unsigned_abs())
        );
        Ok(connection.query_row(&sql, [], |row| row.get(0))?)
    };
    let columns: Vec<String> = connection
        .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let column = &columns[usize::try_from(random.below(columns.len() as u64))?];
    let (first, second) = (one(random)?, one(random)?);
    let get = |id: &Value| -> Result<Value, Failed> {
        let sql = format!("SELECT {column} FROM {table} WHERE {rowid} = ?");
        Ok(connection.query_row(&sql, [id], |row| row.get(0))?)
    };
    let set = |id: &Value, value: Value| {
        let sql = format!("UPDATE OR IGNORE {table} SET {column} = ? WHERE {rowid} = ?");
        // A value that the table cannot hold is refused even without triggers: nothing is changed.
        let _ = connection.execute(&sql, params_from_iter([value, id.clone()]));
    };
    match random.below(5) {
        0 => {
            connection.execute(&format!("DELETE FROM {table} WHERE {rowid} = ?"), [&first])?;
            Ok(format!("deletion in {table}"))
        }
        1 if table == "entry" || table == "submission" => {
            let others: Vec<_> = columns.iter().filter(|it| *it != &columns[0]).cloned().collect();
            let others = others.join(", ");
            let unique =
                if table == "entry" { "submission + 100, position, record" } else { &others };
            let (key, beyond) = (&columns[0], random.below(3) * 1_000);
            let sql = format!(
                "INSERT INTO {table} ({key}, {others})
                SELECT (SELECT max({key}) FROM {table}) + 1 + {beyond}, {unique}
                FROM {table} WHERE {rowid} = ?"
            );
            connection.execute(&sql, [&first])?;
            Ok(format!("insertion in {table}"))
        }
        2 if first != second => {
            let (one, two) = (get(&first)?, get(&second)?);
            set(&first, two);
            set(&second, one);
            Ok(format!("swap of {column} in {table}"))
        }
        _ => {
            let value = changed(get(&first)?, random);
            set(&first, value);
            Ok(format!("edit of {column} in {table}"))
        }
    }
}

pub(crate) fn edits() -> Result<(), Failed> {
    let victim = Victim::new()?;
    assert!(!victim.is_found(&[victim.head])?, "nothing was changed yet");
    victim.restore()?;
    let before = recorded(&victim.file())?;
    let (mut found, mut unchanged) = (0, 0);
    let mut random = Random::new(1);
    for _ in 0..cases(400, 50_000) {
        victim.restore()?;
        let connection = victim.open_without_triggers()?;
        let what = tamper(&connection, &mut random)?;
        drop(connection);
        let is_changed = recorded(&victim.file())? != before;
        match (is_changed, victim.is_found(&[victim.head])?) {
            (true, true) => found += 1,
            (true, false) => return Err(format!("{what} was not found").into()),
            (false, _) => unchanged += 1,
        }
    }
    println!("{found} found, {unchanged} changed nothing");
    assert!(found > unchanged, "the edits hardly changed anything");
    Ok(())
}

pub(crate) fn bytes() -> Result<(), Failed> {
    let victim = Victim::new()?;
    let before = recorded(&victim.file())?;
    let (mut found, mut unchanged) = (0, 0);
    let mut random = Random::new(2);
    for _ in 0..cases(400, 50_000) {
        victim.restore()?;
        let mut bytes = victim.original.clone();
        let at = usize::try_from(random.below(bytes.len() as u64))?;
        match random.below(10) {
            0 => bytes.truncate(at),
            _ => bytes[at] ^= 1 << random.below(8),
        }
        fs::write(victim.file(), &bytes)?;
        let is_found = victim.is_found(&[victim.head])?;
        fs::write(victim.file(), &bytes)?;
        let is_changed = recorded(&victim.file()).map_or(true, |after| after != before);
        match (is_changed, is_found) {
            (true, true) => found += 1,
            (true, false) => return Err(format!("a change of byte {at} was not found").into()),
            // Unused bytes of a page, an index, a header that SQLite does not need.
            (false, _) => unchanged += 1,
        }
    }
    println!("{found} found, {unchanged} changed nothing recorded");
    assert!(found > 20, "the bytes hardly met anything recorded");
    Ok(())
}

/// The whole file of an earlier time is consistent in itself; only a checkpoint tells.
pub(crate) fn rollback() -> Result<(), Failed> {
    let victim = Victim::new()?;
    let head = runtime().block_on(async {
        let backend = sqlite(victim.folder.path()).await;
        let tenant = tenant(&backend, 1).await;
        tenant.submit(new_submission("later"), start()).await?;
        tenant.head().await
    })?;
    assert!(!victim.is_found(&[victim.head, head])?, "both heads are of this log");
    // A connection that closes later would write what it knows into the restored file.
    victim.settle()?;
    victim.restore()?;
    assert!(victim.is_found(&[head])?, "the rollback was not found");
    victim.restore()?;
    assert!(!victim.is_found(&[victim.head])?, "the earlier head is still right");
    Ok(())
}

/// With its triggers, the database itself refuses.
pub(crate) fn refusals() -> Result<(), Failed> {
    let victim = Victim::new()?;
    let connection = victim.open()?;
    for table in ["scope", "document", "entry", "idempotency", "session_key"] {
        if table == "session_key" {
            connection.execute("INSERT INTO session_key VALUES ('s', x'00')", [])?;
        }
        let column: String = connection.query_row(
            &format!("SELECT name FROM pragma_table_info('{table}') LIMIT 1"),
            [],
            |row| row.get(0),
        )?;
        for sql in
            [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")]
        {
            assert!(connection.execute(&sql, []).is_err(), "{sql} was not refused");
        }
    }
    for sql in [
        "DELETE FROM setting",
        "UPDATE setting SET value = x'00'",
        "UPDATE setting SET version = version + 2",
        "UPDATE setting SET name = name || 'x', version = version + 1",
        "INSERT INTO setting VALUES ('new', 2, x'00')",
        "INSERT OR REPLACE INTO setting SELECT name, 1, x'00' FROM setting",
        "DELETE FROM submission",
        "DELETE FROM log_head",
        "UPDATE log_head SET size = size - 1",
        "UPDATE submission SET status = 'ACCEPTED' WHERE number = 4",
        "UPDATE submission SET receipt = NULL WHERE number = 1",
        "UPDATE submission SET ksef_number = NULL WHERE number = 1",
        "INSERT INTO entry VALUES (1000, 1, 1000, x'00')",
    ] {
        assert!(connection.execute(sql, []).is_err(), "{sql} was not refused");
    }
    for sql in [
        "INSERT OR REPLACE INTO entry SELECT sequence, submission, position, x'00' FROM entry LIMIT 1",
        "INSERT OR REPLACE INTO document SELECT digest, kind, x'00' FROM document LIMIT 1",
        "INSERT OR REPLACE INTO idempotency SELECT key, 100 FROM idempotency LIMIT 1",
        "INSERT OR REPLACE INTO scope SELECT one, 'x', 'y' FROM scope",
        "INSERT OR REPLACE INTO session_key SELECT session, x'01' FROM session_key",
        "INSERT OR REPLACE INTO log_head SELECT 1, 0, zeroblob(8)",
    ] {
        assert!(!matches!(connection.execute(sql, []), Ok(1..)), "{sql} replaced something");
    }
    Ok(())
}
