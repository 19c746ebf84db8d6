//! Content types, and the bodies that they name.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::schema::Schema;
use super::violation::{Findings, Place};

pub(super) const JSON: &str = "application/json";
pub(super) const PROBLEM: &str = "application/problem+json";
pub(super) const XML: &str = "application/xml";

/// The content type without its parameters; `None` where it is absent, or has a charset other than UTF-8.
pub(super) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let (kind, parameters) = split(headers.get(CONTENT_TYPE)?.to_str().ok()?);
    let mut charsets = parameters.split(';').filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    charsets.all(|charset| charset.eq_ignore_ascii_case("utf-8")).then_some(kind)
}

fn split(content_type: &str) -> (&str, &str) {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    (kind.trim(), parameters)
}

/// Checks a body against the schema of its content type.
pub(super) fn check_body(kind: &str, body: &[u8], schema: &Schema, findings: &mut Findings) {
    match body_value(kind, body) {
        Ok(value) => schema.check(&value, &Place::Root("body"), findings),
        Err(message) => findings.report(&"body", message),
    }
}

/// The JSON value, or the XML document as the text that the contract says it is.
fn body_value(kind: &str, body: &[u8]) -> Result<Value, &'static str> {
    match kind {
        JSON | PROBLEM => serde_json::from_slice(body).map_err(|_| "is not JSON"),
        XML => {
            let text = str::from_utf8(body).map_err(|_| "is not UTF-8")?;
            roxmltree::Document::parse(text).map_err(|_| "is not well-formed XML")?;
            Ok(Value::from(text))
        }
        _ => Err("has a content type that the check cannot read"),
    }
}
