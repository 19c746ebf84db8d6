//! When the invoice is issued, and what for.

use ksef_core::{InvoiceDate, InvoiceKind};

use super::Findings;
use super::facts::Facts;
use crate::model::SupplyDate;

/// How long before the supply an invoice may be issued, art. 106i(7) of the VAT act.
const DAYS_BEFORE_SUPPLY: i64 = 60;

/// One date for all lines, and a date of a line.
pub(super) fn two_supply_dates(facts: &Facts<'_>, findings: &mut Findings) {
    if supplied_on(facts).is_some() && facts.body.lines.iter().any(|line| line.p_6a.is_some()) {
        findings.at("Fa/P_6");
    }
}

/// A period that ends before it starts.
pub(super) fn period_order(facts: &Facts<'_>, findings: &mut Findings) {
    let supply_date = facts.body.supply_date.as_ref();
    if matches!(supply_date, Some(SupplyDate::Period(period)) if period.p_6_od > period.p_6_do) {
        findings.at("Fa/OkresFa/P_6_Do");
    }
}

/// A date of supply that is the date of issue anyway.
pub(super) fn same_supply_date(facts: &Facts<'_>, findings: &mut Findings) {
    if supplied_on(facts) == Some(facts.body.p_1) {
        findings.at("Fa/P_6");
    }
}

/// Issued after the 15th of the month that follows the supply.
pub(super) fn issued_late(facts: &Facts<'_>, findings: &mut Findings) {
    let last_day = supplied_on(facts).and_then(last_day_of_issue);
    if !facts.kind().is_correction() && last_day.is_some_and(|day| facts.body.p_1 > day) {
        findings.at("Fa/P_1");
    }
}

/// Issued more than 60 days before the supply.
pub(super) fn issued_early(facts: &Facts<'_>, findings: &mut Findings) {
    let is_early = |day| facts.body.p_1.days_until(day) > DAYS_BEFORE_SUPPLY;
    if supplied_on(facts).is_some_and(is_early) {
        findings.at("Fa/P_1");
    }
}

/// A point in time that has no zone.
pub(super) fn created_without_zone(facts: &Facts<'_>, findings: &mut Findings) {
    let text = facts.invoice.header.created_at.as_str();
    let (_, time) = text.split_once('T').unwrap_or_default();
    if !time.contains(['Z', '+', '-']) {
        findings.at("Naglowek/DataWytworzeniaFa");
    }
}

/// `P_6`, if there is one date of supply.
pub(super) const fn supplied_on(facts: &Facts<'_>) -> Option<InvoiceDate> {
    match &facts.body.supply_date {
        Some(SupplyDate::P6(day)) => Some(*day),
        Some(SupplyDate::Period(_)) | None => None,
    }
}

/// The 15th of the following month, art. 106i(1) of the VAT act.
fn last_day_of_issue(supplied_on: InvoiceDate) -> Option<InvoiceDate> {
    let (year, month) = (supplied_on.year(), supplied_on.month());
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    InvoiceDate::new(year, month, 15).ok()
}

/// The day on whose eve the exchange rate counts: that of the supply, or of an earlier invoice.
///
/// Art. 31a(1) and (2) of the VAT act.
pub(super) fn exchange_day(facts: &Facts<'_>, line: Option<InvoiceDate>) -> InvoiceDate {
    let supply = line.or_else(|| supplied_on(facts)).unwrap_or(facts.body.p_1);
    // Tax on an advance payment falls due with the payment, whenever the invoice is issued.
    if facts.kind() == InvoiceKind::Zal { supply } else { supply.min(facts.body.p_1) }
}
