//! A story: facts at their moments, and what the machine makes of them.

use std::time::Duration;

use ksef_core::submission::{
    Channel, CloseAnswer, Decision, Document, Event, Fact, History, InvoiceState, Original,
    OriginalFinding, Progress, Question, ReasonCode, ReceiptSigner, Refusal, RetryBytes, Step,
    WhenLate,
};
use ksef_core::{
    KsefNumber, Nip, ReferenceNumber, ReferenceNumberKind, Sha256Digest, SubmissionStatus,
    Timestamp,
};

/// Ten in the morning in Warsaw, the moment at which stories begin.
pub(super) const MORNING: &str = "2026-03-02T09:00:00Z";
/// The last second of that day in Warsaw.
pub(super) const BEFORE_MIDNIGHT: &str = "2026-03-02T22:59:59Z";
/// The first second of the next day in Warsaw.
pub(super) const MIDNIGHT: &str = "2026-03-02T23:00:00Z";

/// The moment from which on KSeF takes documents of that next day, whatever its clock shows.
pub(super) const NEXT_DAY: &str = "2026-03-03T00:00:00Z";

pub(super) const REASON: ReasonCode = ReasonCode::from_static("a_reason");

pub(super) struct Story {
    now: Timestamp,
    events: Vec<Event>,
    history: History,
}

impl Story {
    pub(super) fn begin(fact: Fact) -> Self {
        Self::begin_at(MORNING, fact)
    }

    pub(super) fn begin_at(now: &str, fact: Fact) -> Self {
        let now = time(now);
        let event = Event::new(now, fact);
        let history = History::begin(&event).expect("a story can begin with it");
        Self { now, events: vec![event], history }
    }

    /// A document of today, waiting to be sent.
    pub(super) fn prepared() -> Self {
        Self::begin(Fact::Prepared { document: document(1) })
    }

    /// The same, with a second system behind KSeF.
    pub(super) fn paired() -> Self {
        let document = Document { paired: true, ..document(1) };
        Self::begin(Fact::Prepared { document })
    }

    /// A document whose answer nobody has.
    pub(super) fn unknown() -> Self {
        let mut story = Self::prepared();
        story.sends(online(1));
        story
    }

    /// The same in a batch.
    pub(super) fn unknown_batch() -> Self {
        let mut story = Self::prepared();
        story.sends(batch(1));
        story
    }

    /// A document that KSeF took.
    pub(super) fn taken() -> Self {
        let mut story = Self::unknown();
        story.then(acknowledged(1));
        story
    }

    /// A document with a KSeF number.
    pub(super) fn numbered() -> Self {
        let mut story = Self::taken();
        story.then(observed(200));
        story
    }

    pub(super) fn rejected() -> Self {
        let mut story = Self::taken();
        story.then(observed(450));
        story
    }

    pub(super) fn terminated() -> Self {
        let mut story = Self::unknown();
        story.after(30 * 60).then(Fact::SessionUnknown { session: online(1) });
        story.then(Fact::TerminationDecided);
        story
    }

    pub(super) fn skipped() -> Self {
        Self::begin(Fact::Skipped { rule: REASON })
    }

    pub(super) fn at(&mut self, now: &str) -> &mut Self {
        self.now = time(now);
        self
    }

    pub(super) fn after(&mut self, seconds: u64) -> &mut Self {
        self.now = later(self.now, seconds);
        self
    }

    /// A fact that can follow; and the events alone lead to the same place.
    pub(super) fn then(&mut self, fact: Fact) -> &mut Self {
        let event = Event::new(self.now, fact);
        if let Err(error) = self.history.apply(&event) {
            panic!("{error}: {event:?} after {:#?}", self.events);
        }
        self.events.push(event);
        let replayed = History::replay(&self.events).expect("each event could follow");
        assert_eq!(format!("{replayed:?}"), format!("{:?}", self.history));
        self
    }

    /// A fact that cannot follow leaves everything as it was.
    pub(super) fn refuses(&mut self, fact: Fact, error: ksef_core::submission::HistoryError) {
        let before = format!("{:?}", self.history);
        let event = Event::new(self.now, fact);
        assert_eq!(self.history.apply(&event), Err(error), "{event:?}");
        assert_eq!(format!("{:?}", self.history), before);
    }

    /// A report that changes nothing, because it is late or concerns something else.
    pub(super) fn ignores(&mut self, fact: Fact) -> &mut Self {
        let before = format!("{:?}", self.history);
        let event = Event::new(self.now, fact);
        assert_eq!(self.history.apply(&event), Ok(()), "{event:?}");
        assert_eq!(format!("{:?}", self.history), before, "{event:?}");
        self
    }

    pub(super) fn expects(&mut self, step: &Step) -> &mut Self {
        assert_eq!(self.history.next(self.now), *step, "at {}", self.now);
        self
    }

    pub(super) fn waits(&mut self, seconds: u64) -> &mut Self {
        self.expects(&Step::Wait { until: later(self.now, seconds) })
    }

    pub(super) fn asks(&mut self, question: Question) -> &mut Self {
        self.expects(&Step::AskPerson(question)).shows(Progress::Asked(question))
    }

    pub(super) fn shows(&mut self, progress: Progress) -> &mut Self {
        assert_eq!(self.history.progress(self.now), progress);
        self
    }

    pub(super) fn is(&mut self, status: SubmissionStatus) -> &mut Self {
        assert_eq!(self.history.status(), status);
        self
    }

    /// What the machine decides is recorded.
    pub(super) fn decides(&mut self, fact: Fact) -> &mut Self {
        self.expects(&Step::Record(fact.clone())).then(fact)
    }

    /// From the queue, or from a decided resend, to an intent.
    pub(super) fn sends(&mut self, session: ReferenceNumber) -> &mut Self {
        if self.step() == Step::Claim {
            self.then(Fact::Claimed);
        }
        self.expects(&Step::Open).then(ready(session));
        self.posts(session)
    }

    pub(super) fn posts(&mut self, session: ReferenceNumber) -> &mut Self {
        let attempt = self.history.attempts() + 1;
        let channel = channel(session);
        self.expects(&Step::Post { attempt, session, channel })
            .then(Fact::Intent { attempt, session })
            .is(SubmissionStatus::Submitted)
    }

    pub(super) fn step(&self) -> Step {
        self.history.next(self.now)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn history(&self) -> &History {
        &self.history
    }
}

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

pub(super) fn later(at: Timestamp, seconds: u64) -> Timestamp {
    at.checked_add(Duration::from_secs(seconds)).expect("within the century")
}

/// A version of the document, issued on the day on which stories begin.
pub(super) fn document(version: u32) -> Document {
    Document {
        version,
        digest: digest(version),
        p_1: time(MORNING).warsaw_date(),
        when_late: WhenLate::Ask,
        paired: false,
    }
}

pub(super) fn prepared(version: u32) -> Fact {
    Fact::Prepared { document: document(version) }
}

/// The hash of a version; 0 is no version of ours.
pub(super) fn digest(version: u32) -> Sha256Digest {
    Sha256Digest::of(&version.to_be_bytes())
}

fn reference(kind: ReferenceNumberKind, number: u16) -> ReferenceNumber {
    ReferenceNumber::new(kind, time(MORNING), number, u64::from(number)).expect("a reference")
}

pub(super) fn online(number: u16) -> ReferenceNumber {
    reference(ReferenceNumberKind::OnlineSession, number)
}

pub(super) fn batch(number: u16) -> ReferenceNumber {
    reference(ReferenceNumberKind::BatchSession, number)
}

pub(super) fn invoice(number: u16) -> ReferenceNumber {
    reference(ReferenceNumberKind::Invoice, number)
}

pub(super) fn channel(session: ReferenceNumber) -> Channel {
    match session.kind() {
        ReferenceNumberKind::BatchSession => Channel::Batch,
        _ => Channel::Online,
    }
}

pub(super) fn ksef_number(number: u8) -> KsefNumber {
    let seller = Nip::for_test_environment("1111111111").expect("ten ones are a NIP");
    let technical = [0, 0, 0, 0, 0, number];
    KsefNumber::new(seller, time(MORNING).warsaw_date(), technical).expect("a KSeF number")
}

pub(super) fn ready(session: ReferenceNumber) -> Fact {
    Fact::SessionReady { session, channel: channel(session) }
}

pub(super) fn acknowledged(attempt: u32) -> Fact {
    Fact::Acknowledged { attempt, invoice: Some(invoice(1)) }
}

pub(super) fn lost(attempt: u32) -> Fact {
    Fact::AnswerLost { attempt }
}

pub(super) fn refused(attempt: u32, http_status: u16, code: Option<u32>) -> Fact {
    Fact::SendRefused { attempt, refusal: Refusal { http_status, code } }
}

/// The state of the invoice; a success has a number, a duplicate names its original.
pub(super) fn state(code: u16) -> InvoiceState {
    let original = Original { ksef_number: ksef_number(9), session: Some(online(9)) };
    InvoiceState {
        invoice: invoice(1),
        code,
        ksef_number: (code == 200).then(|| ksef_number(1)),
        acquired_at: (code == 200).then(|| time(MORNING)),
        original: (code == 440).then_some(original),
    }
}

pub(super) fn observed(code: u16) -> Fact {
    Fact::InvoiceObserved { state: state(code) }
}

pub(super) fn session_observed(
    session: ReferenceNumber,
    code: u16,
    invoices: impl Into<Option<u32>>,
) -> Fact {
    Fact::SessionObserved { session, code, invoices: invoices.into() }
}

/// A list in which our document is not.
pub(super) fn listed_without(session: ReferenceNumber, rows: u32) -> Fact {
    Fact::Listed { session, rows, found: None }
}

pub(super) fn listed_with(session: ReferenceNumber, code: u16) -> Fact {
    Fact::Listed { session, rows: 1, found: Some(state(code)) }
}

pub(super) fn closing(session: ReferenceNumber) -> Fact {
    Fact::CloseAnswered { session, answer: CloseAnswer::Closing }
}

pub(super) fn close_lost(session: ReferenceNumber) -> Fact {
    Fact::CloseAnswered { session, answer: CloseAnswer::Lost }
}

pub(super) fn close_refused(session: ReferenceNumber, http_status: u16) -> Fact {
    let refusal = Refusal { http_status, code: None };
    Fact::CloseAnswered { session, answer: CloseAnswer::Refused { refusal } }
}

pub(super) fn compared(number: u8, finding: OriginalFinding) -> Fact {
    Fact::OriginalCompared { ksef_number: ksef_number(number), session: None, finding }
}

pub(super) fn bytes_of(version: u32) -> OriginalFinding {
    OriginalFinding::Bytes { digest: digest(version) }
}

pub(super) fn receipt(signer: ReceiptSigner) -> Fact {
    Fact::ReceiptStored { digest: Sha256Digest::of(b"<Potwierdzenie/>"), signer }
}

pub(super) fn decision() -> Decision {
    Decision::new("Anna Nowak", "a test").expect("both are given")
}

pub(super) fn retry(bytes: RetryBytes) -> Fact {
    Fact::RetryOrdered { decision: decision(), bytes }
}

pub(super) fn marked_failed() -> Fact {
    Fact::MarkedFailed { decision: decision() }
}

pub(super) fn number_entered(number: u8, session: Option<ReferenceNumber>) -> Fact {
    Fact::NumberEntered { decision: decision(), ksef_number: ksef_number(number), session }
}

pub(super) fn list(session: ReferenceNumber) -> Step {
    Step::List { session }
}

pub(super) fn query(session: ReferenceNumber) -> Step {
    Step::QuerySession { session }
}

pub(super) fn close(session: ReferenceNumber) -> Step {
    Step::Close { session, channel: channel(session) }
}

pub(super) fn fetch(number: u8, session: ReferenceNumber) -> Step {
    Step::FetchReceipt { ksef_number: ksef_number(number), session }
}

pub(super) fn compare(number: u8, session: Option<ReferenceNumber>) -> Step {
    Step::CompareOriginal { ksef_number: ksef_number(number), session }
}
