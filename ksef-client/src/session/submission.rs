//! `Submission`, one invoice on its way.

use std::sync::Arc;

use ksef_core::port::{BoxError, BoxFuture};
use ksef_core::submission::{Event, Fact, History, HistoryError, Question, Step};
use ksef_core::{
    ContextIdentifier, Environment, KsefNumber, Secret, SubmissionStatus, Timestamp, UpoXml,
};
use serde::{Deserialize, Serialize};

use super::online::check_origin;
use super::{InvoiceStatus, OnlineSession, OutgoingInvoice, Receipt};
use crate::auth::AuthSession;
use crate::error::{Error, OutcomeUnknown, Rejection};
use crate::pipeline::Poll;
use crate::policy::PollPolicy;
use crate::problem::Problem;
use crate::stored;

/// The kind under which a submission is kept.
const KIND: &str = "submission";

/// One invoice on its way to KSeF, until its receipt is there.
///
/// It performs the protocol of `ksef_core::submission`: while it is not known what KSeF made of
/// the invoice, nothing is sent. A lost answer is followed by questions, and the same bytes are
/// sent again only where KSeF is shown not to have them.
///
/// [`Submission::to_secret`] keeps it, and [`AuthSession::resume_submission`] goes on in another
/// process, wherever it stood.
#[derive(Debug)]
pub struct Submission {
    auth: AuthSession,
    invoice: OutgoingInvoice,
    session: Option<OnlineSession>,
    events: Vec<Event>,
    history: History,
    receipt: Option<UpoXml>,
    status: Option<InvoiceStatus>,
    problem: Option<Problem>,
    journal: Option<Arc<dyn Journal>>,
}

/// Records a submission durably, so that it survives a crash of the process.
pub trait Journal: core::fmt::Debug + Send + Sync {
    /// Records the state, in place of the one before: what [`Submission::to_secret`] returns. The
    /// submission goes on when this has returned; **nothing is sent before**.
    fn record<'a>(&'a self, state: &'a Secret<String>) -> BoxFuture<'a, Result<(), BoxError>>;
}

/// An invoice that KSeF has accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Accepted {
    /// Its number at KSeF.
    pub ksef_number: KsefNumber,
    /// When KSeF accepted it, where KSeF says so.
    pub acquired_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct ToStore<'a> {
    environment: Environment,
    context: ContextIdentifier,
    invoice: &'a OutgoingInvoice,
    #[serde(with = "optional_secret")]
    session: Option<Secret<String>>,
    events: &'a [Event],
    receipt: Option<&'a UpoXml>,
}

#[derive(Deserialize)]
struct Stored {
    environment: Environment,
    context: ContextIdentifier,
    invoice: OutgoingInvoice,
    #[serde(with = "optional_secret")]
    session: Option<Secret<String>>,
    events: Vec<Event>,
    receipt: Option<UpoXml>,
}

impl AuthSession {
    /// Resumes a submission that was kept with [`Submission::to_secret`] or by a [`Journal`].
    ///
    /// If it was sent and the answer was not recorded, the outcome is unknown, and
    /// [`Submission::reconcile`] finds it out.
    ///
    /// # Errors
    ///
    /// [`Error::Stored`] when it cannot be read, or belongs to another environment or context.
    pub fn resume_submission(&self, stored: &Secret<String>) -> Result<Submission, Error> {
        let stored: Stored = stored::read(KIND, stored)?;
        check_origin(self, stored.environment, stored.context)?;
        let session = stored.session.map(|session| self.resume_online(&session)).transpose()?;
        Ok(Submission {
            auth: self.clone(),
            invoice: stored.invoice,
            session,
            history: History::replay(&stored.events)?,
            events: stored.events,
            receipt: stored.receipt,
            status: None,
            problem: None,
            journal: None,
        })
    }
}

impl Submission {
    pub(super) fn begin(
        auth: AuthSession,
        session: Option<OnlineSession>,
        invoice: OutgoingInvoice,
    ) -> Result<Self, Error> {
        let now = auth.client().now();
        let mut events = vec![
            Event::new(now, Fact::Prepared { document: invoice.document() }),
            Event::new(now, Fact::Claimed),
        ];
        if let Some(session) = &session {
            let (session, channel) =
                (session.reference_number(), ksef_core::submission::Channel::Online);
            events.push(Event::new(now, Fact::SessionReady { session, channel }));
        }
        let history = History::replay(&events)?;
        let (receipt, status, problem, journal) = (None, None, None, None);
        Ok(Self { auth, invoice, session, events, history, receipt, status, problem, journal })
    }

    /// The same with a journal, which records every change from here on.
    #[must_use]
    pub fn with_journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// What [`AuthSession::resume_submission`] takes. The invoice and the key of its session are
    /// in it: keep it encrypted.
    #[must_use]
    pub fn to_secret(&self) -> Secret<String> {
        let state = ToStore {
            environment: self.auth.client().environment(),
            context: self.auth.context(),
            invoice: &self.invoice,
            session: self.session.as_ref().map(OnlineSession::to_secret),
            events: &self.events,
            receipt: self.receipt.as_ref(),
        };
        stored::write(KIND, &state)
    }

    /// The invoice.
    #[must_use]
    pub const fn invoice(&self) -> &OutgoingInvoice {
        &self.invoice
    }

    /// What has happened so far.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What that adds up to.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The status, as users see it.
    #[must_use]
    pub fn status(&self) -> SubmissionStatus {
        self.history.status()
    }

    /// What KSeF said of the invoice the last time that this process asked.
    #[must_use]
    pub const fn invoice_status(&self) -> Option<&InvoiceStatus> {
        self.status.as_ref()
    }

    /// Sends the invoice, unless that has been done.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`] when the answer is lost: go on with [`Submission::reconcile`].
    /// [`Error::Refused`] when KSeF does not take the invoice, [`Error::Rejected`] when a person
    /// is to decide, [`Error::Journal`] when it could not be recorded.
    pub async fn send(&mut self) -> Result<(), Error> {
        let policy = self.auth.client().pipeline().retry.as_poll();
        let before = self.history.attempts();
        let mut lost = None;
        let sent = self
            .run(&policy, &mut lost, |this| {
                let is_sent = this.history.attempts() > before || before > 0;
                is_sent && (this.history.is_outcome_unknown() || this.is_taken())
            })
            .await;
        match sent {
            // The refusal says more than the question that follows from it.
            Err(Error::Rejected(rejection)) if rejection.status.is_none() => Err(rejection
                .problem
                .map_or_else(|| self.rejected(rejection.question), Error::from)),
            Err(error) => Err(error),
            Ok(()) if self.history.is_outcome_unknown() => Err(self.unknown(lost)),
            Ok(()) => Ok(()),
        }
    }

    /// Finds out what became of the invoice when that is not known.
    ///
    /// The session is listed and searched for our hash; if it is not there, the session is closed,
    /// which is what makes sure that nothing still on its way can be taken, and listed again when
    /// it has ended. Afterwards [`Submission::accepted`] waits for what was found, or sends the
    /// same bytes again, at most three times and on the day of issue only.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] when it is not known by the deadline, or as every reading request.
    pub async fn reconcile(&mut self, policy: &PollPolicy) -> Result<(), Error> {
        self.run(policy, &mut None, |this| !this.history.is_outcome_unknown()).await
    }

    /// Goes on until KSeF has accepted the invoice: sends it, finds out, waits.
    ///
    /// A duplicate (440) is taken for ours only where the original has the hash of our bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with what KSeF says, [`Error::TimedOut`] when it has not decided by the
    /// deadline, [`Error::Refused`] when a question is refused.
    pub async fn accepted(&mut self, policy: &PollPolicy) -> Result<Accepted, Error> {
        self.run(policy, &mut None, |this| this.history.ksef_number().is_some()).await?;
        let acquired_at = self.history.acquired_at();
        let ksef_number = self.history.ksef_number();
        ksef_number
            .map(|ksef_number| Accepted { ksef_number, acquired_at })
            .ok_or_else(|| HistoryError::OutOfPlace.into())
    }

    /// Goes on until the receipt is there, verified.
    ///
    /// # Errors
    ///
    /// As [`Submission::accepted`]; [`Error::Rejected`] when the receipt does not fit the invoice.
    pub async fn receipt(&mut self, policy: &PollPolicy) -> Result<Receipt, Error> {
        self.run(policy, &mut None, |this| this.history.receipt().is_some()).await?;
        let signer = self.history.receipt().map(|receipt| receipt.signer);
        match (&self.receipt, signer) {
            (Some(xml), Some(signer)) => Ok(Receipt { xml: xml.clone(), signer }),
            _ => Err(HistoryError::OutOfPlace.into()),
        }
    }

    /// A receipt that KSeF sent and that does not fit, for a person to look at.
    #[must_use]
    pub fn unfitting_receipt(&self) -> Option<&UpoXml> {
        self.receipt.as_ref().filter(|_| self.history.receipt().is_none())
    }

    /// Performs what is due, once, and returns what that was. Waiting, asking a person and being
    /// done are returned as they are.
    ///
    /// # Errors
    ///
    /// When the step could not be performed and will not be by itself, or was not recorded.
    pub async fn advance(&mut self) -> Result<Step, Error> {
        let step = self.history.next(self.auth.client().now());
        match self.perform(&step).await? {
            Some(error) if !decides(&step) && !is_harmless(&step, &error) => Err(error),
            _ => Ok(step),
        }
    }

    async fn run(
        &mut self,
        policy: &PollPolicy,
        lost: &mut Option<Error>,
        is_reached: impl Fn(&Self) -> bool + Send + Sync,
    ) -> Result<(), Error> {
        let auth = self.auth.clone();
        let mut poll = Poll::new(auth.client().pipeline(), policy);
        while !is_reached(self) {
            let now = auth.client().now();
            match self.history.next(now) {
                Step::Wait { until } => {
                    let status = self.status.as_ref().map(|invoice| invoice.status.clone());
                    poll.pause_for(until.saturating_duration_since(now), status).await?;
                }
                Step::AskPerson(question) => return Err(self.rejected(question)),
                Step::Done => return Ok(()),
                step => match self.perform(&step).await? {
                    Some(error) if decides(&step) => *lost = Some(error),
                    Some(error) if !is_harmless(&step, &error) => return Err(error),
                    _ => {}
                },
            }
        }
        Ok(())
    }

    /// Performs a step and records what came of it. What is returned kept it from being performed.
    async fn perform(&mut self, step: &Step) -> Result<Option<Error>, Error> {
        if matches!(step, Step::Wait { .. } | Step::AskPerson(_) | Step::Done) {
            return Ok(None);
        }
        if let Step::Post { attempt, session, .. } = *step {
            if !self.record(Fact::Intent { attempt, session })? {
                return Ok(None);
            }
            self.write_journal().await?;
        }
        let auth = self.auth.clone();
        let session = self.session.clone();
        let performed = auth.perform(step, &self.history, &self.invoice, session.as_ref()).await;
        if performed.session.is_some() {
            self.session = performed.session;
        }
        if performed.receipt.is_some() {
            self.receipt = performed.receipt;
        }
        if performed.status.is_some() {
            self.status = performed.status;
        }
        if let Some(Error::Refused(problem)) = &performed.error {
            self.problem = Some((**problem).clone());
        }
        for fact in performed.facts {
            self.record(fact)?;
        }
        self.write_journal().await?;
        Ok(performed.error)
    }

    /// Appends a fact; false when midnight came before it.
    fn record(&mut self, fact: Fact) -> Result<bool, Error> {
        let event = Event::new(self.auth.client().now(), fact);
        match self.history.apply(&event) {
            Ok(()) => {
                self.events.push(event);
                Ok(true)
            }
            // The next step says what follows from that.
            Err(HistoryError::IssueDatePassed) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn write_journal(&self) -> Result<(), Error> {
        match &self.journal {
            Some(journal) => journal.record(&self.to_secret()).await.map_err(Error::Journal),
            None => Ok(()),
        }
    }

    /// Whether KSeF has confirmed that it has the latest attempt.
    fn is_taken(&self) -> bool {
        let latest = self.history.attempts();
        self.history.ksef_number().is_some()
            || self.events.iter().rev().any(|event| match event.fact {
                Fact::Acknowledged { attempt, .. } => attempt == latest,
                Fact::Listed { found, .. } => found.is_some(),
                _ => false,
            })
    }

    fn rejected(&self, question: Question) -> Error {
        let (status, problem) = (self.status.clone(), self.problem.clone());
        Error::Rejected(Box::new(Rejection { question, status, problem }))
    }

    fn unknown(&self, lost: Option<Error>) -> Error {
        match lost {
            Some(error @ Error::OutcomeUnknown(_)) => error,
            Some(Error::NoAnswer(no_answer)) => {
                let operation = crate::Operation::SendInvoice;
                Error::OutcomeUnknown(Box::new(OutcomeUnknown::new(operation, no_answer.cause)))
            }
            Some(error) => error,
            // It was sent by another process, which did not live to see the answer.
            None => Error::OutcomeUnknown(Box::new(OutcomeUnknown::unseen())),
        }
    }
}

/// Whether the step may be performed again. A session that was opened without our knowing has no
/// invoice in it, and ends by itself.
fn is_harmless(step: &Step, error: &Error) -> bool {
    error.is_retryable() || matches!((step, error), (Step::Open, Error::OutcomeUnknown(_)))
}

/// Whether the machine itself decides what follows from a failure of the step.
const fn decides(step: &Step) -> bool {
    matches!(step, Step::Post { .. } | Step::Close { .. })
}

mod optional_secret {
    use ksef_core::Secret;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(
        secret: &Option<Secret<String>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Secret::expose).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret<String>>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}
