//! Logging in: challenge, proof, status, tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{ContextIdentifier, ReferenceNumber};
use zeroize::Zeroizing;

#[cfg(feature = "xades")]
use super::credentials::Xades;
use super::credentials::{Credentials, Kind};
use crate::client::Client;
use crate::error::Error;
use crate::pipeline::{ApiRequest, Bearer, Poll, json};
use crate::policy::PollPolicy;
use crate::problem::Problem;
use crate::public_keys::PublicKeyUsage;
use crate::session::Status;
use crate::wire::auth::{
    ChallengeResponse, LoginResponse, LoginStatusResponse, TokenInfo, TokenLoginRequest,
    TokensResponse,
};
use crate::wire::operation::Operation;

/// How many logins are begun for one, when answers are lost on the way.
const MAX_LOGINS: u32 = 3;

/// KSeF gave up on the login for reasons of its own and asks to try again.
const CANCELLED: u16 = 550;

/// Tokens not redeemable: not yet, no more, or not at all.
const NO_TOKENS: u32 = 21_301;

/// A login that succeeded.
#[derive(Debug)]
pub(super) struct LoggedIn {
    pub(super) reference_number: ReferenceNumber,
    pub(super) access: TokenInfo,
    pub(super) refresh: TokenInfo,
}

/// Logs in. A login is nothing that must not be done twice, so a lost answer begins another one.
pub(super) async fn log_in(
    client: &Client,
    context: ContextIdentifier,
    credentials: &Credentials,
    poll: &PollPolicy,
) -> Result<LoggedIn, Error> {
    let mut begun = 0;
    loop {
        begun += 1;
        let error = match log_in_once(client, context, credentials, poll).await {
            Ok(logged_in) => return Ok(logged_in),
            Err(error) => error,
        };
        let may_begin_again = match &error {
            Error::OutcomeUnknown(_) => true,
            Error::LoginFailed(status) => status.code == CANCELLED,
            Error::Refused(problem) if problem.has_code(Problem::UNKNOWN_KEY) => {
                client.forget_public_keys().await;
                true
            }
            _ => false,
        };
        if !may_begin_again || begun >= MAX_LOGINS {
            return Err(error);
        }
    }
}

async fn log_in_once(
    client: &Client,
    context: ContextIdentifier,
    credentials: &Credentials,
    poll: &PollPolicy,
) -> Result<LoggedIn, Error> {
    let challenge = ApiRequest::new(Operation::AuthenticationChallenge);
    let challenge: ChallengeResponse = client.pipeline().call(&challenge, None, json).await?;
    let proof = match &credentials.0 {
        Kind::Token(token) => by_token(client, context, &challenge, token.expose()).await?,
        #[cfg(feature = "xades")]
        Kind::Xades(xades) => by_signature(client, context, &challenge, xades).await?,
    };
    let login: LoginResponse = client.pipeline().call(&proof, None, json).await?;
    wait(client, &login, poll).await?;
    redeem(client, login, poll).await
}

/// `{token}|{timestampMs}`, encrypted. The token itself has the separator in it; KSeF splits at
/// the last one.
async fn by_token(
    client: &Client,
    context: ContextIdentifier,
    challenge: &ChallengeResponse,
    token: &str,
) -> Result<ApiRequest, Error> {
    let key = client.public_key(PublicKeyUsage::KsefTokenEncryption).await?;
    let plain = Zeroizing::new(format!("{token}|{}", challenge.timestamp_ms));
    let encrypted_token = STANDARD.encode(key.key.encrypt(plain.as_bytes())?);
    let body = TokenLoginRequest {
        challenge: challenge.challenge,
        context_identifier: context,
        encrypted_token: &encrypted_token,
        public_key_id: &key.id,
    };
    Ok(ApiRequest::new(Operation::AuthenticateByToken).json(&body)?)
}

#[cfg(feature = "xades")]
async fn by_signature(
    client: &Client,
    context: ContextIdentifier,
    challenge: &ChallengeResponse,
    xades: &Xades,
) -> Result<ApiRequest, Error> {
    use crate::xades::{AuthTokenRequest, Policy, sign_with, verify_login};

    let document = AuthTokenRequest::new(challenge.challenge, context, xades.subject)
        .map_err(|error| Error::Signing(error.into()))?
        .with_allowed_ips(xades.allowed_ips.clone());
    let signed = sign_with(&*xades.signer, document.to_canonical_xml(), client.now()).await;
    let signed = signed.map_err(|error| Error::Signing(error.into()))?;
    // KSeF refuses without a reason (9105); here there is one, an expired certificate among them.
    verify_login(signed.as_bytes(), &Policy::default())
        .map_err(|fault| Error::Signing(fault.into()))?;
    Ok(ApiRequest::new(Operation::AuthenticateByXades)
        .query("verifyCertificateChain", &xades.verify_certificate_chain)
        .xml(signed.into_bytes()))
}

async fn wait(client: &Client, login: &LoginResponse, policy: &PollPolicy) -> Result<(), Error> {
    let request =
        ApiRequest::new(Operation::AuthenticationStatus).parameter(&login.reference_number);
    let bearer = Bearer { token: &login.authentication_token.token, context: None };
    let mut poll = Poll::new(client.pipeline(), policy);
    loop {
        let answer: LoginStatusResponse =
            client.pipeline().call(&request, Some(bearer), json).await?;
        let status = Status::from(answer.status);
        match status.code {
            200 => return Ok(()),
            // Unknown codes below 400 mean that it goes on.
            ..400 => poll.pause(Some(status)).await?,
            _ => return Err(Error::LoginFailed(Box::new(status))),
        }
    }
}

/// Takes the tokens, which KSeF hands out once. Right after the success it was seen to refuse.
async fn redeem(
    client: &Client,
    login: LoginResponse,
    policy: &PollPolicy,
) -> Result<LoggedIn, Error> {
    let request = ApiRequest::new(Operation::RedeemTokens);
    let bearer = Bearer { token: &login.authentication_token.token, context: None };
    let mut poll = Poll::new(client.pipeline(), policy);
    let mut tries = 0;
    loop {
        tries += 1;
        match client.pipeline().call::<TokensResponse>(&request, Some(bearer), json).await {
            Ok(TokensResponse { access_token: access, refresh_token: refresh }) => {
                let reference_number = login.reference_number;
                return Ok(LoggedIn { reference_number, access, refresh });
            }
            Err(error) if error.has_code(NO_TOKENS) && tries < 3 => poll.pause(None).await?,
            Err(error) => return Err(error),
        }
    }
}
