//! `AuthSession`, a login that keeps itself alive.

mod credentials;
mod login;
mod sessions;
mod tokens;

use std::sync::Arc;

use ksef_core::{ContextIdentifier, Environment, ReferenceNumber, Secret};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

pub use self::credentials::Credentials;
use self::login::LoggedIn;
pub use self::sessions::{AuthenticationCategory, AuthenticationMethod, AuthenticationSession};
use self::tokens::Tokens;
use crate::client::Client;
use crate::error::{Error, StoredError};
use crate::pipeline::{ApiRequest, Bearer, Reader, empty, json};
use crate::policy::PollPolicy;
use crate::stored;
use crate::wire::auth::RefreshResponse;
use crate::wire::operation::Operation;

/// The kind under which a login is kept.
const KIND: &str = "login";

/// A login in a context (KSeF API, section on authentication).
///
/// It is cheap to clone, and all clones share the tokens. An access token that is about to end is
/// replaced, exactly once however many requests wait for it; when the refresh token ends too, it
/// logs in again, if it has the credentials.
///
/// [`AuthSession::to_secret`] keeps it for another process.
#[derive(Clone, Debug)]
pub struct AuthSession(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    context: ContextIdentifier,
    credentials: Option<Credentials>,
    poll: PollPolicy,
    tokens: Mutex<Tokens>,
}

/// An access token, and which one of the login's it is.
struct Access {
    token: Secret<String>,
    generation: u64,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    environment: Environment,
    context: ContextIdentifier,
    tokens: Tokens,
}

impl Client {
    /// Logs in, on behalf of a context.
    ///
    /// The credentials are kept in memory, to log in again when the refresh token ends after
    /// seven days. A lost answer on the way does no harm: another login is begun.
    ///
    /// # Errors
    ///
    /// [`Error::LoginFailed`] with the status that KSeF gives, [`Error::TimedOut`] when it gives
    /// none before the deadline, [`Error::Refused`] when it does not take the login at all.
    pub async fn authenticate(
        &self,
        context: ContextIdentifier,
        credentials: Credentials,
        poll: &PollPolicy,
    ) -> Result<AuthSession, Error> {
        let logged_in = login::log_in(self, context, &credentials, poll).await?;
        Ok(AuthSession::new(self, context, Some(credentials), *poll, Tokens::new(logged_in)))
    }

    /// Resumes a login that was kept with [`AuthSession::to_secret`], here or elsewhere.
    ///
    /// Without credentials it ends with its refresh token ([`Error::LoginEnded`]). Whether it was
    /// revoked in the meantime, the first request shows.
    ///
    /// # Errors
    ///
    /// [`Error::Stored`] when it cannot be read, or belongs to another environment.
    pub fn resume_login(
        &self,
        stored: &Secret<String>,
        credentials: Option<Credentials>,
        poll: &PollPolicy,
    ) -> Result<AuthSession, Error> {
        let stored: Stored = stored::read(KIND, stored)?;
        if stored.environment != self.environment() {
            return Err(StoredError::Environment.into());
        }
        Ok(AuthSession::new(self, stored.context, credentials, *poll, stored.tokens))
    }
}

impl AuthSession {
    fn new(
        client: &Client,
        context: ContextIdentifier,
        credentials: Option<Credentials>,
        poll: PollPolicy,
        tokens: Tokens,
    ) -> Self {
        let tokens = Mutex::new(tokens);
        Self(Arc::new(Inner { client: client.clone(), context, credentials, poll, tokens }))
    }

    /// The client that it was made with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// On whose behalf it is.
    #[must_use]
    pub fn context(&self) -> ContextIdentifier {
        self.0.context
    }

    /// The reference number of the login at KSeF; another one after it logged in again.
    pub async fn reference_number(&self) -> ReferenceNumber {
        self.0.tokens.lock().await.reference_number
    }

    /// What [`Client::resume_login`] takes: the tokens, and where they belong. Who has it can act
    /// in the context for up to seven days; keep it encrypted. The credentials are not in it.
    pub async fn to_secret(&self) -> Secret<String> {
        let tokens = self.0.tokens.lock().await.copy();
        let environment = self.client().environment();
        stored::write(KIND, &Stored { environment, context: self.context(), tokens })
    }

    /// Ends the login at KSeF: the refresh token at once, access tokens when their time is over.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn log_out(&self) -> Result<(), Error> {
        let request = ApiRequest::new(Operation::RevokeCurrentAuthenticationSession);
        self.call(&request, empty).await
    }

    /// Replaces the access token now; it is done by itself when one is about to end.
    ///
    /// An access token keeps the permissions that it was given with: after a change, this takes
    /// over the new ones. `POST /auth/token/refresh`. Limits: `anonymous`.
    ///
    /// # Errors
    ///
    /// [`Error::LoginEnded`] when the login has ended and there are no credentials to log in
    /// again, or as every request that may be repeated.
    pub async fn refresh(&self) -> Result<(), Error> {
        let mut tokens = self.0.tokens.lock().await;
        self.renew(&mut tokens).await
    }

    /// Asks for something with the access token, with a new one if KSeF does not take it.
    pub(crate) async fn call<T>(&self, request: &ApiRequest, read: Reader<T>) -> Result<T, Error> {
        let access = self.access(None).await?;
        match self.call_with(&access, request, read).await {
            // Refused for its token, so nothing was done.
            Err(error) if error.is_unauthorized() => {
                let access = self.access(Some(access.generation)).await?;
                self.call_with(&access, request, read).await
            }
            answered => answered,
        }
    }

    async fn call_with<T>(
        &self,
        access: &Access,
        request: &ApiRequest,
        read: Reader<T>,
    ) -> Result<T, Error> {
        let bearer = Bearer { token: &access.token, context: Some(self.context()) };
        self.client().pipeline().call(request, Some(bearer), read).await
    }

    /// An access token that is good for a while, and not the one that was refused.
    ///
    /// Whoever comes while another one renews it waits for the lock, and finds the new one.
    async fn access(&self, refused: Option<u64>) -> Result<Access, Error> {
        let mut tokens = self.0.tokens.lock().await;
        let now = self.client().now();
        if refused == Some(tokens.generation) || !tokens.access_is_good(now) {
            self.renew(&mut tokens).await?;
        }
        let (token, generation) = (tokens.access.token.clone_secret(), tokens.generation);
        Ok(Access { token, generation })
    }

    async fn renew(&self, tokens: &mut Tokens) -> Result<(), Error> {
        if tokens.refresh_is_good(self.client().now()) {
            match self.refresh_with(tokens).await {
                Ok(()) => return Ok(()),
                // Revoked or ended: 401, or 400 with 21301, 21304 or 21308.
                Err(Error::Refused(problem)) if matches!(problem.http_status, 400 | 401 | 403) => {}
                Err(error) => return Err(error),
            }
        }
        let credentials = self.0.credentials.as_ref().ok_or(Error::LoginEnded)?;
        let logged_in: LoggedIn =
            login::log_in(self.client(), self.context(), credentials, &self.0.poll).await?;
        tokens.replace(logged_in);
        Ok(())
    }

    async fn refresh_with(&self, tokens: &mut Tokens) -> Result<(), Error> {
        let request = ApiRequest::new(Operation::RefreshAccessToken);
        let bearer = Bearer { token: &tokens.refresh.token, context: None };
        let answer: RefreshResponse =
            self.client().pipeline().call(&request, Some(bearer), json).await?;
        tokens.renew_access(answer.access_token);
        Ok(())
    }
}
