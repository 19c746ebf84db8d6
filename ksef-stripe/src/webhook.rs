//! Webhooks: whether the bytes came from Stripe, and what they say happened.

mod event;
mod signature;

pub use self::event::{Event, EventError, Happening, ObjectKind, Subject};
pub use self::signature::{SignatureError, WebhookSecret};

use std::time::Duration;

use ksef_core::Timestamp;

/// Reads the webhooks of one endpoint.
///
/// A webhook is a hint, not a source: it may come twice, late and in any order, and in the shape
/// of the API version that its endpoint was made with. So it is answered as soon as it is kept, and
/// the object is fetched again before it is mapped.
///
/// ```
/// use ksef_stripe::webhook::{Happening, Webhook, WebhookSecret};
///
/// let secret = WebhookSecret::new("whsec_0000000000000000000000000000test");
/// let webhook = Webhook::new([secret.clone()]);
/// let now = "2026-11-20T12:00:00Z".parse()?;
///
/// let body = br#"{"id":"evt_1","object":"event","type":"invoice.finalized","created":1795176000,
///     "livemode":false,"data":{"object":{"id":"in_1","object":"invoice"}}}"#;
/// let event = webhook.open(body, &secret.sign(body, now), now)?;
/// assert_eq!(event.happening(), Happening::InvoiceFinalized);
/// assert_eq!(event.idempotency_key().as_deref(), Some("invoice:in_1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Webhook {
    secrets: Vec<WebhookSecret>,
    tolerance: Duration,
}

/// Why a webhook is refused. Nothing was kept; Stripe sends it again for three days.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// It is not certain that Stripe sent it: answer 400.
    #[error("the webhook is not known to come from Stripe")]
    Signature(#[from] SignatureError),
    /// Stripe sent it, and it is no event: answer 400 and look at the endpoint's settings.
    #[error("the webhook is no event")]
    Event(#[from] EventError),
}

impl Webhook {
    /// How old a signature may be; Stripe's libraries take the same.
    pub const TOLERANCE: Duration = Duration::from_secs(300);

    /// An endpoint with its secrets: two while one is being replaced, for up to a day.
    pub fn new(secrets: impl IntoIterator<Item = WebhookSecret>) -> Self {
        Self { secrets: secrets.into_iter().collect(), tolerance: Self::TOLERANCE }
    }

    /// Takes signatures of another greatest age.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Checks the signature over the raw body and reads the event.
    ///
    /// `header` is the header `Stripe-Signature`. The body has to be the very bytes that came: JSON
    /// that was read and written again has another signature.
    ///
    /// # Errors
    ///
    /// [`WebhookError::Signature`] before anything of the body is read.
    pub fn open(&self, body: &[u8], header: &str, now: Timestamp) -> Result<Event, WebhookError> {
        signature::check(&self.secrets, self.tolerance, body, header, now)?;
        Ok(Event::read(body)?)
    }
}

#[cfg(test)]
mod tests;
