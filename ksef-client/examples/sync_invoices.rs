//! Fetches the invoices of a taxpayer into a folder: all that are new since the last time.
//!
//! Against a sandbox, which prints its address, a NIP and a token when it starts:
//!
//! ```sh
//! cargo run -p ksef-sandbox -- --listen 127.0.0.1:8090
//! cargo run -p ksef-api-client --example sync_invoices -- \
//!     http://127.0.0.1:8090/v2 5265877635 "$TOKEN" buyer 2026-11-01T00:00:00Z invoices
//! ```
//!
//! How far it has come is kept in `position` in the folder; run the same command again, after a
//! crash or a quarter of an hour later, and it goes on from there. KSeF wants no more.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use ksef_client::retrieval::SubjectType;
use ksef_client::{AuthSession, Client, Credentials, PollPolicy};
use ksef_core::{Endpoints, Environment, Nip, Secret, Timestamp};

/// Logs in with a token.
pub(crate) async fn log_in(
    client: &Client,
    nip: Nip,
    token: Secret<String>,
) -> Result<AuthSession, Box<dyn Error>> {
    let credentials = Credentials::ksef_token(token)?;
    Ok(client.authenticate(nip.into(), credentials, &PollPolicy::default()).await?)
}

/// Fetches what is new. Returns how many invoices that were.
pub(crate) async fn sync(
    login: &AuthSession,
    subject_type: SubjectType,
    from: Timestamp,
    folder: &Path,
) -> Result<usize, Box<dyn Error>> {
    let poll = PollPolicy::default();
    fs::create_dir_all(folder)?;
    let position = folder.join("position");
    let mut sync = match fs::read_to_string(&position) {
        Ok(kept) => login.resume_sync(&Secret::new(kept))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            login.sync_invoices(subject_type, from)
        }
        Err(error) => return Err(error.into()),
    };
    let mut fetched = 0;
    loop {
        // Kept before it is waited for, so that a crash does not lose what KSeF prepares.
        sync.order().await?;
        write(&position, sync.to_secret().expose().as_bytes())?;
        let Some(mut batch) = sync.next(&poll).await? else { break };
        batch.for_each(|invoice| {
            let name = format!("{}.xml", invoice.metadata.ksef_number);
            write(&folder.join(name), invoice.xml.as_bytes())?;
            Ok(())
        })?;
        fetched += batch.metadata().len();
        let is_last = batch.is_last();
        // All of them are on the disk: now, and not before, the position moves.
        sync.commit(batch)?;
        write(&position, sync.to_secret().expose().as_bytes())?;
        if is_last {
            break;
        }
    }
    Ok(fetched)
}

/// Writes a file, whole or not at all. A real one encrypts the position.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = path.with_extension("new");
    fs::write(&written, bytes)?;
    fs::File::open(&written)?.sync_all()?;
    fs::rename(&written, path)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Ok(arguments) = <[String; 6]>::try_from(arguments) else {
        eprintln!("usage: sync_invoices API NIP TOKEN seller|buyer FROM FOLDER");
        return ExitCode::from(2);
    };
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sync_invoices: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run([api, nip, token, subject, from, folder]: &[String; 6]) -> Result<(), Box<dyn Error>> {
    let client = Client::builder_for(Endpoints::custom(Environment::Test, api)?).build()?;
    let login = log_in(&client, nip.parse()?, Secret::new(token.clone())).await?;
    let subject_type = match subject.as_str() {
        "seller" => SubjectType::Subject1,
        "buyer" => SubjectType::Subject2,
        other => return Err(format!("`{other}` is neither seller nor buyer").into()),
    };
    let fetched = sync(&login, subject_type, from.parse()?, Path::new(folder)).await?;
    println!("{fetched} invoices are new in {folder}");
    Ok(())
}
