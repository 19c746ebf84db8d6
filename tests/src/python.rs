//! The Python of `tests/python-venv`, whose packages judge what we sign.

use std::env;
use std::path::PathBuf;

use crate::official_data::package_folder;

/// Where the interpreter stands, or would stand: `$KSEF_PYTHON`, or in `target/python-venv`.
#[must_use]
pub fn interpreter() -> PathBuf {
    let made = || package_folder().join("../target/python-venv/bin/python");
    env::var_os("KSEF_PYTHON").map_or_else(made, PathBuf::from)
}
