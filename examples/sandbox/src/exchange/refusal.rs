//! `Refusal`, why a request gets no answer, in both of the forms that KSeF has for it.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, HeaderName, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode};
use ksef_core::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::reply::{Reply, to_json};
use crate::exception::{Exception, ExceptionCode};
use crate::operation::{Operation, Permission};

/// Why a request is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// 400: with one reason or several.
    Invalid(Vec<Exception>),
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden(ForbiddenReason),
    /// 404: no operation of the contract has this path.
    NoSuchPath,
    /// 405: the path has operations, but none with this method; these are those it has.
    MethodNotAllowed(Vec<Method>),
    /// 410: it was kept for its time.
    Gone,
    /// 413: the body is longer than any that is allowed. The real answer has no body either.
    TooLarge,
    /// 415: the body has another content type than the operation takes.
    UnsupportedMediaType,
    /// 429: a limit is exceeded; the sentence names it.
    TooManyRequests { retry_after: Duration, sentence: String },
    /// 501: the sandbox does not have this operation.
    NotImplemented(Operation),
    /// 5xx: as a fault asks for it.
    ServerError(StatusCode),
}

/// Why a caller may not do what it asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ForbiddenReason {
    /// The caller has none of the rights.
    MissingPermissions { required: &'static [Permission], present: Vec<Permission> },
    /// The caller's address is not one that it allowed at login.
    IpNotAllowed { client_ip: String },
    /// The resource belongs to another context.
    InsufficientResourceAccess,
    /// The operation needs another kind of login.
    AuthMethodNotAllowed { category: &'static str },
}

impl ForbiddenReason {
    fn code_and_security(&self) -> (&'static str, Option<Value>) {
        match self {
            Self::MissingPermissions { required, present } => (
                "missing-permissions",
                Some(json!({
                    "requiredAnyOfPermissions": required,
                    "presentPermissions": present,
                })),
            ),
            Self::IpNotAllowed { client_ip } => {
                ("ip-not-allowed", Some(json!({ "clientIp": client_ip })))
            }
            Self::InsufficientResourceAccess => ("insufficient-resource-access", None),
            Self::AuthMethodNotAllowed { category } => (
                "auth-method-not-allowed",
                Some(json!({ "authenticationMethodCategory": category })),
            ),
        }
    }
}

impl From<Exception> for Refusal {
    fn from(exception: Exception) -> Self {
        Self::Invalid(vec![exception])
    }
}

impl From<ExceptionCode> for Refusal {
    fn from(code: ExceptionCode) -> Self {
        code.plain().into()
    }
}

impl From<ForbiddenReason> for Refusal {
    fn from(reason: ForbiddenReason) -> Self {
        Self::Forbidden(reason)
    }
}

/// What an error says about the request that it answers.
pub(crate) struct Occasion<'a> {
    /// The path with `/v2`.
    pub(crate) path: &'a str,
    /// Names the request in both forms, 32 hexadecimal digits.
    pub(crate) trace_id: String,
    pub(crate) now: Timestamp,
    /// Whether the caller asked for problem details.
    pub(crate) as_problem: bool,
}

impl<'a> Occasion<'a> {
    pub(crate) fn of(request: &'a Request<Bytes>, trace_id: String, now: Timestamp) -> Self {
        let format = request.headers().get(ERROR_FORMAT).and_then(|value| value.to_str().ok());
        let as_problem =
            format.is_some_and(|format| format.eq_ignore_ascii_case("problem-details"));
        Self { path: request.uri().path(), trace_id, now, as_problem }
    }
}

/// RFC 9457, with the members that the contract adds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(flatten)]
    extra: Value,
    trace_id: &'a str,
    timestamp: Timestamp,
}

impl Refusal {
    pub(crate) fn into_response(self, occasion: &Occasion<'_>) -> Response<Bytes> {
        let reply = match &self {
            Self::Invalid(exceptions) if occasion.as_problem => {
                let errors: Vec<_> = exceptions.iter().map(Exception::as_api_error).collect();
                self.problem(occasion, "Żądanie jest nieprawidłowe.", json!({ "errors": errors }))
            }
            Self::Invalid(exceptions) => exception_response(exceptions, occasion),
            Self::Unauthorized => {
                self.problem(occasion, "Wymagane jest uwierzytelnienie.", Value::Null)
            }
            Self::Forbidden(reason) => {
                let (code, security) = reason.code_and_security();
                let mut extra = json!({ "reasonCode": code });
                if let (Some(members), Some(security)) = (extra.as_object_mut(), security) {
                    members.insert("security".to_owned(), security);
                }
                self.problem(occasion, "Brak dostępu do wskazanego zasobu.", extra)
            }
            Self::Gone => self.problem(occasion, "Zasób nie jest już dostępny.", Value::Null),
            Self::TooManyRequests { retry_after, sentence } => self
                .too_many_requests(occasion, sentence)
                .header(RETRY_AFTER, &retry_after.as_secs().max(1).to_string()),
            Self::NotImplemented(operation) => self.problem(
                occasion,
                &format!("The sandbox does not have this operation: {}", operation.name()),
                Value::Null,
            ),
            Self::ServerError(status) => exception_body(
                *status,
                &[json!({
                    "exceptionCode": status.as_u16(),
                    "exceptionDescription": "Wystąpił nieoczekiwany błąd.",
                })],
                occasion,
            ),
            Self::TooLarge => Reply::empty(StatusCode::PAYLOAD_TOO_LARGE),
            Self::MethodNotAllowed(methods) => {
                let allowed: Vec<_> = methods.iter().map(Method::as_str).collect();
                self.problem(occasion, self.title(), Value::Null).header(ALLOW, &allowed.join(", "))
            }
            Self::NoSuchPath | Self::UnsupportedMediaType => {
                self.problem(occasion, self.title(), Value::Null)
            }
        };
        reply.into_response()
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Gone => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            Self::ServerError(status) => *status,
        }
    }

    fn title(&self) -> &'static str {
        self.status().canonical_reason().unwrap_or("Error")
    }

    fn problem(&self, occasion: &Occasion<'_>, detail: &str, extra: Value) -> Reply {
        let problem = Problem {
            title: self.title(),
            status: self.status().as_u16(),
            detail,
            instance: occasion.path,
            extra,
            trace_id: &occasion.trace_id,
            timestamp: occasion.now,
        };
        Reply::with_content(self.status(), "application/problem+json", to_json(&problem))
    }

    fn too_many_requests(&self, occasion: &Occasion<'_>, sentence: &str) -> Reply {
        if occasion.as_problem {
            return self.problem(occasion, sentence, Value::Null);
        }
        let status = json!({ "code": 429, "description": self.title(), "details": [sentence] });
        Reply::json(self.status(), &json!({ "status": status }))
    }
}

fn exception_response(exceptions: &[Exception], occasion: &Occasion<'_>) -> Reply {
    let details: Vec<_> = exceptions.iter().map(Exception::as_exception_details).collect();
    exception_body(StatusCode::BAD_REQUEST, &details, occasion)
}

fn exception_body(
    status: StatusCode,
    details: &[impl Serialize],
    occasion: &Occasion<'_>,
) -> Reply {
    let span = occasion.trace_id.get(..16).unwrap_or_default();
    let body = json!({ "exception": {
        "exceptionDetailList": details,
        "serviceCode": format!("00-{}-{span}-01", occasion.trace_id),
        "timestamp": occasion.now,
    } });
    Reply::json(status, &body)
}

/// The request header that asks for problem details.
const ERROR_FORMAT: HeaderName = HeaderName::from_static("x-error-format");
