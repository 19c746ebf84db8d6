//! `World`, all that the sandbox knows.

use std::sync::MutexGuard;

use ksef_core::{ReferenceNumber, ReferenceNumberKind, Timestamp};

use crate::auth::{Authentication, Challenge};
use crate::clock::ClockSetting;
use crate::invoices::Invoice;
use crate::mint::Mint;
use crate::sessions::Session;
use crate::table::{Rows, Table};

/// The state, behind its lock.
pub(crate) type WorldGuard<'a> = MutexGuard<'a, World>;

macro_rules! world {
    ($($table:ident: $record:ty,)*) => {
        /// All that the sandbox knows. Statuses are not among it: they follow from it and the time.
        #[derive(Debug)]
        pub(crate) struct World {
            $(pub(crate) $table: Table<$record>,)*
            mint: Mint,
        }

        impl World {
            pub(crate) fn new(seed: Option<u64>) -> Self {
                Self { $($table: Table::default(),)* mint: Mint::new(seed) }
            }

            /// All tables by their names; the state file keeps them.
            pub(crate) fn tables(&mut self) -> Vec<(&'static str, &mut dyn Rows)> {
                vec![$((stringify!($table), &mut self.$table),)*]
            }
        }
    };
}

world! {
    authentications: Authentication,
    challenges: Challenge,
    clock: ClockSetting,
    invoices: Invoice,
    sessions: Session,
}

impl World {
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

    /// Sixteen digits that name a request in its answer and in problem details.
    pub(crate) fn trace_id(&mut self) -> String {
        self.mint.trace_id()
    }

    /// Random bytes, for tokens.
    pub(crate) fn random(&mut self) -> u64 {
        self.mint.random()
    }
}
