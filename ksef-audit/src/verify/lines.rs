//! Going through the lines of the audit log, with everything that they must agree with.

use core::pin::pin;
use std::sync::Arc;
use std::thread;

use futures_util::TryStreamExt as _;

use super::check::{Check, Checked};
use super::line;
use super::{Finding, Verification, VerifyOptions};
use crate::Error;
use crate::query::Counts;
use crate::store::Store;

/// The lines against their entries and documents, and against the counts.
pub(super) struct LinesCheck<'a> {
    store: &'a dyn Store,
    options: &'a VerifyOptions<'a>,
    pub(super) verification: Verification,
    counts: Counts,
    /// How many entries submissions have, by their numbers.
    entries: Vec<(u64, u32)>,
}

impl<'a> LinesCheck<'a> {
    pub(super) fn new(store: &'a dyn Store, options: &'a VerifyOptions<'a>) -> Self {
        Self {
            store,
            options,
            verification: Verification::default(),
            counts: Counts::default(),
            entries: Vec::new(),
        }
    }

    fn find(&mut self, finding: Finding) {
        self.verification.findings.push(finding);
    }

    pub(super) async fn lines(&mut self) -> Result<(), Error> {
        let (store, receipts) = (self.store, self.options.receipts.clone());
        let check = Arc::new(Check { scope: store.scope(), receipts });
        let pages = line::pages(store).map_ok(async |rows| {
            let lines = line::read(store, rows).await?;
            Arc::clone(&check).apart(lines).await
        });
        // While these are checked, on every core, the next ones are read.
        let ahead = thread::available_parallelism().map_or(1, usize::from) + 1;
        let mut pages = pin!(pages.try_buffered(ahead));
        while let Some(checked) = pages.try_next().await? {
            self.add(checked);
        }
        if store.counts().await? != self.counts {
            self.find(Finding::Counts);
        }
        Ok(())
    }

    fn add(&mut self, checked: Checked) {
        for (number, status) in checked.lines {
            self.counts.add(status, 1);
            let expected = self.verification.submissions + 1;
            if number != expected {
                self.find(Finding::Row { submission: expected });
            }
            self.verification.submissions = number;
        }
        self.entries.extend(checked.entries);
        self.verification.documents += checked.documents;
        self.verification.receipts += checked.receipts;
        self.verification.findings.extend(checked.findings);
    }

    /// Every submission has as many entries as the log has of it, and those of which the log has any are
    /// all here.
    pub(super) fn agree_with(&mut self, log: &[u32]) {
        for (submission, entries) in core::mem::take(&mut self.entries) {
            let index = usize::try_from(submission - 1).unwrap_or(usize::MAX);
            if log.get(index) != Some(&entries) {
                self.find(Finding::Entries { submission });
            }
        }
        let all = u64::try_from(log.len()).unwrap_or(u64::MAX);
        for submission in self.verification.submissions + 1..=all {
            self.find(Finding::Row { submission });
        }
    }
}
