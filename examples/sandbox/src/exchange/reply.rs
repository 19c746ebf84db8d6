//! `Reply`, what a handler answers when it does not refuse.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use ksef_core::Sha256Digest;
use serde::Serialize;

/// The hash of the document in the body, in Base64.
const META_HASH: HeaderName = HeaderName::from_static("x-ms-meta-hash");

/// An answer that is not a refusal.
#[derive(Debug)]
pub(crate) struct Reply(Response<Bytes>);

impl Reply {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        Self(response)
    }

    /// JSON, with any status.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self::with_content(status, "application/json", to_json(body))
    }

    /// JSON with status 200.
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// A document and its hash, as receipts and invoices are served.
    pub(crate) fn document(content: Bytes, content_type: &'static str) -> Self {
        let hash = Sha256Digest::of(&content).to_string();
        Self::with_content(StatusCode::OK, content_type, content).header(META_HASH, &hash)
    }

    /// Any content.
    pub(crate) fn with_content(
        status: StatusCode,
        content_type: &'static str,
        content: impl Into<Bytes>,
    ) -> Self {
        let mut reply = Self::empty(status);
        *reply.0.body_mut() = content.into();
        reply.0.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        reply
    }

    /// The same with a header; characters that a header cannot hold are left out.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        let visible: String = value.chars().filter(|c| matches!(c, ' '..='~')).collect();
        if let Ok(value) = HeaderValue::try_from(visible) {
            self.0.headers_mut().insert(name, value);
        }
        self
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        self.0
    }
}

/// What is answered are maps with text keys, which always have a JSON form.
pub(super) fn to_json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}
