//! `Ksef`, a company's way to KSeF.

mod material;
mod refusal;

use core::time::Duration;

use ksef_client::{AuthSession, Client, Error, PollPolicy};
use ksef_core::{Endpoints, Nip, Timestamp};
use tokio::sync::Mutex;

pub(crate) use material::{Material, MaterialError, Secrets, certificate_of};
pub(crate) use refusal::Refusal;

/// A company's way to KSeF: one login, which all its work shares.
#[derive(Debug)]
pub(crate) struct Ksef {
    client: Client,
    nip: Nip,
    /// None until somebody has set up the connection.
    material: Option<Material>,
    poll: PollPolicy,
    /// How long KSeF is left alone after it has refused the login.
    patience: Duration,
    login: Mutex<Login>,
}

/// How the last login went.
#[derive(Debug, Default)]
enum Login {
    /// There was none.
    #[default]
    None,
    Made(AuthSession),
    Refused(Refusal),
}

/// Why there is no login.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    /// Nobody has set up the connection.
    #[error("there is no connection to KSeF; set it up on the page")]
    NotConnected,
    /// KSeF has refused it, and is not asked again before this.
    #[error("KSeF has refused the login; it is tried again at {0}")]
    Refused(Timestamp),
    /// The certificate and its key cannot be used.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// KSeF did not accept it, or did not answer.
    #[error(transparent)]
    Ksef(#[from] Error),
}

impl LoginError {
    /// Whether the material has to be replaced, as far as KSeF has said so.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            // Of the refusal itself it was said.
            Self::NotConnected | Self::Refused(_) => false,
            Self::Material(_) => true,
            Self::Ksef(Error::Refused(problem)) => !problem.is_about_pace(),
            Self::Ksef(error) => {
                matches!(error, Error::LoginFailed(_) | Error::Input(_) | Error::Signing(_))
            }
        }
    }
}

impl Ksef {
    pub(crate) fn new(
        client: Client,
        nip: Nip,
        material: Option<Material>,
        (poll, patience): (PollPolicy, Duration),
    ) -> Self {
        Self { client, nip, material, poll, patience, login: Mutex::default() }
    }

    /// The addresses of KSeF.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        self.client.endpoints()
    }

    /// Whether somebody has set up the connection.
    pub(crate) const fn is_connected(&self) -> bool {
        self.material.is_some()
    }

    /// The login, which is made when it is first needed. What KSeF has refused is tried again ever
    /// more rarely; other material is another [`Ksef`].
    pub(crate) async fn login(&self, now: Timestamp) -> Result<AuthSession, LoginError> {
        let mut login = self.login.lock().await;
        let before = match &*login {
            Login::Made(made) => return Ok(made.clone()),
            Login::Refused(refusal) if now < refusal.until() => {
                return Err(LoginError::Refused(refusal.until()));
            }
            Login::Refused(refusal) => Some(*refusal),
            Login::None => None,
        };
        let made = self.log_in().await;
        *login = match &made {
            Ok(made) => Login::Made(made.clone()),
            Err(error) if error.is_final() => {
                Login::Refused(Refusal::new(before, now, self.patience))
            }
            Err(_) => Login::None,
        };
        made
    }

    async fn log_in(&self) -> Result<AuthSession, LoginError> {
        let material = self.material.as_ref().ok_or(LoginError::NotConnected)?;
        let (context, credentials) = (self.nip.into(), material.credentials()?);
        Ok(self.client.authenticate(context, credentials, &self.poll).await?)
    }

    /// That KSeF no longer takes the login: the next one who needs it makes another.
    pub(crate) async fn forget_login(&self) {
        let mut login = self.login.lock().await;
        if let Login::Made(_) = &*login {
            *login = Login::None;
        }
    }

    /// Ends the login, if there is one. One that is left behind ends by itself.
    pub(crate) async fn log_out(&self) {
        if let Login::Made(made) = core::mem::take(&mut *self.login.lock().await) {
            let _ = made.log_out().await;
        }
    }
}
