//! Many documents, judged by `xmllint` and by us at the same time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use ksef_fa::{Code, Schema};
use ksef_tests::fa::Mutant;
use ksef_tests::suite::Failed;
use ksef_tests::xmllint::{Verdict, Xmllint};

use super::explained::{Case, kinds};
use super::folder;
use super::ours::faults;

/// How many documents one run of `xmllint` judges, all by one schema.
pub(crate) const BATCH: usize = 1_000;

/// What came of comparing.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) count: usize,
    pub(crate) valid: usize,
    explained: BTreeMap<&'static str, usize>,
    different: usize,
    /// The smallest document of each label.
    smallest: BTreeMap<String, Difference>,
}

/// A document on which we and `xmllint` differ, for no known reason.
#[derive(Debug)]
struct Difference {
    schema: Schema,
    number: usize,
    xml: Vec<u8>,
    faults: Vec<Code>,
    verdict: Verdict,
}

/// Compares the verdicts on documents with the numbers below `count`.
pub(crate) fn compare(
    count: usize,
    document: impl Fn(usize) -> (Schema, Mutant) + Sync,
) -> Result<Tally, Failed> {
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Ok(Tally::default()));
    let work = || {
        // A judge for each thread, because each has a folder of its own.
        let oracles = Oracles::default();
        loop {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= count {
                return;
            }
            let batch: Vec<usize> = (first..count.min(first + BATCH)).collect();
            let result = compare_batch(&oracles, &batch, &document);
            let mut tally = tally.lock().expect("no thread panics");
            match (&mut *tally, result) {
                (Ok(tally), Ok(found)) => tally.add(found),
                (tally, Err(error)) => *tally = Err(error),
                (Err(_), Ok(_)) => {}
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    tally.into_inner().expect("no thread panics")
}

fn compare_batch(
    oracles: &Oracles,
    numbers: &[usize],
    document: &impl Fn(usize) -> (Schema, Mutant),
) -> Result<Tally, Failed> {
    let mut tally = Tally::default();
    let documents: Vec<(usize, (Schema, Mutant))> =
        numbers.iter().map(|number| (*number, document(*number))).collect();
    for same in documents.chunk_by(|(_, (one, _)), (_, (other, _))| one == other) {
        let Some((_, (schema, _))) = same.first() else { continue };
        let xml: Vec<&[u8]> = same.iter().map(|(_, (_, mutant))| &mutant.xml[..]).collect();
        let verdicts = oracles.of(*schema)?.judge(&xml)?;
        for ((number, (_, mutant)), verdict) in same.iter().zip(verdicts) {
            let faults = faults(*schema, &mutant.xml);
            let xml = mutant.xml.clone();
            let found = Difference { schema: *schema, number: *number, xml, faults, verdict };
            tally.judge(&mutant.label, found);
        }
    }
    Ok(tally)
}

/// What judges by each schema, from when it is asked for.
#[derive(Default)]
struct Oracles(RefCell<BTreeMap<Schema, Rc<Xmllint>>>);

impl Oracles {
    fn of(&self, schema: Schema) -> Result<Rc<Xmllint>, Failed> {
        let mut known = self.0.borrow_mut();
        if let Some(oracle) = known.get(&schema) {
            return Ok(Rc::clone(oracle));
        }
        let oracle = Rc::new(Xmllint::official(schema)?);
        known.insert(schema, Rc::clone(&oracle));
        Ok(oracle)
    }
}

impl Tally {
    fn judge(&mut self, label: &str, found: Difference) {
        self.count += 1;
        self.valid += usize::from(found.verdict.is_valid);
        if found.faults.is_empty() == found.verdict.is_valid {
            return;
        }
        let Difference { xml, faults, verdict, .. } = &found;
        if let Some(kinds) = kinds(Case { xml, faults, verdict }) {
            for kind in kinds {
                *self.explained.entry(kind.name).or_default() += 1;
            }
        } else {
            self.different += 1;
            self.keep_smaller(label.to_owned(), found);
        }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.valid += other.valid;
        self.different += other.different;
        for (name, count) in other.explained {
            *self.explained.entry(name).or_default() += count;
        }
        for (label, found) in other.smallest {
            self.keep_smaller(label, found);
        }
    }

    fn keep_smaller(&mut self, label: String, found: Difference) {
        let known = self.smallest.get(&label).map_or(usize::MAX, |known| known.xml.len());
        if found.xml.len() < known {
            self.smallest.insert(label, found);
        }
    }

    /// Fails with the smallest documents of up to ten labels, which it leaves in a folder.
    pub(crate) fn require_none_different(&self) -> Result<(), Failed> {
        if self.different == 0 {
            return Ok(());
        }
        let mut smallest: Vec<_> = self.smallest.iter().collect();
        smallest.sort_by_key(|(_, found)| found.xml.len());
        let mut text =
            format!("{} of {} documents are judged differently", self.different, self.count);
        for (label, found) in smallest.into_iter().take(10) {
            let _ = write!(text, "\n{label}, {}", found.describe()?);
        }
        Err(text.into())
    }
}

impl Difference {
    fn describe(&self) -> Result<String, Failed> {
        let Self { schema, number, xml, faults, verdict } = self;
        fs::create_dir_all(folder())?;
        let file: PathBuf = folder().join(format!("different-{schema:?}-{number}.xml"));
        fs::write(&file, xml)?;
        let codes: Vec<&str> = faults.iter().map(|code| code.as_str()).collect();
        let theirs = if verdict.is_valid { "valid" } else { "not valid" };
        let said: Vec<&str> = verdict.errors.iter().map(|(_, error)| error.as_str()).collect();
        let said = said.join("\n    ");
        Ok(format!(
            "{schema:?}, seed {number}, {}\n  we: {codes:?}\n  xmllint: {theirs}\n    {said}",
            file.display()
        ))
    }
}
