//! What has to be said about an invoice, and what follows from its lines.

use ksef_core::{Amount, Quantity};

use super::currency::stated_rate;
use super::facts::{Band, Facts};
use super::{Findings, indexed};
use crate::model::{EuCountryCode, NewMeansOfTransport, PartyIdentity, VatRate, YesNo};

/// Something exempt that is not said to be, or the other way round.
pub(super) fn exemption(facts: &Facts<'_>, findings: &mut Findings) {
    let has_line = facts.has_rate(&[VatRate::Zw]);
    let is_wrong = if facts.is_exempt() {
        !has_line && facts.total(Band::B7).is_none()
    } else {
        has_line || facts.has_amount(Band::B7)
    };
    if is_wrong {
        findings.at("Fa/Adnotacje/Zwolnienie");
    }
}

/// A reverse charge that is not said to be one, has tax, or is said without a line of it.
pub(super) fn reverse_charge(facts: &Facts<'_>, findings: &mut Findings) {
    let is_domestic = facts.has_rate(&[VatRate::Oo]) || facts.has_amount(Band::B10);
    let abroad = [VatRate::Np, VatRate::NpI, VatRate::NpII];
    let has_total = |band| facts.total(band).is_some();
    let is_any = is_domestic
        || facts.has_rate(&abroad)
        || [Band::B8, Band::B9, Band::B10].into_iter().any(has_total);
    let is_said = facts.is_reverse_charge();
    if is_domestic && !is_said || is_said && !is_any {
        findings.at("Fa/Adnotacje/P_18");
    }
    for (index, line) in indexed(&facts.body.lines) {
        let has_tax = line.p_11_vat.is_some_and(|tax| !tax.is_zero());
        if line.p_12 == Some(VatRate::Oo) && has_tax {
            findings.at(format_args!("Fa/FaWiersz[{index}]/P_11Vat"));
        }
    }
}

/// Services that are taxed where the buyer is, without the reverse charge.
pub(super) fn services_abroad(facts: &Facts<'_>, findings: &mut Findings) {
    let is_service = facts.has_rate(&[VatRate::NpII]) || facts.has_amount(Band::B9);
    if is_service && !facts.is_reverse_charge() {
        findings.at("Fa/Adnotacje/P_18");
    }
}

/// The domestic reverse charge with a buyer from abroad.
pub(super) fn foreign_reverse_charge(facts: &Facts<'_>, findings: &mut Findings) {
    let is_foreign = match facts.buyer() {
        PartyIdentity::EuVat(vat) => vat.country != EuCountryCode::Pl,
        PartyIdentity::Other(other) => {
            other.country.is_some_and(|country| country.as_str() != "PL")
        }
        PartyIdentity::Nip(_) | PartyIdentity::Absent(_) => false,
    };
    if is_foreign && (facts.has_rate(&[VatRate::Oo]) || facts.has_amount(Band::B10)) {
        findings.at("Podmiot2/DaneIdentyfikacyjne");
    }
}

/// Payment that has to be split and is not said to be.
pub(super) fn split_payment(facts: &Facts<'_>, findings: &mut Findings) {
    let is_said = facts.body.annotations.p_18a == YesNo::Yes;
    let is_taxpayer = matches!(facts.buyer(), PartyIdentity::Nip(_));
    if !is_said && is_taxpayer && has_annex_15(facts) && is_over_limit(facts) == Some(true) {
        findings.at("Fa/Adnotacje/P_18A");
    }
}

/// Split payment that is said to be due, without a line that is marked so.
pub(super) fn needless_split_payment(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.body.annotations.p_18a == YesNo::Yes && !has_annex_15(facts) {
        findings.at("Fa/Adnotacje/P_18A");
    }
}

fn has_annex_15(facts: &Facts<'_>) -> bool {
    let mut order = facts.body.order.iter().flat_map(|order| &order.lines);
    facts.body.lines.iter().any(|line| line.p_12_zal_15.is_some())
        || order.any(|line| line.p_12z_zal_15.is_some())
}

/// Whether the invoice is over 15 000 PLN, art. 106e(1)(18a) of the VAT act; `None` where it is in
/// another currency and does not say at which rate.
fn is_over_limit(facts: &Facts<'_>) -> Option<bool> {
    let rate = if facts.is_in_pln() { Quantity::ONE } else { stated_rate(facts)? };
    let total = facts.body.vat_summary.p_15.to_decimal();
    let limit = Amount::from_minor_units(15_000, 0).ok()?.to_decimal();
    Some(total.checked_mul(rate.to_decimal())? > limit)
}

/// A margin scheme without its total, or the other way round.
pub(super) fn margin(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.is_margin() && facts.total(Band::B11).is_none() {
        findings.at("Fa/Adnotacje/PMarzy/P_PMarzy");
    }
    if !facts.is_margin() && facts.has_amount(Band::B11) {
        findings.at("Fa/P_13_11");
    }
}

/// New means of transport that do not go to another member state.
pub(super) fn new_means_of_transport(facts: &Facts<'_>, findings: &mut Findings) {
    let annotation = &facts.body.annotations.new_means_of_transport;
    let is_supplied = matches!(annotation, NewMeansOfTransport::Supplied(_));
    let is_polish = matches!(facts.buyer(), PartyIdentity::Nip(_));
    if is_supplied && (is_polish || !facts.is_intra_community_supply()) {
        findings.at("Fa/Adnotacje/NoweSrodkiTransportu/P_22");
    }
}

/// The special procedure on a line and not in the totals, or the other way round.
pub(super) fn special_procedure(facts: &Facts<'_>, findings: &mut Findings) {
    let body = facts.body;
    let line = indexed(&body.lines).find(|(_, line)| line.p_12_xii.is_some());
    let order = body.order.as_ref().map_or(&[][..], |order| &order.lines);
    let order_line = indexed(order).find(|(_, line)| line.p_12z_xii.is_some());
    let has_lines = !body.lines.is_empty() || !order.is_empty();
    match (line, order_line) {
        (None, None) if has_lines && facts.has_amount(Band::B5) => findings.at("Fa/P_13_5"),
        (None, None) => {}
        _ if facts.total(Band::B5).is_some() => {}
        (Some((index, _)), _) => findings.at(format_args!("Fa/FaWiersz[{index}]/P_12_XII")),
        (None, Some((index, _))) => {
            findings.at(format_args!("Fa/Zamowienie/ZamowienieWiersz[{index}]/P_12Z_XII"));
        }
    }
}
