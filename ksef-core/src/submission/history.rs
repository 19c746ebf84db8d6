//! The fold: what the facts so far add up to.

use super::decide::IssueDay;
use super::schedule::{CHECKING_AFTER, MAX_SESSIONS_REFUSED, resend_at, slower_until};
use super::{
    Channel, CloseAnswer, Document, Event, Fact, Finding, HistoryError, InvoiceState, NextStep,
    Observation, Original, OriginalFinding, Outcome, Question, ReceiptSigner, Refusal, RetryBytes,
    Step, WhenLate,
};
use crate::{KsefNumber, ReferenceNumber, Sha256Digest, SubmissionStatus, Timestamp};

/// What the facts about one submission add up to.
///
/// It is rebuilt from the facts at any time, and it takes each further fact only where that fact
/// can follow: [`History::apply`] is the check that a ledger makes before it appends.
#[derive(Clone, Debug)]
pub struct History {
    pub(super) status: Option<SubmissionStatus>,
    pub(super) phase: Phase,
    /// When the phase began.
    pub(super) since: Timestamp,
    /// When something was last read or tried within the phase.
    pub(super) read: Option<Timestamp>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) documents: Vec<Document>,
    pub(super) attempt: u32,
    pub(super) resends: u32,
    sessions_refused: u32,
    slowed_down: u32,
    sessions: Vec<ReferenceNumber>,
    /// The session of the latest attempt for this order.
    sent_in: Option<Session>,
    pub(super) number: Option<Number>,
    receipt: Option<Receipt>,
}

/// Where the protocol stands. The status is coarser, see [`SubmissionStatus`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    Unborn,
    Unwritten,
    Queued,
    NeedsSession,
    Ready(Session),
    Unknown(Unknown),
    /// KSeF gave up on the document while its session goes on.
    Cancelled(Session),
    /// KSeF is shown not to have it.
    Absent {
        due: Timestamp,
        may_resend: bool,
    },
    Taken(Session, ReferenceNumber),
    Duplicate(Original),
    ByHand(Original, Asked),
    Numbered,
    Quarantined,
    Accepted(SecondLeg),
    Asking(Asked),
}

/// A phase in which the protocol rests until a person decides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    Failed(Question),
    Terminated,
    Skipped,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Session {
    pub(super) reference: ReferenceNumber,
    pub(super) channel: Channel,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Unknown {
    pub(super) session: Session,
    pub(super) acknowledged: bool,
    pub(super) listed: bool,
    listed_since_end: bool,
    pub(super) close: Close,
    pub(super) code: Option<u16>,
    invoices: Option<u32>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Close {
    NotTried,
    Lost,
    Done,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SecondLeg {
    NotNeeded,
    Due,
    Failed,
    Done,
}

/// The KSeF number of our document, and where its receipt can be had.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) ksef_number: KsefNumber,
    acquired_at: Option<Timestamp>,
    version: u32,
    session: Option<ReferenceNumber>,
    misses: usize,
}

/// The stored receipt of an accepted document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Receipt {
    /// The SHA-256 of its bytes.
    pub digest: Sha256Digest,
    /// Whether its signer is known.
    pub signer: ReceiptSigner,
    /// When it was stored.
    pub stored_at: Timestamp,
}

impl Unknown {
    const fn new(session: Session) -> Self {
        Self {
            session,
            acknowledged: false,
            listed: false,
            listed_since_end: false,
            close: Close::NotTried,
            code: None,
            invoices: None,
        }
    }

    /// Whether anything has been found out since the intent.
    fn is_untouched(&self) -> bool {
        *self == Self::new(self.session)
    }

    /// Whether a list proves the absence of what it does not have: that of an ended session does
    /// once it is as long as KSeF says. Where KSeF names no length, the first list after the end
    /// may have been read before it, by a slower worker; the second is taken.
    fn is_complete(&self, rows: u32) -> bool {
        self.has_ended() && self.invoices.map_or(self.listed_since_end, |all| rows >= all)
    }

    fn observe(&mut self, code: u16, invoices: Option<u32>) {
        self.code = Some(code);
        self.invoices = invoices;
        match self.close {
            Close::Lost if code == 100 => self.close = Close::NotTried,
            Close::NotTried | Close::Lost if code != 100 => self.close = Close::Done,
            _ => {}
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.code.is_some_and(|code| self.session.meaning(code) == NextStep::ReadInvoices)
    }
}

impl Close {
    fn after(answer: CloseAnswer) -> Self {
        let http_status = match answer {
            CloseAnswer::Closing => return Self::Done,
            CloseAnswer::Lost => return Self::Lost,
            CloseAnswer::Refused { refusal } => refusal.http_status,
        };
        match Outcome::of(Observation::HttpStatus(http_status)).next {
            NextStep::SlowDown => Self::NotTried,
            NextStep::Reconcile => Self::Lost,
            _ => Self::Done,
        }
    }
}

impl Session {
    fn meaning(self, code: u16) -> NextStep {
        let observation = match self.channel {
            Channel::Online => Observation::OnlineSession(code),
            Channel::Batch => Observation::BatchSession(code),
        };
        Outcome::of(observation).next
    }
}

impl History {
    /// The history of a submission that begins with `event`.
    ///
    /// # Errors
    ///
    /// When no submission can begin with it.
    pub fn begin(event: &Event) -> Result<Self, HistoryError> {
        let mut history = Self {
            status: None,
            phase: Phase::Unborn,
            since: event.at,
            read: None,
            not_before: None,
            documents: Vec::new(),
            attempt: 0,
            resends: 0,
            sessions_refused: 0,
            slowed_down: 0,
            sessions: Vec::new(),
            sent_in: None,
            number: None,
            receipt: None,
        };
        history.apply(event)?;
        // A report is taken anywhere, but nothing begins with one.
        history.expect(history.status.is_some())?;
        Ok(history)
    }

    /// The history that `events` add up to.
    ///
    /// # Errors
    ///
    /// When there is none, or one of them cannot follow those before it.
    pub fn replay(events: &[Event]) -> Result<Self, HistoryError> {
        let (first, others) = events.split_first().ok_or(HistoryError::NoEvents)?;
        let mut history = Self::begin(first)?;
        others.iter().try_for_each(|event| history.apply(event))?;
        Ok(history)
    }

    /// Takes one more fact.
    ///
    /// Facts that only report what was seen are always taken; those that arrive late and concern
    /// something that is decided by now change nothing.
    ///
    /// # Errors
    ///
    /// When the fact cannot follow; the history is then unchanged.
    pub fn apply(&mut self, event: &Event) -> Result<(), HistoryError> {
        let at = event.at;
        match &event.fact {
            Fact::Prepared { document } => self.prepared(at, *document),
            Fact::Deferred { .. } => self.deferred(at),
            Fact::Skipped { .. } => self.left_out(at, Asked::Skipped),
            Fact::Refused { .. } => self.left_out(at, Asked::Failed(Question::Refused)),
            Fact::Claimed => self.claimed(at),
            Fact::Released { retry_at, .. } => self.released(at, *retry_at),
            Fact::SessionReady { session, channel } => {
                self.session_ready(at, Session { reference: *session, channel: *channel })
            }
            Fact::Intent { attempt, session } => self.intended(at, *attempt, *session),
            Fact::ResendDecided => self.resend_decided(at),
            Fact::TerminationDecided => self.termination_decided(at),
            Fact::RetryOrdered { bytes, .. } => self.retry_ordered(at, *bytes),
            Fact::SendOrdered { .. } => self.send_ordered(at),
            Fact::MarkedFailed { .. } => self.marked_failed(at),
            Fact::NumberEntered { ksef_number, session, .. } => {
                let (ksef_number, session) = (*ksef_number, *session);
                self.number_entered(at, Original { ksef_number, session })
            }
            Fact::ReceiptStored { digest, signer } => {
                self.receipt_stored(Receipt { digest: *digest, signer: *signer, stored_at: at })
            }
            Fact::SecondLegDone => self.second_leg(at, SecondLeg::Done),
            Fact::SecondLegFailed { .. } => self.second_leg(at, SecondLeg::Failed),
            report => {
                self.reported(at, report);
                Ok(())
            }
        }
    }

    fn reported(&mut self, at: Timestamp, report: &Fact) {
        match *report {
            Fact::Acknowledged { attempt, invoice } => self.acknowledged(at, attempt, invoice),
            Fact::SendRefused { attempt, refusal } => self.send_refused(at, attempt, refusal),
            Fact::Listed { session, rows, found } => self.listed(at, session, rows, found),
            Fact::SessionObserved { session, code, invoices } => {
                self.session_observed(at, session, code, invoices);
            }
            Fact::SessionUnknown { session } => self.session_unknown(at, session),
            Fact::CloseAnswered { session, answer } => self.close_answered(at, session, answer),
            Fact::InvoiceObserved { state } => self.invoice_observed(at, state),
            Fact::OriginalCompared { ksef_number, session, finding } => {
                self.original_compared(at, Original { ksef_number, session }, finding);
            }
            Fact::ReceiptMissing { session } => self.receipt_missing(at, session),
            Fact::ReceiptMismatched { .. } if self.phase == Phase::Numbered => {
                self.enter(at, Phase::Quarantined);
            }
            Fact::Postponed { until, .. } => self.not_before = Some(until),
            // A lost answer leaves the outcome as unknown as the intent made it.
            _ => {}
        }
    }

    fn enter(&mut self, at: Timestamp, phase: Phase) {
        self.phase = phase;
        self.since = at;
        self.read = None;
        self.not_before = None;
    }

    fn read_at(&mut self, at: Timestamp) {
        self.read = Some(at);
        self.not_before = None;
    }

    fn change_status(&mut self, to: SubmissionStatus) -> Result<(), HistoryError> {
        let allowed = self.status.map_or_else(|| to.may_be_first(), |from| from.may_become(to));
        if !allowed {
            return Err(HistoryError::OutOfPlace);
        }
        self.status = Some(to);
        Ok(())
    }

    fn expect(&self, condition: bool) -> Result<(), HistoryError> {
        // A person's order or a worker's action in the wrong phase is refused, not ignored.
        if condition { Ok(()) } else { Err(HistoryError::OutOfPlace) }
    }

    /// Midnight can come between a step and its fact.
    fn expect_issue_day(&self, at: Timestamp) -> Result<(), HistoryError> {
        match self.issue_day(at) {
            IssueDay::Passed => Err(HistoryError::IssueDatePassed),
            IssueDay::Today | IssueDay::ToCome(_) => Ok(()),
        }
    }

    fn is_unwritten(&self) -> bool {
        matches!(self.phase, Phase::Unborn | Phase::Unwritten)
    }

    fn prepared(&mut self, at: Timestamp, document: Document) -> Result<(), HistoryError> {
        self.expect(self.is_unwritten())?;
        let expected = self.documents.last().map_or(1, |last| last.version + 1);
        if document.version != expected {
            return Err(HistoryError::WrongVersion { expected });
        }
        self.change_status(SubmissionStatus::Pending)?;
        self.documents.push(document);
        self.enter(at, Phase::Queued);
        Ok(())
    }

    fn deferred(&mut self, at: Timestamp) -> Result<(), HistoryError> {
        self.expect(self.is_unwritten())?;
        self.change_status(SubmissionStatus::Pending)?;
        if self.phase == Phase::Unborn {
            self.enter(at, Phase::Unwritten);
        }
        self.read_at(at);
        Ok(())
    }

    fn left_out(&mut self, at: Timestamp, asked: Asked) -> Result<(), HistoryError> {
        self.expect(self.is_unwritten())?;
        let finding = match asked {
            Asked::Skipped => Finding::MapperSkipped,
            Asked::Failed(_) | Asked::Terminated => Finding::MapperRefused,
        };
        let status = Outcome::of(Observation::Finding(finding)).status;
        self.change_status(status.unwrap_or(SubmissionStatus::Failed))?;
        self.enter(at, Phase::Asking(asked));
        Ok(())
    }

    fn claimed(&mut self, at: Timestamp) -> Result<(), HistoryError> {
        self.expect(self.phase == Phase::Queued)?;
        self.change_status(SubmissionStatus::Signing)?;
        self.enter(at, Phase::NeedsSession);
        Ok(())
    }

    fn released(&mut self, at: Timestamp, retry_at: Timestamp) -> Result<(), HistoryError> {
        // What is uploaded in a batch is submitted with it, whoever closes it.
        let holds_nothing = match self.phase {
            Phase::NeedsSession => true,
            Phase::Ready(session) => session.channel == Channel::Online,
            _ => false,
        };
        self.expect(holds_nothing)?;
        self.change_status(SubmissionStatus::Pending)?;
        self.enter(at, Phase::Queued);
        self.not_before = Some(retry_at);
        Ok(())
    }

    fn session_ready(&mut self, at: Timestamp, session: Session) -> Result<(), HistoryError> {
        self.expect(self.phase == Phase::NeedsSession)?;
        // What a used session takes or not is decided; only a new one is a clean start.
        if self.sessions.contains(&session.reference) {
            return Err(HistoryError::UsedSession);
        }
        self.expect_issue_day(at)?;
        self.enter(at, Phase::Ready(session));
        Ok(())
    }

    fn intended(
        &mut self,
        at: Timestamp,
        attempt: u32,
        reference: ReferenceNumber,
    ) -> Result<(), HistoryError> {
        let expected = self.attempt + 1;
        if attempt != expected {
            return Err(HistoryError::StaleAttempt { expected });
        }
        let Phase::Ready(session) = self.phase else {
            return Err(HistoryError::OutOfPlace);
        };
        self.expect(session.reference == reference)?;
        if session.channel == Channel::Online {
            self.expect_issue_day(at)?;
        }
        self.change_status(SubmissionStatus::Submitted)?;
        self.attempt = attempt;
        self.sent_in = Some(session);
        if self.sessions.last() != Some(&reference) {
            self.sessions.push(reference);
        }
        self.enter(at, Phase::Unknown(Unknown::new(session)));
        Ok(())
    }

    fn acknowledged(&mut self, at: Timestamp, attempt: u32, invoice: Option<ReferenceNumber>) {
        if attempt != self.attempt {
            return;
        }
        match (&mut self.phase, invoice) {
            (_, Some(invoice)) => self.turns_up(at, invoice),
            (Phase::Unknown(unknown), None) => {
                unknown.acknowledged = true;
                if unknown.session.channel == Channel::Batch {
                    unknown.close = Close::Done;
                }
            }
            _ => {}
        }
    }

    /// KSeF has the document in the session of the latest attempt, although it was held to be
    /// absent: what KSeF says of having it is believed, however late.
    fn turns_up(&mut self, at: Timestamp, invoice: ReferenceNumber) {
        let outstanding = matches!(
            self.phase,
            Phase::Unknown(_) | Phase::Absent { .. } | Phase::NeedsSession | Phase::Ready(_)
        );
        if let (true, Some(session)) = (outstanding, self.sent_in) {
            self.enter(at, Phase::Taken(session, invoice));
        }
    }

    fn send_refused(&mut self, at: Timestamp, attempt: u32, refusal: Refusal) {
        let Phase::Unknown(unknown) = self.phase else {
            return;
        };
        // Once the reconciliation has begun it decides; the refusal may be due to its fence.
        if attempt != self.attempt || !unknown.is_untouched() {
            return;
        }
        match Outcome::of_refusal(unknown.session.channel, refusal).next {
            NextStep::SlowDown => {
                // What is uploaded in an open batch can still be submitted by its siblings.
                if unknown.session.channel == Channel::Online {
                    self.enter(at, Phase::Ready(unknown.session));
                }
                self.slow_down(at);
            }
            NextStep::OpenAnotherSession => self.session_refused(at),
            NextStep::Resend => self.absent(at, resend_at(at, self.resends + 1)),
            NextStep::Reconcile => {}
            _ => self.fail(at, Question::Rejected),
        }
    }

    fn slow_down(&mut self, at: Timestamp) {
        self.slowed_down += 1;
        self.not_before = Some(slower_until(at, self.slowed_down));
    }

    fn session_refused(&mut self, at: Timestamp) {
        self.sessions_refused += 1;
        let phase = if self.sessions_refused > MAX_SESSIONS_REFUSED {
            Phase::Absent { due: at, may_resend: false }
        } else {
            Phase::NeedsSession
        };
        self.enter(at, phase);
    }

    fn absent(&mut self, at: Timestamp, due: Timestamp) {
        self.enter(at, Phase::Absent { due, may_resend: true });
    }

    /// KSeF refused the document, or holds another one under its number.
    fn fail(&mut self, at: Timestamp, question: Question) {
        let paired = self.document().is_some_and(|document| document.paired);
        let status = if paired {
            SubmissionStatus::KsefFailedFakturowniaSkipped
        } else {
            SubmissionStatus::Failed
        };
        // Only submitted documents get here, and from there the table allows both.
        if self.change_status(status).is_ok() {
            self.enter(at, Phase::Asking(Asked::Failed(question)));
        }
    }

    fn listed(
        &mut self,
        at: Timestamp,
        session: ReferenceNumber,
        rows: u32,
        found: Option<InvoiceState>,
    ) {
        if self.sent_in.is_none_or(|sent_in| sent_in.reference != session) {
            return;
        }
        if let Some(state) = found {
            self.turns_up(at, state.invoice);
            self.invoice_observed(at, state);
        } else if let Phase::Unknown(unknown) = &mut self.phase {
            let complete = unknown.is_complete(rows);
            unknown.listed = true;
            unknown.listed_since_end |= unknown.has_ended();
            self.read_at(at);
            if complete {
                self.absent(at, at);
            }
        }
    }

    fn session_observed(
        &mut self,
        at: Timestamp,
        reference: ReferenceNumber,
        code: u16,
        invoices: Option<u32>,
    ) {
        match &mut self.phase {
            Phase::Unknown(unknown) if unknown.session.reference == reference => {
                unknown.observe(code, invoices);
                let has_ended = unknown.has_ended();
                self.read_at(at);
                if has_ended {
                    self.read = None;
                }
            }
            Phase::Cancelled(session) if session.reference == reference => {
                if session.meaning(code) == NextStep::ReadInvoices {
                    self.absent(at, resend_at(at, self.resends + 1));
                } else {
                    self.read_at(at);
                }
            }
            _ => {}
        }
    }

    fn session_unknown(&mut self, at: Timestamp, reference: ReferenceNumber) {
        let concerned = match self.phase {
            Phase::Unknown(unknown) => unknown.session.reference == reference,
            Phase::Cancelled(session) => session.reference == reference,
            _ => false,
        };
        // At first it may only not know it yet, and the request may still be on its way.
        let long_enough = at.saturating_duration_since(self.since) >= CHECKING_AFTER;
        match (concerned, long_enough) {
            (true, true) => self.enter(at, Phase::Absent { due: at, may_resend: false }),
            (true, false) => self.read_at(at),
            _ => {}
        }
    }

    fn close_answered(&mut self, at: Timestamp, reference: ReferenceNumber, answer: CloseAnswer) {
        let Phase::Unknown(unknown) = &mut self.phase else {
            return;
        };
        if unknown.session.reference != reference {
            return;
        }
        let close = Close::after(answer);
        unknown.close = close;
        // KSeF needs a moment to end a session; after a lost answer there is nothing to wait for.
        self.read = (close == Close::Done).then_some(at);
        self.not_before = None;
        if close == Close::NotTried {
            self.slow_down(at);
        }
    }

    fn invoice_observed(&mut self, at: Timestamp, state: InvoiceState) {
        let Phase::Taken(session, invoice) = self.phase else {
            return;
        };
        if invoice != state.invoice {
            return;
        }
        self.read_at(at);
        match (Outcome::of(Observation::Invoice(state.code)).next, state.ksef_number) {
            (NextStep::FetchReceipt, Some(ksef_number)) => {
                let original = Original { ksef_number, session: Some(session.reference) };
                self.numbered(at, original, state.acquired_at, self.version());
            }
            // A success without its number says too little to go on with.
            (NextStep::Wait | NextStep::FetchReceipt, _) => {}
            (NextStep::CompareOriginal, _) => match state.original {
                Some(original) => self.enter(at, Phase::Duplicate(original)),
                // Nothing to compare with: a person finds out who holds the number.
                None => self.fail(at, Question::NumberTaken),
            },
            (NextStep::Resend, _) if session.channel == Channel::Batch => {
                self.enter(at, Phase::Cancelled(session));
            }
            (NextStep::Resend, _) => self.absent(at, resend_at(at, self.resends + 1)),
            _ => self.fail(at, Question::Rejected),
        }
    }

    fn numbered(
        &mut self,
        at: Timestamp,
        found: Original,
        acquired_at: Option<Timestamp>,
        version: u32,
    ) {
        let Original { ksef_number, session } = found;
        self.number = Some(Number { ksef_number, acquired_at, version, session, misses: 0 });
        self.enter(at, Phase::Numbered);
    }

    fn original_compared(&mut self, at: Timestamp, found: Original, finding: OriginalFinding) {
        let (sought, back) = match self.phase {
            Phase::Duplicate(original) => (original, None),
            Phase::ByHand(original, back) => (original, Some(back)),
            _ => return,
        };
        if sought.ksef_number != found.ksef_number {
            return;
        }
        let ours = match finding {
            OriginalFinding::Bytes { digest } => self.version_with(digest),
            OriginalFinding::NotYetAvailable => return self.read_at(at),
            OriginalFinding::Unreadable => None,
        };
        let session = found.session.or(sought.session);
        match (ours, back) {
            (Some(version), _) => self.numbered(at, Original { session, ..found }, None, version),
            (None, Some(back)) => self.enter(at, Phase::Asking(back)),
            (None, None) => self.fail(at, Question::NumberTaken),
        }
    }

    fn receipt_stored(&mut self, receipt: Receipt) -> Result<(), HistoryError> {
        self.expect(matches!(self.phase, Phase::Numbered | Phase::Quarantined))?;
        self.change_status(SubmissionStatus::Accepted)?;
        let paired = self.document().is_some_and(|document| document.paired);
        let leg = if paired { SecondLeg::Due } else { SecondLeg::NotNeeded };
        self.receipt = Some(receipt);
        self.enter(receipt.stored_at, Phase::Accepted(leg));
        Ok(())
    }

    fn receipt_missing(&mut self, at: Timestamp, session: ReferenceNumber) {
        // Another worker's miss in another session must not make this one's turn pass.
        if self.receipt_session() != Some(session) {
            return;
        }
        if let (Phase::Numbered, Some(number)) = (self.phase, &mut self.number) {
            number.misses += 1;
            self.read_at(at);
        }
    }

    fn resend_decided(&mut self, at: Timestamp) -> Result<(), HistoryError> {
        // Whoever decided on an older view decides nothing.
        self.expect(self.next(at) == Step::Record(Fact::ResendDecided))?;
        self.change_status(SubmissionStatus::Submitted)?;
        self.resends += 1;
        self.enter(at, Phase::NeedsSession);
        Ok(())
    }

    fn termination_decided(&mut self, at: Timestamp) -> Result<(), HistoryError> {
        self.expect(self.next(at) == Step::Record(Fact::TerminationDecided))?;
        self.change_status(SubmissionStatus::Terminated)?;
        self.enter(at, Phase::Asking(Asked::Terminated));
        Ok(())
    }

    fn retry_ordered(&mut self, at: Timestamp, bytes: RetryBytes) -> Result<(), HistoryError> {
        match self.phase {
            Phase::Accepted(SecondLeg::Failed) => {
                self.enter(at, Phase::Accepted(SecondLeg::Due));
                return Ok(());
            }
            Phase::Asking(Asked::Failed(_)) if bytes != RetryBytes::Rebuilt => {
                return Err(HistoryError::SameBytesWereRefused);
            }
            Phase::Asking(Asked::Failed(_) | Asked::Terminated) | Phase::Queued => {}
            _ => return Err(HistoryError::OutOfPlace),
        }
        let late = self.document().is_some_and(|document| document.p_1 != at.warsaw_date());
        if bytes == RetryBytes::Same && late {
            return Err(HistoryError::IssueDatePassed);
        }
        self.change_status(SubmissionStatus::Pending)?;
        self.resends = 0;
        self.sessions_refused = 0;
        self.slowed_down = 0;
        self.sent_in = None;
        if let (RetryBytes::SameOffline, Some(document)) = (bytes, self.documents.last_mut()) {
            document.when_late = WhenLate::Send;
        }
        let rebuilt = bytes == RetryBytes::Rebuilt;
        self.enter(at, if rebuilt { Phase::Unwritten } else { Phase::Queued });
        Ok(())
    }

    fn send_ordered(&mut self, at: Timestamp) -> Result<(), HistoryError> {
        self.expect(self.phase == Phase::Asking(Asked::Skipped))?;
        self.change_status(SubmissionStatus::Pending)?;
        self.enter(at, Phase::Unwritten);
        Ok(())
    }

    fn marked_failed(&mut self, at: Timestamp) -> Result<(), HistoryError> {
        let nothing_outstanding = matches!(
            self.phase,
            Phase::Unwritten | Phase::Queued | Phase::Asking(Asked::Failed(_))
        );
        self.expect(nothing_outstanding)?;
        self.change_status(SubmissionStatus::Failed)?;
        self.enter(at, Phase::Asking(Asked::Failed(Question::MarkedFailed)));
        Ok(())
    }

    fn number_entered(&mut self, at: Timestamp, entered: Original) -> Result<(), HistoryError> {
        match (self.phase, &mut self.number) {
            (Phase::Asking(back @ (Asked::Failed(_) | Asked::Terminated)), _)
                if !self.documents.is_empty() =>
            {
                self.enter(at, Phase::ByHand(entered, back));
                Ok(())
            }
            (Phase::Numbered, Some(number)) if number.ksef_number == entered.ksef_number => {
                number.session = entered.session.or(number.session);
                number.misses = 0;
                self.enter(at, Phase::Numbered);
                Ok(())
            }
            _ => Err(HistoryError::OutOfPlace),
        }
    }

    fn second_leg(&mut self, at: Timestamp, leg: SecondLeg) -> Result<(), HistoryError> {
        self.expect(self.phase == Phase::Accepted(SecondLeg::Due))?;
        let failed = leg == SecondLeg::Failed;
        if failed {
            self.change_status(SubmissionStatus::KsefOkFakturowniaFailed)?;
        } else if self.status != Some(SubmissionStatus::Accepted) {
            self.change_status(SubmissionStatus::Accepted)?;
        }
        self.enter(at, Phase::Accepted(leg));
        Ok(())
    }

    fn version(&self) -> u32 {
        self.document().map_or(0, |document| document.version)
    }

    fn version_with(&self, digest: Sha256Digest) -> Option<u32> {
        let with_digest = |document: &&Document| document.digest == digest;
        self.documents.iter().rev().find(with_digest).map(|document| document.version)
    }

    /// The status, as users see it.
    #[must_use]
    pub fn status(&self) -> SubmissionStatus {
        // `begin` gives every history its first status.
        self.status.unwrap_or(SubmissionStatus::Pending)
    }

    /// The current version of the document, where one was written.
    #[must_use]
    pub fn document(&self) -> Option<&Document> {
        self.documents.last()
    }

    /// How many times the document was about to be sent, over all versions.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempt
    }

    /// Whether the document was sent and it is not known whether KSeF took it: between the intent
    /// and the answer, and after a lost answer until it is found out.
    #[must_use]
    pub const fn is_outcome_unknown(&self) -> bool {
        matches!(self.phase, Phase::Unknown(_))
    }

    /// The KSeF number of our document, once its hash shows that it is ours.
    #[must_use]
    pub fn ksef_number(&self) -> Option<KsefNumber> {
        self.number.map(|number| number.ksef_number)
    }

    /// The version of the document that KSeF has, once that is known.
    #[must_use]
    pub fn version_at_ksef(&self) -> Option<u32> {
        self.number.map(|number| number.version)
    }

    /// When KSeF accepted it (`acquisitionDate`), where KSeF said so.
    #[must_use]
    pub fn acquired_at(&self) -> Option<Timestamp> {
        self.number.and_then(|number| number.acquired_at)
    }

    /// The stored receipt.
    #[must_use]
    pub const fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_ref()
    }

    /// The session to ask for the receipt next: the one the document was found in, then each one
    /// that it was sent in, in turn, because KSeF has been seen to name a wrong session.
    pub(super) fn receipt_session(&self) -> Option<ReferenceNumber> {
        let number = self.number?;
        let others = self.sessions.iter().rev().filter(|other| Some(**other) != number.session);
        let candidates = || number.session.iter().chain(others.clone());
        let count = candidates().count();
        candidates().nth(number.misses.checked_rem(count)?).copied()
    }
}
