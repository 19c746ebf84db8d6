//! Public samples: each of them can be read, and ends as the table says.

use std::collections::BTreeMap;
use std::fs;

use ksef_core::{Environment, Timestamp};
use ksef_stripe::model::{CreditNote, Invoice, TaxRate};
use ksef_stripe::policy::{IssueDate, SupplyKind};
use ksef_stripe::{Context, Profile, map_credit_note, map_invoice, without_cards};
use ksef_tests::samples::files;
use ksef_tests::suite::{Failed, Need, Suite};
use serde::Deserialize;
use serde_json::Value;

use crate::objects;

const FOLDER: &str = "stripe";

pub(crate) fn add(suite: Suite) -> Suite {
    let needs = [Need::Samples(FOLDER)];
    suite.test("every_sample_ends_as_the_table_says", &needs, every_sample_ends_as_written)
}

/// A row of `samples.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    outcome: String,
    #[serde(default)]
    codes: Vec<String>,
    /// Why that is right; for people.
    because: String,
}

fn every_sample_ends_as_written() -> Result<(), Failed> {
    let table = fs::read_to_string(objects::folder().join("samples.toml"))?;
    let mut table: BTreeMap<String, Row> = toml::from_str(&table)?;
    let mut wrong = Vec::new();
    for file in files(FOLDER, "json")? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (outcome, codes) = outcome(&fs::read(&file)?)?;
        match table.remove(&name) {
            Some(row)
                if row.outcome == outcome && row.codes == codes && !row.because.is_empty() => {}
            _ => wrong.push(format!("[{name}]\noutcome = {outcome:?}\ncodes = {codes:?}")),
        }
    }
    if let Some(name) = table.keys().next() {
        return Err(format!("{name}: no such sample").into());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// What becomes of a sample for a Polish seller of services who knows no tax rates.
fn outcome(bytes: &[u8]) -> Result<(String, Vec<String>), Failed> {
    let value: Value = serde_json::from_slice(bytes)?;
    let object = match value["object"].as_str() {
        Some("event") => &value["data"]["object"],
        _ => &value,
    };
    let source = serde_json::to_vec(object)?;
    let now: Timestamp = "2026-11-20T12:00:00Z".parse()?;
    let mut profile = Profile::new("5265877635".parse()?, "Sprzedawca", "Warszawa");
    profile.policies.supplies = SupplyKind::Service;
    profile.policies.issue_date = IssueDate::SubmissionDate;
    let is_live = object["livemode"] == Value::Bool(true);
    let environment = if is_live { Environment::Production } else { Environment::Test };
    let context = Context::new(&profile, environment, now);
    let stored = String::from_utf8(without_cards(&source)?)?;
    if stored.contains("\"last4\"") || stored.contains("\"fingerprint\"") {
        return Err("a card is stored".into());
    }
    let outcome = match object["object"].as_str() {
        Some("invoice") => map_invoice(&Invoice::from_json(&source)?, &context),
        Some("credit_note") => map_credit_note(&CreditNote::from_json(&source)?, &context),
        Some("tax_rate") => {
            let rate = TaxRate::from_json(&source)?;
            let percent = rate.percent().map(|percent| percent.to_string());
            return Ok(("rate".to_owned(), percent.into_iter().collect()));
        }
        _ => {
            let Err(error) = Invoice::from_json(&source) else { return Err("an invoice".into()) };
            return Ok(("unreadable".to_owned(), vec![error.code().as_str().to_owned()]));
        }
    };
    let codes = outcome.codes().map(|code| code.to_string()).collect();
    Ok((outcome.as_str().to_owned(), codes))
}
