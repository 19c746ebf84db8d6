//! How time grows with the lines of an invoice. `tests/bench/growth-chart` draws what this prints.

#[path = "shared/contest.rs"]
mod contest;
#[path = "shared/lines.rs"]
mod lines;
#[path = "shared/ours.rs"]
mod ours;

use std::error::Error;
use std::io::{self, Write as _};

use criterion::Criterion;
use ksef_core::Environment;
use ksef_fa::Profile;

use crate::contest::Corpus;

/// A day on which no invoice of the corpus is of the future.
const DATE: &str = "2026-11-20";

fn main() -> Result<(), Box<dyn Error>> {
    let profile =
        Profile::new(Environment::Production, DATE.parse()?).with_max_bytes(u64::MAX, u64::MAX);
    let mut criterion = Criterion::default().configure_from_args();
    let mut points = Vec::new();
    for count in [10, 100, 1_000, 10_000] {
        let texts = [io::read_to_string(lines::reader(count))?];
        let bytes = texts.iter().map(String::len).sum();
        let corpus = Corpus { name: format!("{count} lines"), documents: 1, bytes };
        let mut contestants = ours::contestants(&texts, &profile);
        let times = contest::compare(&mut criterion, &corpus, &mut contestants)?;
        let names = contestants.iter().map(|contestant| contestant.name);
        points.extend(names.zip(times).map(|(name, time)| (name, count, time.as_nanos())));
    }
    let mut out = io::stdout().lock();
    for (name, count, nanos) in points {
        writeln!(out, "point\t{name}\t{count}\t{nanos}")?;
    }
    criterion.final_summary();
    Ok(())
}
