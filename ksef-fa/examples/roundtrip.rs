//! Reads an invoice and writes it again.
//!
//! `cargo run --release -p ksef-fa --example roundtrip -- FILE OUT` ends with 1 and writes nothing
//! if the file is not valid.

use std::process::ExitCode;
use std::{env, fs, io, io::Write as _};

use ksef_core::{Clock as _, Environment, SystemClock};
use ksef_fa::{Invoice, Language, Profile};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, out] = arguments.as_slice() else {
        writeln!(io::stderr(), "usage: roundtrip FILE OUT")?;
        return Ok(ExitCode::from(64));
    };
    let bytes = fs::read(file)?;
    let profile = Profile::new(Environment::Test, SystemClock.today_in_warsaw());
    let invoice = match Invoice::from_xml(&bytes, &profile) {
        Ok(invoice) => invoice,
        Err(report) => {
            writeln!(io::stderr(), "{}", report.render(&bytes, Language::English))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    fs::write(out, invoice.to_xml_unchecked())?;
    Ok(ExitCode::SUCCESS)
}
