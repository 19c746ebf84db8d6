//! The OpenAPI file as a judge: it knows the whole file, takes what the file takes and refuses the rest.
#![expect(clippy::expect_used, clippy::panic, reason = "a wrong file ends the test")]

mod answers;
mod api;
mod bodies;
mod calls;
mod client;
mod differential;
mod every;
mod exchanges;
mod instances;
mod ksef;
mod loading;
mod paths;

use std::process::ExitCode;

use ksef_tests::contract::OPEN_API;
use ksef_tests::suite::{Failed, Need, Suite};

type Test = (&'static str, fn() -> Result<(), Failed>);

const TESTS: [Test; 20] = [
    ("the_83_operations_are_those_of_the_file", paths::is_the_list_of_the_file),
    ("a_group_of_operations_has_one_limit", paths::groups_have_one_limit),
    ("a_literal_beats_a_parameter", paths::a_literal_beats_a_parameter),
    ("a_request_is_of_the_operation_that_fits_best", paths::a_request_is_of_the_best_match),
    ("only_whole_paths_below_the_base_match", paths::only_the_base_and_whole_paths_match),
    ("an_unknown_keyword_stops_the_loader", loading::an_unknown_keyword_stops_the_loader),
    (
        "an_unknown_part_of_an_operation_stops_the_loader",
        loading::an_unknown_part_of_an_operation_stops_the_loader,
    ),
    ("the_examples_fit_their_schemas_but_for_the_named_ones", bodies::examples_fit),
    ("a_made_up_body_of_every_schema_is_taken", bodies::instances_are_taken),
    ("a_broken_body_is_refused_where_it_is_broken", bodies::mutants_are_refused),
    ("a_missing_or_wrong_header_is_refused", exchanges::headers_are_held_to),
    ("the_error_format_is_the_one_asked_for", exchanges::the_error_format_is_the_one_asked_for),
    ("an_answer_without_content_is_empty", exchanges::an_answer_without_content_is_empty),
    ("an_undocumented_status_is_refused", exchanges::an_undocumented_status_is_refused),
    ("a_refusal_outside_of_the_contract_has_its_shape", exchanges::refusals_have_their_shape),
    ("a_body_is_refused_unread_for_a_reason_only", exchanges::a_refused_body_has_its_reason),
    (
        "a_request_with_every_parameter_is_taken",
        exchanges::made_up_requests_are_taken_with_every_parameter,
    ),
    ("a_broken_parameter_is_refused", exchanges::a_broken_parameter_is_refused),
    ("a_broken_request_is_refused", exchanges::a_broken_request_is_refused),
    (
        "a_tolerant_contract_lets_two_things_pass",
        exchanges::a_tolerant_contract_lets_two_things_pass,
    ),
];

fn main() -> ExitCode {
    let file = Need::OfficialFile(OPEN_API);
    let suite =
        TESTS.iter().fold(Suite::new(), |suite, (name, test)| suite.test(name, &[file], test));
    suite
        .test(
            "every_exchange_is_checked_and_counted",
            &[file],
            exchanges::checked_sees_every_exchange,
        )
        .test("the_requests_of_the_client_keep_the_contract", &[file], client::keeps_the_contract)
        .test("every_operation_has_a_method_of_the_client", &[file], every::table_is_complete)
        .test("the_document_of_the_operations_is_that_table", &[file], every::document_is_the_table)
        .test(
            "every_request_is_one_of_the_file_and_every_answer_is_read",
            &[file],
            every::requests_and_answers_are_those_of_the_file,
        )
        .test("nonsense_is_an_error_of_every_operation", &[file], every::nonsense_is_an_error)
        .test("no_secret_is_shown_by_any_call", &[file], every::no_secret_is_shown)
        .test(
            "packages_and_fetching_keep_the_contract",
            &[file],
            client::keeps_the_contract_with_many,
        )
        .test("the_client_has_the_83_operations_of_the_file", &[file], client::has_all_operations)
        .test(
            "the_verdicts_are_those_of_jsonschema",
            &[file, Need::PythonVenv],
            differential::verdicts_agree,
        )
        .run()
}

/// Fails if there is anything in the list, and shows the beginning of it.
fn none(wrong: &[String]) -> Result<(), Failed> {
    let shown: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} wrong:\n{}", wrong.len(), shown.join("\n")).into())
}
