//! The sandbox from outside: every status, foreign clients, bad input, faults.

mod causes;
mod limits;

use std::process::ExitCode;

use ksef_tests::contract::OPEN_API;
use ksef_tests::suite::{Failed, Need, Suite};

const CONTRACT: [Need; 1] = [Need::OfficialFile(OPEN_API)];

type Test = (&'static str, fn() -> Result<(), Failed>);

const TESTS: &[Test] = &[("every_documented_status_is_brought_about", causes::are_complete)];

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
