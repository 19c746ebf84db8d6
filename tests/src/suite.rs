//! A runner for tests that need a tool, a file or a setting which may not be there.
//!
//! Whether a need is met is decided before the tests are listed, so that a test that cannot run is
//! *ignored* for every runner, with the reason in its name, and never counted as passed.
//!
//! ```no_run
//! use ksef_tests::suite::{Failed, Need, Suite};
//!
//! fn agrees_with_the_oracle() -> Result<(), Failed> {
//!     Ok(())
//! }
//!
//! # fn main() -> std::process::ExitCode {
//! Suite::new()
//!     .test("agrees_with_the_oracle", &[Need::Program("xmllint")], agrees_with_the_oracle)
//!     .run()
//! # }
//! ```

use std::path::Path;
use std::process::ExitCode;
use std::{env, fmt};

pub use libtest_mimic::Failed;
use libtest_mimic::{Arguments, Trial};

use crate::{browser, official_data, postgres, python, samples};

/// Something that a test cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// A file of `official-data.toml`.
    OfficialFile(&'static str),
    /// A folder of `$KSEF_SAMPLES`.
    Samples(&'static str),
    /// A program on the path.
    Program(&'static str),
    /// The programs of a PostgreSQL server, see [`crate::postgres`].
    PostgreSql,
    /// A Chromium, see [`crate::browser`].
    Browser,
    /// What `tests/browser-packages` installs.
    BrowserPackages,
    /// An environment variable that says where something is.
    Env(&'static str),
    /// The Python with the packages of `python-requirements.txt`, see [`crate::python`].
    PythonVenv,
    /// A module of that Python, such as a client of somebody else.
    PythonModule(&'static str),
}

/// The tests of a target with `harness = false`.
#[derive(Debug, Default)]
pub struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// A suite without tests.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a test. Where a need is not met it is ignored, or fails if the need is required here.
    #[must_use]
    pub fn test<F>(mut self, name: &str, needs: &[Need], test: F) -> Self
    where
        F: FnOnce() -> Result<(), Failed> + Send + 'static,
    {
        let unmet: Vec<Need> = needs.iter().copied().filter(|need| !need.is_met()).collect();
        self.trials.push(if unmet.is_empty() {
            Trial::test(name, test)
        } else {
            unmet_trial(name, &unmet)
        });
        self
    }

    /// Runs the tests as the command line asks.
    #[must_use]
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }
}

/// The number of cases of a long suite: `KSEF_LONG=1`, which is `tests/run --long`, asks for the large one.
#[must_use]
pub fn cases(ordinary: u32, long: u32) -> u32 {
    if is_on("KSEF_LONG") { long } else { ordinary }
}

/// Ignored, unless a need is required; run all the same, it fails.
fn unmet_trial(name: &str, unmet: &[Need]) -> Trial {
    let reason = unmet.iter().map(Need::to_string).collect::<Vec<_>>().join(", ");
    let required = unmet.iter().any(Need::is_required);
    Trial::test(format!("{name} [needs {reason}]"), move || {
        Err(format!("{reason}: not here").into())
    })
    .with_ignored_flag(!required)
}

impl Need {
    fn is_met(&self) -> bool {
        match self {
            Self::OfficialFile(path) => official_data::find(path).is_ok(),
            Self::Samples(folder) => samples::find(folder).is_some_and(|folder| folder.is_dir()),
            Self::Program(name) => is_on_path(name),
            Self::PostgreSql => postgres::programs().is_some(),
            Self::Browser => browser::program().is_some(),
            Self::BrowserPackages => browser::axe().is_some(),
            Self::Env(name) => env::var_os(name).is_some(),
            Self::PythonVenv => python::interpreter().is_file(),
            Self::PythonModule(name) => python::has_module(name),
        }
    }

    /// `KSEF_REQUIRE_OFFICIAL=1` requires what everyone can fetch, `KSEF_REQUIRE_ALL=1` everything.
    fn is_required(&self) -> bool {
        let fetchable = match self {
            // A path that is not listed is a mistake in the test, not something that may be missing.
            Self::OfficialFile(path) => match official_data::entry(path) {
                Ok(file) => file.fetchable,
                Err(_) => return true,
            },
            Self::Samples(_)
            | Self::Program(_)
            | Self::PostgreSql
            | Self::Browser
            | Self::BrowserPackages
            | Self::Env(_)
            | Self::PythonVenv
            | Self::PythonModule(_) => false,
        };
        is_on("KSEF_REQUIRE_ALL") || (fetchable && is_on("KSEF_REQUIRE_OFFICIAL"))
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfficialFile(path) => write!(f, "official file {path}"),
            Self::Samples(folder) => write!(f, "samples {folder}"),
            Self::Program(name) => write!(f, "program {name}"),
            Self::PostgreSql => f.write_str("the Debian package postgresql"),
            Self::Browser => f.write_str("the Debian package chromium"),
            Self::BrowserPackages => f.write_str("what tests/browser-packages installs"),
            Self::Env(name) => write!(f, "${name}"),
            Self::PythonVenv => f.write_str("what tests/python-venv installs"),
            Self::PythonModule(name) => write!(f, "{name} of what tests/python-venv installs"),
        }
    }
}

fn is_on(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| value == "1")
}

fn is_on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| is_executable(&folder.join(program)))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.with_extension("exe").is_file()
}
