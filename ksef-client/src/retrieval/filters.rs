//! `InvoiceFilters`, which invoices are looked for.

use ksef_core::{Amount, KsefNumber, Nip, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::session::InvoicingMode;
use crate::wire::retrieval::{AmountRange, DateRange, IdentifierBody, InvoiceQueryFilters};

/// As which party of an invoice the context sees it (OpenAPI, `InvoiceQuerySubjectType`).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum SubjectType {
    /// The seller.
    Subject1,
    /// The buyer.
    Subject2,
    /// A third subject.
    Subject3,
    /// The authorized subject.
    SubjectAuthorized,
}

/// Which date of an invoice a range is about (OpenAPI, `InvoiceQueryDateType`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DateType {
    /// The date of issue (`P_1`): of a range only the days in Poland count.
    Issue,
    /// When KSeF received it.
    Invoicing,
    /// When KSeF stored it for good. What is complete up to some time is said of this date only.
    PermanentStorage,
}

/// Which amount of an invoice a range is about (OpenAPI, `AmountType`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AmountType {
    /// With VAT (`Brutto`).
    Gross,
    /// Without VAT (`Netto`).
    Net,
    /// The VAT.
    Vat,
}

/// Which invoices are looked for (OpenAPI, `InvoiceQueryFilters`).
///
/// The range has 100 days at most, counted in UTC. All conditions hold together.
///
/// ```
/// use ksef_client::retrieval::{DateType, InvoiceFilters, SubjectType};
///
/// let from = "2026-11-01T00:00:00Z".parse()?;
/// let filters = InvoiceFilters::new(SubjectType::Subject2, DateType::PermanentStorage, from)
///     .seller_nip("5265877635".parse()?)
///     .currency("EUR");
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct InvoiceFilters {
    pub(super) body: InvoiceQueryFilters,
    pub(super) date_type: DateType,
}

impl InvoiceFilters {
    /// Invoices in which the context is this party and which have this date at this time or later.
    #[must_use]
    pub const fn new(subject_type: SubjectType, date_type: DateType, from: Timestamp) -> Self {
        let date_range = DateRange {
            date_type: date_type.name(),
            from,
            to: None,
            restrict_to_permanent_storage_hwm_date: false,
        };
        let body = InvoiceQueryFilters {
            subject_type: subject_type.name(),
            date_range,
            ksef_number: None,
            invoice_number: None,
            amount: None,
            seller_nip: None,
            buyer_identifier: None,
            currency_codes: Vec::new(),
            invoicing_mode: None,
            is_self_invoicing: None,
            form_type: None,
            invoice_types: Vec::new(),
            has_attachment: None,
        };
        Self { body, date_type }
    }

    /// The same, up to this time, which is part of the range; up to now without it.
    #[must_use]
    pub const fn to(mut self, to: Timestamp) -> Self {
        self.body.date_range.to = Some(to);
        self
    }

    /// The same, but no later than up to where KSeF says that it is complete
    /// (`restrictToPermanentStorageHwmDate`). For [`DateType::PermanentStorage`].
    #[must_use]
    pub const fn only_complete(mut self) -> Self {
        self.body.date_range.restrict_to_permanent_storage_hwm_date = true;
        self
    }

    /// The same, with this KSeF number.
    #[must_use]
    pub const fn ksef_number(mut self, number: KsefNumber) -> Self {
        self.body.ksef_number = Some(number);
        self
    }

    /// The same, with exactly this number (`P_2`).
    #[must_use]
    pub fn invoice_number(mut self, number: impl Into<String>) -> Self {
        self.body.invoice_number = Some(number.into());
        self
    }

    /// The same, with an amount in PLN in this range; an end that is not given is open.
    #[must_use]
    pub fn amount(
        mut self,
        amount_type: AmountType,
        from: Option<Amount>,
        to: Option<Amount>,
    ) -> Self {
        // An amount prints as a number of JSON, which has no limit of digits.
        let number = |amount: Amount| RawValue::from_string(amount.to_string()).ok();
        let (from, to) = (from.and_then(number), to.and_then(number));
        self.body.amount = Some(AmountRange { amount_type: amount_type.name(), from, to });
        self
    }

    /// The same, from this seller.
    #[must_use]
    pub const fn seller_nip(mut self, seller: Nip) -> Self {
        self.body.seller_nip = Some(seller);
        self
    }

    /// The same, to the buyer with this NIP.
    #[must_use]
    pub fn buyer_nip(self, buyer: Nip) -> Self {
        self.buyer("Nip", Some(buyer.to_string()))
    }

    /// The same, to the buyer with this identifier of another kind: `VatUe`, `Other` or `None`
    /// (OpenAPI, `BuyerIdentifierType`).
    #[must_use]
    pub fn buyer(mut self, kind: &str, value: Option<String>) -> Self {
        self.body.buyer_identifier = Some(IdentifierBody { kind: kind.to_owned(), value });
        self
    }

    /// The same, in this currency or another one that is given so.
    #[must_use]
    pub fn currency(mut self, code: impl Into<String>) -> Self {
        self.body.currency_codes.push(code.into());
        self
    }

    /// The same, issued so.
    #[must_use]
    pub fn invoicing_mode(mut self, mode: &InvoicingMode) -> Self {
        self.body.invoicing_mode = Some(match mode {
            InvoicingMode::Online => "Online".to_owned(),
            InvoicingMode::Offline => "Offline".to_owned(),
            InvoicingMode::Other(other) => other.clone(),
        });
        self
    }

    /// The same, issued by the buyer, or not.
    #[must_use]
    pub const fn self_invoicing(mut self, is_self_invoicing: bool) -> Self {
        self.body.is_self_invoicing = Some(is_self_invoicing);
        self
    }

    /// The same, of this form: `FA`, `PEF` or `FA_RR` (OpenAPI, `InvoiceQueryFormType`).
    #[must_use]
    pub fn form_type(mut self, form_type: impl Into<String>) -> Self {
        self.body.form_type = Some(form_type.into());
        self
    }

    /// The same, of this kind or another one that is given so: `Vat`, `Kor` … (OpenAPI,
    /// `InvoiceType`).
    #[must_use]
    pub fn invoice_type(mut self, invoice_type: impl Into<String>) -> Self {
        self.body.invoice_types.push(invoice_type.into());
        self
    }

    /// The same, with an attachment, or without.
    #[must_use]
    pub const fn attachment(mut self, has_attachment: bool) -> Self {
        self.body.has_attachment = Some(has_attachment);
        self
    }

    pub(super) const fn from(&self) -> Timestamp {
        self.body.date_range.from
    }

    pub(super) const fn set_from(&mut self, from: Timestamp) {
        self.body.date_range.from = from;
    }
}

impl SubjectType {
    const fn name(self) -> &'static str {
        match self {
            Self::Subject1 => "Subject1",
            Self::Subject2 => "Subject2",
            Self::Subject3 => "Subject3",
            Self::SubjectAuthorized => "SubjectAuthorized",
        }
    }
}

impl DateType {
    const fn name(self) -> &'static str {
        match self {
            Self::Issue => "Issue",
            Self::Invoicing => "Invoicing",
            Self::PermanentStorage => "PermanentStorage",
        }
    }
}

impl AmountType {
    const fn name(self) -> &'static str {
        match self {
            Self::Gross => "Brutto",
            Self::Net => "Netto",
            Self::Vat => "Vat",
        }
    }
}
