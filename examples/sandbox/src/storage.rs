//! Documents behind signed links: what a client uploads and downloads without a token.

mod links;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Request};
use ksef_core::Clock;

use crate::exchange::{Query, Reply};
use crate::sandbox::Shared;
use crate::sessions;

pub(crate) use links::{Access, StorageFault, check, link};

/// Answers a request below `/storage/`.
pub(crate) fn answer(sandbox: &Shared, request: &Request<Bytes>, path: &str) -> Reply {
    download(sandbox, request, path).unwrap_or_else(Reply::from)
}

fn download(sandbox: &Shared, request: &Request<Bytes>, path: &str) -> Result<Reply, StorageFault> {
    if request.method() != Method::GET {
        return Err(StorageFault::Access);
    }
    authorize(sandbox, request, Access::Read, path)?;
    let mut segments = path.split('/').skip(1);
    let mut segment = || segments.next().ok_or(StorageFault::NotFound);
    let (owner, folder, name) = (segment()?, segment()?, segment()?);
    let content = match folder {
        "invoice-upo" => sessions::invoice_upo_file(sandbox, owner, name),
        "session-upo" => sessions::session_upo_file(sandbox, owner, name),
        _ => None,
    };
    let content = content.ok_or(StorageFault::NotFound)?;
    Ok(Reply::document(content, "application/xml"))
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
