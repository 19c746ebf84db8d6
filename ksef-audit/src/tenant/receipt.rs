//! The way to ACCEPTED: a receipt that was verified, and nothing else.

use ksef_core::port::{UpoExpectation, UpoMismatch, UpoVerifier};
use ksef_core::submission::{Fact, ReceiptSigner};
use ksef_core::{ReferenceNumber, Sha256Digest, Timestamp, UpoXml};

use super::{Change, SubmissionId, Tenant, WRONG_BYTES};
use crate::entry::{Body, Entry};
use crate::environment::EnvironmentType;
use crate::store::{Content, DocumentKind, NewDocument, SUBMISSION_NOT_FOUND};
use crate::{Error, Submission};

/// What became of a receipt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a receipt fits or it does not")]
pub enum ReceiptVerdict {
    /// It is stored, and the document is accepted.
    Stored(ReceiptSigner),
    /// It does not fit. It is kept apart, and a person looks at it.
    Quarantined(UpoMismatch),
}

impl<E: EnvironmentType> Tenant<E> {
    /// Verifies the receipt against what was recorded, and stores it either way. Returns what became
    /// of it, and the submission as it is recorded then.
    ///
    /// `upo_number` is the reference number of the UPO, by which people ask for it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if no receipt is expected.
    pub async fn store_receipt(
        &self,
        id: SubmissionId<E>,
        (upo, upo_number): (&UpoXml, ReferenceNumber),
        verifier: &dyn UpoVerifier,
        now: Timestamp,
    ) -> Result<(ReceiptVerdict, Submission), Error> {
        let submission = self.submission(id).await?;
        let verdict = match verify(&submission, upo, E::ENVIRONMENT, verifier)? {
            Ok(signer) => ReceiptVerdict::Stored(signer),
            Err(mismatch) => ReceiptVerdict::Quarantined(mismatch),
        };
        let digest = upo.digest();
        let (kind, bodies) = match verdict {
            ReceiptVerdict::Stored(signer) => {
                let fact = Body::Fact(Fact::ReceiptStored { digest, signer });
                (DocumentKind::Upo, [Body::Receipt { upo: upo_number }, fact])
            }
            ReceiptVerdict::Quarantined(mismatch) => {
                let fact = Body::Fact(Fact::ReceiptMismatched { reason: mismatch.reason() });
                (DocumentKind::Quarantined, [Body::Quarantined { digest }, fact])
            }
        };
        let document = NewDocument { kind, digest, content: Content::Inline(upo.shared_bytes()) };
        let entries = bodies.map(|body| Entry::new(now, body)).into();
        let change = Change { id, seen: Some(submission), entries };
        let mut recorded = self.record(vec![document], vec![change]).await?;
        Ok((verdict, recorded.pop().ok_or(SUBMISSION_NOT_FOUND)?))
    }

    /// The exact bytes of the stored receipt.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none yet.
    pub async fn upo(&self, id: SubmissionId<E>) -> Result<UpoXml, Error> {
        let submission = self.submission(id).await?;
        let digest = receipt_digest(&submission).ok_or(Error::NotFound { what: "receipt" })?;
        let bytes = self.store.document(DocumentKind::Upo, digest).await?.into_bytes()?;
        let upo = UpoXml::new(bytes).map_err(|_| WRONG_BYTES)?;
        if upo.digest() == digest { Ok(upo) } else { Err(WRONG_BYTES) }
    }

    /// Verifies the stored receipt once more, against what is recorded.
    ///
    /// # Errors
    ///
    /// As [`Tenant::upo`]. A receipt that does not fit is no error.
    pub async fn verify_receipt(
        &self,
        id: SubmissionId<E>,
        verifier: &dyn UpoVerifier,
    ) -> Result<Result<ReceiptSigner, UpoMismatch>, Error> {
        let upo = self.upo(id).await?;
        verify(&self.submission(id).await?, &upo, E::ENVIRONMENT, verifier)
    }
}

pub(crate) fn receipt_digest(submission: &Submission) -> Option<Sha256Digest> {
    submission.history()?.receipt().map(|receipt| receipt.digest)
}

/// The verifier's word on a receipt, given what is recorded.
pub(crate) fn verify(
    submission: &Submission,
    upo: &UpoXml,
    environment: ksef_core::Environment,
    verifier: &dyn UpoVerifier,
) -> Result<Result<ReceiptSigner, UpoMismatch>, Error> {
    let number = submission.history().and_then(|history| history.ksef_number());
    let (Some(ksef_number), Some(description), Some(digest)) =
        (number, submission.description(), submission.digest_at_ksef())
    else {
        return Err(Error::Invalid { reason: "no receipt is expected yet" });
    };
    let expected = UpoExpectation {
        digest,
        ksef_number: &ksef_number,
        seller: description.seller,
        form_code: &description.form_code,
        environment,
    };
    Ok(verifier.verify(upo, &expected))
}
