//! A worker: sends what is not known to have ended, and goes on where another one stopped.

use std::sync::Arc;
use std::time::Duration;

use ksef_client::OutgoingInvoice;
use ksef_client::{
    AuthSession, Client, Credentials, Error, OnlineSession, PollPolicy, RetryPolicy, Submission,
};
use ksef_core::{Endpoints, Environment, FormCode, InvoiceXml, Nip, Secret};

use super::Result;
use super::clock::DayClock;
use super::folder::{Ended, Folder};

/// The sandbox answers within milliseconds.
const PAUSE: Duration = Duration::from_millis(5);

pub(super) async fn work(
    api: &str,
    nip: Nip,
    token: Secret<String>,
    clock: DayClock,
    folder: &Folder,
) -> Result<()> {
    let poll = PollPolicy::new().first_pause(PAUSE);
    let client = Client::builder_for(Endpoints::custom(Environment::Test, api)?)
        .clock(Arc::new(clock))
        .retry(RetryPolicy::new().first_pause(PAUSE))
        .without_limiter()
        .build()?;
    let login = client.authenticate(nip.into(), Credentials::ksef_token(token)?, &poll).await?;
    for name in folder.to_do()? {
        let mut submission = match folder.state(&name)? {
            Some(state) => login.resume_submission(&state)?,
            None => begin(&login, folder, &name).await?,
        };
        submission = submission.with_journal(Arc::new(folder.journal(&name)));
        let ended = finish(&mut submission, &poll, folder, &name).await?;
        folder.store_ended(&name, &ended)?;
    }
    // Sessions and logins that are left behind end by themselves.
    let _ = login.log_out().await;
    Ok(())
}

/// A session that was opened without our knowing stays empty and ends by itself: another one may be
/// opened. With invoices in it that would not do.
async fn open(login: &AuthSession) -> Result<OnlineSession, Error> {
    loop {
        match login.open_online(FormCode::Fa3).await {
            Err(Error::OutcomeUnknown(_)) => {}
            opened => return opened,
        }
    }
}

async fn begin(login: &AuthSession, folder: &Folder, name: &str) -> Result<Submission> {
    let xml = folder.document(name)?.ok_or("the document is gone")?;
    let session = open(login).await?;
    Ok(session.submission(OutgoingInvoice::read(InvoiceXml::new(xml)?)?)?)
}

/// Sends, waits, and finds out what became of it should an answer be lost.
async fn finish(
    submission: &mut Submission,
    poll: &PollPolicy,
    folder: &Folder,
    name: &str,
) -> Result<Ended> {
    let rejected = match submission.accepted(poll).await {
        Ok(_) => None,
        Err(Error::Rejected(rejection)) => Some(rejection),
        Err(error) => return Err(error.into()),
    };
    let reason = match rejected {
        None => {
            let receipt = submission.receipt(poll).await?;
            folder.store_receipt(name, receipt.xml.as_bytes())?;
            None
        }
        Some(rejection) => Some(rejection.to_string()),
    };
    let history = submission.history();
    let ksef_number = history.ksef_number().map(|number| number.to_string());
    Ok(Ended { ksef_number, sent: history.attempts(), reason })
}
