//! Online sessions: open, send, close.

use std::num::NonZeroU64;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use ksef_core::{ReferenceNumber, ReferenceNumberKind, Sha256Digest};
use serde::Deserialize;
use serde_json::json;

use super::opening::{EncryptionInfo, FormCodeParts, validates_identifiers};
use super::{Session, SessionFailure, SessionKind, Tally, access};
use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, Refusal, Reply};
use crate::faults::{FaultKind, Moment};
use crate::invoices::checks::{Declared, Judged, Rules, judge_encrypted};
use crate::invoices::{Arrival, Invoice, InvoicingMode, Rejection, Verdict, later};
use crate::keys::SessionKey;
use crate::world::World;

/// How long a session is open at most: `sesja-interaktywna.md`.
const VALIDITY: Duration = Duration::from_secs(12 * 60 * 60);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenOnlineSession {
    form_code: FormCodeParts,
    encryption: EncryptionInfo,
}

/// `POST /sessions/online`
pub(crate) fn open(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: OpenOnlineSession = call.json()?;
    let caller = call.caller()?;
    let environment = call.sandbox.config.environment;
    let form_code = request.form_code.accept(environment, &caller.context)?;
    let key = request.encryption.decrypt(call)?;
    let key = match call.fault(Moment::SessionOpening) {
        Some(FaultKind::SessionKeyRace) => None,
        _ => key,
    };
    let delay = call.sandbox.config.delays.session_key;
    let failure = key.is_none().then(|| SessionFailure {
        code: 415,
        details: Vec::new(),
        at: later(call.now, delay),
    });
    let valid_until = later(call.now, VALIDITY);
    let mut world = call.world();
    let reference_number = world.reference_number(ReferenceNumberKind::OnlineSession, call.now);
    let session = Session {
        reference_number,
        kind: SessionKind::Online,
        form_code,
        context: caller.context,
        subject: caller.subject.clone(),
        login_proof: caller.login_proof()?,
        key,
        failure,
        validates_identifiers: validates_identifiers(call),
        opened_at: call.now,
        valid_until,
        closed_at: None,
        processed_at: None,
        updated_at: call.now,
        invoices: Vec::new(),
        tally: Tally::default(),
        upo_pages: Vec::new(),
    };
    world.sessions.insert(reference_number.as_str(), session);
    let body = json!({ "referenceNumber": reference_number, "validUntil": valid_until });
    Ok(Reply::json(StatusCode::CREATED, &body))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendInvoice {
    invoice_hash: Sha256Digest,
    invoice_size: NonZeroU64,
    encrypted_invoice_hash: Sha256Digest,
    encrypted_invoice_size: NonZeroU64,
    encrypted_invoice_content: String,
    #[serde(default)]
    offline_mode: bool,
    hash_of_corrected_invoice: Option<Sha256Digest>,
}

/// What has to be known of an open session to send in it.
struct OpenSession {
    reference_number: ReferenceNumber,
    key: Option<SessionKey>,
    rules: Rules,
}

/// `POST /sessions/online/{referenceNumber}/invoices`
///
/// The order in which it refuses: body, session, its context, maintenance, its status, its limit,
/// encrypted size, encrypted hash, technical correction.
pub(crate) fn send(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: SendInvoice = call.json()?;
    let ciphertext = STANDARD
        .decode(&request.encrypted_invoice_content)
        .map_err(|_| invalid("'encryptedInvoiceContent' is not in the correct format."))?;
    let corrects = request.hash_of_corrected_invoice;
    if corrects.is_some() && !request.offline_mode {
        let detail = "'offlineMode' must be true when 'hashOfCorrectedInvoice' is given.";
        return Err(invalid(detail).into());
    }
    let session = {
        let mut world = call.world();
        let session = open_session(call, &mut world, corrects.is_some())?;
        check_ciphertext(&request, &ciphertext)?;
        if let Some(hash) = corrects {
            check_correction(call, &world, &hash)?;
        }
        session
    };
    let declared = Declared { hash: request.invoice_hash, size: request.invoice_size.get() };
    let judged = match &session.key {
        Some(key) => judge_encrypted(&ciphertext, key, declared, &session.rules),
        None => Judged::unread(Rejection::plain(405)),
    };
    let mut world = call.world();
    // It may have been closed, or filled by others, in the meantime.
    require_room(call, &world)?;
    let delays = &call.sandbox.config.delays;
    let reference_number = world.receive(Arrival {
        operation: call.operation,
        session: session.reference_number,
        context: &call.caller()?.context,
        judged,
        hash: declared.hash,
        is_offline: request.offline_mode,
        corrects,
        file_name: None,
        invoicing_date: call.now,
        now: call.now,
        processing_at: later(call.now, delays.invoice_processing),
        final_at: later(call.now, delays.invoice),
        storage_delay: delays.permanent_storage,
    });
    if let Some(session) = world.sessions.get_mut(session.reference_number) {
        session.updated_at = call.now;
    }
    let body = json!({ "referenceNumber": reference_number });
    Ok(Reply::json(StatusCode::ACCEPTED, &body))
}

/// `POST /sessions/online/{referenceNumber}/close`
pub(crate) fn close(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut world = call.world();
    let session = online_session(call, &world)?;
    let number = session.reference_number;
    require_open(call, session, "jej zamknięcie")?;
    if let Some(session) = world.sessions.get_mut(number) {
        session.closed_at = Some(call.now);
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// The session, if an invoice can be sent in it now.
fn open_session(
    call: &Call<'_>,
    world: &mut World,
    is_correction: bool,
) -> Result<OpenSession, Refusal> {
    online_session(call, world)?;
    if let Some(FaultKind::SessionUnavailable) = world.fault(call.operation, Moment::SessionUse) {
        return Err(unavailable(call.parameter("referenceNumber")).into());
    }
    let session = require_room(call, world)?;
    let kind = if is_correction {
        ksef_fa::SessionKind::TechnicalCorrection
    } else {
        ksef_fa::SessionKind::Online
    };
    Ok(OpenSession {
        reference_number: session.reference_number,
        key: session.key.clone(),
        rules: world.rules(session, kind, call),
    })
}

fn online_session<'w>(call: &Call<'_>, world: &'w World) -> Result<&'w Session, Refusal> {
    let session = access::session(call, world, access::not_open)?;
    match session.kind {
        SessionKind::Online => Ok(session),
        SessionKind::Batch => Err(access::not_open(session.reference_number.as_str()).into()),
    }
}

/// The session, if it is open and takes one more invoice.
fn require_room<'w>(call: &Call<'_>, world: &'w World) -> Result<&'w Session, Refusal> {
    let session = online_session(call, world)?;
    require_open(call, session, "wysyłkę faktur")?;
    let limit = world.session_limits(&session.context).of(session.kind).invoices;
    if session.invoices.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
        let detail = format!(
            "Sesja o numerze referencyjnym {} osiągnęła dozwolony limit liczby faktur {limit}.",
            session.reference_number
        );
        return Err(ExceptionCode::TooManyInvoices.detail(detail).into());
    }
    Ok(session)
}

/// That its status is 100; `purpose` is what it would be open for.
pub(super) fn require_open(
    call: &Call<'_>,
    session: &Session,
    purpose: &str,
) -> Result<(), Exception> {
    let code = session.status(call.sandbox.config.delays.session, call.now).code;
    if code == 100 {
        return Ok(());
    }
    let detail = format!("Status sesji ({code}) uniemożliwia {purpose}.");
    Err(ExceptionCode::SessionStatusForbids.detail(detail))
}

fn check_ciphertext(request: &SendInvoice, ciphertext: &[u8]) -> Result<(), Exception> {
    let size = u64::try_from(ciphertext.len()).unwrap_or(u64::MAX);
    if size != request.encrypted_invoice_size.get() {
        let detail = "Długość treści nie zgadza się z rozmiarem pliku.";
        return Err(ExceptionCode::InvalidFileSize.detail(detail));
    }
    if Sha256Digest::of(ciphertext) != request.encrypted_invoice_hash {
        let detail = "Skrót treści nie zgadza się ze skrótem pliku.";
        return Err(ExceptionCode::InvalidFileHash.detail(detail));
    }
    Ok(())
}

/// That the document with this hash may be replaced: `offline/korekta-techniczna.md`.
///
/// It was sent offline in this context, and rejected for something else than rights.
fn check_correction(call: &Call<'_>, world: &World, hash: &Sha256Digest) -> Result<(), Refusal> {
    let context = &call.caller()?.context;
    let is_own = |invoice: &&Invoice| {
        world.sessions.get(invoice.session).is_some_and(|session| session.context == *context)
    };
    let numbers = world.ledger.with_hash(hash).iter();
    let sent: Vec<&Invoice> =
        numbers.filter_map(|number| world.invoices.get(number)).filter(is_own).collect();
    if sent.is_empty() {
        let detail = "Nie znaleziono faktury o podanym skrócie.";
        return Err(ExceptionCode::TechnicalCorrectionUnavailable.detail(detail).into());
    }
    if sent.iter().any(|invoice| invoice.verdict.accepted().is_some()) {
        let detail = "Nie można wysłać korekty technicznej do prawidłowo przetworzonej faktury.";
        return Err(ExceptionCode::TechnicalCorrectionNotAllowed.detail(detail).into());
    }
    if world.ledger.correction_of(hash).is_some() {
        let detail = "Faktura posiada już przetworzoną prawidłowo korektę techniczną.";
        return Err(ExceptionCode::TechnicalCorrectionUnavailable.detail(detail).into());
    }
    let is_correctable = |invoice: &&Invoice| {
        let verdict = invoice.verdict_at(call.now);
        let is_technical = matches!(verdict, Some(Verdict::Rejected(found)) if found.code != 410);
        is_technical && invoice.mode == InvoicingMode::Offline
    };
    if sent.iter().any(is_correctable) {
        return Ok(());
    }
    let detail = "Korekta techniczna dotyczy wyłącznie faktur offline odrzuconych z przyczyn \
                  technicznych.";
    Err(ExceptionCode::TechnicalCorrectionNotAllowed.detail(detail).into())
}

pub(super) fn unavailable(number: &str) -> Exception {
    ExceptionCode::SessionUnavailable.detail(format!(
        "Trwają prace serwisowe i sesja {number} jest tymczasowo niedostępna. Spróbuj ponownie \
         później lub otwórz nową sesję, aby wysłać kolejne faktury."
    ))
}

fn invalid(detail: &str) -> Exception {
    ExceptionCode::InvalidInput.detail(detail)
}
