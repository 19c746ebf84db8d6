//! `Delivery`, a webhook as it is sent.

use ksef_core::Timestamp;
use serde_json::Value;

use crate::webhook::WebhookSecret;

/// A webhook: the body, byte for byte, and the header that goes with it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// The id of the event, `evt_…`.
    pub event_id: String,
    /// The body.
    pub body: Vec<u8>,
    /// The header `Stripe-Signature`.
    pub signature: String,
}

impl Delivery {
    pub(super) fn of(id: &str, event: &Value, secret: &WebhookSecret, at: Timestamp) -> Self {
        let body = event.to_string().into_bytes();
        let signature = secret.sign(&body, at);
        Self { event_id: id.to_owned(), body, signature }
    }
}
