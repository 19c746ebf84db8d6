//! `Summary`, what is found out about an invoice by reading it.

use ksef_core::{Currency, FormCode, InvoiceDate, InvoiceKind, Nip};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

mod fa;
mod tree;

/// What duplicates are told by, and what metadata queries answer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) form_code: FormCode,
    /// `P_2`, the number that the seller gave it.
    pub(crate) invoice_number: String,
    /// `P_1`.
    pub(crate) issue_date: InvoiceDate,
    pub(crate) invoice_type: InvoiceType,
    /// `Podmiot1`; on an invoice of a flat-rate farmer, the farmer.
    pub(crate) seller: Seller,
    /// `Podmiot2`.
    pub(crate) buyer: Party,
    /// `Podmiot3`.
    pub(crate) third_subjects: Vec<ThirdSubject>,
    /// `PodmiotUpowazniony`.
    pub(crate) authorized_subject: Option<AuthorizedSubject>,
    pub(crate) currency: Currency,
    /// In the currency of the invoice.
    #[serde(with = "crate::decimal")]
    pub(crate) net_amount: Decimal,
    /// In the currency of the invoice.
    #[serde(with = "crate::decimal")]
    pub(crate) gross_amount: Decimal,
    /// In PLN, as far as the invoice says it in PLN.
    #[serde(with = "crate::decimal")]
    pub(crate) vat_amount: Decimal,
    /// `P_17`: the buyer issued it.
    pub(crate) is_self_invoicing: bool,
    pub(crate) has_attachment: bool,
}

/// `seller`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Seller {
    pub(crate) nip: Nip,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// `buyer`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Party {
    pub(crate) identifier: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// An element of `thirdSubjects`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct ThirdSubject {
    pub(crate) identifier: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// `Rola`; 0 for a role that is described in words.
    pub(crate) role: u8,
}

/// `authorizedSubject`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct AuthorizedSubject {
    pub(crate) nip: Nip,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// `RolaPU`.
    pub(crate) role: u8,
}

/// `identifier` of a buyer or a third subject.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "type", content = "value")]
pub(crate) enum Identifier {
    Nip(String),
    /// Of third subjects only.
    InternalId(String),
    /// With its country.
    VatUe(String),
    Other(String),
    None,
}

/// `invoiceType`, which says the same as `RodzajFaktury` and the form of the document together.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) enum InvoiceType {
    Vat,
    Zal,
    Kor,
    Roz,
    Upr,
    KorZal,
    KorRoz,
    VatPef,
    VatPefSp,
    KorPef,
    VatRr,
    KorVatRr,
}

impl Summary {
    /// What stands in a document of this form; `None` if it does not say what every invoice does.
    ///
    /// `invoice` is what [`ksef_fa`] read, of a document that it has a model for.
    pub(crate) fn of(
        form_code: &FormCode,
        document: &[u8],
        invoice: Option<&ksef_fa::Invoice>,
    ) -> Option<Self> {
        match form_code {
            FormCode::Fa2 | FormCode::Fa3 => invoice.map(fa::summary),
            FormCode::FaRr1 => tree::farmers_invoice(document),
            FormCode::Pef3 | FormCode::PefKor3 => tree::peppol_invoice(form_code, document),
            _ => None,
        }
    }

    /// What no two invoices may have in common: seller, kind and number.
    pub(crate) fn duplicate_key(&self) -> String {
        // Neither a NIP nor a type has a blank in it, so different keys are different texts.
        format!("{} {:?} {}", self.seller.nip, self.invoice_type, self.invoice_number)
    }

    /// The internal identifiers among the third subjects.
    pub(crate) fn internal_ids(&self) -> impl Iterator<Item = &str> {
        self.third_subjects.iter().filter_map(|subject| match &subject.identifier {
            Identifier::InternalId(id) => Some(id.as_str()),
            _ => None,
        })
    }
}

impl Identifier {
    pub(crate) fn is_nip(&self, nip: &str) -> bool {
        matches!(self, Self::Nip(value) if value == nip)
    }

    /// `value` of the OpenAPI.
    pub(crate) fn value(&self) -> Option<&str> {
        match self {
            Self::Nip(value)
            | Self::InternalId(value)
            | Self::VatUe(value)
            | Self::Other(value) => Some(value),
            Self::None => None,
        }
    }
}

impl From<InvoiceKind> for InvoiceType {
    fn from(kind: InvoiceKind) -> Self {
        match kind {
            InvoiceKind::Vat => Self::Vat,
            InvoiceKind::Kor => Self::Kor,
            InvoiceKind::Zal => Self::Zal,
            InvoiceKind::Roz => Self::Roz,
            InvoiceKind::Upr => Self::Upr,
            InvoiceKind::KorZal => Self::KorZal,
            InvoiceKind::KorRoz => Self::KorRoz,
        }
    }
}

#[cfg(test)]
mod tests;
