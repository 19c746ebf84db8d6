//! Contexts into which nobody can log in: `/testdata/context/block`.

use http::StatusCode;
use ksef_core::ContextIdentifier;
use serde::Deserialize;

use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply};
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockRequest {
    context_identifier: Option<ContextIdentifier>,
}

/// `POST /testdata/context/block`
pub(crate) fn block_test_context(call: &Call<'_>) -> Result<Reply, Refusal> {
    let context = context(call)?;
    call.world().blocked_contexts.insert(context.to_string(), ());
    Ok(Reply::empty(StatusCode::OK))
}

/// `POST /testdata/context/unblock`; nothing happens if the context is not blocked.
pub(crate) fn unblock_test_context(call: &Call<'_>) -> Result<Reply, Refusal> {
    let context = context(call)?;
    call.world().blocked_contexts.remove(context.to_string());
    Ok(Reply::empty(StatusCode::OK))
}

/// The contract does not demand the member, but without it there is nothing to do.
fn context(call: &Call<'_>) -> Result<ContextIdentifier, Refusal> {
    let request: BlockRequest = call.json()?;
    let missing = || ExceptionCode::InvalidInput.detail("'contextIdentifier' must not be empty.");
    request.context_identifier.ok_or_else(|| missing().into())
}

impl World {
    /// Whether nobody can log in there.
    pub(crate) fn is_blocked(&self, context: &ContextIdentifier) -> bool {
        self.blocked_contexts.contains(context.to_string())
    }
}
