//! Invoices: what was received, and what became of it.

use bytes::Bytes;
use ksef_core::{KsefNumber, ReferenceNumber, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

mod acceptance;
pub(crate) mod checks;
mod download;
mod export;
mod ledger;
mod metadata;
mod query;
mod rights;
mod status;
mod stored;
mod summary;
#[cfg(test)]
mod test_records;

pub(crate) use acceptance::{Arrival, later};
pub(crate) use download::download;
pub(crate) use export::{
    Export, order as order_export, part as export_part, status as export_status,
};
pub(crate) use ledger::{Ledger, Original};
pub(crate) use metadata::query as query_metadata;
pub(crate) use status::{InvoiceStatus, StatusInfo};
pub(crate) use stored::Stored;
pub(crate) use summary::Summary;

/// An invoice that was sent, with its verdict.
///
/// The verdict is found when the invoice arrives and shown from `final_at` on.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Invoice {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) session: ReferenceNumber,
    /// From 1, within its session.
    pub(crate) ordinal_number: u32,
    /// Of the plain document, as the sender declared it or, in a batch, as it is.
    pub(crate) hash: Sha256Digest,
    /// When it was received; for a batch, when the session was opened.
    pub(crate) invoicing_date: Timestamp,
    /// Whether it was sent as an offline one, or issued before the day on which it was received.
    pub(crate) mode: InvoicingMode,
    /// Of a technical correction: the hash of the document that it replaces.
    pub(crate) corrects: Option<Sha256Digest>,
    /// The name of its entry in the package of a batch.
    pub(crate) file_name: Option<String>,
    /// From when on its status is 150 instead of 100.
    pub(crate) processing_at: Timestamp,
    /// From when on its verdict is its status.
    pub(crate) final_at: Timestamp,
    /// What stands in it, if it could be read.
    pub(crate) summary: Option<Summary>,
    /// The plain document, if it could be decrypted.
    #[serde(with = "crate::base64_bytes::option")]
    pub(crate) content: Option<Bytes>,
    pub(crate) verdict: Verdict,
}

/// What KSeF makes of an invoice.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Verdict {
    /// Status 200.
    Accepted(Accepted),
    /// Any other final status.
    Rejected(Rejection),
}

/// An invoice in KSeF. Its receipt is made when it is first asked for, see [`crate::sessions`].
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Accepted {
    pub(crate) ksef_number: KsefNumber,
    pub(crate) acquisition_date: Timestamp,
    /// From when on it can be downloaded, found and exported.
    pub(crate) permanent_storage_date: Timestamp,
}

/// Why an invoice is not in KSeF.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Rejection {
    /// `status.code`, see section "status codes of invoices" of the OpenAPI.
    pub(crate) code: u16,
    pub(crate) details: Vec<String>,
    /// Of a duplicate: the invoice that has its number.
    pub(crate) original: Option<Box<Original>>,
}

/// `invoicingMode`, `TrybWysylki`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum InvoicingMode {
    Online,
    Offline,
}

impl InvoicingMode {
    /// Its name in the API and in receipts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Online => "Online",
            Self::Offline => "Offline",
        }
    }
}

impl Invoice {
    /// What became of it, if that is to be seen yet.
    pub(crate) fn verdict_at(&self, now: Timestamp) -> Option<&Verdict> {
        (self.final_at <= now).then_some(&self.verdict)
    }

    /// The invoice in KSeF, if it is in there and that is to be seen yet.
    pub(crate) fn accepted_at(&self, now: Timestamp) -> Option<&Accepted> {
        self.verdict_at(now).and_then(Verdict::accepted)
    }
}

impl Verdict {
    pub(crate) const fn accepted(&self) -> Option<&Accepted> {
        match self {
            Self::Accepted(accepted) => Some(accepted),
            Self::Rejected(_) => None,
        }
    }
}

impl Rejection {
    /// A status with one detail.
    pub(crate) fn new(code: u16, detail: impl Into<String>) -> Self {
        Self { code, details: vec![detail.into()], original: None }
    }

    /// A status whose description says everything.
    pub(crate) const fn plain(code: u16) -> Self {
        Self { code, details: Vec::new(), original: None }
    }
}
