//! Authentication sessions: which logins of a subject are active, and their end.

use http::StatusCode;
use ksef_core::{ReferenceNumber, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::status::View;
use super::tokens::AUTHENTICATION_TOKEN_LIFETIME;
use super::{Authentication, Caller};
use crate::exception::ExceptionCode;
use crate::exchange::{Call, ForbiddenReason, Paging, Refusal, Reply};
use crate::world::World;

/// `AuthenticationListItem` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    reference_number: ReferenceNumber,
    is_current: bool,
    #[serde(flatten)]
    view: View,
}

/// `GET /auth/sessions`: the logins of the caller in its context that can still give tokens.
pub(crate) fn list_authentication_sessions(call: &Call<'_>) -> Result<Reply, Refusal> {
    let paging = Paging::of(call, 10..=100)?;
    let caller = call.caller()?;
    let world = call.world();
    let logins = world.authentications.values().rev().filter(|authentication| {
        authentication.is_active(call.now) && authentication.is_of(caller)
    });
    let (page, continuation_token) =
        paging.cut(logins, |authentication| authentication.reference_number);
    let items = page.into_iter().map(|authentication| Item {
        reference_number: authentication.reference_number,
        is_current: authentication.reference_number == caller.authentication,
        view: authentication.view(call.now),
    });
    let items: Vec<Item> = items.collect();
    Ok(Reply::ok(&json!({ "continuationToken": continuation_token, "items": items })))
}

/// `DELETE /auth/sessions/current`
pub(crate) fn revoke_current_authentication_session(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.world().revoke(&call.caller()?.authentication, call.now);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// `DELETE /auth/sessions/{referenceNumber}`
pub(crate) fn revoke_authentication_session(call: &Call<'_>) -> Result<Reply, Refusal> {
    let number = call.reference_number("referenceNumber", ExceptionCode::InvalidInput)?;
    let mut world = call.world();
    let Some(authentication) = world.authentications.get(number) else {
        let detail = format!("Sesja uwierzytelnienia {number} nie została znaleziona.");
        return Err(ExceptionCode::InvalidInput.detail(detail).into());
    };
    if !authentication.is_of(call.caller()?) {
        return Err(ForbiddenReason::InsufficientResourceAccess.into());
    }
    world.revoke(&number, call.now);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

impl Authentication {
    /// Whether it can still give tokens.
    fn is_active(&self, now: Timestamp) -> bool {
        let until = self
            .refresh_valid_until
            .or_else(|| self.started_at.checked_add(AUTHENTICATION_TOKEN_LIFETIME));
        self.status(now).code == 200 && until.is_some_and(|until| now < until)
    }

    /// Whether it is a login of the same subject to the same context.
    fn is_of(&self, caller: &Caller) -> bool {
        let subject = self.identity().map(|identity| identity.subject.to_string());
        self.context == caller.context && subject.as_ref() == Some(&caller.subject)
    }
}

impl World {
    fn revoke(&mut self, number: &ReferenceNumber, now: Timestamp) {
        if let Some(authentication) = self.authentications.get_mut(number) {
            authentication.revoked_at.get_or_insert(now);
        }
    }
}
