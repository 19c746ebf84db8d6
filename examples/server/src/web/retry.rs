//! Sending again: first a page that says of each document whether KSeF has it, then the order.

use askama::Template as _;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ksef_audit::{EnvironmentType, Row, Submission, SubmissionId};
use ksef_core::submission::{Decision, Fact, Progress, Question, RetryBytes, Step};
use ksef_core::{SubmissionStatus, Timestamp};

use super::Web;
use super::auth::Visitor;
use super::language::Words;
use super::log::{frame, line};
use super::order::{decision, id, record};
use super::page::{Choice, Form, Ordered, RetryItem, RetryPage, RetryResult};
use super::trouble::Trouble;
use crate::app::{Served, each};

/// The most documents of one order.
const MOST: usize = 200;

/// In which ways a document can be sent now; in none, if it is not for a person to say.
pub(super) fn choices(submission: &Submission, now: Timestamp) -> Vec<Choice> {
    if submission.is_parked() {
        return vec![Choice::GoOn];
    }
    let Step::AskPerson(question) = submission.next(now) else { return Vec::new() };
    match question {
        Question::Skipped => vec![Choice::Send],
        Question::Refused | Question::Rejected | Question::MarkedFailed => vec![Choice::Rebuilt],
        Question::SecondLegFailed => vec![Choice::FeedAgain],
        Question::IssueDatePassed => vec![Choice::Rebuilt, Choice::SameOffline],
        Question::Terminated => {
            let document = submission.history().and_then(|history| history.document());
            let is_today = document.is_some_and(|document| document.p_1 == now.warsaw_date());
            let same = if is_today { Choice::Same } else { Choice::SameOffline };
            vec![same, Choice::Rebuilt]
        }
        _ => Vec::new(),
    }
}

/// What KSeF has of it, as far as that is known.
fn at_ksef(words: &Words, submission: &Submission, row: &Row, now: Timestamp) -> &'static str {
    let asked = match submission.progress(now) {
        Progress::Asked(question) => Some(question),
        _ => None,
    };
    match (asked, row.ksef_number) {
        (_, Some(_)) => words.ksef_has_it,
        (Some(Question::NumberTaken), None) => words.ksef_has_another,
        (_, None) if row.attempt == 0 => words.never_sent,
        (Some(Question::Terminated), None) => words.ksef_shown_without,
        (Some(_), None) => words.ksef_rejected_it,
        (None, None) => words.ksef_is_asked,
    }
}

/// Why a document is not for a person to send.
fn obstacle(words: &Words, submission: &Submission, row: &Row, now: Timestamp) -> &'static str {
    match submission.next(now) {
        Step::AskPerson(Question::NumberTaken) => words.not_number_taken,
        Step::AskPerson(_) => words.not_receipt,
        Step::Done => words.not_accepted,
        _ if row.status == SubmissionStatus::Submitted => words.not_unknown,
        _ => words.not_on_its_way,
    }
}

/// The page that asks.
pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let page = each!(visitor.company, served => asking(served, &visitor, &form).await)?;
    Ok(match page {
        Some(page) => Html(page.render()?).into_response(),
        None => Redirect::to("/log").into_response(),
    })
}

async fn asking<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    form: &Form,
) -> Result<Option<RetryPage>, Trouble> {
    let ids = chosen(served, form).await?;
    if ids.is_empty() {
        return Ok(None);
    }
    let words = visitor.language.words();
    let now = served.company.now();
    let (mut ready, mut others) = (Vec::new(), Vec::new());
    for id in ids {
        let submission = served.company.ledger.submission(id).await?;
        let row = served.company.ledger.row(id).await?;
        let choices = choices(&submission, now);
        let item = RetryItem {
            line: line(served, visitor, (id, &row)).await?,
            at_ksef: at_ksef(words, &submission, &row, now),
            obstacle: obstacle(words, &submission, &row, now),
            choices: choices.iter().map(|choice| (choice.code(), choice.label(words))).collect(),
        };
        if choices.is_empty() { others.push(item) } else { ready.push(item) }
    }
    let path = format!("/retry?{}", form.query(&[], &[]));
    Ok(Some(RetryPage { frame: frame(served, visitor, &path), words, ready, others }))
}

/// The documents that are named, each once.
async fn chosen<E: EnvironmentType>(
    served: &Served<E>,
    form: &Form,
) -> Result<Vec<SubmissionId<E>>, Trouble> {
    let mut ids: Vec<SubmissionId<E>> = Vec::new();
    for number in form.all("document").take(MOST) {
        let id = id(served, number).await?;
        if ids.iter().all(|known| known.number() != id.number()) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// A person orders that documents be sent, with a reason.
pub(super) async fn order(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(&body);
    each!(visitor.company, served => {
        let ids = chosen(served, &form).await?;
        let decision = decision(&visitor, &form)?;
        let mut results = Vec::new();
        for id in ids {
            results.push(order_one(served, &visitor, id, (&form, &decision)).await?);
        }
        answer(served, &visitor, results)
    })
}

async fn order_one<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    id: SubmissionId<E>,
    (form, decision): (&Form, &Decision),
) -> Result<Ordered, Trouble> {
    let company = &served.company;
    let submission = company.ledger.submission(id).await?;
    let row = company.ledger.row(id).await?;
    let choices = choices(&submission, company.now());
    let named = form.get(&format!("bytes-{}", id.number()));
    let choice = choices.iter().find(|choice| named.is_none_or(|name| name == choice.code()));
    let done = match choice {
        None => Err(Trouble::Conflict("")),
        Some(Choice::GoOn) => {
            let done = company.ledger.unpark(id, decision.clone(), company.now()).await;
            done.map_err(Trouble::from)
        }
        Some(choice) => record(served, id, choice.fact(decision.clone())).await,
    };
    let is_ordered = match done {
        Ok(()) => true,
        // It has moved on since the page was made.
        Err(Trouble::Conflict(_)) => false,
        Err(trouble) => return Err(trouble),
    };
    let words = visitor.language.words();
    let why_not = obstacle(words, &submission, &row, company.now());
    Ok(Ordered { line: line(served, visitor, (id, &row)).await?, is_ordered, why_not })
}

/// One that went well is shown itself; of several, each is told.
fn answer<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    results: Vec<Ordered>,
) -> Result<Response, Trouble> {
    match results.as_slice() {
        [] => return Ok(Redirect::to("/log").into_response()),
        [only] if only.is_ordered => {
            return Ok(Redirect::to(&format!("/documents/{}", only.line.number)).into_response());
        }
        _ => {}
    }
    let is_any = results.iter().any(|result| result.is_ordered);
    let status = if is_any { StatusCode::OK } else { StatusCode::CONFLICT };
    let (done, not_done) = results.into_iter().partition(|result| result.is_ordered);
    let (frame, words) = (frame(served, visitor, "/log"), visitor.language.words());
    let page = RetryResult { frame, words, done, not_done };
    Ok((status, Html(page.render()?)).into_response())
}

impl Choice {
    /// The value in a form.
    const fn code(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::SameOffline => "same_offline",
            Self::Rebuilt => "rebuilt",
            Self::Send => "send",
            Self::FeedAgain => "feed_again",
            Self::GoOn => "go_on",
        }
    }

    const fn label(self, words: &Words) -> &'static str {
        match self {
            Self::Same => words.retry_same,
            Self::SameOffline => words.retry_same_offline,
            Self::Rebuilt => words.retry_rebuilt,
            Self::Send => words.send_all_the_same,
            Self::FeedAgain => words.feed_again,
            Self::GoOn => words.go_on,
        }
    }

    const fn fact(self, decision: Decision) -> Fact {
        let bytes = match self {
            Self::Send => return Fact::SendOrdered { decision },
            Self::Rebuilt => RetryBytes::Rebuilt,
            Self::SameOffline => RetryBytes::SameOffline,
            Self::Same | Self::FeedAgain | Self::GoOn => RetryBytes::Same,
        };
        Fact::RetryOrdered { decision, bytes }
    }
}
