//! What each kind of invoice needs.

use std::cell::LazyCell;
use std::collections::HashSet;

use ksef_core::{Amount, Currency, InvoiceKind, ParseErrorReason};

use super::facts::{Band, Facts};
use super::{Findings, indexed};
use crate::model::{
    AdvanceInvoice, CorrectedInvoiceOrigin, NewMeansOfTransport, ReferencedKsefNumber,
};

/// The kind of an invoice, which is where a rule about the kind reports.
const KIND: &str = "Fa/RodzajFaktury";

/// A correction of nothing, or something corrected that is no correction.
pub(super) fn corrected_invoice(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.kind().is_correction() != facts.body.correction.is_some() {
        findings.at(KIND);
    }
}

/// A correction of advance payments without the amount before it.
pub(super) fn amount_before(facts: &Facts<'_>, findings: &mut Findings) {
    let is_needed = matches!(facts.kind(), InvoiceKind::KorZal | InvoiceKind::KorRoz);
    let correction = facts.body.correction.as_ref();
    if is_needed && correction.is_none_or(|correction| correction.before.is_none()) {
        findings.at(KIND);
    }
}

/// An invoice for an advance payment without an order. Lines are unusual there, and allowed.
pub(super) fn advance_order(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.kind() == InvoiceKind::Zal && facts.body.order.is_none() {
        findings.at(KIND);
    }
}

/// A settlement of no advance payment.
pub(super) fn settled_advances(facts: &Facts<'_>, findings: &mut Findings) {
    let body = facts.body;
    let is_empty = body.advance_invoices.is_empty() && body.partial_advances.is_empty();
    if facts.kind() == InvoiceKind::Roz && is_empty {
        findings.at(KIND);
    }
}

/// An invoice without lines.
pub(super) fn lines(facts: &Facts<'_>, findings: &mut Findings) {
    let needs_lines =
        matches!(facts.kind(), InvoiceKind::Vat | InvoiceKind::Upr | InvoiceKind::Roz);
    if needs_lines && facts.body.lines.is_empty() {
        findings.at(KIND);
    }
}

/// A line of the state before a correction that there is not.
pub(super) fn state_before(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.kind().is_correction() {
        return;
    }
    let lines = indexed(&facts.body.lines);
    for (index, _) in lines.filter(|(_, line)| line.before_correction.is_some()) {
        findings.at(format_args!("Fa/FaWiersz[{index}]/StanPrzed"));
    }
    let lines = indexed(facts.body.order.as_ref().map_or(&[][..], |order| &order.lines));
    for (index, _) in lines.filter(|(_, line)| line.before_correction.is_some()) {
        findings.at(format_args!("Fa/Zamowienie/ZamowienieWiersz[{index}]/StanPrzedZ"));
    }
}

/// A number that two lines have, those before and after a correction counted apart.
pub(super) fn line_numbers(facts: &Facts<'_>, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for (index, line) in indexed(&facts.body.lines) {
        if !seen.insert((line.before_correction.is_some(), line.number.value())) {
            findings.at(format_args!("Fa/FaWiersz[{index}]/NrWierszaFa"));
        }
    }
}

/// A number of a line that there is not.
pub(super) fn line_references(facts: &Facts<'_>, findings: &mut Findings) {
    let body = facts.body;
    let numbers = LazyCell::new(|| {
        let lines = body.lines.iter().map(|line| line.number.value());
        let order = body.order.iter().flat_map(|order| &order.lines);
        lines.chain(order.map(|line| line.number.value())).collect::<HashSet<_>>()
    });
    if let NewMeansOfTransport::Supplied(supplied) = &body.annotations.new_means_of_transport {
        for (index, vehicle) in indexed(&supplied.vehicles) {
            if !numbers.contains(&vehicle.line_number.value()) {
                findings.at(format_args!(
                    "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu[{index}]/P_NrWierszaNST"
                ));
            }
        }
    }
    for (index, info) in indexed(&body.additional_info) {
        if info.line_number.as_ref().is_some_and(|number| !numbers.contains(&number.value())) {
            findings.at(format_args!("Fa/DodatkowyOpis[{index}]/NrWiersza"));
        }
    }
}

/// Something negative that is no correction.
pub(super) fn negative(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.kind().is_correction() {
        return;
    }
    if facts.body.vat_summary.p_15.is_negative() {
        findings.at("Fa/P_15");
    }
    for (index, line) in indexed(&facts.body.lines) {
        if line.p_8b.is_some_and(|quantity| quantity.is_negative()) {
            findings.at(format_args!("Fa/FaWiersz[{index}]/P_8B"));
        }
    }
}

/// A KSeF number that KSeF cannot have given.
pub(super) fn ksef_numbers(facts: &Facts<'_>, findings: &mut Findings) {
    let is_wrong = |number: &ReferencedKsefNumber| {
        let number = number.to_ksef_number();
        number.is_err_and(|error| error.reason() == ParseErrorReason::CheckDigit)
    };
    let corrected = facts.body.correction.as_ref().map_or(&[][..], |found| &found.invoices);
    for (index, invoice) in indexed(corrected) {
        if matches!(&invoice.origin, CorrectedInvoiceOrigin::InKsef(it) if is_wrong(&it.number)) {
            findings.at(format_args!("Fa/DaneFaKorygowanej[{index}]/NrKSeFFaKorygowanej"));
        }
    }
    for (index, advance) in indexed(&facts.body.advance_invoices) {
        if matches!(advance, AdvanceInvoice::InKsef(number) if is_wrong(number)) {
            findings.at(format_args!("Fa/FakturaZaliczkowa[{index}]/NrKSeFFaZaliczkowej"));
        }
    }
}

/// A simplified invoice for too much, or for a supply that needs a full one.
pub(super) fn simplified(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.kind() != InvoiceKind::Upr {
        return;
    }
    if facts.is_intra_community_supply() || facts.has_amount(Band::B5) {
        findings.at(KIND);
    }
    // Art. 106e(5)(3) of the VAT act: 450 PLN or 100 EUR.
    let limit = match facts.body.currency {
        Currency::Pln => 450_i128,
        Currency::Eur => 100,
        _ => return,
    };
    let limit = Amount::from_minor_units(limit, 0);
    if limit.is_ok_and(|limit| facts.body.vat_summary.p_15 > limit) {
        findings.at("Fa/P_15");
    }
}
