//! Documents behind signed links: what a client uploads and downloads without a token.

mod links;

use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Request, StatusCode};
use ksef_core::{Clock, Timestamp};

use crate::exchange::{Call, Query, Reply};
use crate::invoices::{self, later};
use crate::sandbox::Shared;
use crate::sessions;

pub(crate) use links::{Access, StorageFault};
use links::{check, link};

/// The folder of the parts of exports.
pub(crate) const EXPORT_PARTS: &str = "invoice-part";

/// The folder of the parts of batch sessions.
pub(crate) const BATCH_PARTS: &str = "batch-parts";

/// A link to a document.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) expires_at: Timestamp,
}

/// A link with which the document at this path can be fetched for a time.
pub(crate) fn download_link(call: &Call<'_>, path: &str, lifetime: Duration) -> Link {
    signed_link(call, Access::Read, path, lifetime)
}

/// A link with which a document can be put at this path for a time.
pub(crate) fn upload_link(call: &Call<'_>, path: &str, lifetime: Duration) -> Link {
    signed_link(call, Access::Write, path, lifetime)
}

fn signed_link(call: &Call<'_>, access: Access, path: &str, lifetime: Duration) -> Link {
    let key = call.sandbox.keys.links();
    let url = link(call.public_url(), key, access, path, call.now, lifetime);
    Link { url, expires_at: later(call.now, lifetime) }
}

/// Answers a request below `/storage/`.
pub(crate) fn answer(sandbox: &Shared, request: &Request<Bytes>, path: &str) -> Reply {
    let answer = match *request.method() {
        Method::GET => download(sandbox, request, path),
        Method::PUT => upload(sandbox, request, path),
        _ => Err(StorageFault::Access),
    };
    answer.unwrap_or_else(Reply::from)
}

fn upload(sandbox: &Shared, request: &Request<Bytes>, path: &str) -> Result<Reply, StorageFault> {
    authorize(sandbox, request, Access::Write, path)?;
    if request.headers().get("x-ms-blob-type").is_none_or(|kind| kind != "BlockBlob") {
        return Err(StorageFault::BlobType);
    }
    let (owner, folder, name) = parts(path)?;
    if folder != BATCH_PARTS {
        return Err(StorageFault::Access);
    }
    sessions::upload_part(sandbox, owner, name, request.body())?;
    Ok(Reply::empty(StatusCode::CREATED))
}

/// Whose the document is, what kind of document it is, and its name; before that comes the number
/// of a container, which says nothing.
fn parts(path: &str) -> Result<(&str, &str, &str), StorageFault> {
    let mut segments = path.split('/').skip(1);
    let mut segment = || segments.next().ok_or(StorageFault::NotFound);
    Ok((segment()?, segment()?, segment()?))
}

fn download(sandbox: &Shared, request: &Request<Bytes>, path: &str) -> Result<Reply, StorageFault> {
    authorize(sandbox, request, Access::Read, path)?;
    let (owner, folder, name) = parts(path)?;
    let content_type =
        if folder == EXPORT_PARTS { "application/octet-stream" } else { "application/xml" };
    let content = match folder {
        EXPORT_PARTS => invoices::export_part(sandbox, owner, name),
        "invoice-upo" => sessions::invoice_upo_file(sandbox, owner, name),
        "session-upo" => sessions::session_upo_file(sandbox, owner, name),
        _ => None,
    };
    let content = content.ok_or(StorageFault::NotFound)?;
    Ok(Reply::document(content, content_type))
}

/// That the link allows what the request does, which needs no other credential.
fn authorize(
    sandbox: &Shared,
    request: &Request<Bytes>,
    access: Access,
    path: &str,
) -> Result<(), StorageFault> {
    if request.headers().contains_key(AUTHORIZATION) {
        return Err(StorageFault::Authorization);
    }
    let query = Query::parse(request.uri().query().unwrap_or_default());
    check(sandbox.keys.links(), access, path, &query, sandbox.clock.now())
}
