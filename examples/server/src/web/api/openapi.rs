//! What the API is, for machines.

use axum::http::StatusCode;
use axum::response::Response;
use ksef_core::SubmissionStatus;
use ksef_fa::builder::{LineItem, Party};
use ksef_fa::model::{CountryCode, VatRate};
use ksef_fa::{InvoiceBuilder, Severity};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::json;

/// The API.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "ksef-server",
        description = "Hands invoices to KSeF, each once, and says where they stand. \
            Whoever has the key of a company acts for it, and sees its documents alone.",
    ),
    paths(super::submit, super::status, openapi),
    modifiers(&Rest),
)]
pub(super) struct Api;

/// What attributes cannot say.
struct Rest;

impl Modify for Rest {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let key = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        api.components.get_or_insert_default().add_security_scheme("key", key);
        let body = api.paths.paths.get_mut("/api/documents").and_then(|path| path.post.as_mut());
        if let Some(RefOr::T(body)) = body.and_then(|submit| submit.request_body.as_mut())
            && let Some(RefOr::T(json)) = body.content.get_mut("application/json")
        {
            json.example = example();
        }
    }
}

/// This file.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object)),
)]
pub(in crate::web) async fn openapi() -> Response {
    json(StatusCode::OK, "application/json", &Api::openapi())
}

pub(super) fn statuses() -> Object {
    let statuses = SubmissionStatus::ALL.map(SubmissionStatus::as_str);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(statuses)).build()
}

pub(super) fn severities() -> Object {
    let all = [Severity::Info, Severity::Warning, Severity::Error, Severity::Fatal];
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(all.map(Severity::as_str)))
        .build()
}

/// An ordinary invoice as JSON.
fn example() -> Option<Value> {
    let seller = Party::nip("9999999999", "Sprzedawca sp. z o.o.")
        .address(CountryCode::Pl, "ul. Przykładowa 1, 00-001 Warszawa");
    let buyer = Party::nip("1111111111", "Nabywca S.A.")
        .address(CountryCode::Pl, "ul. Inna 2, 30-001 Kraków");
    let invoice = InvoiceBuilder::new("2026-11-20T09:30:47Z")
        .number("FV/1/2026")
        .issued_on("2026-11-20")
        .seller(seller)
        .buyer(buyer)
        .line(LineItem::net("Konsultacje", "150.00", VatRate::Rate23).quantity("7.5").unit("h"))
        .build();
    serde_json::to_value(invoice.ok()?).ok()
}
