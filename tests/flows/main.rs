//! The sandbox from outside: every status, foreign clients, bad input, faults.

mod causes;
mod faults;
mod limits;

use std::process::ExitCode;

use ksef_tests::contract::OPEN_API;
use ksef_tests::suite::{Failed, Need, Suite};

const CONTRACT: [Need; 1] = [Need::OfficialFile(OPEN_API)];

type Test = (&'static str, fn() -> Result<(), Failed>);

const TESTS: &[Test] = &[
    ("every_documented_status_is_brought_about", causes::are_complete),
    ("every_fault_is_seen_to_happen", faults::each_is_seen),
    ("the_suite_sees_every_fault_that_there_is", faults::all_are_seen),
    ("a_fault_happens_as_often_as_asked", faults::happen_as_often_as_asked),
];

fn main() -> ExitCode {
    let suite =
        TESTS.iter().fold(Suite::new(), |suite, (name, test)| suite.test(name, &CONTRACT, test));
    let suite = causes::all().fold(suite, |suite, cause| {
        suite.test(&cause.to_string(), &CONTRACT, move || cause.prove())
    });
    suite.run()
}

/// Fails if there is anything in the list, and shows the beginning of it.
fn none(wrong: &[String]) -> Result<(), Failed> {
    let shown: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} wrong:\n{}", wrong.len(), shown.join("\n")).into())
}
