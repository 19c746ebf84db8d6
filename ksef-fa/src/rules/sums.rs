//! Whether sums and rates hold.

use ksef_core::{Amount, ArithmeticError, Currency, InvoiceKind, Percent};

use super::facts::{Band, Facts};
use super::{Findings, indexed};
use crate::SchemaVersion;
use crate::model::{Line, PartialPaymentState, PaymentState, Settlement, SettlementOutcome};

/// `P_15` is not the sum of what it consists of.
pub(super) fn total(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.totals.is_empty() {
        return;
    }
    let parts = facts.totals.iter().flat_map(|total| [Some(total.net), total.tax]);
    let sum = Amount::checked_sum(parts.flatten());
    if differs(Ok(facts.body.vat_summary.p_15), sum, facts.totals.len()) {
        findings.at("Fa/P_15");
    }
}

/// `P_14` is not `P_13` times one of the rates of its band.
pub(super) fn tax(facts: &Facts<'_>, findings: &mut Findings) {
    for total in &facts.totals {
        let Some(tax) = total.tax else { continue };
        let rates = rates_of(total.band);
        let steps = lines_of(facts, total.band).max(1);
        let grosze = steps.saturating_mul(step(facts.body.currency));
        let is_off = |rate: &str| {
            let rate = rate.parse::<Percent>().map_err(|_| ArithmeticError::OutOfRange);
            differs(Ok(tax), rate.and_then(|rate| total.net.checked_tax_on_net(rate)), grosze)
        };
        if !rates.is_empty() && rates.iter().all(|rate| is_off(rate)) {
            findings.at(format_args!("Fa/P_14_{}", total.band.suffix()));
        }
    }
}

/// Art. 41, 110 and 114 of the VAT act, with the rates of 2011 and after.
const fn rates_of(band: Band) -> &'static [&'static str] {
    match band {
        Band::B1 => &["23", "22"],
        Band::B2 => &["8", "7"],
        Band::B3 => &["5"],
        Band::B4 => &["4", "3"],
        _ => &[],
    }
}

/// What tax is rounded to, in grosze: some currencies have nothing smaller than one.
const fn step(currency: Currency) -> usize {
    match currency.minor_unit_exponent() {
        Some(0) => 100,
        _ => 1,
    }
}

/// How many lines are of the band, for each of which rounding may shift the tax by one step.
fn lines_of(facts: &Facts<'_>, band: Band) -> usize {
    let lines = facts.rates.iter().filter(|(rate, _)| Band::of(**rate).contains(&band));
    lines.map(|(_, lines)| lines.count as usize).sum()
}

/// A `P_13` is not the sum of the lines of its rates.
pub(super) fn net_of_lines(facts: &Facts<'_>, findings: &mut Findings) {
    if !sums_its_lines(facts) {
        return;
    }
    let groups = match facts.invoice.version() {
        SchemaVersion::Fa2 => FA2_GROUPS,
        SchemaVersion::Fa3 => FA3_GROUPS,
    };
    for bands in groups {
        let lines = facts.rates.iter().filter(|(rate, _)| is_within(Band::of(**rate), bands));
        let of_lines = sum(lines.clone().map(|(_, lines)| lines.net));
        let totals = || facts.totals.iter().filter(|total| bands.contains(&total.band));
        let of_totals = sum(totals().map(|total| Some(total.net)));
        if differs(of_totals, of_lines, 0) {
            match (totals().next(), lines.map(|(_, lines)| lines.first).min()) {
                (Some(total), _) => findings.at(format_args!("Fa/P_13_{}", total.band.suffix())),
                (None, Some(at)) => findings.at(format_args!("Fa/FaWiersz[{}]/P_12", at + 1)),
                (None, None) => {}
            }
        }
    }
}

/// The bands that the rates of FA(3) tell apart.
const FA3_GROUPS: &[&[Band]] = &[
    &[Band::B1],
    &[Band::B2],
    &[Band::B3],
    &[Band::B4],
    &[Band::B6_1],
    &[Band::B6_2],
    &[Band::B6_3],
    &[Band::B7],
    &[Band::B8],
    &[Band::B9],
    &[Band::B10],
];

/// The bands that the rates of FA(2) tell apart, which has one `0` and one `np`.
const FA2_GROUPS: &[&[Band]] = &[
    &[Band::B1],
    &[Band::B2],
    &[Band::B3],
    &[Band::B4],
    &[Band::B6_1, Band::B6_2, Band::B6_3],
    &[Band::B7],
    &[Band::B8, Band::B9],
    &[Band::B10],
];

fn is_within(inner: &[Band], outer: &[Band]) -> bool {
    inner.iter().all(|band| outer.contains(band))
}

/// Whether the lines are all that the totals are about, each at its net value.
///
/// Settlements show the whole order, margin schemes and gross prices no net value, and a
/// correction of several invoices may have lines for none of them.
fn sums_its_lines(facts: &Facts<'_>) -> bool {
    let is_of_kind = matches!(facts.kind(), InvoiceKind::Vat | InvoiceKind::Kor);
    let correction = facts.body.correction.as_ref();
    let is_collective = correction
        .is_some_and(|correction| correction.invoices.len() > 1 || correction.period.is_some());
    let has_lines = !facts.body.lines.is_empty();
    is_of_kind && has_lines && facts.is_every_line_net && !is_collective && !facts.is_margin()
}

/// A net value is not quantity times price less rebate.
pub(super) fn line_value(facts: &Facts<'_>, findings: &mut Findings) {
    for (index, line) in indexed(&facts.body.lines) {
        if is_miscalculated(line) == Some(true) {
            findings.at(format_args!("Fa/FaWiersz[{index}]/P_11"));
        }
    }
}

/// `None` if the line does not say enough, or the numbers are beyond any invoice.
///
/// The schema leaves open whether a rebate is one of the line or of each unit.
fn is_miscalculated(line: &Line) -> Option<bool> {
    let quantity = line.p_8b?.to_decimal();
    let price = line.p_9a?.to_decimal();
    let value = line.p_11?.to_decimal();
    let rebate = line.p_10.map(|rebate| rebate.to_decimal()).unwrap_or_default();
    let grosz = Amount::from_minor_units(1, 2).ok()?.to_decimal();
    let gross = quantity.checked_mul(price)?;
    let of_line = gross.checked_sub(rebate)?;
    let of_units = gross.checked_sub(quantity.checked_mul(rebate)?)?;
    let is_off = |expected| value.checked_sub(expected).map(|off| off.abs() > grosz);
    Some(is_off(of_line)? && is_off(of_units)?)
}

/// The value of an order is not the sum of its lines with tax.
pub(super) fn order_value(facts: &Facts<'_>, findings: &mut Findings) {
    let Some(order) = &facts.body.order else { return };
    let now = || order.lines.iter().filter(|line| line.before_correction.is_none());
    if now().any(|line| line.p_11_netto_z.is_none()) {
        return;
    }
    let sum = sum(now().flat_map(|line| [line.p_11_netto_z, line.p_11_vat_z]).flatten().map(Some));
    if differs(Ok(order.value), sum, 0) {
        findings.at("Fa/Zamowienie/WartoscZamowienia");
    }
}

/// Several advance payments are not what the invoice is about, or are more than that.
pub(super) fn advances(facts: &Facts<'_>, findings: &mut Findings) {
    let body = facts.body;
    let Ok(sum) = sum(body.partial_advances.iter().map(|advance| Some(advance.p_15z))) else {
        return;
    };
    let is_wrong = match facts.kind() {
        InvoiceKind::Zal => sum != body.vat_summary.p_15,
        InvoiceKind::Roz => sum > body.vat_summary.p_15,
        _ => false,
    };
    if is_wrong && !body.partial_advances.is_empty() {
        findings.at("Fa/P_15");
    }
}

/// The sums of a settlement do not hold.
pub(super) fn settlement(facts: &Facts<'_>, findings: &mut Findings) {
    let Some(settlement) = &facts.body.settlement else { return };
    let charges = sum(settlement.charges.iter().map(|charge| Some(charge.amount)));
    let deductions = sum(settlement.deductions.iter().map(|deduction| Some(deduction.amount)));
    let stated = [
        (settlement.total_charges, charges, "SumaObciazen"),
        (settlement.total_deductions, deductions, "SumaOdliczen"),
    ];
    for (stated, sum, element) in stated {
        if stated.is_some_and(|stated| differs(Ok(stated), sum, 0)) {
            findings.at(format_args!("Fa/Rozliczenie/{element}"));
        }
    }
    if let Some(SettlementOutcome::ToPay(due)) = settlement.outcome {
        let charges = settlement.total_charges.map_or(charges, Ok);
        let deductions = settlement.total_deductions.map_or(deductions, Ok);
        let total = charges.and_then(|charges| facts.body.vat_summary.p_15.checked_add(charges));
        let expected = total.and_then(|total| total.checked_sub(deductions?));
        if differs(Ok(due), expected, 0) {
            findings.at("Fa/Rozliczenie/DoZaplaty");
        }
    }
}

/// Payments that are more than what is due, or not all of it where they are said to be.
pub(super) fn partial_payments(facts: &Facts<'_>, findings: &mut Findings) {
    let state = facts.body.payment.as_ref().and_then(|payment| payment.state.as_ref());
    let Some(PaymentState::Partial(partial)) = state else { return };
    let due = match facts.body.settlement {
        Some(Settlement { outcome: Some(SettlementOutcome::ToPay(due)), .. }) => due,
        _ => facts.body.vat_summary.p_15,
    };
    let Ok(paid) = sum(partial.payments.iter().map(|payment| Some(payment.amount))) else {
        return;
    };
    let is_in_full = partial.state == PartialPaymentState::InFull;
    let is_short = is_in_full && (paid < due || partial.payments.len() < 2);
    if paid > due || is_short {
        findings.at("Fa/Platnosc/ZnacznikZaplatyCzesciowej");
    }
}

fn sum(amounts: impl Iterator<Item = Option<Amount>>) -> Result<Amount, ArithmeticError> {
    amounts.into_iter().try_fold(Amount::ZERO, |sum, amount| {
        sum.checked_add(amount.ok_or(ArithmeticError::Overflow)?)
    })
}

/// Whether two amounts are further apart than so many grosze. What no amount holds is not judged.
fn differs(
    left: Result<Amount, ArithmeticError>,
    right: Result<Amount, ArithmeticError>,
    grosze: usize,
) -> bool {
    if left == right {
        return false;
    }
    let difference = || {
        let grosze = i128::try_from(grosze).map_err(|_| ArithmeticError::Overflow)?;
        let allowed = Amount::from_minor_units(grosze, 2)?;
        let difference = left?.checked_sub(right?)?;
        let is_beyond = difference > allowed || difference.negated() > allowed;
        Ok::<_, ArithmeticError>(is_beyond)
    };
    difference() == Ok(true)
}
