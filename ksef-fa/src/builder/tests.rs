//! Properties against an independent computation, and one test for every refusal.

mod properties;
mod refusals;

use super::*;
use crate::model::{CountryCode, Line, LineNumber, VatRate};

const KSEF_NUMBER: &str = "5265877635-20250826-0100001AF629-AF";

fn seller() -> Party {
    Party::nip("5265877635", "Sprzedawca").address(CountryCode::Pl, "Warszawa")
}

fn buyer() -> Party {
    Party::nip("1111111111", "Nabywca").address(CountryCode::Pl, "Kraków")
}

/// An invoice that lacks its lines only.
fn invoice() -> InvoiceBuilder {
    InvoiceBuilder::new("2026-02-01T09:30:47Z")
        .number("FV/1/2026")
        .issued_on("2026-02-01")
        .seller(seller())
        .buyer(buyer())
}

fn correction() -> InvoiceBuilder {
    invoice().corrects(Original::in_ksef("FV/8/2025", "2025-08-26", KSEF_NUMBER))
}

fn line(rate: VatRate) -> LineItem {
    LineItem::net("usługa", "100.00", rate)
}

fn p_15(invoice: &Invoice) -> String {
    invoice.body.vat_summary.p_15.to_string()
}

fn first_line(invoice: &Invoice) -> &Line {
    &invoice.body.lines[0]
}

#[test]
fn a_line_shows_what_was_given_and_its_value() {
    let item = LineItem::net("usługa", "33.3333", VatRate::Rate8).quantity("3").unit("szt.");
    let item = item.discount("0.50").gtu(crate::model::Gtu::Gtu12).info("klucz", "wartość");
    let invoice = invoice().line(item).build().unwrap();
    let line = first_line(&invoice);
    assert_eq!(line.p_11.unwrap().to_string(), "99.50");
    assert_eq!(line.p_10.unwrap().to_string(), "0.50");
    assert_eq!((line.p_9b, line.p_11a, line.p_11_vat), (None, None, None));
    assert_eq!(
        invoice.body.additional_info[0].line_number.as_ref().unwrap().value(),
        LineNumber::FIRST
    );
    assert_eq!(p_15(&invoice), "107.46");
}

#[test]
fn tax_of_each_line_is_summed_and_shown_on_every_line() {
    let first = LineItem::net_value("a", "2.95", VatRate::Rate23).tax("0.68");
    let second = LineItem::net_value("b", "7.50", VatRate::Rate23).tax("1.73");
    let third = LineItem::net_value("c", "1", VatRate::ZeroKr);
    let invoice = invoice().lines([first, second, third]).build().unwrap();
    let basic = invoice.body.vat_summary.basic.as_ref().unwrap();
    // 23 % of 10.45 is 2.40.
    assert_eq!(
        (basic.p_13_1.to_string(), basic.p_14_1.to_string()),
        ("10.45".into(), "2.41".into())
    );
    let taxes: Vec<_> = invoice.body.lines.iter().filter_map(|line| line.p_11_vat).collect();
    assert_eq!(taxes, ["0.68", "1.73", "0"].map(|tax| tax.parse().unwrap()));
    assert_eq!(invoice.body.vat_summary.p_13_6_1.unwrap().to_string(), "1.00");
}

#[test]
fn two_rates_of_one_band_are_computed_apart_and_converted_once() {
    let lines = [VatRate::Rate23, VatRate::Rate22].map(|rate| LineItem::net("a", "0.11", rate));
    let invoice = invoice().currency("EUR").exchange_rate("4.25").lines(lines).build().unwrap();
    let basic = invoice.body.vat_summary.basic.unwrap();
    assert_eq!(
        (basic.p_13_1.to_string(), basic.p_14_1.to_string()),
        ("0.22".into(), "0.05".into())
    );
    assert_eq!(basic.p_14_1w.unwrap().to_string(), "0.21");
}

#[test]
fn a_margin_line_has_a_gross_value_and_no_rate() {
    let own = LineItem::gross("usługa własna", "1000", VatRate::Rate23);
    let invoice = invoice()
        .line(LineItem::gross("usługa obca", "2000", Taxation::Margin))
        .line(own)
        .margin(MarginKind::TravelAgents(crate::model::Mark::SET))
        .build()
        .unwrap();
    let summary = &invoice.body.vat_summary;
    assert_eq!(summary.p_13_11.unwrap().to_string(), "2000.00");
    assert_eq!(summary.basic.as_ref().unwrap().p_13_1.to_string(), "813.01");
    assert_eq!(p_15(&invoice), "3000.00");
    assert_eq!(first_line(&invoice).p_12, None);
}

#[test]
fn the_special_procedure_has_its_own_rate_and_no_tax_in_pln() {
    let item = LineItem::net("usługa", "100", Taxation::SpecialProcedure("19".parse().unwrap()));
    let invoice = invoice().currency("EUR").line(item).build().unwrap();
    let total = invoice.body.vat_summary.special_procedure.as_ref().unwrap();
    assert_eq!(total.p_14_5.unwrap().to_string(), "19.00");
    assert_eq!(first_line(&invoice).p_12, None);
}

#[test]
fn supplies_of_goods_to_member_states_name_the_seller_with_its_prefix() {
    let buyer = Party::eu_vat("EL123456789", "Αγοραστής").address(CountryCode::Gr, "Αθήνα");
    let invoice = invoice().buyer(buyer).line(line(VatRate::ZeroWdt)).build().unwrap();
    assert!(invoice.seller.prefix.is_some());
    assert_eq!(invoice.body.annotations.p_18, crate::model::YesNo::No);
    assert_eq!(invoice.body.vat_summary.p_13_6_2.unwrap().to_string(), "100.00");
}

#[test]
fn what_the_rest_decides_is_derived() {
    use crate::model::YesNo;

    let p_18 = |builder: InvoiceBuilder| builder.build().unwrap().body.annotations.p_18.value();
    assert_eq!(p_18(invoice().line(line(VatRate::Oo))), YesNo::Yes);
    assert_eq!(p_18(invoice().line(line(VatRate::NpII))), YesNo::Yes);
    let consumer = Party::consumer("Jan").address(CountryCode::De, "Berlin");
    assert_eq!(p_18(invoice().buyer(consumer).line(line(VatRate::NpI))), YesNo::No);
    assert_eq!(p_18(invoice().line(line(VatRate::NpI)).reverse_charge(true)), YesNo::Yes);

    let p_18a = |builder: InvoiceBuilder| builder.build().unwrap().body.annotations.p_18a.value();
    let steel = |net: &str| LineItem::net("stal", net, VatRate::Rate23).of_annex_15();
    assert_eq!(p_18a(invoice().line(steel("12195.12"))), YesNo::No);
    assert_eq!(p_18a(invoice().line(steel("12195.13"))), YesNo::Yes);
    assert_eq!(p_18a(invoice().line(steel("1")).split_payment(true)), YesNo::Yes);
    let euro = || invoice().currency("EUR").exchange_rate("4.00");
    assert_eq!(p_18a(euro().line(steel("3048.79"))), YesNo::Yes);
}

#[test]
fn a_supply_on_the_day_of_issue_needs_no_date_of_its_own() {
    let supplied = |day: &str| {
        let invoice = invoice().line(line(VatRate::Rate23)).supplied_on(day).build().unwrap();
        invoice.body.supply_date
    };
    assert_eq!(supplied("2026-02-01"), None);
    assert!(supplied("2026-01-31").is_some());
}

#[test]
fn fa_2_has_the_rates_of_its_own() {
    let rates = [VatRate::ZeroKr, VatRate::ZeroWdt, VatRate::ZeroEx, VatRate::NpII];
    let builder = invoice().version(SchemaVersion::Fa2).lines(rates.map(line));
    let invoice = builder.build().unwrap();
    let rates: Vec<_> = invoice.body.lines.iter().filter_map(|line| line.p_12).collect();
    assert_eq!(rates, [VatRate::Zero, VatRate::Zero, VatRate::Zero, VatRate::Np]);
    let summary = &invoice.body.vat_summary;
    assert!(summary.p_13_6_2.is_some() && summary.p_13_9.is_some());
    assert_eq!((invoice.buyer.jst, invoice.buyer.gv), (None, None));
}

#[test]
fn a_correction_of_data_needs_no_lines() {
    let invoice = correction().correction_reason("Błędny adres").build().unwrap();
    assert_eq!(p_15(&invoice), "0.00");
    assert!(invoice.body.lines.is_empty());
}

#[test]
fn the_two_states_of_a_line_have_one_number() {
    let (before, after) = (line(VatRate::Rate23), line(VatRate::Rate8));
    let invoice = correction().change(before, after).line(line(VatRate::Rate5)).build().unwrap();
    let numbers: Vec<_> = invoice.body.lines.iter().map(|line| line.number.value().get()).collect();
    assert_eq!(numbers, [1, 1, 2]);
    let summary = &invoice.body.vat_summary;
    assert_eq!(summary.basic.as_ref().unwrap().p_14_1.to_string(), "-23.00");
    assert_eq!(summary.first_reduced.as_ref().unwrap().p_14_2.to_string(), "8.00");
    assert_eq!(p_15(&invoice), "90.00");
}

#[test]
fn a_correction_may_name_several_invoices_and_a_period() {
    let builder = correction().corrects(Original::outside_ksef("FV/9/2025", "2025-12-01"));
    let invoice = builder.correction_period("2026-01").build().unwrap();
    let correction = invoice.body.correction.unwrap();
    assert_eq!(correction.invoices.len(), 2);
    assert_eq!(correction.period.unwrap().as_str(), "2026-01");
}

#[test]
fn payment_footer_and_recipients_are_taken_over() {
    use crate::model::{ThirdPartyIdentification, ThirdPartyIdentity, YesNo};

    let identity = ThirdPartyIdentity::Nip("2222222222".parse().unwrap());
    let unit = ThirdPartyIdentification::new(identity).name("Szkoła".parse().unwrap());
    let role = crate::model::Role::LocalGovernmentRecipient;
    let invoice = invoice()
        .line(line(VatRate::Rate23))
        .third_party(ThirdParty::new(unit, role.into()))
        .due_on("2026-02-15")
        .payment_form(PaymentForm::Transfer)
        .account("73111111111111111111111111")
        .footer("Dziękujemy")
        .build()
        .unwrap();
    let payment = invoice.body.payment.unwrap();
    assert_eq!((payment.due_dates.len(), payment.accounts.len()), (1, 1));
    assert_eq!(invoice.footer.unwrap().infos.len(), 1);
    assert_eq!(invoice.buyer.jst.unwrap(), YesNo::Yes);
    assert_eq!(invoice.buyer.gv.unwrap(), YesNo::No);
}
