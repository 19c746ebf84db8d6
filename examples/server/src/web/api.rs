//! The API for programs that hand in ready documents.

mod openapi;
mod problem;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use ksef_audit::{EnvironmentType, First, NewSubmission, Row, Source};
use ksef_core::submission::ReasonCode;
use ksef_core::{Sha256Digest, SubmissionStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::Web;
use super::named::Named;
use super::trouble::Trouble;
use crate::app::{AnyCompany, Served, each};
use crate::mapping::{JSON, XML};
use crate::ready::Ready;
pub(super) use openapi::openapi;
use problem::Problem;

/// Where a document stands.
#[derive(Debug, Serialize, ToSchema)]
struct Document {
    /// Its number, as the addresses of the API and of the pages have it.
    number: u64,
    /// Its status.
    #[schema(schema_with = openapi::statuses)]
    status: &'static str,
    /// The number that the seller gave it, `P_2`.
    order_reference: Option<String>,
    /// The number that KSeF gave it.
    ksef_number: Option<String>,
    /// Why it is refused, rejected or waiting.
    error: Option<String>,
    /// How many times a request with it was about to leave.
    attempt: u32,
}

/// Takes a document.
///
/// The same `Idempotency-Key` with the same bytes is the same document, however often it comes. A
/// document that is not valid is recorded as FAILED and not sent; the answer has every issue.
#[utoipa::path(
    post,
    path = "/api/documents",
    params(
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 190,
            description = "A name of your own for this document."),
    ),
    request_body(
        description = "An FA(3) or FA(2): as the JSON of the model of `ksef-fa`, in which every \
            value is a string, or as XML, whose bytes are kept and sent as they are.",
        content((Object = "application/json"), (String = "application/xml")),
    ),
    responses(
        (status = 202, description = "It is recorded, and will be sent.", body = Document),
        (status = 400, description = "The key is missing, or the JSON is not that of an invoice.",
            body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such key of a company.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The Idempotency-Key was used for another document.",
            body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "It is larger than any document that KSeF takes.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is not valid; it is recorded as FAILED.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "It could not be recorded. Nothing was done; try again.",
            body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(super) async fn submit(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let company = company(&web, &headers)?;
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = key.filter(|key| (1..=190).contains(&key.len()));
    let key = key.ok_or(Trouble::Bad("name an Idempotency-Key of 1 to 190 characters"))?;
    let body = body.map_err(|_| Trouble::TooLarge)?;
    let document = each!(company, served => record(served, key, kind(&headers), &body).await)?;
    Ok(json(StatusCode::ACCEPTED, "application/json", &document))
}

/// Says where a document stands.
#[utoipa::path(
    get,
    path = "/api/documents/{number}",
    params(("number" = u64, Path, description = "The number that handing it in answered with.")),
    responses(
        (status = 200, description = "Where it stands.", body = Document),
        (status = 404, description = "There is no such document, or no such key of a company.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "It could not be read; try again.",
            body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(super) async fn status(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
) -> Result<Response, Problem> {
    let company = company(&web, &headers)?;
    let document = each!(company, served => {
        let id = super::order::id(served, &number).await?;
        let row = served.company.ledger.row(id).await.map_err(Trouble::from)?;
        Document::new(id.number(), &row)
    });
    Ok(json(StatusCode::OK, "application/json", &document))
}

async fn record<E: EnvironmentType>(
    served: &Served<E>,
    key: &str,
    kind: ReasonCode,
    body: &Bytes,
) -> Result<Document, Problem> {
    let company = &served.company;
    let Ready { first, report } = company.read_ready(kind, body)?;
    let is_refused = matches!(first, First::Refused(_));
    let source = Source { kind, id: key.to_owned(), bytes: body.as_ref().into() };
    let new = NewSubmission { idempotency_key: format!("api:{key}"), source, first };
    let id = company.ledger.submit(new, company.now()).await.map_err(Trouble::from)?;
    let row = company.ledger.row(id).await.map_err(Trouble::from)?;
    let document = Document::new(id.number(), &row);
    if row.status == SubmissionStatus::Failed && is_refused {
        return Err(Problem::invalid(document, &report, kind == XML));
    }
    Ok(document)
}

/// What is not said to be JSON is taken for XML.
fn kind(headers: &HeaderMap) -> ReasonCode {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if kind.starts_with(b"application/json") { JSON } else { XML }
}

fn json(status: StatusCode, kind: &'static str, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let kind = HeaderValue::from_static(kind);
            (status, [(header::CONTENT_TYPE, kind)], body).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Document {
    fn new(number: u64, row: &Row) -> Self {
        Self {
            number,
            status: row.status.as_str(),
            order_reference: row.order_reference.clone(),
            ksef_number: row.ksef_number.map(|number| number.to_string()),
            error: row.error.clone(),
            attempt: row.attempt,
        }
    }
}

/// The company whose key the request has. Digests are compared, so that the time it takes says
/// nothing of the key.
fn company(web: &Web, headers: &HeaderMap) -> Result<AnyCompany, Trouble> {
    let key = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = key.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Trouble::NotFound)?;
    let digest = Some(Sha256Digest::of(key.as_bytes()));
    let has_key = |company: &&AnyCompany| each!(company, served => served.api_key == digest);
    web.app.companies().iter().find(has_key).cloned().ok_or(Trouble::NotFound)
}
