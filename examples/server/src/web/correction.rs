//! "Issue correction": to the credit notes of Stripe, or a form whose correction is shown before it
//! is handed in.

use askama::Template as _;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ksef_audit::{EnvironmentType, NewSubmission, Source, SubmissionId};
use ksef_core::Amount;
use ksef_core::submission::ReasonCode;
use ksef_fa::Invoice;

use super::Web;
use super::auth::Visitor;
use super::language::Words;
use super::log::{frame, line};
use super::named::Named;
use super::order::{dashboard, id, look, may_correct};
use super::page::{CorrectionLine, CorrectionPage, Form, Preview};
use super::trouble::Trouble;
use crate::app::{Served, each};
use crate::correction::{CannotCorrect, Filed, Reduction, Wish};
use crate::mapping::XML;

const CORRECTION: ReasonCode = ReasonCode::from_static("correction");
const ISSUED: ReasonCode = ReasonCode::from_static("correction_issued");

/// What is not in KSeF is not corrected, and neither is a correction.
const CONFLICT: Trouble = Trouble::Conflict("this document cannot be corrected");

pub(super) async fn form(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let page = each!(visitor.company, served => {
        let id = id(served, &number).await?;
        look(served, &visitor, id, CORRECTION).await?;
        let subject = subject(served, id).await?;
        correction_page(served, &visitor, &subject, (&Form::default(), None)).await
    })?;
    Ok(Html(page.render()?).into_response())
}

/// Shows the correction, or hands it in.
pub(super) async fn issue(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(number): Named,
    body: Bytes,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(&body);
    each!(visitor.company, served => {
        let id = id(served, &number).await?;
        visitor.may_change(&form)?;
        let subject = subject(served, id).await?;
        if subject.dashboard.is_some() {
            return Err(CONFLICT);
        }
        let made = make(served, &subject, &form).await?;
        if let (Ok(invoice), Some("issue")) = (&made, form.get("step")) {
            let issued = hand_in(served, &visitor, &subject, invoice).await?;
            return Ok(Redirect::to(&format!("/documents/{}", issued.number())).into_response());
        }
        let page = correction_page(served, &visitor, &subject, (&form, Some(made))).await?;
        Ok(Html(page.render()?).into_response())
    })
}

/// What is to be corrected.
struct Subject<E: EnvironmentType> {
    id: SubmissionId<E>,
    row: ksef_audit::Row,
    filed: Filed,
    /// Where it is corrected if it comes from Stripe.
    dashboard: Option<String>,
}

async fn subject<E: EnvironmentType>(
    served: &Served<E>,
    id: SubmissionId<E>,
) -> Result<Subject<E>, Trouble> {
    let company = &served.company;
    let row = company.ledger.row(id).await?;
    let ksef_number = row.ksef_number.filter(|_| may_correct(&row)).ok_or(CONFLICT)?;
    let submission = company.ledger.submission(id).await?;
    let dashboard = submission.source().and_then(|source| dashboard(served, source));
    let xml = company.ledger.xml(id).await?;
    let invoice = company.read_document(&xml).ok_or(CONFLICT)?;
    let corrections = company.corrections_of(ksef_number, &row).await?;
    Ok(Subject { id, row, filed: Filed { invoice, ksef_number, corrections }, dashboard })
}

/// The correction that the form asks for.
async fn make<E: EnvironmentType>(
    served: &Served<E>,
    subject: &Subject<E>,
    form: &Form,
) -> Result<Result<Invoice, Refusal>, Trouble> {
    let company = &served.company;
    let Some(number) = form.get("number") else { return Ok(Err(Refusal::NoNumber)) };
    let Some(reason) = form.get("reason") else { return Ok(Err(Refusal::NoReason)) };
    if company.is_taken(number, None).await? {
        return Ok(Err(Refusal::NumberTaken));
    }
    let reduction = match form.get("kind") {
        Some("amounts") => match amounts(subject, form) {
            Some(amounts) => Reduction::By(amounts),
            None => return Ok(Err(Refusal::NoAmount)),
        },
        _ => Reduction::ToZero,
    };
    let effect = company.profile.policies.correction_period.effect();
    let wish = Wish { number, reason, reduction, effect, now: company.now() };
    Ok(subject.filed.correct(&wish).map_err(Refusal::Correction))
}

/// Why a form makes no correction.
enum Refusal {
    NoNumber,
    NoReason,
    NumberTaken,
    NoAmount,
    Correction(CannotCorrect),
}

impl Refusal {
    fn text(self, words: &Words) -> String {
        let text = match self {
            Self::NoNumber => words.correction_no_number,
            Self::NoReason => words.correction_no_reason,
            Self::NumberTaken => words.correction_number_taken,
            Self::NoAmount => words.correction_no_amount,
            Self::Correction(CannotCorrect::Kind) => words.correction_kind,
            Self::Correction(CannotCorrect::Nothing) => words.correction_nothing,
            Self::Correction(CannotCorrect::TooMuch) => words.correction_too_much,
            Self::Correction(CannotCorrect::NotToZero) => words.correction_not_to_zero,
            Self::Correction(CannotCorrect::Built(errors)) => return errors,
        };
        text.to_owned()
    }
}

/// The amounts of the lines, as people write them; `None` if one is none.
fn amounts<E: EnvironmentType>(subject: &Subject<E>, form: &Form) -> Option<Vec<Option<Amount>>> {
    let count = subject.filed.invoice.body.lines.len();
    let amount = |index: usize| match form.get(&format!("amount-{index}")) {
        None => Some(None),
        Some(text) => {
            let plain = text.replace(',', ".").replace([' ', '\u{a0}'], "");
            plain.parse().ok().map(Some)
        }
    };
    (0..count).map(amount).collect()
}

/// Hands it in like the API does, and notes who did.
async fn hand_in<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    subject: &Subject<E>,
    invoice: &Invoice,
) -> Result<SubmissionId<E>, Trouble> {
    let company = &served.company;
    let xml = invoice.to_xml_unchecked();
    let first = company.read_xml(&xml).first;
    let number = invoice.body.p_2.as_str();
    let idempotency_key = format!("correction:{}:{}", subject.id.number(), digest(number));
    let source = Source { kind: XML, id: number.to_owned(), bytes: xml.into() };
    let new = NewSubmission { idempotency_key, source, first };
    let id = company.ledger.submit(new, company.now()).await?;
    look(served, visitor, id, ISSUED).await?;
    Ok(id)
}

/// A number may be longer than a key.
fn digest(number: &str) -> String {
    ksef_core::Sha256Digest::of(number.as_bytes()).to_hex()
}

async fn correction_page<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    subject: &Subject<E>,
    (form, made): (&Form, Option<Result<Invoice, Refusal>>),
) -> Result<CorrectionPage, Trouble> {
    let words = visitor.language.words();
    let filed = &subject.filed;
    let (preview, refusal) = match made {
        Some(Ok(invoice)) => (Some(preview(&invoice)), None),
        Some(Err(refusal)) => (None, Some(refusal.text(words))),
        None => (None, None),
    };
    let lines = filed.lines().enumerate().map(|(index, (description, rate, value))| {
        let name = format!("amount-{index}");
        let amount = form.get(&name).unwrap_or_default().to_owned();
        CorrectionLine { name, description, rate, value: value.to_string(), amount }
    });
    let suggested = match filed.corrections.len() {
        0 => format!("KOR/{}", filed.invoice.body.p_2),
        earlier => format!("KOR/{}/{}", filed.invoice.body.p_2, earlier + 1),
    };
    let path = format!("/documents/{}/correction", subject.id.number());
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    Ok(CorrectionPage {
        frame: frame(served, visitor, &path),
        words,
        line: line(served, visitor, (subject.id, &subject.row)).await?,
        dashboard: subject.dashboard.clone(),
        is_correctable: filed.is_correctable(),
        currency: filed.invoice.body.currency.as_str(),
        total: filed.invoice.body.vat_summary.p_15.to_string(),
        corrections: filed
            .corrections
            .iter()
            .map(|(it, total)| (it.clone(), total.to_string()))
            .collect(),
        lines: lines.collect(),
        by_amounts: form.get("kind") == Some("amounts"),
        number: form.get("number").map_or(suggested, str::to_owned),
        reason: field("reason"),
        refusal,
        preview,
    })
}

fn preview(invoice: &Invoice) -> Preview {
    let lines = invoice.body.lines.iter().map(|line| {
        let value = line.p_11.or(line.p_11a);
        let description = line.p_7.as_ref().map(ToString::to_string);
        let rate = line.p_12.as_ref().map(|rate| rate.as_str());
        (
            description.unwrap_or_default(),
            rate.unwrap_or_default(),
            value.map(|value| value.to_string()).unwrap_or_default(),
        )
    });
    let total = invoice.body.vat_summary.p_15.to_string();
    Preview { issued_on: invoice.body.p_1.to_string(), lines: lines.collect(), total }
}
