//! What is answered about one invoice of a session.

use std::borrow::Cow;

use ksef_core::{KsefNumber, ReferenceNumber, Sha256Digest, Timestamp};
use serde::Serialize;

use super::{Accepted, Invoice, Rejection, Verdict};
use crate::storage::Link;

/// `StatusInfo` and `InvoiceStatusInfo` of the OpenAPI.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct StatusInfo {
    pub(crate) code: u16,
    pub(crate) description: Cow<'static, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extensions: Option<Extensions>,
}

/// Of a duplicate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extensions {
    original_session_reference_number: ReferenceNumber,
    original_ksef_number: KsefNumber,
}

/// `SessionInvoiceStatusResponse` of the OpenAPI.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceStatus<'a> {
    ordinal_number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ksef_number: Option<KsefNumber>,
    reference_number: ReferenceNumber,
    invoice_hash: Sha256Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_file_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acquisition_date: Option<Timestamp>,
    invoicing_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    permanent_storage_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upo_download_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upo_download_url_expiration_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoicing_mode: Option<&'static str>,
    status: StatusInfo,
}

impl StatusInfo {
    /// A status of an invoice without details.
    fn of_invoice(code: u16) -> Self {
        Self { code, description: description(code), details: Vec::new(), extensions: None }
    }
}

impl Invoice {
    /// Its status at this time.
    pub(crate) fn status(&self, now: Timestamp) -> StatusInfo {
        match self.verdict_at(now) {
            None if now < self.processing_at => StatusInfo::of_invoice(100),
            None => StatusInfo::of_invoice(150),
            Some(Verdict::Accepted(_)) => StatusInfo::of_invoice(200),
            Some(Verdict::Rejected(rejection)) => rejection.status(),
        }
    }

    /// What is answered about it; `link` makes the link to its receipt.
    pub(crate) fn describe(
        &self,
        now: Timestamp,
        link: impl FnOnce(&Accepted) -> Link,
    ) -> InvoiceStatus<'_> {
        let accepted = self.accepted_at(now);
        let link = accepted.map(link);
        let stored_at = accepted.map(|accepted| accepted.permanent_storage_date);
        // Until it is accepted, its number is a claim; of a rejected one nothing is repeated.
        let summary = self.summary.as_ref().filter(|_| accepted.is_some());
        InvoiceStatus {
            ordinal_number: self.ordinal_number,
            invoice_number: summary.map(|summary| summary.invoice_number.as_str()),
            ksef_number: accepted.map(|accepted| accepted.ksef_number),
            reference_number: self.reference_number,
            invoice_hash: self.hash,
            invoice_file_name: self.file_name.as_deref(),
            acquisition_date: accepted.map(|accepted| accepted.acquisition_date),
            invoicing_date: self.invoicing_date,
            permanent_storage_date: stored_at.filter(|date| *date <= now),
            upo_download_url_expiration_date: link.as_ref().map(|link| link.expires_at),
            upo_download_url: link.map(|link| link.url),
            invoicing_mode: accepted.map(|_| self.mode.name()),
            status: self.status(now),
        }
    }
}

impl Rejection {
    fn status(&self) -> StatusInfo {
        let extensions = self.original.as_deref().map(|original| Extensions {
            original_session_reference_number: original.session,
            original_ksef_number: original.ksef_number,
        });
        let description = description(self.code);
        StatusInfo { code: self.code, description, details: self.details.clone(), extensions }
    }
}

/// Source: the table at `SessionInvoiceStatusResponse.status` of the OpenAPI.
fn description(code: u16) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        100 => "Faktura przyjęta do dalszego przetwarzania",
        150 => "Trwa przetwarzanie",
        200 => "Sukces",
        405 => "Przetwarzanie anulowane z powodu błędu sesji",
        410 => "Nieprawidłowy zakres uprawnień",
        415 => "Brak możliwości wysyłania faktury z załącznikiem",
        430 => "Błąd weryfikacji pliku faktury",
        435 => "Błąd odszyfrowania pliku",
        440 => "Duplikat faktury",
        450 => "Błąd weryfikacji semantyki dokumentu faktury",
        550 => "Operacja została anulowana przez system",
        code => return Cow::Owned(format!("Nieznany błąd ({code})")),
    })
}
