//! A document: its timeline, its files, and what a person may decide about it.

use askama::Template as _;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ksef_audit::entry::SourceReference;
use ksef_audit::{EnvironmentType, Row, Submission, SubmissionId};
use ksef_core::SubmissionStatus;
use ksef_core::submission::{Decision, Event, Fact, Question, ReasonCode, Step};

use super::Web;
use super::auth::Visitor;
use super::log::{frame, line};
use super::named::Named;
use super::page::{DocumentPage, Form, moment};
use super::retry::choices;
use super::timeline::happened;
use super::trouble::Trouble;
use crate::app::{Served, each};
use crate::mapping::{STRIPE_CREDIT_NOTE, STRIPE_INVOICE};

const DOCUMENT: ReasonCode = ReasonCode::from_static("document");
const INVOICE: ReasonCode = ReasonCode::from_static("invoice");
const RECEIPT: ReasonCode = ReasonCode::from_static("receipt");

pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let mut page = each!(visitor.company, served => {
        let id = id(served, &number).await?;
        look(served, &visitor, id, DOCUMENT).await?;
        document_page(served, &visitor, id).await
    })?;
    let form = Form::read(query.unwrap_or_default().as_bytes());
    page.is_live &= form.get("still").is_none();
    let mut response = Html(page.render()?).into_response();
    if page.is_live {
        // A header and no element, so that there is a page that stands still.
        let seconds = HeaderValue::from_static("10");
        response.headers_mut().insert(HeaderName::from_static("refresh"), seconds);
    }
    Ok(response)
}

/// The exact bytes of the document.
pub(super) async fn invoice(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    each!(visitor.company, served => {
        let id = id(served, &number).await?;
        let xml = served.company.ledger.xml(id).await?;
        look(served, &visitor, id, INVOICE).await?;
        Ok(download(served, &format!("invoice-{number}.xml"), xml.as_bytes().to_vec().into()))
    })
}

/// The exact bytes of the receipt.
pub(super) async fn upo(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    each!(visitor.company, served => {
        let id = id(served, &number).await?;
        let upo = served.company.ledger.upo(id).await?;
        look(served, &visitor, id, RECEIPT).await?;
        Ok(download(served, &format!("upo-{number}.xml"), upo.as_bytes().to_vec().into()))
    })
}

/// A person says under which number KSeF has the document, with a reason.
pub(super) async fn enter_number(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
    body: Bytes,
) -> Result<Redirect, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(&body);
    let decision = decision(&visitor, &form)?;
    let entered = form.get("ksef_number").unwrap_or_default().parse();
    each!(visitor.company, served => {
        let id = id(served, &number).await?;
        let ksef_number = entered.map_err(|_| Trouble::Bad("this is no KSeF number"))?;
        record(served, id, Fact::NumberEntered { decision, ksef_number, session: None }).await?;
    });
    Ok(Redirect::to(&format!("/documents/{number}")))
}

/// A person marks the document as failed, with a reason.
pub(super) async fn mark_failed(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
    body: Bytes,
) -> Result<Redirect, Trouble> {
    let visitor = web.visitor(&headers)?;
    let decision = decision(&visitor, &Form::read(&body))?;
    each!(visitor.company, served => {
        let id = id(served, &number).await?;
        record(served, id, Fact::MarkedFailed { decision }).await?;
    });
    Ok(Redirect::to(&format!("/documents/{number}")))
}

pub(super) fn decision(visitor: &Visitor<'_>, form: &Form) -> Result<Decision, Trouble> {
    visitor.may_change(form)?;
    let reason = form.get("reason").unwrap_or_default();
    Decision::new(visitor.name.as_str(), reason).map_err(|_| Trouble::Bad("give a reason"))
}

pub(super) async fn record<E: EnvironmentType>(
    served: &Served<E>,
    id: SubmissionId<E>,
    fact: Fact,
) -> Result<(), Trouble> {
    let company = &served.company;
    company.ledger.append(id, vec![Event::new(company.now(), fact)]).await?;
    Ok(())
}

/// Every look at a document stands in the log.
pub(super) async fn look<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    id: SubmissionId<E>,
    what: ReasonCode,
) -> Result<(), Trouble> {
    let company = &served.company;
    Ok(company.ledger.note_look(Some(id), what, &visitor.name, company.now()).await?)
}

/// What a malformed number names is not there either.
pub(super) async fn id<E: EnvironmentType>(
    served: &Served<E>,
    number: &str,
) -> Result<SubmissionId<E>, Trouble> {
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    let number = number.parse().ok().filter(|_| is_plain).ok_or(Trouble::NotFound)?;
    Ok(served.company.ledger.submission_id(number).await?)
}

pub(super) fn download<E: EnvironmentType>(
    served: &Served<E>,
    name: &str,
    bytes: Body,
) -> Response {
    let kind = match name.rsplit('.').next() {
        Some("zip") => "application/zip",
        Some("csv") => "text/csv; charset=utf-8",
        _ => "application/xml",
    };
    let disposition = format!("attachment; filename=\"{}\"", served.file_name(name));
    let disposition = HeaderValue::try_from(disposition)
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, bytes).into_response()
}

fn question<E: EnvironmentType>(served: &Served<E>, submission: &Submission) -> Option<Question> {
    match submission.next(served.company.now()) {
        Step::AskPerson(question) => Some(question),
        _ => None,
    }
}

/// The object in the dashboard of Stripe, which finds a credit note by its id alone.
pub(super) fn dashboard<E: EnvironmentType>(
    served: &Served<E>,
    source: &SourceReference,
) -> Option<String> {
    let mode = if served.is_for_test() { "test/" } else { "" };
    let id: String = form_urlencoded::byte_serialize(source.id.as_bytes()).collect();
    match source.kind {
        STRIPE_INVOICE => Some(format!("https://dashboard.stripe.com/{mode}invoices/{id}")),
        STRIPE_CREDIT_NOTE => Some(format!("https://dashboard.stripe.com/{mode}search?query={id}")),
        _ => None,
    }
}

/// Whether KSeF has it, and it is no correction itself.
pub(super) fn may_correct(row: &Row) -> bool {
    let is_correction = row.document_type == Some(ksef_core::DocumentType::Kor);
    row.ksef_number.is_some() && row.receipt.is_some() && !is_correction
}

async fn document_page<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    id: SubmissionId<E>,
) -> Result<DocumentPage, Trouble> {
    let ledger = &served.company.ledger;
    let entries = ledger.timeline(id).await?;
    let submission = ledger.submission(id).await?;
    let row = ledger.row(id).await?;
    let question = question(served, &submission);
    let source = submission.source();
    let line = line(served, visitor, (id, &row)).await?;
    Ok(DocumentPage {
        frame: frame(served, visitor, &format!("/documents/{}", id.number())),
        words: visitor.language.words(),
        issued: row.p_1.map(|date| date.to_string()).unwrap_or_default(),
        receipt_at: moment(row.upo_downloaded_at),
        source: source.map(|it| format!("{} {}", it.kind, it.id)).unwrap_or_default(),
        session: row.session.map(|session| session.to_string()).unwrap_or_default(),
        hash: row.digest.map(|digest| digest.to_hex()).unwrap_or_default(),
        dashboard: source.and_then(|source| dashboard(served, source)),
        has_document: row.digest.is_some(),
        has_receipt: row.receipt.is_some(),
        timeline: entries.iter().map(|entry| happened(entry, visitor.language)).collect(),
        is_live: line.is_receipt_pending || row.status == SubmissionStatus::Submitted,
        may_correct: may_correct(&row),
        may_retry: !choices(&submission, served.company.now()).is_empty(),
        is_skipped: question == Some(Question::Skipped),
        may_enter_number: row.attempt > 0
            && matches!(
                question,
                Some(Question::Rejected | Question::NumberTaken | Question::Terminated)
            ),
        may_mark_failed: row.attempt == 0 && row.status == SubmissionStatus::Pending,
        line,
    })
}
