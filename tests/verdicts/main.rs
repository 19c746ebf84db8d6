//! Our verdicts beside those of libxml2, on edge cases and on public samples.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Code, Profile, Report, Schema, validate};
use ksef_tests::suite::{Failed, Need, Suite};
use ksef_tests::{official_data, samples};

/// Edge cases on which we differ from libxml2 2.14, and why.
const DIFFERENT: &[(&str, Option<Code>, &str)] = &[
    ("ws_datetime", None, "blanks around a dateTime collapse; libxml2 refuses them by mistake"),
    ("doctype", Some(Code::Doctype), "no DOCTYPE, whatever the schema says"),
    ("doctype_entity", Some(Code::Doctype), "no DOCTYPE, whatever the schema says"),
    ("bom", Some(Code::Bom), "KSeF refuses a byte order mark"),
    ("len_200_emoji", Some(Code::Utf16Length), ".NET counts UTF-16 units"),
    ("len_256_emoji", Some(Code::Utf16Length), ".NET counts UTF-16 units"),
];

/// Where each schema stands in the official data.
const SCHEMAS: &[(Schema, &str)] = &[
    (Schema::Fa2, "schemas/FA/schemat_FA(2)_v1-0E.xsd"),
    (Schema::Fa3, "schemas/FA/schemat_FA(3)_v1-0E.xsd"),
    (Schema::FaRr1, "schemas/RR/schemat_FA_RR(1)_v1-1E.xsd"),
];

const BASE: [&str; 3] =
    ["StrukturyDanych_v10-0E.xsd", "ElementarneTypyDanych_v10-0E.xsd", "KodyKrajow_v10-0E.xsd"];

fn main() -> ExitCode {
    let edge = [Need::Samples("fa-edge")];
    let official = [
        Need::Samples("fa"),
        Need::Program("xmllint"),
        Need::OfficialFile("schemas/FA/schemat_FA(2)_v1-0E.xsd"),
        Need::OfficialFile("schemas/FA/schemat_FA(3)_v1-0E.xsd"),
        Need::OfficialFile("schemas/RR/schemat_FA_RR(1)_v1-1E.xsd"),
    ];
    Suite::new()
        .test("edge_cases_have_the_verdict_of_libxml2_but_for_the_named_ones", &edge, edge_cases)
        .test("public_samples_have_the_verdict_of_xmllint", &official, public_samples)
        .run()
}

/// Production before any planned rule, where KSeF is nearest to the schema alone.
fn report(file: &Path) -> Result<Report, Failed> {
    let profile = Profile::new(Environment::Production, InvoiceDate::MIN);
    Ok(validate(&fs::read(file)?, &profile))
}

fn edge_cases() -> Result<(), Failed> {
    let files = samples::files("fa-edge", "xml")?;
    let first = files.first().ok_or("no edge cases")?;
    let verdicts = fs::read_to_string(first.with_file_name("VERDICTS.tsv"))?;
    let mut wrong = Vec::new();
    for file in &files {
        let case = stem(file);
        let row = verdicts.lines().find(|row| row.split('\t').next() == Some(&case));
        let verdict =
            row.and_then(|row| row.split('\t').nth(2)).ok_or_else(|| format!("{case}: no row"))?;
        let report = report(file)?;
        let is_as_expected = match DIFFERENT.iter().find(|(name, ..)| *name == case) {
            None => report.is_valid() == (verdict == "VALID"),
            Some((_, None, _)) => report.is_valid() && verdict == "INVALID",
            Some((_, Some(code), _)) => {
                verdict == "VALID"
                    && report.errors().next().map(|issue| issue.code()) == Some(*code)
            }
        };
        if !is_as_expected {
            wrong.push(format!("{case}: libxml2 says {verdict}, we {:?}", report.issues()));
        }
    }
    none(&wrong)
}

fn public_samples() -> Result<(), Failed> {
    let folder = env::temp_dir().join(format!("ksef-verdicts-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let found = compare_samples(&folder);
    fs::remove_dir_all(&folder)?;
    found
}

fn compare_samples(folder: &Path) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (schema, path) in SCHEMAS {
        let main = local_schema(folder, path)?;
        for file in samples::files("fa", "xml")? {
            let report = report(&file)?;
            let is_ours_alone = |code: Code| code.as_str().starts_with("X-");
            if report.schema() != Some(*schema)
                || report.errors().any(|issue| is_ours_alone(issue.code()))
            {
                continue;
            }
            compared += 1;
            let status = Command::new("xmllint")
                .args(["--noout", "--nonet", "--schema"])
                .arg(&main)
                .arg(&file)
                .output()?
                .status;
            if status.success() != report.is_valid() {
                wrong.push(format!("{}: xmllint ends with {status}", stem(&file)));
            }
        }
    }
    if compared < 50 {
        return Err(format!("only {compared} samples were compared").into());
    }
    none(&wrong)
}

/// The schema and its base types in a folder, with imports that stay there.
fn local_schema(folder: &Path, path: &str) -> Result<PathBuf, Failed> {
    let base = BASE.map(|name| format!("schemas/FA/bazowe/{name}"));
    for path in base.iter().map(String::as_str).chain([path]) {
        let text = String::from_utf8(official_data::load(path)?)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let server = "http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/";
        let text = text.replace(&format!("schemaLocation=\"{server}"), "schemaLocation=\"");
        fs::write(folder.join(name), text)?;
    }
    Ok(folder.join(path.rsplit('/').next().unwrap_or(path)))
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn none(wrong: &[String]) -> Result<(), Failed> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
