//! The sandbox from outside: every status, foreign clients, bad input, faults.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that meets what cannot be is red"
)]

mod causes;
mod conservation;
mod faults;
mod foreign;
mod guards;
mod hostile;
mod limits;
mod mutations;
mod receipts;
mod requests;
mod restart;
mod sockets;
mod vectors;
mod walk;

use std::env;
use std::process::ExitCode;

use ksef_tests::contract::OPEN_API;
use ksef_tests::suite::{Failed, Need, Suite};

const CONTRACT: [Need; 1] = [Need::OfficialFile(OPEN_API)];

type Test = (&'static str, fn() -> Result<(), Failed>);

const TESTS: &[Test] = &[
    ("every_documented_status_is_brought_about", causes::are_complete),
    ("every_documented_status_arrives_over_sockets", causes::are_complete_over_sockets),
    ("every_operation_takes_its_request_or_is_missing", requests::are_taken_or_missing),
    ("a_changed_request_gets_a_documented_answer", mutations::get_documented_answers),
    ("every_operation_asks_for_its_credential", guards::every_operation_asks_for_its_credential),
    ("every_operation_asks_for_a_right", guards::every_operation_asks_for_a_right),
    ("every_operation_has_its_limit", guards::every_operation_has_its_limit),
    ("what_was_kept_is_gone_after_its_time", guards::what_was_kept_is_gone_after_its_time),
    ("garbage_in_place_of_json_is_unreadable", hostile::garbage_in_place_of_json_is_unreadable),
    ("wrong_base64_is_invalid", hostile::wrong_base64_is_invalid),
    ("oversized_bodies_are_refused", hostile::oversized_bodies_are_refused),
    ("truncated_ciphertexts_are_rejected", hostile::truncated_ciphertexts_are_rejected),
    ("names_that_lead_elsewhere_are_refused", hostile::names_that_lead_elsewhere_are_refused),
    ("bombs_are_defused", hostile::bombs_are_defused),
    ("fifty_parts_of_wrong_sizes_are_named", hostile::fifty_parts_of_wrong_sizes_are_named),
    ("replayed_challenges_are_refused", hostile::replayed_challenges_are_refused),
    ("foreign_tokens_open_nothing", hostile::foreign_tokens_open_nothing),
    ("whatever_is_asked_elsewhere_has_an_answer", mutations::get_answers_elsewhere),
    ("every_fault_is_seen_to_happen", faults::each_is_seen),
    ("the_suite_sees_every_fault_that_there_is", faults::all_are_seen),
    ("a_fault_happens_as_often_as_asked", faults::happen_as_often_as_asked),
    ("a_receipt_names_what_was_sent", receipts::name_what_was_sent),
    ("a_receipt_is_signed_by_the_sandbox", receipts::are_signed_by_the_sandbox),
    ("a_receipt_is_for_what_was_accepted", receipts::are_for_what_was_accepted),
    (
        "nothing_is_lost_and_nothing_comes_twice",
        conservation::nothing_is_lost_and_nothing_comes_twice,
    ),
    ("a_race_has_one_winner", conservation::a_race_has_one_winner),
    ("a_socket_carries_what_is_answered", sockets::carry_what_is_answered),
    ("a_socket_survives_whatever_comes", sockets::survive_whatever_comes),
    ("a_restart_keeps_everything", restart::keeps_everything),
    ("a_sudden_end_loses_nothing_that_was_answered", restart::loses_nothing_that_was_answered),
    ("ciphertexts_have_the_published_sizes", vectors::ciphertexts_have_the_published_sizes),
    ("ksef_numbers_have_their_check_digits", vectors::ksef_numbers_have_their_check_digits),
    ("internal_ids_have_their_check_digit", vectors::internal_ids_have_their_check_digit),
    ("a_token_has_two_lines_in_itself", vectors::a_token_has_two_lines),
    ("reference_numbers_tell_their_time", vectors::reference_numbers_tell_their_time),
    ("qr_codes_lead_to_their_invoice", vectors::qr_codes_lead_to_their_invoice),
];

fn main() -> ExitCode {
    if let Some(directory) = env::var_os(restart::ROLE) {
        return restart::serve(directory.as_ref());
    }
    let suite =
        TESTS.iter().fold(Suite::new(), |suite, (name, test)| suite.test(name, &CONTRACT, test));
    let suite = causes::all().fold(suite, |suite, cause| {
        suite.test(&cause.to_string(), &CONTRACT, move || cause.prove())
    });
    walk::add_to(foreign::add_to(suite)).run()
}

/// Fails if there is anything in the list, and shows the beginning of it.
fn none(wrong: &[String]) -> Result<(), Failed> {
    let shown: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} wrong:\n{}", wrong.len(), shown.join("\n")).into())
}
