//! `InvoiceMetadata`, what KSeF knows of an invoice.

use core::fmt;

use ksef_core::{
    Amount, FormCode, InvoiceDate, KsefNumber, Nip, ParseError, Sha256Digest, Timestamp,
};
use serde_json::value::RawValue;

use super::DateType;
use crate::session::InvoicingMode;
use crate::wire::retrieval::{InvoiceMetadataBody, PartyBody, SellerBody};

/// What KSeF knows of an invoice (OpenAPI, `InvoiceMetadata`). `Debug` shows its number at KSeF,
/// its dates and its hash, and nothing of what is in it.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvoiceMetadata {
    /// The number at KSeF.
    pub ksef_number: KsefNumber,
    /// The number that the seller gave it (`P_2`).
    pub invoice_number: String,
    /// The date of issue (`P_1`).
    pub issue_date: InvoiceDate,
    /// When KSeF received it.
    pub invoicing_date: Timestamp,
    /// When KSeF accepted it.
    pub acquisition_date: Timestamp,
    /// When KSeF stored it for good.
    pub permanent_storage_date: Timestamp,
    /// The seller.
    pub seller: Seller,
    /// The buyer.
    pub buyer: Party,
    /// The total without VAT.
    pub net_amount: MetadataAmount,
    /// The total with VAT.
    pub gross_amount: MetadataAmount,
    /// The VAT, in PLN.
    pub vat_amount: MetadataAmount,
    /// The currency, as the API writes it: `PLN`.
    pub currency: String,
    /// Whether KSeF takes it for issued offline.
    pub invoicing_mode: Option<InvoicingMode>,
    /// The kind, as the API writes it: `Vat`, `Kor` … (OpenAPI, `InvoiceType`).
    pub invoice_type: String,
    /// The form.
    pub form_code: FormCode,
    /// Whether the buyer issued it.
    pub is_self_invoicing: bool,
    /// Whether it has an attachment.
    pub has_attachment: bool,
    /// The SHA-256 of its bytes.
    pub invoice_hash: Sha256Digest,
    /// The SHA-256 of the rejected invoice that it corrects technically.
    pub hash_of_corrected_invoice: Option<Sha256Digest>,
    /// Third subjects.
    pub third_subjects: Vec<Party>,
    /// The authorized subject.
    pub authorized_subject: Option<Seller>,
}

/// A subject with a NIP: the seller, or the authorized subject.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Seller {
    /// The NIP.
    pub nip: Nip,
    /// The name.
    pub name: Option<String>,
    /// The role, as the schema numbers it; of authorized subjects only.
    pub role: Option<u32>,
}

/// A subject whose identifier has a kind: the buyer, or a third subject.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Party {
    /// The kind of the identifier, as the API writes it: `Nip`, `VatUe`, `Other`, `None` …
    pub identifier_type: String,
    /// The identifier, where it has one.
    pub identifier: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The role, as the schema numbers it; of third subjects only.
    pub role: Option<u32>,
}

/// An amount as KSeF's list writes it: a number of JSON, kept digit by digit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MetadataAmount(String);

impl MetadataAmount {
    /// A number of an answer.
    pub(crate) fn of(number: &RawValue) -> Self {
        Self(number.get().to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The amount.
    ///
    /// # Errors
    ///
    /// When it has more digits than an amount: the contract takes any number. The invoice itself
    /// says what is right.
    pub fn amount(&self) -> Result<Amount, ParseError> {
        self.0.parse()
    }
}

impl InvoiceMetadata {
    /// Where it stands in a list by this date.
    pub(super) fn position(&self, date_type: DateType) -> Timestamp {
        match date_type {
            DateType::Issue => self.issue_date.start_in_warsaw(),
            DateType::Invoicing => self.invoicing_date,
            DateType::PermanentStorage => self.permanent_storage_date,
        }
    }
}

impl From<InvoiceMetadataBody> for InvoiceMetadata {
    fn from(body: InvoiceMetadataBody) -> Self {
        let third_subjects = body.third_subjects.unwrap_or_default();
        Self {
            ksef_number: body.ksef_number,
            invoice_number: body.invoice_number,
            issue_date: body.issue_date,
            invoicing_date: body.invoicing_date,
            acquisition_date: body.acquisition_date,
            permanent_storage_date: body.permanent_storage_date,
            seller: body.seller.into(),
            buyer: body.buyer.into(),
            net_amount: MetadataAmount::of(&body.net_amount),
            gross_amount: MetadataAmount::of(&body.gross_amount),
            vat_amount: MetadataAmount::of(&body.vat_amount),
            currency: body.currency,
            invoicing_mode: body.invoicing_mode,
            invoice_type: body.invoice_type,
            form_code: body.form_code,
            is_self_invoicing: body.is_self_invoicing,
            has_attachment: body.has_attachment,
            invoice_hash: body.invoice_hash,
            hash_of_corrected_invoice: body.hash_of_corrected_invoice,
            third_subjects: third_subjects.into_iter().map(Party::from).collect(),
            authorized_subject: body.authorized_subject.map(Seller::from),
        }
    }
}

impl From<SellerBody> for Seller {
    fn from(body: SellerBody) -> Self {
        Self { nip: body.nip, name: body.name, role: body.role }
    }
}

impl From<PartyBody> for Party {
    fn from(body: PartyBody) -> Self {
        let (kind, value) = (body.identifier.kind, body.identifier.value);
        Self { identifier_type: kind, identifier: value, name: body.name, role: body.role }
    }
}

impl fmt::Debug for InvoiceMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvoiceMetadata")
            .field("ksef_number", &self.ksef_number)
            .field("invoicing_date", &self.invoicing_date)
            .field("permanent_storage_date", &self.permanent_storage_date)
            .field("invoice_hash", &self.invoice_hash)
            .finish_non_exhaustive()
    }
}
