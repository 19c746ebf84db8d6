//! Exports of the current filter, sent as they are made. Each stands in the log with the name of who
//! took it away.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::stream;
use ksef_audit::export::ExportError;
use ksef_audit::{EnvironmentType, Error, ExportRequest, ExportSink};
use ksef_core::Timestamp;
use ksef_core::port::BoxFuture;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

use super::Web;
use super::log::filter;
use super::named::Named;
use super::order::download;
use super::page::Form;
use super::trouble::Trouble;
use crate::app::{App, Served, each};

/// How many pieces wait for whoever reads slowly.
const AHEAD: usize = 4;

/// An export reads one state of the ledger, and nobody keeps that state for longer by not reading.
const PATIENCE: Duration = Duration::from_secs(60);

/// What can be taken away.
#[derive(Clone, Copy, Debug)]
enum Export {
    Csv,
    Invoices,
    Receipts,
    Bundle,
}

/// Who takes what.
struct Wish {
    export: Export,
    filter: ksef_audit::query::Filter,
    person: String,
    now: Timestamp,
}

/// A piece of an export; an error breaks the download off, so that nobody takes it for whole.
type Piece = Result<Bytes, io::Error>;

/// Hands pieces on to the response.
struct Pipe(Sender<Piece>);

impl ExportSink for Pipe {
    fn write(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), ExportError>> {
        Box::pin(async move {
            match timeout(PATIENCE, self.0.send(Ok(bytes.into()))).await {
                Ok(Ok(())) => Ok(()),
                _ => Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
            }
        })
    }
}

pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(file): Named,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let export = match file.as_str() {
        "audit.csv" => Export::Csv,
        "invoices.zip" => Export::Invoices,
        "receipts.zip" => Export::Receipts,
        "evidence.zip" => Export::Bundle,
        _ => return Err(Trouble::NotFound),
    };
    let filter = filter(&Form::read(query.unwrap_or_default().as_bytes()))?;
    let wish = Wish { export, filter, person: visitor.name.clone(), now: web.app.clock.now() };
    each!(visitor.company, served => {
        let pieces = begin(Arc::clone(&web.app), Arc::clone(served), wish).await?;
        Ok(download(served, &file, pieces))
    })
}

/// Begins the export; what fails before its first piece is told as every other failure.
async fn begin<E: EnvironmentType>(
    app: Arc<App>,
    served: Arc<Served<E>>,
    wish: Wish,
) -> Result<Body, Trouble> {
    let (sender, mut receiver) = channel(AHEAD);
    let made = tokio::spawn(async move {
        let failed = sender.clone();
        let done = write(&app, &served, &wish, &mut Pipe(sender)).await;
        if done.is_err() {
            // Whoever has gone is told nothing.
            let _ = failed.send(Err(io::Error::other("the export broke off"))).await;
        }
        done
    });
    match receiver.recv().await {
        Some(Ok(first)) => Ok(body(first, receiver)),
        _ => match made.await {
            Ok(Err(error)) => Err(error.into()),
            _ => Err(Trouble::Unavailable),
        },
    }
}

async fn write<E: EnvironmentType>(
    app: &App,
    served: &Served<E>,
    wish: &Wish,
    pipe: &mut Pipe,
) -> Result<(), Error> {
    let ledger = &served.company.ledger;
    let Wish { export, filter, person, now } = wish;
    let request = ExportRequest { filter: filter.clone(), person, now: *now };
    match export {
        Export::Csv => ledger.export_csv(&request, pipe).await,
        Export::Invoices => ledger.export_invoices(&request, pipe).await,
        Export::Receipts => ledger.export_upos(&request, pipe).await,
        Export::Bundle => ledger.export_bundle(&request, &app.checkpoints, pipe).await,
    }
}

fn body(first: Bytes, rest: Receiver<Piece>) -> Body {
    let pieces = stream::unfold((Some(first), rest), async |(first, mut rest)| {
        let piece = match first {
            Some(first) => Some(Ok(first)),
            None => rest.recv().await,
        };
        Some((piece?, (None, rest)))
    });
    Body::from_stream(pieces)
}
