//! Seeded runs: an invoice is sent by processes that die anywhere, over a KSeF that fails.
//!
//! `KSEF_RUNS` says how many runs there are, `KSEF_SEED` which one is the first; a failure names
//! its seed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ksef_client::{Error, OutgoingInvoice, PollPolicy, Submission};
use ksef_core::submission::Question;
use ksef_core::submission::simulation::Random;
use ksef_core::{FormCode, InvoiceXml, SubmissionStatus};
use ksef_sandbox::{Fault, FaultKind};
use ksef_tests::client::{World, invoice};
use ksef_tests::planted::PlantedFault;
use ksef_tests::sandbox::InvoiceText;
use libtest_mimic::Failed;

use crate::mortal::Mortal;
use crate::run;

const RUNS: u64 = 10_000;

/// How many times the process dies at most.
const LIVES: u32 = 6;

const PATIENT: PollPolicy = PollPolicy::new().deadline(Duration::from_secs(6 * 3_600));

/// The same faults for the same seed, none of them for ever.
fn faults(random: &mut Random, seed: u64) -> Vec<Fault> {
    let kinds = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::ServerError { status: 502 },
        FaultKind::Html,
        FaultKind::TooManyRequests { retry_after_seconds: 5 },
        FaultKind::SessionUnavailable,
        FaultKind::SessionKeyRace,
        FaultKind::InvoiceCancelled,
        FaultKind::UnknownError,
        FaultKind::LatePermanentStorage { seconds: 300 },
        FaultKind::ShortAccessToken { seconds: 5 },
        FaultKind::WrongOriginalSession,
    ];
    let mut armed = Vec::new();
    for kind in kinds {
        if random.happens(400) {
            let count = 1 + u32::try_from(random.below(4)).unwrap_or(1);
            armed.push(Fault::always(kind).in_thousandths(300, seed).times(count));
        }
    }
    armed
}

/// The planted fault: who comes back to life writes the document anew, in other bytes.
fn rebuilt() -> OutgoingInvoice {
    let text = InvoiceText::new("FV 1").longer_by(1);
    OutgoingInvoice::read(InvoiceXml::new(text.as_bytes()).unwrap()).unwrap()
}

/// One life: log in, take up what is kept or begin, go on to the receipt.
async fn live(mortal: &Mortal) -> Result<Submission, Error> {
    let auth = mortal.log_in(&PATIENT).await?;
    let submission = match mortal.kept() {
        Some(_) if PlantedFault::RebuiltBytes.is_on() => {
            auth.open_online(FormCode::Fa3).await?.submission(rebuilt())?
        }
        Some(kept) => auth.resume_submission(&kept)?,
        None => auth.open_online(FormCode::Fa3).await?.submission(invoice("FV 1").unwrap())?,
    };
    let mut submission = submission.with_journal(Arc::new(mortal.clone()));
    match submission.receipt(&PATIENT).await {
        Ok(_) | Err(Error::Rejected(_)) => Ok(submission),
        Err(error) => Err(error),
    }
}

/// What happened in all runs, so that it shows when nothing does any more.
#[derive(Debug, Default)]
struct Tally {
    accepted: u64,
    not_accepted: u64,
    sent_again: u64,
    deaths: u64,
}

async fn one_run(seed: u64, tally: &Mutex<Tally>) -> Result<(), Failed> {
    let mut random = Random::new(seed);
    let world = World::new(|config| config.seed = Some(seed))?;
    for fault in faults(&mut random, seed) {
        world.sandbox().add_fault(fault);
    }
    let mortal = Mortal::new(world);
    for lives in 0..40 {
        let dies = lives < LIVES && random.happens(700);
        let requests = dies.then(|| 1 + random.below(25));
        mortal.live_again(requests, random.happens(500));
        let lived = live(&mortal).await;
        if mortal.is_dead() {
            tally.lock().unwrap_or_else(PoisonError::into_inner).deaths += 1;
            continue;
        }
        if let Ok(submission) = lived {
            judge(mortal.world(), &submission)?;
            tally.lock().unwrap_or_else(PoisonError::into_inner).count(&submission);
            return Ok(());
        }
        mortal.world().sandbox().advance(Duration::from_secs(60));
    }
    Err("it does not come to an end".into())
}

impl Tally {
    fn count(&mut self, submission: &Submission) {
        let is_accepted = submission.status() == SubmissionStatus::Accepted;
        *(if is_accepted { &mut self.accepted } else { &mut self.not_accepted }) += 1;
        self.sent_again += u64::from(submission.history().attempts() > 1);
    }
}

/// What the submission says is what the sandbox holds.
fn judge(world: &World, submission: &Submission) -> Result<(), Failed> {
    let held = world.sandbox().accepted();
    let number = submission.history().ksef_number();
    let ended_well = match submission.status() {
        SubmissionStatus::Accepted => {
            held.len() == 1 && held.first().map(|held| held.ksef_number) == number
        }
        SubmissionStatus::Failed | SubmissionStatus::Terminated => held.is_empty(),
        _ => false,
    };
    let question = submission.history().next(world.sandbox().now());
    let is_conflict = question == ksef_core::submission::Step::AskPerson(Question::NumberTaken);
    if ended_well && !is_conflict {
        return Ok(());
    }
    Err(format!(
        "{:?} with {} at KSeF: {:#?}",
        submission.status(),
        held.len(),
        submission.events()
    )
    .into())
}

pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn whoever_dies_and_whatever_fails_nothing_is_lost_and_nothing_is_there_twice() {
    let first = setting("KSEF_SEED", 0);
    let runs = setting("KSEF_RUNS", RUNS);
    let seeds = Mutex::new(first..first + runs);
    let tally = Mutex::new(Tally::default());
    let next = || seeds.lock().unwrap_or_else(PoisonError::into_inner).next();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(seed) = next() {
                    run(async {
                        one_run(seed, &tally).await.map_err(|failed| {
                            format!("seed {seed}: {}", failed.message().unwrap_or_default()).into()
                        })
                    });
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A tenth of the runs at least goes each of these ways; fewer runs may miss one by chance.
    let ways = [tally.accepted, tally.sent_again, tally.deaths];
    assert!(runs < 100 || ways.iter().all(|way| way * 10 > runs), "{tally:?}");
    assert!(runs < 100 || tally.not_accepted > 0, "{tally:?}");
}
