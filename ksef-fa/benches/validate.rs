//! How fast documents are validated, judged, read and written, beside `quick-xml` merely reading
//! the same documents.
//!
//! The corpus is every valid `.xml` of `$KSEF_SAMPLES/fa`, and one made-up invoice where that
//! folder is not there.

#[path = "shared/contest.rs"]
mod contest;
#[path = "shared/ours.rs"]
mod ours;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use criterion::Criterion;
use ksef_core::Environment;
use ksef_fa::{Profile, validate};

use crate::contest::Corpus;

const INVOICE: &str = include_str!("invoice.xml");

/// A day on which no invoice of the corpus is of the future.
const DATE: &str = "2026-11-20";

fn main() -> Result<(), Box<dyn Error>> {
    let profile = Profile::new(Environment::Production, DATE.parse()?);
    let texts = texts(&profile);
    let corpus = Corpus {
        name: "documents".to_owned(),
        documents: texts.len(),
        bytes: texts.iter().map(String::len).sum(),
    };
    let mut criterion = Criterion::default().configure_from_args();
    let mut contestants = ours::contestants(&texts, &profile);
    contest::compare(&mut criterion, &corpus, &mut contestants)?;
    criterion.final_summary();
    Ok(())
}

fn texts(profile: &Profile) -> Vec<String> {
    let folder = env::var_os("KSEF_SAMPLES").map(|root| Path::new(&root).join("fa"));
    let files = folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten();
    let texts = files.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok());
    let valid = |text: &String| validate(text.as_bytes(), profile).is_valid();
    let texts: Vec<String> = texts.filter(valid).collect();
    if texts.is_empty() { vec![INVOICE.to_owned()] } else { texts }
}
