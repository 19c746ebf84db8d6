//! Tampering: whatever changes a recorded fact is found by `verify`.

pub(crate) mod postgres;

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use ksef_audit::log::TreeHead;
use ksef_audit::{Error, Sqlite, Tenant, Test, Verification, VerifyOptions};
use ksef_core::submission::Decision;
use ksef_core::submission::simulation::Random;
use ksef_tests::suite::{Failed, cases};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::world::{
    Budget, PINNED, asked_for, drive, ksef, new_submission, profile, runtime, sqlite, start,
    tenant, tenant_id,
};

/// A store that is open, whose file can be changed, and what is known of it elsewhere.
///
/// Each verification looks at the file anew, through a connection of its own, so the store stays
/// open while somebody changes the file under it.
struct Victim {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    tenant: Tenant<Test>,
    /// The file as it was after each record, with the head of its log; the last is the present.
    images: Vec<(Vec<u8>, TreeHead)>,
}

/// What the file records, read without the crate: the facts, and the lines of the audit log.
#[derive(Eq, PartialEq, Debug)]
struct Recorded(Vec<String>);

const RECORDED: [&str; 6] = ["scope", "document", "entry", "idempotency", "submission", "setting"];

/// How many stores are changed at the same time.
const LANES: u32 = 4;

impl Victim {
    fn new() -> Result<Self, Failed> {
        let folder = in_memory()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let tenant = runtime.block_on(async {
            let backend = sqlite(folder.path()).await;
            tenant(&backend, 1).await
        });
        let mut victim = Self { folder, runtime, tenant, images: Vec::new() };
        victim.record()?;
        Ok(victim)
    }

    fn record(&mut self) -> Result<(), Failed> {
        let (tenant, mut ksef) = (self.tenant.clone(), ksef());
        let why = Decision::new("Anna Nowak", "an inspection")?;
        let id = self.runtime.block_on(tenant.submit(new_submission("one"), start()))?;
        self.keep_image()?;
        self.runtime.block_on(drive(&tenant, id, &mut ksef, &mut || {}));
        self.keep_image()?;
        self.runtime.block_on(tenant.change_profile(0, &profile(), &why, start()))?;
        self.keep_image()?;
        let id = self.runtime.block_on(tenant.submit(new_submission("two"), start()))?;
        self.keep_image()?;
        self.runtime.block_on(tenant.hold(id, &why, start()))?;
        self.keep_image()
    }

    /// Takes everything from the WAL into the file, and the file as it is then.
    fn keep_image(&mut self) -> Result<(), Failed> {
        let connection = self.open()?;
        // The connections that the store reads with may be about to end.
        let mut tries = 0;
        while connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)) != Ok(0)
        {
            tries += 1;
            assert!(tries < 1_000, "the WAL is not taken into the file");
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
        let head = self.runtime.block_on(self.tenant.head())?;
        self.images.push((fs::read(self.file())?, head));
        Ok(())
    }

    fn original(&self) -> &[u8] {
        &self.present().0
    }

    fn head(&self) -> TreeHead {
        self.present().1
    }

    fn present(&self) -> &(Vec<u8>, TreeHead) {
        self.images.last().expect("it was recorded")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(format!("{}.test.sqlite", tenant_id(1)))
    }

    fn open(&self) -> Result<Connection, Failed> {
        let connection = Connection::open(self.file())?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        Ok(connection)
    }

    /// As someone who can write the file: nothing refuses. What it was is kept beside it.
    fn open_without_triggers(&self) -> Result<Connection, Failed> {
        let connection = self.open()?;
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        let triggers: Vec<String> =
            connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for trigger in triggers {
            connection.execute(&format!("DROP TRIGGER {trigger}"), [])?;
        }
        connection.execute_batch("PRAGMA synchronous = OFF; ATTACH ':memory:' AS original")?;
        for table in RECORDED {
            let sql = format!("CREATE TABLE original.{table} AS SELECT * FROM main.{table}");
            connection.execute_batch(&sql)?;
        }
        Ok(connection)
    }

    /// Puts bytes in the place of those of the file, which stays the same file.
    fn overwrite(&self, bytes: &[u8]) -> Result<(), Failed> {
        let file = fs::OpenOptions::new().write(true).open(self.file())?;
        file.write_all_at(bytes, 0)?;
        Ok(file.set_len(bytes.len() as u64)?)
    }

    /// Whether `verify` says that something is wrong.
    fn is_found(&self, known_heads: &[TreeHead]) -> Result<bool, Failed> {
        let options = VerifyOptions { receipts: Some(Arc::new(PINNED)), known_heads };
        says_wrong(self.runtime.block_on(self.tenant.verify(&options)))
    }

    /// Whether `verify`, or already the opening, says so in a process that just started.
    fn is_found_anew(&self, known_heads: &[TreeHead]) -> Result<bool, Failed> {
        let copy = in_memory()?;
        for extension in ["sqlite", "sqlite-wal"] {
            let file = self.file().with_extension(extension);
            fs::copy(&file, copy.path().join(file.file_name().ok_or("a name")?))?;
        }
        let options = VerifyOptions { receipts: Some(Arc::new(PINNED)), known_heads };
        says_wrong(runtime().block_on(async {
            let backend = Sqlite::open(copy.path()).await?;
            Tenant::<Test>::open(&backend, tenant_id(1)).await?.verify(&options).await
        }))
    }
}

/// A folder without a disk below it, where there is one: nothing is waited for.
fn in_memory() -> Result<tempfile::TempDir, Failed> {
    Ok(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?)
}

pub(crate) fn says_wrong(result: Result<Verification, Error>) -> Result<bool, Failed> {
    match result {
        Ok(verification) => Ok(!verification.is_clean()),
        // What cannot be read any more is found, too.
        Err(Error::Damaged { .. } | Error::Backend { .. } | Error::Unsupported { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// How long one of the tests changes things.
pub(crate) const SECONDS: u64 = 25;

/// How many changes there are in each of the tests, however long they take.
const CHANGES: &str = "KSEF_STORAGE_CHANGES";

/// How often something was changed, and how often that was found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) found: u32,
    pub(crate) unchanged: u32,
}

/// Does the same in several lanes, each with its share of the cases and a seed.
pub(crate) fn in_lanes(
    lanes: u32,
    (all, budget): (u32, Budget),
    lane: impl Fn((u32, Budget), u64) -> Result<Tally, Failed> + Sync,
) -> Result<Tally, Failed> {
    let cases = match asked_for(CHANGES) {
        Some(all) => (all / lanes, Budget::NONE),
        None => (all / lanes, budget),
    };
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let lane = &lane;
        let seeds = 1..=u64::from(lanes);
        let threads: Vec<_> = seeds.map(|seed| scope.spawn(move || lane(cases, seed))).collect();
        let done: Vec<_> = threads.into_iter().map(ScopedJoinHandle::join).collect();
        for lane in done {
            let Tally { found, unchanged } = lane.map_err(|_| "a lane panicked")??;
            tally.found += found;
            tally.unchanged += unchanged;
        }
        Ok::<_, Failed>(())
    })?;
    println!("{} found, {} changed nothing recorded", tally.found, tally.unchanged);
    Ok(tally)
}

fn recorded(connection: &Connection) -> Result<Recorded, rusqlite::Error> {
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
        Value::Integer(number @ 1..) if random.below(4) == 0 => Value::Integer(-number),
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

/// Puts everything back that was recorded.
fn undo(connection: &Connection) -> Result<(), Failed> {
    let mut sql = "BEGIN;".to_owned();
    for table in RECORDED {
        sql.push_str(&format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM original.{table};"
        ));
    }
    sql.push_str("COMMIT");
    Ok(connection.execute_batch(&sql)?)
}

fn edit((count, budget): (u32, Budget), seed: u64) -> Result<Tally, Failed> {
    let victim = Victim::new()?;
    let heads = [victim.head()];
    assert!(!victim.is_found(&heads)?, "nothing was changed yet");
    let connection = victim.open_without_triggers()?;
    let before = recorded(&connection)?;
    let (mut random, mut tally) = (Random::new(seed), Tally::default());
    for round in 0..count {
        if budget.is_spent(round) {
            break;
        }
        let what = tamper(&connection, &mut random)?;
        let is_found = victim.is_found(&heads)?;
        if round < ANEW {
            assert_eq!(victim.is_found_anew(&heads)?, is_found, "{what}");
        }
        if is_found {
            tally.found += 1;
        } else if recorded(&connection)? == before {
            tally.unchanged += 1;
        } else {
            return Err(format!("{what} was not found").into());
        }
        undo(&connection)?;
    }
    assert!(!victim.is_found(&heads)?, "everything was put back");
    Ok(tally)
}

/// How often a lane also asks a process that opens a copy of the file.
const ANEW: u32 = 20;

pub(crate) fn edits() -> Result<(), Failed> {
    let tally = in_lanes(LANES, (cases(100_000, 500_000), Budget::NONE), edit)?;
    assert!(tally.found > tally.unchanged, "the edits hardly changed anything");
    Ok(())
}

/// Changes the file below the database. Returns what was done, and the head that a checkpoint has.
fn damage(victim: &Victim, random: &mut Random) -> Result<String, Failed> {
    let mut bytes = victim.original().to_vec();
    let mut below = |bound: usize| usize::try_from(random.below(bound as u64)).expect("small");
    let at = below(bytes.len());
    let pages = bytes.len() / PAGE_BYTES;
    let page = |number: usize| number * PAGE_BYTES..(number + 1) * PAGE_BYTES;
    let what = match below(20) {
        0 => {
            bytes.truncate(at);
            format!("a truncation to {at} bytes")
        }
        1 => {
            let (from, to) = (below(pages), below(pages));
            bytes.copy_within(page(from), to * PAGE_BYTES);
            format!("page {from} over page {to}")
        }
        2 => {
            let (one, two) = (below(pages), below(pages));
            let kept = bytes[page(one)].to_vec();
            bytes.copy_within(page(two), one * PAGE_BYTES);
            bytes[page(two)].copy_from_slice(&kept);
            format!("a swap of pages {one} and {two}")
        }
        3 => {
            let image = below(victim.images.len());
            bytes.clone_from(&victim.images[image].0);
            format!("a rollback to image {image}")
        }
        4 => {
            let end = (at + 1 + below(64)).min(bytes.len());
            bytes[at..end].fill(0);
            format!("zeros from byte {at}")
        }
        _ => {
            bytes[at] ^= 1 << below(8);
            format!("a bit of byte {at}")
        }
    };
    victim.overwrite(&bytes)?;
    Ok(what)
}

const PAGE_BYTES: usize = 4096;

/// A copy of the file, which is not that of the store by then, read without the crate.
fn recorded_in(bytes: &[u8]) -> Result<Recorded, rusqlite::Error> {
    let file =
        tempfile::NamedTempFile::new_in("/dev/shm").or_else(|_| tempfile::NamedTempFile::new());
    let file = file.expect("a file");
    fs::write(file.path(), bytes).expect("it is written");
    recorded(&Connection::open(file.path())?)
}

fn damages((count, budget): (u32, Budget), seed: u64) -> Result<Tally, Failed> {
    let victim = Victim::new()?;
    let heads = [victim.head()];
    let before = recorded_in(victim.original())?;
    let (mut random, mut tally) = (Random::new(100 + seed), Tally::default());
    for round in 0..count {
        if budget.is_spent(round) {
            break;
        }
        let what = damage(&victim, &mut random)?;
        let is_found = victim.is_found(&heads)?;
        if is_found {
            tally.found += 1;
        } else if recorded_in(&fs::read(victim.file())?).is_ok_and(|after| after == before) {
            // Unused bytes of a page, a header that SQLite does not need.
            tally.unchanged += 1;
        } else {
            return Err(format!("{what} was not found").into());
        }
        if round < ANEW && is_found {
            assert!(victim.is_found_anew(&heads)?, "{what}");
        }
        victim.overwrite(victim.original())?;
    }
    assert!(!victim.is_found(&heads)?, "everything was put back");
    Ok(tally)
}

pub(crate) fn bytes() -> Result<(), Failed> {
    let tally = in_lanes(LANES, (cases(100_000, 500_000), Budget::of_seconds(SECONDS)), damages)?;
    assert!(tally.found > tally.unchanged / 20, "the bytes hardly met anything recorded");
    Ok(())
}

/// The whole file of an earlier time is consistent in itself; only a checkpoint tells.
pub(crate) fn rollback() -> Result<(), Failed> {
    let victim = Victim::new()?;
    for (image, head) in &victim.images {
        victim.overwrite(image)?;
        assert!(!victim.is_found(&[*head])?, "the head of that time is right");
        let is_earlier = *head != victim.head();
        assert_eq!(victim.is_found(&[victim.head()])?, is_earlier, "the head of a later time");
    }
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
        "UPDATE submission SET status = 'ACCEPTED' WHERE number = 2",
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
