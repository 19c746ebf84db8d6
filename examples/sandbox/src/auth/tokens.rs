//! The tokens that come of a login: what they say, and how they are redeemed and refreshed.

use std::time::Duration;

use ksef_core::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::Authentication;
use super::jwt::{Claims, SubjectClaims, TokenType, issuer};
use super::status::{Failure, not_found};
use super::{Identity, Outcome};
use crate::administration::TokenState;
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply};
use crate::faults::{FaultKind, Moment};
use crate::sessions::LoginProof;
use crate::world::World;

/// As observed on the real system.
pub(super) const AUTHENTICATION_TOKEN_LIFETIME: Duration = Duration::from_secs(2700);

const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An empty list, as JSON in a text.
const NOTHING: &str = "[]";

/// `TokenInfo` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenInfo {
    token: String,
    valid_until: Timestamp,
}

/// The token with which a login is followed.
pub(super) fn authentication_token(call: &Call<'_>, login: &Authentication) -> TokenInfo {
    let claims = claims(call, login, TokenType::AuthenticationToken, AUTHENTICATION_TOKEN_LIFETIME);
    TokenInfo::new(&claims, claims.sign(call.sandbox.keys.jwt()))
}

fn refresh_token(call: &Call<'_>, login: &Authentication) -> TokenInfo {
    let claims = claims(call, login, TokenType::RefreshToken, REFRESH_TOKEN_LIFETIME);
    TokenInfo::new(&claims, claims.sign(call.sandbox.keys.jwt()))
}

/// An access token with the rights as they are now.
fn access_token(
    call: &Call<'_>,
    world: &mut World,
    login: &Authentication,
    identity: &Identity,
) -> TokenInfo {
    let permissions = world.rights(identity, &login.context);
    let lifetime = match world.fault(call.operation, Moment::AccessToken) {
        Some(FaultKind::ShortAccessToken { seconds }) => Duration::from_secs(seconds),
        _ => call.sandbox.config.access_token_lifetime,
    };
    let mut claims = claims(call, login, TokenType::ContextToken, lifetime);
    claims.per = json!(permissions).to_string();
    let policy = &login.allowed_ips;
    let subject = SubjectClaims {
        aum: format!("{:?}", login.method),
        sud: identity.subject.details().to_string(),
        pec: NOTHING.to_owned(),
        rol: NOTHING.to_owned(),
        pep: NOTHING.to_owned(),
        iop: (!policy.is_empty()).then(|| json!(policy).to_string()),
    };
    TokenInfo::new(&claims, claims.sign_with(&subject, call.sandbox.keys.jwt()))
}

/// A token lives for whole seconds, and so two of the same second are the same.
fn claims(call: &Call<'_>, login: &Authentication, typ: TokenType, lifetime: Duration) -> Claims {
    let iat = call.now.as_unix_milliseconds().div_euclid(1000);
    let issuer = issuer(call.sandbox.config.environment);
    Claims {
        typ,
        arn: login.reference_number.to_string(),
        cit: login.context.kind().to_string(),
        civ: login.context.value().to_owned(),
        per: NOTHING.to_owned(),
        iat,
        exp: iat.saturating_add_unsigned(lifetime.as_secs()),
        iss: issuer.to_owned(),
        aud: issuer.to_owned(),
    }
}

impl TokenInfo {
    fn new(claims: &Claims, token: String) -> Self {
        let end = Timestamp::from_unix_milliseconds(claims.exp.saturating_mul(1000));
        Self { token, valid_until: end.unwrap_or(Timestamp::MAX) }
    }
}

/// `POST /auth/token/redeem`
pub(crate) fn redeem_tokens(call: &Call<'_>) -> Result<Reply, Refusal> {
    let number = call.caller()?.authentication;
    let mut world = call.world();
    let login = world.authentications.get(number).cloned();
    let login = login.ok_or_else(|| not_found(number.as_str()))?;
    let identity = world.accepted(&login, call.now, "pobranie tokenów")?;
    if login.refresh_valid_until.is_some() {
        let detail = format!("Tokeny dla operacji uwierzytelniania {number} zostały już pobrane.");
        return Err(ExceptionCode::NotAuthorized.detail(detail).into());
    }
    let access_token = access_token(call, &mut world, &login, identity);
    let refresh_token = refresh_token(call, &login);
    if let Some(login) = world.authentications.get_mut(number) {
        login.refresh_valid_until = Some(refresh_token.valid_until);
    }
    Ok(Reply::ok(&json!({ "accessToken": access_token, "refreshToken": refresh_token })))
}

/// `POST /auth/token/refresh`: a new access token, with the rights as they are now.
pub(crate) fn refresh_access_token(call: &Call<'_>) -> Result<Reply, Refusal> {
    if call.content_type().is_some_and(|content_type| content_type != "application/json") {
        return Err(Refusal::UnsupportedMediaType);
    }
    let number = call.caller()?.authentication;
    let mut world = call.world();
    let login = world.authentications.get(number).cloned();
    let login = login.ok_or_else(|| not_found(number.as_str()))?;
    let identity = world.accepted(&login, call.now, "odświeżenie tokenu dostępowego")?;
    let access_token = access_token(call, &mut world, &login, identity);
    if let Some(login) = world.authentications.get_mut(number) {
        login.refreshed_at = Some(call.now);
    }
    Ok(Reply::ok(&json!({ "accessToken": access_token })))
}

impl World {
    /// Who is behind a login that may have tokens now.
    fn accepted<'a>(
        &self,
        login: &'a Authentication,
        now: Timestamp,
        purpose: &str,
    ) -> Result<&'a Identity, Refusal> {
        let status = login.status(now).code;
        let identity = match &login.outcome {
            Outcome::Accepted(identity) if status == 200 => identity,
            Outcome::Refused(Failure::Deceased) if status == 470 => {
                return Err(ExceptionCode::DeceasedPerson.into());
            }
            _ => {
                let detail =
                    format!("Status uwierzytelniania ({status}) nie pozwala na {purpose}.");
                return Err(ExceptionCode::NotAuthorized.detail(detail).into());
            }
        };
        if self.is_deceased(&identity.subject) {
            return Err(ExceptionCode::DeceasedPerson.into());
        }
        if self.is_token_revoked(&identity.proof, now) {
            let detail = "Token KSeF został unieważniony.";
            return Err(ExceptionCode::NotAuthorized.detail(detail).into());
        }
        Ok(identity)
    }

    fn is_token_revoked(&self, proof: &LoginProof, now: Timestamp) -> bool {
        let LoginProof::Token(number) = proof else {
            return false;
        };
        let state = self.tokens.get(number).map(|token| token.state(now));
        matches!(state, Some(TokenState::Revoking | TokenState::Revoked))
    }
}
