//! The sandbox from outside: every status, foreign clients, bad input, faults.

mod foreign;

use std::process::ExitCode;

use ksef_tests::suite::Suite;

fn main() -> ExitCode {
    foreign::add_to(Suite::new()).run()
}
