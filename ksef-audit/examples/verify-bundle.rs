//! Verifies an evidence bundle: `verify-bundle BUNDLE.zip KEY…`, where a key is the text of a
//! `VerifierKey`, `name+id+key`. Prints what is wrong, a line each, and OK or FAILED.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::{env, fs};

use ksef_audit::export::verify_bundle;
use ksef_audit::log::VerifierKey;

type Failure = Box<dyn core::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    let mut arguments = env::args().skip(1);
    let bundle = arguments.next().ok_or("usage: verify-bundle BUNDLE.zip KEY…")?;
    let keys: Result<Vec<VerifierKey>, _> = arguments.map(|key| key.parse()).collect();
    // Receipts need a verifier of XML signatures, such as the one of `ksef_client::xades`.
    let report = verify_bundle(&fs::read(bundle)?, &keys?, None);
    let mut out = io::stdout().lock();
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    writeln!(out, "{} records, {} documents", report.records, report.documents)?;
    writeln!(out, "{}", if report.is_sound() { "OK" } else { "FAILED" })?;
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
