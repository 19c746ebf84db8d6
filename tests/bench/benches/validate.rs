//! `ksef-fa` beside libxml2: parsing and validating the same documents in the same run.
//!
//! Needs `$KSEF_SAMPLES` and the official schema; the corpus is every FA(3) document of the
//! samples that both call valid.

#[path = "../../../ksef-fa/benches/shared/contest.rs"]
mod contest;
#[path = "../../../ksef-fa/benches/shared/ours.rs"]
mod ours;

use std::error::Error;
use std::fs;

use criterion::Criterion;
use ksef_core::Environment;
use ksef_fa::{Profile, Schema, validate};
use ksef_tests::{official_data, samples};
use libxml::parser::{Parser, ParserOptions};
use libxml::schemas::{SchemaParserContext, SchemaValidationContext};

use crate::contest::Corpus;

const SCHEMA: &str = "schemas/FA/schemat_FA(3)_v1-0E.xsd";

/// A day on which no invoice of the corpus is of the future.
const DATE: &str = "2026-11-20";

fn main() -> Result<(), Box<dyn Error>> {
    let mut schema = compile()?;
    let profile = Profile::new(Environment::Production, DATE.parse()?);
    let texts = texts(&profile, &mut schema)?;
    let corpus = Corpus {
        name: "FA(3) documents".to_owned(),
        documents: texts.len(),
        bytes: texts.iter().map(String::len).sum(),
    };
    let is_valid = |text: &str| usize::from(is_valid(text, &mut schema));
    let mut contestants = vec![ours::texts_with("libxml2, parse and validate", &texts, is_valid)];
    contestants.extend(ours::contestants(&texts, &profile));
    let mut criterion = Criterion::default().configure_from_args();
    contest::compare(&mut criterion, &corpus, &mut contestants)?;
    criterion.final_summary();
    Ok(())
}

/// The schema compiled by libxml2, which finds the imported files beside a copy of the main one.
fn compile() -> Result<SchemaValidationContext, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("ksef-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let base = "StrukturyDanych_v10-0E.xsd";
    for name in [base, "ElementarneTypyDanych_v10-0E.xsd", "KodyKrajow_v10-0E.xsd"] {
        let bytes = official_data::load(&format!("schemas/FA/bazowe/{name}"))?;
        fs::write(folder.join(name), localised(bytes, base)?)?;
    }
    let main = folder.join("main.xsd");
    fs::write(&main, localised(official_data::load(SCHEMA)?, base)?)?;
    let main = main.to_str().ok_or("the folder for temporary files has no plain name")?;
    let mut context = SchemaParserContext::from_file(main);
    let schema = SchemaValidationContext::from_parser(&mut context);
    fs::remove_dir_all(&folder)?;
    schema.map_err(|_| "libxml2 does not take the schema".into())
}

/// The text of a schema with addresses on the Ministry's server replaced by local names.
fn localised(bytes: Vec<u8>, base: &str) -> Result<String, Box<dyn Error>> {
    let mut text = String::from_utf8(bytes)?;
    while let Some(start) = text.find("schemaLocation=\"http") {
        let start = start + "schemaLocation=\"".len();
        let length = text.get(start..).and_then(|rest| rest.find('"')).ok_or("no end")?;
        let file = text.get(start..start + length).and_then(|url| url.rsplit('/').next());
        let file = file.unwrap_or(base).to_owned();
        text.replace_range(start..start + length, &file);
    }
    Ok(text)
}

fn texts(
    profile: &Profile,
    schema: &mut SchemaValidationContext,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut texts = Vec::new();
    for file in samples::files("fa", "xml")? {
        let Ok(text) = fs::read_to_string(file) else { continue };
        let report = validate(text.as_bytes(), profile);
        if report.schema() == Some(Schema::Fa3) && report.is_valid() && is_valid(&text, schema) {
            texts.push(text);
        }
    }
    Ok(texts)
}

/// No recovery from what is not well-formed, and nothing from a network.
fn is_valid(text: &str, schema: &mut SchemaValidationContext) -> bool {
    let options = ParserOptions { recover: false, no_net: true, ..ParserOptions::default() };
    let document = Parser::default().parse_string_with_options(text, options);
    document.is_ok_and(|document| schema.validate_document(&document).is_ok())
}
