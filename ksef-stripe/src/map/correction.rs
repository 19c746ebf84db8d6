//! A credit note.

use ksef_core::{Currency, Quantity};
use ksef_fa::InvoiceBuilder;
use ksef_fa::builder::{Original as Corrected, Party, Taxation};
use ksef_fa::model::{Text, VatRate};
use rust_decimal::Decimal;

use super::Work;
use super::amounts::{Item, Totals};
use super::dates::Supplies;
use super::document::{Taxed, Terms};
use super::minor::Minor;
use super::original::{percent, taxation};
use super::tax::Treatment;
use crate::code::Code;
use crate::context::{Context, FiledOriginal, Original, RateLookup};
use crate::model::{CreditNote, Line, RateReference, Shape};
use crate::outcome::{ExchangeRateUsed, NoteKind, Outcome};

/// What a line is called that has no name, here or on the invoice.
const CORRECTION: &str = "Korekta";
/// The longest `PrzyczynaKorekty`.
const LONGEST_REASON: usize = 256;

/// Maps a credit note to a correction of the invoice in the context.
///
/// Its lines are differences, its buyer, rates and exchange rate are those of the invoice as it
/// was filed. As [`map_invoice`](crate::map_invoice), it does no input or output.
#[must_use]
pub fn map_credit_note(note: &CreditNote, context: &Context<'_>) -> Outcome {
    let mut work = Work::new(context);
    work.evidence.object_id.clone_from(&note.id);
    work.evidence.source = note.source;
    work.evidence.shape = note.shape;
    let document = work.credit_note(note);
    work.finish(document)
}

impl<'a> Work<'a> {
    fn credit_note(&mut self, note: &CreditNote) -> Option<ksef_fa::Invoice> {
        self.check_credit_event();
        self.check_account();
        self.check_livemode(note.livemode);
        self.check_contradictions(&note.contradictions);
        self.check_credit_status(note);
        self.check_customer(note.customer_id.as_deref());
        let number = self.number(note.number.as_deref());
        let issued_on = self.issue_date(note.effective_at, (note.created, "/created"));
        let minor = self.currency(note.currency.as_deref());
        let original = self.original(note);
        let lines = self.credit_lines(note, original, minor);
        let lines = (lines.as_deref(), note.has_more_lines);
        let mut items = self.items(lines, note.shipping.as_ref(), note.shape)?;
        let (original, minor) = (original?, minor?);
        self.check_original(note, original, minor);
        let treatments: Vec<Option<Treatment>> =
            items.iter().map(|item| self.credit_treatment(item, original)).collect();
        for (item, treatment) in items.iter_mut().zip(&treatments) {
            fill_tax(item, treatment.as_ref(), minor);
        }
        self.check_credit_amounts(note, &items);
        let rows: Option<Vec<Taxed<'_>>> = items
            .iter()
            .zip(treatments)
            .map(|(item, treatment)| treatment.map(|treatment| Taxed { item, treatment }))
            .collect();
        let rows: Vec<Taxed<'_>> =
            rows?.into_iter().filter(|taxed| !taxed.item.is_nothing()).collect();
        let pairs: Vec<_> = rows.iter().map(|taxed| (taxed.item, &taxed.treatment)).collect();
        let method = self.tax_method(&pairs, minor);
        let supplies = supplies(&rows, original);
        let terms = Terms { minor, method, supplies: &supplies, sign: -1 };
        let exchange_rate = self.original_rate(&rows, original, minor);
        let builder = self.builder(minor.currency, number?, issued_on?);
        let builder = match self.with_changes(&builder, &rows, original, (minor, exchange_rate)) {
            Some(changed) => changed,
            None => self.with_rows(builder, &rows, &terms, exchange_rate)?,
        };
        let builder = self.with_original(builder, note, original, &rows)?;
        if !self.problems.is_empty() {
            return None;
        }
        let document = self.build(builder, &rows, -i128::from(note.total?), minor)?;
        if !original.covers(&document.body.vat_summary) {
            self.problems.push(Code::OverCredit, "/total");
        }
        Some(as_original(document, original))
    }

    fn check_credit_event(&mut self) {
        match self.context.event.as_deref() {
            None | Some("credit_note.created" | "credit_note.voided") => {}
            Some("credit_note.updated") => self.problems.push(Code::NoTriggerMatch, ""),
            Some(_) => self.problems.push(Code::NotInvoiceEvent, ""),
        }
    }

    fn check_credit_status(&mut self, note: &CreditNote) {
        let is_filed = self.context.filed.contains(&note.id);
        match note.status.as_deref() {
            Some("issued") => {}
            Some("void") if is_filed => {
                self.problems.push(Code::CreditNoteVoidAfterFiling, "/status");
            }
            Some("void") => self.problems.push(Code::VoidBeforeFiling, "/status"),
            Some(_) | None => self.problems.push(Code::MissingField, "/status"),
        }
        if note.has_settlement {
            self.note(NoteKind::SettlementIgnored, "/refunds");
        }
    }

    /// The invoice as it was filed.
    fn original(&mut self, note: &CreditNote) -> Option<&'a FiledOriginal> {
        let context = self.context;
        let code = match &context.original {
            Original::Filed(original) if note.invoice.is_some() => return Some(original),
            Original::Filed(_) | Original::Missing => Code::OriginalMissing,
            Original::NotFiled => Code::OriginalNotFiled,
            Original::Pending => Code::OriginalPending,
            Original::Skipped => Code::CreditNoteOfSkipped,
        };
        self.problems.push(code, "/invoice");
        None
    }

    fn check_original(&mut self, note: &CreditNote, original: &FiledOriginal, minor: Minor) {
        if original.invoice.seller.identification.nip != self.context.profile.nip {
            self.problems.push(Code::SellerNipMismatch, "/invoice");
        }
        let invoices = original.invoice_id.as_ref().zip(note.invoice.as_ref());
        if invoices.is_some_and(|(filed, of_note)| filed != of_note) {
            self.problems.push(Code::OriginalMissing, "/invoice");
        }
        let customers = original.customer_id.as_ref().zip(note.customer_id.as_ref());
        if customers.is_some_and(|(of_invoice, of_note)| of_invoice != of_note) {
            self.problems.push(Code::BuyerChanged, "/customer");
        }
        if original.invoice.body.currency != minor.currency {
            self.problems.push(Code::TotalsMismatch, "/currency");
        }
    }

    /// The lines under the names of the invoice; where there are none, one of everything.
    fn credit_lines(
        &mut self,
        note: &CreditNote,
        original: Option<&FiledOriginal>,
        minor: Option<Minor>,
    ) -> Option<Vec<Line>> {
        let lines = note.lines.as_ref()?;
        let (Some(original), Some(minor)) = (original, minor) else { return Some(lines.clone()) };
        let has_shipping = note.shipping.as_ref().is_some_and(|shipping| shipping.total != 0);
        if lines.is_empty() && !note.has_more_lines && !has_shipping {
            return Some(self.line_of_everything(note, original, minor).into_iter().collect());
        }
        let named = |line: &Line| {
            let filed = line.original_line.as_deref().and_then(|id| original.line(id));
            let name =
                filed.and_then(|line| line.p_7.as_ref()).map(|name| name.as_str().to_owned());
            let description = name.or_else(|| line.description.clone());
            let description = description.or_else(|| Some(CORRECTION.to_owned()));
            Line { description, ..line.clone() }
        };
        Some(lines.iter().map(named).collect())
    }

    /// A credit note of nothing but a total, split by the one rate of the invoice.
    fn line_of_everything(
        &mut self,
        note: &CreditNote,
        original: &FiledOriginal,
        minor: Minor,
    ) -> Option<Line> {
        let Some(taxation) = original.single_taxation() else {
            self.problems.push(Code::NoLinesMultiRate, "/lines/data");
            return None;
        };
        let total = i128::from(note.total?);
        let tax = match percent(taxation) {
            Some(percent) => minor.tax_in_gross(total, percent)?,
            None => 0,
        };
        let net = i64::try_from(total - tax).ok()?;
        let description = Some(CORRECTION.to_owned());
        Some(Line { amount: Some(net), description, ..Line::default() })
    }

    /// How a line of the credit note is taxed: as on the invoice.
    fn credit_treatment(&mut self, item: &Item<'_>, original: &FiledOriginal) -> Option<Treatment> {
        if item.taxes.len() > 1 {
            self.problems.push(Code::MultipleTaxes, &item.taxes_pointer);
            return None;
        }
        let of_line = item.line.and_then(|line| line.original_line.as_deref());
        let filed = of_line.and_then(|id| original.line(id)).map(taxation);
        let taxation = match filed.or_else(|| original.single_taxation()) {
            Some(taxation) => Some(taxation),
            None => self.own_taxation(item, original),
        };
        let taxation = taxation?;
        if percent(taxation).is_none() && item.tax != 0 {
            self.problems.push(Code::TaxMismatch, &item.taxes_pointer);
        }
        Some(Treatment {
            taxation,
            percent: percent(taxation),
            is_reverse_charge: original.is_reverse_charge(),
            exemption: None,
        })
    }

    /// By the rate of the line itself, which has to be one of the invoice.
    fn own_taxation(&mut self, item: &Item<'_>, original: &FiledOriginal) -> Option<Taxation> {
        let of_line = item.line.and_then(|line| line.tax_rates.first());
        let reference = item.taxes.first().and_then(|tax| tax.rate.as_ref()).or(of_line);
        let Some(reference) = reference else {
            self.problems.push(Code::CustomLineWithoutRate, &item.pointer);
            return None;
        };
        let own = self.percent_of(reference, &item.pointer)?;
        let mut taxations = original.taxations().into_iter();
        let taxation = taxations.find(|taxation| percent(*taxation) == Some(own));
        if taxation.is_none() {
            self.problems.push(Code::RateAmbiguous, &item.pointer);
        }
        taxation
    }

    fn percent_of(&mut self, reference: &RateReference, pointer: &str) -> Option<Decimal> {
        let found = match self.context.tax_rates.get(&reference.id) {
            Some(RateLookup::Found(rate)) => rate.percent(),
            Some(RateLookup::Failed) => {
                self.problems.push(Code::TaxRateLookupFailed, pointer);
                return None;
            }
            None => reference.rate.as_ref().and_then(|rate| rate.percent()),
        };
        if found.is_none() {
            self.problems.push(Code::RateUnknown, pointer);
        }
        found
    }

    fn check_credit_amounts(&mut self, note: &CreditNote, items: &[Item<'_>]) {
        let has_lines = note.lines.as_ref().is_some_and(|lines| !lines.is_empty());
        // A credit note without lines does not say what of it is tax.
        let totals = Totals {
            total: note.total,
            without_tax: note.total_excluding_tax.filter(|_| has_lines),
            taxes: note.total_taxes.as_deref().filter(|taxes| has_lines && !taxes.is_empty()),
            taxes_pointer: match note.shape {
                Shape::PreBasil => "/tax_amounts",
                Shape::Basil => "/total_taxes",
            },
        };
        let is_listed = items.iter().all(|item| item.tax == 0 || !item.taxes.is_empty());
        self.check_totals(items, Totals { taxes: totals.taxes.filter(|_| is_listed), ..totals });
        if note.total.is_some_and(|total| total < 0) {
            self.problems.push(Code::NegativeTotal, "/total");
        }
        if note.total == Some(0) && items.iter().all(Item::is_nothing) {
            self.problems.push(Code::ZeroTotal, "/total");
        }
        for item in items.iter().filter(|item| item.net < 0 || item.tax < 0) {
            self.problems.push(Code::NegativeLine, format!("{}/amount", item.pointer));
        }
    }

    /// Art. 31b of the VAT act: the exchange rate of the invoice.
    fn original_rate(
        &mut self,
        rows: &[Taxed<'_>],
        original: &FiledOriginal,
        minor: Minor,
    ) -> Option<Quantity> {
        let has_tax = rows.iter().any(|taxed| {
            let is_special = matches!(taxed.treatment.taxation, Taxation::SpecialProcedure(_));
            !is_special && taxed.item.tax != 0
        });
        if minor.currency == Currency::Pln || !has_tax {
            return None;
        }
        let Some(rate) = original.exchange_rate() else {
            self.problems.push(Code::OriginalRateUnknown, "/invoice");
            return None;
        };
        self.evidence.exchange_rate =
            Some(ExchangeRateUsed { rate, table: None, published_on: None });
        Some(rate)
    }

    /// What is corrected, why, and who bought.
    fn with_original(
        &mut self,
        builder: InvoiceBuilder,
        note: &CreditNote,
        original: &FiledOriginal,
        rows: &[Taxed<'_>],
    ) -> Option<InvoiceBuilder> {
        let body = &original.invoice.body;
        let corrected = match &original.ksef_number {
            Some(number) => Corrected::in_ksef(body.p_2.clone(), body.p_1, number.as_str()),
            None => Corrected::outside_ksef(body.p_2.clone(), body.p_1),
        };
        let Some(buyer) = Party::of_buyer(&original.invoice.buyer) else {
            self.problems.push(Code::OriginalMissing, "/invoice");
            return None;
        };
        let is_at = |rate: VatRate| {
            rows.iter().any(|taxed| taxed.treatment.taxation == Taxation::Rate(rate))
        };
        let mut builder =
            builder.corrects(corrected).correction_reason(self.reason(note)?).buyer(buyer);
        if let Some(effect) = self.context.policies().correction_period.effect() {
            builder = builder.correction_effect(effect);
        }
        if is_at(VatRate::NpI) && !is_at(VatRate::NpII) {
            builder = builder.reverse_charge(original.is_reverse_charge());
        }
        if is_at(VatRate::Zw)
            && let Some(basis) = original.exemption()
        {
            builder = builder.exemption(basis);
        }
        Some(builder)
    }

    /// `PrzyczynaKorekty`: what Stripe's reason is in Polish, and what the customer was told.
    fn reason(&mut self, note: &CreditNote) -> Option<Text<256>> {
        let reason = match note.reason.as_deref() {
            Some("duplicate") => "Podwójne zafakturowanie",
            Some("order_change") => "Zmiana zamówienia",
            Some("product_unsatisfactory") => "Uznana reklamacja",
            // Nothing is said about anybody.
            _ => "Zmniejszenie wartości sprzedaży",
        };
        let memo = note.memo.as_deref().and_then(|memo| self.clean(memo, "/memo"));
        let text = match memo {
            Some(memo) => format!("{reason}: {memo}"),
            None => reason.to_owned(),
        };
        let text: String = text.chars().take(LONGEST_REASON).collect();
        self.fit(&text, "/memo")
    }
}

/// The tax of an item that says only at which rate, or nothing at all.
fn fill_tax(item: &mut Item<'_>, treatment: Option<&Treatment>, minor: Minor) {
    let percent = treatment.and_then(|treatment| treatment.percent);
    if let Some(percent) = percent.filter(|_| item.taxes.is_empty() && item.line.is_some()) {
        item.tax = minor.tax_on_net(item.net, percent).unwrap_or_default();
    }
}

/// When the lines were supplied, where the invoice says it by line.
fn supplies(rows: &[Taxed<'_>], original: &FiledOriginal) -> Supplies {
    let day = |taxed: &Taxed<'_>| {
        let id = taxed.item.line.and_then(|line| line.original_line.as_deref())?;
        original.line(id)?.p_6a
    };
    let days: Option<Vec<_>> = rows.iter().map(day).collect();
    days.map_or(Supplies::Unknown, Supplies::Apart)
}

/// The document with everything of the invoice that it does not correct.
fn as_original(mut document: ksef_fa::Invoice, original: &FiledOriginal) -> ksef_fa::Invoice {
    document.buyer = original.invoice.buyer.clone();
    document.third_parties.clone_from(&original.invoice.third_parties);
    if document.body.lines.iter().all(|line| line.p_6a.is_none()) {
        document.body.supply_date.clone_from(&original.invoice.body.supply_date);
    }
    document
}
