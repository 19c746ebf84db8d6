//! Whose sessions a caller may use.

use ksef_core::ContextIdentifier;

use super::Session;
use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, ForbiddenReason, Refusal};
use crate::world::World;

/// The session that the path names, if it is of the caller's context.
pub(crate) fn session<'w>(
    call: &Call<'_>,
    world: &'w World,
    missing: fn(&str) -> Exception,
) -> Result<&'w Session, Refusal> {
    let number = call.parameter("referenceNumber");
    let session = world.sessions.get(number).ok_or_else(|| missing(number))?;
    require_context(call, &session.context)?;
    Ok(session)
}

/// That something belongs to the context in which the caller acts.
fn require_context(call: &Call<'_>, context: &ContextIdentifier) -> Result<(), Refusal> {
    if call.caller()?.context == *context {
        return Ok(());
    }
    Err(ForbiddenReason::InsufficientResourceAccess.into())
}

/// No session to send in or to close.
pub(crate) fn not_open(number: &str) -> Exception {
    let detail = format!("Sesja o numerze referencyjnym {number} nie została odnaleziona.");
    ExceptionCode::SessionNotFound.detail(detail)
}

/// No session to be told about.
pub(crate) fn not_found(number: &str) -> Exception {
    let detail = format!("Sesja o numerze referencyjnym {number} nie została znaleziona.");
    ExceptionCode::SessionNotFound.detail(detail)
}

/// No receipt to be given.
pub(crate) fn no_upo(number: &str) -> Exception {
    let detail = format!("UPO dla sesji o numerze referencyjnym {number} nie zostało znalezione.");
    ExceptionCode::UpoNotFound.detail(detail)
}
