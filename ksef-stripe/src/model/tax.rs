//! What is taxed, and how.

use rust_decimal::Decimal;

/// A tax on a line, or the sum of one rate.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Tax {
    /// How much.
    pub amount: i64,
    /// Whether it is within the price.
    pub is_inclusive: bool,
    /// What it is computed on. It is 0 where nothing is taxed, so it is no net value.
    pub taxable_amount: Option<i64>,
    /// Why it is so: `standard_rated`, `reverse_charge` and the like.
    pub reason: Option<String>,
    /// The rate.
    pub rate: Option<RateReference>,
}

/// A tax rate by its identifier, and the rate itself where it is expanded.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RateReference {
    /// The identifier, `txr_…`.
    pub id: String,
    /// The rate.
    pub rate: Option<TaxRate>,
}

/// A tax rate.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TaxRate {
    /// The identifier, `txr_…`.
    pub id: String,
    /// The percentage.
    pub percentage: Option<Decimal>,
    /// The percentage that Stripe Tax charges, where that is another one.
    pub effective_percentage: Option<Decimal>,
    /// The country whose tax it is, two letters.
    pub country: Option<String>,
}

impl TaxRate {
    /// The percentage that is charged.
    #[must_use]
    pub fn percent(&self) -> Option<Decimal> {
        self.effective_percentage.or(self.percentage)
    }
}
