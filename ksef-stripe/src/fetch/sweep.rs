//! What was missed: events of 30 days, and lists beyond that.

use core::time::Duration;

use ksef_core::Timestamp;
use serde_json::value::RawValue;

use super::stripe::check_id;
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

/// Which events are asked for.
///
/// ```
/// use ksef_stripe::fetch::EventQuery;
///
/// let since = EventQuery::since("2026-11-20T12:00:00Z".parse()?);
/// let lost = since.undelivered();
/// let newer = EventQuery::after("evt_1");
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventQuery {
    from: From,
    is_undelivered: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum From {
    Time(Timestamp),
    Event(String),
}

impl EventQuery {
    /// How long Stripe keeps events.
    pub const KEPT: Duration = Duration::from_secs(30 * 86_400);

    /// Those since then.
    #[must_use]
    pub const fn since(time: Timestamp) -> Self {
        Self { from: From::Time(time), is_undelivered: false }
    }

    /// Those after the event with this id (`evt_…`), the last one that was seen.
    pub fn after(id: impl Into<String>) -> Self {
        Self { from: From::Event(id.into()), is_undelivered: false }
    }

    /// Of these only those that did not reach every webhook endpoint.
    #[must_use]
    pub fn undelivered(self) -> Self {
        Self { is_undelivered: true, ..self }
    }
}

impl Stripe {
    /// The events about invoices and credit notes, the latest first.
    ///
    /// # Errors
    ///
    /// When they cannot be read; [`FetchError::EventsGone`] where the time is more than 30 days ago,
    /// and [`FetchError::NotFound`] where the event is: then some may be missing, and the lists of
    /// invoices and credit notes have to be swept.
    pub async fn events(&self, which: &EventQuery) -> Result<Vec<Box<RawValue>>, FetchError> {
        let mut query: Vec<_> = EVENT_TYPES.iter().map(|name| ("types[]", *name)).collect();
        if which.is_undelivered {
            query.push(("delivery_success", "false"));
        }
        match &which.from {
            From::Time(time) if self.now().saturating_duration_since(*time) > EventQuery::KEPT => {
                Err(FetchError::EventsGone)
            }
            From::Time(time) => {
                let since = seconds(*time);
                query.push(("created[gte]", since.as_str()));
                self.list("/v1/events", &query, None).await
            }
            From::Event(id) => {
                check_id(id)?;
                self.list_newer("/v1/events", &query, id).await
            }
        }
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
