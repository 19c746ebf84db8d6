//! The tables of `ksef-fa` against the official XSDs, and its reading of text against libxml2.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod differential;
mod oracle;
mod structure;
mod values;
mod xsd;

use std::process::ExitCode;

use ksef_fa::Schema;
use ksef_tests::suite::{Failed, Need, Suite};
use ksef_tests::xml_corpus;
use ksef_tests::xmllint::{BASE_FILES, PROGRAM, Xmllint, file_of};

fn main() -> ExitCode {
    let mut suite = Suite::new();
    for schema in Schema::ALL {
        let files = BASE_FILES.into_iter().chain([file_of(schema)]);
        let official: Vec<Need> = files.map(Need::OfficialFile).collect();
        let judged: Vec<Need> = official.iter().copied().chain([Need::Program(PROGRAM)]).collect();
        suite = suite
            .test(&named("the_table_says_the_same_as_the_xsd", schema), &official, move || {
                structure::says_the_same(schema)
            })
            .test(&named("the_minimal_document_is_valid", schema), &judged, move || {
                minimal_is_valid(schema)
            })
            .test(&named("a_text_is_a_value_where_libxml2_takes_it", schema), &judged, move || {
                oracle::agrees_with_libxml2(schema)
            });
    }
    differential::add(suite).run()
}

fn named(test: &str, schema: Schema) -> String {
    format!("{test} {schema:?}")
}

fn minimal_is_valid(schema: Schema) -> Result<(), Failed> {
    let judge = Xmllint::official(schema)?;
    let verdicts = judge.judge(&[xml_corpus::minimal(schema)])?;
    match verdicts.first() {
        Some(verdict) if verdict.is_valid => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
