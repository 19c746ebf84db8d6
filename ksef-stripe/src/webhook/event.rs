//! `Event`, what a webhook says happened.

use ksef_core::Timestamp;
use serde::Deserialize;

/// What a webhook says happened, snapshot event or thin event.
///
/// What it says of the object itself is left aside, see [`Webhook`](super::Webhook).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// `evt_…`. One happening may be told by several events; see [`Event::idempotency_key`].
    pub id: String,
    /// As Stripe names it, such as `invoice.finalized`.
    pub event_type: String,
    /// When it happened; a thin event says it as a date-time, a snapshot in seconds.
    pub created: Timestamp,
    /// The connected account (`acct_…`) it belongs to, which calls have to name.
    pub account: Option<String>,
    /// Whether it is about real money. Thin events of old do not say.
    pub is_live: Option<bool>,
    /// The API version of the endpoint, which decides the shape of a snapshot.
    pub api_version: Option<String>,
    /// What it is about.
    pub subject: Option<Subject>,
}

/// The object that an event is about.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Subject {
    /// Its kind.
    pub kind: ObjectKind,
    /// `in_…`, `cn_…`.
    pub id: String,
}

/// The kinds of objects that matter here.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ObjectKind {
    /// An invoice.
    Invoice,
    /// A credit note.
    CreditNote,
    /// Any other.
    Other,
}

/// What an event means for what is filed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Happening {
    /// An invoice has its number: the default moment to file it.
    InvoiceFinalized,
    /// An invoice was paid: the other moment, and a fact about its payment.
    InvoicePaid,
    /// An invoice was voided. One that was filed needs a correction to zero.
    InvoiceVoided,
    /// An invoice will not be paid. It stays filed.
    InvoiceUncollectible,
    /// An invoice was changed in what may still change, such as its metadata.
    InvoiceUpdated,
    /// Stripe could not finalize an invoice: somebody has to look at it.
    InvoiceFinalizationFailed,
    /// A credit note was issued: a correction to file.
    CreditNoteCreated,
    /// A credit note was changed in what may still change.
    CreditNoteUpdated,
    /// A credit note was voided. One that was filed needs another correction.
    CreditNoteVoided,
    /// A tax number of a customer was checked or changed. Only later invoices have it.
    CustomerTaxIdUpdated,
    /// The account has removed the application: its keys do not work any more.
    Disconnected,
    /// Nothing that matters here.
    Other,
}

/// Why bytes are no event.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// They are not JSON, or lack what every event has.
    #[error("it lacks what every event has: an id, a type and a time")]
    Shape,
    /// They are another object.
    #[error("it is another object than an event")]
    OtherObject,
}

#[derive(Deserialize)]
struct Envelope {
    object: String,
    id: String,
    #[serde(rename = "type")]
    event_type: String,
    created: Created,
    account: Option<String>,
    livemode: Option<bool>,
    api_version: Option<String>,
    context: Option<String>,
    data: Option<Data>,
    related_object: Option<Related>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Created {
    Seconds(i64),
    DateTime(String),
}

#[derive(Deserialize)]
struct Data {
    object: Option<Snapshot>,
}

#[derive(Deserialize)]
struct Snapshot {
    object: Option<String>,
    id: Option<String>,
}

#[derive(Deserialize)]
struct Related {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

impl Event {
    /// Reads an event as Stripe lists it. Whoever got it by a webhook opens that instead.
    ///
    /// # Errors
    ///
    /// When the bytes are no event.
    pub fn read(body: &[u8]) -> Result<Self, EventError> {
        let event: Envelope = serde_json::from_slice(body).map_err(|_| EventError::Shape)?;
        if !matches!(event.object.as_str(), "event" | "v2.core.event") {
            return Err(EventError::OtherObject);
        }
        let snapshot = event.data.and_then(|data| data.object);
        let snapshot = snapshot.and_then(|object| Some((object.object?, object.id?)));
        let related = event.related_object.map(|object| (object.kind, object.id));
        Ok(Self {
            id: event.id,
            event_type: event.event_type,
            created: event.created.read().ok_or(EventError::Shape)?,
            // In the second version of the API the account is the context of the event.
            account: event.account.or(event.context),
            is_live: event.livemode,
            api_version: event.api_version,
            subject: related.or(snapshot).map(|(kind, id)| Subject::new(&kind, id)),
        })
    }

    /// What it means.
    #[must_use]
    pub fn happening(&self) -> Happening {
        // Thin events of the same facts begin with their version.
        let name = self.event_type.strip_prefix("v1.").unwrap_or(&self.event_type);
        match name {
            "invoice.finalized" => Happening::InvoiceFinalized,
            "invoice.paid" => Happening::InvoicePaid,
            "invoice.voided" => Happening::InvoiceVoided,
            "invoice.marked_uncollectible" => Happening::InvoiceUncollectible,
            "invoice.updated" => Happening::InvoiceUpdated,
            "invoice.finalization_failed" => Happening::InvoiceFinalizationFailed,
            "credit_note.created" => Happening::CreditNoteCreated,
            "credit_note.updated" => Happening::CreditNoteUpdated,
            "credit_note.voided" => Happening::CreditNoteVoided,
            "customer.tax_id.updated" => Happening::CustomerTaxIdUpdated,
            "account.application.deauthorized" => Happening::Disconnected,
            _ => Happening::Other,
        }
    }

    /// What is done once: the object, not the event. That an invoice was finalized and that it was
    /// paid are two events about one document.
    ///
    /// `invoice:in_…` or `credit_note:cn_…`; `None` for what is about neither.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<String> {
        let subject = self.subject.as_ref()?;
        match subject.kind {
            ObjectKind::Invoice => Some(format!("invoice:{}", subject.id)),
            ObjectKind::CreditNote => Some(format!("credit_note:{}", subject.id)),
            ObjectKind::Other => None,
        }
    }
}

impl Subject {
    fn new(kind: &str, id: String) -> Self {
        let kind = match kind {
            "invoice" => ObjectKind::Invoice,
            "credit_note" => ObjectKind::CreditNote,
            _ => ObjectKind::Other,
        };
        Self { kind, id }
    }
}

impl Created {
    fn read(&self) -> Option<Timestamp> {
        match self {
            Self::Seconds(seconds) => {
                Timestamp::from_unix_milliseconds(seconds.checked_mul(1000)?).ok()
            }
            Self::DateTime(text) => text.parse().ok(),
        }
    }
}
