//! What people see: the page at `/`, the targets of QR codes; and what steers the sandbox.

use bytes::Bytes;
use http::{Request, StatusCode};

use crate::exchange::Reply;
use crate::sandbox::Shared;

/// Answers a request that is neither for the API nor for the storage.
pub(crate) fn answer(_sandbox: &Shared, _request: &Request<Bytes>) -> Reply {
    Reply::empty(StatusCode::NOT_FOUND)
}
