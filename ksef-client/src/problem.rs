//! `Problem`, how KSeF refuses.

use core::fmt;
use core::time::Duration;

use http::{HeaderMap, Response, StatusCode, header};
use ksef_core::submission::Refusal;

use crate::wire::operation::Operation;
use crate::wire::problem::{ErrorBody, ExceptionDetail, ProblemBody};

/// KSeF refused a request, and says why.
///
/// This is one type for the forms that KSeF answers with: `application/problem+json` of 400, 401,
/// 403, 410 and 429, and the deprecated `ExceptionResponse`. What KSeF says in free text may hold
/// identifiers; it is kept for whoever asks, and shown neither by `Display` nor by `Debug`.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// What was asked for; none for links into the storage.
    pub operation: Option<Operation>,
    /// The status of HTTP.
    pub http_status: u16,
    /// What KSeF names as reasons, with its own codes.
    pub errors: Vec<ApiError>,
    /// `title` or `detail`, in the words of KSeF.
    pub detail: Option<String>,
    /// Why a 403 was given (`reasonCode`), for example `missing-permissions`.
    pub reason_code: Option<String>,
    /// For `missing-permissions`: the permissions of which one is needed.
    pub required_permissions: Vec<String>,
    /// What to tell the Ministry's support: `traceId`, `serviceCode`, or the id of an incident.
    pub trace_id: Option<String>,
    /// After how long KSeF asks to come again (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// One reason of a refusal (`exceptionCode`; KSeF API, section on errors).
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// KSeF's own code, for example 21405.
    pub code: u32,
    /// The description that belongs to the code, in Polish.
    pub description: String,
    /// What exactly, in the words of KSeF. It may quote identifiers.
    pub details: Vec<String>,
}

impl Problem {
    /// The invoice's session cannot be used in its status: it is closed, or its key was not read.
    pub(crate) const SESSION_STATUS: u32 = 21_180;
    /// A public key that is withdrawn or unknown.
    pub(crate) const UNKNOWN_KEY: u32 = 21_470;
    /// No session of this number.
    pub(crate) const UNKNOWN_SESSION: u32 = 21_173;
    /// No such invoice, or not for us.
    pub(crate) const UNKNOWN_INVOICE: u32 = 21_164;
    /// The invoice is accepted and not stored yet.
    pub(crate) const NOT_STORED_YET: u32 = 21_165;
    /// The range begins after the time up to which storage is complete.
    #[cfg(feature = "batch")]
    pub(crate) const BEYOND_HWM: u32 = 21_183;
    /// No UPO, or none yet.
    pub(crate) const NO_UPO: u32 = 21_178;

    pub(crate) fn of(operation: Option<Operation>, response: &Response<impl AsRef<[u8]>>) -> Self {
        // Pages of a firewall and XML of the storage have no members that are known here.
        let body = serde_json::from_slice::<ProblemBody>(response.body().as_ref());
        let body = body.unwrap_or_default();
        let (exceptions, service_code) =
            body.exception.map_or_else(Default::default, |exception| {
                (exception.exception_detail_list.unwrap_or_default(), exception.service_code)
            });
        let errors = body.errors.unwrap_or_default().into_iter().map(ApiError::from);
        let errors = errors.chain(exceptions.into_iter().map(ApiError::from)).collect();
        let security = body.security.unwrap_or_default();
        let older = body.status.and_then(|status| status.details?.into_iter().next());
        Self {
            operation,
            http_status: response.status().as_u16(),
            errors,
            detail: body.detail.or(older).or(body.title),
            reason_code: body.reason_code,
            required_permissions: security.required_any_of_permissions.unwrap_or_default(),
            trace_id: body.trace_id.or(service_code).or(security.incident_id),
            retry_after: retry_after(response.headers()),
        }
    }

    /// Whether KSeF names this code among its reasons.
    #[must_use]
    pub fn has_code(&self, code: u32) -> bool {
        self.errors.iter().any(|error| error.code == code)
    }

    /// Whether the same request can succeed later: KSeF asks for a pause.
    #[must_use]
    pub fn is_about_pace(&self) -> bool {
        self.http_status == StatusCode::TOO_MANY_REQUESTS.as_u16()
    }

    /// The two numbers that the submission protocol decides by.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let code = self.errors.first().map(|error| error.code);
        Refusal { http_status: self.http_status, code }
    }
}

/// `Retry-After` in seconds, which is the form that KSeF uses.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

impl From<ErrorBody> for ApiError {
    fn from(body: ErrorBody) -> Self {
        let (description, details) = (body.description, body.details);
        Self {
            code: body.code,
            description: description.unwrap_or_default(),
            details: details.unwrap_or_default(),
        }
    }
}

impl From<ExceptionDetail> for ApiError {
    fn from(body: ExceptionDetail) -> Self {
        let (description, details) = (body.exception_description, body.details);
        Self {
            code: body.exception_code,
            description: description.unwrap_or_default(),
            details: details.unwrap_or_default(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation {
            Some(operation) => {
                write!(f, "KSeF refused {operation} with HTTP {}", self.http_status)?
            }
            None => write!(f, "the storage refused with HTTP {}", self.http_status)?,
        }
        if let Some(reason) = &self.reason_code {
            write!(f, " ({reason})")?;
        }
        self.errors.iter().try_for_each(|error| write!(f, "; {error}"))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.description)
    }
}

impl core::error::Error for Problem {}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("operation", &self.operation)
            .field("http_status", &self.http_status)
            .field("errors", &self.errors)
            .field("reason_code", &self.reason_code)
            .field("required_permissions", &self.required_permissions)
            .field("trace_id", &self.trace_id)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("code", &self.code)
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16, body: &str) -> Problem {
        let response = Response::builder().status(status).header("Retry-After", "30");
        Problem::of(None, &response.body(body.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn both_forms_of_a_refusal_are_read() {
        let newer = r#"{"title":"Bad Request","status":400,"detail":"x","errors":[
            {"code":21405,"description":"A","details":["B"]},{"code":21157}],"traceId":"t"}"#;
        let older = r#"{"exception":{"exceptionDetailList":[{"exceptionCode":21405,
            "exceptionDescription":"A","details":["B"]},{"exceptionCode":21157}],
            "serviceCode":"t","timestamp":"2026-03-08T11:11:11.0518858Z"}}"#;
        for body in [newer, older] {
            let problem = problem(400, body);
            assert!(problem.has_code(21_405) && problem.has_code(21_157));
            assert_eq!(problem.trace_id.as_deref(), Some("t"));
            assert_eq!(problem.refusal(), Refusal { http_status: 400, code: Some(21_405) });
            assert_eq!(problem.errors.first().unwrap().details, ["B"]);
        }
    }

    #[test]
    fn all_forms_of_429_name_the_pause() {
        let older = r#"{"status":{"code":429,"description":"Too Many Requests","details":["w"]}}"#;
        for body in [older, r#"{"status":429,"detail":"w"}"#, "<html>", ""] {
            let problem = problem(429, body);
            assert!(problem.is_about_pace());
            assert_eq!(problem.retry_after, Some(Duration::from_secs(30)));
        }
    }

    #[test]
    fn a_403_says_which_permission_is_missing() {
        let problem = problem(
            403,
            r#"{"title":"Forbidden","status":403,"reasonCode":"missing-permissions",
            "security":{"requiredAnyOfPermissions":["InvoiceWrite"]}}"#,
        );
        assert_eq!(problem.required_permissions, ["InvoiceWrite"]);
        assert_eq!(problem.to_string(), "the storage refused with HTTP 403 (missing-permissions)");
    }

    #[test]
    fn what_ksef_says_in_free_text_is_not_shown() {
        let body = r#"{"detail":"5265877635","errors":[{"code":1,"details":["5265877635"]}]}"#;
        let problem = problem(400, body);
        for shown in [format!("{problem:?}"), format!("{problem:#?}"), problem.to_string()] {
            assert!(!shown.contains("5265877635"), "{shown}");
        }
    }
}
