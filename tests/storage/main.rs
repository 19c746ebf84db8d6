//! What the safe keeps survives kills, shows tampering, and stays with its tenant.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that meets what cannot be is red"
)]

mod bundles;
mod catalogue;
mod crash;
mod isolation;
mod postgres;
mod search;
mod secrets;
mod tampering;
mod trouble;
mod world;

use std::process::ExitCode;

use ksef_tests::suite::{Failed, Need, Suite};

use crate::world::Place;

fn main() -> ExitCode {
    // The suite re-executes itself as the workers that it kills.
    if let Some(role) = crash::role() {
        return role;
    }
    in_postgresql(beyond_crashes(in_sqlite(Suite::new()))).run()
}

fn in_sqlite(suite: Suite) -> Suite {
    const STRACE: &[Need] = &[Need::Program("strace")];
    suite
        .test("a_kill_at_any_step_loses_nothing_acknowledged", &[], || {
            crash::every_point(Place::folder)
        })
        .test("random_kills_of_four_writers_lose_nothing_acknowledged", &[], || {
            crash::random_kills(Place::folder)
        })
        .test("a_kill_within_a_transaction_loses_nothing", STRACE, || {
            crash::within_transactions(Place::folder, "pwrite64")
        })
        .test(
            "nothing_is_acknowledged_before_it_is_synced",
            STRACE,
            crash::synced_before_acknowledged,
        )
        .test("every_random_edit_of_a_recorded_fact_is_found", &[], tampering::edits)
        .test("every_random_byte_that_changes_a_recorded_fact_is_found", &[], tampering::bytes)
        .test("a_rollback_past_a_checkpoint_is_found", &[], tampering::rollback)
        .test("the_database_refuses_to_change_recorded_facts", &[], tampering::refusals)
        .test(
            "random_operations_of_twenty_tenants_do_not_leak_in_memory",
            &[],
            isolation::in_memory,
        )
        .test(
            "random_operations_of_twenty_tenants_do_not_leak_in_sqlite",
            &[],
            isolation::in_sqlite,
        )
}

fn beyond_crashes(suite: Suite) -> Suite {
    suite
        .test("every_filter_answers_at_once", &[], search::in_sqlite)
        .test("exports_take_little_memory", &[], search::exports_stay_small)
        .test("the_data_model_is_as_its_page_says", &[], catalogue::data_model)
        .test(
            "the_page_about_data_and_security_has_every_column",
            &[],
            catalogue::data_and_security,
        )
        .test(
            "both_verifiers_of_bundles_find_the_same",
            &[Need::Program("python3")],
            bundles::both_verifiers_agree,
        )
        .test("no_sealed_secret_opens_in_another_place", &[], secrets::transplants)
        .test("data_keys_that_seal_nothing_are_retired", &[], secrets::data_keys_are_retired)
        .test("no_secret_is_shown_or_stored_in_the_clear", &[], secrets::canaries)
        .test(
            "blank_keeps_and_a_switch_discards_in_every_order",
            &[],
            secrets::blank_keeps_and_a_switch_discards,
        )
        .test("a_full_disk_is_an_error_and_leaves_nothing_half_done", &[], trouble::disk_full)
        .test(
            "a_file_that_is_read_only_is_an_error",
            &[Need::Program("setpriv")],
            trouble::read_only,
        )
        .test("a_damaged_page_is_an_error_or_a_finding", &[], trouble::damaged_pages)
        .test("a_file_of_an_earlier_program_is_brought_up_to_date", &[], trouble::earlier_schema)
        .test("a_clock_that_goes_backwards_breaks_nothing", &[], trouble::clock_backwards)
        .test("names_with_dots_and_slashes_lead_nowhere", &[], trouble::hostile_names)
        .test("a_worker_that_was_paused_changes_nothing", &[], trouble::paused_worker)
        .test(
            "a_backup_and_a_restore_that_are_killed_are_gone_on_with",
            &[Need::Program("strace")],
            trouble::killed_backups,
        )
}

type Test = fn() -> Result<(), Failed>;

fn in_postgresql(suite: Suite) -> Suite {
    let strace = &[Need::PostgreSql, Need::Program("strace")];
    let suite =
        suite.test("a_kill_within_a_transaction_loses_nothing_in_postgresql", strace, || {
            crash::within_transactions(postgres::fresh, "sendto")
        });
    let tests: [(&str, Test); 19] = [
        ("the_conformance_functions_hold", postgres::conformance),
        ("a_kill_at_any_step_loses_nothing_acknowledged", || crash::every_point(postgres::fresh)),
        ("random_kills_of_four_writers_lose_nothing_acknowledged", || {
            crash::random_kills(postgres::fresh)
        }),
        ("a_server_that_is_killed_loses_nothing_acknowledged", postgres::the_server_is_killed),
        ("a_server_that_is_gone_and_back_loses_nothing", postgres::gone_and_back),
        ("a_server_that_is_frozen_is_given_up_in_time", postgres::frozen),
        ("every_filter_answers_at_once", search::in_postgresql),
        ("a_database_of_an_earlier_program_is_brought_up_to_date", postgres::earlier_schemas),
        ("every_random_edit_of_a_recorded_fact_is_found", tampering::postgres::edits),
        ("data_keys_that_seal_nothing_are_retired", secrets::data_keys_are_retired_in_postgresql),
        ("twenty_tenants_do_not_leak", postgres::isolated_by_both),
        ("row_security_alone_keeps_tenants_apart", postgres::isolated_by_row_security),
        ("the_application_alone_keeps_tenants_apart", postgres::isolated_by_the_application),
        ("a_leak_is_seen_where_there_is_no_wall", postgres::a_leak_is_seen),
        ("the_data_model_is_as_its_page_says", postgres::the_data_model_is_that_of_sqlite),
        (
            "the_page_about_data_and_security_has_every_column",
            postgres::the_security_page_has_every_column,
        ),
        ("no_table_lacks_its_policy", postgres::no_table_lacks_its_policy),
        ("recorded_facts_are_not_changed", postgres::facts_are_not_changed),
        ("a_server_or_role_that_protects_nothing_is_refused", postgres::unsafe_servers_are_refused),
    ];
    tests.into_iter().fold(suite, |suite, (name, test)| {
        suite.test(&format!("{name}_in_postgresql"), &[Need::PostgreSql], test)
    })
}
