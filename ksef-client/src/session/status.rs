//! What KSeF says of logins, sessions and invoices.

use core::fmt;
use core::str::FromStr;

use ksef_core::submission::{InvoiceState, Original};
use ksef_core::{KsefNumber, ReferenceNumber, Sha256Digest, Timestamp};

use crate::wire::sessions::{
    InvoiceStatusResponse, SessionStatusResponse, StatusInfo, UpoPageBody,
};

/// A status of KSeF: `status` in its answers. It is no status of HTTP.
///
/// `ksef_core::submission::Outcome` says what each code means for an invoice or a session, in
/// Polish and English.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// The code: below 200 it goes on, 200 is success, from 400 on it has failed.
    pub code: u16,
    /// What the code means, in the words of KSeF.
    pub description: String,
    /// What exactly, in the words of KSeF. It may quote the invoice, so `Debug` does not show it.
    pub details: Vec<String>,
}

/// The status of a session.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SessionStatus {
    /// The status: 100 open, 170 closed, 200 processed (KSeF API, section on sessions).
    pub status: Status,
    /// When it was opened.
    pub date_created: Timestamp,
    /// When something last happened in it.
    pub date_updated: Timestamp,
    /// When it closes by itself, while it is open.
    pub valid_until: Option<Timestamp>,
    /// How many invoices it holds.
    pub invoices: Option<u32>,
    /// How many of them were accepted.
    pub successful: Option<u32>,
    /// How many of them were rejected.
    pub failed: Option<u32>,
    /// The pages of its collective receipt, once it is processed.
    pub upo_pages: Vec<UpoPage>,
}

/// A page of a session's receipt, and where it can be fetched.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct UpoPage {
    /// Its reference number.
    pub reference_number: ReferenceNumber,
    /// A link that needs no token.
    pub link: Link,
}

/// A link into KSeF's storage that carries its own credential. `Debug` does not show it.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Link {
    /// The address.
    pub url: String,
    /// Until when it can be used, where KSeF says so. A new status has a new link.
    pub valid_until: Option<Timestamp>,
}

/// The status of an invoice in a session.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvoiceStatus {
    /// The status: 100 and 150 go on, 200 is accepted (KSeF API, section on sessions).
    pub status: Status,
    /// Which one of the session it is, from 1.
    pub ordinal_number: u32,
    /// The reference number of the invoice.
    pub reference_number: ReferenceNumber,
    /// The SHA-256 of the document, as it was declared.
    pub invoice_hash: Sha256Digest,
    /// When KSeF received it.
    pub invoicing_date: Timestamp,
    /// `P_2`, once KSeF has read it.
    pub invoice_number: Option<String>,
    /// The KSeF number, once it is accepted.
    pub ksef_number: Option<KsefNumber>,
    /// The name of its file in a batch.
    pub file_name: Option<String>,
    /// When KSeF accepted it.
    pub acquisition_date: Option<Timestamp>,
    /// When KSeF stored it for good. Until then nobody can fetch it, its buyer included.
    pub permanent_storage_date: Option<Timestamp>,
    /// Whether KSeF takes it for issued offline.
    pub invoicing_mode: Option<InvoicingMode>,
    /// Where its receipt is, once it is accepted.
    pub upo_link: Option<Link>,
    /// For status 440: the document that holds its number already.
    pub original: Option<Original>,
}

/// How KSeF takes an invoice (`invoicingMode`).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum InvoicingMode {
    /// Issued in KSeF.
    Online,
    /// Issued outside of it, and sent later.
    Offline,
    /// A mode that this version does not know.
    Other(String),
}

impl FromStr for InvoicingMode {
    type Err = core::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "Online" => Self::Online,
            "Offline" => Self::Offline,
            other => Self::Other(other.to_owned()),
        })
    }
}

impl From<StatusInfo> for Status {
    fn from(body: StatusInfo) -> Self {
        let (code, description) = (body.code, body.description);
        Self { code, description, details: body.details.unwrap_or_default() }
    }
}

impl From<SessionStatusResponse> for SessionStatus {
    fn from(body: SessionStatusResponse) -> Self {
        let pages = body.upo.map(|upo| upo.pages).unwrap_or_default();
        Self {
            status: body.status.into(),
            date_created: body.date_created,
            date_updated: body.date_updated,
            valid_until: body.valid_until,
            invoices: body.invoice_count,
            successful: body.successful_invoice_count,
            failed: body.failed_invoice_count,
            upo_pages: pages.into_iter().map(UpoPage::from).collect(),
        }
    }
}

impl From<UpoPageBody> for UpoPage {
    fn from(body: UpoPageBody) -> Self {
        let valid_until = Some(body.download_url_expiration_date);
        let link = Link { url: body.download_url, valid_until };
        Self { reference_number: body.reference_number, link }
    }
}

impl From<InvoiceStatusResponse> for InvoiceStatus {
    fn from(body: InvoiceStatusResponse) -> Self {
        let valid_until = body.upo_download_url_expiration_date;
        Self {
            original: original(&body.status),
            status: body.status.into(),
            ordinal_number: body.ordinal_number,
            reference_number: body.reference_number,
            invoice_hash: body.invoice_hash,
            invoicing_date: body.invoicing_date,
            invoice_number: body.invoice_number,
            ksef_number: body.ksef_number,
            file_name: body.invoice_file_name,
            acquisition_date: body.acquisition_date,
            permanent_storage_date: body.permanent_storage_date,
            invoicing_mode: body.invoicing_mode,
            upo_link: body.upo_download_url.map(|url| Link { url, valid_until }),
        }
    }
}

/// The extensions of status 440.
fn original(status: &StatusInfo) -> Option<Original> {
    let extensions = status.extensions.as_ref()?;
    let text = |name: &str| extensions.get(name)?.as_deref();
    let session = text("originalSessionReferenceNumber").and_then(|text| text.parse().ok());
    Some(Original { ksef_number: text("originalKsefNumber")?.parse().ok()?, session })
}

impl InvoiceStatus {
    /// What the submission protocol decides by.
    #[must_use]
    pub const fn state(&self) -> InvoiceState {
        InvoiceState {
            invoice: self.reference_number,
            code: self.status.code,
            ksef_number: self.ksef_number,
            acquired_at: self.acquisition_date,
            original: self.original,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.description)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Status")
            .field("code", &self.code)
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("valid_until", &self.valid_until).finish_non_exhaustive()
    }
}
