//! The page at `/`.

use std::cmp::Reverse;

use askama::Template;
use http::StatusCode;
use ksef_core::{Clock, ReferenceNumber, Timestamp};

use super::{Answer, html};
use crate::faults::{ArmedFault, Fault, Place};
use crate::invoices::{Invoice, StatusInfo};
use crate::sandbox::Shared;
use crate::sessions::Session;
use crate::world::World;

/// How many sessions are shown, the latest.
const SESSIONS: usize = 30;

/// How many invoices of a session are shown, the first.
const INVOICES: usize = 100;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview<'a> {
    base_url: &'a str,
    environment: &'static str,
    now: String,
    is_still: bool,
    accepted: usize,
    received: usize,
    faults: Vec<FaultRow>,
    sessions: Vec<SessionRow>,
    more_sessions: usize,
}

struct FaultRow {
    id: u64,
    kind: String,
    place: Option<Place>,
    occasions: String,
    fired: u32,
}

struct SessionRow {
    reference_number: ReferenceNumber,
    kind: &'static str,
    form: String,
    context: String,
    opened_at: String,
    status: Status,
    invoices: Vec<InvoiceRow>,
    more_invoices: usize,
    upo_pages: usize,
}

struct InvoiceRow {
    ordinal_number: u32,
    reference_number: ReferenceNumber,
    number: String,
    ksef_number: String,
    received_at: String,
    status: Status,
    has_content: bool,
    has_upo: bool,
}

struct Status {
    code: u16,
    description: String,
    details: String,
    /// The class of its colour.
    tone: &'static str,
}

/// `GET /`
pub(super) fn page(sandbox: &Shared) -> Answer {
    let overview = overview(sandbox);
    html(StatusCode::OK, &overview)
}

fn overview(sandbox: &Shared) -> Overview<'_> {
    let now = sandbox.clock.now();
    let mut world = sandbox.world();
    let mut sessions: Vec<ReferenceNumber> =
        world.sessions.values().map(|session| session.reference_number).collect();
    sessions
        .sort_by_key(|number| Reverse(world.sessions.get(number).map(|session| session.opened_at)));
    let more_sessions = sessions.len().saturating_sub(SESSIONS);
    let settling = sandbox.config.delays.session;
    let rows = sessions.iter().take(SESSIONS).filter_map(|number| {
        let upo_pages = world.upo_pages(number, settling, now).len();
        let session = world.sessions.get(number)?;
        let status = session.status(settling, now).into();
        Some(SessionRow { upo_pages, ..SessionRow::of(&world, session, status, now) })
    });
    let sessions = rows.collect();
    let verdicts = world.invoices.values().filter_map(|invoice| invoice.verdict.accepted());
    Overview {
        base_url: sandbox.public_url(),
        environment: sandbox.config.environment.as_str(),
        now: polish_time(now),
        is_still: sandbox.clock.is_still(),
        accepted: verdicts.count(),
        received: world.invoices.len(),
        faults: world.faults.list().values().map(FaultRow::of).collect(),
        sessions,
        more_sessions,
    }
}

impl FaultRow {
    fn of(armed: &ArmedFault) -> Self {
        let fault = &armed.fault;
        Self {
            id: armed.id,
            kind: fault.kind.name().to_owned(),
            place: fault.operation,
            occasions: occasions(fault),
            fired: armed.fired,
        }
    }
}

impl SessionRow {
    fn of(world: &World, session: &Session, status: Status, now: Timestamp) -> Self {
        let shown = session.invoices.iter().take(INVOICES);
        let invoices = shown.filter_map(|number| world.invoices.get(number));
        Self {
            reference_number: session.reference_number,
            kind: session.kind.as_str(),
            form: session.form_code.to_string(),
            context: session.context.to_string(),
            opened_at: polish_time(session.opened_at),
            status,
            invoices: invoices.map(|invoice| InvoiceRow::of(invoice, now)).collect(),
            more_invoices: session.invoices.len().saturating_sub(INVOICES),
            upo_pages: 0,
        }
    }
}

impl InvoiceRow {
    fn of(invoice: &Invoice, now: Timestamp) -> Self {
        let summary = invoice.summary.as_ref();
        let accepted = invoice.accepted_at(now);
        Self {
            ordinal_number: invoice.ordinal_number,
            reference_number: invoice.reference_number,
            number: summary.map(|summary| summary.invoice_number.clone()).unwrap_or_default(),
            ksef_number: accepted.map(|it| it.ksef_number.to_string()).unwrap_or_default(),
            received_at: polish_time(invoice.invoicing_date),
            status: invoice.status(now).into(),
            has_content: invoice.content.is_some(),
            has_upo: accepted.is_some(),
        }
    }
}

impl From<StatusInfo> for Status {
    fn from(status: StatusInfo) -> Self {
        let tone = match status.code {
            ..200 => "busy",
            200 => "good",
            _ => "bad",
        };
        Self {
            code: status.code,
            description: status.description.into_owned(),
            details: status.details.join(" "),
            tone,
        }
    }
}

/// When a fault happens, in words.
fn occasions(fault: &Fault) -> String {
    let is_by_chance = fault.probability < 1_000;
    let chance = is_by_chance.then(|| format!("in {} of 1000 occasions", fault.probability));
    let times = fault.count.map(|count| match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    });
    match (times, chance) {
        (None, None) => "every time".to_owned(),
        (Some(one), None) | (None, Some(one)) => one,
        (Some(times), Some(chance)) => format!("{chance}, {times} at most"),
    }
}

/// Date and time to the second.
pub(super) fn polish_time(time: Timestamp) -> String {
    let text = time.warsaw().to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}
