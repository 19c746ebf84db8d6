//! Going through the log.

use core::future::poll_fn;
use core::task::Poll;
use std::collections::BTreeMap;

use futures_util::future::join;
use ksef_core::Sha256Digest;

use super::{Finding, Verification, VerifyOptions};
use crate::Error;
use crate::entry::{Body, Entry};
use crate::log::{self, ChainVerifier, RecordKind, Tag};
use crate::store::{Record, Store};

/// How many records are read at once.
const PAGE: u32 = 1_000;

/// After how many records whatever else goes on has its turn.
const TURN: usize = 32;

/// The log against its head and the known heads, each record against its place, and the settings.
pub(super) struct LogCheck<'a> {
    store: &'a dyn Store,
    options: &'a VerifyOptions<'a>,
    pub(super) verification: Verification,
    /// How many entries each submission has, from the first one on.
    pub(super) entries: Vec<u32>,
    notices: u64,
    /// The last change of each setting: its version, and the digest of its value.
    settings: BTreeMap<String, (u32, Option<Sha256Digest>)>,
}

impl<'a> LogCheck<'a> {
    pub(super) fn new(store: &'a dyn Store, options: &'a VerifyOptions<'a>) -> Self {
        Self {
            store,
            options,
            verification: Verification::default(),
            entries: Vec::new(),
            notices: 0,
            settings: BTreeMap::new(),
        }
    }

    fn find(&mut self, finding: Finding) {
        self.verification.findings.push(finding);
    }

    /// The log, and that what is set is what it says was set last.
    pub(super) async fn with_settings(&mut self) -> Result<(), Error> {
        self.log().await?;
        self.set().await
    }

    pub(super) async fn log(&mut self) -> Result<(), Error> {
        let scope = self.store.scope();
        let head = self.store.head().await?;
        let known = self.options.known_heads.iter().copied();
        let mut chain = ChainVerifier::new(scope.tenant(), scope.environment(), known);
        let mut records = self.store.records(0, PAGE).await?;
        while let Some(last) = records.last() {
            // Stored places may have gaps if records were deleted.
            let next = self.store.records(last.sequence + 1, PAGE);
            let (next, ()) = join(next, self.records(&mut chain, &records)).await;
            records = next?;
        }
        if let Err(error) = chain.finish(&head) {
            self.find(Finding::Log(error));
        }
        Ok(())
    }

    async fn records(&mut self, chain: &mut ChainVerifier, records: &[Record]) {
        for some in records.chunks(TURN) {
            for record in some {
                self.record(chain, record);
            }
            give_way().await;
        }
    }

    fn record(&mut self, chain: &mut ChainVerifier, stored: &Record) {
        let sequence = self.verification.entries;
        self.verification.entries += 1;
        let record = match chain.push(&stored.bytes) {
            Ok(record) => record,
            Err(error) => return self.find(Finding::Log(error)),
        };
        if matches!(record.kind(), RecordKind::Setting | RecordKind::Look) {
            return self.notice(stored, &record);
        }
        let (submission, position) = (stored.submission, stored.position);
        let is_filed = stored.sequence == sequence
            && record.number(Tag::Submission) == Some(submission)
            && record.number(Tag::Position) == Some(position);
        if !is_filed {
            return self.find(Finding::Misfiled { sequence });
        }
        if !self.count(submission, position) {
            self.find(Finding::Entries { submission });
        }
    }

    /// Notices are counted apart from submissions, and each change follows the one before it.
    fn notice(&mut self, stored: &Record, record: &log::Record) {
        let sequence = self.verification.entries - 1;
        let is_filed = (stored.sequence, stored.submission) == (sequence, 0)
            && stored.position == self.notices;
        self.notices += 1;
        if !is_filed {
            self.find(Finding::Misfiled { sequence });
        }
        let Ok(Entry { body: Body::Changed(change), .. }) = Entry::of_record(record) else {
            return;
        };
        let (version, digest) = self.settings.entry(change.setting.clone()).or_default();
        let is_next = change.version == *version + 1;
        (*version, *digest) = (change.version, change.digest);
        if !is_next {
            self.find(Finding::Setting { name: change.setting });
        }
    }

    /// What is set is what was set last.
    async fn set(&mut self) -> Result<(), Error> {
        let mut recorded = core::mem::take(&mut self.settings);
        for (name, setting) in self.store.settings("").await? {
            let digest = setting.value.as_deref().map(Sha256Digest::of);
            if recorded.remove(&name) != Some((setting.version, digest)) {
                self.find(Finding::Setting { name });
            }
        }
        for name in recorded.into_keys() {
            self.find(Finding::Setting { name });
        }
        Ok(())
    }

    /// Submissions and their entries are numbered without gaps, in the order of the log.
    fn count(&mut self, submission: u64, position: u64) -> bool {
        let Some(index) = submission.checked_sub(1).and_then(|it| usize::try_from(it).ok()) else {
            return false;
        };
        if index == self.entries.len() {
            self.entries.push(0);
        }
        match self.entries.get_mut(index) {
            Some(entries) if u64::from(*entries) == position => {
                *entries += 1;
                true
            }
            _ => false,
        }
    }
}

/// Lets whatever waits beside this go on: what is read next is read while this computes.
async fn give_way() {
    let mut has_given_way = false;
    poll_fn(|context| {
        if has_given_way {
            return Poll::Ready(());
        }
        has_given_way = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
