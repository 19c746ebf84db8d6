//! A document: its timeline, its files, and what a person may decide about it.

use askama::Template as _;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ksef_audit::entry::{Body, Entry};
use ksef_audit::{EnvironmentType, Submission, SubmissionId};
use ksef_core::SubmissionStatus;
use ksef_core::submission::{Decision, Event, Fact, Question, ReasonCode, RetryBytes, Step};

use super::Web;
use super::auth::Visitor;
use super::log::{frame, line};
use super::named::Named;
use super::page::{DocumentPage, Form, Happened, moment};
use super::trouble::Trouble;
use crate::app::{Served, each};

const DOCUMENT: ReasonCode = ReasonCode::from_static("document");
const INVOICE: ReasonCode = ReasonCode::from_static("invoice");
const RECEIPT: ReasonCode = ReasonCode::from_static("receipt");

pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
) -> Result<Html<String>, Trouble> {
    let visitor = web.visitor(&headers)?;
    let page = each!(visitor.company, served => {
        let id = id(served, &number).await?;
        look(served, &visitor, id, DOCUMENT).await?;
        document_page(served, &visitor, id).await
    })?;
    Ok(Html(page.render()?))
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
        Ok(download(served, &format!("invoice-{number}.xml"), xml.as_bytes().to_vec()))
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
        Ok(download(served, &format!("upo-{number}.xml"), upo.as_bytes().to_vec()))
    })
}

/// A person orders that the document be sent, with a reason.
pub(super) async fn retry(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
    body: Bytes,
) -> Result<Redirect, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(&body);
    let decision = decision(&visitor, &form)?;
    each!(visitor.company, served => {
        let id = id(served, &number).await?;
        let submission = served.company.ledger.submission(id).await?;
        let is_skipped = question(served, &submission) == Some(Question::Skipped);
        let fact = match form.get("bytes") {
            _ if is_skipped => Fact::SendOrdered { decision },
            Some("same") => Fact::RetryOrdered { decision, bytes: RetryBytes::Same },
            _ => Fact::RetryOrdered { decision, bytes: RetryBytes::Rebuilt },
        };
        record(served, id, fact).await?;
    });
    Ok(Redirect::to(&format!("/documents/{number}")))
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

fn decision(visitor: &Visitor<'_>, form: &Form) -> Result<Decision, Trouble> {
    visitor.may_change(form)?;
    let reason = form.get("reason").unwrap_or_default();
    Decision::new(visitor.name.as_str(), reason).map_err(|_| Trouble::Bad("give a reason"))
}

async fn record<E: EnvironmentType>(
    served: &Served<E>,
    id: SubmissionId<E>,
    fact: Fact,
) -> Result<(), Trouble> {
    let company = &served.company;
    company.ledger.append(id, vec![Event::new(company.now(), fact)]).await?;
    Ok(())
}

/// Every look at a document stands in the log.
async fn look<E: EnvironmentType>(
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
    bytes: Vec<u8>,
) -> Response {
    let is_zip = name.ends_with(".zip");
    let kind = match name.rsplit('.').next() {
        _ if is_zip => "application/zip",
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

async fn document_page<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    id: SubmissionId<E>,
) -> Result<DocumentPage, Trouble> {
    let ledger = &served.company.ledger;
    let entries = ledger.timeline(id).await?;
    let submission = ledger.submission(id).await?;
    let row = ledger.row(id).await?;
    let words = visitor.language.words();
    let question = question(served, &submission);
    let source = submission.source();
    Ok(DocumentPage {
        frame: frame(served, visitor, &format!("/documents/{}", id.number())),
        words,
        line: line(served, words, id.number(), &row),
        issued: row.p_1.map(|date| date.to_string()).unwrap_or_default(),
        receipt_at: moment(row.upo_downloaded_at),
        source: source.map(|it| format!("{} {}", it.kind, it.id)).unwrap_or_default(),
        session: row.session.map(|session| session.to_string()).unwrap_or_default(),
        hash: row.digest.map(|digest| digest.to_hex()).unwrap_or_default(),
        has_document: row.digest.is_some(),
        has_receipt: row.receipt.is_some(),
        timeline: entries.iter().map(happened).collect(),
        may_retry: matches!(
            question,
            Some(
                Question::Refused
                    | Question::Rejected
                    | Question::MarkedFailed
                    | Question::Terminated
                    | Question::Skipped
                    | Question::IssueDatePassed
            )
        ),
        may_send_same: question == Some(Question::Terminated),
        may_enter_number: row.attempt > 0
            && matches!(
                question,
                Some(Question::Rejected | Question::NumberTaken | Question::Terminated)
            ),
        is_skipped: question == Some(Question::Skipped),
        may_mark_failed: row.attempt == 0 && row.status == SubmissionStatus::Pending,
    })
}

/// An entry as a line: its name, and what it says besides.
fn happened(entry: &Entry) -> Happened {
    let (what, details) = match &entry.body {
        Body::Source(source) => ("source", format!("{} {}", source.kind, source.id)),
        Body::Described(it) => ("described", format!("{}, {}", it.order_reference, it.customer)),
        Body::Receipt { upo } => ("receipt", upo.to_string()),
        Body::Fact(fact) => return told(entry, fact),
        _ => ("other", String::new()),
    };
    Happened { at: moment(Some(entry.at)), what: what.to_owned(), details }
}

/// A fact by its name and fields, as it is recorded.
fn told(entry: &Entry, fact: &Fact) -> Happened {
    let value = serde_json::to_value(fact).unwrap_or_default();
    let what = value.get("fact").and_then(|name| name.as_str()).unwrap_or_default().to_owned();
    let fields = value.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, value)| *name != "fact" && !value.is_null());
    let details: Vec<String> =
        fields.map(|(name, value)| format!("{name} {}", plain(value))).collect();
    Happened { at: moment(Some(entry.at)), what, details: details.join(" · ") }
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        serde_json::Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields: Vec<_> =
                fields.map(|(name, value)| format!("{name} {}", plain(value))).collect();
            fields.join(", ")
        }
        other => other.to_string(),
    }
}
