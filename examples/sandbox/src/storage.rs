//! Documents behind signed links: what a client uploads and downloads without a token.

mod links;

use bytes::Bytes;
use http::Request;

use crate::exchange::Reply;
use crate::sandbox::Shared;

pub(crate) use links::{Access, StorageFault, check, link};

/// Answers a request below `/storage/`.
pub(crate) fn answer(_sandbox: &Shared, _request: &Request<Bytes>, _path: &str) -> Reply {
    StorageFault::NotFound.into()
}
