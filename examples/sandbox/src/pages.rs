//! What people see: the page at `/`, the targets of QR codes; and what steers the sandbox.

mod clock;
mod faults;
mod files;
mod lists;
mod overview;
mod verification;

use askama::Template;
use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{Request, StatusCode};
use serde_json::json;

use crate::exchange::Reply;
use crate::sandbox::Shared;

/// What is wrong with a request that is for none of the contract's operations.
#[derive(Debug)]
struct Trouble(StatusCode, String);

type Answer = Result<Reply, Trouble>;

/// Answers a request that is neither for the API nor for the storage.
pub(crate) fn answer(sandbox: &Shared, request: &Request<Bytes>) -> Reply {
    let reply = route(sandbox, request).unwrap_or_else(|Trouble(status, sentence)| {
        Reply::json(status, &json!({ "error": sentence }))
    });
    reply.header(CACHE_CONTROL, "no-store")
}

fn route(sandbox: &Shared, request: &Request<Bytes>) -> Answer {
    let path = request.uri().path().trim_start_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    match (request.method().as_str(), segments.as_slice()) {
        ("GET", [""]) => overview::page(sandbox),
        ("GET", ["sandbox", "clock"]) => Ok(clock::show(sandbox)),
        ("POST", ["sandbox", "clock"]) => clock::change(sandbox, request.body()),
        ("GET", ["sandbox", "faults"]) => Ok(faults::list(sandbox)),
        ("POST", ["sandbox", "faults"]) => faults::add(sandbox, request.body()),
        ("DELETE", ["sandbox", "faults"]) => Ok(faults::clear(sandbox)),
        ("DELETE", ["sandbox", "faults", id]) => faults::remove(sandbox, id),
        ("GET", ["sandbox", "invoices"]) => Ok(lists::invoices(sandbox)),
        ("GET", ["sandbox", "invoices", number, "xml"]) => files::invoice(sandbox, number),
        ("GET", ["sandbox", "invoices", number, "upo"]) => files::upo(sandbox, number),
        ("GET", ["sandbox", "sessions"]) => Ok(lists::sessions(sandbox)),
        ("GET", ["sandbox", "sessions", number, "upo", page]) => {
            files::session_upo(sandbox, number, page)
        }
        ("GET", ["invoice", nip, date, hash]) => {
            verification::invoice(sandbox, request, [nip, date, hash])
        }
        ("GET", ["certificate", _, _, nip, _, hash, _]) => {
            verification::certificate(sandbox, request, nip, hash)
        }
        _ => Err(no_such_page()),
    }
}

fn html(status: StatusCode, page: &impl Template) -> Answer {
    let page = page.render().map_err(|error| {
        Trouble(StatusCode::INTERNAL_SERVER_ERROR, format!("the page cannot be made: {error}"))
    })?;
    Ok(Reply::with_content(status, "text/html; charset=utf-8", page))
}

fn no_such_page() -> Trouble {
    Trouble(
        StatusCode::NOT_FOUND,
        "there is nothing here; the API is below /v2, the control of the sandbox below /sandbox, \
         and a page for people is at /"
            .to_owned(),
    )
}

fn bad_request(sentence: impl Into<String>) -> Trouble {
    Trouble(StatusCode::BAD_REQUEST, sentence.into())
}

#[cfg(test)]
mod tests;
