//! `ksef-fa` beside libxml2: parsing and validating the same documents in the same run.
//!
//! Needs `$KSEF_SAMPLES` and the official schema; the corpus is every FA(3) document of the
//! samples that both call valid.

use std::error::Error;
use std::{fs, hint};

use criterion::{Criterion, Throughput};
use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Profile, Schema, validate};
use ksef_tests::{official_data, samples};
use libxml::parser::Parser;
use libxml::schemas::{SchemaParserContext, SchemaValidationContext};

const SCHEMA: &str = "schemas/FA/schemat_FA(3)_v1-0E.xsd";

fn main() -> Result<(), Box<dyn Error>> {
    let mut schema = compile()?;
    let profile = Profile::new(Environment::Production, InvoiceDate::MIN);
    let corpus = corpus(&profile, &mut schema)?;
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group(format!("{} FA(3) documents", corpus.len()));
    group.throughput(Throughput::Elements(u64::try_from(corpus.len())?));
    group.bench_function("libxml2, parse and validate", |bencher| {
        bencher.iter(|| {
            let is_valid = |text: &&String| is_valid(hint::black_box(text), &mut schema);
            corpus.iter().filter(is_valid).count()
        });
    });
    group.bench_function("ksef-fa, validate", |bencher| {
        let is_valid =
            |text: &&String| validate(hint::black_box(text.as_bytes()), &profile).is_valid();
        bencher.iter(|| corpus.iter().filter(is_valid).count());
    });
    group.finish();
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

fn corpus(
    profile: &Profile,
    schema: &mut SchemaValidationContext,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut corpus = Vec::new();
    for file in samples::files("fa", "xml")? {
        let Ok(text) = fs::read_to_string(file) else { continue };
        let report = validate(text.as_bytes(), profile);
        if report.schema() == Some(Schema::Fa3) && report.is_valid() && is_valid(&text, schema) {
            corpus.push(text);
        }
    }
    Ok(corpus)
}

fn is_valid(text: &str, schema: &mut SchemaValidationContext) -> bool {
    let document = Parser::default().parse_string(text);
    document.is_ok_and(|document| schema.validate_document(&document).is_ok())
}
