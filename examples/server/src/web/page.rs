//! What the templates are filled with.

use askama::Template;
use ksef_core::{SubmissionStatus, Timestamp};

use super::language::Words;
use super::reason::Reason;

/// The fields of a form, or of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    pub(super) const fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The first field with this name; a blank one counts as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// All fields with this name, but blank ones.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.0.iter().filter(move |(field, _)| field == name);
        fields.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The same fields as a query, without some and with others; blank ones are left out.
    pub(super) fn query(&self, without: &[&str], with: &[(&str, &str)]) -> String {
        let kept = self.0.iter().map(|(name, value)| (name.as_str(), value.trim()));
        let kept = kept.filter(|(name, _)| !without.contains(name));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept.chain(with.iter().copied()).filter(|(_, value)| !value.is_empty()));
        query.finish()
    }

    /// The same fields as a query, without this one of those with its name.
    pub(super) fn query_but(&self, name: &str, value: &str) -> String {
        let others = self.0.iter().filter(|(field, its)| field != name || its.trim() != value);
        Self(others.cloned().collect()).query(&[], &[])
    }
}

/// Something that has to be done about the connection to KSeF.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Warning {
    pub(super) text: String,
    /// How urgent it is.
    pub(super) tone: &'static str,
}

/// Who looks, on every page behind the login.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) is_test: bool,
    pub(super) company: String,
    pub(super) person: String,
    pub(super) is_owner: bool,
    pub(super) environment: &'static str,
    pub(super) warning: Option<Warning>,
    pub(super) form_token: String,
    /// The page itself, to come back to.
    pub(super) path: String,
}

#[derive(Debug, Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage {
    pub(super) words: &'static Words,
    pub(super) is_test: bool,
    pub(super) has_failed: bool,
    pub(super) path: &'static str,
}

#[derive(Debug, Template)]
#[template(path = "data.html")]
pub(super) struct DataPage {
    pub(super) words: &'static Words,
    pub(super) is_test: bool,
    /// HTML, written by us.
    pub(super) content: &'static str,
}

#[derive(Debug, Template)]
#[template(path = "log.html")]
pub(super) struct LogPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) tabs: Vec<Tab>,
    pub(super) fields: Fields,
    pub(super) statuses: Vec<StatusBox>,
    pub(super) chips: Vec<Chip>,
    /// Queries of whole months.
    pub(super) months: Vec<(String, String)>,
    /// How many lines the filter leaves.
    pub(super) count: String,
    pub(super) lines: Vec<Line>,
    /// The query of the next page.
    pub(super) next: Option<String>,
    /// The query of this filter, for exports.
    pub(super) query: String,
    pub(super) integrity: Integrity,
}

/// Statuses that go together, with their count.
#[derive(Debug)]
pub(super) struct Tab {
    pub(super) label: &'static str,
    pub(super) count: u64,
    pub(super) query: String,
    pub(super) is_current: bool,
}

/// A status that can be asked for.
#[derive(Debug)]
pub(super) struct StatusBox {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) count: u64,
    pub(super) is_checked: bool,
}

/// Something that is filtered for, and the query without it.
#[derive(Debug)]
pub(super) struct Chip {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) query: String,
}

/// What the filter was.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) date_of: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) reference: String,
    pub(super) ksef_number: String,
    pub(super) nip: String,
    pub(super) kind: String,
    pub(super) fakturownia_id: String,
}

/// A line of the audit log.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) reference: String,
    pub(super) customer: String,
    pub(super) nip: String,
    pub(super) kind: &'static str,
    pub(super) ksef_number: String,
    pub(super) link: Option<String>,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) is_receipt_pending: bool,
    pub(super) is_being_checked: bool,
    pub(super) submitted_at: String,
    pub(super) accepted_at: String,
    pub(super) reasons: Vec<Reason>,
    pub(super) attempt: u32,
}

/// How it stands with the whole log.
#[derive(Debug)]
pub(super) struct Integrity {
    pub(super) accepted: u64,
    pub(super) all: u64,
    /// None until the log was verified once.
    pub(super) verified: Option<Verified>,
}

/// What the last verification of the log found.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) minutes: u64,
    pub(super) entries: u64,
    /// How many places are not as they were recorded.
    pub(super) gaps: usize,
}

#[derive(Debug, Template)]
#[template(path = "document.html")]
pub(super) struct DocumentPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) line: Line,
    pub(super) issued: String,
    pub(super) receipt_at: String,
    pub(super) source: String,
    pub(super) session: String,
    pub(super) hash: String,
    /// The object in the dashboard of Stripe.
    pub(super) dashboard: Option<String>,
    pub(super) has_document: bool,
    pub(super) has_receipt: bool,
    pub(super) timeline: Vec<Happened>,
    /// The page loads itself again; there is something to wait for.
    pub(super) is_live: bool,
    pub(super) may_correct: bool,
    pub(super) may_retry: bool,
    pub(super) is_skipped: bool,
    pub(super) may_mark_failed: bool,
    pub(super) may_enter_number: bool,
}

/// A way in which a document is sent once more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Choice {
    /// The same bytes.
    Same,
    /// The same bytes, as issued offline.
    SameOffline,
    /// A new version from the source.
    Rebuilt,
    /// For the first time, although a rule left it out.
    Send,
    /// To the second system alone.
    FeedAgain,
    /// Work that was stopped goes on.
    GoOn,
}

#[derive(Debug, Template)]
#[template(path = "retry.html")]
pub(super) struct RetryPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) ready: Vec<RetryItem>,
    /// Those that cannot be sent.
    pub(super) others: Vec<RetryItem>,
}

/// A document that somebody wants to send again.
#[derive(Debug)]
pub(super) struct RetryItem {
    pub(super) line: Line,
    pub(super) at_ksef: &'static str,
    pub(super) obstacle: &'static str,
    /// Values and labels.
    pub(super) choices: Vec<(&'static str, &'static str)>,
}

#[derive(Debug, Template)]
#[template(path = "retried.html")]
pub(super) struct RetryResult {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) done: Vec<Ordered>,
    pub(super) not_done: Vec<Ordered>,
}

/// What became of an order.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) line: Line,
    pub(super) is_ordered: bool,
    pub(super) why_not: &'static str,
}

#[derive(Debug, Template)]
#[template(path = "correction.html")]
pub(super) struct CorrectionPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) line: Line,
    /// Where an invoice of Stripe is corrected.
    pub(super) dashboard: Option<String>,
    pub(super) is_correctable: bool,
    pub(super) currency: &'static str,
    pub(super) total: String,
    /// Numbers and totals of earlier corrections.
    pub(super) corrections: Vec<(String, String)>,
    pub(super) lines: Vec<CorrectionLine>,
    pub(super) by_amounts: bool,
    pub(super) number: String,
    pub(super) reason: String,
    pub(super) refusal: Option<String>,
    pub(super) preview: Option<Preview>,
}

/// A line of the invoice, and by how much it is to be less.
#[derive(Debug)]
pub(super) struct CorrectionLine {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) rate: &'static str,
    pub(super) value: String,
    pub(super) amount: String,
}

/// A correction before it is handed in.
#[derive(Debug)]
pub(super) struct Preview {
    pub(super) issued_on: String,
    /// Descriptions, rates and values.
    pub(super) lines: Vec<(String, &'static str, String)>,
    pub(super) total: String,
}

#[derive(Debug, Template)]
#[template(path = "audit.html")]
pub(super) struct AuditPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) from: String,
    pub(super) to: String,
    /// None until somebody asks about a period.
    pub(super) answers: Vec<Answer>,
    pub(super) is_too_much: bool,
    pub(super) comparison: Option<Comparison>,
    /// KSeF or Stripe was asked and did not answer.
    pub(super) is_unanswered: bool,
    /// The query of the period, for the log and its exports.
    pub(super) export: String,
    pub(super) most: usize,
}

/// A question of an auditor, with what the ledger says.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) question: &'static str,
    pub(super) tone: &'static str,
    pub(super) facts: Vec<(String, &'static str)>,
    pub(super) noted: Vec<Noted>,
    /// How many are not named.
    pub(super) more: usize,
}

/// A document to look at.
#[derive(Debug)]
pub(super) struct Noted {
    pub(super) submission: u64,
    pub(super) reference: String,
    pub(super) code: String,
}

/// Three lists of a period, compared.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) complete: u64,
    pub(super) at_ksef: usize,
    pub(super) in_source: Option<usize>,
    pub(super) left_out: usize,
    pub(super) findings: Vec<Difference>,
    pub(super) undecided: Vec<Noted>,
}

/// A number for which the lists do not agree.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) number: String,
    /// The query that finds it in the log.
    pub(super) query: String,
    pub(super) text: &'static str,
    pub(super) details: String,
}

#[derive(Debug, Template)]
#[template(path = "retention.html")]
pub(super) struct RetentionPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) policies: Vec<PolicyChoice>,
    pub(super) report: Option<Kept>,
}

/// A policy of retention.
#[derive(Debug)]
pub(super) struct PolicyChoice {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) is_chosen: bool,
}

/// What is kept for how long.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) days: Vec<Deletable>,
    pub(super) held: u64,
}

/// What could be deleted from a day on.
#[derive(Debug)]
pub(super) struct Deletable {
    pub(super) from: String,
    pub(super) is_due: bool,
    pub(super) submitted: u64,
    pub(super) not_sent: u64,
}

/// An entry of the timeline.
#[derive(Debug)]
pub(super) struct Happened {
    pub(super) at: String,
    /// The same moment for machines.
    pub(super) moment: String,
    pub(super) what: &'static str,
    pub(super) code: String,
    pub(super) details: String,
}

/// A moment as people read it, in Polish time.
pub(super) fn moment(at: Option<Timestamp>) -> String {
    let text = at.map(|at| at.warsaw().to_string()).unwrap_or_default();
    let text: String = text.chars().take(19).collect();
    text.replace('T', " ")
}

pub(super) const fn tone(status: SubmissionStatus) -> &'static str {
    match status {
        SubmissionStatus::Accepted => "good",
        SubmissionStatus::Failed
        | SubmissionStatus::Terminated
        | SubmissionStatus::KsefOkFakturowniaFailed
        | SubmissionStatus::KsefFailedFakturowniaSkipped => "bad",
        SubmissionStatus::Skipped => "quiet",
        _ => "busy",
    }
}
