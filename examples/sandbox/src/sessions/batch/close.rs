//! `POST /sessions/batch/{referenceNumber}/close`

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;

use super::Part;
use super::process::Package;
use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, Refusal, Reply};
use crate::faults::{FaultKind, Moment};
use crate::sessions::online::{require_open, unavailable};
use crate::sessions::{Session, SessionKind, access};
use crate::world::World;

/// Packages that are longer than this are processed after the answer.
const LARGE: u64 = 1_000_000;

/// `POST /sessions/batch/{referenceNumber}/close`
pub(crate) fn close(call: &Call<'_>) -> Result<Reply, Refusal> {
    let package = {
        let mut world = call.world();
        let package = package(call, &mut world)?;
        if let Some(session) = world.sessions.get_mut(package.session) {
            session.closed_at = Some(call.now);
            session.updated_at = call.now;
        }
        package
    };
    if package.batch.file_size > LARGE {
        let sandbox = Arc::clone(call.sandbox);
        std::thread::spawn(move || package.process(&sandbox));
    } else {
        package.process(call.sandbox);
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// The package of the session, if the session can be closed.
fn package(call: &Call<'_>, world: &mut World) -> Result<Package, Refusal> {
    let session = batch_session(call, world)?;
    let number = session.reference_number;
    let is_late = session.closed_at.is_none() && session.valid_until <= call.now;
    if is_late {
        let detail = "Sesja anulowana, przekroczony czas wysyłki.";
        return Err(ExceptionCode::UploadTimedOut.detail(detail).into());
    }
    if let Some(FaultKind::SessionUnavailable) = world.fault(call.operation, Moment::SessionUse) {
        return Err(unavailable(number.as_str()).into());
    }
    let session = batch_session(call, world)?;
    require_open(call, session, "jej zamknięcie")?;
    let missing = || access::not_open(number.as_str());
    let batch = world.batches.get(number).ok_or_else(missing)?;
    let flaws: Vec<_> = batch.parts.iter().filter_map(Part::flaw).collect();
    if !flaws.is_empty() {
        return Err(Refusal::Invalid(flaws));
    }
    let package = Package {
        operation: call.operation,
        session: number,
        context: session.context,
        key: session.key.clone(),
        opened_at: session.opened_at,
        closed_at: call.now,
        rules: world.rules(session, ksef_fa::SessionKind::Batch, call),
        most_invoices: world.session_limits(&session.context).of(session.kind).invoices,
        batch: batch.clone(),
    };
    Ok(package)
}

fn batch_session<'w>(call: &Call<'_>, world: &'w World) -> Result<&'w Session, Refusal> {
    let session = access::session(call, world, access::not_found)?;
    match session.kind {
        SessionKind::Batch => Ok(session),
        SessionKind::Online => Err(access::not_found(session.reference_number.as_str()).into()),
    }
}

impl Part {
    /// Why the session cannot be closed with it.
    fn flaw(&self) -> Option<Exception> {
        let number = self.ordinal_number;
        let Some(length) = self.content.as_ref().map(Bytes::len) else {
            let detail = format!("Nie przesłano zadeklarowanej '{number}' części pliku.");
            return Some(ExceptionCode::EmptyPackage.detail(detail));
        };
        if u64::try_from(length) == Ok(self.size) {
            return None;
        }
        let detail =
            format!("Zadeklarowany rozmiar części '{number}' nie zgadza się z rzeczywistym.");
        Some(ExceptionCode::InvalidPartSize.detail(detail))
    }
}
