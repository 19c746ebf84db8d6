//! `POST /auth/ksef-token`: logging in with a KSeF token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{ContextIdentifier, Timestamp};
use serde::Deserialize;

use super::login::{Attempt, check_context, start};
use super::status::{Failure, Method, TokenFault};
use super::{Identity, IpPolicy};
use crate::administration::TokenState;
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply, Violations};
use crate::keys::{KeyUsage, NotForThisKey};
use crate::sessions::LoginProof;
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenLogin {
    challenge: String,
    context_identifier: ContextIdentifier,
    encrypted_token: String,
    public_key_id: Option<String>,
    authorization_policy: Option<AuthorizationPolicy>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationPolicy {
    allowed_ips: Option<IpPolicy>,
}

/// `POST /auth/ksef-token`
pub(crate) fn authenticate_by_token(call: &Call<'_>) -> Result<Reply, Refusal> {
    let login: TokenLogin = call.json()?;
    check_context(call, &login.context_identifier)?;
    let policy = login.authorization_policy.and_then(|policy| policy.allowed_ips);
    let allowed_ips = policy.unwrap_or_default();
    let encrypted = STANDARD.decode(&login.encrypted_token).ok();
    let mut violations = Violations::default();
    violations.unless_length("challenge", &login.challenge, &(36..=36));
    violations.unless(encrypted.is_some(), || "'encryptedToken' must be Base64.".to_owned());
    allowed_ips.check(&mut violations);
    violations.refuse()?;

    let keys = &call.sandbox.keys;
    if let Some(id) = login.public_key_id
        && !keys.knows(KeyUsage::KsefTokenEncryption, &id)
    {
        let detail = format!("Klucz o identyfikatorze {id} nie jest wspierany.");
        return Err(ExceptionCode::UnknownKey.detail(detail).into());
    }
    let challenge = call.world().take_challenge(&login.challenge, call.now);
    let challenge = challenge.ok_or(ExceptionCode::InvalidChallenge)?;
    let plain = keys.decrypt(KeyUsage::KsefTokenEncryption, &encrypted.unwrap_or_default());

    let context = login.context_identifier;
    let mut world = call.world();
    let outcome = read(plain, challenge.created_at)
        .and_then(|token| world.identity_of_token(&token, &context, call.now))
        .and_then(|identity| world.admit(identity, &context));
    if let Ok(Identity { proof: LoginProof::Token(number), .. }) = outcome
        && let Some(token) = world.tokens.get_mut(number)
    {
        token.last_used_at = Some(call.now);
    }
    start(call, &mut world, Attempt { context, method: Method::Token, allowed_ips }, outcome)
}

/// The token, of the form `token|milliseconds`; the token has such lines within.
fn read(
    plain: Result<Vec<u8>, NotForThisKey>,
    challenge_created_at: Timestamp,
) -> Result<String, Failure> {
    let encoding = || Failure::Token(TokenFault::Encoding);
    let plain = plain.map_err(|_| Failure::Token(TokenFault::Encryption))?;
    let text = String::from_utf8(plain).map_err(|_| encoding())?;
    let (token, milliseconds) = text.rsplit_once('|').ok_or_else(encoding)?;
    let milliseconds: i64 = milliseconds.parse().map_err(|_| encoding())?;
    if milliseconds != challenge_created_at.as_unix_milliseconds() {
        return Err(Failure::Token(TokenFault::Time));
    }
    Ok(token.to_owned())
}

impl World {
    fn identity_of_token(
        &self,
        text: &str,
        context: &ContextIdentifier,
        now: Timestamp,
    ) -> Result<Identity, Failure> {
        let token = self.token_of_text(text).ok_or(TokenFault::Unknown);
        let token = token.map_err(Failure::Token)?;
        let fault = match token.state(now) {
            TokenState::Revoking | TokenState::Revoked => Some(TokenFault::Revoked),
            TokenState::Pending | TokenState::Failed => Some(TokenFault::Inactive),
            TokenState::Active if token.context != *context => Some(TokenFault::Context(*context)),
            TokenState::Active => None,
        };
        let proof = LoginProof::Token(token.reference_number);
        let identity = Identity { subject: token.author, proof };
        fault.map_or(Ok(identity), |fault| Err(Failure::Token(fault)))
    }
}
