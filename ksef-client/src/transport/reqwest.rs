//! The default transport.

use core::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use ksef_core::Endpoints;
use ksef_core::port::BoxFuture;

use super::{Transport, TransportError};

/// The default transport: HTTP/1.1, TLS by rustls with the certificates of the system.
///
/// It follows no redirects, keeps no cookies, uses no proxy of the environment, repeats nothing,
/// and reads no more than so much of an answer. Its clones share their connections.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    max_response_bytes: usize,
}

/// An answer is longer than anything that KSeF is documented to send.
#[derive(Debug, thiserror::Error)]
#[error("the answer is longer than {0} bytes")]
struct TooLong(usize);

impl ReqwestTransport {
    /// How long a connection may take to be made.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

    /// How long a request may take, from its first byte to the last one of its answer.
    pub const TIMEOUT: Duration = Duration::from_secs(100);

    /// How many bytes an answer may have: above the largest part of an export, 50 MB.
    pub const MAX_RESPONSE_BYTES: usize = 64_000_000;

    /// A transport to these addresses.
    ///
    /// Where all of them are plain HTTP, which is for this machine only, the certificates of the
    /// system are not needed, and not loaded: there may be none in a small container.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up: install the package with the certificates of the system, often
    /// called `ca-certificates`.
    pub fn new(endpoints: &Endpoints) -> Result<Self, TransportError> {
        let needs_certificates = [endpoints.api(), endpoints.storage()]
            .into_iter()
            .chain(endpoints.status_service())
            .any(|address| address.starts_with("https://"));
        let builder = reqwest::Client::builder()
            .connect_timeout(Self::CONNECT_TIMEOUT)
            .timeout(Self::TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only();
        let builder = if needs_certificates { builder } else { builder.tls_certs_only([]) };
        let client = builder.build().map_err(TransportError::not_sent)?;
        Ok(Self::with_client(client))
    }

    /// A transport over a client of your own, for a proxy or certificates of your own.
    ///
    /// Turn redirects and retries off in it: an invoice must not be sent twice.
    #[must_use]
    pub const fn with_client(client: reqwest::Client) -> Self {
        Self { client, max_response_bytes: Self::MAX_RESPONSE_BYTES }
    }

    /// The same with another limit for answers; [`ReqwestTransport::MAX_RESPONSE_BYTES`] without it.
    #[must_use]
    pub const fn with_max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(TransportError::not_sent)?;
        let mut answer = self.client.execute(request).await.map_err(failed)?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = core::mem::take(answer.headers_mut());
        *response.body_mut() = self.read(answer).await?;
        Ok(response)
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > self.max_response_bytes {
                return Err(TransportError::answer_lost(TooLong(self.max_response_bytes)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// The address is left out: those of the storage carry their credential in the query.
fn failed(error: reqwest::Error) -> TransportError {
    let is_not_sent = error.is_connect() || error.is_builder();
    let error = error.without_url();
    if is_not_sent { TransportError::not_sent(error) } else { TransportError::answer_lost(error) }
}

impl Transport for ReqwestTransport {
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}
