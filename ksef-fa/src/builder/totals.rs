//! The totals of an invoice by band, and what is due.

use std::collections::BTreeMap;

use ksef_core::{Amount, ArithmeticError, Quantity};

use super::Taxation;
use super::error::{BuildError, Field, Problems};
use super::line_item::two_decimals;
use super::row::{Basis, Row};
use crate::model::{
    BasicRate, FirstReducedRate, SecondReducedRate, SpecialProcedure, TaxiFlatRate, VatRate,
    VatSummary,
};

/// How the tax is computed, art. 106e of the VAT act.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the act has these three")]
pub enum TaxMethod {
    /// On the net total of each rate: net × rate.
    ///
    /// It is taken where all prices are net and no line is given with its tax.
    NetTotals,
    /// In the gross total of each rate: gross × rate ÷ (100 + rate), art. 106e(7) and (8).
    ///
    /// It is taken where all prices are gross and no line is given with its tax.
    GrossTotals,
    /// On or in each line, and the totals are sums of that, art. 106e(10).
    ///
    /// It is taken where a line is given with its tax. Every line then shows its tax.
    PerLine,
}

impl TaxMethod {
    /// The method that the lines call for, unless one was chosen; reports what does not go with
    /// it.
    pub(super) fn of(rows: &[Row], chosen: Option<Self>, problems: &mut Problems) -> Self {
        let basis = rows.iter().find(|row| row.taxation != Taxation::Margin).map(|row| row.basis);
        let method = chosen.unwrap_or_else(|| match basis {
            _ if rows.iter().any(|row| row.tax.is_some()) => Self::PerLine,
            Some(Basis::Gross) => Self::GrossTotals,
            Some(Basis::Net) | None => Self::NetTotals,
        });
        let misfit = rows.iter().find(|row| !method.takes(row));
        if let Some(row) = misfit {
            problems.push(BuildError::MethodMismatch { line: row.number() });
        }
        method
    }

    fn takes(self, row: &Row) -> bool {
        let is_margin = row.taxation == Taxation::Margin;
        match self {
            Self::NetTotals => row.tax.is_none() && (is_margin || row.basis == Basis::Net),
            Self::GrossTotals => row.tax.is_none() && (is_margin || row.basis == Basis::Gross),
            Self::PerLine => true,
        }
    }

    /// Net and tax of the lines of one rate.
    fn total(self, taxation: Taxation, rows: &[&Row]) -> Result<Total, ArithmeticError> {
        let value = Amount::checked_sum(rows.iter().map(|row| row.value))?;
        match self {
            Self::NetTotals => Ok(Total { net: value, tax: Basis::Net.tax(value, taxation)? }),
            Self::GrossTotals => {
                let tax = Basis::Gross.tax(value, taxation)?;
                Ok(Total { net: value.checked_sub(tax)?, tax })
            }
            Self::PerLine => rows.iter().try_fold(Total::NONE, |total, row| {
                let tax = row.line_tax()?;
                let net = match row.basis {
                    Basis::Net => row.value,
                    Basis::Gross => row.value.checked_sub(tax)?,
                };
                total.plus(Total { net, tax })
            }),
        }
    }
}

/// What is net and what is tax.
#[derive(Clone, Copy)]
struct Total {
    net: Amount,
    tax: Amount,
}

impl Total {
    const NONE: Self = Self { net: Amount::ZERO, tax: Amount::ZERO };

    fn plus(self, other: Self) -> Result<Self, ArithmeticError> {
        let net = two_decimals(self.net.checked_add(other.net)?)?;
        Ok(Self { net, tax: two_decimals(self.tax.checked_add(other.tax)?)? })
    }

    fn negated(self) -> Self {
        Self { net: self.net.negated(), tax: self.tax.negated() }
    }
}

/// The totals of the invoice that rates share.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Band {
    Basic,
    FirstReduced,
    SecondReduced,
    Taxi,
    SpecialProcedure,
    ZeroKr,
    ZeroWdt,
    ZeroEx,
    Exempt,
    NpI,
    NpII,
    ReverseCharge,
    Margin,
}

impl Band {
    /// `None` for the rates of FA(2) that belong to several.
    const fn of(taxation: Taxation) -> Option<Self> {
        let rate = match taxation {
            Taxation::Margin => return Some(Self::Margin),
            Taxation::SpecialProcedure(_) => return Some(Self::SpecialProcedure),
            Taxation::Rate(rate) => rate,
        };
        match rate {
            VatRate::Rate23 | VatRate::Rate22 => Some(Self::Basic),
            VatRate::Rate8 | VatRate::Rate7 => Some(Self::FirstReduced),
            VatRate::Rate5 => Some(Self::SecondReduced),
            VatRate::Rate4 | VatRate::Rate3 => Some(Self::Taxi),
            VatRate::ZeroKr => Some(Self::ZeroKr),
            VatRate::ZeroWdt => Some(Self::ZeroWdt),
            VatRate::ZeroEx => Some(Self::ZeroEx),
            VatRate::Zw => Some(Self::Exempt),
            VatRate::NpI => Some(Self::NpI),
            VatRate::NpII => Some(Self::NpII),
            VatRate::Oo => Some(Self::ReverseCharge),
            VatRate::Zero | VatRate::Np => None,
        }
    }
}

/// The totals of an invoice.
pub(super) struct Totals {
    bands: BTreeMap<Band, Total>,
    pub(super) due: Amount,
}

impl Totals {
    /// Sums of the lines; states before a correction are taken off.
    ///
    /// The tax is that of each rate after the correction, less that of each rate before it.
    pub(super) fn of(rows: &[Row], method: TaxMethod) -> Result<Self, ArithmeticError> {
        let mut bands = BTreeMap::new();
        let mut due = Amount::ZERO;
        for is_before in [false, true] {
            for (taxation, rows) in by_taxation(rows, is_before) {
                let Some(band) = Band::of(taxation) else { continue };
                let total = method.total(taxation, &rows)?;
                let total = if is_before { total.negated() } else { total };
                let sum = bands.get(&band).copied().unwrap_or(Total::NONE).plus(total)?;
                bands.insert(band, sum);
                due = due.checked_add(total.net)?.checked_add(total.tax)?;
            }
        }
        Ok(Self { bands, due: two_decimals(due)? })
    }

    /// Whether there is Polish tax, which has to be converted to PLN.
    pub(super) fn has_tax(&self) -> bool {
        self.bands
            .iter()
            .any(|(band, total)| *band < Band::SpecialProcedure && !total.tax.is_zero())
    }

    /// As the invoice shows them; tax is converted once per band.
    pub(super) fn summary(
        &self,
        exchange_rate: Option<Quantity>,
        problems: &mut Problems,
    ) -> Option<VatSummary> {
        let mut summary = VatSummary::new(self.due);
        for (band, Total { net, tax }) in &self.bands {
            let in_pln = exchange_rate.map(|rate| tax.checked_convert(rate)).transpose();
            let in_pln = problems.compute(in_pln, Field::Totals, None)?;
            set_band(&mut summary, *band, (*net, *tax, in_pln));
        }
        Some(summary)
    }
}

fn set_band(
    summary: &mut VatSummary,
    band: Band,
    (net, tax, in_pln): (Amount, Amount, Option<Amount>),
) {
    match band {
        Band::Basic => {
            let total = BasicRate::new(net, tax);
            summary.basic = Some(BasicRate { p_14_1w: in_pln, ..total });
        }
        Band::FirstReduced => {
            let total = FirstReducedRate::new(net, tax);
            summary.first_reduced = Some(FirstReducedRate { p_14_2w: in_pln, ..total });
        }
        Band::SecondReduced => {
            let total = SecondReducedRate::new(net, tax);
            summary.second_reduced = Some(SecondReducedRate { p_14_3w: in_pln, ..total });
        }
        Band::Taxi => {
            let total = TaxiFlatRate::new(net, tax);
            summary.taxi = Some(TaxiFlatRate { p_14_4w: in_pln, ..total });
        }
        Band::SpecialProcedure => {
            summary.special_procedure = Some(SpecialProcedure::new(net).p_14_5(tax));
        }
        Band::ZeroKr => summary.p_13_6_1 = Some(net),
        Band::ZeroWdt => summary.p_13_6_2 = Some(net),
        Band::ZeroEx => summary.p_13_6_3 = Some(net),
        Band::Exempt => summary.p_13_7 = Some(net),
        Band::NpI => summary.p_13_8 = Some(net),
        Band::NpII => summary.p_13_9 = Some(net),
        Band::ReverseCharge => summary.p_13_10 = Some(net),
        Band::Margin => summary.p_13_11 = Some(net),
    }
}

fn by_taxation(rows: &[Row], is_before: bool) -> BTreeMap<Taxation, Vec<&Row>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_before == is_before) {
        groups.entry(row.taxation).or_default().push(row);
    }
    groups
}
