//! What the writer does within a transaction.
//!
//! Whether a job is refused is decided before anything of it is written, so a refused job leaves
//! nothing behind. What is written waits for the statements that follow, and goes with them.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::script::Script;
use super::{backend, blame};
use crate::Error;
use crate::log::Frontier;
use crate::query::{index_trigrams, searched};
use crate::sql::plan::{self, EntryRow, Plan};
use crate::sql::row::values;
use crate::sql::writer::{Failure, Job, Outcome};
use crate::sql::{self, Value, integer, moment, number, text, unsigned};
use crate::store::{Commit, Lease, LeaseRequest, Release, Scope, SettingChange, Target, Write};

/// How many steps, or questions, go together at most.
const TOGETHER: usize = 32;

/// Up to where everything goes, within the transaction.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    recorded: plan::Ends,
    /// The number up to which submissions are found by their groups of three characters.
    indexed: u64,
}

impl Ends {
    /// How many submissions are not found by their groups of three characters yet.
    pub(super) const fn unindexed(&self) -> u64 {
        self.recorded.submissions.saturating_sub(self.indexed)
    }
}

/// A transaction on the connection that writes.
#[derive(Debug)]
pub(super) struct Recording<'c> {
    connection: &'c mut SqliteConnection,
    scope: Scope,
    script: Script,
    /// Read with the first statements, unless they are assumed.
    ends: Option<Ends>,
    /// Whether answers are assumed, and not asked for. The steps fail where one does not hold.
    assumes: bool,
    /// How long the log was before.
    before: u64,
    /// Whether anything was executed.
    has_begun: bool,
}

impl<'c> Recording<'c> {
    /// Begins with the first statements. With the ends that the transaction before had, it assumes
    /// that nobody else has recorded since, and that nothing will be refused: then everything goes
    /// in one trip.
    pub(super) fn begin(
        connection: &'c mut SqliteConnection,
        scope: Scope,
        ends: Option<Ends>,
    ) -> Self {
        let mut script = Script::default();
        let (mut assumes, mut before) = (false, 0);
        if let Some(Ends { recorded, indexed }) = &ends {
            (assumes, before) = (true, recorded.log.size());
            script.step("ends", [number(before), number(*indexed)]);
        }
        Self { connection, scope, script, ends, assumes, before, has_begun: false }
    }

    async fn run(&mut self) -> Result<Vec<SqliteRow>, Failure> {
        if !self.has_begun {
            self.script.put_first("BEGIN IMMEDIATE");
            self.has_begun = true;
        }
        self.script.run(self.connection).await.map_err(blame)
    }

    /// Goes on after what is written is durable. Returns where everything ends, if it was read.
    pub(super) async fn commit(mut self) -> Result<Option<Ends>, Failure> {
        let log = self.ends.as_ref().map(|ends| &ends.recorded.log);
        if let Some(log) = log.filter(|log| log.size() > self.before) {
            let head = [number(log.size()), Value::Bytes(Some(log.to_bytes()))];
            self.script.step("log_head", head);
        }
        if self.has_begun || !self.script.is_one_statement() {
            self.script.add("COMMIT");
            self.run().await?;
        } else {
            // A statement outside of a transaction is a transaction, and spares the copies of pages by
            // which it could be undone alone.
            self.script.run(self.connection).await.map_err(blame)?;
        }
        Ok(self.ends)
    }

    pub(super) async fn perform(&mut self, job: &Job) -> Result<Result<Outcome, Error>, Failure> {
        match job {
            Job::Commit(commit, _) => self.record(commit).await,
            Job::Lease(request, _) => Ok(Ok(Outcome::Leased(self.lease(request).await?))),
            Job::Release(release, _) => Ok(self.release(*release)),
            Job::Share(change, _) => self.share(change).await,
        }
    }

    async fn record(&mut self, commit: &Commit) -> Result<Result<Outcome, Error>, Failure> {
        let known = if self.assumes && !commit.notices.iter().any(|it| it.change.is_some()) {
            self.assume(commit)
        } else {
            self.known(commit).await?
        };
        let Some(Ends { recorded, indexed }) = self.ends.clone() else { return Ok(Err(NO_HEAD)) };
        let plan = match Plan::new(self.scope, recorded, commit, &known) {
            Ok(plan) => plan,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for document in &commit.documents {
            // The same digest is the same bytes, so what is there stays.
            if self.script.step("document", sql::document(document)) >= TOGETHER {
                self.run().await?;
            }
        }
        for key in &commit.session_keys {
            self.script.step("session_key", sql::session_key(key));
        }
        let keys = plan.writes.iter().map(|(number, ..)| self.scope.key(*number)).collect();
        for (number, write, records) in plan.writes {
            if put(&mut self.script, (number, write, records), indexed) >= TOGETHER {
                self.run().await?;
            }
        }
        for (change, record) in plan.notices {
            if let Some(change) = change {
                set(&mut self.script, change);
            }
            self.script.step("entry", record);
        }
        self.ends = Some(Ends { recorded: plan.ends, indexed });
        Ok(Ok(Outcome::Committed(keys)))
    }

    /// The answers of [`Recording::known`] with which the commit is not refused. The step that writes
    /// an idempotency key fails by itself where the key is taken.
    fn assume(&mut self, commit: &Commit) -> Vec<Option<i64>> {
        let answer = |write: &Write| match &write.target {
            Target::New { .. } => None,
            Target::Existing(key) => {
                let (key, entries) =
                    (key.number_in(self.scope).unwrap_or(0), write.expected.into());
                self.script.step("entries", [number(key), number(entries)]);
                i64::try_from(entries).ok()
            }
        };
        commit.writes.iter().map(answer).collect()
    }

    /// What decides whether the commit is refused, a number for each write and each change of a
    /// setting: who has the idempotency key, how many entries there are, which version is set.
    async fn known(&mut self, commit: &Commit) -> Result<Vec<Option<i64>>, Failure> {
        let writes = commit.writes.iter().map(|write| match &write.target {
            Target::New { idempotency_key } => {
                (", (SELECT submission FROM idempotency WHERE key = ", text(idempotency_key))
            }
            Target::Existing(key) => {
                let key = number(key.number_in(self.scope).unwrap_or(0));
                (", (SELECT entries FROM submission WHERE number = ", key)
            }
        });
        let changes = commit.notices.iter().filter_map(|notice| notice.change.as_ref());
        let changes = changes
            .map(|change| (", (SELECT version FROM setting WHERE name = ", text(&change.name)));
        let questions: Vec<_> = writes.chain(changes).collect();
        let mut known = Vec::with_capacity(questions.len());
        let mut questions = questions.into_iter().peekable();
        while self.ends.is_none() || questions.peek().is_some() {
            let some = questions.by_ref().take(TOGETHER);
            self.ask(some, &mut known).await?;
        }
        Ok(known)
    }

    async fn ask(
        &mut self,
        questions: impl Iterator<Item = (&'static str, Value)>,
        known: &mut Vec<Option<i64>>,
    ) -> Result<(), Failure> {
        let select = self.script.add("SELECT ").push(ENDS);
        for (question, value) in questions {
            select.push(question).value(value).push(")");
        }
        select.push(" FROM log_head");
        let rows = self.run().await?;
        let row = rows.first().ok_or(Failure::Transaction(NO_HEAD))?;
        if self.ends.is_none() {
            let ends = read_ends(row).map_err(Failure::Transaction)?;
            self.before = ends.recorded.log.size();
            self.ends = Some(ends);
        }
        for place in 4..row.len() {
            known.push(row.try_get(place).map_err(blame)?);
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
            let [number, token] = [0, 1].map(|place| read_number(row, place));
            let strikes = row.try_get(2).map_err(backend)?;
            Ok(Lease { key: self.scope.key(number?), token: token?, strikes })
        };
        rows.iter().map(lease).collect::<Result<_, _>>().map_err(Failure::Transaction)
    }

    async fn share(&mut self, change: &SettingChange) -> Result<Result<Outcome, Error>, Failure> {
        let sql = "SELECT (SELECT version FROM shared WHERE name = ";
        self.script.add(sql).text(&change.name).push(")");
        let rows = self.run().await?;
        let version = rows.first().map_or(Ok(None), |row| row.try_get::<Option<i64>, _>(0));
        if version.map_err(blame)?.unwrap_or(0) != i64::from(change.expected) {
            return Ok(Err(Error::Conflict));
        }
        let (version, value) = (i64::from(change.expected) + 1, change.value.clone());
        let insert = self.script.add("INSERT INTO shared (name, version, value) VALUES (");
        insert.text(&change.name).push(", ").value(Value::Integer(version)).push(", ");
        insert.value(Value::Bytes(Some(value.unwrap_or_default()))).push(
            ") ON CONFLICT (name) DO UPDATE SET version = excluded.version, value = excluded.value",
        );
        Ok(Ok(Outcome::Shared))
    }

    fn release(&mut self, release: Release) -> Result<Outcome, Error> {
        let Release { lease, seen, due_at } = release;
        let number = lease.key.number_in(self.scope)?;
        let sql = "UPDATE work SET leased_until = NULL, worker = NULL, strikes = 0, due_at =
            CASE (SELECT entries FROM submission WHERE number = work.submission) WHEN ";
        let sql = self.script.add(sql).value(Value::Integer(seen.into()));
        sql.push(" THEN ").value(moment(due_at)).push(" ELSE due_at END");
        sql.push(" WHERE submission = ").value(Value::Integer(integer(number)));
        sql.push(" AND token = ").value(Value::Integer(integer(lease.token)));
        Ok(Outcome::Released)
    }
}

const NO_HEAD: Error = Error::Damaged { finding: "the head of the log cannot be read" };

/// What [`read_ends`] reads.
const ENDS: &str = "frontier, (SELECT coalesce(max(submission), 0) FROM idempotency),
    (SELECT coalesce(max(position) + 1, 0) FROM entry WHERE submission = 0),
    (SELECT through FROM indexed)";

fn read_ends(row: &SqliteRow) -> Result<Ends, Error> {
    let frontier: Vec<u8> = row.try_get(0).map_err(backend)?;
    let log = Frontier::from_bytes(&frontier).map_err(|_| NO_HEAD)?;
    let recorded =
        plan::Ends { log, submissions: read_number(row, 1)?, notices: read_number(row, 2)? };
    Ok(Ends { recorded, indexed: read_number(row, 3)? })
}

fn read_number(row: &SqliteRow, place: usize) -> Result<u64, Error> {
    unsigned(row.try_get(place).map_err(backend)?)
}

/// Returns how many steps wait.
fn put(
    script: &mut Script,
    (submission, write, records): (u64, &Write, Vec<EntryRow>),
    indexed: u64,
) -> usize {
    if let Target::New { idempotency_key } = &write.target {
        script.step("idempotency", [text(idempotency_key), number(submission)]);
    }
    for record in records {
        script.step("entry", record);
    }
    script.step("submission", values(submission, &write.row));
    if submission <= indexed {
        index(script, submission, write);
    }
    // A record shows that the work goes on, so the strikes begin anew.
    let goes_on = Value::Integer(i64::from(!write.entries.is_empty()));
    script.step("work", [number(submission), moment(write.due_at), goes_on])
}

fn set(script: &mut Script, change: &SettingChange) {
    let kind = if change.expected == 0 { "first_setting" } else { "next_setting" };
    script.step(kind, [text(&change.name), Value::Bytes(change.value.clone())]);
}

/// Makes a row that was indexed before findable by what it says now. The others are indexed later,
/// many at once, see `index`.
fn index(script: &mut Script, submission: u64, write: &Write) {
    if write.entries.iter().any(|entry| entry.body.names()) {
        for gram in index_trigrams(&searched(&write.row)) {
            script.step("trigram", [text(&gram), number(submission)]);
        }
    }
}
