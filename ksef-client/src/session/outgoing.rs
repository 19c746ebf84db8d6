//! `OutgoingInvoice`, what is sent.

#[cfg(feature = "xades")]
mod read;

use ksef_core::submission::{Document, WhenLate};
use ksef_core::{FormCode, InvoiceDate, InvoiceXml, Nip, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::InputError;
use crate::limits::SessionLimits;

/// An invoice to be sent: its exact bytes, and what of it the protocol needs to know.
///
/// Whoever wrote the document knows its form, its seller, whom the receipt has to name, and its
/// date of issue, after which it is not sent again by itself. [`OutgoingInvoice::read`] finds them
/// in an FA(2) or FA(3).
///
/// ```
/// use ksef_client::OutgoingInvoice;
/// use ksef_core::{FormCode, InvoiceXml};
///
/// let xml = InvoiceXml::new(b"<Faktura/>".as_slice())?;
/// let (seller, issued) = ("5265877635".parse()?, "2026-11-20".parse()?);
/// let invoice = OutgoingInvoice::new(FormCode::Fa3, xml, seller, issued);
/// assert!(!invoice.is_offline());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OutgoingInvoice {
    form_code: FormCode,
    xml: InvoiceXml,
    seller: Nip,
    issue_date: InvoiceDate,
    when_late: WhenLate,
    offline: bool,
    corrects: Option<Sha256Digest>,
}

impl OutgoingInvoice {
    /// An invoice of this form and seller (`Podmiot1`), issued on this day (`P_1`).
    #[must_use]
    pub const fn new(
        form_code: FormCode,
        xml: InvoiceXml,
        seller: Nip,
        issue_date: InvoiceDate,
    ) -> Self {
        let when_late = WhenLate::Ask;
        Self { form_code, xml, seller, issue_date, when_late, offline: false, corrects: None }
    }

    /// The same, sent even when its date of issue has passed. KSeF takes it for issued offline.
    #[must_use]
    pub const fn even_late(mut self) -> Self {
        self.when_late = WhenLate::Send;
        self
    }

    /// The same, declared to be issued offline (`offlineMode`).
    #[must_use]
    pub const fn issued_offline(mut self) -> Self {
        self.offline = true;
        self.even_late()
    }

    /// The same, as the technical correction of a rejected offline invoice with this hash
    /// (`hashOfCorrectedInvoice`).
    #[must_use]
    pub const fn technical_correction_of(mut self, rejected: Sha256Digest) -> Self {
        self.corrects = Some(rejected);
        self.issued_offline()
    }

    /// The form.
    #[must_use]
    pub const fn form_code(&self) -> &FormCode {
        &self.form_code
    }

    /// The exact bytes.
    #[must_use]
    pub const fn xml(&self) -> &InvoiceXml {
        &self.xml
    }

    /// The seller.
    #[must_use]
    pub const fn seller(&self) -> Nip {
        self.seller
    }

    /// The date of issue.
    #[must_use]
    pub const fn issue_date(&self) -> InvoiceDate {
        self.issue_date
    }

    /// Whether it is declared to be issued offline.
    #[must_use]
    pub const fn is_offline(&self) -> bool {
        self.offline
    }

    pub(crate) const fn corrects(&self) -> Option<Sha256Digest> {
        self.corrects
    }

    /// What the protocol needs to know.
    pub(crate) const fn document(&self) -> Document {
        let digest = self.xml.digest();
        let (p_1, when_late) = (self.issue_date, self.when_late);
        Document { version: 1, digest, p_1, when_late, paired: false }
    }

    /// Refuses what KSeF is certain to refuse.
    pub(crate) fn check(&self, limits: &SessionLimits, now: Timestamp) -> Result<(), InputError> {
        limits.check(&self.xml).map_err(InputError::TooLarge)?;
        if now < self.issue_date.start_in_utc() {
            return Err(InputError::IssueDateToCome);
        }
        if self.when_late == WhenLate::Ask && self.issue_date < now.warsaw_date() {
            return Err(InputError::IssueDatePassed);
        }
        Ok(())
    }
}
