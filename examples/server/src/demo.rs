//! The demo: a day's documents of a company on their way to KSeF.

mod invoices;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use ksef_core::submission::simulation::{Faults, Parcel, SimulatedKsef, perform};
use ksef_core::submission::{Document, Event, Fact, History, ReasonCode, Step, WhenLate, next};
use ksef_core::{InvoiceXml, Sha256Digest, SubmissionStatus, Timestamp};

use invoices::{Drafted, Sale, draft, store};

use SubmissionStatus::{Accepted, Failed, KsefOkFakturowniaFailed, Pending, Skipped};

/// The same day and the same mishaps in every run.
const NINE_IN_WARSAW: &str = "2026-11-20T09:00:00+01:00";
const SEED: u64 = 2_026;

/// Where the documents are written.
const FOLDER: &str = "target/demo/invoices";

/// What is special about a document of the day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Case {
    Ordinary,
    /// The number is held by a document that is not ours.
    NumberTaken,
    /// KSeF finds the content invalid.
    Invalid,
    /// The mapper waits for the exchange rate.
    Deferred,
    /// The buyer is a consumer, and a rule leaves consumers out.
    Consumer,
    /// It is exempt, and nobody says on which ground; the builder does not guess one.
    Refused,
    /// Dated yesterday: nothing is sent until a person says how.
    Yesterday,
    /// A second invoicing system is fed, and refuses.
    SecondSystemRefuses,
}

/// How each document has to end. Written by hand; nothing computes it.
const EXPECTED: &[(Case, &str, SubmissionStatus)] = &[
    (Case::Ordinary, "FV/2026/11/01", Accepted),
    (Case::Ordinary, "FV/2026/11/02", Accepted),
    (Case::Ordinary, "FV/2026/11/03", Accepted),
    (Case::Ordinary, "FV/2026/11/04", Accepted),
    (Case::NumberTaken, "FV/2026/11/05", Failed),
    (Case::Ordinary, "FV/2026/11/06", Accepted),
    (Case::Ordinary, "FV/2026/11/07", Accepted),
    (Case::Deferred, "FV/2026/11/08", Pending),
    (Case::Ordinary, "FV/2026/11/09", Accepted),
    (Case::Ordinary, "FV/2026/11/10", Accepted),
    (Case::Consumer, "FV/2026/11/11", Skipped),
    (Case::Ordinary, "FV/2026/11/12", Accepted),
    (Case::Ordinary, "FV/2026/11/13", Accepted),
    (Case::Ordinary, "FV/2026/11/14", Accepted),
    (Case::Invalid, "FV/2026/11/15", Failed),
    (Case::Ordinary, "FV/2026/11/16", Accepted),
    (Case::Refused, "FV/2026/11/17", Failed),
    (Case::Ordinary, "FV/2026/11/18", Accepted),
    (Case::Ordinary, "FV/2026/11/19", Accepted),
    (Case::Yesterday, "FV/2026/11/20", Pending),
    (Case::Ordinary, "FV/2026/11/21", Accepted),
    (Case::SecondSystemRefuses, "FV/2026/11/22", KsefOkFakturowniaFailed),
    (Case::Ordinary, "FV/2026/11/23", Accepted),
    (Case::Ordinary, "FV/2026/11/24", Accepted),
];

/// A document and everything that happened to it.
struct Submission {
    case: Case,
    number: &'static str,
    key: u64,
    /// The exact bytes, where a document was written.
    xml: Option<InvoiceXml>,
    events: Vec<Event>,
    expected: SubmissionStatus,
}

/// Runs the demo and says how it went.
pub(crate) fn run() -> ExitCode {
    match Demo::new().and_then(Demo::run) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Demo {
    now: Timestamp,
    began: Timestamp,
    ksef: SimulatedKsef,
    submissions: Vec<Submission>,
    lost_answers: usize,
}

impl Demo {
    fn new() -> Result<Self, Box<dyn Error>> {
        let now: Timestamp = NINE_IN_WARSAW.parse()?;
        let faults = Faults { invalid: 0, number_taken: 0, ..Faults::HARSH };
        let mut ksef = SimulatedKsef::new(SEED, faults, now);
        let submissions = EXPECTED
            .iter()
            .zip(0..)
            .map(|(row, key)| Submission::new(*row, key, now, &mut ksef))
            .collect::<Result<_, _>>()?;
        Ok(Self { now, began: now, ksef, submissions, lost_answers: 0 })
    }

    fn run(mut self) -> Result<bool, Box<dyn Error>> {
        println!(
            "{} documents of a company; KSeF is simulated and has a bad day.\n",
            EXPECTED.len()
        );
        self.work_until_nothing_is_due(5)?;
        println!("A worker died while it was sending. Another one begins with what is recorded.\n");
        self.work_until_nothing_is_due(u32::MAX)?;
        self.report()
    }

    /// One worker. It dies in the middle of its `last_sending`th sending: the intent is recorded,
    /// the request has left, and nobody is there for the answer.
    fn work_until_nothing_is_due(&mut self, last_sending: u32) -> Result<(), Box<dyn Error>> {
        // An evening is enough: what still waits then waits for people or for data.
        let evening = self.began.checked_add(Duration::from_secs(12 * 3_600));
        let mut sendings_left = last_sending;
        loop {
            let turns = self.one_round(&mut sendings_left)?;
            let waits = turns.iter().filter_map(|turn| match turn {
                Turn::Waits(until) => Some(*until),
                Turn::Worked | Turn::Rests => None,
            });
            match waits.min() {
                _ if sendings_left == 0 => return Ok(()),
                _ if turns.contains(&Turn::Worked) => {}
                Some(until) if Some(until) < evening => self.pass_to(until),
                _ => return Ok(()),
            }
        }
    }

    fn one_round(&mut self, sendings_left: &mut u32) -> Result<Vec<Turn>, Box<dyn Error>> {
        let mut turns = Vec::new();
        for index in 0..self.submissions.len() {
            if *sendings_left > 0 {
                turns.push(self.step(index, sendings_left)?);
            }
        }
        Ok(turns)
    }

    fn pass_to(&mut self, until: Timestamp) {
        self.now = self.now.max(until);
        self.ksef.advance_to(self.now);
    }

    fn step(&mut self, index: usize, sendings_left: &mut u32) -> Result<Turn, Box<dyn Error>> {
        let now = self.now;
        let Some(submission) = self.submissions.get_mut(index) else {
            return Ok(Turn::Rests);
        };
        let step = next(&submission.events, now)?;
        let facts = match step {
            Step::Wait { until } => return Ok(Turn::Waits(until)),
            Step::AskPerson(_) | Step::Done => return Ok(Turn::Rests),
            // The mapper of this demo has nothing new to say.
            Step::Prepare => vec![deferred()],
            Step::FeedSecondLeg { .. } => {
                vec![Fact::SecondLegFailed { reason: ReasonCode::from_static("refused") }]
            }
            step => perform(&step, &mut self.ksef, submission.parcel()),
        };
        let sends = matches!(facts.first(), Some(Fact::Intent { .. }));
        *sendings_left -= u32::from(sends);
        let recorded = if *sendings_left == 0 { 1 } else { facts.len() };
        for fact in facts.into_iter().take(recorded) {
            self.lost_answers += usize::from(matches!(fact, Fact::AnswerLost { .. }));
            submission.append(Event::new(now, fact))?;
        }
        self.pass_to(now.checked_add(Duration::from_millis(250)).unwrap_or(now));
        Ok(Turn::Worked)
    }

    fn report(&self) -> Result<bool, Box<dyn Error>> {
        let mut all_well = true;
        println!(
            "{:<14} {:<27} {:<36} {:>5}  As expected",
            "Invoice", "Status", "KSeF number", "Sent"
        );
        for submission in &self.submissions {
            let history = History::replay(&submission.events)?;
            let well = history.status() == submission.expected
                && self.held_as_recorded(submission, &history);
            all_well &= well;
            println!(
                "{:<14} {:<27} {:<36} {:>4}x  {}",
                submission.number,
                history.status(),
                history.ksef_number().map_or_else(|| "-".to_owned(), String::from),
                history.attempts(),
                if well { "yes" } else { "NO" },
            );
        }
        let elapsed = self.now.saturating_duration_since(self.began).as_secs() / 60;
        println!("\nThe invoices are in {FOLDER}, each valid without a warning.");
        println!("{} answers were lost; simulated time: {elapsed} minutes.", self.lost_answers);
        println!(
            "{}",
            if all_well {
                "KSeF's own list and the ledger agree: nothing lost, nothing twice."
            } else {
                "Something did not end as the table says."
            }
        );
        Ok(all_well)
    }

    /// Whether KSeF holds what the ledger says, and holds it once.
    fn held_as_recorded(&self, submission: &Submission, history: &History) -> bool {
        let held = self.ksef.held(submission.key);
        let ours = held.iter().filter(|held| held.parcel == submission.parcel());
        let numbers: Vec<_> = ours.map(|held| held.ksef_number).collect();
        numbers == Vec::from_iter(history.ksef_number())
    }
}

/// What came of looking at a submission.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Turn {
    Worked,
    Waits(Timestamp),
    Rests,
}

impl Submission {
    fn new(
        (case, number, expected): (Case, &'static str, SubmissionStatus),
        key: u64,
        now: Timestamp,
        ksef: &mut SimulatedKsef,
    ) -> Result<Self, Box<dyn Error>> {
        let events = Vec::new();
        let mut submission = Self { case, number, key, xml: None, events, expected };
        let first = submission.first_fact(now)?;
        submission.append(Event::new(now, first))?;
        let digest = submission.parcel().digest;
        match case {
            Case::NumberTaken => {
                let digest = Sha256Digest::of(b"somebody else's document");
                ksef.hold_foreign(Parcel { number: key, digest });
            }
            Case::Invalid => ksef.find_invalid(digest),
            _ => {}
        }
        Ok(submission)
    }

    fn first_fact(&mut self, now: Timestamp) -> Result<Fact, Box<dyn Error>> {
        match self.case {
            Case::Deferred => Ok(deferred()),
            Case::Consumer => Ok(Fact::Skipped { rule: ReasonCode::from_static("b2c") }),
            _ => self.write(now),
        }
    }

    /// Builds, judges and stores the document, or says why there is none.
    fn write(&mut self, now: Timestamp) -> Result<Fact, Box<dyn Error>> {
        let today = now.warsaw_date();
        let p_1 = match self.case {
            Case::Yesterday => today.checked_add_days(-1).unwrap_or(today),
            _ => today,
        };
        let sale = match self.case {
            Case::Refused => Sale::ExemptWithoutGround,
            _ => Sale::of_turn(self.key),
        };
        let xml = match draft(sale, self.number, p_1, now)? {
            Drafted::Written(xml) => xml,
            Drafted::Refused(errors) => {
                println!("{} is not written: {errors}\n", self.number);
                let reason = ReasonCode::from_static("not_buildable");
                return Ok(Fact::Refused { reasons: vec![reason] });
            }
        };
        store(Path::new(FOLDER), self.number, &xml)?;
        let digest = xml.digest();
        self.xml = Some(xml);
        let paired = self.case == Case::SecondSystemRefuses;
        let when_late = WhenLate::Ask;
        let document = Document { version: 1, digest, p_1, when_late, paired };
        Ok(Fact::Prepared { document })
    }

    /// Appends only what can follow, as a ledger does.
    fn append(&mut self, event: Event) -> Result<(), Box<dyn Error>> {
        self.events.push(event);
        History::replay(&self.events)?;
        Ok(())
    }

    fn parcel(&self) -> Parcel {
        // What has no document is never sent, so the hash of nothing is never looked at.
        let digest = self.xml.as_ref().map_or_else(|| Sha256Digest::of(b""), InvoiceXml::digest);
        Parcel { number: self.key, digest }
    }
}

fn deferred() -> Fact {
    Fact::Deferred { reasons: vec![ReasonCode::from_static("rate_not_published_yet")] }
}
