//! The schema tables against the official schemas.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod differential;

use std::process::ExitCode;

use ksef_tests::suite::Suite;

fn main() -> ExitCode {
    differential::add(Suite::new()).run()
}
