//! What became of the invoices of a package.

use std::collections::{HashMap, HashSet};

use ksef_core::port::UpoExpectation;
use ksef_core::submission::{Fact, OriginalFinding};
use ksef_core::{KsefNumber, Nip, Sha256Digest};

use super::BatchSession;
use crate::batch::PackedDocument;
use crate::error::{Error, LostAnswer, NoAnswer, Unreadable};
use crate::policy::PollPolicy;
use crate::session::{ClosedSession, InvoiceStatus, Receipt};
use crate::wire::operation::Operation;

/// The status of a duplicate.
const DUPLICATE: u16 = 440;

/// What became of an invoice of a package.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DocumentOutcome {
    /// The invoice.
    pub document: PackedDocument,
    /// What KSeF says of it; none when the session does not list it, so that KSeF has not taken it.
    ///
    /// It is the entry with the hash of the invoice. Without one it is that with its file name,
    /// since KSeF does not know the hash of a file that it could not read.
    pub status: Option<InvoiceStatus>,
}

impl DocumentOutcome {
    /// Its KSeF number, if this session has accepted it: these bytes and no others.
    #[must_use]
    pub fn ksef_number(&self) -> Option<KsefNumber> {
        let status = self.status.as_ref()?;
        let is_accepted = (200..300).contains(&status.status.code);
        let is_ours = status.invoice_hash == self.document.invoice_hash;
        status.ksef_number.filter(|_| is_accepted && is_ours)
    }

    /// Whether it was rejected because its number is held by a document that KSeF has (440), which
    /// may be the same one. [`BatchSession::compare_original`] finds that out.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.status.code == DUPLICATE)
    }
}

impl BatchSession {
    /// Waits until KSeF has decided, and says what became of each invoice, in the order of the
    /// package.
    ///
    /// Invoices are decided on one by one: some may be accepted and others not.
    ///
    /// # Errors
    ///
    /// [`Error::SessionFailed`] when KSeF could not make use of the package as a whole, and has
    /// taken none of its invoices; [`Error::TimedOut`] when it goes on: never send the package
    /// again then, ask again later. [`Error::NoAnswer`] with [`Unreadable::ShortList`] when KSeF
    /// lists fewer invoices than it counts. As every reading request.
    pub async fn outcomes(&self, policy: &PollPolicy) -> Result<Vec<DocumentOutcome>, Error> {
        let (counted, failed) = match self.closed().ended(policy).await {
            Ok(session) => (session.invoices, None),
            // The list says whether invoices were taken all the same.
            Err(Error::SessionFailed(status)) => (None, Some(status)),
            Err(error) => return Err(error),
        };
        let listed = self.auth().session_invoices(self.reference_number()).await?;
        if let Some(status) = failed.filter(|_| listed.is_empty()) {
            return Err(Error::SessionFailed(status));
        }
        if u32::try_from(listed.len()).is_ok_and(|listed| Some(listed) < counted) {
            let operation = Some(Operation::ListSessionInvoices);
            let cause = LostAnswer::Unreadable(Unreadable::ShortList);
            return Err(Error::NoAnswer(Box::new(NoAnswer { operation, cause })));
        }
        Ok(matched(&self.manifest().documents, listed))
    }

    /// The handle of the session when it is closed, for its collective receipt.
    #[must_use]
    pub fn closed(&self) -> ClosedSession {
        self.auth().closed_session(self.reference_number())
    }

    /// Compares a duplicate (440) with the document that holds its number at KSeF; none when it
    /// is no duplicate or KSeF does not say of what.
    ///
    /// It is ours only where the hash that is found is that of our document: then it was sent
    /// before, and its KSeF number is the original's.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn compare_original(
        &self,
        outcome: &DocumentOutcome,
    ) -> Result<Option<OriginalFinding>, Error> {
        let original = outcome.status.as_ref().and_then(|status| status.original);
        let Some(original) = original.filter(|_| outcome.is_duplicate()) else {
            return Ok(None);
        };
        // In batches KSeF has named the duplicate's own session as that of the original.
        let session = original.session.filter(|session| *session != self.reference_number());
        let compared = self.auth().compare_original(original.ksef_number, session).await?;
        Ok(compared.facts.into_iter().find_map(|fact| match fact {
            Fact::OriginalCompared { finding, .. } => Some(finding),
            _ => None,
        }))
    }

    /// Fetches the receipt of an accepted invoice and verifies it; none when it is not accepted.
    ///
    /// The seller is the one that the document names (`Podmiot1`).
    ///
    /// # Errors
    ///
    /// [`Error::Receipt`] with the first thing that does not fit, or as every reading request.
    pub async fn receipt(
        &self,
        outcome: &DocumentOutcome,
        seller: Nip,
    ) -> Result<Option<Receipt>, Error> {
        let Some(ksef_number) = outcome.ksef_number() else {
            return Ok(None);
        };
        let upo = self.auth().upo_by_ksef_number(self.reference_number(), ksef_number).await?;
        let client = self.auth().client();
        let signer = client.signer_of(
            &upo,
            &UpoExpectation {
                digest: outcome.document.invoice_hash,
                ksef_number: &ksef_number,
                seller,
                form_code: self.form_code(),
                environment: client.environment(),
            },
        )?;
        Ok(Some(Receipt { xml: upo, signer: signer.map_err(Error::Receipt)? }))
    }
}

/// What a list of KSeF says of each of these documents.
fn matched(documents: &[PackedDocument], listed: Vec<InvoiceStatus>) -> Vec<DocumentOutcome> {
    let hashes: HashSet<Sha256Digest> =
        documents.iter().map(|document| document.invoice_hash).collect();
    let (mut by_hash, mut by_name) = (HashMap::new(), HashMap::new());
    for status in listed {
        if hashes.contains(&status.invoice_hash) {
            by_hash.insert(status.invoice_hash, status);
        } else if let Some(name) = status.file_name.clone() {
            by_name.insert(name, status);
        }
    }
    let mut outcome = |document: &PackedDocument| {
        let status = by_hash.remove(&document.invoice_hash);
        let status = status.or_else(|| by_name.remove(&document.file_name));
        DocumentOutcome { document: document.clone(), status }
    };
    documents.iter().map(&mut outcome).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::wire::sessions::InvoiceStatusResponse;

    const NUMBER: &str = "5265877635-20250826-0100001AF629-AF";

    fn document(file_name: &str, content: &str) -> PackedDocument {
        let hash = Sha256Digest::of(content.as_bytes());
        let document = json!({ "fileName": file_name, "invoiceHash": hash, "invoiceSize": 1 });
        serde_json::from_value(document).unwrap()
    }

    fn status(file_name: &str, content: &str, code: u16) -> InvoiceStatus {
        let number = if code == 200 { json!(NUMBER) } else { Value::Null };
        let body: InvoiceStatusResponse = serde_json::from_value(json!({
            "ordinalNumber": 1,
            "referenceNumber": "20250918-EE-2F20AD2000-242386DF86-52",
            "invoiceHash": Sha256Digest::of(content.as_bytes()),
            "invoiceFileName": file_name,
            "invoicingDate": "2026-11-20T12:00:00Z",
            "ksefNumber": number,
            "status": { "code": code, "description": "" },
        }))
        .unwrap();
        body.into()
    }

    fn codes(outcomes: &[DocumentOutcome]) -> Vec<Option<u16>> {
        outcomes.iter().map(|outcome| Some(outcome.status.as_ref()?.status.code)).collect()
    }

    #[test]
    fn an_invoice_is_found_by_its_hash_and_else_by_its_name() {
        let documents = [document("1.xml", "1"), document("2.xml", "2"), document("3.xml", "3")];
        let listed = vec![
            status("2.xml", "", 430),
            status("other.xml", "1", 200),
            status("9.xml", "9", 450),
        ];
        let outcomes = matched(&documents, listed);
        assert_eq!(codes(&outcomes), [Some(200), Some(430), None]);
        assert!(outcomes.first().unwrap().ksef_number().is_some());
    }

    #[test]
    fn other_bytes_under_our_name_are_not_ours() {
        let outcomes = matched(&[document("1.xml", "1")], vec![status("1.xml", "changed", 200)]);
        assert_eq!(codes(&outcomes), [Some(200)]);
        assert_eq!(outcomes.first().unwrap().ksef_number(), None);
    }
}
