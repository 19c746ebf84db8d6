//! Which answers occurred.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use http::Method;

use super::{Contract, covers};

/// How often each operation gave each status. Printed, it is a table with one operation a line; `-` is a
/// documented status that did not occur.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    operations: BTreeMap<String, BTreeMap<u16, u64>>,
    unknown: u64,
    outside: u64,
    dropped: u64,
    excused: BTreeMap<&'static str, u64>,
}

impl Coverage {
    /// The table of a contract, with nothing in it.
    #[must_use]
    pub fn of(contract: &Contract) -> Self {
        let row = |operation: &super::Operation| {
            (operation.name().to_owned(), operation.statuses().map(|status| (status, 0)).collect())
        };
        Self { operations: contract.operations().iter().map(row).collect(), ..Self::default() }
    }

    /// How often an operation, such as `POST /auth/challenge`, gave a status.
    #[must_use]
    pub fn count(&self, operation: &str, status: u16) -> u64 {
        let row = self.operations.get(operation);
        row.and_then(|row| row.get(&status)).copied().unwrap_or(0)
    }

    /// The documented pairs of operation and status that did not occur.
    pub fn missing(&self) -> impl Iterator<Item = (&str, u16)> {
        self.operations.iter().flat_map(|(operation, row)| {
            let absent = row.iter().filter(|(_, count)| **count == 0);
            absent.map(|(status, _)| (operation.as_str(), *status))
        })
    }

    /// The answers that were checked.
    #[must_use]
    pub fn checked(&self) -> u64 {
        self.operations.values().flat_map(BTreeMap::values).sum::<u64>() + self.unknown
    }

    /// The exchanges outside of [`super::BASE`], which were not checked.
    #[must_use]
    pub fn outside(&self) -> u64 {
        self.outside
    }

    /// The requests that got no answer.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The answers that were excused from the check, by reason.
    #[must_use]
    pub fn excused(&self) -> &BTreeMap<&'static str, u64> {
        &self.excused
    }

    pub(super) fn answered(
        &mut self,
        contract: &Contract,
        method: &Method,
        path: &str,
        status: u16,
    ) {
        let name = contract.operation(method, path).map(super::Operation::name);
        match name.and_then(|name| self.operations.get_mut(name)) {
            Some(row) => *row.entry(status).or_default() += 1,
            None if covers(path) => self.unknown += 1,
            None => self.outside += 1,
        }
    }

    pub(super) fn unanswered(&mut self) {
        self.dropped += 1;
    }

    pub(super) fn excuse(&mut self, reason: &'static str) {
        *self.excused.entry(reason).or_default() += 1;
    }
}

impl AddAssign<&Self> for Coverage {
    fn add_assign(&mut self, other: &Self) {
        for (operation, row) in &other.operations {
            let ours = self.operations.entry(operation.clone()).or_default();
            for (status, count) in row {
                *ours.entry(*status).or_default() += count;
            }
        }
        for (reason, count) in &other.excused {
            *self.excused.entry(reason).or_default() += count;
        }
        self.unknown += other.unknown;
        self.outside += other.outside;
        self.dropped += other.dropped;
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (operation, row) in &self.operations {
            write!(f, "{operation:<72}")?;
            for (status, count) in row {
                match count {
                    0 => write!(f, " {status}:-")?,
                    count => write!(f, " {status}:{count}")?,
                }
            }
            writeln!(f)?;
        }
        for (reason, count) in &self.excused {
            writeln!(f, "excused, {reason}: {count}")?;
        }
        let Self { unknown, outside, dropped, .. } = self;
        writeln!(
            f,
            "no operation: {unknown}; outside of the contract: {outside}; no answer: {dropped}"
        )
    }
}
