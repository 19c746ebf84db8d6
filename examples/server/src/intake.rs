//! Intake: a webhook becomes a submission, once.

use ksef_audit::{EnvironmentType, Error, First, NewSubmission, Source};
use ksef_core::Timestamp;
use ksef_core::submission::ReasonCode;
use ksef_stripe::fetch::FetchError;
use ksef_stripe::webhook::{Event, Happening, ObjectKind, Subject, Webhook, WebhookError};
use ksef_stripe::{Code, without_cards};

use crate::app::chain;
use crate::company::Company;
use crate::mapping::{STRIPE_CREDIT_NOTE, STRIPE_INVOICE};

/// What became of a webhook.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Received {
    /// Its object is recorded, now or since an earlier event.
    Recorded,
    /// It is about nothing that is filed.
    Ignored,
}

/// Why a webhook was not taken. Nothing was recorded, and Stripe sends it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    /// It is not known to come from Stripe, or is no event.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The object could not be fetched.
    #[error("the object of the event could not be fetched")]
    Fetch(#[from] FetchError),
    /// There is no account of Stripe to fetch from.
    #[error("there is no account of Stripe")]
    NoAccount,
    /// The object is not what objects are.
    #[error("the object of the event cannot be read")]
    Object(#[from] ksef_stripe::ReadError),
    /// It could not be recorded.
    #[error("the object of the event could not be recorded")]
    Ledger(#[from] Error),
}

impl<E: EnvironmentType> Company<E> {
    /// Takes a webhook: verifies it, fetches its object again, and records that without card data
    /// together with what the mapper makes of it. When this has returned, it is durable.
    ///
    /// # Errors
    ///
    /// [`IntakeError`]; nothing was recorded then.
    pub(crate) async fn receive(
        &self,
        webhook: &Webhook,
        body: &[u8],
        signature: &str,
    ) -> Result<Received, IntakeError> {
        let event = webhook.open(body, signature, self.now())?;
        self.take_event(&event).await
    }

    /// Takes what webhooks since then have missed. An object that cannot be had keeps no other from
    /// being taken; the next sweep tries it again.
    ///
    /// # Errors
    ///
    /// [`IntakeError`], if the events cannot be listed or nothing can be recorded.
    pub(crate) async fn sweep(&self, since: Timestamp) -> Result<(), IntakeError> {
        let Some(sources) = &self.sources else { return Ok(()) };
        for event in sources.events(since).await? {
            match self.take_event(&event).await {
                Err(IntakeError::Ledger(error)) => return Err(error.into()),
                Err(error) => tracing::warn!(error = chain(&error), "an event was not taken"),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    async fn take_event(&self, event: &Event) -> Result<Received, IntakeError> {
        if self.files_from.is_some_and(|from| event.created < from) {
            return Ok(Received::Ignored);
        }
        match (wanted(event), &event.subject, event.idempotency_key()) {
            (Some(kind), Some(subject), Some(key)) => self.take(event, kind, subject, key).await,
            _ => Ok(Received::Ignored),
        }
    }

    async fn take(
        &self,
        event: &Event,
        kind: ReasonCode,
        subject: &Subject,
        idempotency_key: String,
    ) -> Result<Received, IntakeError> {
        if self.of_source(&subject.id).await?.is_some() {
            return Ok(Received::Recorded);
        }
        let sources = self.sources.as_ref().ok_or(IntakeError::NoAccount)?;
        let object = sources.object(subject).await?;
        let bytes = without_cards(&object)?;
        let first = self.map(kind, &bytes, Some(&event.event_type)).await?;
        if is_of_another_moment(&first) {
            return Ok(Received::Ignored);
        }
        let source = Source { kind, id: subject.id.clone(), bytes: bytes.into() };
        let new = NewSubmission { idempotency_key, source, first };
        match self.ledger.submit(new, self.now()).await {
            // Another event about the same object was first, and found it in another state.
            Ok(_) | Err(Error::AlreadyExists { .. }) => Ok(Received::Recorded),
            Err(error) => Err(error.into()),
        }
    }
}

/// The kind of source that an event brings; `None` if it brings none.
fn wanted(event: &Event) -> Option<ReasonCode> {
    let kind = event.subject.as_ref()?.kind;
    match (event.happening(), kind) {
        (Happening::InvoiceFinalized | Happening::InvoicePaid, ObjectKind::Invoice) => {
            Some(STRIPE_INVOICE)
        }
        (Happening::CreditNoteCreated, ObjectKind::CreditNote) => Some(STRIPE_CREDIT_NOTE),
        _ => None,
    }
}

/// Whether the profile files such objects at another moment, for example when they are paid. That
/// moment has an event of its own.
fn is_of_another_moment(first: &First) -> bool {
    matches!(first, First::Skipped(rule) if rule.as_str() == Code::NoTriggerMatch.as_str())
}
