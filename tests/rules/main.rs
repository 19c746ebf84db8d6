//! Every rule beyond the schema with a document of ours that it reports and one that it does not,
//! and what the rules say about public invoices.
#![expect(clippy::panic, reason = "tests")]

mod document;
mod fixtures;
mod samples;

use std::collections::BTreeSet;
use std::process::ExitCode;

use ksef_fa::rules::{NOT_CHECKABLE, RULES};
use ksef_fa::{Code, Layer, Schema};
use ksef_tests::suite::{Failed, Need, Suite};
use ksef_tests::xmllint::{BASE_FILES, PROGRAM, file_of};

fn main() -> ExitCode {
    let mut suite = Suite::new()
        .test("every_rule_has_its_two_documents", &[], every_rule_has_its_two_documents)
        .test("every_code_beyond_the_schema_has_one_rule", &[], every_code_has_one_rule)
        .test("further_branches_of_the_rules_do_what_is_written", &[], fixtures::further_branches)
        .test("no_report_contains_a_value", &[], fixtures::no_report_contains_a_value);
    for (code, pair) in fixtures::load().pairs {
        let (fires, silent) = (pair.fires, pair.silent);
        let silent_code = code.clone();
        suite = suite
            .test(&format!("{code} reports_its_document"), &[], move || fires.fires(&code))
            .test(&format!("{silent_code} leaves_its_near_miss"), &[], move || {
                silent.is_silent(&silent_code)
            });
    }
    for schema in [Schema::Fa2, Schema::Fa3] {
        let files = BASE_FILES.into_iter().chain([file_of(schema)]).map(Need::OfficialFile);
        let needs: Vec<Need> = files.chain([Need::Program(PROGRAM)]).collect();
        suite = suite.test(&format!("every_document_is_valid {schema:?}"), &needs, move || {
            fixtures::are_valid(schema)
        });
    }
    samples::add(suite).run()
}

fn every_rule_has_its_two_documents() -> Result<(), Failed> {
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.code().to_string()).collect();
    let described: BTreeSet<String> = fixtures::load().pairs.into_keys().collect();
    let differences: Vec<&String> = rules.symmetric_difference(&described).collect();
    if differences.is_empty() { Ok(()) } else { Err(format!("{differences:?}").into()) }
}

fn every_code_has_one_rule() -> Result<(), Failed> {
    let is_beyond =
        |code: &Code| matches!(code.layer(), Layer::Ksef | Layer::Legal | Layer::Advice);
    let codes: Vec<Code> = Code::ALL.iter().copied().filter(is_beyond).collect();
    let rules: Vec<Code> = RULES.iter().map(|rule| rule.code()).collect();
    let is_listed = |name: &str| codes.iter().any(|code| code.as_str() == name);
    if codes != rules {
        return Err("the catalogue and the registry differ, or their order does".into());
    }
    match NOT_CHECKABLE.iter().find(|rule| is_listed(rule.name) || rule.reason.is_empty()) {
        Some(rule) => Err(format!("{}: not checkable, and yet a code", rule.name).into()),
        None => Ok(()),
    }
}
