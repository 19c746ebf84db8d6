//! The sandbox from outside: every status, foreign clients, bad input, faults.

mod foreign;
mod walk;

use std::process::ExitCode;

use ksef_tests::suite::Suite;

fn main() -> ExitCode {
    walk::add_to(foreign::add_to(Suite::new())).run()
}
