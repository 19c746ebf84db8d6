//! A tenant-isolated service from a Stripe webhook to the archived official receipt of KSeF.
//!
//! What it will be is in `docs/ARCHITECTURE.md`. What it does today is `ksef-server demo`: it
//! builds, writes and judges invoices with `ksef-fa` and takes them through the submission protocol
//! of `ksef-core`, against a KSeF that is simulated within the process and misbehaves, with a worker
//! that dies on the way.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to people")]

mod demo;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: ksef-server demo

  demo   builds a company's invoices of one day, takes them to a simulated KSeF that loses
         answers and refuses, lets a worker die while it sends, and checks how each ended

demo exits with 0 only if every document ended as a table written by hand says.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["demo"] => demo::run(),
        ["--help" | "-h" | "help"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(64)
        }
    }
}
