//! Logging in: challenge, KSeF token and XAdES, the tokens that come of it, and who a caller is.

mod jwt;

use std::collections::BTreeSet;

use ksef_core::{ContextIdentifier, ReferenceNumber, ReferenceNumberKind, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::exchange::{Call, ForbiddenReason, Refusal, Reply};
use crate::operation::Permission;

/// A challenge, until it is used or ten minutes have passed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Challenge {
    pub(crate) created_at: Timestamp,
}

/// A login: under way, successful, failed or revoked, which follows from its facts and the time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Authentication {
    pub(crate) reference_number: ReferenceNumber,
}

/// Who calls: the login whose token came with the request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The login.
    pub(crate) authentication: ReferenceNumber,
    /// On whose behalf it acts.
    pub(crate) context: ContextIdentifier,
    /// Who it is, in one text: `nip-5265877635`, `pesel-…` or `fingerprint-…`.
    pub(crate) subject: String,
    /// What it may do there.
    pub(crate) permissions: BTreeSet<Permission>,
}

/// Who calls, by the token of the request.
pub(crate) fn caller(_call: &Call<'_>) -> Result<Caller, Refusal> {
    Err(Refusal::Unauthorized)
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

/// `POST /auth/challenge`
pub(crate) fn challenge(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut world = call.world();
    let number = world.reference_number(ReferenceNumberKind::Challenge, call.now);
    world.challenges.insert(number.as_str(), Challenge { created_at: call.now });
    Ok(Reply::ok(&json!({
        "challenge": number,
        "timestamp": call.now,
        "timestampMs": call.now.as_unix_milliseconds(),
        "clientIp": call.client_address.to_string(),
    })))
}
