//! Answers, and the errors of Stripe.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer before it is sent.
pub(super) type Reply = Response<Bytes>;

/// An answer with this body.
pub(super) fn reply(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

pub(super) fn json_reply(status: StatusCode, body: &Value) -> Reply {
    reply(status, "application/json", body.to_string())
}

pub(super) fn ok(body: &Value) -> Reply {
    json_reply(StatusCode::OK, body)
}

/// A header of an answer; what is no header is left out.
pub(super) fn with_header(mut reply: Reply, name: HeaderName, value: &str) -> Reply {
    let headers: &mut HeaderMap = reply.headers_mut();
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
    reply
}

/// An error of Stripe.
pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Reply {
    let kind = match status {
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "api_error",
        _ => "invalid_request_error",
    };
    let error = json!({ "type": kind, "code": code, "message": message });
    json_reply(status, &json!({ "error": error }))
}

/// 400: a parameter is wrong.
pub(super) fn bad_parameter(code: &str, parameter: &str) -> Reply {
    let error = json!({
        "type": "invalid_request_error", "code": code, "param": parameter,
        "message": format!("The parameter is not valid: {parameter}"),
    });
    json_reply(StatusCode::BAD_REQUEST, &json!({ "error": error }))
}

pub(super) fn not_found(id: &str) -> Reply {
    error(StatusCode::NOT_FOUND, "resource_missing", &format!("No such object: '{id}'"))
}
