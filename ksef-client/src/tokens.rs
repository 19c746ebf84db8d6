//! KSeF tokens: what a program logs in with instead of a certificate.
//!
//! KSeF API, `tokeny-ksef.md`. A token belongs to a context, has permissions that do not change,
//! and loses them with its author. It is shown once, when it is generated, and can be used once
//! it is active.
//!
//! ```no_run
//! use ksef_client::permissions::Permission;
//! use ksef_client::tokens::TokenStatus;
//! use ksef_client::{AuthSession, Credentials, PollPolicy};
//!
//! # async fn example(auth: AuthSession) -> Result<(), ksef_client::Error> {
//! let poll = PollPolicy::default();
//! let tokens = auth.tokens();
//! let generated = tokens.generate(&[Permission::InvoiceWrite], "Invoicing").await?;
//! // Here the token is kept, encrypted.
//! let token = tokens.settled(generated.reference_number, &poll).await?;
//! assert_eq!(token.status, TokenStatus::Active);
//! let credentials = Credentials::ksef_token(generated.token)?;
//! let login = auth.client().authenticate(auth.context(), credentials, &poll).await?;
//! # Ok(())
//! # }
//! ```

use ksef_core::{ReferenceNumber, Secret, Timestamp};

use crate::auth::AuthSession;
use crate::error::{Error, InputError};
use crate::identifier::Identifier;
use crate::listing::Listing;
use crate::open_code::open_codes;
use crate::permissions::Permission;
use crate::pipeline::{ApiRequest, Poll, empty, json, page};
use crate::policy::PollPolicy;
use crate::wire::operation::Operation;
use crate::wire::tokens::{GenerateTokenRequest, GenerateTokenResponse, TokenBody, TokensPage};

/// The most tokens that a page has.
const PAGE_SIZE: u32 = 100;

/// The KSeF tokens of a context, by a login to it: [`AuthSession::tokens`].
#[derive(Clone, Debug)]
pub struct Tokens(AuthSession);

/// A new KSeF token. It is shown this once.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "the token is shown this once: keep it"]
pub struct GeneratedToken {
    /// Its reference number, which tells it from others and revokes it.
    pub reference_number: ReferenceNumber,
    /// The token, for [`Credentials::ksef_token`](crate::Credentials::ksef_token).
    pub token: Secret<String>,
}

open_codes! {
    /// Where a KSeF token stands (OpenAPI, `AuthenticationTokenStatus`).
    TokenStatus {
        /// It is not active yet.
        Pending = "Pending",
        /// It can be used.
        Active = "Active",
        /// It is being revoked, and cannot be used any more.
        Revoking = "Revoking",
        /// It was revoked.
        Revoked = "Revoked",
        /// It did not become active.
        Failed = "Failed",
    }
}

/// What KSeF says of a token; the token itself is not in it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KsefToken {
    /// Its reference number.
    pub reference_number: ReferenceNumber,
    /// Who generated it.
    pub author_identifier: Identifier,
    /// The context that it is for.
    pub context_identifier: Identifier,
    /// The description that was given to it.
    pub description: String,
    /// What it permits, as long as its author has it.
    pub requested_permissions: Vec<Permission>,
    /// When it was generated.
    pub date_created: Timestamp,
    /// When it was used last.
    pub last_use_date: Option<Timestamp>,
    /// Where it stands.
    pub status: TokenStatus,
    /// Why, in the words of KSeF, where something went wrong.
    pub status_details: Option<Vec<String>>,
}

/// Which tokens are listed; all of them unless it is said otherwise.
///
/// ```
/// use ksef_client::tokens::{TokenQuery, TokenStatus};
///
/// let active = TokenQuery::new().status(TokenStatus::Active).description("Invoicing");
/// # let _ = active;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a query finds nothing before it is asked"]
pub struct TokenQuery {
    statuses: Vec<TokenStatus>,
    description: Option<String>,
    author: Option<Identifier>,
}

impl TokenQuery {
    /// All tokens.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those that stand there; called again, those that stand there too.
    pub fn status(mut self, status: TokenStatus) -> Self {
        self.statuses.push(status);
        self
    }

    /// Those whose description holds this text, of at least 3 characters.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Those that this one generated (NIP, PESEL or fingerprint).
    pub fn author(mut self, author: impl Into<Identifier>) -> Self {
        self.author = Some(author.into());
        self
    }

    fn request(&self) -> Result<ApiRequest, InputError> {
        let mut request = ApiRequest::new(Operation::ListTokens);
        for status in &self.statuses {
            request = request.query("status", status);
        }
        if let Some(text) = &self.description {
            InputError::check_length("description", text, 3..=256)?;
            request = request.query("description", text);
        }
        if let Some(author) = &self.author {
            request = request.query("authorIdentifierType", &author.kind());
            request = request.query("authorIdentifier", &author.value().unwrap_or_default());
        }
        Ok(request)
    }
}

impl AuthSession {
    /// The KSeF tokens of the context.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        Tokens(self.clone())
    }
}

/// Limits of all: `other`. Without `CredentialsManage` or `CredentialsRead` one sees and revokes
/// the tokens that one generated, and the one that one logged in with.
impl Tokens {
    /// Generates a token with these permissions, which the one who asks must have, and a
    /// description of 5 to 256 characters.
    ///
    /// `POST /tokens`. Permission: none, but a login by certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 26001 for a permission that the one who asks does not have and
    /// 26002 for a context that has no tokens. [`Error::OutcomeUnknown`] when the answer is lost,
    /// and with it the token: look for it in the list and revoke it.
    pub async fn generate(
        &self,
        permissions: &[Permission],
        description: &str,
    ) -> Result<GeneratedToken, Error> {
        InputError::check_length("description", description, 5..=256)?;
        let body = GenerateTokenRequest { permissions, description };
        let request = ApiRequest::new(Operation::GenerateToken).json(&body)?;
        let body: GenerateTokenResponse = self.0.call(&request, json).await?;
        Ok(body.into())
    }

    /// The tokens of the context, the youngest first.
    ///
    /// `GET /tokens`. Permission: none.
    pub fn list(&self, query: &TokenQuery) -> Listing<KsefToken> {
        Listing::of(&self.0, query.request(), PAGE_SIZE, page::<TokensPage, _>)
    }

    /// What KSeF says of a token.
    ///
    /// `GET /tokens/{referenceNumber}`. Permission: none.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn status(&self, token: ReferenceNumber) -> Result<KsefToken, Error> {
        let request = ApiRequest::new(Operation::TokenStatus).parameter(&token);
        let body: TokenBody = self.0.call(&request, json).await?;
        Ok(body.into())
    }

    /// Waits until a token is no longer on its way to be active or revoked, and says where it
    /// stands then.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] when it still is, or as every reading request.
    pub async fn settled(
        &self,
        token: ReferenceNumber,
        policy: &PollPolicy,
    ) -> Result<KsefToken, Error> {
        let mut poll = Poll::new(self.0.client().pipeline(), policy);
        loop {
            let body = self.status(token).await?;
            if !matches!(body.status, TokenStatus::Pending | TokenStatus::Revoking) {
                return Ok(body);
            }
            poll.pause(None).await?;
        }
    }

    /// Revokes a token. Logins that were made with it end with their access token.
    ///
    /// `DELETE /tokens/{referenceNumber}`. Permission: none.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn revoke(&self, token: ReferenceNumber) -> Result<(), Error> {
        let request = ApiRequest::new(Operation::RevokeToken).parameter(&token);
        self.0.call(&request, empty).await
    }
}
