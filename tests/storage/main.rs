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

use ksef_tests::suite::{Failed, Need, Suite};

use crate::world::Place;

fn main() -> ExitCode {
    // The suite re-executes itself as the workers that it kills.
    if let Some(role) = crash::role() {
        return role;
    }
    in_postgresql(in_sqlite(Suite::new())).run()
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

type Test = fn() -> Result<(), Failed>;

fn in_postgresql(suite: Suite) -> Suite {
    let strace = &[Need::PostgreSql, Need::Program("strace")];
    let suite =
        suite.test("a_kill_within_a_transaction_loses_nothing_in_postgresql", strace, || {
            crash::within_transactions(postgres::fresh, "sendto")
        });
    let tests: [(&str, Test); 12] = [
        ("the_conformance_functions_hold", postgres::conformance),
        ("a_kill_at_any_step_loses_nothing_acknowledged", || crash::every_point(postgres::fresh)),
        ("random_kills_of_four_writers_lose_nothing_acknowledged", || {
            crash::random_kills(postgres::fresh)
        }),
        ("a_server_that_is_killed_loses_nothing_acknowledged", postgres::the_server_is_killed),
        ("a_server_that_is_gone_and_back_loses_nothing", postgres::gone_and_back),
        ("twenty_tenants_do_not_leak", postgres::isolated_by_both),
        ("row_security_alone_keeps_tenants_apart", postgres::isolated_by_row_security),
        ("the_application_alone_keeps_tenants_apart", postgres::isolated_by_the_application),
        ("a_leak_is_seen_where_there_is_no_wall", postgres::a_leak_is_seen),
        ("no_table_lacks_its_policy", postgres::no_table_lacks_its_policy),
        ("recorded_facts_are_not_changed", postgres::facts_are_not_changed),
        ("a_server_or_role_that_protects_nothing_is_refused", postgres::unsafe_servers_are_refused),
    ];
    tests.into_iter().fold(suite, |suite, (name, test)| {
        suite.test(&format!("{name}_in_postgresql"), &[Need::PostgreSql], test)
    })
}
