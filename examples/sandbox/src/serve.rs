//! Sockets: a server that carries requests to the sandbox and answers back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::sandbox::{ClientAddress, Dropped, HeldBack, Sandbox, StartError};

/// The longest body that is taken: a part of a batch, with room for its padding.
const LONGEST_BODY: usize = 101_000_000;

/// How long a client may take to send the head of a request; idle connections end after it too.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(300);

/// How long [`Handle::stop`] waits for requests that are under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Who is shown every exchange.
trait Watch: Fn(&Request<Bytes>, &Result<Response<Bytes>, Dropped>) + Send + Sync + 'static {}

impl<W> Watch for W where
    W: Fn(&Request<Bytes>, &Result<Response<Bytes>, Dropped>) + Send + Sync + 'static
{
}

/// A sandbox behind a socket. It stops when this is dropped or [`Handle::stop`] is called.
#[derive(Debug)]
pub struct Handle {
    sandbox: Sandbox,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox that listens where the configuration says.
    ///
    /// It runs on the Tokio runtime of the caller.
    ///
    /// ```
    /// use ksef_sandbox::{Config, Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start(Config::default()).await?;
    /// assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    /// sandbox.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, the keys cannot be made or the state cannot be read.
    pub async fn start(config: Config) -> Result<Handle, StartError> {
        Self::start_watched(config, |_, _| {}).await
    }

    /// The same, and every exchange is shown: so a test holds answers against the contract that
    /// clients in other processes got.
    ///
    /// It is called before the answer leaves, in the thread that made it. The target of the request
    /// is what the client sent, mostly a path without a host.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// use ksef_sandbox::{Config, Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let count = Arc::new(AtomicU32::new(0));
    /// let seen = Arc::clone(&count);
    /// let watch = move |_: &_, _: &_| { seen.fetch_add(1, Ordering::Relaxed); };
    /// let sandbox = Sandbox::start_watched(Config::default(), watch).await?;
    /// assert_eq!(count.load(Ordering::Relaxed), 0);
    /// # sandbox.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Sandbox::start`].
    pub async fn start_watched<W>(config: Config, watch: W) -> Result<Handle, StartError>
    where
        W: Fn(&Request<Bytes>, &Result<Response<Bytes>, Dropped>) + Send + Sync + 'static,
    {
        let listener = TcpListener::bind(config.listen).await.map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let sandbox = Self::new(Config { listen: address, ..config })?;
        let (stop, stopping) = watch::channel(false);
        let served = Arc::new(Served { sandbox: sandbox.clone(), watch });
        let server = tokio::spawn(accept(listener, served, stopping));
        Ok(Handle { sandbox, address, stop, server })
    }
}

impl Handle {
    /// The sandbox itself, whose clock and faults a test sets.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client takes as the base of the API, without `/v2`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.sandbox.public_url()
    }

    /// Takes no more connections, and waits up to ten seconds for requests that are under way.
    pub async fn stop(self) {
        // Nobody listens any more if the server has ended by itself.
        let _ = self.stop.send(true);
        let _ = self.server.await;
    }
}

/// What all connections share.
struct Served<W> {
    sandbox: Sandbox,
    watch: W,
}

async fn accept<W: Watch>(
    listener: TcpListener,
    served: Arc<Served<W>>,
    mut stopping: watch::Receiver<bool>,
) {
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that ended before it was accepted is none of our business.
                if let Ok((stream, address)) = accepted {
                    serve_connection(stream, address, Arc::clone(&served), &connections);
                }
            }
            _ = stopping.wait_for(|stop| *stop) => break,
        }
    }
    // Whoever is not done by then has its connection closed by the end of the runtime.
    let _ = timeout(STOP_TIMEOUT, connections.shutdown()).await;
}

fn serve_connection<W: Watch>(
    stream: TcpStream,
    address: SocketAddr,
    served: Arc<Served<W>>,
    connections: &GracefulShutdown,
) {
    let service = service_fn(move |request| answer(Arc::clone(&served), address, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        // It ends with an error when a fault dropped it, or when the client went away.
        let _ = connection.await;
    });
}

async fn answer<W: Watch>(
    served: Arc<Served<W>>,
    address: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Dropped> {
    let (mut head, body) = request.into_parts();
    let body = match collect(body).await {
        Ok(body) => body,
        Err(status) => return Ok(plain(status)),
    };
    head.extensions.insert(ClientAddress(address.ip()));
    let request = Request::from_parts(head, body);
    // Decrypting, validating and signing take their time, which others need not wait for.
    let answer = tokio::task::spawn_blocking(move || {
        let answer = served.sandbox.handle(&request);
        (served.watch)(&request, &answer);
        answer
    });
    let answer = answer.await;
    let Ok(answer) = answer else {
        return Ok(plain(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let response = answer?;
    if let Some(HeldBack(time)) = response.extensions().get() {
        sleep(*time).await;
    }
    Ok(response.map(Full::new))
}

/// The whole body, or the status that answers a body which is too long, too slow or cut off.
async fn collect(body: Incoming) -> Result<Bytes, StatusCode> {
    if usize::try_from(body.size_hint().lower()).is_ok_and(|length| length > LONGEST_BODY) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let body = timeout(BODY_TIMEOUT, Limited::new(body, LONGEST_BODY).collect());
    match body.await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests;
