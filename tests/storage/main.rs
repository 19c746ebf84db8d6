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
mod postgres;
mod tampering;
mod world;

use std::process::ExitCode;

use ksef_tests::suite::{Need, Suite};

use crate::world::Place;

fn main() -> ExitCode {
    // The suite re-executes itself as the workers that it kills.
    if let Some(role) = crash::role() {
        return role;
    }
    Suite::new()
        .test("a_kill_at_any_step_loses_nothing_acknowledged", &[], || {
            crash::every_point(Place::folder)
        })
        .test("random_kills_of_four_writers_lose_nothing_acknowledged", &[], || {
            crash::random_kills(Place::folder)
        })
        .test("a_kill_within_a_transaction_loses_nothing", &[Need::Program("strace")], || {
            crash::within_transactions(Place::folder, "pwrite64")
        })
        .test(
            "the_conformance_functions_hold_in_postgresql",
            &[Need::PostgreSql],
            postgres::conformance,
        )
        .test(
            "a_kill_at_any_step_loses_nothing_acknowledged_in_postgresql",
            &[Need::PostgreSql],
            || crash::every_point(postgres::fresh),
        )
        .test(
            "random_kills_of_four_writers_lose_nothing_acknowledged_in_postgresql",
            &[Need::PostgreSql],
            || crash::random_kills(postgres::fresh),
        )
        .test(
            "a_kill_within_a_transaction_loses_nothing_in_postgresql",
            &[Need::PostgreSql, Need::Program("strace")],
            || crash::within_transactions(postgres::fresh, "sendto"),
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
        .test("tenants_do_not_leak_in_postgresql", &[Need::PostgreSql], postgres::isolated_by_both)
        .test(
            "tenants_do_not_leak_with_row_security_alone",
            &[Need::PostgreSql],
            postgres::isolated_by_row_security,
        )
        .test(
            "tenants_do_not_leak_without_row_security",
            &[Need::PostgreSql],
            postgres::isolated_by_the_application,
        )
        .test(
            "a_leak_is_seen_where_there_is_no_wall",
            &[Need::PostgreSql],
            postgres::a_leak_is_seen,
        )
        .test(
            "no_table_of_postgresql_lacks_its_policy",
            &[Need::PostgreSql],
            postgres::no_table_lacks_its_policy,
        )
        .test(
            "postgresql_refuses_to_change_recorded_facts",
            &[Need::PostgreSql],
            postgres::facts_are_not_changed,
        )
        .test(
            "a_server_or_role_that_protects_nothing_is_refused",
            &[Need::PostgreSql],
            postgres::unsafe_servers_are_refused,
        )
        .test(
            "a_server_that_is_gone_and_back_loses_nothing",
            &[Need::PostgreSql],
            postgres::gone_and_back,
        )
        .test(
            "a_server_that_is_killed_loses_nothing_acknowledged",
            &[Need::PostgreSql],
            postgres::the_server_is_killed,
        )
        .run()
}
