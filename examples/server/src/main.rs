//! A tenant-isolated service from a Stripe webhook to the archived official receipt of KSeF.
//!
//! What it will be is in `docs/ARCHITECTURE.md`. What it does today is `ksef-server demo`: invoices
//! and credit notes of Stripe arrive as signed webhooks, are mapped by `ksef-stripe`, sent by
//! `ksef-client` to a sandbox that misbehaves, with a worker that is killed on the way, and end
//! with verified receipts.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to people")]

mod demo;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: ksef-server demo

  demo   takes a company's Stripe invoices and credit notes of one day to a KSeF sandbox that loses
         answers, kills the worker while it sends, and checks how each document ended; what was
         made is in target/demo

demo exits with 0 only if every document ended as a table written by hand says.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["demo"] => demo::run(),
        // Started by the demo itself.
        ["demo-worker", api, nip, offset] => demo::work(api, nip, offset),
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
