//! The audit log.

use askama::Template as _;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Html;
use ksef_audit::query::{Cursor, DateOf, Dates, Filter, PageRequest};
use ksef_audit::{EnvironmentType, Row};
use ksef_client::verification_link::InvoiceLink;
use ksef_core::{Endpoints, InvoiceDate, SubmissionStatus};

use super::Web;
use super::auth::Visitor;
use super::language::Words;
use super::page::{Fields, Form, Frame, Integrity, Line, LogPage, Tab, Verified, moment, tone};
use super::setup::connection::warning;
use super::trouble::Trouble;
use crate::app::{Served, each};
use crate::settings::Role;

/// How many lines a page has.
const LINES: u32 = 50;

pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let page = each!(visitor.company, served => log_page(served, &visitor, &form).await)?;
    Ok(Html(page.render()?))
}

async fn log_page<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    form: &Form,
) -> Result<LogPage, Trouble> {
    let ledger = &served.company.ledger;
    let words = visitor.language.words();
    let request = PageRequest { filter: filter(form)?, after: cursor(form), limit: LINES };
    let page = ledger.page(&request).await?;
    let counts = ledger.counts().await?;
    let current = form.get("status").unwrap_or_default();
    let tab = |label, count, status: &str| Tab {
        label,
        count,
        query: form.with("status", status, &["after", "after_date"]),
        is_current: status == current,
    };
    let mut tabs = vec![tab(words.all, counts.all(), "")];
    tabs.extend(SubmissionStatus::ALL.into_iter().filter_map(|status| {
        let count = counts.of(status);
        (count > 0 || status.as_str() == current)
            .then(|| tab(words.status(status), count, status.as_str()))
    }));
    let verified = served.verified.lock().await.clone();
    let now = served.company.now();
    let lines = page.lines.iter();
    let path = format!("/log?{}", form.with("", "", &[]));
    Ok(LogPage {
        frame: frame(served, visitor, &path),
        words,
        tabs,
        fields: fields(form),
        lines: lines.map(|(id, row)| line(served, words, id.number(), row)).collect(),
        next: page.next.map(|next| {
            let query = form.with("after", &next.number.to_string(), &["after_date"]);
            Form::read(query.as_bytes()).with("after_date", &next.date, &[])
        }),
        query: form.with("", "", &["after", "after_date"]),
        integrity: Integrity {
            accepted: counts.of(SubmissionStatus::Accepted),
            all: counts.all(),
            verified: verified.map(|(at, verification)| Verified {
                minutes: now.saturating_duration_since(at).as_secs() / 60,
                entries: verification.entries,
                is_clean: verification.is_clean(),
            }),
        },
    })
}

pub(super) fn frame<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    path: &str,
) -> Frame {
    Frame {
        is_test: served.is_for_test(),
        company: served.company.profile.name.clone(),
        person: visitor.name.clone(),
        is_owner: visitor.role == Role::Owner,
        environment: E::ENVIRONMENT.as_str(),
        warning: warning(
            served.connection.as_ref(),
            served.company.now(),
            visitor.language.words(),
        ),
        form_token: visitor.form_token.clone(),
        path: form_urlencoded::byte_serialize(path.as_bytes()).collect(),
    }
}

/// What is filtered for.
pub(super) fn filter(form: &Form) -> Result<Filter, Trouble> {
    const BAD: Trouble = Trouble::Bad("the filter cannot be read; clear it");
    let status = form.get("status").map(str::parse::<SubmissionStatus>).transpose();
    let nip = form.get("nip").map(str::parse).transpose();
    let kind = form.get("kind").map(str::parse).transpose();
    Ok(Filter {
        dates: dates(form)?,
        statuses: status.map_err(|_| BAD)?.into_iter().collect(),
        document_type: kind.map_err(|_| BAD)?,
        order_reference: form.get("reference").map(str::to_owned),
        ksef_number: form.get("ksef_number").map(str::to_owned),
        nip: nip.map_err(|_| BAD)?,
        fakturownia_id: None,
    })
}

fn dates(form: &Form) -> Result<Option<Dates>, Trouble> {
    const BAD: Trouble = Trouble::Bad("a date is written as 2026-11-20");
    let date = |name| form.get(name).map(str::parse::<InvoiceDate>).transpose().map_err(|_| BAD);
    let (from, to) = (date("from")?, date("to")?);
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let of = match form.get("date_of") {
        Some("issue") => DateOf::Issue,
        Some("accepted") => DateOf::Accepted,
        _ => DateOf::Submitted,
    };
    let (from, to) = (from.unwrap_or(InvoiceDate::MIN), to.unwrap_or(InvoiceDate::MAX));
    Ok(Some(Dates { of, from, to }))
}

fn cursor(form: &Form) -> Option<Cursor> {
    let number = form.get("after")?.parse().ok()?;
    Some(Cursor { date: form.get("after_date").unwrap_or_default().to_owned(), number })
}

fn fields(form: &Form) -> Fields {
    let field = |name| form.get(name).unwrap_or_default().to_owned();
    Fields {
        status: field("status"),
        date_of: field("date_of"),
        from: field("from"),
        to: field("to"),
        reference: field("reference"),
        ksef_number: field("ksef_number"),
        nip: field("nip"),
        kind: field("kind"),
    }
}

pub(super) fn line<E: EnvironmentType>(
    served: &Served<E>,
    words: &Words,
    number: u64,
    row: &Row,
) -> Line {
    // What has no document has the id of its source.
    let reference = row.order_reference.clone().or_else(|| row.source_id.clone());
    Line {
        number,
        reference: reference.unwrap_or_default(),
        customer: row.customer.clone().unwrap_or_default(),
        nip: row.nip.map(|nip| nip.to_string()).unwrap_or_default(),
        kind: row.document_type.map(|kind| kind.as_str()).unwrap_or_default(),
        ksef_number: row.ksef_number.map(|number| number.to_string()).unwrap_or_default(),
        link: verification_link(served, row),
        status: words.status(row.status),
        tone: tone(row.status),
        is_receipt_pending: row.ksef_number.is_some() && row.receipt.is_none(),
        submitted_at: moment(row.submitted_at),
        accepted_at: moment(row.accepted_at),
        error: row.error.clone().unwrap_or_default(),
        attempt: row.attempt,
    }
}

/// KOD I of an invoice that KSeF has.
fn verification_link<E: EnvironmentType>(served: &Served<E>, row: &Row) -> Option<String> {
    row.ksef_number?;
    let endpoints: &Endpoints = served.company.ksef.endpoints();
    let seller = served.company.profile.nip;
    Some(InvoiceLink::new(endpoints, seller, row.p_1?, row.digest?).as_str().to_owned())
}
