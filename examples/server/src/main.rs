//! A tenant-isolated service from a Stripe webhook to the archived official receipt of KSeF.
//!
//! What it will be is in `docs/ARCHITECTURE.md`. What it does today is `ksef-server demo`: invoices
//! and credit notes of Stripe arrive as signed webhooks for two companies, are mapped by
//! `ksef-stripe`, recorded by `ksef-audit`, sent by `ksef-client` to a sandbox that misbehaves,
//! with a worker that is killed on the way, and end with verified receipts.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to people")]

mod company;
mod demo;
mod export;
mod intake;
mod ksef;
mod mapping;
mod random;
mod sources;
mod worker;

use std::error::Error;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: ksef-server demo

  demo   takes the Stripe invoices and credit notes of one day of two companies to a KSeF sandbox
         that loses answers, kills the worker while it sends, and checks how each document ended;
         what was made is in target/demo

demo exits with 0 only if every document ended as a table written by hand says.";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["demo"] => demo::run().await,
        // Started by the demo itself.
        ["demo-worker"] => demo::work().await.map(|()| true),
        ["--help" | "-h" | "help"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("ksef-server: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// An error and its causes in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
