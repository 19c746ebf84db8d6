//! What is sold, or credited.

use rust_decimal::Decimal;

use super::{RateReference, Tax};

/// A line of an invoice or of a credit note.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Line {
    /// The identifier, `il_…` or `cnli_…`.
    pub id: String,
    /// What it is.
    pub description: Option<String>,
    /// The value before discounts: without a tax that is added, with one that is included.
    pub amount: Option<i64>,
    /// How many.
    pub quantity: Option<Decimal>,
    /// The price of one, in minor units with decimals.
    pub unit_amount: Option<Decimal>,
    /// The discounts of this line, its share of those of the invoice among them.
    pub discounts: Vec<i64>,
    /// The same discounts, and billing credits.
    pub pretax_credits: Vec<PretaxCredit>,
    /// The product.
    pub product: Option<String>,
    /// When it is supplied.
    pub period: Option<Period>,
    /// Whether it accounts for a change within a period that was invoiced before.
    pub is_proration: bool,
    /// The taxes; `None` where the object does not have them.
    pub taxes: Option<Vec<Tax>>,
    /// The rates that were put on the line by hand.
    pub tax_rates: Vec<RateReference>,
    /// Of a credit note: the line of the invoice.
    pub original_line: Option<String>,
}

/// When something is supplied.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Period {
    /// The first second.
    pub start: i64,
    /// The second after the last, or the first one again where it is a moment.
    pub end: i64,
}

/// What is taken off before tax.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct PretaxCredit {
    /// How much.
    pub amount: i64,
    /// `discount` or `credit_balance_transaction`.
    pub kind: String,
}

/// What shipping costs.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Shipping {
    /// Before tax.
    pub subtotal: i64,
    /// The tax.
    pub tax: i64,
    /// With tax.
    pub total: i64,
    /// The tax by rate; `None` where it is not expanded.
    pub taxes: Option<Vec<Tax>>,
}
