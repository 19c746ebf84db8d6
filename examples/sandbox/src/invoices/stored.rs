//! `Stored`, an invoice that can be downloaded, found and exported.

use ksef_core::Timestamp;

use super::{Accepted, Invoice, Summary};

/// An accepted invoice with what stands in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<'a> {
    pub(crate) invoice: &'a Invoice,
    pub(crate) accepted: &'a Accepted,
    pub(crate) summary: &'a Summary,
}

impl<'a> Stored<'a> {
    /// The invoice, if it is accepted, whether or not it is in permanent storage yet.
    pub(crate) fn of(invoice: &'a Invoice, now: Timestamp) -> Option<Self> {
        let accepted = invoice.accepted_at(now)?;
        Some(Self { invoice, accepted, summary: invoice.summary.as_ref()? })
    }

    /// Whether it is in permanent storage.
    pub(crate) fn is_stored_at(&self, now: Timestamp) -> bool {
        self.accepted.permanent_storage_date <= now
    }
}
