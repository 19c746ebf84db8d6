//! What is to be written for a commit, decided before anything of it is written, so that a commit
//! that is refused leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet};

use super::{Value, number};
use crate::entry::Place;
use crate::log::{Frontier, leaf_hash};
use crate::store::{
    Commit, Key, Notice, SUBMISSION_NOT_FOUND, Scope, SettingChange, Target, Write,
};
use crate::{Entry, Error};

/// A row of the table of entries: sequence, submission, position, record.
pub(crate) type EntryRow = [Value; 4];

/// Up to where everything goes.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    /// The right edge of the log's tree.
    pub(crate) log: Frontier,
    /// The number of the newest submission.
    pub(crate) submissions: u64,
    /// The number of notices.
    pub(crate) notices: u64,
}

/// What is to be written for a commit, once it is not refused.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Where everything ends then.
    pub(crate) ends: Ends,
    pub(crate) writes: Vec<(u64, &'a Write, Vec<EntryRow>)>,
    pub(crate) notices: Vec<(Option<&'a SettingChange>, EntryRow)>,
}

impl<'a> Plan<'a> {
    /// `known` has a number for each write and each change of a setting: who has the idempotency key,
    /// how many entries there are, which version is set.
    pub(crate) fn new(
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
            let submission = match &write.target {
                Target::New { idempotency_key } => {
                    if known.is_some() || !created.insert(idempotency_key) {
                        return Err(Error::AlreadyExists { what: "submission" });
                    }
                    plan.ends.submissions += 1;
                    plan.ends.submissions
                }
                Target::Existing(key) => {
                    let submission = key.number_in(scope)?;
                    let known = entries.get(&submission).copied().or(known);
                    if known.ok_or(SUBMISSION_NOT_FOUND)? != i64::from(write.expected) {
                        return Err(Error::Conflict);
                    }
                    submission
                }
            };
            entries.insert(submission, write.row.entries.into());
            plan.write(scope.key(submission), write)?;
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
    ) -> Result<EntryRow, Error> {
        let sequence = self.ends.log.size();
        let record = entry.encode(Place { scope, sequence, submission, position })?;
        self.ends.log.append(leaf_hash(&record));
        let [sequence, submission, position] = [sequence, submission, position].map(number);
        Ok([sequence, submission, position, Value::Bytes(Some(record))])
    }
}
