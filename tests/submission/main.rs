//! The submission machine against a KSeF that misbehaves, with workers that die: every document
//! is accepted exactly once, and no person is asked what KSeF can be asked.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that meets what cannot be is red"
)]

mod scenarios;
mod world;

use std::env;
use std::thread;

use ksef_tests::suite::cases;
use world::{Tally, World};

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}

/// Runs worlds from `first` on in steps of `stride`, until they have seen enough documents.
fn run_worlds(first: u64, stride: usize, documents: u64) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for seed in (first..).step_by(stride) {
        if tally.documents >= documents {
            break;
        }
        tally.add(&World::new(seed, false).run()?);
    }
    Ok(tally)
}

#[test]
fn every_submission_is_accepted_exactly_once_whatever_ksef_and_the_workers_do() {
    if let Some(seed) = number("KSEF_SEED") {
        let tally = World::new(seed, true).run().unwrap_or_else(|violation| panic!("{violation}"));
        println!("seed {seed}: {tally:?}");
        return;
    }
    let ordinary = u64::from(cases(1_000_000, 20_000_000));
    let submissions = number("KSEF_SUBMISSIONS").unwrap_or(ordinary);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = submissions.div_ceil(threads as u64);
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || run_worlds(thread as u64, threads, share)))
            .collect();
        for run in runs {
            let part = run.join().expect("the run does not panic");
            tally.add(&part.unwrap_or_else(|violation| panic!("{violation}")));
        }
    });
    println!("{tally:?}");
    let (half, nearly_all) = (tally.questions_within(50), tally.questions_within(99));
    println!("an unknown outcome took {half} questions (median), {nearly_all} (99 of 100)");
    assert!(tally.documents >= submissions);
    assert_eq!(tally.accepted + tally.conflicts, tally.documents);
    // A run that met no trouble proves nothing.
    for (what, seen) in [
        ("unknown outcomes", tally.unknown),
        ("resends", tally.resends),
        ("terminations", tally.terminated),
        ("rejections", tally.rejected),
        ("conflicts", tally.conflicts),
        ("crashes", tally.crashes),
        ("late records", tally.late),
        ("wrong receipts", tally.quarantined),
        ("second legs", tally.second_legs),
    ] {
        assert!(seen * 1_000 > tally.documents, "only {seen} {what}");
    }
}
