//! Facts in any order: in JSON, replayed, and at random.

use std::time::Duration;

use ksef_core::submission::simulation::Random;
use ksef_core::submission::{
    Channel, CloseAnswer, Document, Event, Fact, History, HistoryError, NextStep, OriginalFinding,
    Outcome, ReceiptSigner, Refusal, RetryBytes, Step, next, status,
};
use ksef_core::{ReferenceNumber, SubmissionStatus, Timestamp};

use super::story::{
    MORNING, REASON, batch, bytes_of, channel, compared, decision, document, invoice, ksef_number,
    listed_without, marked_failed, number_entered, online, ready, receipt, retry, session_observed,
    state, time,
};

/// Each kind of fact, and each kind of what it holds. The names are what a ledger stores.
fn all_facts() -> Vec<(&'static str, Fact)> {
    let at = time(MORNING);
    let refusal = Refusal { http_status: 400, code: Some(21_180) };
    let answered = |answer| Fact::CloseAnswered { session: online(1), answer };
    vec![
        ("prepared", Fact::Prepared { document: document(1) }),
        ("deferred", Fact::Deferred { reasons: vec![REASON] }),
        ("skipped", Fact::Skipped { rule: REASON }),
        ("refused", Fact::Refused { reasons: vec![REASON, REASON] }),
        ("claimed", Fact::Claimed),
        ("released", Fact::Released { reason: REASON, retry_at: at }),
        ("session_ready", ready(online(1))),
        ("session_ready", ready(batch(1))),
        ("intent", Fact::Intent { attempt: 1, session: online(1) }),
        ("acknowledged", Fact::Acknowledged { attempt: 1, invoice: Some(invoice(1)) }),
        ("acknowledged", Fact::Acknowledged { attempt: 1, invoice: None }),
        ("send_refused", Fact::SendRefused { attempt: 1, refusal }),
        ("answer_lost", Fact::AnswerLost { attempt: 1 }),
        ("listed", listed_without(online(1), 3)),
        ("listed", Fact::Listed { session: online(1), rows: 1, found: Some(state(440)) }),
        ("session_observed", session_observed(online(1), 170, 4)),
        ("session_unknown", Fact::SessionUnknown { session: online(1) }),
        ("close_answered", answered(CloseAnswer::Closing)),
        ("close_answered", answered(CloseAnswer::Lost)),
        ("close_answered", answered(CloseAnswer::Refused { refusal })),
        ("invoice_observed", Fact::InvoiceObserved { state: state(200) }),
        ("original_compared", compared(1, bytes_of(1))),
        ("original_compared", compared(1, OriginalFinding::NotYetAvailable)),
        ("original_compared", compared(1, OriginalFinding::Unreadable)),
        ("receipt_stored", receipt(ReceiptSigner::Pinned)),
        ("receipt_stored", receipt(ReceiptSigner::Unknown)),
        ("receipt_missing", Fact::ReceiptMissing { session: online(1) }),
        ("receipt_mismatched", Fact::ReceiptMismatched { reason: REASON }),
        ("postponed", Fact::Postponed { reason: REASON, until: at }),
        ("resend_decided", Fact::ResendDecided),
        ("termination_decided", Fact::TerminationDecided),
        ("retry_ordered", retry(RetryBytes::Same)),
        ("retry_ordered", retry(RetryBytes::SameOffline)),
        ("retry_ordered", retry(RetryBytes::Rebuilt)),
        ("send_ordered", Fact::SendOrdered { decision: decision() }),
        ("marked_failed", marked_failed()),
        ("number_entered", number_entered(1, Some(online(1)))),
        ("second_leg_done", Fact::SecondLegDone),
        ("second_leg_failed", Fact::SecondLegFailed { reason: REASON }),
    ]
}

#[test]
fn every_fact_survives_json_under_a_stable_name() {
    for (name, fact) in all_facts() {
        let event = Event::new(time(MORNING), fact);
        let json = serde_json::to_string(&event).expect("every event can be written");
        assert!(json.contains(&format!("\"fact\":\"{name}\"")), "{json}");
        assert_eq!(serde_json::from_str::<Event>(&json).expect("and read"), event);
    }
}

#[test]
fn a_submission_begins_with_what_the_mapper_gives_and_with_nothing_else() {
    for (name, fact) in all_facts() {
        let begun = History::begin(&Event::new(time(MORNING), fact));
        let first = ["prepared", "deferred", "skipped", "refused"].contains(&name);
        assert_eq!(begun.is_ok(), first, "{name}");
    }
    assert_eq!(next(&[], time(MORNING)), Err(HistoryError::NoEvents));
    assert_eq!(status(&[]), Err(HistoryError::NoEvents));
}

/// What the test itself knows of the request that left last.
#[derive(Debug)]
struct Outstanding {
    attempt: u32,
    session: ReferenceNumber,
    ended: bool,
}

impl Outstanding {
    /// Whether this fact says what became of the request.
    fn is_answered_by(&mut self, fact: &Fact) -> bool {
        match *fact {
            Fact::Acknowledged { attempt, invoice } => attempt == self.attempt && invoice.is_some(),
            Fact::SendRefused { attempt, refusal } => {
                attempt == self.attempt
                    && channel(self.session) == Channel::Online
                    && Outcome::of_refusal(Channel::Online, refusal).next != NextStep::Reconcile
            }
            Fact::Listed { session, found, .. } => {
                session == self.session && (found.is_some() || self.ended)
            }
            Fact::SessionObserved { session, code, .. } if session == self.session => {
                self.ended = code >= 200;
                false
            }
            Fact::SessionUnknown { session } => session == self.session,
            _ => false,
        }
    }
}

struct Run {
    random: Random,
    now: Timestamp,
    events: Vec<Event>,
    history: History,
    outstanding: Option<Outstanding>,
    sessions: u16,
    facts: Vec<(&'static str, Fact)>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let noon = time("2026-03-02T11:00:00Z");
        let now = noon.checked_add(Duration::from_secs(random.below(43_000))).expect("a moment");
        let document = Document { paired: random.happens(300), ..document(1) };
        let event = Event::new(now, Fact::Prepared { document });
        let history = History::begin(&event).expect("it begins so");
        Self {
            random,
            now,
            events: vec![event],
            history,
            outstanding: None,
            sessions: 0,
            facts: all_facts(),
        }
    }

    fn pass_time(&mut self) {
        let seconds = [0, 1, 30, 600][self.pick(4)];
        let moved = if self.random.happens(50) {
            self.now.checked_sub(Duration::from_secs(5))
        } else {
            self.now.checked_add(Duration::from_secs(seconds))
        };
        self.now = moved.expect("within the century");
    }

    fn pick(&mut self, bound: u64) -> usize {
        usize::try_from(self.random.below(bound)).expect("a small number")
    }

    fn session(&mut self) -> ReferenceNumber {
        match &self.outstanding {
            Some(outstanding) if !self.random.happens(100) => outstanding.session,
            _ => online(u16::try_from(self.random.below(8)).expect("a small number")),
        }
    }

    fn attempt(&mut self) -> u32 {
        match self.random.below(10) {
            0 => self.history.attempts().saturating_sub(1),
            1 => self.history.attempts() + 1,
            _ => self.history.attempts(),
        }
    }

    /// A fact that fits the step that is due, or any fact at all.
    fn fact(&mut self) -> Fact {
        match self.history.next(self.now) {
            _ if self.random.happens(400) => self.any_fact(),
            Step::Record(fact) => fact,
            Step::Claim => Fact::Claimed,
            Step::Open => {
                self.sessions += 1;
                let number = 100 + self.sessions;
                ready(if self.random.happens(300) { batch(number) } else { online(number) })
            }
            Step::Post { attempt, session, .. } => Fact::Intent { attempt, session },
            Step::Prepare => {
                let version = self.history.document().map_or(1, |last| last.version + 1);
                let p_1 = self.now.warsaw_date();
                Fact::Prepared { document: Document { p_1, ..document(version) } }
            }
            Step::AskPerson(_) => retry(
                [RetryBytes::Same, RetryBytes::SameOffline, RetryBytes::Rebuilt][self.pick(3)],
            ),
            _ => self.any_fact(),
        }
    }

    fn any_fact(&mut self) -> Fact {
        let (session, attempt) = (self.session(), self.attempt());
        let code = [100, 150, 170, 200, 405, 415, 440, 445, 450, 500, 550][self.pick(11)];
        let count = u32::try_from(self.random.below(3)).expect("a small number");
        let chosen = self.pick(self.facts.len() as u64);
        match self.facts[chosen].1.clone() {
            Fact::Acknowledged { invoice, .. } => Fact::Acknowledged { attempt, invoice },
            Fact::AnswerLost { .. } => Fact::AnswerLost { attempt },
            Fact::Intent { .. } => Fact::Intent { attempt, session },
            Fact::SendRefused { .. } => Fact::SendRefused { attempt, refusal: self.refusal() },
            Fact::Listed { found, .. } => Fact::Listed { session, rows: count, found },
            Fact::SessionObserved { .. } => {
                let invoices = Some(count).filter(|count| *count < 2);
                Fact::SessionObserved { session, code, invoices }
            }
            Fact::SessionUnknown { .. } => Fact::SessionUnknown { session },
            Fact::CloseAnswered { answer, .. } => Fact::CloseAnswered { session, answer },
            Fact::InvoiceObserved { .. } => Fact::InvoiceObserved { state: state(code) },
            Fact::OriginalCompared { finding, .. } => {
                let ksef_number = ksef_number([1, 9][self.pick(2)]);
                Fact::OriginalCompared { ksef_number, session: None, finding }
            }
            fact => fact,
        }
    }

    fn refusal(&mut self) -> Refusal {
        let http_status = [400, 401, 403, 408, 429, 503][self.pick(6)];
        let code = [None, Some(21_155), Some(21_180), Some(21_184), Some(21_405)][self.pick(5)];
        Refusal { http_status, code }
    }

    fn take(&mut self, fact: Fact) {
        let before = self.history.clone();
        let event = Event::new(self.now, fact);
        if self.history.apply(&event).is_err() {
            assert_eq!(format!("{:?}", self.history), format!("{before:?}"), "{event:?}");
            return;
        }
        self.check_status(before.status());
        if let Fact::Intent { attempt, session } = event.fact {
            assert!(self.outstanding.is_none(), "sent while {:?}", self.outstanding);
            assert_eq!(attempt, before.attempts() + 1);
            self.outstanding = Some(Outstanding { attempt, session, ended: false });
        } else {
            self.outstanding.take_if(|outstanding| outstanding.is_answered_by(&event.fact));
        }
        self.events.push(event);
    }

    fn check_status(&self, before: SubmissionStatus) {
        let after = self.history.status();
        assert!(before == after || before.may_become(after), "{before} became {after}");
        let accepted =
            matches!(after, SubmissionStatus::Accepted | SubmissionStatus::KsefOkFakturowniaFailed);
        assert_eq!(accepted, self.history.receipt().is_some());
    }

    /// While it is not known what KSeF made of it, nothing is sent and nobody may order it.
    fn check_outstanding(&self) {
        let Some(outstanding) = &self.outstanding else { return };
        for hours in [0, 1, 24, 2_400] {
            let at = self.now.checked_add(Duration::from_secs(hours * 3_600)).expect("a moment");
            let step = self.history.next(at);
            let asks = matches!(
                step,
                Step::List { .. }
                    | Step::Close { .. }
                    | Step::QuerySession { .. }
                    | Step::Wait { .. }
            );
            assert!(asks, "{step:?} is due while {outstanding:?}: {:#?}", self.events);
        }
        for fact in [retry(RetryBytes::Rebuilt), retry(RetryBytes::Same), marked_failed()] {
            assert!(self.history.clone().apply(&Event::new(self.now, fact)).is_err());
        }
    }

    fn check_replay(&self) {
        let replayed = History::replay(&self.events).expect("each event could follow");
        assert_eq!(format!("{replayed:?}"), format!("{:?}", self.history));
        let mut kept: Vec<Event> = Vec::new();
        for event in &self.events {
            if event.fact.must_be_kept(kept.last().map(|event| &event.fact)) {
                kept.push(event.clone());
            }
        }
        let much_later = self.now.checked_add(Duration::from_secs(1_800)).expect("a moment");
        let kept = History::replay(&kept).expect("what is left out is not missed");
        assert_eq!(kept.status(), self.history.status());
        assert_eq!(kept.next(much_later), self.history.next(much_later), "{:#?}", self.events);
    }
}

#[test]
fn nothing_is_sent_while_the_outcome_is_unknown_whatever_facts_come() {
    let (mut intents, mut accepted) = (0, 0);
    for seed in 0..3_000 {
        let mut run = Run::new(seed);
        for _ in 0..80 {
            run.pass_time();
            let fact = run.fact();
            run.take(fact);
            run.check_outstanding();
        }
        run.check_replay();
        intents += run.history.attempts();
        accepted += u32::from(run.history.receipt().is_some());
    }
    // A run that met nothing proves nothing.
    assert!(intents > 4_000 && accepted > 300, "{intents} intents, {accepted} accepted");
}
