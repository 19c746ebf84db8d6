//! The runner, seen from outside: this binary runs itself as a suite whose needs are or are not met.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode, Output};

use ksef_tests::suite::{Failed, Need, Suite};

use crate::{assert_says, empty_folder};

const ROLE: &str = "KSEF_TESTS_PROBE";
const FETCHABLE: &str = "schemas/FA/schemat_FA(3)_v1-0E.xsd";
const GIVEN_ONLY: &str = "schemas/upo/upo-v4-3.xsd";
const PROGRAM: &str = "a-program-of-this-test";
const VARIABLE: &str = "KSEF_TESTS_PROBE_VARIABLE";

pub(crate) fn is_probe() -> bool {
    env::var_os(ROLE).is_some()
}

pub(crate) fn probe() -> ExitCode {
    Suite::new()
        .test("nothing", &[], || Ok(()))
        .test("fetchable", &[Need::OfficialFile(FETCHABLE)], || Ok(()))
        .test("given_only", &[Need::OfficialFile(GIVEN_ONLY)], || Ok(()))
        .test("program", &[Need::Program(PROGRAM)], || Ok(()))
        .test("samples", &[Need::Samples("fa")], || Ok(()))
        .test("two", &[Need::Env(VARIABLE), Need::Program(PROGRAM)], || Ok(()))
        .run()
}

/// The probe where nothing is there.
fn probe_command(folder: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap_or_default());
    command.env_clear().env(ROLE, "1").env("CARGO_MANIFEST_DIR", folder);
    command
}

fn run_probe(folder: &str, change: impl Fn(&mut Command)) -> Result<Output, Failed> {
    let mut command = probe_command(&empty_folder(folder)?);
    change(&mut command);
    Ok(command.output()?)
}

pub(crate) fn ignored_and_named() -> Result<(), Failed> {
    let output = run_probe("ignored", |_| {})?;
    assert!(output.status.success());
    assert_says(&output, &format!("[needs official file {FETCHABLE}]"));
    assert_says(&output, &format!("[needs program {PROGRAM}]"));
    assert_says(&output, &format!("[needs ${VARIABLE}, program {PROGRAM}]"));
    assert_says(&output, "test result: ok. 1 passed; 0 failed; 5 ignored;");
    Ok(())
}

/// What nextest asks before it runs anything.
pub(crate) fn listed_as_ignored() -> Result<(), Failed> {
    let all = run_probe("listed", |probe| _ = probe.args(["--list", "--format", "terse"]))?;
    assert_says(&all, "nothing: test\n");
    let ignored =
        run_probe("listed", |probe| _ = probe.args(["--list", "--format", "terse", "--ignored"]))?;
    let ignored = String::from_utf8_lossy(&ignored.stdout).into_owned();
    assert_eq!(ignored.lines().count(), 5, "{ignored}");
    assert!(!ignored.contains("nothing"), "{ignored}");
    Ok(())
}

pub(crate) fn fails_when_forced() -> Result<(), Failed> {
    let output = run_probe("forced", |probe| _ = probe.args(["--ignored", "program"]))?;
    assert_eq!(output.status.code(), Some(101));
    assert_says(&output, "a-program-of-this-test: not here");
    Ok(())
}

pub(crate) fn fetchable_required() -> Result<(), Failed> {
    let output = run_probe("official", |probe| _ = probe.env("KSEF_REQUIRE_OFFICIAL", "1"))?;
    assert_eq!(output.status.code(), Some(101));
    assert_says(&output, &format!("official file {FETCHABLE}: not here"));
    assert_says(&output, "test result: FAILED. 1 passed; 1 failed; 4 ignored;");
    Ok(())
}

pub(crate) fn all_required() -> Result<(), Failed> {
    let output = run_probe("all", |probe| _ = probe.env("KSEF_REQUIRE_ALL", "1"))?;
    assert_eq!(output.status.code(), Some(101));
    assert_says(&output, "test result: FAILED. 1 passed; 5 failed; 0 ignored;");
    Ok(())
}

pub(crate) fn met() -> Result<(), Failed> {
    let folder = empty_folder("met")?;
    for file in [FETCHABLE, GIVEN_ONLY, "fa/sample.xml"] {
        let file = folder.join(file);
        std::fs::create_dir_all(file.parent().ok_or("no parent")?)?;
        std::fs::write(&file, "")?;
    }
    let this_program = env::current_exe()?;
    std::fs::hard_link(&this_program, folder.join(PROGRAM))
        .or_else(|_| std::fs::copy(&this_program, folder.join(PROGRAM)).map(drop))?;
    let output = probe_command(&folder)
        .envs([("KSEF_OFFICIAL_DATA", &folder), ("KSEF_SAMPLES", &folder), ("PATH", &folder)])
        .env(VARIABLE, "set")
        .output()?;
    assert_says(&output, "test result: ok. 6 passed; 0 failed; 0 ignored;");
    Ok(())
}
