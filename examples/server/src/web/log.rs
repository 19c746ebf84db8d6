//! The audit log.

use askama::Template as _;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Html;
use ksef_audit::query::{Counts, Cursor, DateOf, Dates, Filter, PageRequest};
use ksef_audit::{COUNTED, EnvironmentType, Page, Row, SubmissionId};
use ksef_client::verification_link::InvoiceLink;
use ksef_core::submission::Progress;
use ksef_core::{Endpoints, InvoiceDate, SubmissionStatus};

use super::Web;
use super::auth::Visitor;
use super::language::Words;
use super::page::{
    Chip, Fields, Form, Frame, Integrity, Line, LogPage, StatusBox, Tab, Verified, moment, tone,
};
use super::reason::reasons;
use super::setup::connection::warning;
use super::trouble::Trouble;
use crate::app::{Served, each};
use crate::settings::Role;

/// How many lines a page has.
const LINES: u32 = 50;

/// Where a page begins, which is no part of the filter.
const PLACE: [&str; 2] = ["after", "after_date"];

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
    let (page, count) = ledger.counted_page(&request).await?;
    let counts = ledger.counts().await?;
    let many = if count < COUNTED { "" } else { "+" };
    Ok(LogPage {
        frame: frame(served, visitor, &format!("/log?{}", form.query(&[], &[]))),
        words,
        tabs: tabs(words, &counts, &request.filter, form),
        fields: fields(form),
        statuses: statuses(words, &counts, &request.filter),
        chips: chips(words, form),
        months: months(served.company.now().warsaw_date(), form),
        count: format!("{count}{many}"),
        next: page.next.as_ref().map(|next| {
            let place = [("after", &*next.number.to_string()), ("after_date", &*next.date)];
            form.query(&PLACE, &place)
        }),
        lines: lines(served, visitor, page).await?,
        query: form.query(&PLACE, &[]),
        integrity: integrity(served, &counts).await,
    })
}

/// Statuses as people group them.
fn tabs(words: &'static Words, counts: &Counts, filter: &Filter, form: &Form) -> Vec<Tab> {
    use SubmissionStatus::{
        Accepted, Failed, KsefFailedFakturowniaSkipped, KsefOkFakturowniaFailed, Pending, Signing,
        Skipped, Submitted, Terminated,
    };
    let groups: [(&'static str, &[SubmissionStatus]); 5] = [
        (words.all, &[]),
        (
            words.attention,
            &[Failed, Terminated, KsefOkFakturowniaFailed, KsefFailedFakturowniaSkipped],
        ),
        (words.in_progress, &[Pending, Signing, Submitted]),
        (words.accepted, &[Accepted]),
        (words.skipped, &[Skipped]),
    ];
    let tab = |(label, group): (&'static str, &[SubmissionStatus])| {
        let chosen: Vec<_> = group.iter().map(|status| ("status", status.as_str())).collect();
        Tab {
            label,
            count: match group {
                [] => counts.all(),
                group => group.iter().map(|status| counts.of(*status)).sum(),
            },
            query: form.query(&["status", "after", "after_date"], &chosen),
            is_current: filter.statuses == group.iter().copied().collect(),
        }
    };
    groups.map(tab).into()
}

/// The statuses that there are, or that are asked for.
fn statuses(words: &'static Words, counts: &Counts, filter: &Filter) -> Vec<StatusBox> {
    let status = |status: SubmissionStatus| StatusBox {
        value: status.as_str(),
        label: words.status(status),
        count: counts.of(status),
        is_checked: filter.statuses.contains(&status),
    };
    let all = SubmissionStatus::ALL.into_iter().map(status);
    all.filter(|status| status.count > 0 || status.is_checked).collect()
}

/// What is filtered for, each with the query without it.
fn chips(words: &'static Words, form: &Form) -> Vec<Chip> {
    let named = [
        ("from", words.from),
        ("to", words.to),
        ("kind", words.kind),
        ("reference", words.reference),
        ("ksef_number", words.ksef_number),
        ("nip", words.nip),
        ("fakturownia_id", words.fakturownia_id),
    ];
    let fields = named.into_iter().filter_map(|(name, label)| {
        let query = form.query(&[name, "after", "after_date"], &[]);
        Some(Chip { label, value: form.get(name)?.to_owned(), query })
    });
    let statuses = form.all("status").filter_map(|value| {
        let status: SubmissionStatus = value.parse().ok()?;
        let query = Form::read(form.query_but("status", value).as_bytes()).query(&PLACE, &[]);
        Some(Chip { label: words.status, value: words.status(status).to_owned(), query })
    });
    statuses.chain(fields).collect()
}

/// This month and the one before, each with the query that asks for it.
fn months(today: InvoiceDate, form: &Form) -> Vec<(String, String)> {
    let first = InvoiceDate::new(today.year(), today.month(), 1).ok();
    let before = first.and_then(|first| first.checked_add_days(-1));
    let month = |day: InvoiceDate| {
        let (first, last) = month_of(day)?;
        let (from, to) = (first.to_string(), last.to_string());
        let without = ["from", "to", "after", "after_date"];
        let label = from.get(..7)?.to_owned();
        Some((label, form.query(&without, &[("from", &from), ("to", &to)])))
    };
    [Some(today), before].into_iter().flatten().filter_map(month).collect()
}

/// The first and the last day of the month.
pub(super) fn month_of(day: InvoiceDate) -> Option<(InvoiceDate, InvoiceDate)> {
    let first = InvoiceDate::new(day.year(), day.month(), 1).ok()?;
    let next = first.checked_add_days(31)?;
    let last = InvoiceDate::new(next.year(), next.month(), 1).ok()?.checked_add_days(-1)?;
    Some((first, last))
}

async fn lines<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    page: Page<E>,
) -> Result<Vec<Line>, Trouble> {
    let mut lines = Vec::new();
    for (id, row) in page.lines {
        lines.push(line(served, visitor, (id, &row)).await?);
    }
    Ok(lines)
}

async fn integrity<E: EnvironmentType>(served: &Served<E>, counts: &Counts) -> Integrity {
    let verified = served.verified.lock().await.clone();
    let now = served.company.now();
    Integrity {
        accepted: counts.of(SubmissionStatus::Accepted),
        all: counts.all().saturating_sub(counts.of(SubmissionStatus::Skipped)),
        verified: verified.map(|(at, verification)| Verified {
            minutes: now.saturating_duration_since(at).as_secs() / 60,
            entries: verification.entries,
            gaps: verification.findings.len(),
        }),
    }
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
    let statuses: Result<_, _> = form.all("status").map(str::parse::<SubmissionStatus>).collect();
    let nip = form.get("nip").map(str::parse).transpose();
    let kind = form.get("kind").map(str::parse).transpose();
    Ok(Filter {
        dates: dates(form)?,
        statuses: statuses.map_err(|_| BAD)?,
        document_type: kind.map_err(|_| BAD)?,
        order_reference: form.get("reference").map(str::to_owned),
        ksef_number: form.get("ksef_number").map(str::to_ascii_uppercase),
        nip: nip.map_err(|_| BAD)?,
        fakturownia_id: form.get("fakturownia_id").map(str::to_owned),
    })
}

fn dates(form: &Form) -> Result<Option<Dates>, Trouble> {
    let (from, to) = (date(form, "from")?, date(form, "to")?);
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

pub(super) fn date(form: &Form, name: &str) -> Result<Option<InvoiceDate>, Trouble> {
    const BAD: Trouble = Trouble::Bad("a date is written as 2026-11-20");
    form.get(name).map(str::parse).transpose().map_err(|_| BAD)
}

fn cursor(form: &Form) -> Option<Cursor> {
    let number = form.get("after")?.parse().ok()?;
    Some(Cursor { date: form.get("after_date").unwrap_or_default().to_owned(), number })
}

fn fields(form: &Form) -> Fields {
    let field = |name| form.get(name).unwrap_or_default().to_owned();
    Fields {
        date_of: field("date_of"),
        from: field("from"),
        to: field("to"),
        reference: field("reference"),
        ksef_number: field("ksef_number"),
        nip: field("nip"),
        kind: field("kind"),
        fakturownia_id: field("fakturownia_id"),
    }
}

/// The order reference; what has no document has the id of its source.
pub(super) fn reference(row: &Row) -> String {
    row.order_reference.clone().or_else(|| row.source_id.clone()).unwrap_or_default()
}

pub(super) async fn line<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    (id, row): (SubmissionId<E>, &Row),
) -> Result<Line, Trouble> {
    // Nothing else can be on its way for half an hour.
    let is_being_checked = row.status == SubmissionStatus::Submitted && {
        let submission = served.company.ledger.submission(id).await?;
        submission.progress(served.company.now()) == Progress::CheckingWithKsef
    };
    Ok(Line {
        number: id.number(),
        reference: reference(row),
        customer: row.customer.clone().unwrap_or_default(),
        nip: row.nip.map(|nip| nip.to_string()).unwrap_or_default(),
        kind: row.document_type.map(|kind| kind.as_str()).unwrap_or_default(),
        ksef_number: row.ksef_number.map(|number| number.to_string()).unwrap_or_default(),
        link: verification_link(served, row),
        status: visitor.language.words().status(row.status),
        tone: tone(row.status),
        is_receipt_pending: row.ksef_number.is_some() && row.receipt.is_none(),
        is_being_checked,
        submitted_at: moment(row.submitted_at),
        accepted_at: moment(row.accepted_at),
        reasons: reasons(row, visitor.language),
        attempt: row.attempt,
    })
}

/// KOD I of an invoice that KSeF has.
fn verification_link<E: EnvironmentType>(served: &Served<E>, row: &Row) -> Option<String> {
    row.ksef_number?;
    let endpoints: &Endpoints = served.company.ksef.endpoints();
    let seller = served.company.profile.nip;
    Some(InvoiceLink::new(endpoints, seller, row.p_1?, row.digest?).as_str().to_owned())
}
