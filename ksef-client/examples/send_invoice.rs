//! Sends one invoice and waits for its receipt.
//!
//! Against a sandbox, which prints its address, a NIP and a token when it starts:
//!
//! ```sh
//! cargo run -p ksef-sandbox -- --listen 127.0.0.1:8090
//! cargo run -p ksef-api-client --example send_invoice -- \
//!     http://127.0.0.1:8090/v2 5265877635 "$TOKEN" invoice.xml upo.xml
//! ```
//!
//! The submission is kept in `invoice.xml.submission` after each step; run the same command again
//! after a crash, and it goes on where it stood.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, fs, io};

use ksef_client::{
    AuthSession, Client, Credentials, Journal, OutgoingInvoice, PollPolicy, Receipt, Submission,
};
use ksef_core::port::{BoxError, BoxFuture};
use ksef_core::{Endpoints, Environment, InvoiceXml, Nip, Secret};

/// Keeps the submission in a file. A real one encrypts it.
#[derive(Debug)]
struct FileJournal(PathBuf);

impl Journal for FileJournal {
    fn record<'a>(&'a self, state: &'a Secret<String>) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let written = self.0.with_extension("new");
            fs::write(&written, state.expose())?;
            fs::File::open(&written)?.sync_all()?;
            fs::rename(&written, &self.0)?;
            Ok(())
        })
    }
}

/// Logs in, sends the invoice or goes on with it, and returns its verified receipt.
pub(crate) async fn send(
    client: &Client,
    nip: Nip,
    token: Secret<String>,
    invoice: &Path,
    poll: &PollPolicy,
) -> Result<Receipt, Box<dyn Error>> {
    let login = client.authenticate(nip.into(), Credentials::ksef_token(token)?, poll).await?;
    let kept = PathBuf::from(format!("{}.submission", invoice.display()));
    let submission = match fs::read_to_string(&kept) {
        Ok(state) => login.resume_submission(&Secret::new(state))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => begin(&login, invoice).await?,
        Err(error) => return Err(error.into()),
    };
    let mut submission = submission.with_journal(Arc::new(FileJournal(kept)));

    // This sends, waits, and finds out what became of it should the answer be lost.
    let accepted = submission.accepted(poll).await?;
    println!("accepted as {}", accepted.ksef_number);
    Ok(submission.receipt(poll).await?)
}

async fn begin(login: &AuthSession, invoice: &Path) -> Result<Submission, Box<dyn Error>> {
    let invoice = OutgoingInvoice::read(InvoiceXml::new(fs::read(invoice)?)?)?;
    let session = login.open_online(invoice.form_code().clone()).await?;
    Ok(session.submission(invoice)?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [api, nip, token, invoice, receipt] = arguments.as_slice() else {
        eprintln!("usage: send_invoice API NIP TOKEN INVOICE.xml UPO.xml");
        return ExitCode::from(2);
    };
    match run(api, nip, token, Path::new(invoice), Path::new(receipt)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("send_invoice: {error}");
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
    invoice: &Path,
    receipt: &Path,
) -> Result<(), Box<dyn Error>> {
    let client = Client::builder_for(Endpoints::custom(Environment::Test, api)?).build()?;
    let token = Secret::new(token.to_owned());
    let upo = send(&client, nip.parse()?, token, invoice, &PollPolicy::default()).await?;
    fs::write(receipt, upo.xml.as_bytes())?;
    println!("the receipt is in {}", receipt.display());
    Ok(())
}
