//! The default transport.

use core::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use ksef_core::Endpoints;
use ksef_core::port::BoxFuture;
use tokio::time::{Instant, timeout, timeout_at};

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

    /// How long a request may take until its answer begins, and its answer until it ends, beside
    /// the time that their bytes take on a line of [`Self::SLOWEST_BYTES_PER_SECOND`].
    pub const TIMEOUT: Duration = Duration::from_secs(100);

    /// The slowest line that a part of a batch is uploaded over. A part of 100 MB takes 17 minutes
    /// on it; KSeF gives 20 for each.
    pub const SLOWEST_BYTES_PER_SECOND: usize = 100_000;

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
        let time = allowed(request.body().len());
        let request = reqwest::Request::try_from(request).map_err(TransportError::not_sent)?;
        let answer = timeout(time, self.client.execute(request)).await;
        let mut answer = answer.map_err(TransportError::answer_lost)?.map_err(failed)?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = core::mem::take(answer.headers_mut());
        *response.body_mut() = self.read(answer).await?;
        Ok(response)
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Bytes, TransportError> {
        let (mut body, began) = (BytesMut::new(), Instant::now());
        loop {
            let chunk = timeout_at(began + allowed(body.len()), answer.chunk()).await;
            let chunk = chunk.map_err(TransportError::answer_lost)?.map_err(failed)?;
            let Some(chunk) = chunk else { return Ok(body.freeze()) };
            if body.len() + chunk.len() > self.max_response_bytes {
                return Err(TransportError::answer_lost(TooLong(self.max_response_bytes)));
            }
            body.extend_from_slice(&chunk);
        }
    }
}

/// How long so many bytes may take.
fn allowed(bytes: usize) -> Duration {
    let seconds = bytes / ReqwestTransport::SLOWEST_BYTES_PER_SECOND;
    ReqwestTransport::TIMEOUT
        .saturating_add(Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX)))
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use ksef_core::Environment;

    use super::*;
    use crate::transport::Delivery;

    /// A server on this machine that gives one answer to whatever it is asked.
    fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4_096];
            let read = stream.read(&mut request).unwrap();
            assert!(read > 0);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        format!("http://{address}")
    }

    fn call(address: &str, max_bytes: usize) -> Result<Response<Bytes>, TransportError> {
        let endpoints = Endpoints::custom(Environment::Test, address).unwrap();
        let transport = ReqwestTransport::new(&endpoints).unwrap();
        let transport = transport.with_max_response_bytes(max_bytes);
        let url = format!("{address}/v2/x?sig=canary");
        let request = Request::get(url).body(Bytes::new()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(transport.call(request))
    }

    #[test]
    fn a_large_part_has_the_time_that_a_slow_line_takes() {
        assert_eq!(allowed(2_000), ReqwestTransport::TIMEOUT);
        let twenty_minutes = Duration::from_secs(20 * 60);
        assert!((Duration::from_secs(1_000)..twenty_minutes).contains(&allowed(100_000_016)));
    }

    #[test]
    fn where_nobody_listens_nothing_was_sent() {
        let unused = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", unused.local_addr().unwrap());
        drop(unused);
        let error = call(&address, 100).unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn an_answer_that_breaks_off_is_lost() {
        for cut in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"] {
            let error = call(&server(cut), 100).unwrap_err();
            assert_eq!(error.delivery(), Delivery::Unknown, "{cut}");
            assert!(!format!("{error:?}").contains("canary"));
        }
    }

    #[test]
    fn an_answer_that_is_too_long_is_not_read_to_its_end() {
        let long = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(call(&server(long), 3).unwrap().body(), "abc");
        let error = call(&server(long), 2).unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown);
    }

    #[test]
    fn a_redirect_is_an_answer_and_is_not_followed() {
        let away =
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        let answer = call(&server(away), 100).unwrap();
        assert_eq!(answer.status(), 302);
        assert_eq!(answer.headers().get("location").unwrap(), "http://127.0.0.1:1/");
    }
}
