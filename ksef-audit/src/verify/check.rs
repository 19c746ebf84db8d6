//! One line of the audit log against everything that it must agree with.

use std::sync::Arc;
use std::thread::Builder;

use futures_util::lock::Mutex;
use ksef_core::port::{UpoMismatch, UpoVerifier};
use ksef_core::{Sha256Digest, SubmissionStatus, UpoXml};

use super::Finding;
use super::line::{Document, Line};
use crate::store::{DocumentKind, Scope};
use crate::tenant::{receipt_digest, receipt_verdict};
use crate::{Error, Submission};

/// What lines are held against besides themselves.
pub(super) struct Check {
    pub(super) scope: Scope,
    pub(super) receipts: Option<Arc<dyn UpoVerifier>>,
}

/// What was looked at, and what was found.
#[derive(Default)]
pub(super) struct Checked {
    /// The number and status of each line.
    pub(super) lines: Vec<(u64, SubmissionStatus)>,
    /// How many entries each submission has of which the entries can follow each other.
    pub(super) entries: Vec<(u64, u32)>,
    pub(super) documents: u64,
    pub(super) receipts: u64,
    pub(super) findings: Vec<Finding>,
}

impl Check {
    /// Checks lines on a thread of their own: signatures take long, and whoever waits for this reads on.
    pub(super) async fn apart(self: Arc<Self>, lines: Vec<Line>) -> Result<Checked, Error> {
        let work = Arc::new(move || self.all(&lines));
        let slot = Arc::new(Mutex::new(None));
        if let Some(mut checked) = slot.try_lock_owned() {
            let work = Arc::clone(&work);
            // Where there can be no more threads now, or one panics, the slot stays empty: the lines are
            // then checked where they are waited for, and it panics there.
            drop(Builder::new().spawn(move || *checked = Some(work())));
        }
        slot.lock().await.take().unwrap_or_else(|| work())
    }

    fn all(&self, lines: &[Line]) -> Result<Checked, Error> {
        let mut checked = Checked::default();
        for line in lines {
            checked.lines.push((line.number, line.row.status));
            self.line(line, &mut checked)?;
        }
        Ok(checked)
    }

    fn line(&self, line: &Line, checked: &mut Checked) -> Result<(), Error> {
        let number = line.number;
        let Some(entries) = &line.entries else {
            checked.findings.push(Finding::Row { submission: number });
            return Ok(());
        };
        let Ok(submission) = Submission::replay(entries) else {
            checked.findings.push(Finding::Entries { submission: number });
            return Ok(());
        };
        checked.entries.push((number, submission.entries()));
        if submission.row().as_ref() != Some(&line.row) {
            checked.findings.push(Finding::RowDiffers { submission: number });
        }
        if line.found != Some(self.scope.key(number)) {
            checked.findings.push(Finding::IdempotencyKey { submission: number });
        }
        for document in &line.documents {
            self.document(&submission, number, document, checked)?;
        }
        Ok(())
    }

    /// Its bytes are those that were recorded; those of the receipt prove what the row says.
    fn document(
        &self,
        submission: &Submission,
        number: u64,
        document: &Document,
        checked: &mut Checked,
    ) -> Result<(), Error> {
        checked.documents += 1;
        let Document { name: (kind, digest), content } = document;
        let Some(content) = content else {
            checked.findings.push(Finding::DocumentMissing { submission: number, digest: *digest });
            return Ok(());
        };
        let bytes = content.clone().into_bytes()?;
        if Sha256Digest::of(&bytes) != *digest {
            checked.findings.push(Finding::DocumentDiffers { submission: number, digest: *digest });
        }
        if (*kind, Some(*digest)) == (DocumentKind::Upo, receipt_digest(submission)) {
            self.receipt(submission, number, bytes, checked);
        }
        Ok(())
    }

    fn receipt(
        &self,
        submission: &Submission,
        number: u64,
        bytes: Arc<[u8]>,
        checked: &mut Checked,
    ) {
        use SubmissionStatus::{Accepted, KsefOkFakturowniaFailed};

        let receipt = submission.history().and_then(|history| history.receipt());
        let (Some(verifier), Some(receipt)) = (&self.receipts, receipt) else { return };
        if !matches!(submission.status(), Accepted | KsefOkFakturowniaFailed) {
            return;
        }
        checked.receipts += 1;
        let environment = self.scope.environment();
        let mismatch = match UpoXml::new(bytes) {
            Err(_) => Some(UpoMismatch::Malformed),
            Ok(upo) => match receipt_verdict(submission, &upo, environment, &**verifier) {
                Ok(Ok(signer)) if signer == receipt.signer => return,
                Ok(Ok(_)) | Err(_) => None,
                Ok(Err(mismatch)) => Some(mismatch),
            },
        };
        checked.findings.push(Finding::Receipt { submission: number, mismatch });
    }
}
