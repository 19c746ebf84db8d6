//! Validates files: one line of JSON for each, or with `--pretty` a readable report.
//!
//! `cargo run --release -p ksef-fa --example validate -- [--pretty] FILE…` ends with 1 if a file
//! has an error, and with 2 if one cannot be read.

use std::env;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Write};
use std::process::ExitCode;

use ksef_core::{Clock as _, Environment, SystemClock};
use ksef_fa::{Issue, Language, Profile, Report, validate};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let (options, files): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let is_pretty = options.iter().any(|option| option == "--pretty");
    if files.is_empty() || options.iter().any(|option| option != "--pretty") {
        let _ = writeln!(io::stderr(), "usage: validate [--pretty] FILE…");
        return ExitCode::from(64);
    }
    let profile = Profile::new(Environment::Test, SystemClock.today_in_warsaw());
    let mut worst = 0;
    for file in &files {
        match check(file, &profile, is_pretty) {
            Ok(is_valid) => worst = worst.max(u8::from(!is_valid)),
            Err(error) => {
                let _ = writeln!(io::stderr(), "{file}: {error}");
                worst = 2;
            }
        }
    }
    ExitCode::from(worst)
}

fn check(file: &str, profile: &Profile, is_pretty: bool) -> io::Result<bool> {
    let mut bytes = Vec::new();
    let limit = profile.max_bytes_with_attachment() + 1;
    BufReader::new(File::open(file)?).take(limit).read_to_end(&mut bytes)?;
    let report = validate(&bytes, profile);
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
