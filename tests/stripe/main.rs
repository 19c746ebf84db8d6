//! What becomes of Stripe's invoices and credit notes: golden pairs, laws that hold for all of them,
//! public samples, and fetching from the stub.
#![expect(clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod bad_input;
mod cases;
mod fetching;
mod goldens;
mod laws;
mod objects;
mod samples;

use std::process::ExitCode;

use ksef_tests::suite::Suite;

fn main() -> ExitCode {
    let mut suite = Suite::new()
        .test("every_code_has_a_case", &[], goldens::every_code_has_a_case)
        .test("what_is_kept_matches_the_cases", &[], goldens::nothing_is_left_over)
        .test("totals_are_conserved", &[], laws::totals_are_conserved)
        .test("order_of_lines_changes_no_total", &[], laws::order_changes_no_total)
        .test("a_changed_number_refuses_or_changes_nothing", &[], laws::changed_numbers)
        .test("no_mutated_object_panics", &[], laws::no_mutated_object_panics)
        .test("vectors_of_rounding_hold", &[], laws::vectors_of_rounding)
        .test("bad_input_is_an_error_with_a_place", &[], bad_input::is_an_error_with_a_place);
    for case in cases::load() {
        let name = format!("case_{}", case.name);
        suite = suite.test(&name, &[], move || goldens::holds(&case));
    }
    samples::add(fetching::add(suite)).run()
}
