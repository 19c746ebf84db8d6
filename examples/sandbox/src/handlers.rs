//! Which function answers which operation.

use crate::auth;
use crate::exchange::{Call, Refusal, Reply};
use crate::operation::Operation;

/// Answers the call of an operation whose caller was let through.
pub(crate) type Handler = fn(&Call<'_>) -> Result<Reply, Refusal>;

/// The handler of an operation; `None` answers 501.
pub(crate) fn of(operation: Operation) -> Option<Handler> {
    Some(match operation {
        Operation::AuthenticationChallenge => auth::challenge,
        _ => return None,
    })
}
