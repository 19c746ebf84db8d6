//! Verifying evidence bundles. The Python verifier in every bundle finds the same, but for
//! signatures.

mod content;
mod files;
#[cfg(test)]
mod tests;

use core::fmt;
use std::collections::BTreeSet;

use ksef_core::port::UpoVerifier;

use crate::log::{CheckpointError, SignedCheckpoint, VerifierKey};

use super::bundle::{CHECKPOINT, EARLIER, SIGNATURE, SUMS, statement};
use content::Content;
use files::Files;

/// What is wrong with a bundle. Printed, it is the line that the Python verifier prints.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum BundleFinding {
    /// The archive cannot be read, or has files that a bundle cannot have.
    Archive,
    /// The list of sums is missing or cannot be read.
    Manifest,
    /// A file that is listed is not there.
    Missing(String),
    /// A file is there that is not listed.
    Extra(String),
    /// A file is not the one that is listed.
    Changed(String),
    /// The checkpoint is missing or cannot be read; without it there is nothing to compare with.
    Checkpoint,
    /// The log of the checkpoint is not the earlier one with records appended.
    Consistency,
    /// The list of records is missing or cannot be read.
    Records,
    /// The record at this place is damaged, of another log, or not in this one.
    Record(u64),
    /// The log has no record of this document.
    Unrecorded(String),
    /// The table is missing or cannot be read.
    Table,
    /// The log does not bear out this row, counted from 1, or its documents are not there.
    Row(usize),
    /// The bundle has records of this submission, and no row.
    Unlisted(u64),
    /// The checkpoint, the earlier one or the whole bundle is not signed by a known key.
    Signature(CheckpointError),
    /// The receipt is not what the UPO of the document has to be.
    Receipt(String),
}

impl fmt::Display for BundleFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive => f.write_str("archive"),
            Self::Manifest => f.write_str("manifest"),
            Self::Missing(name) => write!(f, "missing {name}"),
            Self::Extra(name) => write!(f, "extra {name}"),
            Self::Changed(name) => write!(f, "changed {name}"),
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Consistency => f.write_str("consistency"),
            Self::Records => f.write_str("records"),
            Self::Record(sequence) => write!(f, "record {sequence}"),
            Self::Unrecorded(name) => write!(f, "unrecorded {name}"),
            Self::Table => f.write_str("table"),
            Self::Row(row) => write!(f, "row {row}"),
            Self::Unlisted(submission) => write!(f, "unlisted {submission}"),
            Self::Signature(error) => write!(f, "signature: {error}"),
            Self::Receipt(name) => write!(f, "receipt {name}"),
        }
    }
}

/// What a verification found.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BundleReport {
    /// What is wrong; nothing, if the bundle is sound.
    pub findings: BTreeSet<BundleFinding>,
    /// How many records were shown to be in the log.
    pub records: usize,
    /// How many documents, invoices and receipts, were compared with it.
    pub documents: usize,
    /// How many receipts had their signature verified.
    pub receipts: usize,
}

impl BundleReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Verifies a bundle: everything that the Python verifier does, the signatures of its checkpoints
/// by `keys`, and its receipts by `upo_verifier` if there is one.
///
/// ```
/// use ksef_audit::export::{BundleFinding, verify_bundle};
///
/// let report = verify_bundle(b"no archive", &[], None);
/// assert!(report.findings.contains(&BundleFinding::Archive));
/// ```
#[must_use]
pub fn verify_bundle(
    bundle: &[u8],
    keys: &[VerifierKey],
    upo_verifier: Option<&dyn UpoVerifier>,
) -> BundleReport {
    let mut findings = BTreeSet::new();
    let Some(files) = Files::read(bundle) else {
        findings.insert(BundleFinding::Archive);
        return BundleReport { findings, records: 0, documents: 0, receipts: 0 };
    };
    files.check_sums(&mut findings);
    check_signatures(&files, keys, &mut findings);
    let mut content = Content::new(&files, &mut findings);
    content.check();
    let receipts = upo_verifier.map_or(0, |verifier| content.check_receipts(verifier));
    let (records, documents) = (content.records(), content.documents());
    BundleReport { findings, records, documents, receipts }
}

fn check_signatures(files: &Files, keys: &[VerifierKey], findings: &mut BTreeSet<BundleFinding>) {
    let notes = [CHECKPOINT, EARLIER].into_iter().filter_map(|name| files.text(name));
    for note in notes {
        match SignedCheckpoint::open(note, keys) {
            // What cannot be read is a finding of its own.
            Ok(_) | Err(CheckpointError::Malformed) => {}
            Err(error) => drop(findings.insert(BundleFinding::Signature(error))),
        }
    }
    if let Err(error) = check_statement(files, keys) {
        findings.insert(BundleFinding::Signature(error));
    }
}

/// Whether the exporter vouches for the sums of this bundle.
fn check_statement(files: &Files, keys: &[VerifierKey]) -> Result<(), CheckpointError> {
    let text = |name| files.text(name).ok_or(CheckpointError::Malformed);
    let checkpoint = SignedCheckpoint::read_unverified(text(CHECKPOINT)?)?;
    let signed = SignedCheckpoint::open(text(SIGNATURE)?, keys)?;
    let expected = statement(&checkpoint.origin, text(SUMS)?);
    let is_ours = expected.as_ref() == Some(signed.checkpoint());
    if is_ours { Ok(()) } else { Err(CheckpointError::Signature) }
}
