//! What becomes of a judged document: rights, duplicates, its KSeF number.

use std::time::Duration;

use ksef_core::{
    ContextIdentifier, KsefNumber, Nip, ReferenceNumber, ReferenceNumberKind, Sha256Digest,
    Timestamp,
};

use super::checks::{Judged, Opinion};
use super::{Accepted, Invoice, InvoicingMode, Original, Rejection, Summary, Verdict};
use crate::faults::{FaultKind, Moment};
use crate::operation::Operation;
use crate::world::World;

/// A judged document on its way into the records of its session.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    /// The operation with which it came; faults go by it.
    pub(crate) operation: Operation,
    /// The session, which exists.
    pub(crate) session: ReferenceNumber,
    /// The context of the session.
    pub(crate) context: &'a ContextIdentifier,
    pub(crate) judged: Judged,
    /// Of the plain document; as declared, if it was declared.
    pub(crate) hash: Sha256Digest,
    /// Whether the sender says that it was issued offline.
    pub(crate) is_offline: bool,
    /// Of a technical correction: the hash of the document that it replaces.
    pub(crate) corrects: Option<Sha256Digest>,
    /// The name of its entry in the package of a batch.
    pub(crate) file_name: Option<String>,
    /// When it was received, or its batch session opened.
    pub(crate) invoicing_date: Timestamp,
    /// When it gets its number, whose date is that day in Poland.
    pub(crate) now: Timestamp,
    /// From when on its status is 150 instead of 100.
    pub(crate) processing_at: Timestamp,
    /// From when on its verdict is its status.
    pub(crate) final_at: Timestamp,
    /// How long after that it reaches permanent storage.
    pub(crate) storage_delay: Duration,
}

impl World {
    /// Decides what becomes of a document and records it as the next one of its session.
    ///
    /// It is all one step under the lock, so of two documents with the same number exactly one is
    /// accepted.
    pub(crate) fn receive(&mut self, arrival: Arrival<'_>) -> ReferenceNumber {
        let reference_number =
            self.reference_number(ReferenceNumberKind::Invoice, arrival.invoicing_date);
        let (verdict, final_at) = self.decide(&arrival);
        let Arrival { session, hash, corrects, invoicing_date, .. } = arrival;
        let summary = arrival.judged.summary;
        let issued_before = |summary: &Summary| summary.issue_date < invoicing_date.warsaw_date();
        let is_offline = arrival.is_offline || summary.as_ref().is_some_and(issued_before);
        let invoice = Invoice {
            reference_number,
            session,
            ordinal_number: self.enter_in_session(&session, reference_number, &verdict, final_at),
            hash,
            invoicing_date,
            mode: if is_offline { InvoicingMode::Offline } else { InvoicingMode::Online },
            corrects,
            file_name: arrival.file_name,
            processing_at: arrival.processing_at,
            final_at,
            summary,
            content: arrival.judged.content,
            verdict,
        };
        self.ledger.enter(&invoice);
        self.invoices.insert(reference_number.as_str(), invoice);
        reference_number
    }

    /// The verdict, and from when on it is to be seen.
    fn decide(&mut self, arrival: &Arrival<'_>) -> (Verdict, Timestamp) {
        match self.fault(arrival.operation, Moment::Verdict) {
            // It is never decided, so sending it again is safe.
            Some(FaultKind::StuckProcessing) => {
                return (Verdict::Rejected(cancelled()), Timestamp::MAX);
            }
            Some(FaultKind::InvoiceCancelled) => {
                return (Verdict::Rejected(cancelled()), arrival.final_at);
            }
            Some(FaultKind::UnknownError) => {
                return (Verdict::Rejected(Rejection::plain(500)), arrival.final_at);
            }
            _ => {}
        }
        let verdict = match self.objection(arrival) {
            Some(rejection) => Verdict::Rejected(rejection),
            None => self.accept(arrival),
        };
        (verdict, arrival.final_at)
    }

    /// Why the document is not accepted.
    fn objection(&mut self, arrival: &Arrival<'_>) -> Option<Rejection> {
        let Judged { summary, opinion, .. } = &arrival.judged;
        if let Opinion::Unacceptable(rejection) = opinion {
            return Some(rejection.clone());
        }
        let summary = summary.as_ref()?;
        if let Some(rejection) = self.rights_missing(arrival.context, summary) {
            return Some(rejection);
        }
        if let Some(original) = self.ledger.original_of(summary) {
            return Some(self.duplicate(original, arrival));
        }
        match opinion {
            Opinion::Meaningless(rejection) => Some(rejection.clone()),
            _ => None,
        }
    }

    fn duplicate(&mut self, original: Original, arrival: &Arrival<'_>) -> Rejection {
        let original = match self.fault(arrival.operation, Moment::Duplicate) {
            Some(FaultKind::WrongOriginalSession) => {
                Original { session: arrival.session, ..original }
            }
            _ => original,
        };
        let Original { session, ksef_number } = original;
        let detail = format!(
            "Duplikat faktury. Faktura o numerze KSeF: {ksef_number} została już prawidłowo \
             przesłana do systemu w sesji: {session}"
        );
        Rejection { original: Some(Box::new(original)), ..Rejection::new(440, detail) }
    }

    fn accept(&mut self, arrival: &Arrival<'_>) -> Verdict {
        let seller = arrival.judged.summary.as_ref().map(|summary| summary.seller.nip);
        let Some(ksef_number) = seller.and_then(|nip| self.ksef_number(nip, arrival.now)) else {
            return Verdict::Rejected(Rejection::plain(500));
        };
        let delay = match self.fault(arrival.operation, Moment::Acceptance) {
            Some(FaultKind::LatePermanentStorage { seconds }) => Duration::from_secs(seconds),
            _ => Duration::ZERO,
        };
        let stored_after = arrival.storage_delay.saturating_add(delay);
        Verdict::Accepted(Accepted {
            ksef_number,
            acquisition_date: arrival.final_at,
            permanent_storage_date: later(arrival.final_at, stored_after),
        })
    }

    /// A KSeF number that was never given out; none before 2020.
    fn ksef_number(&mut self, seller: Nip, now: Timestamp) -> Option<KsefNumber> {
        loop {
            let technical = self.technical_part(now);
            let number = KsefNumber::new(seller, now.warsaw_date(), technical).ok()?;
            if self.ledger.with_ksef_number(&number).is_none() {
                return Some(number);
            }
        }
    }

    /// Makes it the next invoice of its session; the number that it has there.
    fn enter_in_session(
        &mut self,
        session: &ReferenceNumber,
        invoice: ReferenceNumber,
        verdict: &Verdict,
        final_at: Timestamp,
    ) -> u32 {
        let Some(session) = self.sessions.get_mut(session) else {
            return 1;
        };
        session.invoices.push(invoice);
        session.tally.add(verdict, final_at);
        u32::try_from(session.invoices.len()).unwrap_or(u32::MAX)
    }
}

/// So much later, as far as there is time.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn cancelled() -> Rejection {
    Rejection::new(
        550,
        "Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie",
    )
}
