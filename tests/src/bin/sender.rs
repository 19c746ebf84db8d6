//! Sends an invoice from a process of its own, which the suite `client` kills and starts again.
//!
//! `sender API OFFSET INVOICE.xml`, with the token in `KSEF_TOKEN`; the state is kept beside the
//! invoice, as in the example `send_invoice`. Prints the KSeF number. Ends with 3 if KSeF is shown not
//! to have the invoice, and a person has to say whether it is sent anew.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::{env, io};

use ksef_client::{Client, PollPolicy, RetryPolicy};
use ksef_core::submission::Question;
use ksef_core::{Endpoints, Environment, Secret};
use ksef_tests::client::ShiftedClock;
use ksef_tests::sandbox::NIP;

#[path = "../../../ksef-client/examples/send_invoice.rs"]
#[expect(dead_code, reason = "its `main` is not run here")]
mod send_invoice;

/// The sandbox answers within milliseconds.
const PAUSE: Duration = Duration::from_millis(3);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let sent = send().await;
    let mut error = sent.as_ref().err().map(AsRef::<dyn Error>::as_ref);
    while let Some(cause) = error {
        let _ = writeln!(io::stderr(), "sender: {cause}");
        error = cause.source();
    }
    match sent {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_terminated(&*error) => ExitCode::from(3),
        Err(_) => ExitCode::FAILURE,
    }
}

fn is_terminated(error: &(dyn Error + 'static)) -> bool {
    matches!(
        error.downcast_ref(),
        Some(ksef_client::Error::Rejected(rejection)) if rejection.question == Question::Terminated
    )
}

async fn send() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [api, offset, invoice] = arguments.as_slice() else { return Err("three arguments".into()) };
    let client = Client::builder_for(Endpoints::custom(Environment::Test, api)?)
        .clock(Arc::new(ShiftedClock::with_offset(offset.parse()?)))
        .retry(RetryPolicy::new().first_pause(PAUSE).max_retries(20))
        .without_limiter()
        .build()?;
    let token = Secret::new(env::var("KSEF_TOKEN")?);
    let poll = PollPolicy::new().first_pause(PAUSE).longest_pause(Duration::from_millis(50));
    send_invoice::send(&client, NIP.parse()?, token, Path::new(invoice), &poll).await?;
    Ok(())
}
