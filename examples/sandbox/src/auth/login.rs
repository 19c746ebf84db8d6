//! `Authentication`, a login, and what both ways to log in share.

use std::time::Duration;

use http::StatusCode;
use ksef_core::{ContextIdentifier, Environment, ReferenceNumber, ReferenceNumberKind, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::status::{Failure, Method};
use super::tokens::authentication_token;
use super::{IpPolicy, Subject};
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply};
use crate::faults::{FaultKind, Moment};
use crate::sessions::LoginProof;
use crate::world::World;

/// A login: under way, successful, failed or revoked, which follows from its facts and the time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Authentication {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) context: ContextIdentifier,
    pub(crate) method: Method,
    pub(crate) allowed_ips: IpPolicy,
    /// Found out when the login arrives and shown from `final_at` on.
    pub(crate) outcome: Outcome,
    pub(crate) started_at: Timestamp,
    pub(crate) final_at: Timestamp,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) refreshed_at: Option<Timestamp>,
    /// Set when the tokens are redeemed.
    pub(crate) refresh_valid_until: Option<Timestamp>,
}

/// What came of a login.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Outcome {
    /// Status 200.
    Accepted(Identity),
    /// Any other final status.
    Refused(Failure),
}

/// Who logged in, and by what.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Identity {
    pub(crate) subject: Subject,
    pub(crate) proof: LoginProof,
}

/// What a login asks for.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) context: ContextIdentifier,
    pub(super) method: Method,
    pub(super) allowed_ips: IpPolicy,
}

impl Authentication {
    /// How long it can be asked for.
    const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// Whether it was asked for so late that it is not kept any more.
    pub(super) fn is_gone(&self, now: Timestamp) -> bool {
        now.saturating_duration_since(self.started_at) > Self::RETENTION
    }

    /// Who logged in, if the login was accepted.
    pub(crate) const fn identity(&self) -> Option<&Identity> {
        match &self.outcome {
            Outcome::Accepted(identity) => Some(identity),
            Outcome::Refused(_) => None,
        }
    }
}

/// Refuses numbers with wrong check digits where the played environment does.
pub(super) fn check_context(call: &Call<'_>, context: &ContextIdentifier) -> Result<(), Refusal> {
    let is_checked = call.sandbox.config.environment == Environment::Production;
    match ContextIdentifier::new(context.kind(), context.value()) {
        Err(error) if is_checked => {
            let detail = format!("'contextIdentifier.value': {error}.");
            Err(ExceptionCode::InvalidInput.detail(detail).into())
        }
        _ => Ok(()),
    }
}

/// Puts a login in and answers with its number and its token.
pub(super) fn start(
    call: &Call<'_>,
    world: &mut World,
    attempt: Attempt,
    outcome: Result<Identity, Failure>,
) -> Result<Reply, Refusal> {
    let delay = call.sandbox.config.delays.authentication;
    let outcome = match world.fault(call.operation, Moment::Login) {
        Some(FaultKind::AuthenticationCancelled) => Err(Failure::Cancelled),
        Some(_) => Err(Failure::Unknown),
        None => outcome,
    };
    let number = world.reference_number(ReferenceNumberKind::Authentication, call.now);
    let authentication = Authentication {
        reference_number: number,
        context: attempt.context,
        method: attempt.method,
        allowed_ips: attempt.allowed_ips,
        outcome: outcome.map_or_else(Outcome::Refused, Outcome::Accepted),
        started_at: call.now,
        final_at: call.now.checked_add(delay).unwrap_or(call.now),
        revoked_at: None,
        refreshed_at: None,
        refresh_valid_until: None,
    };
    let token = authentication_token(call, &authentication);
    world.authentications.insert(number.as_str(), authentication);
    let body = json!({ "referenceNumber": number, "authenticationToken": token });
    Ok(Reply::json(StatusCode::ACCEPTED, &body))
}

impl World {
    /// Who is behind a login that was accepted.
    pub(crate) fn identity(&self, number: &ReferenceNumber) -> Result<&Identity, Refusal> {
        let authentication = self.authentications.get(number);
        authentication.and_then(Authentication::identity).ok_or(Refusal::Unauthorized)
    }

    /// Lets someone in who holds rights in the context.
    pub(super) fn admit(
        &self,
        identity: Identity,
        context: &ContextIdentifier,
    ) -> Result<Identity, Failure> {
        if self.is_blocked(context) {
            Err(Failure::ContextBlocked)
        } else if self.is_deceased(&identity.subject) {
            Err(Failure::Deceased)
        } else if self.rights(&identity, context).is_empty() {
            Err(Failure::NoPermissions)
        } else {
            Ok(identity)
        }
    }
}
