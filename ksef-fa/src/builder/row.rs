//! `Row`, a line of the invoice whose value is known.

use ksef_core::{Amount, ArithmeticError};

use super::Taxation;
use super::error::Field;
use super::line_item::Info;
use crate::model::{Line, LineNumber};

/// Whether a price and the value that follows from it are net or gross.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Basis {
    Net,
    Gross,
}

impl Basis {
    pub(super) const fn price_field(self) -> Field {
        match self {
            Self::Net => Field::NetPrice,
            Self::Gross => Field::GrossPrice,
        }
    }

    pub(super) const fn value_field(self) -> Field {
        match self {
            Self::Net => Field::NetValue,
            Self::Gross => Field::GrossValue,
        }
    }

    /// The tax on or in this value, rounded once.
    pub(super) fn tax(self, value: Amount, taxation: Taxation) -> Result<Amount, ArithmeticError> {
        match (self, taxation.percent()) {
            (_, None) => Ok(Amount::ZERO),
            (Self::Net, Some(rate)) => value.checked_tax_on_net(rate),
            (Self::Gross, Some(rate)) => value.checked_tax_in_gross(rate),
        }
    }
}

/// A line of the invoice, before it shows its tax and the exchange rate.
pub(super) struct Row {
    pub(super) line: Line,
    pub(super) is_before: bool,
    pub(super) taxation: Taxation,
    pub(super) basis: Basis,
    pub(super) value: Amount,
    pub(super) tax: Option<Amount>,
    pub(super) has_rate: bool,
    pub(super) infos: Vec<Info>,
}

impl Row {
    pub(super) const fn number(&self) -> LineNumber {
        self.line.number.value()
    }

    /// The tax of this line alone.
    pub(super) fn line_tax(&self) -> Result<Amount, ArithmeticError> {
        self.tax.map_or_else(|| self.basis.tax(self.value, self.taxation), Ok)
    }
}
