//! `InvoiceQuery`, which invoices are asked for: the filters of metadata queries and exports.

mod read;
#[cfg(test)]
mod tests;

use std::time::Duration;

use ksef_core::{ContextIdentifier, InvoiceDate, KsefNumber, Nip, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::summary::{Identifier, InvoiceType};
use super::{Invoice, InvoicingMode, Stored, Summary};
use crate::exchange::Call;
use crate::world::World;

pub(crate) use read::Filters;

/// The most days from `dateRange.from` to `dateRange.to`, counted in UTC.
const LONGEST_RANGE: Duration = Duration::from_secs(100 * 24 * 60 * 60);

/// How many invoices a query or an export gives at most.
pub(crate) const MOST_INVOICES: usize = 10_000;

/// Which invoices are asked for.
#[derive(Clone, Debug)]
pub(crate) struct InvoiceQuery {
    pub(crate) subject_type: SubjectType,
    pub(crate) date_range: DateRange,
    ksef_number: Option<KsefNumber>,
    invoice_number: Option<String>,
    amount: Option<AmountRange>,
    seller_nip: Option<Nip>,
    buyer_identifier: Option<BuyerIdentifier>,
    currency_codes: Option<Vec<String>>,
    invoicing_mode: Option<InvoicingMode>,
    is_self_invoicing: Option<bool>,
    form_type: Option<FormType>,
    invoice_types: Option<Vec<InvoiceType>>,
    has_attachment: Option<bool>,
}

/// `subjectType`: as whom the context stands on the invoices.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum SubjectType {
    Subject1,
    Subject2,
    Subject3,
    SubjectAuthorized,
}

/// `dateType`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum DateType {
    Issue,
    Invoicing,
    PermanentStorage,
}

/// `dateRange`, with both ends.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct DateRange {
    pub(crate) date_type: DateType,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Whether `to` is drawn back to the high-water mark.
    pub(crate) is_restricted: bool,
}

/// `amount`, with both ends.
#[derive(Clone, Copy, Debug)]
struct AmountRange {
    kind: AmountType,
    from: Option<Decimal>,
    to: Option<Decimal>,
}

/// `amount.type`.
#[derive(Clone, Copy, Debug, Deserialize)]
enum AmountType {
    Brutto,
    Netto,
    Vat,
}

/// `buyerIdentifier`.
#[derive(Clone, Debug)]
struct BuyerIdentifier {
    kind: BuyerIdentifierType,
    value: Option<String>,
}

/// `buyerIdentifier.type`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
enum BuyerIdentifierType {
    Nip,
    VatUe,
    Other,
    None,
}

/// `formType`.
#[derive(Clone, Copy, Debug, Deserialize)]
enum FormType {
    #[serde(rename = "FA")]
    Fa,
    #[serde(rename = "PEF")]
    Pef,
    #[serde(rename = "FA_RR")]
    FaRr,
}

/// By what invoices are ordered: the date that the query is about, and a number that decides
/// between equal ones.
type Place = (SortDate, KsefNumber);

/// A day or an instant; in one query all are of the same kind.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum SortDate {
    Day(InvoiceDate),
    Instant(Timestamp),
}

/// Up to when the set of stored invoices is complete: `PermanentStorageHwmDate`.
pub(crate) fn high_water_mark(call: &Call<'_>) -> Timestamp {
    let lag = call.sandbox.config.delays.high_water_mark;
    call.now.checked_sub(lag).unwrap_or(Timestamp::MIN)
}

impl InvoiceQuery {
    /// The invoices that the context may see at this time, from the earliest date on.
    pub(crate) fn select<'w>(
        &self,
        world: &'w World,
        context: &ContextIdentifier,
        now: Timestamp,
    ) -> Vec<Stored<'w>> {
        let stored = world.invoices.values().filter_map(|invoice| Stored::of(invoice, now));
        let mut found: Vec<_> = stored
            .filter(|invoice| invoice.is_stored_at(now))
            .filter(|invoice| self.subject_type.is_context(invoice, context))
            .filter(|invoice| self.matches(invoice))
            .collect();
        found.sort_by_cached_key(|invoice| self.place(invoice));
        found
    }

    fn place(&self, invoice: &Stored<'_>) -> Place {
        let date = match self.date_range.date_type {
            DateType::Issue => SortDate::Day(invoice.summary.issue_date),
            DateType::Invoicing => SortDate::Instant(invoice.invoice.invoicing_date),
            DateType::PermanentStorage => {
                SortDate::Instant(invoice.accepted.permanent_storage_date)
            }
        };
        (date, invoice.accepted.ksef_number)
    }

    fn matches(&self, Stored { invoice, accepted, summary }: &Stored<'_>) -> bool {
        self.date_range.contains(invoice, accepted.permanent_storage_date, summary.issue_date)
            && fits(self.ksef_number, |number| number == accepted.ksef_number)
            && fits(self.invoice_number.as_ref(), |number| *number == summary.invoice_number)
            && fits(self.amount, |range| range.contains(summary))
            && fits(self.seller_nip, |nip| nip == summary.seller.nip)
            && fits(self.buyer_identifier.as_ref(), |wanted| wanted.is(&summary.buyer.identifier))
            && fits(self.currency_codes.as_ref(), |codes| {
                codes.is_empty() || codes.iter().any(|code| code == summary.currency.as_str())
            })
            && fits(self.invoicing_mode, |mode| mode == invoice.mode)
            && fits(self.is_self_invoicing, |wanted| wanted == summary.is_self_invoicing)
            && fits(self.form_type, |form| form.value() == summary.form_code.value())
            && fits(self.invoice_types.as_ref(), |types| {
                types.is_empty() || types.contains(&summary.invoice_type)
            })
            && fits(self.has_attachment, |wanted| wanted == summary.has_attachment)
    }
}

/// What is not asked for fits.
fn fits<T>(filter: Option<T>, is_met: impl FnOnce(T) -> bool) -> bool {
    filter.is_none_or(is_met)
}

impl SubjectType {
    const ALL: [Self; 4] =
        [Self::Subject1, Self::Subject2, Self::Subject3, Self::SubjectAuthorized];

    /// Whether a context of this kind can stand on an invoice as this subject at all.
    ///
    /// A unit with an internal identifier is named in `Podmiot3` only, an entity of the European
    /// Union as the buyer only, and a provider of Peppol services nowhere.
    pub(crate) const fn exists_in(self, context: &ContextIdentifier) -> bool {
        match context {
            ContextIdentifier::Nip(_) => true,
            ContextIdentifier::InternalId(_) => matches!(self, Self::Subject3),
            ContextIdentifier::NipVatUe(_) => matches!(self, Self::Subject2),
            _ => false,
        }
    }

    /// Whether the context is this subject of the invoice.
    fn is_context(self, invoice: &Stored<'_>, context: &ContextIdentifier) -> bool {
        let summary = invoice.summary;
        match (self, context) {
            (Self::Subject1, ContextIdentifier::Nip(nip)) => summary.seller.nip == *nip,
            (Self::Subject2, ContextIdentifier::Nip(nip)) => {
                summary.buyer.identifier.is_nip(nip.as_str())
            }
            (Self::Subject2, ContextIdentifier::NipVatUe(id)) => {
                let is_buyer = matches!(&summary.buyer.identifier,
                    Identifier::VatUe(number) if number == id.vat_ue().as_str());
                is_buyer && summary.seller.nip == id.nip()
            }
            (Self::Subject3, ContextIdentifier::Nip(nip)) => {
                let mut subjects = summary.third_subjects.iter();
                subjects.any(|subject| subject.identifier.is_nip(nip.as_str()))
            }
            (Self::Subject3, ContextIdentifier::InternalId(id)) => {
                summary.internal_ids().any(|internal_id| internal_id == id.as_str())
            }
            (Self::SubjectAuthorized, ContextIdentifier::Nip(nip)) => {
                let subject = summary.authorized_subject.as_ref();
                subject.is_some_and(|subject| subject.nip == *nip)
            }
            _ => false,
        }
    }

    /// Whether the context is any subject of the invoice.
    pub(crate) fn any_is_context(invoice: &Stored<'_>, context: &ContextIdentifier) -> bool {
        Self::ALL.into_iter().any(|subject| subject.is_context(invoice, context))
    }
}

impl DateRange {
    /// Up to where the answer is complete: the high-water mark, or the end of the range if that is
    /// earlier. Of permanent storage only.
    pub(crate) fn complete_up_to(&self, high_water_mark: Timestamp) -> Option<Timestamp> {
        let is_stored = self.date_type == DateType::PermanentStorage;
        is_stored.then(|| self.to.min(high_water_mark))
    }

    /// Whether nothing can be answered yet: 21183, and status 420 of an export.
    pub(crate) fn begins_beyond(&self, high_water_mark: Timestamp) -> bool {
        self.is_restricted && self.from > high_water_mark
    }

    /// Draws the end back to the high-water mark if the query asks for it.
    pub(crate) fn restrict(&mut self, high_water_mark: Timestamp) {
        if self.is_restricted {
            self.to = self.to.min(high_water_mark);
        }
    }

    fn contains(&self, invoice: &Invoice, stored: Timestamp, issued: InvoiceDate) -> bool {
        match self.date_type {
            // Of the issue there is only a day, in Poland.
            DateType::Issue => (self.from.warsaw_date()..=self.to.warsaw_date()).contains(&issued),
            DateType::Invoicing => (self.from..=self.to).contains(&invoice.invoicing_date),
            DateType::PermanentStorage => (self.from..=self.to).contains(&stored),
        }
    }
}

impl AmountRange {
    fn contains(&self, summary: &Summary) -> bool {
        let amount = match self.kind {
            AmountType::Brutto => summary.gross_amount,
            AmountType::Netto => summary.net_amount,
            AmountType::Vat => summary.vat_amount,
        };
        fits(self.from, |from| from <= amount) && fits(self.to, |to| amount <= to)
    }
}

impl BuyerIdentifier {
    fn is(&self, identifier: &Identifier) -> bool {
        self.kind.is_of(identifier)
            && fits(self.value.as_deref(), |value| {
                identifier.value().is_none_or(|other| other == value)
            })
    }
}

impl BuyerIdentifierType {
    const fn is_of(self, identifier: &Identifier) -> bool {
        matches!(
            (self, identifier),
            (Self::Nip, Identifier::Nip(_))
                | (Self::VatUe, Identifier::VatUe(_))
                | (Self::Other, Identifier::Other(_))
                | (Self::None, Identifier::None)
        )
    }
}

impl FormType {
    const fn value(self) -> &'static str {
        match self {
            Self::Fa => "FA",
            Self::Pef => "PEF",
            Self::FaRr => "FA_RR",
        }
    }
}
