//! `Transport`, how requests get to KSeF and answers back.

#[cfg(feature = "reqwest")]
mod reqwest;

use core::fmt::Debug;

use bytes::Bytes;
use http::{Request, Response};
use ksef_core::port::{BoxError, BoxFuture};

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;

/// Carries one request to KSeF and brings its answer back.
///
/// The default is `ReqwestTransport` (feature `reqwest`). One of your own goes through a proxy, a
/// recorder, or straight into a sandbox without a socket. It must not follow redirects, repeat
/// requests or add credentials, and it gives up by itself after a time: what to repeat is decided
/// by the client alone, which knows what can be repeated.
///
/// ```
/// use bytes::Bytes;
/// use ksef_client::{Transport, TransportError};
/// use ksef_core::port::BoxFuture;
///
/// #[derive(Debug)]
/// struct Unplugged;
///
/// impl Transport for Unplugged {
///     fn call(
///         &self,
///         _: http::Request<Bytes>,
///     ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
///         let error = TransportError::not_sent("the cable is unplugged");
///         Box::pin(core::future::ready(Err(error)))
///     }
/// }
/// ```
pub trait Transport: Debug + Send + Sync {
    /// Sends the request, which has an absolute URL, and returns the answer with its whole body.
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
}

/// Whether a request that failed may have reached KSeF.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "it is certain that nothing was sent, or it is not")]
pub enum Delivery {
    /// It failed before anything of the request was sent, as when no connection could be made.
    NotSent,
    /// KSeF may have received the request, and may have done what it asks for.
    Unknown,
}

/// A request got no answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", match delivery {
    Delivery::NotSent => "KSeF could not be reached; nothing was sent",
    Delivery::Unknown => "the connection to KSeF failed before the answer was read",
})]
pub struct TransportError {
    delivery: Delivery,
    source: BoxError,
}

impl TransportError {
    /// Nothing of the request was sent, for this reason.
    #[must_use]
    pub fn not_sent(source: impl Into<BoxError>) -> Self {
        Self { delivery: Delivery::NotSent, source: source.into() }
    }

    /// The request may have been received; the answer is lost, for this reason.
    #[must_use]
    pub fn answer_lost(source: impl Into<BoxError>) -> Self {
        Self { delivery: Delivery::Unknown, source: source.into() }
    }

    /// Whether the request may have reached KSeF.
    #[must_use]
    pub const fn delivery(&self) -> Delivery {
        self.delivery
    }
}
