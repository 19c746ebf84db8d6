//! The harness itself: what happens when something is missing or changed.

mod fetch;
mod runner;

use std::path::PathBuf;
use std::process::{ExitCode, Output};
use std::{fs, io};

use ksef_tests::suite::{Need, Suite};

fn main() -> ExitCode {
    if runner::is_probe() {
        return runner::probe();
    }
    let python = [Need::Program("python3")];
    let npm = [Need::Program("python3"), Need::Program("npm")];
    Suite::new()
        .test("an_unmet_need_is_ignored_and_named", &[], runner::ignored_and_named)
        .test("an_unmet_need_is_listed_as_ignored", &[], runner::listed_as_ignored)
        .test("an_ignored_test_that_is_run_all_the_same_fails", &[], runner::fails_when_forced)
        .test("a_missing_fetchable_file_fails_where_required", &[], runner::fetchable_required)
        .test("every_unmet_need_fails_where_all_is_required", &[], runner::all_required)
        .test("a_met_need_lets_the_test_run", &[], runner::met)
        .test("fetch_names_a_changed_file", &python, fetch::names_a_changed_file)
        .test("fetch_says_that_there_is_no_network", &npm, fetch::says_no_network)
        .test("fetch_stops_a_download_that_hangs", &npm, fetch::stops_a_hanging_download)
        .test("fetch_names_what_a_given_folder_lacks", &python, fetch::names_what_is_missing)
        .run()
}

/// An empty folder of the test that names it.
fn empty_folder(name: &str) -> io::Result<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Everything that a process said.
fn said(output: &Output) -> String {
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    said
}

#[track_caller]
fn assert_says(output: &Output, expected: &str) {
    let said = said(output);
    assert!(said.contains(expected), "expected `{expected}` in:\n{said}");
}
