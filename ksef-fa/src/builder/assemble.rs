//! How what the builder was given becomes an invoice.

use core::iter::successors;

use ksef_core::{
    Amount, Currency, InvoiceDate, InvoiceKind, ParseError, ParseErrorReason, Quantity, Timestamp,
};

use super::error::{BuildError, Field, Problems};
use super::input::Given;
use super::line_item::{Info, LineItem, Place};
use super::party::Party;
use super::row::Row;
use super::statements::{Due, Facts, Subject};
use super::totals::{TaxMethod, Totals};
use super::{Entry, InvoiceBuilder, Supply};
use crate::SchemaVersion;
use crate::model::{
    Body, Buyer, Correction, Footer, FooterInfo, FooterText, Header, Invoice, KeyValue, Line,
    LineNumber, Payment, Period, Role, SupplyDate, Text, ThirdParty, ThirdPartyRole, VatSummary,
};

impl InvoiceBuilder {
    /// The invoice, if nothing that it consists of has a problem.
    pub(super) fn assemble(self, problems: &mut Problems) -> Option<Invoice> {
        let version = self.version;
        let header = header(version, self.created_at, self.system_info, problems);
        let number = problems.require(self.number, Field::Number);
        let issued_on = problems.require(self.issued_on, Field::IssueDate);
        let currency = problems.read(self.currency, Field::Currency, None);
        let rate = exchange_rate(self.exchange_rate, currency, problems);
        let is_correction = self.corrections.is_correction();
        let subjects = subjects(&self.entries);
        check_subjects(&subjects, is_correction, problems);
        let supply_date = supply_date(self.supply, issued_on, &subjects, problems);
        let computed = rows(self.entries, version, currency, problems)
            .and_then(|rows| Computed::of(rows, self.method, problems));
        let summary = computed.as_ref().and_then(|c| summary(&c.totals, currency, rate, problems));

        let due = computed.as_ref().map_or(Due::Unknown, |c| Due::of(c.totals.due, currency, rate));
        let buyer_kind = self.buyer.as_ref().map(Party::kind);
        let facts = Facts { subjects, buyer: buyer_kind, is_correction, due };
        let has_prefix = self.statements.is_triangular || facts.needs_prefix();
        let annotations = self.statements.into_annotations(&facts, problems);
        let seller = party(self.seller, Field::Seller, problems)
            .and_then(|seller| seller.into_seller(has_prefix, problems));
        let buyer = party(self.buyer, Field::Buyer, problems)
            .and_then(|buyer| read_buyer(buyer, &self.third_parties, version, problems));

        let details = Details {
            place: problems.read_any(self.place, Field::Place),
            correction: self.corrections.read(problems),
            infos: read_infos(self.infos, problems),
            payment: self.terms.read(problems),
        };
        let footer = footer(self.footers, problems);
        let kind = if is_correction { InvoiceKind::Kor } else { InvoiceKind::Vat };
        let mut body = Body::new(currency?, issued_on?, number?, summary?, annotations, kind);
        body.supply_date = supply_date;
        details.put_in(&mut body);
        computed?.put_in(&mut body, rate, problems)?;
        let mut invoice = Invoice::new(header?, seller?, buyer?, body);
        invoice.third_parties = self.third_parties;
        invoice.footer = footer;
        Some(invoice)
    }
}

fn header(
    version: SchemaVersion,
    created_at: Given<Timestamp>,
    system_info: Option<Given<Text<256>>>,
    problems: &mut Problems,
) -> Option<Header> {
    let system_info = problems.read_any(system_info, Field::SystemInfo);
    let created_at = problems.read(created_at, Field::CreatedAt, None)?;
    let mut header = Header::new(version, created_at.into());
    header.system_info = system_info;
    Some(header)
}

/// What the invoice has besides, if it was given.
struct Details {
    place: Option<Text<256>>,
    correction: Option<Correction>,
    infos: Vec<KeyValue>,
    payment: Option<Payment>,
}

impl Details {
    fn put_in(self, body: &mut Body) {
        body.p_1m = self.place;
        body.correction = self.correction;
        body.additional_info = self.infos;
        body.payment = self.payment;
    }
}

/// The lines, and what follows from them.
struct Computed {
    rows: Vec<Row>,
    method: TaxMethod,
    totals: Totals,
}

impl Computed {
    fn of(rows: Vec<Row>, chosen: Option<TaxMethod>, problems: &mut Problems) -> Option<Self> {
        let method = TaxMethod::of(&rows, chosen, problems);
        let totals = problems.compute(Totals::of(&rows, method), Field::Totals, None)?;
        Some(Self { rows, method, totals })
    }

    /// Puts the lines in, with what the whole invoice says about them.
    fn put_in(
        self,
        body: &mut Body,
        exchange_rate: Option<Quantity>,
        problems: &mut Problems,
    ) -> Option<()> {
        for row in self.rows {
            let number = row.number();
            let shows_tax = self.method == TaxMethod::PerLine && row.has_rate;
            let tax = shows_tax.then(|| row.line_tax()).transpose();
            let p_11_vat = problems.compute(tax, Field::LineTax, Some(number))?;
            let infos = row.infos.into_iter();
            let infos = infos.map(|(key, value)| KeyValue::new(key, value).line_number(number));
            body.additional_info.extend(infos);
            body.lines.push(Line { p_11_vat, exchange_rate, ..row.line });
        }
        Some(())
    }
}

/// What the lines are about, also of those that cannot be read.
fn subjects(entries: &[Entry]) -> Vec<Subject> {
    let mut subjects = Vec::with_capacity(entries.len());
    for (number, entry) in numbers().zip(entries) {
        match entry {
            Entry::Line(item) => subjects.push(item.subject(number, false)),
            Entry::Change(items) => {
                let [before, after] = items.as_ref();
                subjects.push(before.subject(number, true));
                subjects.push(after.subject(number, false));
            }
        }
    }
    subjects
}

fn numbers() -> impl Iterator<Item = LineNumber> {
    successors(Some(LineNumber::FIRST), |number| number.next())
}

fn check_subjects(subjects: &[Subject], is_correction: bool, problems: &mut Problems) {
    if is_correction {
        return;
    }
    if subjects.is_empty() {
        problems.missing(Field::Lines, None);
    }
    if let Some(before) = subjects.iter().find(|subject| subject.is_before) {
        problems.missing(Field::CorrectedInvoice, Some(before.number));
    }
}

/// The rows, if all of them could be read.
fn rows(
    entries: Vec<Entry>,
    version: SchemaVersion,
    currency: Option<Currency>,
    problems: &mut Problems,
) -> Option<Vec<Row>> {
    // Where the currency has no smaller unit, other systems round to whole ones.
    let has_no_minor_unit = currency.and_then(Currency::minor_unit_exponent) == Some(0);
    let smallest_unit = Amount::from_minor_units(1, if has_no_minor_unit { 0 } else { 2 }).ok()?;
    let mut rows = Vec::with_capacity(entries.len());
    let mut push = |item: LineItem, number, is_before| {
        let place = Place { number, is_before, version, smallest_unit };
        rows.push(item.into_row(place, problems));
    };
    for (number, entry) in numbers().zip(entries) {
        match entry {
            Entry::Line(item) => push(*item, number, false),
            Entry::Change(items) => {
                let [before, after] = *items;
                push(before, number, true);
                push(after, number, false);
            }
        }
    }
    rows.into_iter().collect()
}

/// The rate, if the currency is another one than PLN.
fn exchange_rate(
    given: Option<Given<Quantity>>,
    currency: Option<Currency>,
    problems: &mut Problems,
) -> Option<Quantity> {
    let rate = problems.read_any(given, Field::ExchangeRate)?;
    if currency == Some(Currency::Pln) {
        problems.unexpected(Field::ExchangeRate, None);
        return None;
    }
    if rate <= Quantity::ZERO {
        problems.push(out_of_range("rate above zero", Field::ExchangeRate));
        return None;
    }
    Some(rate)
}

fn out_of_range(expected: &'static str, field: Field) -> BuildError {
    let cause = ParseError::new(expected, ParseErrorReason::OutOfRange).into();
    BuildError::Invalid { field, line: None, cause }
}

fn summary(
    totals: &Totals,
    currency: Option<Currency>,
    exchange_rate: Option<Quantity>,
    problems: &mut Problems,
) -> Option<VatSummary> {
    let is_foreign = currency.is_some_and(|currency| currency != Currency::Pln);
    if is_foreign && exchange_rate.is_none() && totals.has_tax() {
        problems.missing(Field::ExchangeRate, None);
    }
    totals.summary(exchange_rate, problems)
}

/// When the supply took place, unless lines say that, or it was the day of issue.
fn supply_date(
    supply: Option<Supply>,
    issued_on: Option<InvoiceDate>,
    subjects: &[Subject],
    problems: &mut Problems,
) -> Option<SupplyDate> {
    match supply? {
        Supply::On(date) => {
            let date = problems.read(date, Field::SupplyDate, None)?;
            if let Some(dated) = subjects.iter().find(|subject| subject.is_dated) {
                problems.unexpected(Field::LineSupplyDate, Some(dated.number));
            }
            (Some(date) != issued_on).then_some(SupplyDate::P6(date))
        }
        Supply::Over(from, to) => {
            let from = problems.read(from, Field::SupplyPeriod, None);
            let to = problems.read(to, Field::SupplyPeriod, None);
            let (from, to) = from.zip(to)?;
            if to < from {
                problems
                    .push(out_of_range("period that ends after it begins", Field::SupplyPeriod));
            }
            Some(SupplyDate::Period(Period::new(from, to)))
        }
    }
}

fn party(given: Option<Party>, field: Field, problems: &mut Problems) -> Option<Party> {
    if given.is_none() {
        problems.missing(field, None);
    }
    given
}

fn read_buyer(
    buyer: Party,
    third_parties: &[ThirdParty],
    version: SchemaVersion,
    problems: &mut Problems,
) -> Option<Buyer> {
    let has = |role: Role| {
        let is_role = |party: &ThirdParty| party.role == ThirdPartyRole::from(role);
        third_parties.iter().any(is_role)
    };
    let jst = has(Role::LocalGovernmentRecipient);
    let mut buyer = buyer.into_buyer(jst, has(Role::VatGroupRecipient), problems)?;
    if version == SchemaVersion::Fa2 {
        (buyer.jst, buyer.gv) = (None, None);
    }
    Some(buyer)
}

fn read_infos(
    infos: Vec<(Given<Text<256>>, Given<Text<256>>)>,
    problems: &mut Problems,
) -> Vec<KeyValue> {
    let mut read = Vec::with_capacity(infos.len());
    for (key, value) in infos {
        let key = problems.read(key, Field::Info, None);
        let info: Option<Info> = key.zip(problems.read(value, Field::Info, None));
        read.extend(info.map(|(key, value)| KeyValue::new(key, value)));
    }
    read
}

fn footer(texts: Vec<Given<FooterText>>, problems: &mut Problems) -> Option<Footer> {
    if texts.is_empty() {
        return None;
    }
    let texts = texts.into_iter().filter_map(|text| problems.read(text, Field::Footer, None));
    Some(Footer::new().infos(texts.map(|text| FooterInfo::new().text(text))))
}
