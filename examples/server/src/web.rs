//! What is reached over HTTP: webhooks, the API, the pages.

mod api;
mod audit;
mod auth;
mod correction;
mod data;
mod export;
mod language;
mod log;
mod metrics;
mod named;
mod order;
mod page;
mod reason;
mod retention;
mod retry;
mod setup;
mod timeline;
mod trouble;
mod webhook;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};

use crate::app::App;
use auth::Sessions;
pub(crate) use auth::hash_password;
use trouble::Trouble;

/// Larger than any document that KSeF takes.
const MAX_BODY: usize = 4_000_000;

/// What every handler has.
#[derive(Clone, Debug)]
pub(crate) struct Web {
    app: Arc<App>,
    sessions: Arc<Sessions>,
}

/// All routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    let web = Web { app, sessions: Arc::default() };
    Router::new()
        .route("/", get(async || Redirect::to("/log")))
        .route("/health", get(async || "ok\n"))
        .route("/metrics", get(metrics::show))
        .route("/language/{language}", get(language::choose))
        .route("/style.css", get(style))
        .route("/data-and-security", get(data::page))
        .route("/login", get(auth::form).post(auth::log_in))
        .route("/logout", post(auth::log_out))
        .route("/log", get(log::page))
        .route("/documents/{number}", get(order::page))
        .route("/documents/{number}/invoice.xml", get(order::invoice))
        .route("/documents/{number}/upo.xml", get(order::upo))
        .route("/documents/{number}/correction", get(correction::form).post(correction::issue))
        .route("/documents/{number}/number", post(order::enter_number))
        .route("/documents/{number}/mark-failed", post(order::mark_failed))
        .route("/retry", get(retry::page).post(retry::order))
        .route("/audit", get(audit::page))
        .route("/retention", get(retention::page))
        .route("/export/{file}", get(export::page))
        .route("/settings", get(async || Redirect::to("/settings/connection")))
        .route("/settings/company", get(setup::company::page).post(setup::company::save))
        .route("/settings/company/api-key", post(setup::company::make_api_key))
        .route("/settings/connection", get(setup::connection::page).post(setup::connection::save))
        .route("/settings/environment", post(setup::connection::switch))
        .route("/settings/people", get(setup::people::page).post(setup::people::save))
        .route("/settings/stripe", get(setup::stripe::page).post(setup::stripe::save))
        .route("/webhooks/stripe/{endpoint}", post(webhook::receive))
        .route("/api/openapi.json", get(api::openapi))
        .route("/api/documents", post(api::submit))
        .route("/api/documents/{number}", get(api::status))
        .fallback(async || Trouble::NotFound)
        .method_not_allowed_fallback(async || Trouble::NotFound)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(guard))
        .with_state(web)
}

/// The headers that keep browsers from what they should not do.
async fn guard(request: axum::extract::Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 6] = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
                 frame-ancestors 'none'",
            ),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ];
    let began = Instant::now();
    let (method, route) = (request.method().clone(), request.extensions().get().cloned());
    let mut response = next.run(request).await.into_response();
    response.headers_mut().extend(HEADERS);
    tell(&method, route.as_ref(), response.status(), began);
    response
}

/// Says that a request was answered. The route has no ids in it, and some of those are secrets.
fn tell(method: &Method, route: Option<&MatchedPath>, status: StatusCode, began: Instant) {
    let route = route.map_or("none", MatchedPath::as_str);
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%method, route, status = status.as_u16(), milliseconds, "answered");
}

async fn style() -> impl axum::response::IntoResponse {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], include_str!("../templates/style.css"))
}
