//! Corrections of what KSeF has, for people whose invoices do not come from Stripe: what is issued
//! is the difference, line by line, to zero or by amounts.

use ksef_audit::query::{DateOf, Dates, Filter, PageRequest};
use ksef_audit::{EnvironmentType, Error, Row};
use ksef_core::{Amount, DocumentType, InvoiceDate, InvoiceKind, KsefNumber, Timestamp};
use ksef_fa::Invoice;
use ksef_fa::builder::{InvoiceBuilder, LineItem, Original, Party};
use ksef_fa::model::{CorrectionEffect, Exemption, Line, SupplyDate, VatRate, YesNo};

use crate::company::Company;

/// How many corrections are read at once.
const PAGE: u32 = 100;

/// By how much an invoice is corrected.
#[derive(Clone, Debug)]
pub(crate) enum Reduction {
    /// All of it.
    ToZero,
    /// Each line by this much, net or gross as the line is; nothing where there is none.
    By(Vec<Option<Amount>>),
}

/// What a person says of a correction.
#[derive(Clone, Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) number: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) reduction: Reduction,
    /// In which period it counts.
    pub(crate) effect: Option<CorrectionEffect>,
    pub(crate) now: Timestamp,
}

/// Why there is no such correction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CannotCorrect {
    /// It is no ordinary invoice with a rate and a value on each line.
    Kind,
    /// Nothing would change.
    Nothing,
    /// A line, or all corrections together, would take more than there is.
    TooMuch,
    /// It is not the opposite of the invoice to the grosz.
    NotToZero,
    /// What the builder says.
    Built(String),
}

/// An invoice that KSeF has, and what it was corrected by.
#[derive(Clone, Debug)]
pub(crate) struct Filed {
    pub(crate) invoice: Invoice,
    pub(crate) ksef_number: KsefNumber,
    /// The number and the total of each correction of it that was not refused.
    pub(crate) corrections: Vec<(String, Amount)>,
}

/// A line as it can be corrected: its rate, and its value, net or gross.
struct Value {
    rate: VatRate,
    amount: Amount,
    is_gross: bool,
}

impl<E: EnvironmentType> Company<E> {
    /// The corrections of the invoice with this KSeF number, of this buyer, that were not refused.
    pub(crate) async fn corrections_of(
        &self,
        ksef_number: KsefNumber,
        original: &Row,
    ) -> Result<Vec<(String, Amount)>, Error> {
        let from = original.p_1.unwrap_or(InvoiceDate::MIN);
        let dates = Some(Dates { of: DateOf::Issue, from, to: InvoiceDate::MAX });
        let document_type = Some(DocumentType::Kor);
        let filter = Filter { dates, document_type, nip: original.nip, ..Filter::default() };
        let mut request = PageRequest { filter, after: None, limit: PAGE };
        let mut corrections = Vec::new();
        loop {
            let page = self.ledger.page(&request).await?;
            for (id, row) in page.lines {
                if row.digest.is_none() || is_refused(&row) {
                    continue;
                }
                let xml = self.ledger.xml(id).await?;
                let Some(document) = self.read_document(&xml) else { continue };
                if corrects(&document, ksef_number) {
                    let number = document.body.p_2.to_string();
                    corrections.push((number, document.body.vat_summary.p_15));
                }
            }
            request.after = page.next;
            if request.after.is_none() {
                return Ok(corrections);
            }
        }
    }
}

/// Whether it is not in KSeF, and will not be by itself.
fn is_refused(row: &Row) -> bool {
    use ksef_core::SubmissionStatus::{Failed, Terminated};
    row.ksef_number.is_none() && matches!(row.status, Failed | Terminated)
}

fn corrects(document: &Invoice, ksef_number: KsefNumber) -> bool {
    use ksef_fa::model::CorrectedInvoiceOrigin::InKsef;
    let corrected = document.body.correction.iter().flat_map(|it| &it.invoices);
    corrected.into_iter().any(|it| match &it.origin {
        InKsef(origin) => origin.number.to_ksef_number() == Ok(ksef_number),
        _ => false,
    })
}

impl Filed {
    /// Whether it can be corrected here.
    pub(crate) fn is_correctable(&self) -> bool {
        let is_ordinary = self.invoice.body.kind == InvoiceKind::Vat;
        let lines = &self.invoice.body.lines;
        is_ordinary && !lines.is_empty() && lines.iter().all(|line| value(line).is_some())
    }

    /// What each line is about: its description, its rate and its value.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (String, &'static str, Amount)> {
        self.invoice.body.lines.iter().filter_map(|line| {
            let Value { rate, amount, .. } = value(line)?;
            let description = line.p_7.as_ref().map(ToString::to_string).unwrap_or_default();
            Some((description, rate.as_str(), amount))
        })
    }

    /// The correction, valid in its schema.
    pub(crate) fn correct(&self, wish: &Wish<'_>) -> Result<Invoice, CannotCorrect> {
        let rows = self.rows(&wish.reduction)?;
        let mut document = self
            .builder(wish, rows)?
            .build()
            .map_err(|errors| CannotCorrect::Built(errors.to_string()))?;
        let original = &self.invoice;
        document.seller = original.seller.clone();
        document.buyer = original.buyer.clone();
        document.third_parties.clone_from(&original.third_parties);
        let total = document.body.vat_summary.p_15;
        if matches!(wish.reduction, Reduction::ToZero)
            && total != original.body.vat_summary.p_15.negated()
        {
            return Err(CannotCorrect::NotToZero);
        }
        self.leaves_something(total)?;
        Ok(document)
    }

    /// All corrections together take no more than the invoice has.
    fn leaves_something(&self, total: Amount) -> Result<(), CannotCorrect> {
        let earlier = self.corrections.iter().map(|(_, total)| *total);
        let all = [self.invoice.body.vat_summary.p_15, total].into_iter().chain(earlier);
        match Amount::checked_sum(all) {
            Ok(rest) if !rest.is_negative() => Ok(()),
            _ => Err(CannotCorrect::TooMuch),
        }
    }

    fn rows(&self, reduction: &Reduction) -> Result<Vec<LineItem>, CannotCorrect> {
        let mut rows = Vec::new();
        for (index, line) in self.invoice.body.lines.iter().enumerate() {
            let Value { rate, amount, is_gross } = value(line).ok_or(CannotCorrect::Kind)?;
            let by = match reduction {
                Reduction::ToZero => Some(amount),
                Reduction::By(amounts) => amounts.get(index).copied().flatten(),
            };
            let Some(by) = by.filter(|by| !by.is_zero()) else { continue };
            let rest = amount.checked_sub(by).map_err(|_| CannotCorrect::TooMuch)?;
            if by.is_negative() != amount.is_negative()
                || rest.is_negative() != amount.is_negative() && !rest.is_zero()
            {
                return Err(CannotCorrect::TooMuch);
            }
            let description = line.p_7.clone().ok_or(CannotCorrect::Kind)?;
            let row = if is_gross {
                LineItem::gross_value(description, by.negated(), rate)
            } else {
                LineItem::net_value(description, by.negated(), rate)
            };
            rows.push(with_marks(row, line, by == amount));
        }
        if rows.is_empty() { Err(CannotCorrect::Nothing) } else { Ok(rows) }
    }

    fn builder(
        &self,
        wish: &Wish<'_>,
        rows: Vec<LineItem>,
    ) -> Result<InvoiceBuilder, CannotCorrect> {
        let Invoice { seller, buyer, body, .. } = &self.invoice;
        let identification = &seller.identification;
        let seller = Party::nip(identification.nip, identification.name.clone())
            .address(seller.address.country, seller.address.line_1.clone());
        let original = Original::in_ksef(body.p_2.clone(), body.p_1, self.ksef_number.as_str());
        let mut builder = InvoiceBuilder::new(wish.now)
            .system_info(concat!("ksef-server ", env!("CARGO_PKG_VERSION")))
            .number(wish.number)
            .issued_on(wish.now.warsaw_date())
            .currency(body.currency)
            .seller(seller)
            .buyer(Party::of_buyer(buyer).ok_or(CannotCorrect::Kind)?)
            .corrects(original)
            .correction_reason(wish.reason)
            .lines(rows);
        if let Some(effect) = wish.effect {
            builder = builder.correction_effect(effect);
        }
        match &body.supply_date {
            Some(SupplyDate::P6(day)) => builder = builder.supplied_on(*day),
            Some(SupplyDate::Period(period)) => {
                builder = builder.supplied_over(period.p_6_od, period.p_6_do);
            }
            _ => {}
        }
        Ok(self.with_statements(builder))
    }

    /// What the invoice says about its tax.
    fn with_statements(&self, mut builder: InvoiceBuilder) -> InvoiceBuilder {
        let body = &self.invoice.body;
        let annotations = &body.annotations;
        let is_at = |rate: VatRate| {
            body.lines.iter().any(|line| line.p_12.as_ref().is_some_and(|it| *it == rate))
        };
        if annotations.p_16 == YesNo::Yes {
            builder = builder.cash_accounting();
        }
        if annotations.p_17 == YesNo::Yes {
            builder = builder.self_billing();
        }
        if annotations.p_23 == YesNo::Yes {
            builder = builder.triangular();
        }
        if is_at(VatRate::NpI) && !is_at(VatRate::NpII) {
            builder = builder.reverse_charge(annotations.p_18 == YesNo::Yes);
        }
        if body.lines.iter().any(|line| line.p_12_zal_15.is_some()) {
            builder = builder.split_payment(annotations.p_18a == YesNo::Yes);
        }
        if let Exemption::Exempt(exempted) = &annotations.exemption {
            builder = builder.exemption(exempted.basis.clone());
        }
        match body.lines.iter().find_map(|line| line.exchange_rate) {
            Some(rate) => builder.exchange_rate(rate),
            None => builder,
        }
    }
}

/// The rate and the value of a line; `None` where it has none that can be taken back here.
fn value(line: &Line) -> Option<Value> {
    let rate = *line.p_12.as_ref()?;
    match (line.p_11, line.p_11a) {
        _ if line.p_12_xii.is_some() => None,
        (Some(amount), None) => Some(Value { rate, amount, is_gross: false }),
        (None, Some(amount)) => Some(Value { rate, amount, is_gross: true }),
        _ => None,
    }
}

/// The row with what the line says besides its value. A tax of its own goes back with the whole line.
fn with_marks(mut row: LineItem, line: &Line, is_whole: bool) -> LineItem {
    if let Some(tax) = line.p_11_vat.filter(|_| is_whole) {
        row = row.tax(tax.negated());
    }
    if let Some(day) = line.p_6a {
        row = row.supplied_on(day);
    }
    if let Some(gtu) = line.gtu {
        row = row.gtu(gtu);
    }
    if let Some(procedure) = line.procedure {
        row = row.procedure(procedure);
    }
    if line.p_12_zal_15.is_some() { row.of_annex_15() } else { row }
}

#[cfg(test)]
mod tests {
    use ksef_core::Currency;
    use ksef_fa::model::CountryCode;

    use super::*;

    const NUMBER: &str = "5265877635-20250826-0100001AF629-AF";

    fn filed(lines: impl IntoIterator<Item = LineItem>, currency: Currency) -> Filed {
        let seller = Party::nip("5265877635", "Sprzedawca sp. z o.o.")
            .address(CountryCode::Pl, "ul. Przykładowa 1, 00-001 Warszawa");
        let buyer = Party::nip("1111111111", "Nabywca S.A.")
            .address(CountryCode::Pl, "ul. Inna 2, 30-001 Kraków");
        let mut builder = InvoiceBuilder::new("2026-02-01T09:30:47Z")
            .number("FV/1/2026")
            .issued_on("2026-02-01")
            .currency(currency)
            .seller(seller)
            .buyer(buyer)
            .lines(lines);
        if currency != Currency::Pln {
            builder = builder.exchange_rate("4.2537");
        }
        let invoice = builder.build().unwrap();
        Filed { invoice, ksef_number: NUMBER.parse().unwrap(), corrections: Vec::new() }
    }

    fn wish(reduction: Reduction) -> Wish<'static> {
        Wish {
            number: "KOR/1/2026",
            reason: "Zwrot",
            reduction,
            effect: Some(CorrectionEffect::CorrectionDate),
            now: "2026-03-01T09:00:00Z".parse().unwrap(),
        }
    }

    fn amount(text: &str) -> Option<Amount> {
        Some(text.parse().unwrap())
    }

    fn three_rates() -> [LineItem; 3] {
        [
            LineItem::net("Konsultacje", "150.01", VatRate::Rate23).quantity("7.5"),
            LineItem::net("Książka", "39.95", VatRate::Rate5).quantity("3"),
            LineItem::net("Przejazd", "0.07", VatRate::Rate8),
        ]
    }

    #[test]
    fn a_correction_to_zero_takes_back_every_total() {
        let gross = [
            LineItem::gross("Kubek", "49.99", VatRate::Rate23).quantity("3"),
            LineItem::gross("Długopis", "0.03", VatRate::Rate23),
        ];
        let all = [
            filed(three_rates(), Currency::Pln),
            filed(three_rates(), Currency::Eur),
            filed(gross, Currency::Pln),
        ];
        for filed in all {
            let correction = filed.correct(&wish(Reduction::ToZero)).unwrap();
            let (before, after) = (&filed.invoice.body, &correction.body);
            assert_eq!(after.kind, InvoiceKind::Kor);
            assert_eq!(after.vat_summary.p_15, before.vat_summary.p_15.negated());
            let tax = |body: &ksef_fa::model::Body| body.vat_summary.basic.as_ref().unwrap().p_14_1;
            assert_eq!(tax(after), tax(before).negated());
            assert!(corrects(&correction, filed.ksef_number));
            assert_eq!(correction.buyer, filed.invoice.buyer);
        }
    }

    #[test]
    fn a_correction_by_amounts_names_the_lines_that_change() {
        let filed = filed(three_rates(), Currency::Pln);
        let amounts = vec![None, amount("19.85"), None];
        let correction = filed.correct(&wish(Reduction::By(amounts))).unwrap();
        let [line] = correction.body.lines.as_slice() else { panic!("one line") };
        assert_eq!(line.p_11, amount("-19.85"));
        assert_eq!(correction.body.vat_summary.p_15.to_string(), "-20.84");
    }

    #[test]
    fn nothing_is_taken_back_twice() {
        let mut filed = filed(three_rates(), Currency::Pln);
        let refused = |filed: &Filed, reduction| filed.correct(&wish(reduction)).unwrap_err();
        let too_much = vec![None, None, amount("0.08")];
        assert_eq!(refused(&filed, Reduction::By(too_much)), CannotCorrect::TooMuch);
        let more = vec![amount("-1.00"), None, None];
        assert_eq!(refused(&filed, Reduction::By(more)), CannotCorrect::TooMuch);
        assert_eq!(refused(&filed, Reduction::By(Vec::new())), CannotCorrect::Nothing);
        let earlier: Amount = "-0.01".parse().unwrap();
        filed.corrections.push(("KOR/0/2026".to_owned(), earlier));
        assert_eq!(refused(&filed, Reduction::ToZero), CannotCorrect::TooMuch);
    }
}
