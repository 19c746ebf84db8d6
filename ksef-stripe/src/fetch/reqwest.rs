//! The default transport and timer.

use core::time::Duration;

use http::{Request, Response};
use ksef_core::port::BoxFuture;

use super::{BaseAddress, Timer, Transport, TransportError};

/// HTTP/1.1 over rustls. It follows no redirect, repeats nothing and uses no proxy.
#[derive(Clone, Debug)]
pub struct ReqwestTransport(::reqwest::Client);

#[derive(Debug, thiserror::Error)]
#[error("the answer is longer than {0} bytes")]
struct TooLong(usize);

impl ReqwestTransport {
    /// How many bytes an answer may have.
    pub const MAX_RESPONSE_BYTES: usize = 16_000_000;

    /// A transport to these addresses. To those of this machine no certificates are needed.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new(addresses: &[BaseAddress]) -> Result<Self, TransportError> {
        let builder = ::reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(80))
            .redirect(::reqwest::redirect::Policy::none())
            .retry(::reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only();
        let is_remote = addresses.iter().any(BaseAddress::needs_certificates);
        let builder = if is_remote { builder } else { builder.tls_certs_only([]) };
        builder.build().map(Self).map_err(TransportError::new)
    }

    async fn exchange(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let request = ::reqwest::Request::try_from(request).map_err(failed)?;
        let mut answer = self.0.execute(request).await.map_err(failed)?;
        let mut response = Response::new(Vec::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = core::mem::take(answer.headers_mut());
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if response.body().len() + chunk.len() > Self::MAX_RESPONSE_BYTES {
                return Err(TransportError::new(TooLong(Self::MAX_RESPONSE_BYTES)));
            }
            response.body_mut().extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

fn failed(error: ::reqwest::Error) -> TransportError {
    TransportError::new(error.without_url())
}

impl Transport for ReqwestTransport {
    fn call(
        &self,
        request: Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// The timer of tokio.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to set about it")]
pub struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
