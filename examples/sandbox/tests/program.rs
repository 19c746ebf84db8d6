//! The program, as it is started from a shell.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where something is missing"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ksef-sandbox"));
    program.args(arguments).stdin(Stdio::null());
    program
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// A program that runs until this is dropped, and the lines that it has printed.
struct Running(Child, Vec<String>);

impl Running {
    fn start(arguments: &[&str], lines: usize) -> Self {
        let mut program = program(&["--listen", "127.0.0.1:0"]);
        program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let lines = output.lines().take(lines).collect::<Result<_, _>>();
        Self(child, lines.unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.1[0]).unwrap()
    }

    /// Ends it; what it said to people.
    fn end(mut self) -> String {
        self.0.kill().unwrap();
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn one_line_of_json_tells_all_that_a_client_needs() {
    let sandbox = Running::start(&["--json", "--nip", "1111111111"], 1);
    let json = sandbox.json();
    let mut fields: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["base_url", "certificate", "key", "ksef_token", "nip"]);
    assert_eq!(json["nip"], "1111111111");
    assert!(json["ksef_token"].as_str().unwrap().contains("|nip-1111111111|"));
    for (field, head) in [("certificate", "CERTIFICATE"), ("key", "PRIVATE KEY")] {
        let pem = std::fs::read_to_string(json[field].as_str().unwrap()).unwrap();
        assert!(pem.starts_with(&format!("-----BEGIN {head}-----")), "{field}");
    }
    let address = json["base_url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let request =
        "POST /v2/auth/challenge HTTP/1.1\r\nHost: api.ksef.mf.gov.pl\r\nConnection: close\r\n\r\n";
    assert!(exchange(address, request).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn people_read_where_it_is_and_that_it_is_no_place_for_real_data() {
    let sandbox = Running::start(&[], 5);
    let starts = ["Base URL", "NIP", "KSeF token", "Certificate", "Key"];
    for (line, start) in sandbox.1.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
    assert!(sandbox.1[0].contains("http://127.0.0.1:"));
    assert!(sandbox.end().contains("NO PLACE FOR REAL DATA"));
}

#[test]
fn whoever_opens_it_to_others_is_warned() {
    let open = Running::start(&["--listen", "0.0.0.0:0"], 1);
    assert!(open.end().contains("EVERYBODY"));
}

#[test]
fn the_port_of_the_public_url_can_be_that_of_the_server() {
    let sandbox = Running::start(&["--json", "--public-url", "http://ksef-sandbox.test:0"], 1);
    let url = sandbox.json()["base_url"].as_str().unwrap().to_owned();
    let port: u16 = url.strip_prefix("http://ksef-sandbox.test:").unwrap().parse().unwrap();
    assert_ne!(port, 0);
}

#[test]
fn what_is_wrong_is_said_in_one_line_with_what_is_right() {
    for (arguments, mend) in [
        (&["--listen", "8090"][..], "as 127.0.0.1:8090"),
        (&["--environment", "prd"], "takes test, demo or prod"),
        (&["--delays", "fast"], "takes real, none or a number of milliseconds"),
        (&["--public-url", "ksef.test"], "as http://ksef-sandbox.test:8090"),
        (&["--seed", "-1"], "takes a whole number"),
        (&["--nip", "5265877636"], "--nip 5265877636: "),
        (&["--state"], "missing argument for option '--state'"),
        (&["--port", "8090"], "invalid option '--port'"),
        (&["now"], "unexpected argument \"now\""),
    ] {
        let Output { status, stdout, stderr } = run(arguments);
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{said}");
        assert!(said.contains(mend) && said.contains("see --help"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(stdout.is_empty());
    }
}

#[test]
fn an_address_that_is_taken_is_said_in_one_line() {
    let first = Running::start(&["--json"], 1);
    let url = first.json()["base_url"].as_str().unwrap().to_owned();
    let output = run(&["--listen", url.strip_prefix("http://").unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.lines().last().unwrap().contains("take another or port 0"), "{said}");
}

#[test]
fn help_and_version_are_printed_and_that_is_all() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    assert!(help.contains("No place for real data") && help.contains("--state DIR"));
    assert!(help.lines().all(|line| line.len() <= 80), "{help}");
    let version = String::from_utf8(run(&["-V"]).stdout).unwrap();
    assert_eq!(version.trim(), concat!("ksef-sandbox ", env!("CARGO_PKG_VERSION")));
}
