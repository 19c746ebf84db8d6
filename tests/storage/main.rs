//! What the safe keeps survives kills, shows tampering, and stays with its tenant.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that meets what cannot be is red"
)]

mod crash;
mod isolation;
mod tampering;
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
        .run()
}
