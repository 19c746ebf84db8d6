//! Verifying everything that is kept: the log, the rows, the documents, the receipts.

mod check;
mod line;
mod lines;
mod log;

use core::fmt;
use std::sync::Arc;

use futures_util::future::join3;
use ksef_core::Sha256Digest;
use ksef_core::port::{UpoMismatch, UpoVerifier};

#[cfg(feature = "object-store")]
pub(crate) use self::line::document_of;
use self::lines::LinesCheck;
use self::log::LogCheck;
use crate::environment::EnvironmentType;
use crate::log::{ChainError, TreeHead};
use crate::{Error, Tenant};

/// What a verification looks at besides the store itself.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "built with struct update syntax")]
pub struct VerifyOptions<'a> {
    /// Verifies the receipt of every accepted row; without one, their digests are verified only.
    pub receipts: Option<Arc<dyn UpoVerifier>>,
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

    /// What cannot be read because it was changed is a finding, and no error.
    fn unless_damaged(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        match result {
            Err(Error::Damaged { finding }) => {
                self.findings.push(Finding::Unreadable(finding));
                Ok(())
            }
            result => result,
        }
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
        // On fresh connections: an open one may have pages of a file that was replaced.
        let snapshot = self.store().snapshot().await?;
        let mut log = LogCheck::new(&*snapshot, options);
        let mut lines = LinesCheck::new(&*snapshot, options);
        // All at once: while one waits for what it reads, another one computes.
        let (checked, logged, listed) =
            join3(snapshot.check(), log.with_settings(), lines.lines()).await;
        // What was cut short by damage would only seem to lack the rest.
        if logged.is_ok() && listed.is_ok() {
            lines.agree_with(&log.entries);
        }
        let mut verification =
            Verification { entries: log.verification.entries, ..lines.verification };
        verification.findings =
            log.verification.findings.into_iter().chain(verification.findings).collect();
        for result in [checked, logged, listed] {
            verification.unless_damaged(result)?;
        }
        Ok(verification)
    }

    /// Verifies the log alone, which is faster.
    ///
    /// # Errors
    ///
    /// As [`Tenant::verify`].
    pub async fn verify_log(&self, known_heads: &[TreeHead]) -> Result<Verification, Error> {
        let options = VerifyOptions { known_heads, ..VerifyOptions::default() };
        let snapshot = self.store().snapshot().await?;
        let mut log = LogCheck::new(&*snapshot, &options);
        let logged = log.log().await;
        let mut verification = log.verification;
        verification.unless_damaged(logged)?;
        Ok(verification)
    }
}
