//! Sockets: a server that carries requests to the sandbox and answers back.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::sandbox::{ClientAddress, Dropped, HeldBack, Sandbox, StartError};

/// The longest body that is taken: a part of a batch, with room for its padding.
const LONGEST_BODY: usize = 101_000_000;

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
    /// When the address cannot be listened on or the keys cannot be made.
    pub async fn start(config: Config) -> Result<Handle, StartError> {
        let listener = TcpListener::bind(config.listen).await.map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let sandbox = Self::new(Config { listen: address, ..config })?;
        let (stop, stopping) = watch::channel(false);
        let server = tokio::spawn(accept(listener, sandbox.clone(), stopping));
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

    /// Takes no more connections, and waits for the requests that are under way.
    pub async fn stop(self) {
        // Nobody listens any more if the server has ended by itself.
        let _ = self.stop.send(true);
        let _ = self.server.await;
    }
}

async fn accept(listener: TcpListener, sandbox: Sandbox, mut stopping: watch::Receiver<bool>) {
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that ended before it was accepted is none of our business.
                if let Ok((stream, address)) = accepted {
                    serve_connection(stream, address, sandbox.clone(), &connections);
                }
            }
            _ = stopping.wait_for(|stop| *stop) => break,
        }
    }
    connections.shutdown().await;
}

fn serve_connection(
    stream: TcpStream,
    address: SocketAddr,
    sandbox: Sandbox,
    connections: &GracefulShutdown,
) {
    let service = service_fn(move |request| answer(sandbox.clone(), address, request));
    let server = auto::Builder::new(TokioExecutor::new());
    let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        // It ends with an error when a fault dropped it, or when the client went away.
        let _ = connection.await;
    });
}

async fn answer(
    sandbox: Sandbox,
    address: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Dropped> {
    let (mut head, body) = request.into_parts();
    let Ok(body) = collect(body).await else {
        return Ok(too_large());
    };
    head.extensions.insert(ClientAddress(address.ip()));
    let request = Request::from_parts(head, body);
    // Decrypting, validating and signing take their time, which others need not wait for.
    let answer = tokio::task::spawn_blocking(move || sandbox.handle(&request)).await;
    let response = answer.unwrap_or(Err(Dropped))?;
    if let Some(HeldBack(time)) = response.extensions().get() {
        tokio::time::sleep(*time).await;
    }
    Ok(response.map(Full::new))
}

async fn collect(body: Incoming) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Limited::new(body, LONGEST_BODY).collect().await?.to_bytes())
}

fn too_large() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    response
}
