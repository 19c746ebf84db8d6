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
mod secrets;
mod tampering;
mod trouble;
mod world;

use std::process::ExitCode;

use ksef_tests::suite::{Need, Suite};

fn main() -> ExitCode {
    // The suite re-executes itself as the workers that it kills.
    if let Some(role) = crash::role() {
        return role;
    }
    Suite::new()
        .test("a_kill_at_any_step_loses_nothing_acknowledged", &[], crash::every_point)
        .test("random_kills_of_four_writers_lose_nothing_acknowledged", &[], crash::random_kills)
        .test(
            "a_kill_within_a_transaction_loses_nothing",
            &[Need::Program("strace")],
            crash::within_transactions,
        )
        .test(
            "nothing_is_acknowledged_before_it_is_synced",
            &[Need::Program("strace")],
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
        .test("the_data_model_is_as_its_page_says", &[], catalogue::data_model)
        .test(
            "both_verifiers_of_bundles_find_the_same",
            &[Need::Program("python3")],
            bundles::both_verifiers_agree,
        )
        .test("no_sealed_secret_opens_in_another_place", &[], secrets::transplants)
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
        .test("a_clock_that_goes_backwards_breaks_nothing", &[], trouble::clock_backwards)
        .test("names_with_dots_and_slashes_lead_nowhere", &[], trouble::hostile_names)
        .test("a_worker_that_was_paused_changes_nothing", &[], trouble::paused_worker)
        .test(
            "a_backup_and_a_restore_that_are_killed_are_gone_on_with",
            &[Need::Program("strace")],
            trouble::killed_backups,
        )
        .run()
}
