//! Each case against what is written about it by hand, and against what was kept of its outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{env, fs};

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::rules::Context as Rules;
use ksef_fa::{Profile, Severity, judge};
use ksef_stripe::{Code, Effect, Language, Outcome};
use ksef_tests::suite::Failed;

use crate::cases::{self, Case};
use crate::objects::{self, Shape};

/// Of a document that is longer, only the sidecar counts.
const LONGEST_GOLDEN: usize = 40_000;

pub(crate) fn holds(case: &Case) -> Result<(), Failed> {
    let mut documents = Vec::new();
    for shape in case.shapes() {
        let outcome = &case.outcome(*shape);
        documents.push(xml(outcome));
        if case.is_mapped() {
            check_document(case, outcome)?;
        } else {
            check_codes(case, outcome)?;
        }
        compare(case, *shape, outcome)?;
    }
    if documents.first() != documents.last() {
        return Err("the two shapes are not the same document".into());
    }
    Ok(())
}

pub(crate) fn xml(outcome: &Outcome) -> Option<String> {
    let invoice = outcome.invoice()?;
    Some(String::from_utf8(invoice.to_xml_unchecked()).expect("UTF-8"))
}

/// Codes, and the way in which they keep the object from being a document.
fn check_codes(case: &Case, outcome: &Outcome) -> Result<(), Failed> {
    let found: Vec<&str> = outcome.codes().map(Code::as_str).collect();
    let expected = if case.codes.is_empty() { &case.codes_include } else { &case.codes };
    let is_right = if case.codes.is_empty() {
        expected.iter().all(|code| found.contains(&code.as_str()))
    } else {
        found == *expected
    };
    if !is_right {
        return Err(format!("{found:?} instead of {expected:?}").into());
    }
    let effects: BTreeSet<Effect> = outcome.codes().map(Code::effect).collect();
    let way = match outcome {
        Outcome::Skipped(_) => Effect::Skipped,
        Outcome::Deferred(_) => Effect::Deferred,
        _ => Effect::Refused,
    };
    if effects.last() != Some(&way) {
        return Err(format!("{} by {effects:?}", outcome.as_str()).into());
    }
    Ok(())
}

/// The document says what is written by hand, and nothing is said against it.
fn check_document(case: &Case, outcome: &Outcome) -> Result<(), Failed> {
    let Outcome::Mapped { invoice, notes, .. } = outcome else {
        return Err(format!("{}: {:?}", outcome.as_str(), outcome.reasons()).into());
    };
    let xml = xml(outcome).unwrap_or_default();
    judged(&xml, invoice.body.p_1)?;
    let p_15 = invoice.body.vat_summary.p_15.to_string();
    if case.p_15.as_deref() != Some(p_15.as_str()) {
        return Err(format!("P_15 {p_15}").into());
    }
    let rates: Vec<String> =
        invoice.body.lines.iter().filter_map(|line| line.p_12).map(|it| it.to_string()).collect();
    if !case.rates.is_empty() && rates != case.rates {
        return Err(format!("{rates:?}").into());
    }
    let buckets = buckets(&xml);
    if !case.buckets.is_empty() && buckets != case.buckets {
        return Err(format!("{buckets:?}").into());
    }
    for part in &case.contains {
        if !xml.contains(part) {
            return Err(format!("no {part} in {xml}").into());
        }
    }
    let kinds: Vec<&str> = notes.iter().map(|note| note.kind.as_str()).collect();
    match case.notes.iter().find(|note| !kinds.contains(&note.as_str())) {
        Some(note) => Err(format!("no {note} in {kinds:?}").into()),
        None => Ok(()),
    }
}

/// No error and no warning, of the schema or beyond it.
pub(crate) fn judged(xml: &str, day: InvoiceDate) -> Result<(), Failed> {
    let profile = Profile::new(Environment::Production, day.max("2026-11-20".parse()?));
    let report = judge(xml.as_bytes(), &profile, &Rules::new());
    let grave = |issue: &&ksef_fa::Issue| issue.severity() >= Severity::Warning;
    match report.issues().iter().find(grave) {
        Some(issue) => Err(format!("{} at {}: {xml}", issue.code(), issue.path()).into()),
        None => Ok(()),
    }
}

/// `P_13_x` and `P_14_x`.
fn buckets(xml: &str) -> BTreeMap<String, String> {
    let document = roxmltree::Document::parse(xml).expect("XML");
    let elements = document.descendants().filter(|node| {
        let name = node.tag_name().name();
        name.starts_with("P_13_") || name.starts_with("P_14_")
    });
    let pair = |node: roxmltree::Node<'_, '_>| {
        (node.tag_name().name().to_owned(), node.text().unwrap_or_default().to_owned())
    };
    elements.map(pair).collect()
}

/// The outcome against what was kept of it; `UPDATE_GOLDEN=1` keeps it.
fn compare(case: &Case, shape: Shape, outcome: &Outcome) -> Result<(), Failed> {
    let text = as_text(outcome);
    if text.len() > LONGEST_GOLDEN {
        return Ok(());
    }
    let file = golden(&case.name, shape);
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::create_dir_all(file.parent().expect("a folder"))?;
        fs::write(&file, text)?;
        return Ok(());
    }
    let kept = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    if kept == text { Ok(()) } else { Err(format!("{}:\n{text}", file.display()).into()) }
}

fn golden(name: &str, shape: Shape) -> PathBuf {
    objects::folder().join(format!("outcomes/{name}.{}.txt", shape.name()))
}

/// One thing a line.
fn as_text(outcome: &Outcome) -> String {
    let mut text = format!("{}\n", outcome.as_str());
    for reason in outcome.reasons() {
        let code = reason.code;
        text.push_str(&format!("{code} {:?}\n", reason.pointer));
        for language in [Language::Polish, Language::English] {
            text.push_str(&format!("    {} {}\n", code.text(language), code.advice(language)));
        }
    }
    if let Outcome::Mapped { notes, evidence, .. } = outcome {
        for note in notes {
            text.push_str(&format!("note {} {:?}\n", note.kind.as_str(), note.pointer));
        }
        text.push_str(&format!("rates {:?}\n", evidence.tax_rates));
        text.push_str(&format!("policies {:?}\n", evidence.policies));
    }
    if let Some(xml) = xml(outcome) {
        text.push_str(&xml.replace("><", ">\n<"));
        text.push('\n');
    }
    text
}

pub(crate) fn every_code_has_a_case() -> Result<(), Failed> {
    let cases = cases::load();
    let named: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| case.codes.iter().chain(&case.codes_include))
        .map(String::as_str)
        .collect();
    let missing: Vec<&str> =
        Code::ALL.iter().map(|code| code.as_str()).filter(|code| !named.contains(code)).collect();
    let texts: BTreeSet<&str> = Code::ALL.iter().map(|code| code.text(Language::Polish)).collect();
    if !missing.is_empty() {
        return Err(format!("{missing:?}").into());
    }
    if texts.len() != Code::ALL.len() {
        return Err("two codes have the same text".into());
    }
    Ok(())
}

/// No outcome without a case.
pub(crate) fn nothing_is_left_over() -> Result<(), Failed> {
    let cases = cases::load();
    let names: BTreeSet<PathBuf> =
        cases.iter().flat_map(|case| Shape::ALL.map(|shape| golden(&case.name, shape))).collect();
    if names.len() != 2 * cases.len() {
        return Err("two cases have the same name".into());
    }
    for entry in fs::read_dir(objects::folder().join("outcomes"))? {
        let file = entry?.path();
        if !names.contains(&file) {
            return Err(format!("{}: no case", file.display()).into());
        }
    }
    Ok(())
}
