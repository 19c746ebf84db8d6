//! `Ledger`, what has to be found among the invoices quickly. It follows from them.

use std::collections::HashMap;

use ksef_core::{KsefNumber, ReferenceNumber, Sha256Digest};
use serde::{Deserialize, Serialize};

use super::{Invoice, Summary, Verdict};

/// An accepted invoice, as the status of its duplicate names it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Original {
    pub(crate) session: ReferenceNumber,
    pub(crate) ksef_number: KsefNumber,
}

/// Indexes over the invoices.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By what duplicates are told by.
    originals: HashMap<String, Original>,
    by_ksef_number: HashMap<KsefNumber, ReferenceNumber>,
    by_hash: HashMap<Sha256Digest, Vec<ReferenceNumber>>,
    /// Accepted technical corrections, by the hash of what they replace.
    corrections: HashMap<Sha256Digest, ReferenceNumber>,
}

impl Ledger {
    /// The ledger of invoices that were kept elsewhere.
    pub(crate) fn of<'a>(invoices: impl Iterator<Item = &'a Invoice>) -> Self {
        let mut ledger = Self::default();
        invoices.for_each(|invoice| ledger.enter(invoice));
        ledger
    }

    /// Takes note of an invoice.
    pub(crate) fn enter(&mut self, invoice: &Invoice) {
        let number = invoice.reference_number;
        self.by_hash.entry(invoice.hash).or_default().push(number);
        let Verdict::Accepted(accepted) = &invoice.verdict else { return };
        self.by_ksef_number.insert(accepted.ksef_number, number);
        if let Some(corrected) = invoice.corrects {
            self.corrections.insert(corrected, number);
        }
        if let Some(summary) = &invoice.summary {
            let original = Original { session: invoice.session, ksef_number: accepted.ksef_number };
            self.originals.entry(summary.duplicate_key()).or_insert(original);
        }
    }

    /// The accepted invoice of the same seller, kind and number.
    pub(crate) fn original_of(&self, summary: &Summary) -> Option<Original> {
        self.originals.get(&summary.duplicate_key()).copied()
    }

    /// The invoice with this KSeF number.
    pub(crate) fn with_ksef_number(&self, number: &KsefNumber) -> Option<ReferenceNumber> {
        self.by_ksef_number.get(number).copied()
    }

    /// The invoices whose document has this hash, in the order of their receipt.
    pub(crate) fn with_hash(&self, hash: &Sha256Digest) -> &[ReferenceNumber] {
        self.by_hash.get(hash).map_or(&[], Vec::as_slice)
    }

    /// The accepted technical correction of the document with this hash.
    pub(crate) fn correction_of(&self, hash: &Sha256Digest) -> Option<ReferenceNumber> {
        self.corrections.get(hash).copied()
    }
}
