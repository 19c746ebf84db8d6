//! What was missed: events of 30 days, and lists beyond that.

use ksef_core::Timestamp;
use serde_json::value::RawValue;

use super::{FetchError, Stripe};

/// The events that matter, see [`Happening`](crate::webhook::Happening).
const EVENT_TYPES: [&str; 9] = [
    "invoice.finalized",
    "invoice.paid",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "invoice.updated",
    "invoice.finalization_failed",
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
];

impl Stripe {
    /// The events about invoices and credit notes since then, the latest first. Stripe keeps them
    /// for 30 days.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn events(&self, since: Timestamp) -> Result<Vec<Box<RawValue>>, FetchError> {
        let types = EVENT_TYPES.iter().map(|name| ("types[]", *name));
        let since = seconds(since);
        let query: Vec<_> = types.chain([("created[gte]", since.as_str())]).collect();
        self.list("/v1/events", &query, None).await
    }

    /// The invoices created since then, the latest first, each perhaps without its later lines.
    ///
    /// An invoice is created as a draft an hour and more before it is finalized, and there is no
    /// list by the latter: look further back, and compare `status_transitions.finalized_at`.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn invoices(&self, since: Timestamp) -> Result<Vec<Box<RawValue>>, FetchError> {
        self.list("/v1/invoices", &[("created[gte]", &seconds(since))], None).await
    }

    /// The credit notes created since then, the latest first.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn credit_notes(&self, since: Timestamp) -> Result<Vec<Box<RawValue>>, FetchError> {
        self.list("/v1/credit_notes", &[("created[gte]", &seconds(since))], None).await
    }
}

fn seconds(instant: Timestamp) -> String {
    instant.as_unix_milliseconds().div_euclid(1000).to_string()
}
