//! The program `ksef-sandbox`: a sandbox behind a socket until it is told to end.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to people")]

use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use ksef_core::{Environment, Nip};
use ksef_sandbox::{Config, Delays, Handle, Permission, Sandbox};
use lexopt::prelude::{Long, Short, ValueExt as _};
use serde_json::json;
use tempfile::TempDir;

const USAGE: &str = "\
A KSeF on this machine, for tests. No place for real data.

Usage: ksef-sandbox [OPTIONS]

Where
  --listen ADDRESS       listen here [127.0.0.1:8090]; port 0 takes a free one
  --public-url URL       scheme, host and port of the links that are handed out
                         [http:// and the address]; port 0 is that of --listen
  --state DIR            keep everything across a restart, in this directory
                         [everything is forgotten]

How
  --environment NAME     play test, demo or prod: decides what is checked, and
                         what receipts say [test]
  --delays HOW           real: about as slow as KSeF; none: everything at once;
                         a number: each delay this many milliseconds [real]
  --no-rate-limits       count no requests [as many as KSeF allows]
  --seed NUMBER          draw the numbers that are given out from this seed
                         [different ones each time]

What it prints at the start
  --nip NIP              whose token and certificate are made [5265877635]
  --json                 one line of JSON for programs instead: base_url, nip,
                         ksef_token, certificate and key (files in PEM)

  --help, --version      print this, or the version, and end

It ends on SIGINT (Ctrl-C) and SIGTERM. The page at / shows what is in it.";

/// The taxpayer of whoever names none.
const NIP: &str = "5265877635";

struct Options {
    config: Config,
    nip: Nip,
    is_json: bool,
}

/// What the command line asks for.
enum Command {
    Run(Box<Options>),
    Print(String),
}

/// Where a program finds what it needs to log in.
struct Credentials {
    token: String,
    certificate: PathBuf,
    key: PathBuf,
    /// Removed at the end.
    _directory: Option<TempDir>,
}

fn main() -> ExitCode {
    let options = match parse(std::env::args_os()) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Print(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("ksef-sandbox: {error}; see --help");
            return ExitCode::from(2);
        }
    };
    match run(*options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ksef-sandbox: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut config = Config::default();
    config.listen = SocketAddr::from(([127, 0, 0, 1], 8090));
    let mut nip = NIP.to_owned();
    let mut is_json = false;
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => config.listen = parser.value()?.parse_with(listen)?,
            Long("public-url") => config.public_url = Some(parser.value()?.parse_with(public_url)?),
            Long("environment") => config.environment = parser.value()?.parse_with(environment)?,
            Long("state") => config.state = Some(parser.value()?.into()),
            Long("delays") => config.delays = parser.value()?.parse_with(delays)?,
            Long("no-rate-limits") => config.rate_limits = false,
            Long("nip") => nip = parser.value()?.string()?,
            Long("seed") => config.seed = Some(parser.value()?.parse_with(seed)?),
            Long("json") => is_json = true,
            Long("help") | Short('h') => return Ok(Command::Print(USAGE.to_owned())),
            Long("version") | Short('V') => {
                return Ok(Command::Print(format!("ksef-sandbox {}", env!("CARGO_PKG_VERSION"))));
            }
            _ => return Err(argument.unexpected()),
        }
    }
    let nip = nip.parse().map_err(|error| format!("--nip {nip}: {error}"))?;
    Ok(Command::Run(Box::new(Options { config, nip, is_json })))
}

fn listen(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "--listen takes an address and a port, as 127.0.0.1:8090")
}

fn environment(name: &str) -> Result<Environment, &'static str> {
    match name {
        "test" => Ok(Environment::Test),
        "demo" => Ok(Environment::Demo),
        "prod" => Ok(Environment::Production),
        _ => Err("--environment takes test, demo or prod"),
    }
}

fn delays(text: &str) -> Result<Delays, &'static str> {
    match text {
        "real" => Ok(Delays::REAL),
        "none" => Ok(Delays::NONE),
        _ => text
            .parse()
            .map(|milliseconds| Delays::each(Duration::from_millis(milliseconds)))
            .map_err(|_| "--delays takes real, none or a number of milliseconds"),
    }
}

fn seed(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "--seed takes a whole number from 0 to 18446744073709551615")
}

fn public_url(url: &str) -> Result<String, &'static str> {
    let is_plain = url.parse().is_ok_and(|uri: http::Uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.path() == "/"
            && uri.query().is_none()
    });
    if is_plain {
        return Ok(url.to_owned());
    }
    Err("--public-url takes a scheme and a host, as http://ksef-sandbox.test:8090")
}

#[tokio::main]
async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let Options { config, nip, is_json } = options;
    warn(config.listen);
    let state = config.state.clone();
    let handle = Sandbox::start(config).await?;
    let credentials = Credentials::make(handle.sandbox(), nip, state.as_deref())?;
    greet(&handle, nip, &credentials, is_json)?;
    until_told_to_end().await?;
    eprintln!("ksef-sandbox: it ends when the requests that are under way are answered");
    handle.stop().await;
    Ok(())
}

fn warn(listen: SocketAddr) {
    eprintln!("ksef-sandbox: NO PLACE FOR REAL DATA. What is accepted here has no legal force.");
    if !listen.ip().is_loopback() {
        eprintln!(
            "ksef-sandbox: WARNING: it listens on {listen}. EVERYBODY who reaches this address can \
             read all invoices and steer the sandbox; there is no password."
        );
    }
}

fn greet(
    handle: &Handle,
    nip: Nip,
    credentials: &Credentials,
    is_json: bool,
) -> Result<(), Box<dyn Error>> {
    let base_url = handle.base_url();
    let Credentials { token, certificate, key, .. } = credentials;
    if is_json {
        let line = json!({
            "base_url": base_url,
            "nip": nip,
            "ksef_token": token,
            "certificate": utf8(certificate)?,
            "key": utf8(key)?,
        });
        println!("{line}");
    } else {
        println!("Base URL     {base_url}/v2   (a page for people: {base_url}/)");
        println!("NIP          {nip}");
        println!("KSeF token   {token}");
        println!("Certificate  {}", certificate.display());
        println!("Key          {}", key.display());
    }
    Ok(io::stdout().flush()?)
}

fn utf8(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is no UTF-8, which JSON needs", path.display()))
}

impl Credentials {
    /// A new token and a new certificate, in the directory of the state or one for this run.
    fn make(sandbox: &Sandbox, nip: Nip, state: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let permissions = [
            Permission::CredentialsManage,
            Permission::CredentialsRead,
            Permission::EnforcementOperations,
            Permission::Introspection,
            Permission::InvoiceRead,
            Permission::InvoiceWrite,
            Permission::SubunitManage,
        ];
        let token = sandbox.create_token(nip, permissions).expose().clone();
        let identity = sandbox.create_certificate(nip)?;
        let directory = match state {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("ksef-sandbox-").tempdir()?),
        };
        let place =
            directory.as_ref().map(TempDir::path).or(state).unwrap_or_else(|| Path::new("."));
        let place = std::path::absolute(place)?;
        let certificate = place.join("certificate.pem");
        let key = place.join("key.pem");
        write_secret(&certificate, &identity.certificate_pem())?;
        write_secret(&key, identity.key_pem().expose())?;
        Ok(Self { token, certificate, key, _directory: directory })
    }
}

/// Writes a file that its owner alone can read.
fn write_secret(path: &Path, content: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private(path)?.write_all(content.as_bytes())
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
async fn until_told_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn until_told_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// An error and its causes in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
