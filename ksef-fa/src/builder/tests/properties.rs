//! Random invoices, against a computation in whole numbers that shares nothing with ours.

use std::collections::BTreeMap;

use ksef_core::{Amount, Environment};
use proptest::prelude::*;

use super::*;
use crate::Profile;

/// A line in whole numbers: thousandths of a unit, hundredths of a grosz.
#[derive(Clone, Copy, Debug)]
struct Sale {
    quantity: i64,
    price: i64,
    rate: VatRate,
}

impl Sale {
    fn item(self, is_gross: bool) -> LineItem {
        let (quantity, price) = (decimal(self.quantity, 3), decimal(self.price, 4));
        let build = if is_gross { LineItem::gross } else { LineItem::net };
        build("towar", price.as_str(), self.rate).quantity(quantity.as_str())
    }

    /// In grosze.
    fn value(self) -> i128 {
        half_up(i128::from(self.quantity) * i128::from(self.price), 100_000)
    }

    fn percent(self) -> i128 {
        percent(self.rate)
    }
}

fn percent(rate: VatRate) -> i128 {
    match rate {
        VatRate::Rate23 => 23,
        VatRate::Rate22 => 22,
        VatRate::Rate8 => 8,
        VatRate::Rate7 => 7,
        VatRate::Rate5 => 5,
        VatRate::Rate4 => 4,
        VatRate::Rate3 => 3,
        _ => 0,
    }
}

fn half_up(dividend: i128, divisor: i128) -> i128 {
    dividend.signum() * ((2 * dividend.abs() + divisor) / (2 * divisor))
}

fn decimal(units: i64, decimals: u32) -> String {
    let (one, sign) = (10_u64.pow(decimals), if units < 0 { "-" } else { "" });
    let (whole, rest) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
    format!("{sign}{whole}.{rest:0>width$}", width = decimals as usize)
}

/// Net and tax by the field of the net total.
type Bands = BTreeMap<&'static str, (i128, i128)>;

const fn band(rate: VatRate) -> &'static str {
    match rate {
        VatRate::Rate23 | VatRate::Rate22 => "1",
        VatRate::Rate8 | VatRate::Rate7 => "2",
        VatRate::Rate5 => "3",
        VatRate::Rate4 | VatRate::Rate3 => "4",
        VatRate::ZeroKr => "6_1",
        VatRate::ZeroWdt => "6_2",
        VatRate::ZeroEx => "6_3",
        VatRate::Zw => "7",
        VatRate::NpI => "8",
        VatRate::NpII => "9",
        _ => "10",
    }
}

fn expected(sales: &[Sale], method: TaxMethod, is_gross: bool) -> Bands {
    let mut by_rate: BTreeMap<VatRate, (i128, i128)> = BTreeMap::new();
    for sale in sales {
        let (value, rate) = (sale.value(), sale.percent());
        let line =
            if is_gross { half_up(value * rate, 100 + rate) } else { half_up(value * rate, 100) };
        let sums = by_rate.entry(sale.rate).or_default();
        *sums = (sums.0 + value, sums.1 + line);
    }
    let mut bands = Bands::new();
    for (rate, (value, lines)) in by_rate {
        let tax = match method {
            TaxMethod::NetTotals => half_up(value * percent(rate), 100),
            TaxMethod::GrossTotals => half_up(value * percent(rate), 100 + percent(rate)),
            TaxMethod::PerLine => lines,
        };
        let net = if is_gross { value - tax } else { value };
        let sums = bands.entry(band(rate)).or_default();
        *sums = (sums.0 + net, sums.1 + tax);
    }
    bands
}

fn grosze(amount: Amount) -> i128 {
    amount.to_minor_units(2).unwrap()
}

fn found(invoice: &Invoice) -> Bands {
    let summary = &invoice.body.vat_summary;
    let mut bands = Bands::new();
    let mut push = |name, net: Option<Amount>, tax: Option<Amount>| {
        bands.extend(net.map(|net| (name, (grosze(net), tax.map_or(0, grosze)))));
    };
    let basic = summary.basic.as_ref();
    push("1", basic.map(|total| total.p_13_1), basic.map(|total| total.p_14_1));
    let reduced = summary.first_reduced.as_ref();
    push("2", reduced.map(|total| total.p_13_2), reduced.map(|total| total.p_14_2));
    let reduced = summary.second_reduced.as_ref();
    push("3", reduced.map(|total| total.p_13_3), reduced.map(|total| total.p_14_3));
    let taxi = summary.taxi.as_ref();
    push("4", taxi.map(|total| total.p_13_4), taxi.map(|total| total.p_14_4));
    push("6_1", summary.p_13_6_1, None);
    push("6_2", summary.p_13_6_2, None);
    push("6_3", summary.p_13_6_3, None);
    push("7", summary.p_13_7, None);
    push("8", summary.p_13_8, None);
    push("9", summary.p_13_9, None);
    push("10", summary.p_13_10, None);
    bands
}

fn in_pln(invoice: &Invoice) -> [Option<Amount>; 4] {
    let summary = &invoice.body.vat_summary;
    [
        summary.basic.as_ref().and_then(|total| total.p_14_1w),
        summary.first_reduced.as_ref().and_then(|total| total.p_14_2w),
        summary.second_reduced.as_ref().and_then(|total| total.p_14_3w),
        summary.taxi.as_ref().and_then(|total| total.p_14_4w),
    ]
}

/// With what the rates call for.
fn answered(mut builder: InvoiceBuilder, sales: &[Sale]) -> InvoiceBuilder {
    let has = |rates: &[VatRate]| sales.iter().any(|sale| rates.contains(&sale.rate));
    if has(&[VatRate::Zw]) {
        builder = builder.exemption(ExemptionBasis::P19c("inna podstawa".parse().unwrap()));
    }
    if has(&[VatRate::NpI, VatRate::NpII, VatRate::Oo]) {
        builder = builder.reverse_charge(true);
    }
    builder
}

fn any_sale(quantities: core::ops::Range<i64>) -> impl Strategy<Value = Sale> {
    let is_usable = |rate: &&VatRate| !matches!(rate, VatRate::Zero | VatRate::Np);
    let rates: Vec<_> = VatRate::ALL.iter().filter(is_usable).copied().collect();
    let price = prop_oneof![0_i64..100_000, 0_i64..10_000_000_000];
    (quantities, price, prop::sample::select(rates)).prop_map(|(quantity, price, rate)| Sale {
        quantity,
        price,
        rate,
    })
}

fn any_sales() -> impl Strategy<Value = Vec<Sale>> {
    prop::collection::vec(any_sale(-50_000..100_000), 1..8)
}

fn any_method() -> impl Strategy<Value = (TaxMethod, bool)> {
    prop::sample::select(vec![
        (TaxMethod::NetTotals, false),
        (TaxMethod::GrossTotals, true),
        (TaxMethod::PerLine, false),
        (TaxMethod::PerLine, true),
    ])
}

fn any_version() -> impl Strategy<Value = SchemaVersion> {
    prop::sample::select(vec![SchemaVersion::Fa2, SchemaVersion::Fa3])
}

fn lines_of(sales: &[Sale], is_gross: bool) -> Vec<LineItem> {
    sales.iter().map(|sale| sale.item(is_gross)).collect()
}

proptest! {
    #[test]
    fn totals_are_those_of_the_independent_computation(
        sales in any_sales(), (method, is_gross) in any_method(), version in any_version(),
    ) {
        let builder = answered(invoice(), &sales).version(version).tax_method(method);
        let invoice = builder.lines(lines_of(&sales, is_gross)).build().unwrap();
        let bands = found(&invoice);
        prop_assert_eq!(&bands, &expected(&sales, method, is_gross));
        let due: i128 = bands.values().map(|(net, tax)| net + tax).sum();
        prop_assert_eq!(grosze(invoice.body.vat_summary.p_15), due);
    }

    #[test]
    fn lines_add_up_to_the_totals(sales in any_sales(), (method, is_gross) in any_method()) {
        let builder = answered(invoice(), &sales).tax_method(method);
        let invoice = builder.lines(lines_of(&sales, is_gross)).build().unwrap();
        let bands = found(&invoice);
        let mut sums: BTreeMap<_, (i128, i128)> = BTreeMap::new();
        for line in &invoice.body.lines {
            let value = line.p_11.or(line.p_11a).map_or(0, grosze);
            let sum = sums.entry(band(line.p_12.unwrap())).or_default();
            *sum = (sum.0 + value, sum.1 + line.p_11_vat.map_or(0, grosze));
        }
        prop_assert_eq!(sums.len(), bands.len());
        for (name, (value, line_tax)) in sums {
            let (net, tax) = bands[name];
            prop_assert_eq!(value, if is_gross { net + tax } else { net });
            prop_assert!(method != TaxMethod::PerLine || line_tax == tax);
        }
    }

    #[test]
    fn tax_is_converted_once_per_band(sales in any_sales(), rate in 1_i64..100_000_000) {
        let exchange_rate = decimal(rate, 6);
        let builder = answered(invoice(), &sales).currency("EUR").lines(lines_of(&sales, false));
        let invoice = builder.exchange_rate(exchange_rate.as_str()).build().unwrap();
        let bands = found(&invoice);
        for (name, pln) in ["1", "2", "3", "4"].into_iter().zip(in_pln(&invoice)) {
            let tax = bands.get(name).map(|(_, tax)| half_up(tax * i128::from(rate), 1_000_000));
            prop_assert_eq!(pln.map(grosze), tax);
        }
        let shown = invoice.body.lines.iter().all(|line| line.exchange_rate.is_some());
        prop_assert!(shown);
    }

    #[test]
    fn a_correction_by_states_is_what_is_less_what_was(
        states in prop::collection::vec((any_sale(0..50_000), any_sale(0..50_000)), 1..6),
        (method, is_gross) in any_method(),
    ) {
        let (before, after): (Vec<_>, Vec<_>) = states.iter().copied().unzip();
        let all = [before.as_slice(), &after].concat();
        let mut builder = answered(correction(), &all).tax_method(method);
        for (before, after) in &states {
            builder = builder.change(before.item(is_gross), after.item(is_gross));
        }
        let invoice = builder.build().unwrap();
        let mut difference = expected(&after, method, is_gross);
        for (name, (net, tax)) in expected(&before, method, is_gross) {
            let sums = difference.entry(name).or_default();
            *sums = (sums.0 - net, sums.1 - tax);
        }
        prop_assert_eq!(found(&invoice), difference);
    }

    #[test]
    fn taking_everything_back_is_the_negative_invoice(
        sales in any_sales(), (method, is_gross) in any_method(),
    ) {
        let built = |builder: InvoiceBuilder, sales: &[Sale]| {
            let lines = lines_of(sales, is_gross);
            answered(builder, sales).tax_method(method).lines(lines).build().unwrap()
        };
        let back: Vec<_> =
            sales.iter().map(|sale| Sale { quantity: -sale.quantity, ..*sale }).collect();
        let there = found(&built(invoice(), &sales));
        let negated = there.into_iter().map(|(name, (net, tax))| (name, (-net, -tax)));
        prop_assert_eq!(found(&built(correction(), &back)), negated.collect::<Bands>());
    }

    #[test]
    fn one_invoice_is_one_document_and_reads_back(sales in any_sales(), version in any_version()) {
        let builder = answered(invoice(), &sales).version(version).lines(lines_of(&sales, false));
        let (first, second) = (builder.clone().build().unwrap(), builder.build().unwrap());
        let xml = first.to_xml_unchecked();
        prop_assert_eq!(&xml, &second.to_xml_unchecked());
        let profile = Profile::new(Environment::Test, "2026-02-01".parse().unwrap());
        let read = Invoice::from_xml(&xml, &profile).unwrap();
        prop_assert_eq!(&read, &first);
        prop_assert_eq!(read.to_xml_unchecked(), xml);
    }

    /// Whatever text there is, the answer is an invoice or errors, and never a panic.
    #[test]
    fn no_text_makes_it_panic(texts in prop::collection::vec(".{0,12}", 12)) {
        let text = |index: usize| texts[index].as_str();
        let party = || Party::nip(text(0), text(1)).address(CountryCode::Pl, text(2));
        let item = LineItem::net(text(3), text(4), VatRate::Rate23).quantity(text(5)).tax(text(6));
        let result = InvoiceBuilder::new(text(7))
            .number(text(8))
            .issued_on(text(9))
            .exchange_rate(text(10))
            .currency(text(11))
            .seller(party())
            .buyer(party())
            .line(item)
            .build();
        prop_assert!(result.map_or_else(|errors| errors.iter().next().is_some(), |_| true));
    }
}
