//! Intake: a webhook becomes a submission, once.
//!
//! That there is an object is recorded before the webhook is answered. What the object is, a worker
//! fetches, for an event is a hint and no source.

use ksef_audit::entry::Announcement;
use ksef_audit::{EnvironmentType, Error, First, Source, Submission, SubmissionId};
use ksef_core::Timestamp;
use ksef_core::submission::{Event as Happened, Fact, ReasonCode};
use ksef_stripe::fetch::FetchError;
use ksef_stripe::policy::Trigger;
use ksef_stripe::webhook::{Event, Happening, ObjectKind, Webhook, WebhookError};
use ksef_stripe::{Code, without_cards};

use crate::app::chain;
use crate::company::Company;
use crate::mapping::{STRIPE_CREDIT_NOTE, STRIPE_INVOICE, UNREADABLE};

pub(crate) const UNAVAILABLE: ReasonCode = ReasonCode::from_static("source_unavailable");
pub(crate) const NOT_FOUND: ReasonCode = ReasonCode::from_static("source_not_found");

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
    /// The events could not be listed.
    #[error("the events could not be listed")]
    Fetch(#[from] FetchError),
    /// It could not be recorded.
    #[error("the object of the event could not be recorded")]
    Ledger(#[from] Error),
}

/// Why an object did not come.
enum Missing {
    /// It may come later.
    Yet(ReasonCode),
    /// A person has to look.
    Refused(ReasonCode),
}

impl<E: EnvironmentType> Company<E> {
    /// Takes a webhook: verifies it, and records that its object is there. When this has returned, that
    /// is durable.
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
        Ok(self.announce(&event).await?)
    }

    /// Takes what webhooks since then have missed.
    ///
    /// # Errors
    ///
    /// [`IntakeError`], if the events cannot be listed or nothing can be recorded.
    pub(crate) async fn sweep(&self, since: Timestamp) -> Result<(), IntakeError> {
        let Some(sources) = &self.sources else { return Ok(()) };
        for event in sources.events(since).await? {
            self.announce(&event).await?;
        }
        Ok(())
    }

    async fn announce(&self, event: &Event) -> Result<Received, Error> {
        if self.files_from.is_some_and(|from| event.created < from) {
            return Ok(Received::Ignored);
        }
        let kind = kind(event, self.profile.policies.trigger);
        let (Some(kind), Some(subject), Some(idempotency_key)) =
            (kind, &event.subject, event.idempotency_key())
        else {
            return Ok(Received::Ignored);
        };
        // Thin events of the same facts begin with their version.
        let event = event.event_type.strip_prefix("v1.").unwrap_or(&event.event_type).to_owned();
        let id = subject.id.clone();
        let announced = Announcement { kind, id, event, idempotency_key };
        self.ledger.announce(announced, self.now()).await?;
        Ok(Received::Recorded)
    }

    /// Fetches an object that was announced, and records it without card data together with what the
    /// mapper makes of it. If it cannot be had, that is recorded, and it is tried again later. Returns
    /// the submission as it is recorded then.
    ///
    /// # Errors
    ///
    /// When nothing can be recorded.
    pub(crate) async fn fetch(
        &self,
        id: SubmissionId<E>,
        awaited: &Announcement,
    ) -> Result<Submission, Error> {
        let fact = match self.object(awaited).await {
            Ok(bytes) => {
                let first = self.map(awaited.kind, &bytes, Some(&awaited.event)).await?;
                if !is_older_than_its_event(&first) {
                    let (kind, bytes) = (awaited.kind, bytes.into());
                    let source = Source { kind, id: awaited.id.clone(), bytes };
                    return self.ledger.arrive(id, &source, &first, self.now()).await;
                }
                Fact::Deferred { reasons: vec![UNAVAILABLE] }
            }
            Err(Missing::Yet(reason)) => Fact::Deferred { reasons: vec![reason] },
            Err(Missing::Refused(reason)) => Fact::Refused { reasons: vec![reason] },
        };
        self.ledger.append(id, vec![Happened::new(self.now(), fact)]).await
    }

    async fn object(&self, awaited: &Announcement) -> Result<Vec<u8>, Missing> {
        let sources = self.sources.as_ref().ok_or(Missing::Yet(UNAVAILABLE))?;
        let is_note = awaited.kind == STRIPE_CREDIT_NOTE;
        let kind = if is_note { ObjectKind::CreditNote } else { ObjectKind::Invoice };
        let object = sources.object(kind, &awaited.id).await.map_err(|error| match error {
            FetchError::NotFound | FetchError::Id => Missing::Refused(NOT_FOUND),
            error => {
                tracing::warn!(error = chain(&error), "an object could not be fetched");
                Missing::Yet(UNAVAILABLE)
            }
        })?;
        without_cards(&object).map_err(|_| Missing::Refused(UNREADABLE))
    }
}

/// The kind of source that an event brings; `None` if it brings none. The profile files invoices when
/// they are finalized or when they are paid, and each moment has an event of its own.
fn kind(event: &Event, trigger: Trigger) -> Option<ReasonCode> {
    let kind = event.subject.as_ref()?.kind;
    match (event.happening(), kind) {
        (Happening::InvoiceFinalized, ObjectKind::Invoice) if trigger == Trigger::Finalized => {
            Some(STRIPE_INVOICE)
        }
        (Happening::InvoicePaid, ObjectKind::Invoice) if trigger == Trigger::Paid => {
            Some(STRIPE_INVOICE)
        }
        (Happening::CreditNoteCreated, ObjectKind::CreditNote) => Some(STRIPE_CREDIT_NOTE),
        _ => None,
    }
}

/// Stripe's answers can be behind its events. Such an object is not kept: it is fetched again.
fn is_older_than_its_event(first: &First) -> bool {
    let stale = Code::ApiObjectStale.as_str();
    let (First::Deferred(reasons) | First::Refused(reasons)) = first else { return false };
    reasons.iter().any(|code| code.as_str() == stale)
}
