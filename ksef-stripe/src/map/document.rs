//! The document: rows, totals, and what stands around them.

use ksef_core::{Amount, Currency, InvoiceDate, Quantity};
use ksef_fa::builder::{BuildError, BuildErrors, LineItem, TaxMethod};
use ksef_fa::model::{ExemptionBasis, Text, VatRate};
use ksef_fa::{Code as Rule, Invoice, InvoiceBuilder, MAX_BYTES};

use super::Work;
use super::amounts::Item;
use super::buyer::Buyer;
use super::dates::Supplies;
use super::minor::Minor;
use super::price::{Kind, Pricing};
use super::tax::Treatment;
use crate::code::Code;
use crate::outcome::NoteKind;
use crate::policy::{BasisKind, LongDescriptions, ReverseChargeOutsideEu};

/// Who made the document, as it says.
const SYSTEM: &str = concat!("ksef-stripe ", env!("CARGO_PKG_VERSION"));
/// What shipping is called.
const SHIPPING: &str = "Dostawa";
/// The longest description.
const LONGEST_DESCRIPTION: usize = 512;
/// Documents of fewer rows are never too large: no row has more than 3,000 bytes.
const ROWS_THAT_ALWAYS_FIT: usize = 300;

/// An item that becomes a row.
pub(super) struct Taxed<'a> {
    pub(super) item: &'a Item<'a>,
    pub(super) treatment: Treatment,
}

/// What all rows need to know.
pub(super) struct Terms<'a> {
    pub(super) minor: Minor,
    pub(super) method: TaxMethod,
    pub(super) supplies: &'a Supplies,
    /// -1 on a correction, which takes away.
    pub(super) sign: i128,
}

impl Work<'_> {
    /// A builder with what every document has.
    pub(super) fn builder(
        &self,
        currency: Currency,
        number: Text<256>,
        issued_on: InvoiceDate,
    ) -> InvoiceBuilder {
        let profile = self.context.profile;
        let mut builder = InvoiceBuilder::new(self.context.now)
            .system_info(SYSTEM)
            .number(number)
            .issued_on(issued_on)
            .currency(currency)
            .seller(self.seller());
        if profile.policies.cash_accounting {
            builder = builder.cash_accounting();
        }
        match &profile.bank_account {
            Some(account) => builder.account(account.as_str()),
            None => builder,
        }
    }

    /// The row of an item.
    pub(super) fn row(
        &mut self,
        index: usize,
        taxed: &Taxed<'_>,
        terms: &Terms<'_>,
    ) -> Option<LineItem> {
        let item = taxed.item;
        let value = self.amount(terms.sign * item.net, terms.minor, &item.pointer)?;
        let tax = self.amount(terms.sign * item.tax, terms.minor, &item.taxes_pointer)?;
        let (description, infos) = self.description(item)?;
        let pricing = self.pricing(item, value, terms.minor)?;
        let mut row = LineItem::net_value(description, value, taxed.treatment.taxation)
            .quantity(pricing.quantity)
            .unit_price(pricing.price);
        if terms.method == TaxMethod::PerLine {
            row = row.tax(tax);
        }
        let product = self.context.policies().product(item.product());
        if let Some(unit) = product.and_then(|product| product.unit.as_deref()) {
            row = row.unit(unit);
        }
        if let Supplies::Apart(days) = terms.supplies
            && let Some(day) = days.get(index)
        {
            row = row.supplied_on(*day);
        }
        for (key, value) in infos {
            row = row.info(key.as_str(), value.as_str());
        }
        Some(row)
    }

    pub(super) fn amount(&mut self, units: i128, minor: Minor, pointer: &str) -> Option<Amount> {
        let amount = minor.amount(units);
        if amount.is_none() {
            self.problems.push(Code::AmountOutOfRange, pointer);
        }
        amount
    }

    /// `P_7`, and the whole of it where it was cut.
    fn description(&mut self, item: &Item<'_>) -> Option<(String, Vec<(String, String)>)> {
        let Some(line) = item.line else { return Some((SHIPPING.to_owned(), Vec::new())) };
        let pointer = format!("{}/description", item.pointer);
        let text = line.description.as_deref().and_then(|text| self.clean(text, &pointer));
        let Some(text) = text else {
            self.problems.push(Code::EmptyAfterSanitising, pointer);
            return None;
        };
        if text.chars().count() <= LONGEST_DESCRIPTION {
            return Some((text, Vec::new()));
        }
        if self.context.policies().long_descriptions == LongDescriptions::Refuse {
            self.problems.push(Code::TextTooLong, pointer);
            return None;
        }
        self.note(NoteKind::DescriptionTruncated, pointer);
        let cut: String = text.chars().take(LONGEST_DESCRIPTION).collect();
        Some((cut.trim().to_owned(), Self::info_pieces("Opis", &text)))
    }

    fn pricing(&mut self, item: &Item<'_>, value: Amount, minor: Minor) -> Option<Pricing> {
        let quantity = item.line.and_then(|line| line.quantity);
        let given = item.line.and_then(|line| line.unit_amount);
        let pricing = Pricing::of(value, quantity, given, minor);
        let Some(pricing) = pricing else {
            self.problems.push(Code::AmountOutOfRange, &item.pointer);
            return None;
        };
        match pricing.kind {
            Kind::Derived => self.note(NoteKind::UnitPriceDerived, &item.pointer),
            // One of something without a price is one of it.
            Kind::LumpSum if item.line.is_some() => self.note(NoteKind::LumpSum, &item.pointer),
            Kind::LumpSum | Kind::Given => {}
        }
        Some(pricing)
    }

    /// Rows, buyer and what follows from how they are taxed.
    pub(super) fn with_rows(
        &mut self,
        builder: InvoiceBuilder,
        rows: &[Taxed<'_>],
        terms: &Terms<'_>,
        exchange_rate: Option<Quantity>,
    ) -> Option<InvoiceBuilder> {
        if terms.method == TaxMethod::PerLine {
            self.note(NoteKind::TaxPerLine, "");
        }
        let rows_of_items: Vec<Option<LineItem>> =
            rows.iter().enumerate().map(|(index, taxed)| self.row(index, taxed, terms)).collect();
        let rows_of_items: Option<Vec<LineItem>> = rows_of_items.into_iter().collect();
        let mut builder = builder.tax_method(terms.method).lines(rows_of_items?);
        if let Some(rate) = exchange_rate {
            builder = builder.exchange_rate(rate);
        }
        if let Some((kind, basis)) = self.exemption(rows) {
            let basis = self.fit(&basis, "/lines/data")?;
            builder = builder.exemption(match kind {
                BasisKind::Act => ExemptionBasis::P19a(basis),
                BasisKind::Directive => ExemptionBasis::P19b(basis),
                BasisKind::Other => ExemptionBasis::P19c(basis),
            });
        }
        Some(builder)
    }

    /// The one basis of everything exempt.
    fn exemption(&mut self, rows: &[Taxed<'_>]) -> Option<(BasisKind, String)> {
        let mut bases = rows.iter().filter_map(|taxed| {
            taxed.treatment.exemption.as_ref().map(|basis| (basis, &taxed.item.taxes_pointer))
        });
        let (first, _) = bases.next()?;
        let first = first.clone();
        for (_, pointer) in bases.filter(|(basis, _)| **basis != first) {
            self.problems.push(Code::RateAmbiguous, pointer);
        }
        Some(first)
    }

    /// `P_18` where it does not follow from the rates.
    pub(super) fn reverse_charge(
        &self,
        builder: InvoiceBuilder,
        rows: &[Taxed<'_>],
        buyer: &Buyer,
    ) -> InvoiceBuilder {
        let is_at =
            |rate: VatRate| move |taxed: &&Taxed<'_>| taxed.treatment.taxation == rate.into();
        let has_np_ii = rows.iter().any(|taxed| is_at(VatRate::NpII)(&taxed));
        let mut np_i = rows.iter().filter(is_at(VatRate::NpI)).peekable();
        if has_np_ii || np_i.peek().is_none() || buyer.place.is_consumer() {
            return builder;
        }
        let is_chosen =
            self.context.policies().reverse_charge_outside_eu == ReverseChargeOutsideEu::Yes;
        let is_said = np_i.any(|taxed| taxed.treatment.is_reverse_charge);
        builder.reverse_charge(is_chosen || is_said)
    }

    /// The document, held against Stripe's total, with the identifiers of its lines.
    pub(super) fn build(
        &mut self,
        builder: InvoiceBuilder,
        rows: &[Taxed<'_>],
        total: i128,
        minor: Minor,
    ) -> Option<Invoice> {
        let mut invoice = match builder.build() {
            Ok(invoice) => invoice,
            Err(errors) => {
                self.report(&errors);
                return None;
            }
        };
        let p_15 = invoice.body.vat_summary.p_15.to_minor_units(minor.exponent());
        if p_15 != Ok(total) {
            self.problems.push(Code::TotalsMismatch, "/total");
        }
        // Two lines for a row, where they say what was before and after.
        let width = invoice.body.lines.len().checked_div(rows.len()).unwrap_or_default().max(1);
        for (lines, taxed) in invoice.body.lines.chunks_mut(width).zip(rows) {
            let id = taxed.item.line.map(|line| line.id.as_str());
            for line in lines {
                line.uu_id = id.and_then(|id| Text::new(id).ok());
            }
        }
        if rows.len() > ROWS_THAT_ALWAYS_FIT {
            let length = u64::try_from(invoice.to_xml_unchecked().len()).unwrap_or(u64::MAX);
            if length > MAX_BYTES {
                self.problems.push(Code::DocumentTooLarge, "/lines/data");
            }
        }
        Some(invoice)
    }

    /// What the builder refuses although everything was looked at before.
    fn report(&mut self, errors: &BuildErrors) {
        for error in errors {
            let code = match error {
                BuildError::Mismatch { .. } => Code::TaxMismatch,
                BuildError::Missing { .. } => Code::MissingField,
                BuildError::Schema(issue) if issue.code() == Rule::Size => Code::DocumentTooLarge,
                _ => Code::AmountOutOfRange,
            };
            self.problems.push(code, "");
        }
    }
}
