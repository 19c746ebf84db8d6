//! `Summary`, what is found out about an invoice by reading it.

use serde::{Deserialize, Serialize};

/// What duplicates are told by, and what metadata queries answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Summary {
    /// `P_2`, the number that the seller gave it.
    pub(crate) invoice_number: String,
}
