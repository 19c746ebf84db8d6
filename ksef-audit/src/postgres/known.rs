//! What decides whether commits are refused, asked for all commits of a group at once.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::backend;
use super::statement::{own, tuples};
use crate::Error;
use crate::log::Frontier;
use crate::sql::plan::{Ends, Plan};
use crate::sql::{integer, unsigned};
use crate::store::{Commit, Scope, SettingChange, Target};

/// What the commits of a group are about, as it is with what those before them did.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) ends: Ends,
    /// Who has an idempotency key.
    keys: BTreeMap<String, i64>,
    /// How many entries a submission has.
    entries: BTreeMap<i64, i64>,
    /// Which version of a setting is set.
    versions: BTreeMap<String, i64>,
}

/// The head of the log, the number of the newest submission and of notices, and the answers.
type Answers = (Vec<u8>, i64, i64, Vec<Option<i64>>, Vec<Option<i64>>, Vec<Option<i64>>);

impl Known {
    /// Asks for everything that these commits are about.
    pub(super) async fn ask(
        connection: &mut PgConnection,
        scope: Scope,
        commits: &[&Commit],
    ) -> Result<Self, Error> {
        let targets = || commits.iter().flat_map(|commit| &commit.writes).map(|it| &it.target);
        let keys: Vec<_> = targets().filter_map(new).map(str::to_owned).collect();
        let numbers: Vec<_> = targets().filter_map(|target| existing(target, scope)).collect();
        let changes = commits.iter().flat_map(|commit| changes(commit));
        let names: Vec<_> = changes.map(|change| change.name.clone()).collect();
        let (head, submissions, notices, holders, entries, versions): Answers =
            tuples(QUESTIONS, scope)
                .bind(keys.clone())
                .bind(numbers.clone())
                .bind(names.clone())
                .fetch_optional(connection)
                .await
                .map_err(backend)?
                .ok_or(NO_HEAD)?;
        let log = Frontier::from_bytes(&head).map_err(|_| DAMAGED)?;
        let (submissions, notices) = (unsigned(submissions)?, unsigned(notices)?);
        Ok(Self {
            ends: Ends { log, submissions, notices },
            keys: known(keys, holders),
            entries: known(numbers, entries),
            versions: known(names, versions),
        })
    }

    /// The answers that [`Plan::new`] takes for this commit.
    pub(super) fn answers(&self, scope: Scope, commit: &Commit) -> Vec<Option<i64>> {
        let writes = commit.writes.iter().map(|write| match &write.target {
            Target::New { idempotency_key } => self.keys.get(idempotency_key),
            target @ Target::Existing(_) => {
                existing(target, scope).and_then(|number| self.entries.get(&number))
            }
        });
        let changes = changes(commit).map(|change| self.versions.get(&change.name));
        writes.chain(changes).map(Option::<&i64>::copied).collect()
    }

    /// Takes in what will be written.
    pub(super) fn learn(&mut self, plan: &Plan<'_>) {
        for (submission, write, _) in &plan.writes {
            let submission = integer(*submission);
            if let Target::New { idempotency_key } = &write.target {
                self.keys.insert(idempotency_key.clone(), submission);
            }
            self.entries.insert(submission, write.row.entries.into());
        }
        for change in plan.notices.iter().filter_map(|(change, _)| *change) {
            self.versions.insert(change.name.clone(), i64::from(change.expected) + 1);
        }
        self.ends = plan.ends.clone();
    }
}

const NO_HEAD: Error = Error::Damaged { finding: "the head of the log is not there" };

const DAMAGED: Error = Error::Damaged { finding: "the head of the log cannot be read" };

/// One row, in which each answer stands where its question does.
const QUESTIONS: &str = concat!(
    "SELECT frontier,
    (SELECT coalesce(max(submission), 0) FROM ksef_audit.idempotency WHERE ",
    own!(),
    "), (SELECT coalesce(max(position) + 1, 0) FROM ksef_audit.entry WHERE ",
    own!(),
    " AND submission = 0),
    ARRAY(SELECT (SELECT submission FROM ksef_audit.idempotency WHERE ",
    own!(),
    " AND key = asked)
        FROM unnest($3::text[]) WITH ORDINALITY AS question (asked, place) ORDER BY place),
    ARRAY(SELECT (SELECT entries FROM ksef_audit.submission WHERE ",
    own!(),
    " AND number = asked)
        FROM unnest($4::bigint[]) WITH ORDINALITY AS question (asked, place) ORDER BY place),
    ARRAY(SELECT (SELECT version FROM ksef_audit.setting WHERE ",
    own!(),
    " AND name = asked)
        FROM unnest($5::text[]) WITH ORDINALITY AS question (asked, place) ORDER BY place)
    FROM ksef_audit.log_head WHERE ",
    own!()
);

fn new(target: &Target) -> Option<&str> {
    match target {
        Target::New { idempotency_key } => Some(idempotency_key),
        Target::Existing(_) => None,
    }
}

fn existing(target: &Target, scope: Scope) -> Option<i64> {
    match target {
        Target::New { .. } => None,
        Target::Existing(key) => key.number_in(scope).ok().map(integer),
    }
}

fn changes(commit: &Commit) -> impl Iterator<Item = &SettingChange> {
    commit.notices.iter().filter_map(|notice| notice.change.as_ref())
}

fn known<T: Ord>(questions: Vec<T>, answers: Vec<Option<i64>>) -> BTreeMap<T, i64> {
    questions.into_iter().zip(answers).filter_map(|(it, answer)| Some((it, answer?))).collect()
}
