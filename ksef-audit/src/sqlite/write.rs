//! What the writer does within a transaction.
//!
//! Whether a job is refused is decided before anything of it is written, so a refused job leaves
//! nothing behind. What is written waits for the statements that follow, and goes with them.

use std::collections::{BTreeMap, BTreeSet};

use ksef_core::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::script::{Script, row, rows};
use super::{backend, blame};
use crate::entry::{Body, Place};
use crate::log::{Frontier, leaf_hash};
use crate::query::{index_trigrams, searched};
use crate::sql::row::{COLUMNS, UPDATES, values};
use crate::sql::writer::{Failure, Job, Outcome};
use crate::sql::{Value, integer};
use crate::store::{
    Commit, Content, Key, Lease, LeaseRequest, NewDocument, Notice, SUBMISSION_NOT_FOUND, Scope,
    SealedKey, SettingChange, Target, Write,
};
use crate::{Entry, Error};

/// How many statements go together at most.
const TOGETHER: usize = 64;

/// Up to where everything goes, within the transaction.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    /// The right edge of the log's tree.
    log: Frontier,
    /// The number of the newest submission.
    pub(super) submissions: u64,
    /// The number of notices.
    notices: u64,
    /// The number up to which submissions are found by their groups of three characters.
    pub(super) indexed: u64,
}

/// A transaction on the connection that writes.
#[derive(Debug)]
pub(super) struct Recording<'c> {
    connection: &'c mut SqliteConnection,
    scope: Scope,
    script: Script,
    /// Read with the first statements.
    ends: Option<Ends>,
    /// How long the log was before.
    before: u64,
}

/// What is to be written for a commit, once it is not refused.
struct Plan<'a> {
    ends: Ends,
    writes: Vec<(u64, &'a Write, Vec<[Value; 4]>)>,
    notices: Vec<(Option<&'a SettingChange>, [Value; 4])>,
}

impl<'c> Recording<'c> {
    /// Begins with the first statements.
    pub(super) fn begin(connection: &'c mut SqliteConnection, scope: Scope) -> Self {
        let mut script = Script::default();
        script.add("BEGIN IMMEDIATE");
        script.add(
            "SELECT frontier, (SELECT coalesce(max(submission), 0) FROM idempotency),
                (SELECT coalesce(max(position) + 1, 0) FROM entry WHERE submission = 0),
                (SELECT through FROM indexed)
            FROM log_head",
        );
        Self { connection, scope, script, ends: None, before: 0 }
    }

    async fn run(&mut self) -> Result<Vec<SqliteRow>, Failure> {
        let mut rows = self.script.run(self.connection).await.map_err(blame)?;
        if self.ends.is_none() {
            let first = if rows.is_empty() { None } else { Some(rows.remove(0)) };
            let ends = first.as_ref().map_or(Err(NO_HEAD), read_ends);
            let ends = ends.map_err(Failure::Transaction)?;
            self.before = ends.log.size();
            self.ends = Some(ends);
        }
        Ok(rows)
    }

    /// Goes on after what is written is durable.
    pub(super) async fn commit(mut self) -> Result<Option<Ends>, Failure> {
        let grown = self.ends.as_ref().filter(|ends| ends.log.size() > self.before);
        if let Some(Ends { log, .. }) = grown {
            let head = self.script.add("UPDATE log_head SET size = ");
            head.value(Value::Integer(integer(log.size())));
            head.push(", frontier = ").value(Value::Bytes(Some(log.to_bytes())));
        }
        self.script.add("COMMIT");
        self.run().await?;
        Ok(self.ends)
    }

    pub(super) async fn perform(&mut self, job: &Job) -> Result<Result<Outcome, Error>, Failure> {
        match job {
            Job::Commit(commit, _) => self.record(commit).await,
            Job::Lease(request, _) => Ok(Ok(Outcome::Leased(self.lease(request).await?))),
            Job::Release(lease, due_at, _) => Ok(self.release(*lease, *due_at)),
        }
    }

    async fn record(&mut self, commit: &Commit) -> Result<Result<Outcome, Error>, Failure> {
        let known = self.known(commit).await?;
        let Some(ends) = self.ends.clone() else { return Ok(Err(NO_HEAD)) };
        let plan = match Plan::new(self.scope, ends, commit, &known) {
            Ok(plan) => plan,
            Err(refusal) => return Ok(Err(refusal)),
        };
        keep(&mut self.script, &commit.documents);
        keep_keys(&mut self.script, &commit.session_keys);
        let keys = plan.writes.iter().map(|(number, ..)| self.scope.key(*number)).collect();
        for (number, write, records) in plan.writes {
            self.write(number, write, records, plan.ends.indexed).await?;
        }
        for (change, record) in plan.notices {
            if let Some(change) = change {
                set(&mut self.script, change);
            }
            rows(self.script.add(INSERT_ENTRY), [record]);
        }
        self.ends = Some(plan.ends);
        Ok(Ok(Outcome::Committed(keys)))
    }

    /// What decides whether the commit is refused, a number for each write and each change of a
    /// setting: who has the idempotency key, how many entries there are, which version is set.
    async fn known(&mut self, commit: &Commit) -> Result<Vec<Option<i64>>, Failure> {
        let mut known = Vec::new();
        for write in &commit.writes {
            match &write.target {
                Target::New { idempotency_key } => {
                    let sql = "SELECT (SELECT submission FROM idempotency WHERE key = ";
                    self.script.add(sql).text(idempotency_key).push(")");
                }
                Target::Existing(key) => {
                    let number = key.number_in(self.scope).map_or(0, integer);
                    let sql = "SELECT (SELECT entries FROM submission WHERE number = ";
                    self.script.add(sql).value(Value::Integer(number)).push(")");
                }
            }
            if self.script.len() >= TOGETHER {
                known.extend(self.run().await?);
            }
        }
        for change in commit.notices.iter().filter_map(|notice| notice.change.as_ref()) {
            let sql = "SELECT (SELECT version FROM setting WHERE name = ";
            self.script.add(sql).text(&change.name).push(")");
        }
        known.extend(self.run().await?);
        let number = |row: &SqliteRow| row.try_get(0).map_err(blame);
        known.iter().map(number).collect()
    }

    async fn write(
        &mut self,
        number: u64,
        write: &Write,
        records: Vec<[Value; 4]>,
        indexed: u64,
    ) -> Result<(), Failure> {
        let script = &mut self.script;
        if let Target::New { idempotency_key } = &write.target {
            let insert = script.add("INSERT INTO idempotency (key, submission) VALUES ");
            row(insert, [text(idempotency_key), Value::Integer(integer(number))]);
        }
        if !records.is_empty() {
            rows(script.add(INSERT_ENTRY), records);
        }
        let upsert = script.add("INSERT INTO submission (").push(COLUMNS).push(") VALUES ");
        row(upsert, values(number, &write.row));
        upsert.push(" ON CONFLICT (number) DO UPDATE SET ").push(UPDATES);
        if number <= indexed {
            index(script, number, write);
        }
        plan(script, number, write);
        if script.len() >= TOGETHER {
            self.run().await?;
        }
        Ok(())
    }

    async fn lease(&mut self, request: &LeaseRequest) -> Result<Vec<Lease>, Failure> {
        let sql = self.script.add("UPDATE work SET leased_until = ");
        sql.text(request.until.to_string()).push(", worker = ").text(&request.worker);
        sql.push(
            ", token = token + 1, strikes = strikes + 1 WHERE submission IN (
                SELECT submission FROM work WHERE due_at <= ",
        );
        sql.text(request.now.to_string()).push(" AND (leased_until IS NULL OR leased_until <= ");
        sql.text(request.now.to_string()).push(") ORDER BY due_at, submission LIMIT ");
        sql.value(Value::Integer(request.limit.into()));
        sql.push(") RETURNING submission, token, strikes");
        let rows = self.run().await?;
        let lease = |row: &SqliteRow| {
            let (number, token): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            let key = self.scope.key(number.unsigned_abs());
            Ok(Lease { key, token: token.unsigned_abs(), strikes: row.try_get(2)? })
        };
        rows.iter().map(lease).collect::<Result<_, _>>().map_err(blame)
    }

    fn release(&mut self, lease: Lease, due_at: Option<Timestamp>) -> Result<Outcome, Error> {
        let number = lease.key.number_in(self.scope)?;
        let sql = "UPDATE work SET leased_until = NULL, worker = NULL, strikes = 0, due_at = ";
        let sql = self.script.add(sql).value(moment(due_at));
        sql.push(" WHERE submission = ").value(Value::Integer(integer(number)));
        sql.push(" AND token = ").value(Value::Integer(integer(lease.token)));
        Ok(Outcome::Released)
    }
}

impl<'a> Plan<'a> {
    fn new(
        scope: Scope,
        ends: Ends,
        commit: &'a Commit,
        known: &[Option<i64>],
    ) -> Result<Self, Error> {
        let mut known = known.iter().copied();
        let mut plan = Self { ends, writes: Vec::new(), notices: Vec::new() };
        // What the commit itself has done so far counts as well.
        let (mut created, mut entries) = (BTreeSet::new(), BTreeMap::new());
        for write in &commit.writes {
            let known = known.next().flatten();
            let number = match &write.target {
                Target::New { idempotency_key } => {
                    if known.is_some() || !created.insert(idempotency_key) {
                        return Err(Error::AlreadyExists { what: "submission" });
                    }
                    plan.ends.submissions += 1;
                    plan.ends.submissions
                }
                Target::Existing(key) => {
                    let number = key.number_in(scope)?;
                    let known = entries.get(&number).copied().or(known);
                    if known.ok_or(SUBMISSION_NOT_FOUND)? != i64::from(write.expected) {
                        return Err(Error::Conflict);
                    }
                    number
                }
            };
            entries.insert(number, write.row.entries.into());
            plan.write(scope.key(number), write)?;
        }
        let mut versions = BTreeMap::new();
        for notice in &commit.notices {
            if let Some(SettingChange { name, expected, .. }) = &notice.change {
                let known = known.next().flatten().unwrap_or(0);
                let version = versions.entry(name).or_insert(known);
                if *version != i64::from(*expected) {
                    return Err(Error::Conflict);
                }
                *version += 1;
            }
            plan.notice(scope, notice)?;
        }
        Ok(plan)
    }

    fn write(&mut self, key: Key, write: &'a Write) -> Result<(), Error> {
        let submission = key.number();
        let mut records = Vec::with_capacity(write.entries.len());
        for (position, entry) in (u64::from(write.expected)..).zip(&write.entries) {
            records.push(self.append(key.scope(), (submission, position), entry)?);
        }
        self.writes.push((submission, write, records));
        Ok(())
    }

    fn notice(&mut self, scope: Scope, notice: &'a Notice) -> Result<(), Error> {
        let record = self.append(scope, (0, self.ends.notices), &notice.entry)?;
        self.ends.notices += 1;
        self.notices.push((notice.change.as_ref(), record));
        Ok(())
    }

    /// The next leaf of the log, as a row.
    fn append(
        &mut self,
        scope: Scope,
        (submission, position): (u64, u64),
        entry: &Entry,
    ) -> Result<[Value; 4], Error> {
        let sequence = self.ends.log.size();
        let record = entry.encode(Place { scope, sequence, submission, position })?;
        self.ends.log.append(leaf_hash(&record));
        let [sequence, submission, position] =
            [sequence, submission, position].map(|number| Value::Integer(integer(number)));
        Ok([sequence, submission, position, Value::Bytes(Some(record))])
    }
}

const NO_HEAD: Error = Error::Damaged { finding: "the head of the log cannot be read" };

const INSERT_ENTRY: &str = "INSERT INTO entry (sequence, submission, position, record) VALUES ";

fn read_ends(row: &SqliteRow) -> Result<Ends, Error> {
    let frontier: Vec<u8> = row.try_get(0).map_err(backend)?;
    let number = |place: usize| row.try_get(place).map(i64::unsigned_abs).map_err(backend);
    Ok(Ends {
        log: Frontier::from_bytes(&frontier).map_err(|_| NO_HEAD)?,
        submissions: number(1)?,
        notices: number(2)?,
        indexed: number(3)?,
    })
}

fn text(text: &str) -> Value {
    Value::Text(Some(text.to_owned()))
}

fn moment(at: Option<Timestamp>) -> Value {
    Value::Text(at.map(|at| at.to_string()))
}

/// The same digest is the same bytes, so what is there stays.
fn keep(script: &mut Script, documents: &[NewDocument]) {
    for some in documents.chunks(TOGETHER) {
        let insert = script.add("INSERT INTO document (digest, kind, bytes) VALUES ");
        let values = some.iter().map(|document| {
            let bytes = match &document.content {
                Content::Inline(bytes) => Some(bytes.to_vec()),
                Content::Elsewhere => None,
            };
            let digest = document.digest.as_bytes().to_vec();
            [Value::Bytes(Some(digest)), text(document.kind.as_str()), Value::Bytes(bytes)]
        });
        rows(insert, values);
        insert.push(" ON CONFLICT DO NOTHING");
    }
}

fn keep_keys(script: &mut Script, keys: &[SealedKey]) {
    for key in keys {
        let insert = script.add("INSERT INTO session_key (session, sealed) VALUES ");
        row(insert, [text(key.session.as_str()), Value::Bytes(Some(key.sealed.clone()))]);
        insert.push(" ON CONFLICT DO NOTHING");
    }
}

fn set(script: &mut Script, change: &SettingChange) {
    let SettingChange { name, expected, value } = change;
    if *expected == 0 {
        let insert = script.add("INSERT INTO setting (name, version, value) VALUES ");
        row(insert, [text(name), Value::Integer(1), Value::Bytes(value.clone())]);
    } else {
        let update = script.add("UPDATE setting SET version = version + 1, value = ");
        update.value(Value::Bytes(value.clone())).push(" WHERE name = ").text(name);
    }
}

/// Makes a row that was indexed before findable by what it says now. The others are indexed later,
/// many at once, see `index`.
fn index(script: &mut Script, number: u64, write: &Write) {
    let names = |entry: &Entry| matches!(entry.body, Body::Source(_) | Body::Described(_));
    if !write.entries.iter().any(names) {
        return;
    }
    let grams = index_trigrams(&searched(&write.row));
    if grams.is_empty() {
        return;
    }
    let insert = script.add("INSERT INTO trigram (gram, submission) VALUES ");
    rows(insert, grams.into_iter().map(|gram| [text(&gram), Value::Integer(integer(number))]));
    insert.push(" ON CONFLICT DO NOTHING");
}

/// A record shows that the work goes on, so the strikes begin anew.
fn plan(script: &mut Script, number: u64, write: &Write) {
    let insert = script.add("INSERT INTO work (submission, due_at) VALUES ");
    row(insert, [Value::Integer(integer(number)), moment(write.due_at)]);
    insert.push(" ON CONFLICT DO UPDATE SET due_at = excluded.due_at");
    if !write.entries.is_empty() {
        insert.push(", strikes = 0");
    }
}
