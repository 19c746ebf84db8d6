//! `Ksef`, a company's way to KSeF.

mod material;

use ksef_client::{AuthSession, Client, Error, PollPolicy};
use ksef_core::{Endpoints, Nip};
use tokio::sync::Mutex;

pub(crate) use material::{Material, MaterialError, Secrets, certificate_of};

/// A company's way to KSeF: one login, which all its work shares.
#[derive(Debug)]
pub(crate) struct Ksef {
    client: Client,
    nip: Nip,
    /// None until somebody has set up the connection.
    material: Option<Material>,
    poll: PollPolicy,
    login: Mutex<Option<AuthSession>>,
}

/// Why there is no login.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    /// Nobody has set up the connection.
    #[error("there is no connection to KSeF; set it up on the page")]
    NotConnected,
    /// The certificate and its key cannot be used.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// KSeF did not accept it, or did not answer.
    #[error(transparent)]
    Ksef(#[from] Error),
}

impl LoginError {
    /// Whether the material has to be replaced, as far as KSeF has said so.
    pub(crate) const fn is_final(&self) -> bool {
        match self {
            Self::NotConnected => false,
            Self::Material(_) => true,
            Self::Ksef(error) => matches!(
                error,
                Error::LoginFailed(_) | Error::Refused(_) | Error::Input(_) | Error::Signing(_)
            ),
        }
    }
}

impl Ksef {
    pub(crate) fn new(
        client: Client,
        nip: Nip,
        material: Option<Material>,
        poll: PollPolicy,
    ) -> Self {
        Self { client, nip, material, poll, login: Mutex::default() }
    }

    /// The addresses of KSeF.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        self.client.endpoints()
    }

    /// Whether somebody has set up the connection.
    pub(crate) const fn is_connected(&self) -> bool {
        self.material.is_some()
    }

    /// The login, which is made when it is first needed.
    pub(crate) async fn login(&self) -> Result<AuthSession, LoginError> {
        let mut login = self.login.lock().await;
        if let Some(login) = &*login {
            return Ok(login.clone());
        }
        let material = self.material.as_ref().ok_or(LoginError::NotConnected)?;
        let made =
            self.client.authenticate(self.nip.into(), material.credentials()?, &self.poll).await?;
        Ok(login.insert(made).clone())
    }

    /// Ends the login, if there is one. One that is left behind ends by itself.
    pub(crate) async fn log_out(&self) {
        if let Some(login) = self.login.lock().await.take() {
            let _ = login.log_out().await;
        }
    }
}
