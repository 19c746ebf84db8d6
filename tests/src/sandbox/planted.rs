//! Faults that a sandbox could have. With any of them the suite `flows` must fail.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use ksef_core::Sha256Digest;
use regex::bytes::Regex;
use serde_json::{Value, json};

use crate::planted::PlantedFault as Fault;

const HASH: &str = "x-ms-meta-hash";

/// What a faulty sandbox would answer in the place of ours.
pub(super) fn answer(request: &Request<Bytes>, response: Response<Bytes>) -> Response<Bytes> {
    let lists_invoices = request.uri().path() == "/sandbox/invoices";
    if Fault::ShortTimestamp.is_on() {
        replaced(response, r"(\.[0-9]{3})[0-9]{4}\+00:00", b"${1}Z")
    } else if Fault::WrongReceipt.is_on() {
        let other = Sha256Digest::of(b"something else");
        let other = format!("<SkrotDokumentu>{other}</SkrotDokumentu>");
        replaced(response, "<SkrotDokumentu>[^<]*</SkrotDokumentu>", other.as_bytes())
    } else if lists_invoices && Fault::AcceptedTwice.is_on() {
        with_invoices(response, accept_again)
    } else if lists_invoices && Fault::LostInvoice.is_on() {
        with_invoices(response, |invoices| drop(invoices.pop()))
    } else if Fault::AccidentalError.is_on() && is_garbage(request) {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    } else {
        response
    }
}

/// With another text in the body, and the hash of the body where there is one.
fn replaced(response: Response<Bytes>, pattern: &str, by: &[u8]) -> Response<Bytes> {
    let Ok(pattern) = Regex::new(pattern) else {
        return response;
    };
    let mut response =
        response.map(|body| Bytes::from(pattern.replace_all(&body, by).into_owned()));
    let hash = Sha256Digest::of(response.body()).to_string().parse();
    if let (Some(value), Ok(hash)) = (response.headers_mut().get_mut(HASH), hash) {
        *value = hash;
    }
    response
}

fn with_invoices(
    response: Response<Bytes>,
    change: impl FnOnce(&mut Vec<Value>),
) -> Response<Bytes> {
    response.map(|body| {
        let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if let Some(invoices) = body.get_mut("invoices").and_then(Value::as_array_mut) {
            change(invoices);
        }
        body.to_string().into()
    })
}

/// The last document has two KSeF numbers.
fn accept_again(invoices: &mut Vec<Value>) {
    let mut again = invoices.last().cloned().unwrap_or_default();
    if let Some(number) = again.get_mut("ksefNumber") {
        *number = json!("5265877635-20250826-0100001AF629-AF");
        invoices.push(again);
    }
}

fn is_garbage(request: &Request<Bytes>) -> bool {
    let body = request.body();
    !body.is_empty() && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err()
}
