//! Exports of the current filter. Each stands in the log with the name of who took it away.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use ksef_audit::ExportRequest;

use super::Web;
use super::log::filter;
use super::order::download;
use super::page::Form;
use super::trouble::Trouble;
use crate::app::each;

pub(super) async fn csv(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let request = request(&web, &visitor.name, query)?;
    let mut bytes = Vec::new();
    each!(visitor.company, served => {
        served.company.ledger.export_csv(&request, &mut bytes).await?;
        Ok(download(served, "audit.csv", bytes))
    })
}

pub(super) async fn receipts(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let request = request(&web, &visitor.name, query)?;
    let mut bytes = Vec::new();
    each!(visitor.company, served => {
        served.company.ledger.export_upos(&request, &mut bytes).await?;
        Ok(download(served, "receipts.zip", bytes))
    })
}

pub(super) async fn bundle(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let request = request(&web, &visitor.name, query)?;
    let mut bytes = Vec::new();
    each!(visitor.company, served => {
        let ledger = &served.company.ledger;
        ledger.export_bundle(&request, &web.app.checkpoints, &mut bytes).await?;
        Ok(download(served, "evidence.zip", bytes))
    })
}

fn request<'a>(
    web: &Web,
    person: &'a str,
    query: Option<String>,
) -> Result<ExportRequest<'a>, Trouble> {
    let filter = filter(&Form::read(query.unwrap_or_default().as_bytes()))?;
    Ok(ExportRequest { filter, person, now: web.app.clock.now() })
}
