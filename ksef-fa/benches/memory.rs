//! How much memory it takes to validate an invoice of 10,000 lines from a reader.
//!
//! The figure is the process's peak, of which Linux tells.

#[path = "shared/lines.rs"]
mod lines;

use std::error::Error;
use std::fs;
use std::io::{self, Write as _};

use ksef_core::Environment;
use ksef_fa::{Profile, validate_from};

const LINES: u32 = 10_000;

/// A day on which no invoice of the corpus is of the future.
const DATE: &str = "2026-11-20";

fn main() -> Result<(), Box<dyn Error>> {
    let profile =
        Profile::new(Environment::Production, DATE.parse()?).with_max_bytes(u64::MAX, u64::MAX);
    // Once in small, for what is built once and stays.
    validate_from(lines::reader(1), &profile)?;
    let Some(before) = peak() else { return Ok(()) };
    let is_valid = validate_from(lines::reader(LINES), &profile)?.is_valid();
    let after = peak().unwrap_or_default();
    let bytes = io::copy(&mut lines::reader(LINES), &mut io::sink())?;
    if !is_valid {
        return Err("the invoice is not valid".into());
    }
    let growth = after.saturating_sub(before);
    let mut out = io::stdout().lock();
    writeln!(out, "{LINES} lines, {bytes} bytes: peak {before} kB before, {after} kB after")?;
    writeln!(out, "validate from a reader: {growth} kB more")?;
    Ok(())
}

/// The peak of this process's memory in kB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
