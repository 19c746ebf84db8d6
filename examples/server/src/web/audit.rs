//! The page for an auditor: five questions about a period, and whether it is complete.

use core::ops::RangeInclusive;

use askama::Template as _;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Html;
use ksef_audit::EnvironmentType;
use ksef_audit::completeness::{Finding, List};
use ksef_core::submission::ReasonCode;
use ksef_core::{InvoiceDate, KsefNumber};

use super::Web;
use super::auth::Visitor;
use super::language::Words;
use super::log::{date, frame, month_of};
use super::page::{Answer, AuditPage, Comparison, Difference, Form, Noted, moment};
use super::trouble::Trouble;
use crate::app::{Served, each};
use crate::audit::{Answers, Compared, Doubt, MOST, MOST_DAYS};

const AUDIT: ReasonCode = ReasonCode::from_static("audit");

/// How many documents are named; the audit log has them all.
const NAMED: usize = 20;

pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let page = each!(visitor.company, served => audit_page(served, &visitor, &form).await)?;
    Ok(Html(page.render()?))
}

async fn audit_page<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    form: &Form,
) -> Result<AuditPage, Trouble> {
    let words = visitor.language.words();
    let path = format!("/audit?{}", form.query(&[], &[]));
    let asked = period(form)?;
    let today = served.company.now().warsaw_date();
    let (from, to) = match &asked {
        Some(period) => (*period.start(), *period.end()),
        None => month_of(today).unwrap_or((today, today)),
    };
    let mut page = AuditPage {
        frame: frame(served, visitor, &path),
        words,
        from: from.to_string(),
        to: to.to_string(),
        answers: Vec::new(),
        is_too_much: false,
        comparison: None,
        is_unanswered: false,
        export: form.query(&["ask"], &[("date_of", "issue")]),
        most: MOST,
    };
    let Some(period) = asked else { return Ok(page) };
    let company = &served.company;
    company.ledger.note_look(None, AUDIT, &visitor.name, company.now()).await?;
    if form.get("ask") == Some("ksef") {
        match company.compare(&period).await {
            Ok(compared) => page.comparison = Some(comparison(words, compared)),
            Err(error) => {
                tracing::warn!(error = error.told(), "the lists of a period were not compared");
                page.is_unanswered = true;
            }
        }
    }
    match company.answers(&period).await? {
        Some(answers) => {
            page.answers = told(words, answers);
            let gaps = gaps(served, words, page.comparison.as_ref()).await;
            page.answers.push(gaps);
        }
        None => page.is_too_much = true,
    }
    Ok(page)
}

fn period(form: &Form) -> Result<Option<RangeInclusive<InvoiceDate>>, Trouble> {
    let (Some(from), Some(to)) = (date(form, "from")?, date(form, "to")?) else { return Ok(None) };
    if to < from || from.days_until(to) > MOST_DAYS {
        return Err(Trouble::Bad(
            "a period has 1 to 100 days, and its last is not before its first",
        ));
    }
    Ok(Some(from..=to))
}

/// The first four answers.
fn told(words: &'static Words, answers: Answers) -> Vec<Answer> {
    let verdict = |doubts: &[Doubt]| if doubts.is_empty() { "good" } else { "bad" };
    let accepted = answers.documents - u64::try_from(answers.not_accepted.len()).unwrap_or(0);
    let between = answers.accepted_between.map(|(first, last)| {
        (format!("{} – {}", moment(Some(first)), moment(Some(last))), words.audit_between)
    });
    let mut times = vec![
        (answers.timed.to_string(), words.audit_timed),
        (answers.late.to_string(), words.audit_late),
    ];
    times.extend(between);
    vec![
        Answer {
            question: words.audit_submitted,
            tone: verdict(&answers.not_accepted),
            facts: vec![
                (answers.documents.to_string(), words.audit_documents),
                (accepted.to_string(), words.audit_accepted),
            ],
            more: answers.not_accepted.len().saturating_sub(NAMED),
            noted: noted(answers.not_accepted),
        },
        Answer {
            question: words.audit_number,
            tone: verdict(&answers.wrong_numbers),
            facts: vec![(answers.numbers.to_string(), words.audit_numbers)],
            more: answers.wrong_numbers.len().saturating_sub(NAMED),
            noted: noted(answers.wrong_numbers),
        },
        Answer {
            question: words.audit_time,
            tone: verdict(&answers.without_time),
            facts: times,
            more: answers.without_time.len().saturating_sub(NAMED),
            noted: noted(answers.without_time),
        },
        Answer {
            question: words.audit_receipt,
            tone: verdict(&answers.broken),
            facts: vec![
                (answers.intact.to_string(), words.audit_intact),
                (answers.unknown_signers.to_string(), words.audit_unknown_signer),
            ],
            more: answers.broken.len().saturating_sub(NAMED),
            noted: noted(answers.broken),
        },
    ]
}

/// The fifth: the log by itself, and the three lists if they were compared.
async fn gaps<E: EnvironmentType>(
    served: &Served<E>,
    words: &'static Words,
    comparison: Option<&Comparison>,
) -> Answer {
    let verified = served.verified.lock().await.clone();
    let mut facts = Vec::new();
    let mut is_whole = Some(true);
    match verified {
        Some((at, verification)) => {
            facts.push((verification.findings.len().to_string(), words.audit_log_findings));
            facts.push((verification.entries.to_string(), words.audit_log_entries));
            facts.push((moment(Some(at)), words.audit_log_verified));
            is_whole = Some(verification.is_clean());
        }
        None => is_whole = is_whole.and(None),
    }
    match comparison {
        Some(comparison) => {
            facts.push((comparison.findings.len().to_string(), words.audit_list_findings));
            is_whole = is_whole.map(|whole| whole && comparison.findings.is_empty());
        }
        None => {
            facts.push((String::new(), words.audit_not_compared));
            is_whole = is_whole.filter(|whole| !whole);
        }
    }
    let tone = match is_whole {
        Some(true) => "good",
        Some(false) => "bad",
        None => "busy",
    };
    Answer { question: words.audit_gaps, tone, facts, noted: Vec::new(), more: 0 }
}

fn noted(doubts: Vec<Doubt>) -> Vec<Noted> {
    let named = doubts.into_iter().take(NAMED);
    named
        .map(|Doubt { submission, reference, code }| Noted { submission, reference, code })
        .collect()
}

fn comparison(words: &'static Words, compared: Compared) -> Comparison {
    let Compared { report, at_ksef, in_source, left_out, undecided } = compared;
    let undecided = undecided.into_iter().map(|doubt| {
        let Doubt { submission, reference, code } = doubt;
        Noted { submission, reference, code }
    });
    Comparison {
        complete: report.complete,
        at_ksef,
        in_source,
        left_out,
        findings: report.findings.iter().map(|finding| difference(words, finding)).collect(),
        undecided: undecided.collect(),
    }
}

fn difference(words: &'static Words, finding: &Finding) -> Difference {
    let at = |number: &Option<KsefNumber>| number.map(|it| it.to_string()).unwrap_or_default();
    let (number, text, details) = match finding {
        Finding::NotRecorded { number } => (number, words.finding_not_recorded, String::new()),
        Finding::NotAccepted { number } => (number, words.finding_not_accepted, String::new()),
        Finding::MissingAtKsef { number } => (number, words.finding_missing, String::new()),
        Finding::NotAdopted { number, ksef_number } => {
            (number, words.finding_not_adopted, at(ksef_number))
        }
        Finding::ExtraAtKsef { number, ksef_number } => {
            (number, words.finding_extra_at_ksef, at(ksef_number))
        }
        Finding::ExtraInLedger { number } => (number, words.finding_extra, String::new()),
        Finding::DifferentHash { number, ksef, .. } => {
            (number, words.finding_different, ksef.to_hex())
        }
        Finding::Repeated { number, list } => {
            let list = match list {
                List::Source => words.list_source,
                List::Ledger => words.list_ledger,
                List::Ksef => words.list_ksef,
            };
            (number, words.finding_repeated, list.to_owned())
        }
        _ => (&String::new(), words.finding_other, String::new()),
    };
    let query = Form::default().query(&[], &[("reference", number)]);
    Difference { number: number.clone(), query, text, details }
}
