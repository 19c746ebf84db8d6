//! What the rules say about public invoices.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use ksef_fa::rules::Context;
use ksef_fa::{Issue, Layer, Severity};
use ksef_tests::samples;
use ksef_tests::suite::{Failed, Need, Suite};
use serde::Deserialize;

use crate::fixtures::{batch_on_test, judged, listed};

/// What was measured, in `data/rules/calibration.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calibration {
    /// What each code says about the official examples.
    official: BTreeMap<String, Measured>,
    /// For each code the greatest number of other public invoices that it reports.
    others: BTreeMap<String, usize>,
}

/// What a code says about the official examples.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Measured {
    /// The numbers of those that it reports.
    examples: BTreeSet<u32>,
    /// How many places it reports in all of them.
    places: usize,
}

/// A judged file.
struct Judged {
    name: String,
    issues: Vec<Issue>,
}

/// Adds the tests that need the samples.
pub(crate) fn add(suite: Suite) -> Suite {
    let needs = [Need::Samples("fa")];
    suite
        .test("official_examples_have_no_error_and_no_warning", &needs, official_are_clean)
        .test("official_examples_fire_what_was_measured", &needs, official_as_measured)
        .test("other_invoices_fire_no_more_than_was_measured", &needs, others_as_measured)
}

fn official_are_clean() -> Result<(), Failed> {
    for Judged { name, mut issues } in files(|name| name.starts_with("official_"))? {
        issues.retain(|issue| issue.severity() >= Severity::Warning);
        if !issues.is_empty() {
            return Err(format!("{name}\n{}", listed(&issues)).into());
        }
    }
    Ok(())
}

fn official_as_measured() -> Result<(), Failed> {
    let files = files(|name| name.starts_with("official_"))?;
    let number = |name: &str| {
        let digits = name.trim_end_matches(".xml").rsplit('_').next().unwrap_or_default();
        digits.parse::<u32>().unwrap_or_else(|_| panic!("{name} has no number"))
    };
    let numbers: BTreeSet<u32> = files.iter().map(|file| number(&file.name)).collect();
    let mut found: BTreeMap<String, Measured> = BTreeMap::new();
    for file in &files {
        for issue in file.issues.iter().filter(|issue| is_beyond(issue)) {
            let measured = found.entry(issue.code().to_string()).or_default();
            measured.examples.insert(number(&file.name));
            measured.places += 1;
        }
    }
    let mut expected = calibration().official;
    // Where a folder has some of the examples only, they are what can be compared.
    for (code, measured) in &mut expected {
        if !measured.examples.is_subset(&numbers) {
            measured.examples.retain(|example| numbers.contains(example));
            measured.places = found.get(code).map_or(0, |found| found.places);
        }
    }
    expected.retain(|_, measured| !measured.examples.is_empty());
    if found == expected { Ok(()) } else { Err(format!("found {found:#?}").into()) }
}

fn others_as_measured() -> Result<(), Failed> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for file in files(|name| !name.starts_with("official_"))? {
        let is_valid = !file.issues.iter().any(|issue| {
            matches!(issue.layer(), Layer::Xml | Layer::Xsd) && issue.severity() >= Severity::Error
        });
        for code in codes(&file.issues).into_iter().filter(|_| is_valid) {
            *found.entry(code).or_default() += 1;
        }
    }
    let most = calibration().others;
    let is_more = |(code, count): &(&String, &usize)| *count > most.get(*code).unwrap_or(&0);
    let more: BTreeMap<_, _> = found.iter().filter(is_more).collect();
    if more.is_empty() { Ok(()) } else { Err(format!("found {more:#?}").into()) }
}

/// The codes beyond the schema, each once.
fn codes(issues: &[Issue]) -> BTreeSet<String> {
    issues.iter().filter(|issue| is_beyond(issue)).map(|issue| issue.code().to_string()).collect()
}

fn is_beyond(issue: &Issue) -> bool {
    matches!(issue.layer(), Layer::Ksef | Layer::Legal | Layer::Advice)
}

fn files(is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Judged>, Failed> {
    let mut files = Vec::new();
    for path in samples::files("fa", "xml")? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_wanted(&name) {
            let (_, issues) = judged(&fs::read(&path)?, &batch_on_test(), &Context::new());
            files.push(Judged { name, issues });
        }
    }
    if files.is_empty() { Err("there is no such file".into()) } else { Ok(files) }
}

fn calibration() -> Calibration {
    toml::from_str(include_str!("../data/rules/calibration.toml"))
        .unwrap_or_else(|error| panic!("calibration.toml: {error}"))
}
