//! What was paid.

/// A payment of an invoice.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Payment {
    /// How much.
    pub amount: i64,
    /// When.
    pub paid_at: Option<i64>,
}
