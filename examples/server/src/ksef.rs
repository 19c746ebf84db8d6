//! `Ksef`, a company's way to KSeF.

use ksef_client::{AuthSession, Client, Credentials, Error, PollPolicy};
use ksef_core::{Endpoints, Nip, Secret};
use tokio::sync::Mutex;

/// A company's way to KSeF: one login, which all its work shares.
#[derive(Debug)]
pub(crate) struct Ksef {
    client: Client,
    nip: Nip,
    token: Secret<String>,
    poll: PollPolicy,
    login: Mutex<Option<AuthSession>>,
}

impl Ksef {
    pub(crate) fn new(client: Client, nip: Nip, token: Secret<String>, poll: PollPolicy) -> Self {
        Self { client, nip, token, poll, login: Mutex::default() }
    }

    /// The addresses of KSeF.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        self.client.endpoints()
    }

    /// The login, which is made when it is first needed.
    pub(crate) async fn login(&self) -> Result<AuthSession, Error> {
        let mut login = self.login.lock().await;
        if let Some(login) = &*login {
            return Ok(login.clone());
        }
        let credentials = Credentials::ksef_token(self.token.clone_secret())?;
        let made = self.client.authenticate(self.nip.into(), credentials, &self.poll).await?;
        Ok(login.insert(made).clone())
    }

    /// Ends the login, if there is one. One that is left behind ends by itself.
    pub(crate) async fn log_out(&self) {
        if let Some(login) = self.login.lock().await.take() {
            let _ = login.log_out().await;
        }
    }
}
