//! What has to be said about an invoice, as far as it follows from the rest.

use ksef_core::{Amount, Currency, Quantity};

use super::Taxation;
use super::error::{Field, Problems};
use super::party::BuyerKind;
use crate::model::{
    Annotations, Exempted, Exemption, ExemptionBasis, LineNumber, MarginKind, MarginProcedure,
    MarginScheme, NewMeansOfTransport, NewVehicles, VatRate, YesNo,
};

/// What the caller says about the invoice.
#[derive(Clone, Debug, Default)]
pub(super) struct Statements {
    pub(super) is_cash_accounting: bool,
    pub(super) is_self_billing: bool,
    pub(super) is_triangular: bool,
    pub(super) reverse_charge: Option<bool>,
    pub(super) split_payment: Option<bool>,
    pub(super) exemption: Option<ExemptionBasis>,
    pub(super) margin: Option<MarginKind>,
    pub(super) new_vehicles: Option<NewVehicles>,
}

/// What a line is about.
pub(super) struct Subject {
    pub(super) number: LineNumber,
    pub(super) is_before: bool,
    pub(super) taxation: Taxation,
    pub(super) is_of_annex_15: bool,
    pub(super) is_dated: bool,
}

/// What is due.
#[derive(Clone, Copy)]
pub(super) enum Due {
    /// So much, in PLN.
    InPln(Amount),
    /// Something, in a currency without an exchange rate.
    Elsewhere,
    /// Something else is wrong.
    Unknown,
}

impl Due {
    pub(super) fn of(due: Amount, currency: Option<Currency>, rate: Option<Quantity>) -> Self {
        match (currency, rate) {
            (None, _) => Self::Unknown,
            (Some(Currency::Pln), _) => Self::InPln(due),
            (Some(_), Some(rate)) => due.checked_convert(rate).map_or(Self::Unknown, Self::InPln),
            (Some(_), None) => Self::Elsewhere,
        }
    }
}

/// What the rest of the invoice says.
pub(super) struct Facts {
    pub(super) subjects: Vec<Subject>,
    /// `None` where there is no buyer, which is reported elsewhere.
    pub(super) buyer: Option<BuyerKind>,
    pub(super) is_correction: bool,
    pub(super) due: Due,
}

impl Facts {
    fn first(&self, is_wanted: impl Fn(Taxation) -> bool) -> Option<LineNumber> {
        let subject = self.subjects.iter().find(|subject| is_wanted(subject.taxation));
        subject.map(|subject| subject.number)
    }

    fn first_at(&self, rates: &[VatRate]) -> Option<LineNumber> {
        let is_wanted =
            |taxation| matches!(taxation, Taxation::Rate(rate) if rates.contains(&rate));
        self.first(is_wanted)
    }

    /// Whether the number of the seller needs its prefix, art. 97(10)(2) and (3) of the VAT act.
    pub(super) fn needs_prefix(&self) -> bool {
        self.first_at(&[VatRate::ZeroWdt, VatRate::NpII]).is_some()
    }

    /// Without lines, what they would call for is not known.
    const fn has_no_lines(&self) -> bool {
        self.subjects.is_empty()
    }
}

impl Statements {
    pub(super) fn into_annotations(self, facts: &Facts, problems: &mut Problems) -> Annotations {
        let mut annotations = Annotations::none();
        annotations.p_16 = YesNo::from(self.is_cash_accounting).into();
        annotations.p_17 = YesNo::from(self.is_self_billing).into();
        annotations.p_18 = YesNo::from(reverse_charge(self.reverse_charge, facts, problems)).into();
        annotations.p_18a = YesNo::from(split_payment(self.split_payment, facts, problems)).into();
        annotations.p_23 = YesNo::from(self.is_triangular).into();
        if let Some(basis) = exemption(self.exemption, facts, problems) {
            annotations.exemption = Exemption::Exempt(Exempted::new(basis));
        }
        if let Some(vehicles) = self.new_vehicles {
            annotations.new_means_of_transport = NewMeansOfTransport::Supplied(vehicles);
        }
        if let Some(kind) = margin(self.margin, facts, problems) {
            annotations.margin = MarginScheme::Used(MarginProcedure::new(kind));
        }
        annotations
    }
}

/// `P_18`: yes for domestic reverse charge and services of art. 100(1)(4), no where there is
/// nothing like that. In between, only the caller knows who owes the tax abroad.
fn reverse_charge(given: Option<bool>, facts: &Facts, problems: &mut Problems) -> bool {
    let certain = facts.first_at(&[VatRate::Oo, VatRate::NpII]);
    let possible = facts.first_at(&[VatRate::NpI]);
    match (given, certain, possible) {
        (Some(false), Some(_), _) => problems.unexpected(Field::ReverseCharge, certain),
        (Some(true), None, None) if !facts.has_no_lines() => {
            problems.unexpected(Field::ReverseCharge, None);
        }
        (None, None, Some(_)) if facts.buyer != Some(BuyerKind::Consumer) => {
            problems.missing(Field::ReverseCharge, possible);
        }
        _ => {}
    }
    given.unwrap_or_else(|| certain.is_some())
}

/// `P_18A`: yes from more than 15 000 PLN on, if there is something of annex 15 on the invoice and
/// the buyer is a taxpayer (art. 106e(1)(18a) of the VAT act).
fn split_payment(given: Option<bool>, facts: &Facts, problems: &mut Problems) -> bool {
    let listed = facts.subjects.iter().find(|subject| subject.is_of_annex_15);
    let listed = listed.map(|subject| subject.number);
    let derived = match (listed, facts.buyer, facts.due) {
        (None, ..) | (_, None | Some(BuyerKind::Consumer), _) | (_, _, Due::Unknown) => Some(false),
        // The limit is about the corrected invoice, and which foreign buyers are taxpayers in
        // this sense is not known.
        _ if facts.is_correction => None,
        (_, Some(BuyerKind::Foreign), _) | (.., Due::Elsewhere) => None,
        (_, Some(BuyerKind::Polish), Due::InPln(due)) => is_above_limit(due),
    };
    match (given, derived) {
        (None, None) => problems.missing(Field::SplitPayment, listed),
        (Some(false), Some(true)) => problems.unexpected(Field::SplitPayment, listed),
        _ => {}
    }
    given.or(derived).unwrap_or(false)
}

/// Whether it is more than 15 000 PLN, art. 19(2) of the entrepreneurs' act.
fn is_above_limit(due_in_pln: Amount) -> Option<bool> {
    Amount::from_minor_units(15_000, 0).ok().map(|limit| due_in_pln > limit)
}

fn exemption(
    given: Option<ExemptionBasis>,
    facts: &Facts,
    problems: &mut Problems,
) -> Option<ExemptionBasis> {
    let exempt = facts.first_at(&[VatRate::Zw]);
    match (&given, exempt) {
        (None, Some(_)) => problems.missing(Field::ExemptionBasis, exempt),
        (Some(_), None) if !facts.has_no_lines() => {
            problems.unexpected(Field::ExemptionBasis, None);
        }
        _ => {}
    }
    given
}

fn margin(given: Option<MarginKind>, facts: &Facts, problems: &mut Problems) -> Option<MarginKind> {
    let margin = facts.first(|taxation| taxation == Taxation::Margin);
    match (&given, margin) {
        (None, Some(_)) => problems.missing(Field::MarginKind, margin),
        (Some(_), None) if !facts.has_no_lines() => problems.unexpected(Field::MarginKind, None),
        _ => {}
    }
    given
}
