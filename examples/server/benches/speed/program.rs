//! The server's program, in processes of their own.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::Failure;

const PROGRAM: &str = env!("CARGO_BIN_EXE_ksef-server");

/// The program with its configuration in this folder.
fn command(folder: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(folder);
    // What the environment says is for another server.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KSEF_SERVER_")) {
        command.env_remove(name);
    }
    command.env("KSEF_SERVER_LISTEN", "127.0.0.1:0");
    command.envs(database.map(|database| ("KSEF_SERVER_DATABASE", database)));
    command
}

/// A command that ends by itself.
pub(crate) fn run(
    folder: &Path,
    database: Option<&str>,
    arguments: &[&str],
    input: &str,
) -> Result<(), Failure> {
    let mut command = command(folder, database);
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(input.as_bytes())?;
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(format!("the program ended with {status}").into()) }
}

/// A process that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    /// Kept open: whoever writes to a closed pipe ends.
    output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts `serve` or `work`. What it tells of itself is in `log.txt`.
    pub(crate) fn start(
        folder: &Path,
        database: Option<&str>,
        what: &str,
    ) -> Result<Self, Failure> {
        let log = File::options().create(true).append(true).open(folder.join("log.txt"))?;
        let mut command = command(folder, database);
        let command = command.arg(what).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, output })
    }

    /// Where `serve` listens, as it says.
    pub(crate) fn address(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let address = line.trim().rsplit(' ').next().filter(|address| address.starts_with("http"));
        Ok(address.ok_or("the server did not start; see log.txt")?.to_owned())
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// A line of what Linux says of the process, in bytes: `VmRSS`, or `VmHWM`, the most so far.
    pub(crate) fn memory(&self, name: &str) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .map_err(|error| format!("memory is read from /proc, as Linux has it: {error}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kilobytes: u64 = line.ok_or("no such line")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended by itself if this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
