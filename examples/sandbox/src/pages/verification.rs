//! The targets of QR codes: whether an invoice is in the sandbox.

use askama::Template;
use bytes::Bytes;
use http::header::ACCEPT;
use http::{Request, StatusCode};
use ksef_core::{Clock, InvoiceDate, KsefNumber, Nip, Sha256Digest, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::overview::polish_time;
use super::{Answer, bad_request, html};
use crate::exchange::Reply;
use crate::invoices::Invoice;
use crate::sandbox::Shared;
use crate::world::World;

#[derive(Template)]
#[template(path = "verification.html")]
struct Verification<'a> {
    invoice: Option<&'a Found>,
    accepted_at: String,
    is_certificate: bool,
}

/// What is told about an invoice that was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    ksef_number: KsefNumber,
    invoice_number: String,
    seller_nip: Nip,
    issue_date: InvoiceDate,
    acquisition_date: Timestamp,
    /// The document with the hash was refused, and this one was accepted in its place.
    is_technical_correction: bool,
}

/// KOD I, `GET /invoice/{nip}/{DD-MM-YYYY}/{hash}`
pub(super) fn invoice(
    sandbox: &Shared,
    request: &Request<Bytes>,
    [nip, date, hash]: [&str; 3],
) -> Answer {
    let date = issue_date(date)
        .ok_or_else(|| bad_request("the second part is the date of issue: DD-MM-YYYY"))?;
    let found = find(sandbox, nip, hash)?.filter(|found| found.issue_date == date);
    answer(request, found.as_ref(), false)
}

/// KOD II, `GET /certificate/{type}/{context}/{nip}/{serial}/{hash}/{signature}`
pub(super) fn certificate(
    sandbox: &Shared,
    request: &Request<Bytes>,
    nip: &str,
    hash: &str,
) -> Answer {
    answer(request, find(sandbox, nip, hash)?.as_ref(), true)
}

fn find(sandbox: &Shared, nip: &str, hash: &str) -> Result<Option<Found>, super::Trouble> {
    let nip: Nip = nip.parse().map_err(|_| bad_request("the NIP of the seller has ten digits"))?;
    let hash = Sha256Digest::from_base64url(hash)
        .map_err(|_| bad_request("the hash is the SHA-256 in Base64url, without padding"))?;
    let found = Found::with_hash(&sandbox.world(), &hash, sandbox.clock.now());
    Ok(found.filter(|found| found.seller_nip == nip))
}

impl Found {
    fn with_hash(world: &World, hash: &Sha256Digest, now: Timestamp) -> Option<Self> {
        let originals = world.ledger.with_hash(hash).iter();
        let mut originals = originals.filter_map(|number| world.invoices.get(number));
        let original = originals.find_map(|invoice| Self::of(invoice, now));
        original.or_else(|| {
            let correction = world.ledger.correction_of(hash)?;
            let correction = Self::of(world.invoices.get(correction)?, now)?;
            Some(Self { is_technical_correction: true, ..correction })
        })
    }

    fn of(invoice: &Invoice, now: Timestamp) -> Option<Self> {
        let accepted = invoice.accepted_at(now)?;
        let summary = invoice.summary.as_ref()?;
        Some(Self {
            ksef_number: accepted.ksef_number,
            invoice_number: summary.invoice_number.clone(),
            seller_nip: summary.seller.nip,
            issue_date: summary.issue_date,
            acquisition_date: accepted.acquisition_date,
            is_technical_correction: false,
        })
    }
}

fn answer(request: &Request<Bytes>, found: Option<&Found>, is_certificate: bool) -> Answer {
    let status = if found.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    if wants_json(request) {
        let signature = is_certificate.then_some("notChecked");
        return Ok(Reply::json(status, &json!({ "invoice": found, "signature": signature })));
    }
    let accepted_at = found.map(|found| polish_time(found.acquisition_date)).unwrap_or_default();
    html(status, &Verification { invoice: found, accepted_at, is_certificate })
}

fn wants_json(request: &Request<Bytes>) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

/// `DD-MM-YYYY`.
fn issue_date(text: &str) -> Option<InvoiceDate> {
    let (day, rest) = text.split_once('-')?;
    let (month, year) = rest.split_once('-')?;
    format!("{year}-{month}-{day}").parse().ok()
}
