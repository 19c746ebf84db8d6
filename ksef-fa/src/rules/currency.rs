//! Foreign currencies.

use ksef_core::{Currency, InvoiceDate, InvoiceKind, Quantity};

use super::context::Setting;
use super::dates::exchange_day;
use super::facts::Facts;
use super::{Findings, indexed};

/// Tax in another currency that is not there in PLN.
pub(super) fn tax_in_pln(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.is_in_pln() {
        return;
    }
    for total in &facts.totals {
        let has_tax = total.tax.is_some_and(|tax| !tax.is_zero());
        // The tax of the special procedure is not Polish, and the schema has no PLN for it.
        let is_polish = total.band != super::facts::Band::B5;
        if has_tax && is_polish && total.tax_in_pln.is_none() {
            findings.at(format_args!("Fa/P_14_{}", total.band.suffix()));
        }
    }
}

/// Amounts in PLN and exchange rates on an invoice that is in PLN.
pub(super) fn conversion_of_pln(facts: &Facts<'_>, findings: &mut Findings) {
    if !facts.is_in_pln() {
        return;
    }
    for total in facts.totals.iter().filter(|total| total.tax_in_pln.is_some()) {
        findings.at(format_args!("Fa/P_14_{}W", total.band.suffix()));
    }
    for (element, _, _) in exchange_rates(facts) {
        findings.at(element);
    }
}

/// The exchange rate of an advance payment on an invoice for something else.
pub(super) fn advance_exchange_rate(facts: &Facts<'_>, findings: &mut Findings) {
    let is_advance = matches!(facts.kind(), InvoiceKind::Zal | InvoiceKind::KorZal);
    if !is_advance && facts.body.vat_summary.advance_exchange_rate.is_some() {
        findings.at("Fa/KursWalutyZ");
    }
}

/// An agreed exchange rate of PLN to PLN.
pub(super) fn agreed_currency(facts: &Facts<'_>, findings: &mut Findings) {
    let terms = facts.body.terms.as_ref();
    let agreed = terms.and_then(|terms| terms.agreed_rate.as_ref());
    if agreed.is_some_and(|agreed| agreed.currency == Currency::Pln) {
        findings.at("Fa/WarunkiTransakcji/WalutaUmowna");
    }
}

/// An exchange rate that is not the National Bank's, as far as the caller knows it.
pub(super) fn published_rate(facts: &Facts<'_>, setting: &Setting<'_>, findings: &mut Findings) {
    // A correction keeps the rate of the invoice that it corrects.
    if facts.is_in_pln() || facts.kind().is_correction() {
        return;
    }
    for (element, rate, day) in exchange_rates(facts) {
        let published = setting.context.exchange_rate(facts.body.currency, day);
        if published.is_some_and(|published| published != rate) {
            findings.at(element);
        }
    }
}

/// Every exchange rate of the invoice, with its element and the day on whose eve it counts.
fn exchange_rates(facts: &Facts<'_>) -> Vec<(String, Quantity, InvoiceDate)> {
    let body = facts.body;
    let day = exchange_day(facts, None);
    let advance = body.vat_summary.advance_exchange_rate;
    let before = body.correction.as_ref().and_then(|correction| correction.before.as_ref());
    let before = before.and_then(|before| before.exchange_rate);
    let named = [(advance, "Fa/KursWalutyZ"), (before, "Fa/KursWalutyZK")];
    let named = named
        .into_iter()
        .filter_map(|(rate, element)| rate.map(|rate| (element.to_owned(), rate, day)));
    let partial = indexed(&body.partial_advances).filter_map(|(index, advance)| {
        let rate = advance.exchange_rate?;
        Some((format!("Fa/ZaliczkaCzesciowa[{index}]/KursWalutyZW"), rate, advance.p_6z))
    });
    let lines = indexed(&body.lines).filter_map(|(index, line)| {
        let rate = line.exchange_rate?;
        Some((format!("Fa/FaWiersz[{index}]/KursWaluty"), rate, exchange_day(facts, line.p_6a)))
    });
    named.chain(partial).chain(lines).collect()
}

/// The exchange rate that the invoice was converted by, if it says one.
pub(super) fn stated_rate(facts: &Facts<'_>) -> Option<Quantity> {
    let mut of_lines = facts.body.lines.iter().filter_map(|line| line.exchange_rate);
    facts.body.vat_summary.advance_exchange_rate.or_else(|| of_lines.next())
}
