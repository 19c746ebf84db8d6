//! `Transport` and `Timer`, what fetching needs from outside.

use core::fmt::Debug;
use core::time::Duration;

use http::{Request, Response};
use ksef_core::port::{BoxError, BoxFuture};

/// Carries one request and its answer. It follows no redirect and repeats nothing.
pub trait Transport: Debug + Send + Sync {
    /// Sends the request and reads the whole answer.
    fn call(
        &self,
        request: Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, TransportError>>;
}

/// Waits. Tests give one that only notes for how long.
pub trait Timer: Debug + Send + Sync {
    /// Comes back after this time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// No answer was read.
#[derive(Debug, thiserror::Error)]
#[error("the connection failed before the answer was read")]
pub struct TransportError(#[source] BoxError);

impl TransportError {
    /// The connection failed for this reason, which must not contain the request.
    #[must_use]
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self(source.into())
    }
}
