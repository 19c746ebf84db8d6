//! Exports: `POST /invoices/exports` and `GET /invoices/exports/{referenceNumber}`.
//!
//! A package is made when it is ordered, from what could be found at that time, and shown when it
//! is done. So its bytes stay the same, however often it is fetched.

mod package;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use ksef_core::{Clock, ContextIdentifier, ReferenceNumber, ReferenceNumberKind, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::metadata::BEYOND_AVAILABLE_DATA;
use super::query::{Filters, InvoiceQuery, high_water_mark};
use super::{StatusInfo, later};
use crate::archive::CompressionType;
use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, Refusal, Reply};
use crate::faults::{FaultKind, Moment};
use crate::sandbox::Shared;
use crate::sessions::EncryptionInfo;
use crate::storage::{self, EXPORT_PARTS};
use crate::world::World;

use package::{Package, Part};

/// How many exports of a subject may run in a context at once.
const MOST_RUNNING: usize = 10;

/// How long a package can be fetched, and how long the status of an export can be asked for
/// afterwards.
const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long the link to a part is good for.
const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// An export. Its status follows from this and the time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Export {
    pub(crate) reference_number: ReferenceNumber,
    /// On whose behalf it was ordered.
    context: ContextIdentifier,
    /// Who ordered it.
    subject: String,
    /// When it is done; never, if a fault says so.
    completed_at: Option<Timestamp>,
    outcome: Outcome,
}

/// What becomes of an export.
#[derive(Clone, Debug, Deserialize, Serialize)]
enum Outcome {
    /// Status 200.
    Package(Package),
    /// Any other final status.
    Failed { code: u16, details: Vec<String> },
}

/// `InvoiceExportRequest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportRequest {
    encryption: EncryptionInfo,
    filters: Filters,
    #[serde(default)]
    only_metadata: bool,
    compression_type: Option<CompressionType>,
}

/// `InvoiceExportStatusResponse`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportStatus<'a> {
    status: StatusInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_expiration_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<package::Description<'a>>,
}

/// `POST /invoices/exports`
pub(crate) fn order(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: ExportRequest = call.json()?;
    let query = request.filters.read("filters.", call.now)?;
    let key = request.encryption.decrypt(call)?;
    let caller = call.caller()?;
    if !query.subject_type.exists_in(&caller.context) {
        return Err(not_for_this_context(&query, &caller.context).into());
    }
    let (reference_number, fault) = {
        let mut world = call.world();
        require_room(call, &world)?;
        let number = world.reference_number(ReferenceNumberKind::ExportOrEnrollment, call.now);
        (number, world.fault(call.operation, Moment::ExportStart))
    };
    let completed_at = later(call.now, call.sandbox.config.delays.export);
    let is_beyond = query.date_range.begins_beyond(high_water_mark(call));
    let outcome = match (&fault, key) {
        (Some(FaultKind::InvoiceCancelled), _) => failed(550, CANCELLED),
        (Some(FaultKind::UnknownError), _) => Outcome::Failed { code: 500, details: Vec::new() },
        (_, None) => Outcome::Failed { code: 415, details: Vec::new() },
        _ if is_beyond => failed(420, BEYOND_AVAILABLE_DATA),
        (_, Some(key)) => {
            let compression = request.compression_type.unwrap_or_default();
            let selected =
                package::select(call, query, reference_number, compression, request.only_metadata)?;
            selected.pack(&key).map_or_else(
                |_| Outcome::Failed { code: 500, details: Vec::new() },
                Outcome::Package,
            )
        }
    };
    let export = Export {
        reference_number,
        context: caller.context,
        subject: caller.subject.clone(),
        completed_at: (fault != Some(FaultKind::ExportStuck)).then_some(completed_at),
        outcome,
    };
    call.world().exports.insert(reference_number.as_str(), export);
    Ok(Reply::json(StatusCode::CREATED, &json!({ "referenceNumber": reference_number })))
}

/// `GET /invoices/exports/{referenceNumber}`
pub(crate) fn status(call: &Call<'_>) -> Result<Reply, Refusal> {
    let missing = ExceptionCode::QueryResultNotFound;
    let number = call.reference_number("referenceNumber", missing)?;
    let context = &call.caller()?.context;
    let mut world = call.world();
    let fault = world.fault(call.operation, Moment::ExportParts);
    let export = world.exports.get(number).filter(|export| export.context == *context);
    let export = export.ok_or(missing)?;
    if export.is_forgotten(call.now) {
        return Err(Refusal::Gone);
    }
    let package = export.package_at(call.now);
    let completed_date = export.completed_at.filter(|at| *at <= call.now);
    let expiration = completed_date.map(|at| later(at, RETENTION));
    let described = package.map(|package| {
        let mut description = package.describe(|part| {
            let path = part_path(export.reference_number, part);
            storage::download_link(call, &path, LINK_LIFETIME)
        });
        if fault == Some(FaultKind::WrongPartHash) {
            description.falsify_hashes();
        }
        description
    });
    Ok(Reply::ok(&ExportStatus {
        status: export.status(call.now),
        completed_date,
        package_expiration_date: expiration.filter(|_| export.package().is_some()),
        package: described,
    }))
}

/// A part of a package behind a link.
pub(crate) fn part(sandbox: &Shared, export: &str, name: &str) -> Option<Bytes> {
    let now = sandbox.clock.now();
    let world = sandbox.world();
    let package = world.exports.get(export.to_ascii_uppercase())?.package_at(now)?;
    package.parts.iter().find(|part| part.name == name).map(|part| part.content.clone())
}

fn part_path(export: ReferenceNumber, part: &Part) -> String {
    format!("00/{}/{EXPORT_PARTS}/{}", export.as_str().to_ascii_lowercase(), part.name)
}

impl Export {
    const fn package(&self) -> Option<&Package> {
        match &self.outcome {
            Outcome::Package(package) => Some(package),
            Outcome::Failed { .. } => None,
        }
    }

    fn completed_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.completed_at.filter(|at| *at <= now)
    }

    /// The package, as long as it can be fetched.
    fn package_at(&self, now: Timestamp) -> Option<&Package> {
        let completed_at = self.completed_at(now)?;
        self.package().filter(|_| now < later(completed_at, RETENTION))
    }

    /// Whether not even its status is kept any more.
    fn is_forgotten(&self, now: Timestamp) -> bool {
        let weeks = if self.package().is_some() { 2 } else { 1 };
        let forgotten_at = |at| later(at, RETENTION.saturating_mul(weeks));
        self.completed_at(now).is_some_and(|at| forgotten_at(at) <= now)
    }

    fn status(&self, now: Timestamp) -> StatusInfo {
        if self.completed_at(now).is_none() {
            return status_info(100, Vec::new());
        }
        match &self.outcome {
            Outcome::Package(_) if self.package_at(now).is_none() => status_info(210, Vec::new()),
            Outcome::Package(_) => status_info(200, Vec::new()),
            Outcome::Failed { code, details } => status_info(*code, details.clone()),
        }
    }
}

/// Source: the table at `InvoiceExportStatusResponse.status` of the OpenAPI.
fn status_info(code: u16, details: Vec<String>) -> StatusInfo {
    let description = match code {
        100 => "Eksport faktur w toku",
        200 => "Eksport faktur zakończony sukcesem",
        210 => "Eksport faktur wygasł i nie jest już dostępny do pobrania",
        415 => "Błąd odszyfrowania dostarczonego klucza",
        420 => "Zakres filtrowania wykracza poza dostępny zakres danych",
        550 => "Operacja została anulowana przez system",
        _ => "Nieznany błąd (500)",
    };
    StatusInfo { code, description: description.into(), details, extensions: None }
}

/// The detail of status 550.
const CANCELLED: &str =
    "Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie";

fn failed(code: u16, detail: &str) -> Outcome {
    Outcome::Failed { code, details: vec![detail.to_owned()] }
}

fn require_room(call: &Call<'_>, world: &World) -> Result<(), Refusal> {
    let caller = call.caller()?;
    let is_own =
        |export: &&Export| export.context == caller.context && export.subject == caller.subject;
    let is_running = |export: &&Export| export.completed_at(call.now).is_none();
    let running = world.exports.values().filter(is_own).filter(is_running).count();
    if running < MOST_RUNNING {
        return Ok(());
    }
    let detail = format!(
        "Dla uwierzytelnionego podmiotu w bieżącym kontekście osiągnięto maksymalny limit \
         {MOST_RUNNING} równoczesnych eksportów faktur. Spróbuj ponownie później."
    );
    Err(ExceptionCode::TooManyExports.detail(detail).into())
}

fn not_for_this_context(query: &InvoiceQuery, context: &ContextIdentifier) -> Exception {
    ExceptionCode::InvalidExportRequest.detail(format!(
        "Nie można wyeksportować paczki faktur dla wybranego podmiotu ({:?}) i zalogowanego \
         identyfikatora kontekstu ({}).",
        query.subject_type,
        context.kind()
    ))
}
