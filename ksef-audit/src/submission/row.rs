//! The line of the audit log.

use ksef_core::submission::History;
use ksef_core::{
    DocumentType, InvoiceDate, KsefNumber, Nip, ReferenceNumber, Sha256Digest, SubmissionStatus,
    Timestamp,
};

use super::Submission;

/// A submission as a line of the audit log.
///
/// It is derived from the entries; `verify` derives it again and compares.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The status, as users see it.
    pub status: SubmissionStatus,
    /// The order reference: `P_2`, unless the source or the API gave another.
    pub order_reference: Option<String>,
    /// The source's own id, for example the Stripe id. It is found like the order reference.
    pub source_id: Option<String>,
    /// The buyer's name.
    pub customer: Option<String>,
    /// The buyer's NIP.
    pub nip: Option<Nip>,
    /// The type of the document.
    pub document_type: Option<DocumentType>,
    /// The KSeF number, once it is known to be of our document.
    pub ksef_number: Option<KsefNumber>,
    /// The reference number of the session's UPO.
    pub upo_number: Option<ReferenceNumber>,
    /// Paired mode: the second system's id.
    pub fakturownia_id: Option<String>,
    /// The latest session.
    pub session: Option<ReferenceNumber>,
    /// The SHA-256 of the newest version of the document.
    pub digest: Option<Sha256Digest>,
    /// The SHA-256 of the stored receipt.
    pub receipt: Option<Sha256Digest>,
    /// The date of issue.
    pub p_1: Option<InvoiceDate>,
    /// When it was first recorded.
    pub created_at: Timestamp,
    /// When the first request left.
    pub submitted_at: Option<Timestamp>,
    /// When KSeF accepted it.
    pub accepted_at: Option<Timestamp>,
    /// When the receipt was stored.
    pub upo_downloaded_at: Option<Timestamp>,
    /// The reason that a person reads first: a code of KSeF, or one of ours.
    pub error: Option<String>,
    /// How many times a request was about to leave.
    pub attempt: u32,
    /// How many entries it has.
    pub entries: u32,
}

impl Row {
    /// Whether the order reference, or the id of the source, is exactly this.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        [&self.order_reference, &self.source_id].into_iter().flatten().any(|own| own == name)
    }
}

impl Submission {
    fn source_id(&self) -> Option<&str> {
        let announced = || self.announced.as_ref().map(|announced| announced.id.as_str());
        self.source.as_ref().map(|source| source.id.as_str()).or_else(announced)
    }

    /// The line of the audit log; `None` as long as nothing is recorded.
    #[must_use]
    pub fn row(&self) -> Option<Row> {
        let history = self.history.as_ref();
        let description = self.description();
        let receipt = history.and_then(History::receipt);
        Some(Row {
            status: self.status(),
            order_reference: description.map(|it| it.order_reference.clone()),
            source_id: self.source_id().map(str::to_owned),
            customer: description.map(|it| it.customer.clone()),
            nip: description.and_then(|it| it.buyer),
            document_type: description.map(|it| it.document_type),
            ksef_number: history.and_then(History::ksef_number),
            upo_number: self.upo,
            fakturownia_id: self.second_system.clone(),
            session: self.session,
            digest: self.digest(),
            receipt: receipt.map(|it| it.digest),
            p_1: history.and_then(History::document).map(|it| it.p_1),
            created_at: self.created_at?,
            submitted_at: self.submitted_at,
            accepted_at: history.and_then(History::acquired_at),
            upo_downloaded_at: receipt.map(|it| it.stored_at),
            error: self.error.clone(),
            attempt: history.map_or(0, History::attempts),
            entries: self.entries,
        })
    }
}
