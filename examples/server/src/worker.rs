//! The worker: takes due submissions from the ledger and brings each as far as it goes.
//!
//! What is due, and what follows from it, `ksef_core::submission` decides; `ksef_client` performs
//! it; the ledger records it. What is here is the loop around them.

mod sessions;
mod together;

use core::time::Duration;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use ksef_audit::{Append, EnvironmentType, Error, First, Leased, Submission, SubmissionId};
use ksef_client::xades::UpoSignatureVerifier;
use ksef_client::{AuthSession, OutgoingInvoice, Performed};
use ksef_core::submission::{Channel, Event, Fact, HistoryError, ReasonCode, Step, WhenLate};
use ksef_core::{SubmissionStatus, Timestamp};
use tokio::sync::watch;

use crate::app::chain;
use crate::company::Company;
use sessions::Sessions;

/// The most due work that is taken at once. A batch of KSeF holds ten times as many.
const MOST: u32 = 1_000;

/// How much work is given back at the same time.
const AT_ONCE: usize = 64;

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

/// How far a submission is brought by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reach {
    /// Until it has something to do with others: documents are sent in one batch, and a session is
    /// asked once for all documents in it.
    Alone,
    /// Until its document is sent, and on.
    Sent,
}

/// A round of work: it ends early enough that nobody else is given the same work.
#[derive(Clone, Debug)]
struct Round {
    until: Timestamp,
    ended: watch::Receiver<bool>,
}

/// Work that waits for its next step to be taken together with that of others.
#[derive(Debug)]
struct Taken<E: EnvironmentType> {
    leased: Leased<E>,
    submission: Submission,
    step: Step,
    /// It is not tried again before, whatever is recorded.
    put_off: Option<Timestamp>,
}

/// Why a step did not lead to another one.
#[derive(Debug)]
enum Stop {
    /// The next step is one to take together with others.
    Together(Box<Step>),
    /// Nothing is due now, or another worker was first.
    Waits,
    /// It is tried again then, which is not worth a record: the same was recorded before.
    PutOff(Timestamp),
    /// The ledger failed; the lease ends by itself.
    Failed(Error),
}

impl<E: EnvironmentType> Worker<E> {
    pub(crate) fn new(company: Arc<Company<E>>, name: String, pace: Pace) -> Self {
        let sessions = Sessions::new(pace.patience);
        let verifier = UpoSignatureVerifier::new();
        Self { company, sessions, verifier, name, pace }
    }

    /// Works until `end` is done, and ends what it has begun.
    pub(crate) async fn run(self: Arc<Self>, end: impl Future<Output = ()> + Send) {
        let (tell, mut ended) = watch::channel(false);
        let work = async {
            // A process that has just begun takes little: what ends processes is then among few.
            let mut most = self.pace.concurrency;
            while !*ended.borrow() {
                let found = self.round(most, &ended).await;
                most = most.saturating_mul(2).min(MOST);
                if !found {
                    tokio::select! {
                        _ = ended.changed() => {}
                        () = tokio::time::sleep(self.pace.idle) => {}
                    }
                }
            }
            self.sessions.close().await;
        };
        tokio::join!(work, async {
            end.await;
            tell.send_replace(true);
        });
    }

    /// Takes due work and brings all of it as far as it goes now; whether there was any.
    async fn round(self: &Arc<Self>, most: u32, ended: &watch::Receiver<bool>) -> bool {
        let (ledger, now, lease) = (&self.company.ledger, self.company.now(), self.pace.lease);
        // A ledger that fails now is asked again.
        let leased = ledger.lease(&self.name, now, lease, most).await.unwrap_or_default();
        let found = !leased.is_empty();
        let until = now.checked_add(lease / 2).unwrap_or(now);
        let round = Round { until, ended: ended.clone() };
        let taken = self.read(leased).await;
        let taken = self.each(taken, Reach::Alone, &round).await;
        let (done, taken): (Vec<_>, Vec<_>) =
            taken.into_iter().partition(|taken| taken.step == Step::Done);
        self.give_back(done).await;
        let (to_send, to_ask) = taken.into_iter().partition(|taken| taken.is_to_be_sent());
        let one_by_one = self.send_batches(to_send, &round).await;
        self.ask_sessions(to_ask, &round).await;
        // What is to be asked of their sessions afterwards is asked in the next round.
        let sent = self.each(one_by_one, Reach::Sent, &round).await;
        self.give_back(sent).await;
        found
    }

    /// Reads what is leased. Of what cannot be read the lease ends by itself.
    async fn read(&self, leased: Vec<Leased<E>>) -> Vec<Taken<E>> {
        let ids: Vec<_> = leased.iter().map(Leased::id).collect();
        let submissions = match self.company.ledger.submissions(&ids).await {
            Ok(submissions) => submissions,
            Err(error) => {
                tracing::warn!(error = chain(&error), "the ledger failed");
                return Vec::new();
            }
        };
        let mut taken = Vec::with_capacity(leased.len());
        for (leased, submission) in leased.into_iter().zip(submissions) {
            match submission {
                Ok(submission) => {
                    taken.push(Taken { leased, submission, step: Step::Done, put_off: None });
                }
                Err(error) => log(leased.id(), &error),
            }
        }
        taken
    }

    /// Works on several at the same time; gives them with the step that each waits for others with.
    async fn each(
        self: &Arc<Self>,
        taken: Vec<Taken<E>>,
        reach: Reach,
        round: &Round,
    ) -> Vec<Taken<E>> {
        let concurrency = usize::try_from(self.pace.concurrency).unwrap_or(usize::MAX);
        let work = stream::iter(taken).map(|taken| {
            let (worker, round) = (Arc::clone(self), round.clone());
            tokio::spawn(async move { worker.work_on(taken, reach, &round).await })
        });
        // Of one that panicked the lease ends by itself.
        let done = work.buffer_unordered(concurrency);
        done.filter_map(async |taken| taken.ok().flatten()).collect().await
    }

    /// Brings a submission as far as it goes by itself. If that fails, the lease ends by itself.
    async fn work_on(&self, taken: Taken<E>, reach: Reach, round: &Round) -> Option<Taken<E>> {
        let id = taken.leased.id();
        let mut taken = Taken { step: Step::Done, ..taken };
        let stop = loop {
            if self.is_over(round) {
                break Stop::Waits;
            }
            if let Err(stop) = self.advance(id, &mut taken.submission, reach).await {
                break stop;
            }
        };
        match stop {
            Stop::Together(step) => taken.step = *step,
            Stop::PutOff(until) => taken.put_off = Some(until),
            Stop::Waits => {}
            Stop::Failed(error) => {
                log(id, &error);
                return None;
            }
        }
        Some(taken)
    }

    fn is_over(&self, round: &Round) -> bool {
        *round.ended.borrow() || self.company.now() >= round.until
    }

    /// Gives work back that is due when its submission says, as it was seen here last: readings that
    /// changed nothing are not recorded. Should this fail, the lease ends by itself.
    async fn give_back(&self, taken: Vec<Taken<E>>) {
        let (ledger, now) = (&self.company.ledger, self.company.now());
        let back = stream::iter(taken).map(async |taken| {
            let Taken { leased, submission, put_off, .. } = taken;
            let due_at = put_off.or_else(|| submission.due_at(now));
            let _ = ledger.release(leased, &submission, due_at).await;
        });
        back.buffer_unordered(AT_ONCE).for_each(async |()| ()).await;
    }

    /// Performs what is due now, once.
    async fn advance(
        &self,
        id: SubmissionId<E>,
        submission: &mut Submission,
        reach: Reach,
    ) -> Result<(), Stop> {
        match submission.next(self.company.now()) {
            _ if submission.is_parked() => Err(Stop::Waits),
            Step::Wait { .. } | Step::AskPerson(_) | Step::Done => Err(Stop::Waits),
            // Nothing here is paired with a second system.
            Step::FeedSecondLeg { .. } => Err(Stop::Waits),
            Step::Prepare => self.prepare(id, submission).await,
            Step::Record(fact) => self.record(id, submission, vec![fact]).await,
            step @ (Step::Claim | Step::Open) if reach == Reach::Alone => {
                Err(Stop::Together(Box::new(step)))
            }
            step @ (Step::QuerySession { .. } | Step::List { .. } | Step::Close { .. }) => {
                Err(Stop::Together(Box::new(step)))
            }
            step => self.at_ksef(id, submission, step).await,
        }
    }

    /// Fetches what was announced, or maps the stored source once more, after what it waited for
    /// may have come.
    async fn prepare(&self, id: SubmissionId<E>, submission: &mut Submission) -> Result<(), Stop> {
        let company = &self.company;
        if let Some(awaited) = submission.awaited() {
            *submission = company.fetch(id, awaited).await?;
            return Ok(());
        }
        let Some(source) = submission.source() else { return Err(Stop::Waits) };
        let bytes = company.ledger.source(id).await?;
        let fact = match company.map(source.kind, &bytes, None).await? {
            First::Prepared(prepared) => {
                *submission = company.ledger.prepare(id, &prepared, company.now()).await?;
                return Ok(());
            }
            First::Deferred(reasons) => Fact::Deferred { reasons },
            First::Refused(reasons) => Fact::Refused { reasons },
            First::Skipped(rule) => Fact::Skipped { rule },
        };
        self.record(id, submission, vec![fact]).await
    }

    async fn at_ksef(
        &self,
        id: SubmissionId<E>,
        submission: &mut Submission,
        step: Step,
    ) -> Result<(), Stop> {
        let Ok(login) = self.company.login().await else {
            return self.put_off(id, submission, &step, NO_LOGIN).await;
        };
        let invoice = self.outgoing(submission).await?;
        let session = match step {
            Step::Claim | Step::Open => {
                return self.open(id, submission, step, (&login, &invoice)).await;
            }
            Step::Post { attempt, session, .. } => {
                self.record(id, submission, vec![Fact::Intent { attempt, session }]).await?;
                self.sessions.named(&self.company, &login, session).await?
            }
            _ => None,
        };
        let Some(history) = submission.history() else { return Err(Stop::Waits) };
        let performed = login.perform(&step, history, &invoice, session.as_ref()).await;
        self.company.note_answer(performed.error.as_ref()).await;
        self.keep(id, submission, &step, performed).await
    }

    /// Records what came of a step.
    async fn keep(
        &self,
        id: SubmissionId<E>,
        submission: &mut Submission,
        step: &Step,
        performed: Performed,
    ) -> Result<(), Stop> {
        if let (Some(upo), Step::FetchReceipt { session, .. }) = (&performed.receipt, step) {
            let (ledger, now) = (&self.company.ledger, self.company.now());
            let receipt = (upo, *session);
            (_, *submission) = ledger.store_receipt(id, receipt, &self.verifier, now).await?;
            return Ok(());
        }
        if let Step::Post { session, .. } = step
            && performed.facts.iter().any(|fact| matches!(fact, Fact::SendRefused { .. }))
        {
            // It may be full or closed.
            self.sessions.forget(*session).await;
        }
        if let [Fact::Postponed { reason, until }] = performed.facts[..]
            && submission.put_off() == Some(reason)
        {
            return Err(Stop::PutOff(until));
        }
        self.record(id, submission, performed.facts).await
    }

    /// Gets a session, one that is open already if the document was not in it before. A document is not
    /// claimed before there is one.
    async fn open(
        &self,
        id: SubmissionId<E>,
        submission: &mut Submission,
        step: Step,
        (login, invoice): (&AuthSession, &OutgoingInvoice),
    ) -> Result<(), Stop> {
        let form = invoice.form_code();
        let opened = self.sessions.open(&self.company, login, form).await?;
        let Some(session) = opened else {
            return self.put_off(id, submission, &step, NO_SESSION).await;
        };
        if step == Step::Claim {
            return self.record(id, submission, vec![Fact::Claimed]).await;
        }
        let ready = Fact::SessionReady { session, channel: Channel::Online };
        match self.append(id, submission, vec![ready]).await {
            Ok(()) => Ok(()),
            Err(Error::Refused(HistoryError::UsedSession)) => {
                self.sessions.forget(session).await;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tries a step again later. That is recorded once, and then for another reason alone.
    async fn put_off(
        &self,
        id: SubmissionId<E>,
        submission: &mut Submission,
        step: &Step,
        reason: ReasonCode,
    ) -> Result<(), Stop> {
        match self.later(submission, step, reason) {
            Some(fact) => self.record(id, submission, vec![fact]).await,
            None => Err(Stop::PutOff(self.patience_until())),
        }
    }

    /// That a step could not be performed, unless it was for this reason the last time too.
    fn later(&self, submission: &Submission, step: &Step, reason: ReasonCode) -> Option<Fact> {
        let until = self.patience_until();
        if *step == Step::Open && submission.status() == SubmissionStatus::Signing {
            return Some(Fact::Released { reason, retry_at: until });
        }
        (submission.put_off() != Some(reason)).then_some(Fact::Postponed { reason, until })
    }

    fn patience_until(&self) -> Timestamp {
        let now = self.company.now();
        now.checked_add(self.pace.patience).unwrap_or(now)
    }

    /// The document as it is sent.
    async fn outgoing(&self, submission: &Submission) -> Result<OutgoingInvoice, Stop> {
        let xml = self.company.ledger.xml_of(submission).await?;
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

    async fn record(
        &self,
        id: SubmissionId<E>,
        submission: &mut Submission,
        facts: Vec<Fact>,
    ) -> Result<(), Stop> {
        Ok(self.append(id, submission, facts).await?)
    }

    async fn append(
        &self,
        id: SubmissionId<E>,
        submission: &mut Submission,
        facts: Vec<Fact>,
    ) -> Result<(), Error> {
        let append = Append { id, events: self.events(facts) };
        let recorded = self.company.ledger.append_seen(vec![(append, submission.clone())]).await?;
        if let Some(recorded) = recorded.into_iter().next() {
            *submission = recorded;
        }
        Ok(())
    }

    fn events(&self, facts: Vec<Fact>) -> Vec<Event> {
        let now: Timestamp = self.company.now();
        facts.into_iter().map(|fact| Event::new(now, fact)).collect()
    }
}

impl<E: EnvironmentType> Taken<E> {
    const fn is_to_be_sent(&self) -> bool {
        matches!(self.step, Step::Claim | Step::Open)
    }
}

fn log<E: EnvironmentType>(id: SubmissionId<E>, error: &Error) {
    tracing::warn!(submission = id.number(), error = chain(error), "the ledger failed");
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
