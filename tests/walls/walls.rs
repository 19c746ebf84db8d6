//! Each of `cases` is refused by the compiler, for the reason that its second line names.
//!
//! The words of a compiler change with its versions, so they are not compared as a whole: the code of
//! the error and the types must be there.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that meets what cannot be is red, and says what it tried"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};

/// Where the cases are for a process that has `trybuild` write down what the compiler says.
const CASES: &str = "KSEF_WALLS_CASES";

fn main() -> ExitCode {
    if let Some(cases) = env::var_os(CASES) {
        // The tests run when this is dropped.
        trybuild::TestCases::new().compile_fail(Path::new(&cases).join("*.rs"));
        return ExitCode::SUCCESS;
    }
    let trials = vec![Trial::test("no_case_compiles", no_case_compiles)];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The cases, which are none of each other's business.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let files = fs::read_dir(folder).expect("the cases");
    files.map(|file| file.expect("a case").path()).collect()
}

fn no_case_compiles() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let cases = cases();
    assert!(cases.len() >= 12, "there are {} cases only", cases.len());
    for case in &cases {
        fs::copy(case, folder.path().join(case.file_name().ok_or("a name")?))?;
    }
    let tried = Command::new(env::current_exe()?)
        .env(CASES, folder.path())
        .env("TRYBUILD", "overwrite")
        .stdin(Stdio::null())
        .output()?;
    if !tried.status.success() {
        return Err(String::from_utf8_lossy(&tried.stderr).into_owned().into());
    }
    for case in &cases {
        let said = folder.path().join(case.file_name().ok_or("a name")?).with_extension("stderr");
        refused_for_its_reason(&fs::read_to_string(case)?, &fs::read_to_string(said)?)
            .map_err(|reason| format!("{}: {reason}", case.display()))?;
    }
    println!("{} cases", cases.len());
    Ok(())
}

fn refused_for_its_reason(case: &str, said: &str) -> Result<(), String> {
    let reason =
        case.lines().nth(1).and_then(|line| line.strip_prefix("//! ")).ok_or("a reason")?;
    let (code, words) = reason.split_once(": ").ok_or("a code and words")?;
    let errors = said.lines().filter(|line| line.starts_with("error")).count();
    if errors == 1 && said.contains(code) && said.contains(words) {
        return Ok(());
    }
    Err(format!("not for {reason}, but:\n{said}"))
}
