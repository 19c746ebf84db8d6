//! The program `ksef-sandbox`: a sandbox behind a socket until it is told to end.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to people")]

use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ksef_core::{Environment, Nip};
use ksef_sandbox::{Config, Delays, Handle, Permission, Sandbox};
use lexopt::prelude::{Long, Short, ValueExt as _};
use serde_json::json;
use tempfile::TempDir;

const USAGE: &str = "\
A KSeF on this machine, for tests. No place for real data.

Usage: ksef-sandbox [OPTIONS]

  --listen ADDRESS       where to listen [127.0.0.1:8090]; port 0 takes a free one
  --public-url URL       scheme, host and port of the links that are handed out
  --environment NAME     test, demo or prod: what is checked, and what receipts say [test]
  --state DIR            keep everything across a restart, in this directory
  --no-delays            everything happens at once
  --no-rate-limits       count no requests
  --nip NIP              whose token and certificate are made at the start [5265877635]
  --seed NUMBER          draw the numbers that are given out from this seed
  --json                 print one line of JSON instead of words
  --help, --version";

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
            Long("listen") => config.listen = parser.value()?.parse()?,
            Long("public-url") => config.public_url = Some(public_url(parser.value()?.string()?)?),
            Long("environment") => {
                config.environment = parser.value()?.parse_with(environment)?;
            }
            Long("state") => config.state = Some(parser.value()?.into()),
            Long("no-delays") => config.delays = Delays::NONE,
            Long("no-rate-limits") => config.rate_limits = false,
            Long("nip") => nip = parser.value()?.string()?,
            Long("seed") => config.seed = Some(parser.value()?.parse()?),
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

fn environment(name: &str) -> Result<Environment, String> {
    match name {
        "test" => Ok(Environment::Test),
        "demo" => Ok(Environment::Demo),
        "prod" => Ok(Environment::Production),
        _ => Err("it is test, demo or prod".to_owned()),
    }
}

fn public_url(url: String) -> Result<String, String> {
    let uri: http::Uri = url.parse().map_err(|error| format!("--public-url {url}: {error}"))?;
    let is_plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.path() == "/"
        && uri.query().is_none();
    if is_plain {
        return Ok(url);
    }
    Err(format!("--public-url {url}: it is a scheme and a host, as http://ksef-sandbox.test:8090"))
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
        let place = directory.as_ref().map(TempDir::path).or(state).unwrap_or(Path::new("."));
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
