//! `Problem`, why the API did not do what it was asked for.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ksef_fa::{Language, Report, Severity};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Document, json};
use crate::mapping::ANOTHER_SELLER;
use crate::ready::JsonError;
use crate::web::trouble::Trouble;

/// Why the API did not do what it was asked for (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong, and what to do.
    detail: &'static str,
    /// Where the document stands, if it was recorded all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    document: Option<Document>,
    /// Everything that is to be said about the document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    issues: Vec<Issue>,
}

/// One thing to be said about a document. It has no value of the document.
#[derive(Debug, Serialize, ToSchema)]
struct Issue {
    /// A code that stays, as `S-PATTERN`; `JSON` where the JSON is not that of an invoice.
    code: String,
    /// How much it weighs; `Error` and `Fatal` make a document invalid.
    #[schema(schema_with = super::openapi::severities)]
    severity: &'static str,
    /// The element, as `/Faktura/Fa/P_15`; for `JSON` the field, as `body.p_1`.
    path: String,
    /// The line of the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    line: Option<usize>,
    /// The character in the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    column: Option<usize>,
    /// What is wrong.
    message: String,
    /// What may stand there: names, values, or a limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expected: Vec<String>,
}

impl Issue {
    fn another_seller() -> Self {
        Self {
            code: ANOTHER_SELLER.as_str().to_owned(),
            severity: Severity::Error.as_str(),
            path: "/Faktura/Podmiot1/DaneIdentyfikacyjne/NIP".to_owned(),
            line: None,
            column: None,
            message: "Another company is the seller.".to_owned(),
            expected: Vec::new(),
        }
    }
}

impl Problem {
    fn new(status: StatusCode, detail: &'static str) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail,
            document: None,
            issues: Vec::new(),
        }
    }

    /// The document is not valid. Places are those of the XML, so they say something only if that is
    /// what was handed in.
    pub(super) fn invalid(document: Document, report: &Report, has_places: bool) -> Self {
        let issues = report.issues().iter().map(|issue| {
            let place = |number: u32| usize::try_from(number).ok().filter(|_| has_places);
            Issue {
                code: issue.code().to_string(),
                severity: issue.severity().as_str(),
                path: issue.path().to_owned(),
                line: place(issue.position().line),
                column: place(issue.position().column),
                message: issue.text(Language::English),
                expected: issue.expected().map(str::to_owned).collect(),
            }
        });
        // What is valid and still refused is for another company to hand in.
        let another_seller = report.is_valid().then(Issue::another_seller);
        let issues = another_seller.into_iter().chain(issues);
        let detail = "the document is not valid; hand in a right one under another key";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        Self { document: Some(document), issues: issues.collect(), ..problem }
    }
}

/// The JSON is not that of an invoice. Nothing was recorded.
impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        let (path, error) = (error.path().to_string(), error.inner());
        let issue = Issue {
            code: "JSON".to_owned(),
            severity: "Fatal",
            path,
            line: Some(error.line()),
            column: Some(error.column()),
            message: error.to_string(),
            expected: Vec::new(),
        };
        let detail = "this is not the JSON of an invoice; mend it and send it again";
        Self { issues: vec![issue], ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let (status, text) = trouble.status_and_text();
        Self::new(status, text)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let mut response = json(status, "application/problem+json", &self);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}
