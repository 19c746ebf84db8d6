//! `World`, all that the sandbox knows.

use std::sync::MutexGuard;

use ksef_core::{ReferenceNumber, ReferenceNumberKind, Timestamp};

use crate::administration::{
    AttachmentConsent, CertificateLimits, Grant, KsefToken, SessionLimits, TestPerson, TestSubject,
};
use crate::auth::{Authentication, Challenge};
use crate::clock::ClockSetting;
use crate::faults::{FaultKind, Faults, Moment, Place};
use crate::invoices::{Export, Invoice, Ledger};
use crate::keys::KeyParts;
use crate::limiter::RateLimits;
use crate::mint::Mint;
use crate::sessions::{Batch, Receipt, Session};
use crate::table::{Rows, Table};

/// The state, behind its lock.
pub(crate) type WorldGuard<'a> = MutexGuard<'a, World>;

macro_rules! world {
    ($($(#[$documentation:meta])* $table:ident: $record:ty,)*) => {
        /// All that the sandbox knows. Statuses are not among it: they follow from it and the time.
        #[derive(Debug)]
        pub(crate) struct World {
            $($(#[$documentation])* pub(crate) $table: Table<$record>,)*
            /// Follows from the invoices.
            pub(crate) ledger: Ledger,
            /// Not kept across a restart.
            pub(crate) faults: Faults,
            mint: Mint,
        }

        impl World {
            pub(crate) fn new(seed: Option<u64>) -> Self {
                Self {
                    $($table: Table::default(),)*
                    ledger: Ledger::default(),
                    faults: Faults::default(),
                    mint: Mint::new(seed),
                }
            }

            /// All tables by their names; the state file keeps them.
            pub(crate) fn tables(&mut self) -> Vec<(&'static str, &mut dyn Rows)> {
                vec![$((stringify!($table), &mut self.$table),)*]
            }
        }
    };
}

world! {
    attachment_consents: AttachmentConsent,
    authentications: Authentication,
    /// By the number of their session, until they are processed.
    batches: Batch,
    blocked_contexts: (),
    certificate_limit_overrides: CertificateLimits,
    challenges: Challenge,
    /// One record, if the clock was ever set.
    clock: ClockSetting,
    exports: Export,
    /// By the NIP of the context.
    grants: Vec<Grant>,
    invoices: Invoice,
    /// One record.
    keys: KeyParts,
    /// What tests set in place of production's, by the context.
    rate_limit_overrides: RateLimits,
    /// By the number of an invoice or of a page of a session.
    receipts: Receipt,
    session_limit_overrides: SessionLimits,
    sessions: Session,
    test_persons: TestPerson,
    test_subjects: TestSubject,
    tokens: KsefToken,
}

impl World {
    /// Puts right what follows from the tables, after they were filled.
    pub(crate) fn restore(&mut self) {
        self.ledger = Ledger::of(self.invoices.values());
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
    pub(crate) fn fault(&mut self, place: impl Into<Place>, moment: Moment) -> Option<FaultKind> {
        self.faults.fire(place.into(), moment)
    }

    /// Sixteen digits that name a request in its answer and in problem details.
    pub(crate) fn trace_id(&mut self) -> String {
        self.mint.trace_id()
    }
}
