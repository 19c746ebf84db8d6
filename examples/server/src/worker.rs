//! The worker: takes due submissions from the ledger and brings each as far as it goes.
//!
//! What is due, and what follows from it, `ksef_core::submission` decides; `ksef_client` performs
//! it; the ledger records it. What is here is the loop around them.

mod sessions;

use core::time::Duration;
use std::sync::Arc;

use ksef_audit::{EnvironmentType, Error, First, Leased, Submission, SubmissionId};
use ksef_client::xades::UpoSignatureVerifier;
use ksef_client::{OutgoingInvoice, Performed};
use ksef_core::submission::{Channel, Event, Fact, HistoryError, ReasonCode, Step, WhenLate};
use ksef_core::{SubmissionStatus, Timestamp};
use tokio::task::JoinSet;

use crate::company::Company;
use sessions::Sessions;

const NO_LOGIN: ReasonCode = ReasonCode::from_static("no_login");
const NO_SESSION: ReasonCode = ReasonCode::from_static("no_session");

/// How a worker paces itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long work is its own. Nobody else has it before that, should the worker die.
    pub(crate) lease: Duration,
    /// How many submissions it works on at the same time.
    pub(crate) concurrency: u32,
    /// How long it waits before it looks for due work again when there is none.
    pub(crate) idle: Duration,
    /// How long something waits that could not be had, for example a login.
    pub(crate) patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(120),
            concurrency: 8,
            idle: Duration::from_secs(1),
            patience: Duration::from_secs(60),
        }
    }
}

/// Works for one company.
#[derive(Debug)]
pub(crate) struct Worker<E: EnvironmentType> {
    company: Arc<Company<E>>,
    sessions: Sessions,
    verifier: UpoSignatureVerifier,
    name: String,
    pace: Pace,
}

/// Why a step did not lead to another one.
enum Stop {
    /// Nothing is due now, or another worker was first.
    Waits,
    /// The ledger failed; the lease ends by itself.
    Failed(Error),
}

impl<E: EnvironmentType> Worker<E> {
    pub(crate) fn new(company: Arc<Company<E>>, name: String, pace: Pace) -> Self {
        let (sessions, verifier) = (Sessions::default(), UpoSignatureVerifier::new());
        Self { company, sessions, verifier, name, pace }
    }

    /// Works until `end` is done, and ends what it has begun.
    pub(crate) async fn run(self: Arc<Self>, end: impl Future<Output = ()> + Send) {
        let mut working = JoinSet::new();
        let mut end = core::pin::pin!(end);
        loop {
            let found = self.take(&mut working).await;
            let is_full = working.len() >= self.concurrency();
            tokio::select! {
                () = &mut end => break,
                Some(_) = working.join_next() => {}
                () = tokio::time::sleep(self.pace.idle), if !is_full && !found => {}
            }
        }
        while working.join_next().await.is_some() {}
        self.sessions.close().await;
    }

    fn concurrency(&self) -> usize {
        usize::try_from(self.pace.concurrency).unwrap_or(usize::MAX)
    }

    /// Takes due work, as much as there is room for; whether there was any.
    async fn take(self: &Arc<Self>, working: &mut JoinSet<()>) -> bool {
        let room = self.concurrency().saturating_sub(working.len());
        let room = u32::try_from(room).unwrap_or(u32::MAX);
        if room == 0 {
            return false;
        }
        let ledger = &self.company.ledger;
        let now = self.company.now();
        // A ledger that fails now is asked again.
        let leased = ledger.lease(&self.name, now, self.pace.lease, room).await;
        let leased = leased.unwrap_or_default();
        let found = !leased.is_empty();
        for leased in leased {
            let worker = Arc::clone(self);
            working.spawn(async move { worker.work_on(leased).await });
        }
        found
    }

    /// Brings a submission as far as it goes now, and gives it back.
    async fn work_on(&self, leased: Leased<E>) {
        let id = leased.id();
        let taken = self.company.now();
        // A worker that is slow gives back early, so that nobody else is given the same work.
        let enough = taken.checked_add(self.pace.lease / 2).unwrap_or(taken);
        let stop = loop {
            match self.advance(id).await {
                Ok(()) if self.company.now() < enough => {}
                Ok(()) => break Stop::Waits,
                Err(stop) => break stop,
            }
        };
        // Should this fail, the lease ends by itself.
        match stop {
            Stop::Waits => {
                if let Ok(submission) = self.company.ledger.submission(id).await {
                    let due_at = submission.due_at(self.company.now());
                    let _ = self.company.ledger.release(leased, due_at).await;
                }
            }
            Stop::Failed(error) => {
                tracing::warn!(submission = id.number(), %error, "the ledger failed");
            }
        }
    }

    /// Performs what is due now, once.
    async fn advance(&self, id: SubmissionId<E>) -> Result<(), Stop> {
        let submission = self.company.ledger.submission(id).await?;
        match submission.next(self.company.now()) {
            _ if submission.is_parked() => Err(Stop::Waits),
            Step::Wait { .. } | Step::AskPerson(_) | Step::Done => Err(Stop::Waits),
            // Nothing here is paired with a second system.
            Step::FeedSecondLeg { .. } => Err(Stop::Waits),
            Step::Prepare => self.prepare(id, &submission).await,
            Step::Claim => self.record(id, vec![Fact::Claimed]).await,
            Step::Record(fact) => self.record(id, vec![fact]).await,
            step => self.at_ksef(id, submission, step).await,
        }
    }

    /// Maps the stored source once more, after what it waited for may have come.
    async fn prepare(&self, id: SubmissionId<E>, submission: &Submission) -> Result<(), Stop> {
        let company = &self.company;
        let Some(source) = submission.source() else { return Err(Stop::Waits) };
        let bytes = company.ledger.source(id).await?;
        let fact = match company.map(source.kind, &bytes, None).await? {
            First::Prepared(prepared) => {
                company.ledger.prepare(id, &prepared, company.now()).await?;
                return Ok(());
            }
            First::Deferred(reasons) => Fact::Deferred { reasons },
            First::Refused(reasons) => Fact::Refused { reasons },
            First::Skipped(rule) => Fact::Skipped { rule },
        };
        self.record(id, vec![fact]).await
    }

    async fn at_ksef(
        &self,
        id: SubmissionId<E>,
        mut submission: Submission,
        step: Step,
    ) -> Result<(), Stop> {
        let Ok(login) = self.company.login().await else {
            return self.record(id, vec![self.later(&submission, &step, NO_LOGIN)]).await;
        };
        let invoice = self.outgoing(id, &submission).await?;
        let session = match step {
            Step::Open => return self.open(id, &submission, &login, &invoice).await,
            Step::Post { attempt, session, .. } => {
                let intent = Fact::Intent { attempt, session };
                submission = self.append(id, vec![intent]).await?;
                self.sessions.named(&self.company, &login, session).await?
            }
            Step::Close { session, .. } => {
                self.sessions.forget(session).await;
                None
            }
            _ => None,
        };
        let Some(history) = submission.history() else { return Err(Stop::Waits) };
        let performed = login.perform(&step, history, &invoice, session.as_ref()).await;
        self.keep(id, &step, performed).await
    }

    /// Records what came of a step.
    async fn keep(
        &self,
        id: SubmissionId<E>,
        step: &Step,
        performed: Performed,
    ) -> Result<(), Stop> {
        if let (Some(upo), Step::FetchReceipt { session, .. }) = (&performed.receipt, step) {
            let (ledger, now) = (&self.company.ledger, self.company.now());
            ledger.store_receipt(id, (upo, *session), &self.verifier, now).await?;
            return Ok(());
        }
        if let Step::Post { session, .. } = step
            && performed.facts.iter().any(|fact| matches!(fact, Fact::SendRefused { .. }))
        {
            // It may be full or closed.
            self.sessions.forget(*session).await;
        }
        self.record(id, performed.facts).await
    }

    /// Gets a session, one that is open already if the document was not in it before.
    async fn open(
        &self,
        id: SubmissionId<E>,
        submission: &Submission,
        login: &ksef_client::AuthSession,
        invoice: &OutgoingInvoice,
    ) -> Result<(), Stop> {
        let form = invoice.form_code();
        let opened = self.sessions.open(&self.company, login, form).await?;
        let Ok(session) = opened else {
            let later = self.later(submission, &Step::Open, NO_SESSION);
            return self.record(id, vec![later]).await;
        };
        let ready = Fact::SessionReady { session, channel: Channel::Online };
        let events = vec![Event::new(self.company.now(), ready)];
        match self.company.ledger.append(id, events).await {
            Ok(_) => Ok(()),
            Err(Error::Refused(HistoryError::UsedSession)) => {
                self.sessions.forget(session).await;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// That a step could not be performed, and when it is tried again.
    fn later(&self, submission: &Submission, step: &Step, reason: ReasonCode) -> Fact {
        let now = self.company.now();
        let until = now.checked_add(self.pace.patience).unwrap_or(now);
        if *step == Step::Open && submission.status() == SubmissionStatus::Signing {
            Fact::Released { reason, retry_at: until }
        } else {
            Fact::Postponed { reason, until }
        }
    }

    /// The document as it is sent.
    async fn outgoing(
        &self,
        id: SubmissionId<E>,
        submission: &Submission,
    ) -> Result<OutgoingInvoice, Stop> {
        let xml = self.company.ledger.xml(id).await?;
        let document = submission.history().and_then(|history| history.document());
        let (Some(description), Some(document)) = (submission.description(), document) else {
            return Err(Stop::Waits);
        };
        let form = description.form_code.clone();
        let invoice = OutgoingInvoice::new(form, xml, description.seller, document.p_1);
        Ok(match document.when_late {
            WhenLate::Ask => invoice,
            _ => invoice.even_late(),
        })
    }

    async fn record(&self, id: SubmissionId<E>, facts: Vec<Fact>) -> Result<(), Stop> {
        self.append(id, facts).await.map(drop)
    }

    async fn append(&self, id: SubmissionId<E>, facts: Vec<Fact>) -> Result<Submission, Stop> {
        let now: Timestamp = self.company.now();
        let events = facts.into_iter().map(|fact| Event::new(now, fact)).collect();
        Ok(self.company.ledger.append(id, events).await?)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            // Another worker was first, or midnight came: the ledger says what is due.
            Error::Refused(_) | Error::Conflict => Self::Waits,
            error => Self::Failed(error),
        }
    }
}
