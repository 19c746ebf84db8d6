//! Telling a company's own program what needs a person: signed webhooks.
//!
//! The log is what is told from, so nothing is forgotten; what was told is shared between processes. A
//! webhook may come twice, with the same id, and those of a company come in their order.

use core::time::Duration;

use axum::http::{Request, header};
use ksef_audit::{EnvironmentType, Error, Logged, Submission};
use ksef_core::Timestamp;
use ksef_core::submission::{Question, Step};
use ksef_stripe::fetch::{BaseAddress, FetchError, ReqwestTransport, Transport as _};
use ksef_stripe::webhook::WebhookSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::chain;
use crate::company::Company;
use crate::expiry::{days_left, end_of};

/// The name of what is shared.
const TOLD: &str = "told";

/// How much of the log is read at once.
const PAGE: u32 = 1_000;

/// How long a process tells by itself; another one goes on should it die.
const TURN: Duration = Duration::from_secs(300);

/// How much is told in a turn.
const MESSAGES: usize = 3;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// How many days before its end a login is told of.
const DAYS: [u64; 4] = [0, 7, 30, 60];

/// The header with the signature, `t=…,v1=…`: HMAC-SHA256 over time and body as in Stripe's webhooks.
pub(crate) const SIGNATURE: &str = "ksef-server-signature";

/// The program that is told.
#[derive(Debug)]
pub(crate) struct Receiver {
    address: BaseAddress,
    secret: WebhookSecret,
    transport: ReqwestTransport,
}

/// What was told so far.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Told {
    /// The first entry of the log that was not looked at.
    next: u64,
    /// How often telling of it has failed.
    failures: u32,
    /// Nobody else tells before.
    not_before: Option<Timestamp>,
    /// Which end of a login was told of, and how many days before.
    expiry: Option<(Timestamp, u64)>,
}

impl Receiver {
    /// At this address, which is `https` or on this machine.
    pub(crate) fn new(address: &str, secret: &str) -> Result<Self, FetchError> {
        let address = BaseAddress::new(address)?;
        let transport = ReqwestTransport::new(std::slice::from_ref(&address));
        let transport = transport.map_err(FetchError::Unreachable)?;
        Ok(Self { address, secret: WebhookSecret::new(secret), transport })
    }

    /// Whether it took the body.
    async fn take(&self, body: Vec<u8>, now: Timestamp) -> bool {
        let request = Request::post(self.address.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header(SIGNATURE, self.secret.sign(&body, now))
            .body(body);
        let Ok(request) = request else { return false };
        match self.transport.call(request).await {
            Ok(response) if response.status().is_success() => true,
            Ok(response) => {
                tracing::warn!(status = response.status().as_u16(), "a webhook was not taken");
                false
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "a webhook was not taken");
                false
            }
        }
    }
}

impl<E: EnvironmentType> Company<E> {
    /// Tells what was not told yet, unless another process does or the receiver failed just now.
    ///
    /// # Errors
    ///
    /// When the ledger fails.
    pub(crate) async fn tell(&self, receiver: &Receiver) -> Result<(), Error> {
        let expiry = self.expiry().await?;
        if self.is_told(expiry).await? {
            return Ok(());
        }
        let Some(mut told) = self.take_turn().await? else { return Ok(()) };
        let is_told = self.tell_of_expiry(receiver, expiry, &mut told).await?
            && self.tell_of_documents(receiver, &mut told).await?;
        if is_told {
            (told.failures, told.not_before) = (0, None);
        } else {
            told.failures = told.failures.saturating_add(1);
            let seconds = 1_u64.checked_shl(told.failures).unwrap_or(u64::MAX);
            let pause = Duration::from_secs(seconds).min(LONGEST_PAUSE);
            told.not_before = self.now().checked_add(pause);
        }
        let told = serde_json::to_vec(&told).ok();
        self.ledger.share(TOLD, |_| told.clone()).await
    }

    /// Whether there is nothing to tell, which is most often so.
    async fn is_told(&self, expiry: Option<(Timestamp, u64)>) -> Result<bool, Error> {
        let (head, told) = (self.ledger.head().await?, self.ledger.shared(TOLD).await?);
        let told = told.and_then(|told| serde_json::from_slice::<Told>(&told).ok());
        Ok(told.is_some_and(|told| {
            told.next >= head.size
                && told.failures == 0
                && (expiry.is_none() || told.expiry == expiry)
        }))
    }

    /// When the login ends, and how many days before that it is told of now.
    async fn expiry(&self) -> Result<Option<(Timestamp, u64)>, Error> {
        let connection = self.ledger.connection().await?;
        let Some(at) = connection.as_ref().and_then(end_of) else { return Ok(None) };
        // None are left after the end alone.
        let left = days_left(at, self.now()).map_or(0, |days| days.max(1));
        Ok(DAYS.into_iter().find(|days| left <= *days).map(|days| (at, days)))
    }

    /// What was told so far, if it is this process's turn. What happened before there was a receiver is
    /// not told.
    async fn take_turn(&self) -> Result<Option<Told>, Error> {
        let (now, head) = (self.now(), self.ledger.head().await?);
        let mut taken = None;
        let take = |before: Option<&[u8]>| {
            let known = before.and_then(|before| serde_json::from_slice::<Told>(before).ok());
            let told = known.unwrap_or_else(|| Told { next: head.size, ..Told::default() });
            taken = (told.not_before.is_none_or(|until| until <= now)).then_some(told);
            let mut held = taken.clone()?;
            held.not_before = now.checked_add(TURN);
            serde_json::to_vec(&held).ok()
        };
        self.ledger.share(TOLD, take).await?;
        Ok(taken)
    }

    async fn tell_of_documents(&self, receiver: &Receiver, told: &mut Told) -> Result<bool, Error> {
        let mut messages = 0;
        for logged in self.ledger.logged(told.next, PAGE).await? {
            if let Some(body) = self.message(&logged).await? {
                if messages == MESSAGES {
                    break;
                }
                if !receiver.take(body.to_string().into_bytes(), self.now()).await {
                    return Ok(false);
                }
                messages += 1;
            }
            told.next = logged.sequence.saturating_add(1);
        }
        Ok(true)
    }

    /// What there is to tell of an entry: that since then a person is asked.
    async fn message(&self, logged: &Logged<E>) -> Result<Option<Value>, Error> {
        let Some(id) = logged.id else { return Ok(None) };
        let timeline = self.ledger.timeline(id).await?;
        let position = usize::try_from(logged.position).unwrap_or(usize::MAX);
        let Some(until) = timeline.get(..=position) else { return Ok(None) };
        let submission = Submission::replay(until)?;
        let what = asked(&submission, logged.entry.at);
        let before = timeline.get(..position).filter(|before| !before.is_empty());
        let before = before.map(Submission::replay).transpose()?;
        let Some(what) = what.filter(|what| {
            before.is_none_or(|before| asked(&before, logged.entry.at) != Some(*what))
        }) else {
            return Ok(None);
        };
        let row = submission.row();
        let document = json!({
            "number": id.number(),
            "status": submission.status().as_str(),
            "reason": row.and_then(|row| row.error),
        });
        let mut message = self.envelope(what, &logged.sequence.to_string(), logged.entry.at);
        if let Some(fields) = message.as_object_mut() {
            fields.insert("document".to_owned(), document);
        }
        Ok(Some(message))
    }

    async fn tell_of_expiry(
        &self,
        receiver: &Receiver,
        expiry: Option<(Timestamp, u64)>,
        told: &mut Told,
    ) -> Result<bool, Error> {
        let Some((at, days)) = expiry.filter(|_| told.expiry != expiry) else { return Ok(true) };
        let id = format!("{at}-{days}");
        let mut message = self.envelope("connection.expires", &id, self.now());
        if let Some(fields) = message.as_object_mut() {
            fields.insert("expires_at".to_owned(), json!(at.to_string()));
        }
        let is_told = receiver.take(message.to_string().into_bytes(), self.now()).await;
        if is_told {
            told.expiry = expiry;
        }
        Ok(is_told)
    }

    /// Ids, codes and times; nothing about a person.
    fn envelope(&self, what: &str, id: &str, at: Timestamp) -> Value {
        let tenant = self.ledger.tenant();
        json!({
            "id": format!("{tenant}-{}-{id}", E::ENVIRONMENT),
            "type": what,
            "created": at.to_string(),
            "company": tenant.to_string(),
            "environment": E::ENVIRONMENT.as_str(),
        })
    }
}

/// What a person is asked, as a kind of message.
fn asked(submission: &Submission, at: Timestamp) -> Option<&'static str> {
    if submission.is_parked() {
        return Some("document.parked");
    }
    match submission.next(at) {
        Step::AskPerson(Question::Refused | Question::Rejected | Question::MarkedFailed) => {
            Some("document.failed")
        }
        Step::AskPerson(Question::NumberTaken) => Some("document.conflict"),
        Step::AskPerson(Question::Terminated) => Some("document.terminated"),
        Step::AskPerson(Question::ReceiptMismatched) => Some("document.receipt_mismatched"),
        _ => None,
    }
}
