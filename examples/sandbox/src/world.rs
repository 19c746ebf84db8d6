//! `World`, all that the sandbox knows.

use std::sync::MutexGuard;

use ksef_core::{ReferenceNumber, ReferenceNumberKind, Timestamp};

use crate::administration::{
    AttachmentConsent, CertificateLimits, Grant, KsefToken, SessionLimits, TestPerson, TestSubject,
};
use crate::auth::{Authentication, Challenge};
use crate::faults::{FaultKind, Faults, Moment};
use crate::invoices::{Export, Invoice, Ledger};
use crate::mint::Mint;
use crate::operation::Operation;
use crate::sessions::{Batch, Receipt, Session};
use crate::table::Table;

/// The state, behind its lock.
pub(crate) type WorldGuard<'a> = MutexGuard<'a, World>;

/// All that the sandbox knows. Statuses are not among it: they follow from it and the time.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) challenges: Table<Challenge>,
    pub(crate) authentications: Table<Authentication>,
    pub(crate) sessions: Table<Session>,
    /// By the number of their session, until they are processed.
    pub(crate) batches: Table<Batch>,
    pub(crate) invoices: Table<Invoice>,
    pub(crate) exports: Table<Export>,
    pub(crate) tokens: Table<KsefToken>,
    pub(crate) test_subjects: Table<TestSubject>,
    pub(crate) test_persons: Table<TestPerson>,
    /// By the NIP of the context.
    pub(crate) grants: Table<Vec<Grant>>,
    pub(crate) attachment_consents: Table<AttachmentConsent>,
    pub(crate) blocked_contexts: Table<()>,
    pub(crate) session_limit_overrides: Table<SessionLimits>,
    pub(crate) certificate_limit_overrides: Table<CertificateLimits>,
    /// By the number of an invoice or of a page of a session.
    pub(crate) receipts: Table<Receipt>,
    /// Follows from the invoices.
    pub(crate) ledger: Ledger,
    pub(crate) faults: Faults,
    mint: Mint,
}

impl World {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self {
            challenges: Table::default(),
            authentications: Table::default(),
            sessions: Table::default(),
            batches: Table::default(),
            invoices: Table::default(),
            exports: Table::default(),
            tokens: Table::default(),
            test_subjects: Table::default(),
            test_persons: Table::default(),
            grants: Table::default(),
            attachment_consents: Table::default(),
            blocked_contexts: Table::default(),
            session_limit_overrides: Table::default(),
            certificate_limit_overrides: Table::default(),
            receipts: Table::default(),
            ledger: Ledger::default(),
            faults: Faults::default(),
            mint: Mint::new(seed),
        }
    }

    /// A reference number that was never given out.
    pub(crate) fn reference_number(
        &mut self,
        kind: ReferenceNumberKind,
        now: Timestamp,
    ) -> ReferenceNumber {
        self.mint.reference_number(kind, now)
    }

    /// The technical part of a KSeF number that was never given out.
    pub(crate) fn technical_part(&mut self, now: Timestamp) -> [u8; 6] {
        self.mint.technical_part(now)
    }

    /// What goes wrong now, if anything does.
    pub(crate) fn fault(&mut self, operation: Operation, moment: Moment) -> Option<FaultKind> {
        self.faults.fire(operation.name(), moment)
    }

    /// Sixteen digits that name a request in its answer and in problem details.
    pub(crate) fn trace_id(&mut self) -> String {
        self.mint.trace_id()
    }

    /// Random bytes, for tokens.
    pub(crate) fn random(&mut self) -> u64 {
        self.mint.random()
    }
}
