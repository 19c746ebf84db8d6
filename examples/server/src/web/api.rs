//! The API for programs that hand in ready XML.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use ksef_audit::{EnvironmentType, First, NewSubmission, Row, Source};
use ksef_core::Sha256Digest;
use serde_json::{Value, json};

use super::Web;
use super::trouble::Trouble;
use crate::app::{AnyCompany, Served, each};
use crate::mapping::XML;

/// Takes an FA(2) or FA(3) under an `Idempotency-Key`: the same key and bytes again are the same
/// document. One that its rules refuse is recorded too, with the codes.
pub(super) async fn submit(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Trouble> {
    let company = company(&web, &headers)?;
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = key.filter(|key| (1..=190).contains(&key.len()));
    let key = key.ok_or(Trouble::Bad("name an Idempotency-Key of 1 to 190 characters"))?;
    let answer = each!(company, served => record(served, key, &body).await)?;
    Ok(json_response(StatusCode::ACCEPTED, &answer))
}

/// Where a document stands.
pub(super) async fn status(
    State(web): State<Web>,
    headers: HeaderMap,
    Path(number): Path<String>,
) -> Result<Response, Trouble> {
    let company = company(&web, &headers)?;
    let number: u64 = number.parse().map_err(|_| Trouble::NotFound)?;
    let answer = each!(company, served => {
        let id = served.company.ledger.submission_id(number).await?;
        as_json(number, &served.company.ledger.row(id).await?)
    });
    Ok(json_response(StatusCode::OK, &answer))
}

async fn record<E: EnvironmentType>(
    served: &Served<E>,
    key: &str,
    body: &Bytes,
) -> Result<Value, Trouble> {
    let company = &served.company;
    let first: First = company.read_xml(body);
    let source = Source { kind: XML, id: key.to_owned(), bytes: body.as_ref().into() };
    let new = NewSubmission { idempotency_key: format!("api:{key}"), source, first };
    let id = company.ledger.submit(new, company.now()).await?;
    Ok(as_json(id.number(), &company.ledger.row(id).await?))
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], value.to_string()).into_response()
}

fn as_json(number: u64, row: &Row) -> Value {
    json!({
        "number": number,
        "status": row.status.as_str(),
        "order_reference": row.order_reference,
        "ksef_number": row.ksef_number.map(|number| number.to_string()),
        "error": row.error,
        "attempt": row.attempt,
    })
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
