//! An invoice.

use std::collections::BTreeMap;

use ksef_core::InvoiceDate;
use ksef_fa::InvoiceBuilder;
use ksef_fa::builder::Taxation;
use ksef_fa::model::FooterText;

use super::Work;
use super::amounts::{Item, Totals};
use super::buyer::{Buyer, is_goods};
use super::dates::{Supplies, Supply};
use super::document::{Taxed, Terms};
use super::minor::Minor;
use super::tax::{Sale, Treatment};
use crate::code::Code;
use crate::context::Context;
use crate::model::{Invoice, Shape};
use crate::outcome::{NoteKind, Outcome};
use crate::policy::{NegativeLines, Special, ZeroLines, ZeroTotals};

/// Maps an invoice.
///
/// It does no input or output and reads no clock: the same invoice in the same context always is
/// the same document, byte for byte.
///
/// ```
/// use ksef_core::Environment;
/// use ksef_stripe::model::{Invoice, TaxRate};
/// use ksef_stripe::{Context, Outcome, Profile, map_invoice};
///
/// let profile = Profile::new("5265877635".parse()?, "Sprzedawca sp. z o.o.", "ul. Prosta 1, Warszawa");
/// let rate = TaxRate::from_json(
///     br#"{"object":"tax_rate","id":"txr_23","percentage":23.0,"country":"PL"}"#,
/// )?;
/// let context = Context::new(&profile, Environment::Test, "2026-11-20T12:00:00Z".parse()?)
///     .with_tax_rate(rate);
/// let invoice = Invoice::from_json(include_bytes!("../../examples/invoice.json"))?;
/// let outcome = map_invoice(&invoice, &context);
/// let document = outcome.invoice().ok_or("not mapped")?;
/// assert_eq!(document.body.vat_summary.p_15.to_string(), "123.00");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[must_use]
pub fn map_invoice(invoice: &Invoice, context: &Context<'_>) -> Outcome {
    let mut work = Work::new(context);
    work.evidence.object_id.clone_from(&invoice.id);
    work.evidence.source = invoice.source;
    work.evidence.shape = invoice.shape;
    let document = work.invoice(invoice);
    work.finish(document)
}

impl Work<'_> {
    fn invoice(&mut self, invoice: &Invoice) -> Option<ksef_fa::Invoice> {
        self.check_event(invoice);
        self.check_account();
        self.check_livemode(invoice.livemode);
        self.check_contradictions(&invoice.contradictions);
        self.check_status(invoice);
        self.check_issuer(invoice);
        self.check_customer(invoice.customer.id.as_deref());
        let number = self.number(invoice.number.as_deref());
        let otherwise = (invoice.finalized_at, "/status_transitions/finalized_at");
        let issued_on = self.issue_date(invoice.effective_at, otherwise);
        let minor = self.currency(invoice.currency.as_deref());
        let buyer = self.buyer(&invoice.customer);
        let lines = (invoice.lines.as_deref(), invoice.has_more_lines);
        let items = self.items(lines, invoice.shipping.as_ref(), invoice.shape)?;
        self.check_totals(&items, totals(invoice));
        self.check_zero(invoice, &items);
        let items = self.without_zero_lines(items);
        self.check_special(&items);
        let (buyer, minor) = (buyer?, minor?);
        let tax_exempt = invoice.customer.tax_exempt.as_deref();
        let sale = Sale { place: buyer.place, tax_exempt, minor };
        let treatments = self.treatments(&items, sale);
        let supplies = self.supplies(&items);
        self.check_negative(&items, &treatments);
        let rows: Option<Vec<Taxed<'_>>> = items
            .iter()
            .zip(treatments)
            .map(|(item, treatment)| treatment.map(|treatment| Taxed { item, treatment }))
            .collect();
        let rows = rows?;
        let pairs: Vec<_> = rows.iter().map(|taxed| (taxed.item, &taxed.treatment)).collect();
        let method = self.tax_method(&pairs, minor);
        let terms = Terms { minor, method, supplies: &supplies, sign: 1 };
        let exchange_rate = self.rate_of(&rows, minor, &supplies, issued_on?);
        let builder = self.builder(minor.currency, number?, issued_on?);
        let builder = self.with_rows(builder, &rows, &terms, exchange_rate)?;
        let builder = self.reverse_charge(builder, &rows, &buyer);
        let builder = self.with_supply(builder, &supplies);
        let builder = self.with_terms(builder, invoice);
        let builder = self.with_recipient(builder, &invoice.customer);
        let builder = builder.buyer(self.party(&buyer, &rows));
        if !self.problems.is_empty() {
            return None;
        }
        let mut document = self.build(builder, &rows, i128::from(invoice.total?), minor)?;
        self.add_terms(&mut document, invoice, minor);
        Some(document)
    }

    fn party(&self, buyer: &Buyer, rows: &[Taxed<'_>]) -> ksef_fa::builder::Party {
        let policies = self.context.policies();
        buyer.party(rows.iter().any(|taxed| is_goods(policies.kind(taxed.item.product()))))
    }

    /// An invoice about nothing, and one about less than nothing.
    fn check_zero(&mut self, invoice: &Invoice, items: &[Item<'_>]) {
        let total = invoice.total.unwrap_or_default();
        if total < 0 {
            self.problems.push(Code::NegativeTotal, "/total");
        }
        let is_skipped = self.context.policies().zero_totals == ZeroTotals::Skip;
        // Lines that cancel each other out are something.
        if total == 0 && is_skipped && items.iter().all(Item::is_nothing) {
            self.problems.push(Code::ZeroTotal, "/total");
        }
    }

    fn without_zero_lines<'a>(&mut self, items: Vec<Item<'a>>) -> Vec<Item<'a>> {
        let is_kept = self.context.policies().zero_lines == ZeroLines::Keep;
        if is_kept || items.iter().all(Item::is_nothing) {
            return items;
        }
        let (nothing, something): (Vec<_>, Vec<_>) = items.into_iter().partition(Item::is_nothing);
        for item in nothing {
            self.note(NoteKind::ZeroLineDropped, item.pointer);
        }
        something
    }

    /// Products that take another kind of invoice.
    fn check_special(&mut self, items: &[Item<'_>]) {
        for item in items {
            let product = self.context.policies().product(item.product());
            let Some(special) = product.and_then(|product| product.special) else { continue };
            let code = match special {
                Special::Advance => Code::AdvanceOrFinal,
                Special::Simplified => Code::Simplified,
                Special::Margin => Code::Margin,
                Special::SelfBilling => Code::SelfBilling,
                Special::Annex15 => Code::Annex15,
            };
            self.problems.push(code, &item.pointer);
        }
    }

    /// Lines below zero: only prorations, and only within a rate that stays above it.
    fn check_negative(&mut self, items: &[Item<'_>], treatments: &[Option<Treatment>]) {
        let mut sums: BTreeMap<Taxation, (i128, i128)> = BTreeMap::new();
        for (item, treatment) in items.iter().zip(treatments) {
            if let Some(treatment) = treatment {
                let sum = sums.entry(treatment.taxation).or_default();
                *sum = (sum.0 + item.net, sum.1 + item.tax);
            }
        }
        for (item, treatment) in items.iter().zip(treatments) {
            if item.net >= 0 && item.tax >= 0 {
                continue;
            }
            let sum = treatment.as_ref().and_then(|treatment| sums.get(&treatment.taxation));
            let is_proration = item.line.is_some_and(|line| line.is_proration);
            let is_netted = self.context.policies().negative_lines == NegativeLines::Net
                && is_proration
                && sum.is_some_and(|(net, tax)| *net >= 0 && *tax >= 0);
            let pointer = format!("{}/amount", item.pointer);
            if is_netted {
                self.note(NoteKind::NegativeLineNetted, pointer);
            } else {
                self.problems.push(Code::NegativeLine, pointer);
            }
        }
    }

    fn supplies(&mut self, items: &[Item<'_>]) -> Supplies {
        let supplies: Vec<Option<Supply>> = items
            .iter()
            .map(|item| item.line.and_then(|line| self.supply(line, &item.pointer)))
            .collect();
        Supplies::of(&supplies)
    }

    /// The exchange rate, where there is tax in another currency.
    fn rate_of(
        &mut self,
        rows: &[Taxed<'_>],
        minor: Minor,
        supplies: &Supplies,
        issued_on: InvoiceDate,
    ) -> Option<ksef_core::Quantity> {
        let is_polish = |taxed: &Taxed<'_>| {
            let is_special = matches!(taxed.treatment.taxation, Taxation::SpecialProcedure(_));
            !is_special && taxed.item.tax != 0
        };
        let is_foreign = minor.currency != ksef_core::Currency::Pln;
        if !is_foreign || !rows.iter().any(is_polish) {
            return None;
        }
        self.exchange_rate(minor.currency, supplies, issued_on)
    }

    fn with_supply(&self, builder: InvoiceBuilder, supplies: &Supplies) -> InvoiceBuilder {
        match supplies {
            Supplies::Together(Supply::On(day)) => builder.supplied_on(*day),
            Supplies::Together(Supply::Over(from, to)) => builder.supplied_over(*from, *to),
            Supplies::Unknown | Supplies::Apart(_) => builder,
        }
    }

    /// Payment, further information, footer.
    fn with_terms(&mut self, mut builder: InvoiceBuilder, invoice: &Invoice) -> InvoiceBuilder {
        if invoice.collection_method.as_deref() == Some("send_invoice")
            && let Some(day) = self.day(invoice.due_date, "/due_date")
        {
            builder = builder.due_on(day);
        }
        if let Some(day) = self.paid_on(invoice) {
            builder = builder.paid_on(day);
        }
        for (key, value, pointer) in self.infos(invoice) {
            let texts = self.clean(&key, &pointer).zip(self.clean(&value, &pointer));
            let Some((key, value)) = texts else { continue };
            let fitting = self.fit::<256>(&key, &pointer).zip(self.fit::<256>(&value, &pointer));
            if let Some((key, value)) = fitting {
                builder = builder.info(key, value);
            }
        }
        let footer = invoice.footer.as_deref().filter(|_| self.context.policies().footer);
        let footer = footer.and_then(|footer| self.clean(footer, "/footer"));
        match footer.map(|footer| footer.parse::<FooterText>()) {
            Some(Ok(footer)) => builder.footer(footer),
            Some(Err(_)) => {
                self.problems.push(Code::TextTooLong, "/footer");
                builder
            }
            None => builder,
        }
    }

    /// What the seller lets through of his own data and of the fields of the invoice.
    fn infos(&self, invoice: &Invoice) -> Vec<(String, String, String)> {
        let policies = self.context.policies();
        let mut infos = Vec::new();
        for (index, (name, value)) in invoice.custom_fields.iter().enumerate() {
            if policies.custom_fields {
                infos.push((name.clone(), value.clone(), format!("/custom_fields/{index}")));
            }
        }
        for key in &policies.metadata {
            if let Some(value) = invoice.metadata.get(key) {
                infos.push((key.clone(), value.clone(), format!("/metadata/{key}")));
            }
        }
        infos
    }
}

fn totals(invoice: &Invoice) -> Totals<'_> {
    Totals {
        total: invoice.total,
        without_tax: invoice.total_excluding_tax,
        taxes: invoice.total_taxes.as_deref(),
        taxes_pointer: match invoice.shape {
            Shape::PreBasil => "/total_tax_amounts",
            Shape::Basil => "/total_taxes",
        },
    }
}
