//! What KSeF answers.

use bytes::Bytes;
use http::header::{ALLOW, HeaderMap};
use http::{Request, Response, StatusCode};
use ksef_core::Sha256Digest;
use serde_json::Value;

use super::Contract;
use super::media::{JSON, PROBLEM, check_body, media_type};
use super::operation::{Answer, Operation};
use super::schema::Schema;
use super::violation::{Findings, Place};

const ERROR_FORMAT: &str = "X-Error-Format";
const PROBLEM_DETAILS: &str = "problem-details";

/// The one documented header that comes only now and then; the file itself requires none.
const OCCASIONAL_HEADER: &str = "X-System-Warning";

/// The documented header with the hash of the document in the body.
const HASH_HEADER: &str = "x-ms-meta-hash";

impl Operation {
    pub(super) fn check_response(
        &self,
        problem: &Schema,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        findings: &mut Findings,
    ) {
        let status = response.status();
        if let Some(answer) = self.answers.get(&status.as_u16()) {
            answer.check(request.headers(), response, findings);
        } else if self.may_refuse(status, request) {
            check_refusal(problem, response, findings);
        } else if status == StatusCode::NOT_IMPLEMENTED {
            check_problem(problem, response, findings);
            let body = value(response.body());
            let detail = body.get("detail").and_then(Value::as_str);
            if detail.is_some_and(|detail| !detail.contains(self.path())) {
                findings.report(&"body/detail", "does not name the operation");
            }
        } else {
            findings.report(&"status", "is none of the operation's");
        }
    }

    /// Whether a request may be refused before it is looked at.
    fn may_refuse(&self, status: StatusCode, request: &Request<Bytes>) -> bool {
        let body = request.body();
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => !body.is_empty(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                let kind = media_type(request.headers());
                let known = self.body.as_ref().zip(kind);
                !known.is_some_and(|(body, kind)| body.content.contains_key(kind))
            }
            _ => false,
        }
    }
}

impl Contract {
    /// An answer to a request for which the contract has no operation.
    pub(super) fn check_outside(
        &self,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        findings: &mut Findings,
    ) {
        let methods: Vec<&str> =
            self.methods(request.uri().path()).map(http::Method::as_str).collect();
        let expected = if methods.is_empty() {
            StatusCode::NOT_FOUND
        } else {
            check_allow(response.headers(), &methods, findings);
            StatusCode::METHOD_NOT_ALLOWED
        };
        if response.status() == expected {
            check_refusal(&self.document.problem, response, findings);
        } else {
            findings.report(&"status", format!("is not {}", expected.as_u16()));
        }
    }
}

fn check_allow(headers: &HeaderMap, methods: &[&str], findings: &mut Findings) {
    let allowed = headers.get(ALLOW).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_allowed = |method: &&str| allowed.split(',').any(|allowed| allowed.trim() == *method);
    if !methods.iter().all(is_allowed) {
        findings.report(&Place::Named("header", "Allow"), "does not name the methods");
    }
}

impl Answer {
    fn check(&self, asked: &HeaderMap, response: &Response<Bytes>, findings: &mut Findings) {
        self.check_headers(response, findings);
        let body = response.body();
        if self.content.is_empty() {
            if !body.is_empty() {
                findings.report(&"body", "is not empty");
            }
            return;
        }
        let Some((kind, schema)) = self.expected(asked, response.headers()) else {
            findings.report(
                &Place::Named("header", "Content-Type"),
                "is no content type of this answer to this request",
            );
            return;
        };
        check_body(kind, body, schema, findings);
        if kind == PROBLEM {
            check_problem_status(response, findings);
        }
    }

    /// The documented content type that the answer has. Of the two of an error, the request decides.
    fn expected(&self, asked: &HeaderMap, given: &HeaderMap) -> Option<(&str, &Schema)> {
        let kind = media_type(given)?;
        let wants_problem = asked
            .get(ERROR_FORMAT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(PROBLEM_DETAILS.as_bytes()));
        let unasked = if wants_problem { JSON } else { PROBLEM };
        let has_both = self.content.contains_key(JSON) && self.content.contains_key(PROBLEM);
        let (kind, schema) = self.content.get_key_value(kind)?;
        (!has_both || kind != unasked).then_some((kind.as_str(), schema))
    }

    fn check_headers(&self, response: &Response<Bytes>, findings: &mut Findings) {
        for (name, schema) in &self.headers {
            let place = Place::Named("header", name);
            let mut values = response.headers().get_all(name).iter();
            match (values.next(), values.next()) {
                (None, _) if name == OCCASIONAL_HEADER => {}
                (None, _) => findings.report(&place, "is missing"),
                (Some(_), Some(_)) => findings.report(&place, "is given more than once"),
                (Some(value), None) => match value.to_str() {
                    Ok(text) => schema.check(&schema.read(text), &place, findings),
                    Err(_) => findings.report(&place, "is not ASCII"),
                },
            }
            if name == HASH_HEADER {
                check_hash(response, &place, findings);
            }
        }
    }
}

fn check_hash(response: &Response<Bytes>, place: &Place<'_>, findings: &mut Findings) {
    let hash = Sha256Digest::of(response.body()).to_string();
    if response.headers().get(HASH_HEADER).is_some_and(|value| value != hash.as_str()) {
        findings.report(place, "is not the hash of the body");
    }
}

/// Empty, or a problem.
fn check_refusal(problem: &Schema, response: &Response<Bytes>, findings: &mut Findings) {
    if !response.body().is_empty() {
        check_problem(problem, response, findings);
    }
}

fn check_problem(problem: &Schema, response: &Response<Bytes>, findings: &mut Findings) {
    if media_type(response.headers()) != Some(PROBLEM) {
        findings.report(&Place::Named("header", "Content-Type"), "is not problem+json");
    }
    check_body(PROBLEM, response.body(), problem, findings);
    check_problem_status(response, findings);
}

/// A problem repeats the status of its answer (RFC 9457, section 3.1.2).
fn check_problem_status(response: &Response<Bytes>, findings: &mut Findings) {
    let status = value(response.body()).get("status").and_then(Value::as_u64);
    if status.is_some_and(|status| status != u64::from(response.status().as_u16())) {
        findings.report(&"body/status", "is not the status of the answer");
    }
}

/// The JSON of a body; null where it is none, which has been reported then.
fn value(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}
