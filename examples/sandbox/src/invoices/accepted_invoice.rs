//! `AcceptedInvoice`, by which a test judges what became of its invoices.

use ksef_core::{KsefNumber, Nip, ReferenceNumber, Sha256Digest, Timestamp};
use serde::Serialize;

use super::Invoice;
use crate::world::World;

/// An invoice that the sandbox truly accepted, whatever its sender was told about it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AcceptedInvoice {
    /// The number that it got.
    pub ksef_number: KsefNumber,
    /// The NIP of its seller, as the document says.
    pub seller_nip: Nip,
    /// The number that its seller gave it, as the document says.
    pub invoice_number: String,
    /// The SHA-256 of the plain document.
    pub invoice_hash: Sha256Digest,
    /// The session in which it was sent.
    pub session_reference_number: ReferenceNumber,
    /// Its number in there.
    pub reference_number: ReferenceNumber,
    /// When it was received.
    pub invoicing_date: Timestamp,
    /// When it got its number.
    pub acquisition_date: Timestamp,
    /// From when on it can be downloaded, found and exported.
    pub permanent_storage_date: Timestamp,
}

impl AcceptedInvoice {
    /// All of them, in the order of acceptance.
    pub(crate) fn all(world: &World) -> Vec<Self> {
        let mut all: Vec<Self> = world.invoices.values().filter_map(Self::of).collect();
        all.sort_by_key(|invoice| (invoice.acquisition_date, invoice.reference_number));
        all
    }

    fn of(invoice: &Invoice) -> Option<Self> {
        let accepted = invoice.verdict.accepted()?;
        let summary = invoice.summary.as_ref()?;
        Some(Self {
            ksef_number: accepted.ksef_number,
            seller_nip: summary.seller.nip,
            invoice_number: summary.invoice_number.clone(),
            invoice_hash: invoice.hash,
            session_reference_number: invoice.session,
            reference_number: invoice.reference_number,
            invoicing_date: invoice.invoicing_date,
            acquisition_date: accepted.acquisition_date,
            permanent_storage_date: accepted.permanent_storage_date,
        })
    }
}
