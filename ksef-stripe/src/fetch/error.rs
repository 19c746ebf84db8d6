//! `FetchError`, why something was not read or written.

use core::time::Duration;

use super::TransportError;

/// Why something was not read or written. It contains no key and nothing of an object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The key is none of Stripe's secret or restricted keys.
    #[error("not a secret or restricted key of Stripe (`sk_…`, `rk_…`)")]
    Key,
    /// The base address is neither `https` nor on this machine.
    #[error("the address has to begin with `https://`, or to be one of this machine")]
    Address,
    /// An id, or another value that goes into a request, has characters that it cannot have.
    #[error("an id for Stripe has characters that no id has")]
    Id,
    /// A secret is not text, and the store holds text only.
    #[error("the secret store of Stripe holds text only")]
    Text,
    /// Stripe answers too slowly or not at all, also after several tries.
    #[error("no answer after several tries; try again later")]
    Unreachable(#[source] TransportError),
    /// There were too many requests, also after several tries.
    #[error("too many requests; try again later")]
    RateLimited {
        /// How long to wait, where the answer says so.
        retry_after: Option<Duration>,
    },
    /// The server failed, also after several tries.
    #[error("the server fails with status {status}; try again later")]
    ServerFailed {
        /// The HTTP status.
        status: u16,
    },
    /// The key is not valid: it was withdrawn, or never made.
    #[error("the key is not valid; make another one")]
    KeyRejected,
    /// The key is a restricted one and lacks a permission.
    #[error("the key lacks the permission `{permission}`; give it that one in Stripe's dashboard")]
    PermissionMissing {
        /// Its name, such as `invoice_read` or `credit_note_write`.
        permission: String,
    },
    /// The key has no access to the connected account.
    #[error("the key has no access to this account; check whether it is still connected")]
    AccountUnknown,
    /// Stripe keeps events for 30 days, and these are older.
    #[error("events of that time are gone; list the invoices and credit notes instead")]
    EventsGone,
    /// There is no such object in this account.
    #[error("there is no such object in this account; check the account and live or test mode")]
    NotFound,
    /// The request was refused.
    #[error("the request was refused with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The answer is not of the documented form.
    #[error("the answer cannot be read")]
    Shape(#[source] Option<serde_json::Error>),
    /// Pages were promised, and they do not come to an end.
    #[error("the list does not come to an end")]
    Endless,
    /// The object changed while its lines were read, several times. Try again later.
    #[error("the object changes while it is read; try again later")]
    Changed,
    /// The rate of the National Bank cannot be had.
    #[error(transparent)]
    Rate(#[from] crate::nbp::RateError),
}

impl From<serde_json::Error> for FetchError {
    fn from(error: serde_json::Error) -> Self {
        Self::Shape(Some(error))
    }
}
