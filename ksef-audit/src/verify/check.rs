//! One line of the audit log against everything that it must agree with.

use core::ops::Range;
use std::sync::Arc;
use std::thread::{self, Builder};

use futures_util::future::try_join_all;
use futures_util::lock::Mutex;
use ksef_core::port::{UpoMismatch, UpoVerifier};
use ksef_core::{Sha256Digest, SubmissionStatus, UpoXml};

use super::Finding;
use super::line::{Document, Line};
use crate::store::{DocumentKind, Scope};
use crate::tenant::{receipt_digest, receipt_verdict};
use crate::{Error, Submission};

/// What lines are held against besides themselves.
#[derive(Clone)]
pub(super) struct Check {
    pub(super) scope: Scope,
    pub(super) receipts: Option<Arc<dyn UpoVerifier>>,
    /// How many entries of each submission the log has, from the first one on.
    pub(super) entries: Arc<[u32]>,
}

/// What was looked at, and what was found.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) documents: u64,
    pub(super) receipts: u64,
    pub(super) findings: Vec<Finding>,
}

impl Check {
    /// Checks lines on threads of their own, one for each core: signatures take long, and whoever waits
    /// for this reads on. The findings are in the order of the lines.
    pub(super) async fn all(&self, lines: Vec<Line>) -> Result<Vec<Checked>, Error> {
        let (count, lines) = (lines.len(), Arc::<[Line]>::from(lines));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let size = count.div_ceil(threads).max(1);
        let parts = (0..count).step_by(size);
        let parts = parts.map(|from| self.start(&lines, from..count.min(from + size)));
        try_join_all(parts).await
    }

    /// Begins to check a part of the lines.
    fn start(
        &self,
        lines: &Arc<[Line]>,
        part: Range<usize>,
    ) -> impl Future<Output = Result<Checked, Error>> + use<> {
        let slot = Arc::new(Mutex::new(None));
        let (check, all, own) = (self.clone(), Arc::clone(lines), part.clone());
        if let Some(mut checked) = slot.try_lock_owned() {
            let work = move || *checked = Some(check.part(&all, own));
            // Where there can be no more threads now, or one panics, the slot stays empty: the part is then
            // checked where it is waited for, and panics there.
            drop(Builder::new().spawn(work));
        }
        let (check, all) = (self.clone(), Arc::clone(lines));
        async move {
            let checked = slot.lock().await.take();
            checked.unwrap_or_else(|| check.part(&all, part))
        }
    }

    fn part(&self, lines: &[Line], part: Range<usize>) -> Result<Checked, Error> {
        let mut checked = Checked::default();
        for line in lines.get(part).unwrap_or_default() {
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
        let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
        let expected = self.entries.get(index).copied().unwrap_or_default();
        let submission = match Submission::replay(entries) {
            Ok(submission) if submission.entries() == expected => submission,
            _ => {
                checked.findings.push(Finding::Entries { submission: number });
                return Ok(());
            }
        };
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
