//! The Python of `tests/python-venv`, whose packages judge what we sign and what we check, and among which are
//! clients of other people.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, thread};

use serde_json::Value;

use crate::official_data::package_folder;

/// Where the interpreter stands, or would stand: `$KSEF_PYTHON`, or in `target/python-venv`.
#[must_use]
pub fn interpreter() -> PathBuf {
    let made = || package_folder().join("../target/python-venv/bin/python");
    env::var_os("KSEF_PYTHON").map_or_else(made, PathBuf::from)
}

/// Whether the interpreter stands and finds a module.
#[must_use]
pub fn has_module(name: &str) -> bool {
    let find = "import importlib.util, sys; sys.exit(not importlib.util.find_spec(sys.argv[1]))";
    let found = Command::new(interpreter()).args(["-c", find, name]).status();
    found.is_ok_and(|status| status.success())
}

/// The answers of a script of this package, such as `xades/judge.py`, which reads one task a line and writes
/// one answer a line.
///
/// # Errors
///
/// When the script cannot be run, or does not answer each task.
pub fn ask(script: &str, arguments: &[PathBuf], tasks: Vec<Value>) -> io::Result<Vec<String>> {
    let count = tasks.len();
    let mut child = Command::new(interpreter())
        .arg(package_folder().join(script))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = io::BufWriter::new(child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?);
    let writer = thread::spawn(move || {
        tasks.iter().try_for_each(|task| writeln!(input, "{task}"))?;
        input.flush()
    });
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| io::Error::other("the writer panicked"))??;
    let answers: Vec<String> =
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    if answers.len() == count {
        return Ok(answers);
    }
    Err(io::Error::other(format!("{script} gave {} answers to {count} tasks", answers.len())))
}
