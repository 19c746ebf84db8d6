//! Faults that what is proven could have, to prove that the suites can fail.
//!
//! `tests/planted-faults` switches on one after the other, and by each of them its suite must go red.
//! They are compiled with the feature `planted-faults` of this package alone, never into the crates, and
//! the variable `KSEF_PLANTED_FAULT` names the one that is on. So the very programs go red that were green.

use std::{env, sync::LazyLock};

/// A fault that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlantedFault {
    /// A worker takes a list for complete while the session goes on.
    AbsenceBeforeTheEnd,
    /// A sandbox gives a document two KSeF numbers.
    AcceptedTwice,
    /// A sandbox answers garbage with 500.
    AccidentalError,
    /// A worker takes a duplicate's original for its own document.
    AdoptWithoutComparing,
    /// A file of the Ministry has another byte.
    ChangedOfficialFile,
    /// A row of the table of `ksef-fa` says something else than the schema.
    ChangedTableRow,
    /// A verifier takes a document whose digest is another.
    ForgivenDigest,
    /// A mapping moves a grosz from one total to another.
    GroszInAnotherTotal,
    /// A validator misses an element that is missing.
    LenientValidator,
    /// A sandbox loses an invoice.
    LostInvoice,
    /// The tables of the storage have no row security.
    NoRowSecurity,
    /// A client that comes back to life writes its document anew, in other bytes.
    RebuiltBytes,
    /// A worker repeats a request whose answer it did not get.
    ResendWithoutAsking,
    /// A rule beyond the schema is not applied.
    RuleOff,
    /// A sandbox writes its moments with fewer digits.
    ShortTimestamp,
    /// A worker sends although the ledger refused its intent.
    SkippedFence,
    /// The judge of the contract misses a property that is missing.
    TolerantContract,
    /// A verifier does not look at what a signature covers.
    UncheckedCoverage,
    /// The system says that data is synced, and it is not.
    Unsynced,
    /// A sandbox gives a receipt of another document.
    WrongReceipt,
}

static PLANTED: LazyLock<Option<String>> = LazyLock::new(|| env::var("KSEF_PLANTED_FAULT").ok());

impl PlantedFault {
    /// Whether it is switched on.
    #[must_use]
    pub fn is_on(self) -> bool {
        cfg!(feature = "planted-faults") && PLANTED.as_deref() == Some(self.name())
    }

    /// Its name in the table of `tests/planted-faults`.
    const fn name(self) -> &'static str {
        match self {
            Self::AbsenceBeforeTheEnd => "absence-before-the-end",
            Self::AcceptedTwice => "accepted-twice",
            Self::AccidentalError => "accidental-error",
            Self::AdoptWithoutComparing => "adopt-without-comparing",
            Self::ChangedOfficialFile => "changed-official-file",
            Self::ChangedTableRow => "changed-table-row",
            Self::ForgivenDigest => "forgiven-digest",
            Self::GroszInAnotherTotal => "grosz-in-another-total",
            Self::LenientValidator => "lenient-validator",
            Self::LostInvoice => "lost-invoice",
            Self::NoRowSecurity => "no-row-security",
            Self::RebuiltBytes => "rebuilt-bytes",
            Self::ResendWithoutAsking => "resend-without-asking",
            Self::RuleOff => "rule-off",
            Self::ShortTimestamp => "short-timestamp",
            Self::SkippedFence => "skipped-fence",
            Self::TolerantContract => "tolerant-contract",
            Self::UncheckedCoverage => "unchecked-coverage",
            Self::Unsynced => "unsynced",
            Self::WrongReceipt => "wrong-receipt",
        }
    }
}
