//! Stripe's objects, as far as they matter here: one model for both shapes of the API.
//!
//! Amounts are whole numbers in the currency's minor unit, as Stripe has them; quantities, prices
//! and percentages are exact decimals; times are Unix seconds, where 0 is none. Codes of open
//! lists (statuses, reasons, types of identifiers) are text. Empty text counts as absent.
//!
//! The structures are `Default` and all their fields are public, so that they can be made by hand:
//!
//! ```
//! use ksef_stripe::model::{Invoice, Line};
//!
//! let mut line = Line::default();
//! line.amount = Some(10_000);
//! let mut invoice = Invoice::default();
//! invoice.number = Some("FV-0001".to_owned());
//! invoice.lines = Some(vec![line]);
//! ```

mod line;
mod party;
mod payment;
mod tax;

use std::collections::BTreeMap;

use ksef_core::Sha256Digest;

pub use line::{Line, Period, PretaxCredit, Shipping};
pub use party::{Address, Customer, TaxId};
pub use payment::Payment;
pub use tax::{RateReference, Tax, TaxRate};

/// The shape of the API that an object is in. It decides where in the object things stand.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// Before `2025-03-31.basil`: `tax_amounts`, `price`, `total_tax_amounts`.
    PreBasil,
    /// Since `2025-03-31.basil`: `taxes`, `pricing`, `total_taxes`.
    #[default]
    Basil,
}

impl Shape {
    /// A stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreBasil => "pre-basil",
            Self::Basil => "basil",
        }
    }

    /// The name of the field with the taxes of a line.
    pub(crate) const fn taxes(self) -> &'static str {
        match self {
            Self::PreBasil => "tax_amounts",
            Self::Basil => "taxes",
        }
    }
}

/// An invoice.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Invoice {
    /// The identifier, `in_…`.
    pub id: String,
    /// The hash of the bytes that it was read from.
    pub source: Option<Sha256Digest>,
    /// The shape that it was read in.
    pub shape: Shape,
    /// JSON pointers to fields of one shape that contradict those of the other.
    pub contradictions: Vec<String>,
    /// Whether it is real, and not of the test mode.
    pub livemode: Option<bool>,
    /// `draft`, `open`, `paid`, `uncollectible` or `void`.
    pub status: Option<String>,
    /// The number.
    pub number: Option<String>,
    /// The currency, in lower case.
    pub currency: Option<String>,
    /// The date that the invoice bears, where it was set.
    pub effective_at: Option<i64>,
    /// When it was finalised.
    pub finalized_at: Option<i64>,
    /// When it was paid.
    pub paid_at: Option<i64>,
    /// When it is due.
    pub due_date: Option<i64>,
    /// `charge_automatically` or `send_invoice`.
    pub collection_method: Option<String>,
    /// Who buys, as it was when the invoice was finalised.
    pub customer: Customer,
    /// The lines; `None` where the object has no list of them.
    pub lines: Option<Vec<Line>>,
    /// Whether there are more lines than those.
    pub has_more_lines: bool,
    /// What shipping costs.
    pub shipping: Option<Shipping>,
    /// What the invoice is about, with tax.
    pub total: Option<i64>,
    /// The same without tax.
    pub total_excluding_tax: Option<i64>,
    /// The tax by rate; `None` where the object does not have it.
    pub total_taxes: Option<Vec<Tax>>,
    /// What is to be paid of the total.
    pub amount_due: Option<i64>,
    /// The balance that the customer had before: below zero it is a credit.
    pub starting_balance: i64,
    /// The balance after the invoice was finalised.
    pub ending_balance: Option<i64>,
    /// Whether Stripe Tax is on.
    pub automatic_tax: bool,
    /// How far Stripe Tax got: `complete`, `failed` or `requires_location_inputs`.
    pub automatic_tax_status: Option<String>,
    /// JSON pointers to whoever else issues the invoice, or owes the tax.
    pub foreign_issuers: Vec<String>,
    /// The seller's tax identifiers, where they are expanded.
    pub account_tax_ids: Vec<TaxId>,
    /// The invoice that this one revises.
    pub revises: Option<String>,
    /// The means of payment, such as `card`, where charge or payments are expanded.
    pub paid_with: Option<String>,
    /// The payments that were made, where they are expanded.
    pub payments: Vec<Payment>,
    /// The seller's own data.
    pub metadata: BTreeMap<String, String>,
    /// Names and values that the invoice shows.
    pub custom_fields: Vec<(String, String)>,
    /// The footer.
    pub footer: Option<String>,
}

/// A credit note.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CreditNote {
    /// The identifier, `cn_…`.
    pub id: String,
    /// The hash of the bytes that it was read from.
    pub source: Option<Sha256Digest>,
    /// The shape that it was read in.
    pub shape: Shape,
    /// JSON pointers to fields of one shape that contradict those of the other.
    pub contradictions: Vec<String>,
    /// Whether it is real, and not of the test mode.
    pub livemode: Option<bool>,
    /// `issued` or `void`.
    pub status: Option<String>,
    /// The number.
    pub number: Option<String>,
    /// The currency, in lower case.
    pub currency: Option<String>,
    /// The date that it bears, where it was set.
    pub effective_at: Option<i64>,
    /// When it was made.
    pub created: Option<i64>,
    /// The invoice that it is about.
    pub invoice: Option<String>,
    /// The customer.
    pub customer_id: Option<String>,
    /// `duplicate`, `fraudulent`, `order_change` or `product_unsatisfactory`.
    pub reason: Option<String>,
    /// What the customer is told.
    pub memo: Option<String>,
    /// The lines; `None` where the object has no list of them.
    pub lines: Option<Vec<Line>>,
    /// Whether there are more lines than those.
    pub has_more_lines: bool,
    /// What of the shipping is credited.
    pub shipping: Option<Shipping>,
    /// What is credited, with tax.
    pub total: Option<i64>,
    /// The same without tax.
    pub total_excluding_tax: Option<i64>,
    /// The tax by rate; `None` where the object does not have it.
    pub total_taxes: Option<Vec<Tax>>,
    /// Whether money was paid back, or settled otherwise.
    pub has_settlement: bool,
}

impl Invoice {
    /// The tax rates that have to be fetched, without those that are in the object itself.
    #[must_use]
    pub fn missing_tax_rates(&self) -> Vec<&str> {
        missing_tax_rates(self.lines.as_deref(), self.shipping.as_ref())
    }
}

impl CreditNote {
    /// The tax rates that have to be fetched, without those that are in the object itself.
    #[must_use]
    pub fn missing_tax_rates(&self) -> Vec<&str> {
        missing_tax_rates(self.lines.as_deref(), self.shipping.as_ref())
    }
}

fn missing_tax_rates<'a>(
    lines: Option<&'a [Line]>,
    shipping: Option<&'a Shipping>,
) -> Vec<&'a str> {
    let of_lines = lines.into_iter().flatten().flat_map(|line| line.taxes.iter().flatten());
    let of_shipping = shipping.into_iter().flat_map(|shipping| shipping.taxes.iter().flatten());
    let mut missing: Vec<&str> = of_lines
        .chain(of_shipping)
        .filter_map(|tax| tax.rate.as_ref())
        .filter(|rate| rate.rate.is_none())
        .map(|rate| rate.id.as_str())
        .collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}
