//! What is told about one session and its invoices.

use ksef_core::{ReferenceNumber, Timestamp};
use serde::Serialize;

use super::pages::Page;
use super::status::Counts;
use super::{Session, access, receipt};
use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, Refusal, Reply};
use crate::invoices::{Invoice, InvoiceStatus, StatusInfo, Verdict};
use crate::world::World;

/// `SessionStatusResponse` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionStatus {
    status: StatusInfo,
    date_created: Timestamp,
    date_updated: Timestamp,
    valid_until: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    upo: Option<UpoPages>,
    invoice_count: usize,
    successful_invoice_count: u32,
    failed_invoice_count: u32,
}

/// `UpoResponse` of the OpenAPI.
#[derive(Serialize)]
struct UpoPages {
    pages: Vec<UpoPage>,
}

/// `UpoPageResponse` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpoPage {
    reference_number: ReferenceNumber,
    download_url: String,
    download_url_expiration_date: Timestamp,
}

/// `SessionInvoicesResponse` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invoices<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
    invoices: Vec<InvoiceStatus<'a>>,
}

/// `GET /sessions/{referenceNumber}`
pub(crate) fn session(call: &Call<'_>) -> Result<Reply, Refusal> {
    let settling = call.sandbox.config.delays.session;
    let mut world = call.world();
    let number = access::session(call, &world, access::not_found)?.reference_number;
    let pages = world.upo_pages(&number, settling, call.now);
    let session = access::session(call, &world, access::not_found)?;
    let Counts { total, successful, failed } = world.counts(session, call.now);
    Ok(Reply::ok(&SessionStatus {
        status: session.status(settling, call.now),
        date_created: session.opened_at,
        date_updated: session.updated_at(settling, call.now),
        valid_until: session.valid_until,
        upo: (!pages.is_empty()).then(|| describe_pages(call, session, &pages)),
        invoice_count: total,
        successful_invoice_count: successful,
        failed_invoice_count: failed,
    }))
}

fn describe_pages(call: &Call<'_>, session: &Session, pages: &[ReferenceNumber]) -> UpoPages {
    let describe = |(index, reference_number): (usize, &ReferenceNumber)| {
        let link = receipt::page_link(call, session, index);
        UpoPage {
            reference_number: *reference_number,
            download_url: link.url,
            download_url_expiration_date: link.expires_at,
        }
    };
    UpoPages { pages: pages.iter().enumerate().map(describe).collect() }
}

/// `GET /sessions/{referenceNumber}/invoices`
pub(crate) fn invoices(call: &Call<'_>) -> Result<Reply, Refusal> {
    list(call, |_| true)
}

/// `GET /sessions/{referenceNumber}/invoices/failed`
pub(crate) fn failed_invoices(call: &Call<'_>) -> Result<Reply, Refusal> {
    list(call, |invoice| matches!(invoice.verdict_at(call.now), Some(Verdict::Rejected(_))))
}

fn list(call: &Call<'_>, is_wanted: impl Fn(&Invoice) -> bool) -> Result<Reply, Refusal> {
    let world = call.world();
    let session = access::session(call, &world, access::not_found)?;
    let page = Page::of(call, session)?;
    let rows = session.invoices.iter().filter_map(|number| world.invoices.get(number));
    let rows = rows.filter(|invoice| is_wanted(invoice));
    let (rows, continuation_token) = page.cut(rows, |invoice| invoice.ordinal_number);
    let invoices = rows.into_iter().map(|invoice| describe(call, invoice)).collect();
    Ok(Reply::ok(&Invoices { continuation_token, invoices }))
}

/// `GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}`
pub(crate) fn invoice(call: &Call<'_>) -> Result<Reply, Refusal> {
    let world = call.world();
    Ok(Reply::ok(&describe(call, session_invoice(call, &world)?)))
}

/// The invoice that the path names, if it is in the session that the path names.
pub(super) fn session_invoice<'w>(
    call: &Call<'_>,
    world: &'w World,
) -> Result<&'w Invoice, Refusal> {
    let session = access::session(call, world, access::not_found)?;
    let number = call.parameter("invoiceReferenceNumber");
    let invoice = world.invoices.get(number);
    let invoice = invoice.filter(|invoice| invoice.session == session.reference_number);
    Ok(invoice.ok_or_else(|| no_invoice(number, session))?)
}

fn no_invoice(number: &str, session: &Session) -> Exception {
    ExceptionCode::InvalidInput.detail(format!(
        "Faktura o numerze referencyjnym {number} w sesji o numerze referencyjnym {} nie została \
         znaleziona.",
        session.reference_number
    ))
}

fn describe<'w>(call: &Call<'_>, invoice: &'w Invoice) -> InvoiceStatus<'w> {
    invoice.describe(call.now, |accepted| {
        receipt::invoice_link(call, &invoice.session, &accepted.ksef_number)
    })
}
