//! The program, in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::Failure;

pub(crate) struct Program {
    child: Child,
    /// What it said at its start.
    said: Value,
    /// Kept open: whoever writes to a closed pipe ends.
    _output: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ksef-sandbox"))
            .args(["--listen", "127.0.0.1:0", "--delays", "none", "--no-rate-limits", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        Ok(Self { child, said: serde_json::from_str(&line)?, _output: output })
    }

    /// A field of its line.
    pub(crate) fn said(&self, field: &str) -> Result<&str, Failure> {
        Ok(self.said.get(field).and_then(Value::as_str).ok_or("no such field")?)
    }

    /// The bytes that it holds in memory.
    pub(crate) fn memory(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .map_err(|error| format!("memory is read from /proc, as Linux has it: {error}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: u64 =
            line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").trim().parse()?;
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
