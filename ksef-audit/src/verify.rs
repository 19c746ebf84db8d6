//! Verifying everything that is kept: the log, the rows, the documents, the receipts.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ksef_core::port::{UpoMismatch, UpoVerifier};
use ksef_core::{Sha256Digest, SubmissionStatus, UpoXml};

use crate::entry::{Body, Entry};
use crate::environment::EnvironmentType;
use crate::log::{self, ChainError, ChainVerifier, RecordKind, Tag, TreeHead};
use crate::query::Counts;
use crate::store::{DocumentKind, Record, Store};
use crate::tenant::receipt_verdict;
use crate::{Error, Row, Submission, Tenant};

/// How much is read at once.
const PAGE: u32 = 1_000;

/// What a verification looks at besides the store itself.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "built with struct update syntax")]
pub struct VerifyOptions<'a> {
    /// Verifies the receipt of every accepted row; without one, their digests are verified only.
    pub receipts: Option<&'a dyn UpoVerifier>,
    /// Heads of the log that were kept elsewhere, as in checkpoints: what was rolled back since
    /// then is found by them.
    pub known_heads: &'a [TreeHead],
}

/// What a verification went through, and what it found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Verification {
    /// How many entries the log has.
    pub entries: u64,
    /// How many submissions there are.
    pub submissions: u64,
    /// How many documents were hashed.
    pub documents: u64,
    /// How many receipts were verified.
    pub receipts: u64,
    /// Everything that is not as it was recorded; empty if all is well.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether all is as it was recorded.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Something that is not as it was recorded. It names places and nothing of the data.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// The log is not what it was.
    Log(ChainError),
    /// The stored data cannot be read.
    Unreadable(&'static str),
    /// A record is stored under another submission or place than it names.
    Misfiled {
        /// Its place in the log.
        sequence: u64,
    },
    /// The entries of a submission have a gap or cannot follow each other.
    Entries {
        /// The submission.
        submission: u64,
    },
    /// A submission has no row, or a row has no submission.
    Row {
        /// The submission.
        submission: u64,
    },
    /// A row does not say what the entries add up to.
    RowDiffers {
        /// The submission.
        submission: u64,
    },
    /// The idempotency key that created a submission does not find it any more.
    IdempotencyKey {
        /// The submission.
        submission: u64,
    },
    /// A document is missing.
    DocumentMissing {
        /// The submission.
        submission: u64,
        /// Its recorded digest.
        digest: Sha256Digest,
    },
    /// A document's bytes are not those that were recorded.
    DocumentDiffers {
        /// The submission.
        submission: u64,
        /// Its recorded digest.
        digest: Sha256Digest,
    },
    /// A receipt does not prove what the row says.
    Receipt {
        /// The submission.
        submission: u64,
        /// In which way; `None` if it was verified with another result when it was stored.
        mismatch: Option<UpoMismatch>,
    },
    /// The counts are not those of the rows.
    Counts,
    /// Among the checkpoints that were kept elsewhere is one that nobody who is trusted signed.
    ForgedCheckpoint,
    /// A setting is not what the log says was set, or the log knows nothing of it.
    Setting {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(error) => write!(f, "the log: {error}"),
            Self::Unreadable(what) => write!(f, "the stored data: {what}"),
            Self::Misfiled { sequence } => write!(f, "entry {sequence} is stored out of place"),
            Self::Entries { submission } => {
                write!(f, "submission {submission}: its entries do not follow each other")
            }
            Self::Row { submission } => {
                write!(f, "submission {submission}: a row or its entries are missing")
            }
            Self::RowDiffers { submission } => {
                write!(f, "submission {submission}: the row differs from the entries")
            }
            Self::IdempotencyKey { submission } => {
                write!(f, "submission {submission}: its idempotency key was changed")
            }
            Self::DocumentMissing { submission, digest } => {
                write!(f, "submission {submission}: document {digest} is missing")
            }
            Self::DocumentDiffers { submission, digest } => {
                write!(f, "submission {submission}: document {digest} was changed")
            }
            Self::Receipt { submission, mismatch: Some(mismatch) } => {
                write!(f, "submission {submission}: {mismatch}")
            }
            Self::Receipt { submission, mismatch: None } => {
                write!(f, "submission {submission}: its receipt was signed by someone else")
            }
            Self::Counts => f.write_str("the counts differ from the rows"),
            Self::ForgedCheckpoint => {
                f.write_str("a kept checkpoint is not signed by a trusted key")
            }
            Self::Setting { name } => write!(f, "the setting {name} is not what was recorded"),
        }
    }
}

impl<E: EnvironmentType> Tenant<E> {
    /// Verifies everything that is kept: the whole log against its head and the known heads, every
    /// row against its entries, every document against its digest, every receipt.
    ///
    /// What is recorded while it runs is left for the next time.
    ///
    /// # Errors
    ///
    /// When the store cannot be read at all. What was changed is no error but a finding.
    pub async fn verify(&self, options: &VerifyOptions<'_>) -> Result<Verification, Error> {
        let snapshot = self.store().snapshot().await?;
        let mut run = Run::new(&*snapshot, options);
        match run.everything().await {
            Err(Error::Damaged { finding }) => run.find(Finding::Unreadable(finding)),
            result => result?,
        }
        Ok(run.verification)
    }

    /// Verifies the log alone, which is faster.
    ///
    /// # Errors
    ///
    /// As [`Tenant::verify`].
    pub async fn verify_log(&self, known_heads: &[TreeHead]) -> Result<Verification, Error> {
        let options = VerifyOptions { known_heads, ..VerifyOptions::default() };
        let snapshot = self.store().snapshot().await?;
        let mut run = Run::new(&*snapshot, &options);
        match run.log().await {
            Err(Error::Damaged { finding }) => run.find(Finding::Unreadable(finding)),
            result => result?,
        }
        Ok(run.verification)
    }
}

struct Run<'a> {
    store: &'a dyn Store,
    options: &'a VerifyOptions<'a>,
    verification: Verification,
    /// How many entries each submission has, from the first one on.
    entries: Vec<u32>,
    notices: u64,
    /// The last change of each setting: its version, and the digest of its value.
    settings: BTreeMap<String, (u32, Option<Sha256Digest>)>,
}

impl<'a> Run<'a> {
    fn new(store: &'a dyn Store, options: &'a VerifyOptions<'a>) -> Self {
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

    async fn everything(&mut self) -> Result<(), Error> {
        self.store.check().await?;
        self.log().await?;
        self.set().await?;
        self.rows().await
    }

    async fn log(&mut self) -> Result<(), Error> {
        let scope = self.store.scope();
        let head = self.store.head().await?;
        let known = self.options.known_heads.iter().copied();
        let mut chain = ChainVerifier::new(scope.tenant(), scope.environment(), known);
        let mut next = 0;
        loop {
            let records = self.store.records(next, PAGE).await?;
            let Some(last) = records.last() else { break };
            // Stored places may have gaps if records were deleted.
            next = last.sequence + 1;
            for record in &records {
                self.record(&mut chain, record);
            }
        }
        if let Err(error) = chain.finish(&head) {
            self.find(Finding::Log(error));
        }
        Ok(())
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

    async fn rows(&mut self) -> Result<(), Error> {
        let mut counts = Counts::default();
        loop {
            let next = self.verification.submissions + 1;
            let lines = self.store.lines(next, PAGE).await?;
            if lines.is_empty() {
                break;
            }
            for (number, row) in lines {
                counts.add(row.status, 1);
                self.line(number, &row).await?;
            }
        }
        let all = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        for submission in self.verification.submissions + 1..=all {
            self.find(Finding::Row { submission });
        }
        if self.store.counts().await? != counts {
            self.find(Finding::Counts);
        }
        Ok(())
    }

    async fn line(&mut self, number: u64, row: &Row) -> Result<(), Error> {
        let expected = self.verification.submissions + 1;
        if number != expected {
            self.find(Finding::Row { submission: expected });
        }
        self.verification.submissions = number;
        let entries = match self.store.entries(self.store.scope().key(number)).await {
            Ok(entries) => entries,
            Err(Error::NotFound { .. }) => {
                self.find(Finding::Row { submission: number });
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
        let expected = self.entries.get(index).copied().unwrap_or_default();
        let submission = match Submission::replay(&entries) {
            Ok(submission) if submission.entries() == expected => submission,
            _ => {
                self.find(Finding::Entries { submission: number });
                return Ok(());
            }
        };
        if submission.row().as_ref() != Some(row) {
            self.find(Finding::RowDiffers { submission: number });
        }
        self.idempotency_key(number, &submission).await?;
        self.documents(number, &entries).await?;
        self.receipt(number, &submission).await
    }

    /// The key still finds the submission that it created.
    async fn idempotency_key(&mut self, number: u64, submission: &Submission) -> Result<(), Error> {
        let expected = Some(self.store.scope().key(number));
        let key = submission.source().map(|source| &source.idempotency_key);
        // What was announced has its key before it has its source.
        let key = key.or_else(|| submission.awaited().map(|awaited| &awaited.idempotency_key));
        let found = match key {
            Some(key) => self.store.find(key).await?,
            None => None,
        };
        if found != expected {
            self.find(Finding::IdempotencyKey { submission: number });
        }
        Ok(())
    }

    async fn bytes(&self, kind: DocumentKind, digest: Sha256Digest) -> Result<Arc<[u8]>, Error> {
        self.store.document(kind, digest).await?.into_bytes()
    }

    async fn documents(&mut self, submission: u64, entries: &[Entry]) -> Result<(), Error> {
        let digests: BTreeSet<_> = entries.iter().filter_map(document_of).collect();
        for (kind, digest) in digests {
            self.verification.documents += 1;
            match self.bytes(kind, digest).await {
                Ok(bytes) if Sha256Digest::of(&bytes) == digest => {}
                Ok(_) => self.find(Finding::DocumentDiffers { submission, digest }),
                Err(Error::NotFound { .. }) => {
                    self.find(Finding::DocumentMissing { submission, digest });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn receipt(&mut self, number: u64, submission: &Submission) -> Result<(), Error> {
        use SubmissionStatus::{Accepted, KsefOkFakturowniaFailed};

        let receipt = submission.history().and_then(|history| history.receipt());
        let (Some(verifier), Some(receipt)) = (self.options.receipts, receipt) else {
            return Ok(());
        };
        if !matches!(submission.status(), Accepted | KsefOkFakturowniaFailed) {
            return Ok(());
        }
        self.verification.receipts += 1;
        // A missing or changed one is found with the documents.
        let Ok(bytes) = self.bytes(DocumentKind::Upo, receipt.digest).await else {
            return Ok(());
        };
        let environment = self.store.scope().environment();
        let mismatch = match UpoXml::new(bytes) {
            Err(_) => Some(UpoMismatch::Malformed),
            Ok(upo) => match receipt_verdict(submission, &upo, environment, verifier) {
                Ok(Ok(signer)) if signer == receipt.signer => return Ok(()),
                Ok(Ok(_)) | Err(_) => None,
                Ok(Err(mismatch)) => Some(mismatch),
            },
        };
        self.find(Finding::Receipt { submission: number, mismatch });
        Ok(())
    }
}

/// The document that an entry speaks of.
pub(crate) fn document_of(entry: &Entry) -> Option<(DocumentKind, Sha256Digest)> {
    use ksef_core::submission::Fact;

    Some(match &entry.body {
        Body::Source(source) => (DocumentKind::Source, source.digest),
        Body::Fact(Fact::Prepared { document }) => (DocumentKind::Invoice, document.digest),
        Body::Fact(Fact::ReceiptStored { digest, .. }) => (DocumentKind::Upo, *digest),
        Body::Quarantined { digest } => (DocumentKind::Quarantined, *digest),
        _ => return None,
    })
}
