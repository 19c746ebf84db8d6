//! Reading answers of the contract's types, and recognising what is none.

use bytes::Bytes;
use http::{Response, header};
use ksef_core::Sha256Digest;
use serde::de::DeserializeOwned;

use crate::error::Unreadable;
use crate::wire::Page;

/// The header with the hash of a document.
const META_HASH: &str = "x-ms-meta-hash";

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Json,
    Xml,
    Html,
    Other,
}

/// The answer's JSON.
pub(crate) fn json<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, Unreadable> {
    match kind(response) {
        Kind::Json => Ok(serde_json::from_slice(response.body())?),
        Kind::Html => Err(Unreadable::Html),
        Kind::Xml | Kind::Other => Err(Unreadable::ContentType),
    }
}

/// A page of a list, by way of its body.
pub(crate) fn page<B, T>(response: &Response<Bytes>) -> Result<Page<T>, Unreadable>
where
    B: DeserializeOwned + Into<Page<T>>,
{
    json::<B>(response).map(B::into)
}

/// The answer's XML, byte for byte, if it has the hash that comes with it.
pub(crate) fn xml(response: &Response<Bytes>) -> Result<Bytes, Unreadable> {
    match kind(response) {
        Kind::Xml => document(response),
        Kind::Html => Err(Unreadable::Html),
        Kind::Json | Kind::Other => Err(Unreadable::ContentType),
    }
}

/// The answer's bytes, if they have the hash that comes with them.
#[cfg(feature = "batch")]
pub(crate) fn binary(response: &Response<Bytes>) -> Result<Bytes, Unreadable> {
    if kind(response) == Kind::Html { Err(Unreadable::Html) } else { document(response) }
}

/// That the answer is no page of somebody else; it has no body.
pub(crate) fn empty(response: &Response<Bytes>) -> Result<(), Unreadable> {
    if kind(response) == Kind::Html { Err(Unreadable::Html) } else { Ok(()) }
}

fn document(response: &Response<Bytes>) -> Result<Bytes, Unreadable> {
    let body = response.body();
    if body.is_empty() {
        return Err(Unreadable::Empty);
    }
    let stated = response.headers().get(META_HASH).map(|hash| hash.to_str().unwrap_or_default());
    match stated {
        Some(stated) if stated != Sha256Digest::of(body).to_string() => Err(Unreadable::Hash),
        _ => Ok(body.clone()),
    }
}

fn kind(response: &Response<Bytes>) -> Kind {
    let value = response.headers().get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/json" | "application/problem+json" | "text/json" => Kind::Json,
        "application/xml" | "text/xml" => Kind::Xml,
        "text/html" | "application/xhtml+xml" => Kind::Html,
        _ => Kind::Other,
    }
}
