//! A small world: a few documents, workers that crash, a person, and a KSeF that misbehaves.

use std::time::Duration;

use ksef_core::submission::simulation::{
    Answer, Faults, Held, Parcel, Random, SimulatedKsef, perform,
};
use ksef_core::submission::{
    Channel, Decision, Document, Event, Fact, History, Question, ReasonCode, ReceiptSigner,
    RetryBytes, Step, WhenLate,
};
use ksef_core::{ReferenceNumber, Sha256Digest, SubmissionStatus, Timestamp};
use ksef_tests::planted::PlantedFault;

/// How often, in thousandths, a worker dies at a point where it can die.
const CRASHES: u32 = 20;
/// How often a worker is paused before its request leaves, and wakes up much later.
const PAUSES: u32 = 10;
/// How often a second worker believes that the document is its own.
const RACES: u32 = 10;
/// How often a worker is slow to record what it saw, while another goes on.
const SLOW_RECORDS: u32 = 15;
/// How often the clock goes back a little.
const CLOCK_STEPS: u32 = 10;
/// How often a receipt does not fit.
const WRONG_RECEIPTS: u32 = 5;
/// How often the second system fails.
const SECOND_LEG_FAILURES: u32 = 300;
/// More rounds than any world needs; reaching it means that a document hangs.
const MOST_ROUNDS: u32 = 5_000;

const NO_SESSION: ReasonCode = ReasonCode::from_static("no_session");
const WRONG_RECEIPT: ReasonCode = ReasonCode::from_static("wrong_receipt");
const SECOND_SYSTEM: ReasonCode = ReasonCode::from_static("second_system");

/// What a world came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) documents: u64,
    pub(crate) accepted: u64,
    pub(crate) conflicts: u64,
    pub(crate) unknown: u64,
    pub(crate) resends: u64,
    pub(crate) terminated: u64,
    pub(crate) rejected: u64,
    pub(crate) versions: u64,
    pub(crate) crashes: u64,
    pub(crate) late: u64,
    pub(crate) quarantined: u64,
    pub(crate) second_legs: u64,
    /// How many questions each unknown outcome took, counted by number; the last is "more".
    pub(crate) questions: [u64; 32],
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        self.accepted += other.accepted;
        self.conflicts += other.conflicts;
        self.unknown += other.unknown;
        self.resends += other.resends;
        self.terminated += other.terminated;
        self.rejected += other.rejected;
        self.versions += other.versions;
        self.crashes += other.crashes;
        self.late += other.late;
        self.quarantined += other.quarantined;
        self.second_legs += other.second_legs;
        for (mine, theirs) in self.questions.iter_mut().zip(other.questions) {
            *mine += theirs;
        }
    }

    /// The smallest number of questions within which `hundredths` of the outcomes were decided.
    pub(crate) fn questions_within(&self, hundredths: u64) -> usize {
        let total: u64 = self.questions.iter().sum();
        let mut seen = 0;
        let enough = |count: &u64| {
            seen += count;
            seen * 100 >= total * hundredths
        };
        self.questions.iter().position(enough).unwrap_or(self.questions.len())
    }
}

struct Entry {
    number: u64,
    versions: Vec<Document>,
    events: Vec<Event>,
    history: History,
    /// Questions asked since the outcome became unknown, while it is.
    asking: Option<usize>,
    settled: bool,
}

impl Entry {
    fn parcel(&self) -> Parcel {
        let digest = self.versions.last().expect("a document is written first").digest;
        Parcel { number: self.number, digest }
    }
}

pub(crate) struct World {
    seed: u64,
    random: Random,
    now: Timestamp,
    ksef: SimulatedKsef,
    channel: Channel,
    entries: Vec<Entry>,
    /// An open session that a worker knows of and further documents may go into.
    shared: Option<ReferenceNumber>,
    /// How many documents were uploaded in each batch.
    uploaded: Vec<(ReferenceNumber, usize)>,
    /// What slow workers have seen and will record, and when.
    late: Vec<(Timestamp, usize, Fact)>,
    tally: Tally,
    traced: bool,
}

/// What went wrong, with what is needed to see it again.
pub(crate) type Violation = String;

impl World {
    pub(crate) fn new(seed: u64, traced: bool) -> Self {
        let mut random = Random::new(seed);
        let now = start(&mut random);
        let faults = faults(&mut random);
        let channel = if random.happens(300) { Channel::Batch } else { Channel::Online };
        let mut ksef = SimulatedKsef::new(random.bits(), faults, now);
        let count = 1 + random.below(4);
        let entries = (0..count)
            .map(|number| {
                if random.happens(faults.number_taken) {
                    ksef.hold_foreign(Parcel { number, digest: digest(seed, number, 0) });
                }
                new_entry(seed, number, now, &mut random)
            })
            .collect();
        let tally = Tally::default();
        Self {
            seed,
            random,
            now,
            ksef,
            channel,
            entries,
            shared: None,
            uploaded: Vec::new(),
            late: Vec::new(),
            tally,
            traced,
        }
    }

    /// Runs until every document is settled.
    pub(crate) fn run(mut self) -> Result<Tally, Violation> {
        for _ in 0..MOST_ROUNDS {
            if self.entries.iter().all(|entry| entry.settled) {
                return self.judge();
            }
            self.round()?;
        }
        Err(self.violation("a document hangs"))
    }

    fn round(&mut self) -> Result<(), Violation> {
        self.record_late()?;
        let steps: Vec<_> = self.entries.iter().map(|entry| entry.history.next(self.now)).collect();
        let due = |index: &usize| {
            !self.entries[*index].settled && !matches!(steps[*index], Step::Wait { .. })
        };
        let due: Vec<usize> = (0..steps.len()).filter(due).collect();
        let Some(count) = u64::try_from(due.len()).ok().filter(|count| *count > 0) else {
            let waits = steps.iter().filter_map(|step| match step {
                Step::Wait { until } => Some(*until),
                _ => None,
            });
            let until = waits.min().expect("a document that is not due waits");
            self.pass_to(until);
            return Ok(());
        };
        let chosen = due[usize::try_from(self.random.below(count)).expect("a small number")];
        self.note(chosen, &format!("{:?}", steps[chosen]));
        self.perform(chosen, &steps[chosen])?;
        let pause = Duration::from_millis(self.random.below(400));
        self.pass_to(self.now.checked_add(pause).expect("within the century"));
        Ok(())
    }

    fn pass_to(&mut self, until: Timestamp) {
        self.now = self.now.max(until);
        self.ksef.advance_to(self.now);
        if self.random.happens(CLOCK_STEPS) {
            let step = Duration::from_millis(self.random.below(3_000));
            self.now = self.now.checked_sub(step).expect("within the century");
        }
    }

    /// A slow worker will record this; meanwhile another one goes on without it.
    fn see(&mut self, index: usize, fact: Fact) {
        self.note(index, &format!("  a slow worker sees {fact:?}"));
        let delay = Duration::from_millis(self.random.below(20 * 60_000));
        let at = self.now.checked_add(delay).expect("within the century");
        self.late.push((at, index, fact));
    }

    fn record_late(&mut self) -> Result<(), Violation> {
        while let Some(due) = self.late.iter().position(|(at, ..)| *at <= self.now) {
            let (_, index, fact) = self.late.swap_remove(due);
            self.tally.late += 1;
            // What cannot follow any more is refused, and the slow worker stops.
            let event = Event::new(self.now, fact);
            if self.entries[index].history.clone().apply(&event).is_ok() {
                self.append(index, event.fact)?;
            }
        }
        Ok(())
    }

    fn perform(&mut self, index: usize, step: &Step) -> Result<(), Violation> {
        match step {
            Step::Open => self.open(index),
            Step::Post { attempt, session, .. } => self.post(index, *attempt, *session),
            Step::AskPerson(question) => self.ask(index, *question),
            Step::Prepare => self.prepare(index),
            Step::Done => {
                self.entries[index].settled = true;
                Ok(())
            }
            Step::Close { session, .. } if PlantedFault::AbsenceBeforeTheEnd.is_on() => {
                // Nobody closes it, and everybody believes that it has ended.
                let session = *session;
                let ended = Fact::SessionObserved { session, code: 440, invoices: None };
                self.append(index, ended)
            }
            Step::FeedSecondLeg { .. } if self.random.happens(SECOND_LEG_FAILURES) => {
                self.append(index, Fact::SecondLegFailed { reason: SECOND_SYSTEM })
            }
            Step::FetchReceipt { .. } if self.random.happens(WRONG_RECEIPTS) => {
                self.append(index, Fact::ReceiptMismatched { reason: WRONG_RECEIPT })
            }
            step => {
                self.count_question(index, step);
                let parcel = self.entries[index].parcel();
                let facts = perform(step, &mut self.ksef, parcel);
                if self.random.happens(CRASHES) {
                    return self.crash(index);
                }
                if self.random.happens(SLOW_RECORDS) {
                    facts.into_iter().for_each(|fact| self.see(index, fact));
                    return Ok(());
                }
                facts.into_iter().try_for_each(|fact| self.learn(index, fact))
            }
        }
    }

    fn learn(&mut self, index: usize, fact: Fact) -> Result<(), Violation> {
        if PlantedFault::AdoptWithoutComparing.is_on()
            && let Fact::OriginalCompared { ksef_number, session, .. } = fact
        {
            let digest = self.entries[index].parcel().digest;
            let finding = ksef_core::submission::OriginalFinding::Bytes { digest };
            return self.append(index, Fact::OriginalCompared { ksef_number, session, finding });
        }
        self.append(index, fact)
    }

    /// Appends a fact as a ledger does: only if it can follow.
    fn append(&mut self, index: usize, fact: Fact) -> Result<(), Violation> {
        self.note(index, &format!("  {fact:?}"));
        let event = Event::new(self.now, fact);
        let entry = &mut self.entries[index];
        if let Err(error) = entry.history.apply(&event) {
            return Err(self.violation(&format!("document {index}: {error} ({event:?})")));
        }
        entry.events.push(event);
        self.watch(index)
    }

    /// Follows unknown outcomes, and checks that facts alone lead to the same place.
    fn watch(&mut self, index: usize) -> Result<(), Violation> {
        let entry = &mut self.entries[index];
        match (&entry.events.last().expect("just appended").fact, entry.asking) {
            (Fact::AnswerLost { .. }, None) => entry.asking = Some(0),
            (Fact::InvoiceObserved { .. } | Fact::OriginalCompared { .. }, _) => {}
            (_, Some(asked)) if is_decided(&entry.history, self.now) => {
                entry.asking = None;
                self.tally.unknown += 1;
                let last = self.tally.questions.len() - 1;
                self.tally.questions[asked.min(last)] += 1;
            }
            _ => {}
        }
        Ok(())
    }

    fn count_question(&mut self, index: usize, step: &Step) {
        let asks =
            matches!(step, Step::List { .. } | Step::Close { .. } | Step::QuerySession { .. });
        if let (true, Some(asked)) = (asks, &mut self.entries[index].asking) {
            *asked += 1;
        }
    }

    /// The worker dies; another one begins with what is recorded.
    fn crash(&mut self, index: usize) -> Result<(), Violation> {
        self.note(index, "  the worker dies");
        self.tally.crashes += 1;
        self.shared = None;
        let entry = &mut self.entries[index];
        if matches!(entry.events.last().map(|event| &event.fact), Some(Fact::Intent { .. })) {
            entry.asking.get_or_insert(0);
        }
        let replayed = History::replay(&entry.events);
        let same = replayed.as_ref().is_ok_and(|replayed| {
            replayed.next(self.now) == entry.history.next(self.now)
                && replayed.status() == entry.history.status()
        });
        match replayed {
            Ok(history) if same => {
                entry.history = history;
                Ok(())
            }
            _ => Err(self.violation("the replayed history is another one")),
        }
    }

    fn open(&mut self, index: usize) -> Result<(), Violation> {
        if self.channel == Channel::Batch {
            return self.open_batch(index);
        }
        if let Some(session) = self.shared.filter(|_| self.random.happens(700)) {
            let ready = Fact::SessionReady { session, channel: Channel::Online };
            if self.entries[index]
                .history
                .clone()
                .apply(&Event::new(self.now, ready.clone()))
                .is_ok()
            {
                return self.append(index, ready);
            }
        }
        match self.ksef.open(Channel::Online, &[]) {
            Answer::Given(session) if !self.random.happens(CRASHES) => {
                self.shared = Some(session);
                self.append(index, Fact::SessionReady { session, channel: Channel::Online })
            }
            Answer::Given(_) => self.crash(index),
            Answer::Refused(_) | Answer::Lost => self.without_session(index),
        }
    }

    /// A batch takes every document that needs a session right now.
    fn open_batch(&mut self, index: usize) -> Result<(), Violation> {
        let together: Vec<usize> = (0..self.entries.len())
            .filter(|other| self.entries[*other].history.next(self.now) == Step::Open)
            .collect();
        let parcels: Vec<_> = together.iter().map(|other| self.entries[*other].parcel()).collect();
        match self.ksef.open(Channel::Batch, &parcels) {
            Answer::Given(session) if !self.random.happens(CRASHES) => {
                let ready = Fact::SessionReady { session, channel: Channel::Batch };
                self.uploaded.push((session, together.len()));
                together.into_iter().try_for_each(|other| self.append(other, ready.clone()))
            }
            Answer::Given(_) => self.crash(index),
            Answer::Refused(_) | Answer::Lost => self.without_session(index),
        }
    }

    fn without_session(&mut self, index: usize) -> Result<(), Violation> {
        let later = self.now.checked_add(Duration::from_secs(10)).expect("within the century");
        let signing = self.entries[index].history.status() == SubmissionStatus::Signing;
        let fact = if signing {
            Fact::Released { reason: NO_SESSION, retry_at: later }
        } else {
            Fact::Postponed { reason: NO_SESSION, until: later }
        };
        self.append(index, fact)
    }

    fn post(
        &mut self,
        index: usize,
        attempt: u32,
        session: ReferenceNumber,
    ) -> Result<(), Violation> {
        let together = self.posted_together(index, session);
        if self.uploaded.contains(&(session, together.len())) == (self.channel == Channel::Online) {
            return Err(self.violation("a batch is closed without an intent of each document"));
        }
        let snapshots: Vec<_> =
            together.iter().map(|other| self.entries[*other].history.clone()).collect();
        for (other, snapshot) in together.iter().zip(&snapshots) {
            let attempt = snapshot.attempts() + 1;
            self.append(*other, Fact::Intent { attempt, session })?;
        }
        let parcel = self.entries[index].parcel();
        if self.random.happens(RACES) {
            self.race(index, Fact::Intent { attempt, session }, parcel, session);
        }
        if self.random.happens(PAUSES) {
            let sleep = Duration::from_secs(self.random.below(40 * 60));
            let wakes = self.now.checked_add(sleep).expect("within the century");
            self.ksef.submit_at(wakes, session, parcel);
            return self.crash(index);
        }
        if self.random.happens(CRASHES) {
            return self.crash(index);
        }
        let answer = self.ksef.submit(session, parcel);
        if PlantedFault::ResendWithoutAsking.is_on() && answer == Answer::Lost {
            self.resend_blindly(parcel);
        }
        if self.random.happens(CRASHES) {
            return self.crash(index);
        }
        let slow = self.random.happens(SLOW_RECORDS);
        for (other, snapshot) in together.into_iter().zip(snapshots) {
            let attempt = snapshot.attempts() + 1;
            let fact = match answer {
                Answer::Given(invoice) => Fact::Acknowledged { attempt, invoice },
                Answer::Refused(refusal) => Fact::SendRefused { attempt, refusal },
                Answer::Lost => Fact::AnswerLost { attempt },
            };
            if slow {
                self.see(other, fact);
            } else {
                self.append(other, fact)?;
            }
        }
        Ok(())
    }

    /// The documents that one request submits: the one, or all of a batch.
    fn posted_together(&self, index: usize, session: ReferenceNumber) -> Vec<usize> {
        if self.channel == Channel::Online {
            return vec![index];
        }
        let in_session = |other: &usize| {
            let next = self.entries[*other].history.next(self.now);
            matches!(next, Step::Post { session: theirs, .. } if theirs == session)
        };
        (0..self.entries.len()).filter(in_session).collect()
    }

    /// A second worker with the same stale view: the ledger must stop it.
    fn race(&mut self, index: usize, intent: Fact, parcel: Parcel, session: ReferenceNumber) {
        let stopped =
            self.entries[index].history.clone().apply(&Event::new(self.now, intent)).is_err();
        if !stopped || PlantedFault::SkippedFence.is_on() {
            let _unheard = self.ksef.submit(session, parcel);
        }
    }

    /// What a client does that repeats a request whose answer it did not get.
    fn resend_blindly(&mut self, parcel: Parcel) {
        if let Answer::Given(session) = self.ksef.open(self.channel, &[parcel]) {
            let _unheard = self.ksef.submit(session, parcel);
        }
    }

    fn prepare(&mut self, index: usize) -> Result<(), Violation> {
        let entry = &mut self.entries[index];
        let version = u32::try_from(entry.versions.len()).expect("few versions") + 1;
        let document = Document {
            version,
            digest: digest(self.seed, entry.number, version),
            p_1: self.now.warsaw_date(),
            when_late: WhenLate::Ask,
            paired: entry.versions.first().is_some_and(|first| first.paired),
        };
        entry.versions.push(document);
        self.append(index, Fact::Prepared { document })
    }

    fn ask(&mut self, index: usize, question: Question) -> Result<(), Violation> {
        let decision = Decision::new("Anna Nowak", "a test").expect("both are given");
        let today = self.now.warsaw_date() == self.entries[index].versions.last().expect("one").p_1;
        let bytes = match question {
            Question::Terminated if today && self.random.happens(700) => RetryBytes::Same,
            Question::Terminated | Question::IssueDatePassed if self.random.happens(300) => {
                RetryBytes::SameOffline
            }
            Question::Terminated | Question::IssueDatePassed | Question::Rejected => {
                RetryBytes::Rebuilt
            }
            Question::NumberTaken => {
                self.entries[index].settled = true;
                return Ok(());
            }
            Question::ReceiptMismatched => return self.fetch_again(index),
            Question::SecondLegFailed => RetryBytes::Same,
            other => return Err(self.violation(&format!("a person is asked {other:?}"))),
        };
        match question {
            Question::Terminated => self.tally.terminated += 1,
            Question::Rejected => self.tally.rejected += 1,
            Question::SecondLegFailed => self.tally.second_legs += 1,
            _ => {}
        }
        self.append(index, Fact::RetryOrdered { decision, bytes })
    }

    /// A person sees that the receipt was garbled on its way and has a sound one stored.
    fn fetch_again(&mut self, index: usize) -> Result<(), Violation> {
        self.tally.quarantined += 1;
        let digest = Sha256Digest::of(b"a sound receipt");
        self.append(index, Fact::ReceiptStored { digest, signer: ReceiptSigner::Unknown })
    }

    /// Compares what the ledgers say with what KSeF holds.
    fn judge(mut self) -> Result<Tally, Violation> {
        // Whatever is still on its way arrives before the count.
        let much_later = self.now.checked_add(Duration::from_secs(86_400)).expect("within bounds");
        self.ksef.advance_to(much_later);
        self.now = much_later;
        self.record_late()?;
        for index in 0..self.entries.len() {
            let entry = &self.entries[index];
            let held = self.ksef.held(entry.number);
            let verdict = match entry.history.status() {
                SubmissionStatus::Accepted => accepted_once(entry, &held),
                SubmissionStatus::Failed | SubmissionStatus::KsefFailedFakturowniaSkipped => {
                    taken_by_another(entry, &held)
                }
                other => Err(format!("it ends as {other}")),
            };
            if let Err(fault) = verdict {
                return Err(self.violation(&format!("document {index}: {fault}; held: {held:?}")));
            }
            let decided = |wanted: fn(&Fact) -> bool| {
                let found = self.entries[index].events.iter().filter(|event| wanted(&event.fact));
                u64::try_from(found.count()).expect("few facts")
            };
            self.tally.resends += decided(|fact| matches!(fact, Fact::ResendDecided));
            self.tally.versions += decided(|fact| matches!(fact, Fact::Prepared { .. }));
            self.tally.documents += 1;
            let accepted = entry.history.status() == SubmissionStatus::Accepted;
            self.tally.accepted += u64::from(accepted);
            self.tally.conflicts += u64::from(!accepted);
        }
        Ok(self.tally)
    }

    fn note(&self, index: usize, text: &str) {
        if self.traced {
            println!("{} document {index}: {text}", self.now);
        }
    }

    fn violation(&self, what: &str) -> Violation {
        format!("{what}\nseed {} (set KSEF_SEED={} to see its trace)", self.seed, self.seed)
    }
}

/// The document is at KSeF once, as one of its versions, under the number that the ledger has.
fn accepted_once(entry: &Entry, held: &[Held]) -> Result<(), String> {
    let [held] = held else {
        return Err(format!("accepted, and KSeF holds {}", held.len()));
    };
    let version = entry.history.version_at_ksef();
    let ours = entry.versions.iter().find(|document| Some(document.version) == version);
    if ours.is_none_or(|document| document.digest != held.parcel.digest) {
        return Err("accepted, and KSeF holds other bytes".to_owned());
    }
    if entry.history.ksef_number() != Some(held.ksef_number) {
        return Err("accepted under another number".to_owned());
    }
    Ok(())
}

/// Somebody else's document has the number, and none of ours is there.
fn taken_by_another(entry: &Entry, held: &[Held]) -> Result<(), String> {
    let ours =
        |held: &Held| entry.versions.iter().any(|document| document.digest == held.parcel.digest);
    if held.is_empty() || held.iter().any(ours) {
        return Err("failed, and KSeF does not hold somebody else's document alone".to_owned());
    }
    Ok(())
}

/// Whether the outcome is no longer unknown: KSeF has it, refused it, or is shown not to have it.
fn is_decided(history: &History, now: Timestamp) -> bool {
    !matches!(
        history.next(now),
        Step::List { .. } | Step::Close { .. } | Step::QuerySession { .. } | Step::Wait { .. }
    )
}

fn new_entry(seed: u64, number: u64, now: Timestamp, random: &mut Random) -> Entry {
    let today = now.warsaw_date();
    let document = Document {
        version: 1,
        digest: digest(seed, number, 1),
        p_1: if random.happens(20) { today.checked_add_days(1).unwrap_or(today) } else { today },
        when_late: if random.happens(100) { WhenLate::Send } else { WhenLate::Ask },
        paired: random.happens(100),
    };
    let event = Event::new(now, Fact::Prepared { document });
    let history = History::begin(&event).expect("a document begins by being prepared");
    let (versions, events) = (vec![document], vec![event]);
    Entry { number, versions, events, history, asking: None, settled: false }
}

/// A stand-in for the hash of a version's bytes.
fn digest(seed: u64, number: u64, version: u32) -> Sha256Digest {
    let mut random =
        Random::new(seed ^ number.rotate_left(17) ^ u64::from(version).rotate_left(43));
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&random.bits().to_be_bytes());
    }
    Sha256Digest::from_bytes(bytes)
}

/// A moment of 2026; every third one is a few minutes or seconds before midnight in Warsaw.
fn start(random: &mut Random) -> Timestamp {
    let first: Timestamp = "2026-02-01T00:00:00Z".parse().expect("a timestamp");
    let moment = first
        .checked_add(Duration::from_secs(random.below(300 * 86_400)))
        .expect("within the century");
    if !random.happens(333) {
        return moment;
    }
    let next_day = moment.warsaw_date().checked_add_days(1).expect("within the century");
    // Some meet midnight while they are being sent, others while they are being looked for.
    let longest = if random.happens(500) { 3_000 } else { 15 * 60_000 };
    let early = Duration::from_millis(random.below(longest));
    next_day.start_in_warsaw().checked_sub(early).expect("within the century")
}

fn faults(random: &mut Random) -> Faults {
    match random.below(10) {
        0 => Faults { number_taken: 100, ..Faults::NONE },
        1 => Faults { answer_lost: 400, late: 300, ..Faults::NONE },
        2 => Faults { cancelled: 400, lying_error: 200, slow: 500, ..Faults::NONE },
        3 => Faults { list_lag: 900, late: 300, request_lost: 200, ..Faults::NONE },
        _ => Faults::HARSH,
    }
}
