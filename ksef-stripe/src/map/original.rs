//! The invoice that a credit note corrects, as it was filed.

use std::collections::BTreeSet;

use ksef_core::{Amount, ArithmeticError, Quantity};
use ksef_fa::builder::Taxation;
use ksef_fa::model::{Exemption, ExemptionBasis, Line, VatSummary, YesNo};
use rust_decimal::Decimal;

use crate::context::FiledOriginal;

impl FiledOriginal {
    /// How the line with this identifier was taxed, and the line itself.
    pub(super) fn line(&self, id: &str) -> Option<&Line> {
        let mut lines = self.invoice.body.lines.iter();
        lines.find(|line| line.uu_id.as_ref().is_some_and(|uu_id| uu_id.as_str() == id))
    }

    /// How its lines were taxed.
    pub(super) fn taxations(&self) -> BTreeSet<Taxation> {
        self.invoice.body.lines.iter().map(taxation).collect()
    }

    /// The one way in which all of its lines were taxed.
    pub(super) fn single_taxation(&self) -> Option<Taxation> {
        let taxations = self.taxations();
        let mut taxations = taxations.into_iter();
        taxations.next().filter(|_| taxations.next().is_none())
    }

    /// The one exchange rate of all of its lines.
    pub(super) fn exchange_rate(&self) -> Option<Quantity> {
        let mut rates = self.invoice.body.lines.iter().map(|line| line.exchange_rate);
        let first = rates.next()??;
        rates.all(|rate| rate == Some(first)).then_some(first)
    }

    pub(super) fn is_reverse_charge(&self) -> bool {
        self.invoice.body.annotations.p_18 == YesNo::Yes
    }

    pub(super) fn exemption(&self) -> Option<ExemptionBasis> {
        match &self.invoice.body.annotations.exemption {
            Exemption::Exempt(exempted) => Some(exempted.basis.clone()),
            _ => None,
        }
    }

    /// Whether no total is below zero once this correction is counted too.
    pub(super) fn covers(&self, correction: &VatSummary) -> bool {
        let all = || [&self.invoice.body.vat_summary].into_iter().chain(&self.corrections);
        let is_covered = |band: usize| {
            let summaries = all().chain([correction]);
            let amounts =
                summaries.filter_map(|summary| bands(summary).into_iter().nth(band).flatten());
            let (nets, taxes): (Vec<_>, Vec<_>) = amounts.unzip();
            is_positive(Amount::checked_sum(nets)) && is_positive(Amount::checked_sum(taxes))
        };
        (0..BANDS).all(is_covered)
    }
}

fn is_positive(sum: Result<Amount, ArithmeticError>) -> bool {
    sum.is_ok_and(|sum| sum.is_zero() || !sum.is_negative())
}

/// How a line was taxed.
pub(super) fn taxation(line: &Line) -> Taxation {
    match (line.p_12, &line.p_12_xii) {
        (Some(rate), _) => Taxation::Rate(rate),
        (None, Some(percent)) => Taxation::SpecialProcedure(percent.value()),
        (None, None) => Taxation::Margin,
    }
}

/// The percentage, where there is tax.
pub(super) fn percent(taxation: Taxation) -> Option<Decimal> {
    match taxation {
        Taxation::Rate(rate) => rate.as_str().parse().ok(),
        Taxation::SpecialProcedure(percent) => Some(percent.to_decimal()),
        _ => None,
    }
}

/// The totals of an invoice.
const BANDS: usize = 13;

/// Net and tax of each total.
fn bands(summary: &VatSummary) -> [Option<(Amount, Amount)>; BANDS] {
    let free = |net: Option<Amount>| net.map(|net| (net, Amount::ZERO));
    [
        summary.basic.as_ref().map(|total| (total.p_13_1, total.p_14_1)),
        summary.first_reduced.as_ref().map(|total| (total.p_13_2, total.p_14_2)),
        summary.second_reduced.as_ref().map(|total| (total.p_13_3, total.p_14_3)),
        summary.taxi.as_ref().map(|total| (total.p_13_4, total.p_14_4)),
        summary
            .special_procedure
            .as_ref()
            .map(|total| (total.p_13_5, total.p_14_5.unwrap_or(Amount::ZERO))),
        free(summary.p_13_6_1),
        free(summary.p_13_6_2),
        free(summary.p_13_6_3),
        free(summary.p_13_7),
        free(summary.p_13_8),
        free(summary.p_13_9),
        free(summary.p_13_10),
        free(summary.p_13_11),
    ]
}
