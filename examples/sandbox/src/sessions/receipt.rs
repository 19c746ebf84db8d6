//! Receipts (UPO) of invoices and of sessions.
//!
//! A receipt is signed when it is first asked for, as of the time of what it confirms, and kept:
//! it has the same bytes ever after.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use ksef_core::{
    ContextIdentifier, FormCode, KsefNumber, ReferenceNumber, ReferenceNumberKind, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{LoginProof, Session, access, reading};
use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, Refusal, Reply};
use crate::invoices::Invoice;
use crate::sandbox::Shared;
use crate::storage::{self, Link};
use crate::upo::{Upo, UpoDocument, UpoError, UpoPage};
use crate::world::World;

/// How many documents a page has at most: `TDokument` of the schema, 10,000 times.
const PAGE: usize = 10_000;

/// How long a link to a receipt is good for.
const LINK_LIFETIME: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// A receipt that was made.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Receipt {
    #[serde(with = "crate::base64_bytes")]
    pub(crate) content: Bytes,
}

/// What a receipt says, taken out of the state so that it can be signed without the lock.
struct Facts {
    session: ReferenceNumber,
    context: ContextIdentifier,
    login_proof: LoginProof,
    form_code: FormCode,
    page: Option<UpoPage>,
    invoices: Vec<Confirmed>,
    confirmed_at: Timestamp,
}

/// An accepted invoice on a receipt; the number is copied, the rest is small.
struct Confirmed {
    invoice_number: String,
    document: UpoDocument<'static>,
}

/// `GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo`
pub(crate) fn upo_by_invoice_reference(call: &Call<'_>) -> Result<Reply, Refusal> {
    let number = {
        let world = call.world();
        let invoice = reading::session_invoice(call, &world)?;
        if invoice.accepted_at(call.now).is_none() {
            let (number, session) = (invoice.reference_number, invoice.session);
            let detail = format!(
                "UPO o numerze referencyjnym faktury {number} i numerze referencyjnym sesji \
                 {session} nie zostało znalezione."
            );
            return Err(no_upo(detail).into());
        }
        invoice.reference_number
    };
    document(invoice_receipt(call.sandbox, &number)?)
}

/// `GET /sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo`
pub(crate) fn upo_by_ksef_number(call: &Call<'_>) -> Result<Reply, Refusal> {
    let ksef_number = call.parameter("ksefNumber");
    let missing = |session: &str| {
        let detail = format!(
            "UPO o numerze KSeF {ksef_number} i numerze referencyjnym sesji {session} nie zostało \
             znalezione."
        );
        no_upo(detail)
    };
    let number = {
        let world = call.world();
        let session = access::session(call, &world, access::no_upo)?.reference_number;
        let invoice = world.accepted_invoice(ksef_number, call.now);
        let invoice = invoice.filter(|invoice| invoice.session == session);
        invoice.ok_or_else(|| missing(session.as_str()))?.reference_number
    };
    document(invoice_receipt(call.sandbox, &number)?)
}

/// `GET /sessions/{referenceNumber}/upo/{upoReferenceNumber}`
pub(crate) fn session_upo(call: &Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.parameter("upoReferenceNumber");
    let (session, index) = {
        let world = call.world();
        let session = access::session(call, &world, access::not_found)?;
        let number = session.reference_number;
        let index = session.upo_pages.iter().position(|page| page.as_str() == wanted);
        let missing = || {
            no_upo(format!(
                "UPO o numerze referencyjnym {wanted} dla sesji {number} nie zostało znalezione."
            ))
        };
        (number, index.ok_or_else(missing)?)
    };
    document(page_receipt(call.sandbox, &session, index)?)
}

/// A receipt of an invoice behind a link: `upo_{KSeF number}.xml`.
pub(crate) fn invoice_upo_file(sandbox: &Shared, session: &str, name: &str) -> Option<Bytes> {
    let number = name.strip_prefix("upo_")?.strip_suffix(".xml")?;
    let invoice = {
        let world = sandbox.world();
        let invoice = world.accepted_invoice(number, Timestamp::MAX)?;
        invoice
            .session
            .as_str()
            .eq_ignore_ascii_case(session)
            .then_some(invoice.reference_number)?
    };
    invoice_receipt(sandbox, &invoice).ok()?
}

/// A page of the receipt of a session behind a link: `upo_00.xml`.
pub(crate) fn session_upo_file(sandbox: &Shared, session: &str, name: &str) -> Option<Bytes> {
    let index = name.strip_prefix("upo_")?.strip_suffix(".xml")?.parse().ok()?;
    let session = session.to_ascii_uppercase().parse().ok()?;
    page_receipt(sandbox, &session, index).ok()?
}

/// A new link to the receipt of an invoice.
pub(super) fn invoice_link(
    call: &Call<'_>,
    session: &ReferenceNumber,
    ksef_number: &KsefNumber,
) -> Link {
    link(call, session, &format!("invoice-upo/upo_{ksef_number}.xml"))
}

/// A new link to a page of the receipt of a session.
pub(super) fn page_link(call: &Call<'_>, session: &Session, index: usize) -> Link {
    link(call, &session.reference_number, &format!("session-upo/upo_{index:02}.xml"))
}

fn link(call: &Call<'_>, session: &ReferenceNumber, file: &str) -> Link {
    let session = session.as_str().to_ascii_lowercase();
    let path = format!("01/{session}/{file}");
    storage::download_link(call, &path, LINK_LIFETIME)
}

fn document(content: Option<Bytes>) -> Result<Reply, Refusal> {
    let content = content.ok_or(Refusal::ServerError(StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(Reply::document(content, "application/xml"))
}

fn no_upo(detail: String) -> Exception {
    ExceptionCode::UpoNotFound.detail(detail)
}

/// The receipt of an accepted invoice.
fn invoice_receipt(sandbox: &Shared, invoice: &ReferenceNumber) -> Result<Option<Bytes>, UpoError> {
    receipt(sandbox, invoice, |world| world.invoice_facts(invoice))
}

/// A page of the receipt of a session that has one.
fn page_receipt(
    sandbox: &Shared,
    session: &ReferenceNumber,
    index: usize,
) -> Result<Option<Bytes>, UpoError> {
    let page = {
        let world = sandbox.world();
        world.sessions.get(session).and_then(|session| session.upo_pages.get(index).copied())
    };
    let Some(page) = page else { return Ok(None) };
    let settling = sandbox.config.delays.session;
    receipt(sandbox, &page, |world| world.page_facts(session, index, settling))
}

/// The receipt of this number, made now unless it was made before.
fn receipt(
    sandbox: &Shared,
    number: &ReferenceNumber,
    facts: impl FnOnce(&World) -> Option<Facts>,
) -> Result<Option<Bytes>, UpoError> {
    let facts = {
        let world = sandbox.world();
        if let Some(receipt) = world.receipts.get(number) {
            return Ok(Some(receipt.content.clone()));
        }
        facts(&world)
    };
    let Some(facts) = facts else { return Ok(None) };
    let content = facts.sign(sandbox)?;
    let mut world = sandbox.world();
    // Another request may have been faster.
    if let Some(receipt) = world.receipts.get(number) {
        return Ok(Some(receipt.content.clone()));
    }
    world.receipts.insert(number.as_str(), Receipt { content: content.clone() });
    Ok(Some(content))
}

impl From<UpoError> for Refusal {
    fn from(_: UpoError) -> Self {
        Self::ServerError(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl Facts {
    fn of(session: &Session, page: Option<UpoPage>, confirmed_at: Timestamp) -> Self {
        Self {
            session: session.reference_number,
            context: session.context,
            login_proof: session.login_proof.clone(),
            form_code: session.form_code.clone(),
            page,
            invoices: Vec::new(),
            confirmed_at,
        }
    }

    fn sign(&self, sandbox: &Shared) -> Result<Bytes, UpoError> {
        let documents: Vec<UpoDocument<'_>> = self
            .invoices
            .iter()
            .map(|invoice| UpoDocument {
                invoice_number: &invoice.invoice_number,
                ..invoice.document
            })
            .collect();
        let upo = Upo {
            environment: sandbox.config.environment,
            session: &self.session,
            context: &self.context,
            login_proof: &self.login_proof,
            form_code: &self.form_code,
            page: self.page,
            documents: &documents,
        };
        upo.sign(sandbox.keys.upo(), self.confirmed_at)
    }
}

impl Confirmed {
    /// `None` if the invoice is not accepted.
    fn of(invoice: &Invoice) -> Option<Self> {
        let (accepted, summary) = (invoice.verdict.accepted()?, invoice.summary.as_ref()?);
        let document = UpoDocument {
            seller: summary.seller.nip,
            ksef_number: accepted.ksef_number,
            invoice_number: "",
            issue_date: summary.issue_date,
            received: invoice.invoicing_date,
            acquired: accepted.acquisition_date,
            hash: invoice.hash,
            mode: invoice.mode,
        };
        Some(Self { invoice_number: summary.invoice_number.clone(), document })
    }
}

impl World {
    /// The accepted invoice with this KSeF number, if that is to be seen yet.
    pub(crate) fn accepted_invoice(&self, ksef_number: &str, now: Timestamp) -> Option<&Invoice> {
        let number = self.ledger.with_ksef_number(&ksef_number.parse().ok()?)?;
        self.invoices.get(number).filter(|invoice| invoice.accepted_at(now).is_some())
    }

    /// The pages of the receipt of a session, which get their numbers when it is processed.
    pub(super) fn upo_pages(
        &mut self,
        number: &ReferenceNumber,
        settling: Duration,
        now: Timestamp,
    ) -> Vec<ReferenceNumber> {
        let Some(session) = self.sessions.get(number) else { return Vec::new() };
        let settled_at = session.settled_at(settling, now);
        let is_due = session.upo_pages.is_empty() && session.status(settling, now).code == 200;
        let (Some(settled_at), true) = (settled_at, is_due) else {
            return session.upo_pages.clone();
        };
        let accepted = usize::try_from(session.tally.accepted).unwrap_or(usize::MAX);
        let pages: Vec<_> = (0..accepted.div_ceil(PAGE))
            .map(|_| self.reference_number(ReferenceNumberKind::UpoPage, settled_at))
            .collect();
        if let Some(session) = self.sessions.get_mut(number) {
            session.upo_pages.clone_from(&pages);
        }
        pages
    }

    fn invoice_facts(&self, number: &ReferenceNumber) -> Option<Facts> {
        let invoice = self.invoices.get(number)?;
        let session = self.sessions.get(invoice.session)?;
        let confirmed = Confirmed::of(invoice)?;
        let facts = Facts::of(session, None, confirmed.document.acquired);
        Some(Facts { invoices: vec![confirmed], ..facts })
    }

    fn page_facts(
        &self,
        number: &ReferenceNumber,
        index: usize,
        settling: Duration,
    ) -> Option<Facts> {
        let session = self.sessions.get(number)?;
        let settled_at = session.settled_at(settling, Timestamp::MAX)?;
        let before = index.checked_mul(PAGE)?;
        let all = session.invoices.iter().filter_map(|number| self.invoices.get(number));
        let invoices: Vec<_> = all.filter_map(Confirmed::of).skip(before).take(PAGE).collect();
        let page = UpoPage {
            page: index + 1,
            pages: session.upo_pages.len(),
            first: before + 1,
            last: before + invoices.len(),
            documents: usize::try_from(session.tally.accepted).unwrap_or(usize::MAX),
        };
        Some(Facts { invoices, ..Facts::of(session, Some(page), settled_at) })
    }
}
