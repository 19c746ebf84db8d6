//! Reads the filters from JSON, and says everything that is wrong with them at once.

use std::ops::RangeInclusive;

use ksef_core::{Currency, KsefNumber, Nip, ParseError, Timestamp};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{AmountRange, BuyerIdentifier, DateRange, DateType, InvoiceQuery, LONGEST_RANGE};
use crate::exchange::{Refusal, Violations};

/// `InvoiceQueryFilters`, before it is known whether each of them is what it should be.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Filters {
    subject_type: Value,
    date_range: Option<DateRangeFilter>,
    ksef_number: Value,
    invoice_number: Value,
    amount: Option<AmountFilter>,
    seller_nip: Value,
    buyer_identifier: Option<BuyerIdentifierFilter>,
    currency_codes: Value,
    invoicing_mode: Value,
    is_self_invoicing: Value,
    form_type: Value,
    invoice_types: Value,
    has_attachment: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DateRangeFilter {
    date_type: Value,
    from: Value,
    to: Value,
    restrict_to_permanent_storage_hwm_date: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AmountFilter {
    r#type: Value,
    #[serde(deserialize_with = "crate::decimal::option::deserialize")]
    from: Option<Decimal>,
    #[serde(deserialize_with = "crate::decimal::option::deserialize")]
    to: Option<Decimal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BuyerIdentifierFilter {
    r#type: Value,
    value: Value,
}

/// Currencies that queries know and invoices do not.
const QUERY_CURRENCIES: [&str; 5] = ["CNH", "VED", "XTS", "ZWG", "SLE"];

impl Filters {
    /// The query, if all is well; `path` stands before the names of members, `filters.` or nothing.
    pub(crate) fn read(&self, path: &'static str, now: Timestamp) -> Result<InvoiceQuery, Refusal> {
        let mut members = Members { path, violations: Violations::default() };
        let query = self.query(&mut members, now);
        members.violations.refuse()?;
        // What is missing was a violation.
        query.ok_or_else(|| crate::exception::ExceptionCode::InvalidInput.into())
    }

    fn query(&self, members: &mut Members, now: Timestamp) -> Option<InvoiceQuery> {
        let subject_type = members.required("subjectType", &self.subject_type);
        let date_range = match &self.date_range {
            Some(range) => range.read(members, now),
            None => members.missing("dateRange"),
        };
        let ksef_number = members.parsed("ksefNumber", &self.ksef_number, str::parse::<KsefNumber>);
        let invoice_number = members.text("invoiceNumber", &self.invoice_number, &(0..=256));
        let amount = self.amount.as_ref().and_then(|amount| amount.read(members));
        let seller_nip = members.parsed("sellerNip", &self.seller_nip, Nip::for_test_environment);
        let buyer = self.buyer_identifier.as_ref();
        let buyer_identifier = buyer.and_then(|buyer| buyer.read(members));
        let currency_codes = members.optional("currencyCodes", &self.currency_codes);
        let is_known = |code: &String| {
            code.parse::<Currency>().is_ok() || QUERY_CURRENCIES.contains(&code.as_str())
        };
        let codes = currency_codes.as_ref();
        members
            .unless("currencyCodes", codes.is_none_or(|codes: &Vec<_>| codes.iter().all(is_known)));
        let invoicing_mode = members.optional("invoicingMode", &self.invoicing_mode);
        let is_self_invoicing = members.optional("isSelfInvoicing", &self.is_self_invoicing);
        let form_type = members.optional("formType", &self.form_type);
        let invoice_types = members.optional("invoiceTypes", &self.invoice_types);
        let has_attachment = members.optional("hasAttachment", &self.has_attachment);
        Some(InvoiceQuery {
            subject_type: subject_type?,
            date_range: date_range?,
            ksef_number,
            invoice_number,
            amount,
            seller_nip,
            buyer_identifier,
            currency_codes,
            invoicing_mode,
            is_self_invoicing,
            form_type,
            invoice_types,
            has_attachment,
        })
    }
}

impl DateRangeFilter {
    fn read(&self, members: &mut Members, now: Timestamp) -> Option<DateRange> {
        let date_type = members.required("dateRange.dateType", &self.date_type);
        let from = members.parsed("dateRange.from", &self.from, str::parse::<Timestamp>);
        if self.from.is_null() {
            members.missing::<()>("dateRange.from");
        }
        let to = members.parsed("dateRange.to", &self.to, str::parse::<Timestamp>);
        let restricts = members.optional(
            "dateRange.restrictToPermanentStorageHwmDate",
            &self.restrict_to_permanent_storage_hwm_date,
        );
        let (date_type, from) = (date_type?, from?);
        let to = to.unwrap_or(now);
        // A range that begins after now and has no end is one without anything in it.
        let is_ordered = from <= to || self.to.is_null();
        let path = members.path;
        members.violations.unless(is_ordered, || {
            format!("'{path}dateRange.to' must be greater than or equal to '{path}dateRange.from'.")
        });
        let is_short = to.saturating_duration_since(from) <= LONGEST_RANGE;
        members
            .violations
            .unless(is_short, || format!("'{path}dateRange' must not exceed 100 days."));
        let is_restricted = restricts == Some(true) && date_type == DateType::PermanentStorage;
        Some(DateRange { date_type, from, to, is_restricted })
    }
}

impl AmountFilter {
    fn read(&self, members: &mut Members) -> Option<AmountRange> {
        let kind = members.required("amount.type", &self.r#type);
        let is_ordered = self.from.zip(self.to).is_none_or(|(from, to)| from <= to);
        let path = members.path;
        members.violations.unless(is_ordered, || {
            format!("'{path}amount.to' must be greater than or equal to '{path}amount.from'.")
        });
        Some(AmountRange { kind: kind?, from: self.from, to: self.to })
    }
}

impl BuyerIdentifierFilter {
    fn read(&self, members: &mut Members) -> Option<BuyerIdentifier> {
        let kind = members.required("buyerIdentifier.type", &self.r#type);
        let value = members.text("buyerIdentifier.value", &self.value, &(0..=50));
        Some(BuyerIdentifier { kind: kind?, value })
    }
}

/// Reads members by their names and notes what is wrong with them.
struct Members {
    path: &'static str,
    violations: Violations,
}

impl Members {
    fn optional<T: DeserializeOwned>(&mut self, name: &str, value: &Value) -> Option<T> {
        if value.is_null() {
            return None;
        }
        let read = T::deserialize(value).ok();
        self.unless(name, read.is_some());
        read
    }

    fn required<T: DeserializeOwned>(&mut self, name: &str, value: &Value) -> Option<T> {
        if value.is_null() { self.missing(name) } else { self.optional(name, value) }
    }

    fn missing<T>(&mut self, name: &str) -> Option<T> {
        let path = self.path;
        self.violations.unless(false, || format!("'{path}{name}' must not be empty."));
        None
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, ParseError>,
    ) -> Option<T> {
        let text: String = self.optional(name, value)?;
        let parsed = parse(&text).ok();
        self.unless(name, parsed.is_some());
        parsed
    }

    fn text(
        &mut self,
        name: &str,
        value: &Value,
        bounds: &RangeInclusive<usize>,
    ) -> Option<String> {
        let text: String = self.optional(name, value)?;
        self.violations.unless_length(&format!("{}{name}", self.path), &text, bounds);
        Some(text)
    }

    fn unless(&mut self, name: &str, is_right: bool) {
        let path = self.path;
        self.violations
            .unless(is_right, || format!("'{path}{name}' is not in the correct format."));
    }
}
