//! The commands of `docs/OPERATIONS.md`, run as they stand there.

use std::process::Command;
use std::{env, path};

/// The blocks of commands that are to be tried.
fn blocks(page: &str) -> Vec<&str> {
    let blocks = page.split("\n```sh run\n").skip(1);
    blocks.filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn the_drills_of_operations_end_well() {
    let page = include_str!("../../../docs/OPERATIONS.md");
    let blocks = blocks(page);
    assert_eq!(blocks.len(), page.matches("### Try it").count());
    let folder = tempfile::tempdir().unwrap();
    let program = path::Path::new(env!("CARGO_BIN_EXE_ksef-server")).parent().unwrap();
    let paths = env::split_paths(&env::var_os("PATH").unwrap()).collect::<Vec<_>>();
    let paths = env::join_paths([program.to_owned()].into_iter().chain(paths)).unwrap();
    let mut said = String::new();
    for block in blocks {
        let mut shell = Command::new("bash");
        shell.args(["-euxo", "pipefail", "-c", block]).current_dir(&folder).env("PATH", &paths);
        let output = shell.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}\n{text}{errors}");
        said += &text;
    }
    // The second backup has nothing to write, and whatever was restored was as it had been.
    assert_eq!(said.matches(" 0 new records, 0 new documents").count(), 2, "{said}");
    assert!(!said.contains(" 1 findings") && said.matches("; 0 findings").count() > 6, "{said}");
}
