//! Validates files: one line of JSON for each, or with `--pretty` a readable report.
//!
//! `cargo run --release -p ksef-fa --example validate -- [--pretty] [--rules] FILE…` ends with 1 if
//! a file has an error, and with 2 if one cannot be read. With `--rules` the rules beyond the schema
//! are asked too, as if the file were sent in a batch on TEST today.

use std::env;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Write};
use std::process::ExitCode;

use ksef_core::{Clock as _, Environment, SystemClock};
use ksef_fa::rules::Context;
use ksef_fa::{Issue, Language, Profile, Report, SessionKind, judge, validate};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let (options, files): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let is_set = |name: &str| options.iter().any(|option| option == name);
    let (is_pretty, has_rules) = (is_set("--pretty"), is_set("--rules"));
    let is_known = |option: &String| ["--pretty", "--rules"].contains(&option.as_str());
    if files.is_empty() || !options.iter().all(is_known) {
        let _ = writeln!(io::stderr(), "usage: validate [--pretty] [--rules] FILE…");
        return ExitCode::from(64);
    }
    let profile = Profile::new(Environment::Test, SystemClock.today_in_warsaw())
        .with_session(SessionKind::Batch);
    let mut worst = 0;
    for file in &files {
        match check(file, &profile, is_pretty, has_rules) {
            Ok(is_valid) => worst = worst.max(u8::from(!is_valid)),
            Err(error) => {
                let _ = writeln!(io::stderr(), "{file}: {error}");
                worst = 2;
            }
        }
    }
    ExitCode::from(worst)
}

fn check(file: &str, profile: &Profile, is_pretty: bool, has_rules: bool) -> io::Result<bool> {
    let mut bytes = Vec::new();
    let limit = profile.max_bytes_with_attachment() + 1;
    BufReader::new(File::open(file)?).take(limit).read_to_end(&mut bytes)?;
    let report =
        if has_rules { judge(&bytes, profile, &Context::new()) } else { validate(&bytes, profile) };
    let mut out = io::stdout().lock();
    if is_pretty {
        write!(out, "{file}\n\n{}\n", report.render(&bytes, Language::Polish))?;
    } else {
        writeln!(out, "{}", as_json(file, &report))?;
    }
    Ok(report.is_valid())
}

fn as_json(file: &str, report: &Report) -> Value {
    json!({
        "file": file,
        "schema": report.schema().map(|schema| schema.form_code().to_string()),
        "valid": report.is_valid(),
        "issues": report.issues().iter().map(issue_as_json).collect::<Vec<_>>(),
    })
}

fn issue_as_json(issue: &Issue) -> Value {
    json!({
        "code": issue.code().as_str(),
        "layer": issue.layer().as_str(),
        "severity": issue.severity().as_str(),
        "path": issue.path(),
        "line": issue.position().line,
        "column": issue.position().column,
        "message": issue.text(Language::Polish),
    })
}
