//! The socket, and what goes wrong between it and the two APIs.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::fault::{Fault, FaultKind, fire};
use super::national_bank::NationalBank;
use super::reply::{Reply, error, reply, with_header};
use super::store::Store;
use super::{SeenRequest, stripe};

/// What all connections share.
#[derive(Default)]
pub(super) struct Shared {
    stripe: Mutex<Store>,
    national_bank: Mutex<NationalBank>,
    faults: Mutex<Vec<Fault>>,
    seen: Mutex<Vec<SeenRequest>>,
}

/// How an answer is sent.
enum Sending {
    Whole(Reply),
    /// Half of its body.
    Half(Reply),
    Nothing,
}

/// The connection ends here, as a fault asks for it.
#[derive(Debug, thiserror::Error)]
#[error("the connection was dropped, as a fault asked for it")]
struct Dropped;

impl Shared {
    pub(super) fn stripe(&self) -> MutexGuard<'_, Store> {
        lock(&self.stripe)
    }

    pub(super) fn national_bank(&self) -> MutexGuard<'_, NationalBank> {
        lock(&self.national_bank)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        lock(&self.faults)
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Vec<SeenRequest>> {
        lock(&self.seen)
    }

    fn respond(&self, request: Request<Bytes>) -> Sending {
        let request = SeenRequest::of(request);
        self.seen().push(request.clone());
        let fault = fire(&mut self.faults(), &request);
        match fault {
            None => Sending::Whole(self.answer(&request)),
            Some(FaultKind::TooManyRequests { retry_after }) => {
                let reply = error(StatusCode::TOO_MANY_REQUESTS, "rate_limit", "Too many requests");
                Sending::Whole(with_header(reply, header::RETRY_AFTER, &retry_after))
            }
            Some(FaultKind::Status { status, code }) => {
                let status = StatusCode::from_u16(status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Sending::Whole(error(status, &code, "A fault asked for this."))
            }
            Some(FaultKind::Html) => {
                Sending::Whole(reply(StatusCode::OK, "text/html", "<html>Blocked</html>"))
            }
            Some(FaultKind::Redirect { location }) => {
                let reply = reply(StatusCode::FOUND, "text/plain", "");
                Sending::Whole(with_header(reply, header::LOCATION, &location))
            }
            Some(FaultKind::DropBefore) => Sending::Nothing,
            Some(FaultKind::DropAfter) => {
                self.answer(&request);
                Sending::Nothing
            }
            Some(FaultKind::Truncated) => Sending::Half(self.answer(&request)),
            Some(FaultKind::Changes { object }) => {
                let reply = self.answer(&request);
                self.stripe().replace(*object);
                Sending::Whole(reply)
            }
        }
    }

    fn answer(&self, request: &SeenRequest) -> Reply {
        if !stripe::is_known(request.method()) {
            return reply(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "");
        }
        if request.path().starts_with("/api/") {
            return self.national_bank().answer(request);
        }
        stripe::answer(&mut self.stripe(), request)
    }
}

/// A panic elsewhere does not matter to a double.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) {
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that ended before it was accepted is none of our business.
                if let Ok((stream, _)) = accepted {
                    serve(stream, Arc::clone(&shared), &connections);
                }
            }
            // It also ends when the stub is dropped.
            _ = stopping.wait_for(|stop| *stop) => break,
        }
    }
    connections.shutdown().await;
}

fn serve(stream: TcpStream, shared: Arc<Shared>, connections: &GracefulShutdown) {
    let service = service_fn(move |request| respond(Arc::clone(&shared), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        // It ends with an error when a fault dropped it, or when the caller went away.
        let _ = connection.await;
    });
}

async fn respond(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<SentBody>, Dropped> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    match shared.respond(Request::from_parts(head, body)) {
        Sending::Whole(reply) => Ok(reply.map(|data| SentBody { data: Some(data), cut: None })),
        Sending::Half(mut reply) => {
            let length = reply.body().len();
            reply.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            let half = |data: Bytes| SentBody {
                data: Some(data.slice(..length / 2)),
                cut: Some(Cut::Flush),
            };
            Ok(reply.map(half))
        }
        Sending::Nothing => Err(Dropped),
    }
}

/// A body that may end before its time.
struct SentBody {
    data: Option<Bytes>,
    cut: Option<Cut>,
}

/// What is still to come of a body that is cut.
#[derive(Clone, Copy)]
enum Cut {
    /// What was written is sent first.
    Flush,
    /// Then the connection ends.
    End,
}

impl Body for SentBody {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.cut {
            None => Poll::Ready(None),
            Some(Cut::Flush) => {
                self.cut = Some(Cut::End);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Cut::End) => Poll::Ready(Some(Err(Dropped))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.data, self.cut) {
            (Some(data), None) => SizeHint::with_exact(data.len() as u64),
            (None, None) => SizeHint::with_exact(0),
            (_, Some(_)) => SizeHint::default(),
        }
    }
}
