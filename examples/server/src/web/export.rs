//! Exports of the current filter.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::Web;
use super::log::filter;
use super::order::download;
use super::page::Form;
use super::trouble::Trouble;
use crate::app::each;
use crate::export::{self, Broken};

pub(super) async fn csv(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let filter = filter(&Form::read(query.unwrap_or_default().as_bytes()))?;
    each!(visitor.company, served => {
        let csv = export::csv(&served.company.ledger, &filter, Vec::new()).await?;
        Ok(download(served, "audit.csv", csv))
    })
}

pub(super) async fn receipts(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let filter = filter(&Form::read(query.unwrap_or_default().as_bytes()))?;
    each!(visitor.company, served => {
        let zip = export::receipts(&served.company.ledger, &filter, Vec::new()).await?;
        Ok(download(served, "receipts.zip", zip))
    })
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Ledger(error) => error.into(),
            Broken::Export(_) => Self::Unavailable,
        }
    }
}
