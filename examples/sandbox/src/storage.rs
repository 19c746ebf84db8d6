//! Documents behind signed links: what a client uploads and downloads without a token.

use bytes::Bytes;
use http::{Request, StatusCode};

use crate::exchange::Reply;
use crate::sandbox::Shared;

/// Answers a request below `/storage/`.
pub(crate) fn answer(_sandbox: &Shared, _request: &Request<Bytes>, _path: &str) -> Reply {
    Reply::empty(StatusCode::NOT_FOUND)
}
