//! `Caller`, who calls, and what has to hold before it is let through.

use std::collections::BTreeSet;

use ksef_core::{ContextIdentifier, ReferenceNumber};

use super::Identity;
use super::jwt::{Claims, TokenType};
use super::status::not_found;
use crate::exchange::{Call, ForbiddenReason, Refusal};
use crate::operation::{Credential, Permission};
use crate::sessions::LoginProof;

/// Who calls: the login whose token came with the request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The login.
    pub(crate) authentication: ReferenceNumber,
    /// On whose behalf it acts.
    pub(crate) context: ContextIdentifier,
    /// Who it is, in one text: `nip-5265877635`, `pesel-…` or `fingerprint-…`; empty while it is
    /// not known whether the login is accepted.
    pub(crate) subject: String,
    /// What it may do there, which is what it could do when the access token was issued.
    pub(crate) permissions: BTreeSet<Permission>,
    login_proof: Option<LoginProof>,
}

impl Caller {
    /// How it logged in. Whoever has an access token did.
    pub(crate) fn login_proof(&self) -> Result<LoginProof, Refusal> {
        self.login_proof.clone().ok_or(Refusal::Unauthorized)
    }
}

/// Who calls, by the token of the request.
///
/// That the login was revoked does not matter here: its access tokens live to their end, and
/// refreshing says itself what is wrong.
pub(crate) fn caller(call: &Call<'_>) -> Result<Caller, Refusal> {
    let token = call.bearer().ok_or(Refusal::Unauthorized)?;
    let claims = Claims::read(token, call.sandbox.keys.jwt(), call.now);
    let claims = claims.map_err(|_| Refusal::Unauthorized)?;
    if !is_taken(call.operation.credential(), claims.typ) {
        return Err(Refusal::Unauthorized);
    }
    let world = call.world();
    let Some(login) = world.authentications.get(&claims.arn) else {
        // Keys may be shared by sandboxes: then this is the token of another one.
        return Err(match claims.typ {
            TokenType::ContextToken => Refusal::Unauthorized,
            TokenType::AuthenticationToken | TokenType::RefreshToken => not_found(&claims.arn),
        });
    };
    if claims.typ == TokenType::ContextToken && !login.allowed_ips.allows(call.client_address) {
        let client_ip = call.client_address.to_string();
        return Err(ForbiddenReason::IpNotAllowed { client_ip }.into());
    }
    let identity = login.identity();
    let subject = |identity: &Identity| identity.subject.to_string();
    Ok(Caller {
        authentication: login.reference_number,
        context: login.context,
        subject: identity.map(subject).unwrap_or_default(),
        permissions: serde_json::from_str(&claims.per).map_err(|_| Refusal::Unauthorized)?,
        login_proof: identity.map(|identity| identity.proof.clone()),
    })
}

fn is_taken(credential: Credential, typ: TokenType) -> bool {
    match credential {
        Credential::Anonymous => false,
        Credential::AuthenticationToken => typ == TokenType::AuthenticationToken,
        Credential::AccessToken => typ == TokenType::ContextToken,
        Credential::RefreshToken => typ == TokenType::RefreshToken,
        Credential::AccessOrRefreshToken => typ != TokenType::AuthenticationToken,
    }
}

/// That the caller has one of the rights which the operation needs.
pub(crate) fn require_permission(call: &Call<'_>) -> Result<(), Refusal> {
    let required = call.operation.permissions();
    let Some(caller) = call.caller.as_ref().filter(|_| !required.is_empty()) else {
        return Ok(());
    };
    if required.iter().any(|permission| caller.permissions.contains(permission)) {
        return Ok(());
    }
    let present = caller.permissions.iter().copied().collect();
    Err(ForbiddenReason::MissingPermissions { required, present }.into())
}
