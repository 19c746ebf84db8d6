//! Sends a folder of invoices as one package and waits for their receipts.
//!
//! Against a sandbox, which prints its address, a NIP and a token when it starts:
//!
//! ```sh
//! cargo run -p ksef-sandbox -- --listen 127.0.0.1:8090
//! cargo run -p ksef-api-client --example send_batch -- \
//!     http://127.0.0.1:8090/v2 5265877635 "$TOKEN" invoices receipts
//! ```
//!
//! The parts of the package and the state of the session are kept in `invoices.batch`; run the same
//! command again after a crash, and it goes on where it stood.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use ksef_client::batch::{PackageOptions, PartFolder, pack};
use ksef_client::encryption::SessionKey;
use ksef_client::{
    AuthSession, BatchSession, Client, Credentials, DocumentOutcome, InputError, OutgoingInvoice,
    PollPolicy, PreparedBatch, UploadOptions, UploadProgress,
};
use ksef_core::port::BoxError;
use ksef_core::{Endpoints, Environment, FormCode, InvoiceXml, Nip, Secret};

/// Logs in, sends the package or goes on with it, and returns what became of each invoice. The
/// receipts of those that were accepted are written to a folder.
pub(crate) async fn send(
    client: &Client,
    nip: Nip,
    token: Secret<String>,
    invoices: &Path,
    receipts: &Path,
) -> Result<Vec<DocumentOutcome>, Box<dyn Error>> {
    let poll = PollPolicy::default();
    let login = client.authenticate(nip.into(), Credentials::ksef_token(token)?, &poll).await?;
    let parts = PartFolder::new(format!("{}.batch", invoices.display()))?;
    let state = parts.path().join("session");
    let session = match fs::read_to_string(&state) {
        Ok(kept) => login.resume_batch(&Secret::new(kept))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            open(&login, invoices, &parts).await?
        }
        Err(error) => return Err(error.into()),
    };
    let mut kept = keep(&session, &state);
    let progress = |progress: &UploadProgress| {
        println!("{} of {} parts are uploaded", progress.uploaded_parts, progress.parts);
        if kept.is_ok() {
            kept = keep(&session, &state);
        }
    };
    session.upload(&parts, &UploadOptions::default(), progress).await?;
    kept?;

    session.close().await?;
    let outcomes = session.outcomes(&poll).await?;
    fs::create_dir_all(receipts)?;
    for outcome in &outcomes {
        report(&session, outcome, nip, receipts).await?;
    }
    Ok(outcomes)
}

/// Makes the package and opens a session for it.
async fn open(
    login: &AuthSession,
    invoices: &Path,
    parts: &PartFolder,
) -> Result<BatchSession, Box<dyn Error>> {
    let files = fs::read_dir(invoices)?.map(|entry| Ok(entry?.path()));
    let mut files: Vec<PathBuf> = files.collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "xml"));
    files.sort();
    let documents = files.iter().map(|file| document(file));
    // Whoever keeps the key, encrypted, can send the same package again in another session.
    let key = SessionKey::generate()?;
    let (manifest, _) =
        pack(documents, &key, &PackageOptions::default(), PartFolder::new(parts.path())?)?;
    Ok(login.open_batch(PreparedBatch::new(&FormCode::Fa3, &manifest, &key)).await?)
}

/// An invoice and the name of its file, if it is an FA(3).
fn document(file: &Path) -> Result<(String, InvoiceXml), BoxError> {
    let named = |error: InputError| format!("{}: {error}", file.display());
    let invoice = OutgoingInvoice::read(InvoiceXml::new(fs::read(file)?)?).map_err(named)?;
    if *invoice.form_code() != FormCode::Fa3 {
        return Err(named(InputError::SessionForm).into());
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((name, invoice.xml().clone()))
}

/// Keeps the session in a file. A real one encrypts it.
fn keep(session: &BatchSession, state: &Path) -> io::Result<()> {
    let written = state.with_extension("new");
    fs::write(&written, session.to_secret().expose())?;
    fs::File::open(&written)?.sync_all()?;
    fs::rename(&written, state)
}

async fn report(
    session: &BatchSession,
    outcome: &DocumentOutcome,
    seller: Nip,
    receipts: &Path,
) -> Result<(), Box<dyn Error>> {
    let name = &outcome.document.file_name;
    if let (Some(number), Some(receipt)) =
        (outcome.ksef_number(), session.receipt(outcome, seller).await?)
    {
        println!("{name}: accepted as {number}");
        fs::write(receipts.join(format!("{number}.xml")), receipt.xml.as_bytes())?;
        return Ok(());
    }
    match &outcome.status {
        Some(status) => println!("{name}: not accepted, {}", status.status),
        None => println!("{name}: not taken; it can be sent again"),
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [api, nip, token, invoices, receipts] = arguments.as_slice() else {
        eprintln!("usage: send_batch API NIP TOKEN INVOICES RECEIPTS");
        return ExitCode::from(2);
    };
    match run(api, nip, token, Path::new(invoices), Path::new(receipts)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("send_batch: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(
    api: &str,
    nip: &str,
    token: &str,
    invoices: &Path,
    receipts: &Path,
) -> Result<(), Box<dyn Error>> {
    let client = Client::builder_for(Endpoints::custom(Environment::Test, api)?).build()?;
    let token = Secret::new(token.to_owned());
    let outcomes = send(&client, nip.parse()?, token, invoices, receipts).await?;
    let accepted = outcomes.iter().filter(|outcome| outcome.ksef_number().is_some()).count();
    println!("{accepted} of {} invoices were accepted", outcomes.len());
    Ok(())
}
