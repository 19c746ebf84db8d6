//! What the templates are filled with.

use askama::Template;
use ksef_core::{SubmissionStatus, Timestamp};

use super::language::Words;

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

    /// The same fields as a query, with one in place of what it was, and without others.
    pub(super) fn with(&self, name: &str, value: &str, without: &[&str]) -> String {
        let kept = self.0.iter().filter(|(field, value)| {
            field != name && !without.contains(&field.as_str()) && !value.trim().is_empty()
        });
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept);
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        query.finish()
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
#[template(path = "log.html")]
pub(super) struct LogPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) tabs: Vec<Tab>,
    pub(super) fields: Fields,
    pub(super) lines: Vec<Line>,
    /// The query of the next page.
    pub(super) next: Option<String>,
    /// The query of this filter, for exports.
    pub(super) query: String,
    pub(super) integrity: Integrity,
}

/// A status with its count.
#[derive(Debug)]
pub(super) struct Tab {
    pub(super) label: &'static str,
    pub(super) count: u64,
    pub(super) query: String,
    pub(super) is_current: bool,
}

/// What the filter was.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) status: String,
    pub(super) date_of: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) reference: String,
    pub(super) ksef_number: String,
    pub(super) nip: String,
    pub(super) kind: String,
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
    pub(super) submitted_at: String,
    pub(super) accepted_at: String,
    pub(super) error: String,
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
    pub(super) is_clean: bool,
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
    pub(super) has_document: bool,
    pub(super) has_receipt: bool,
    pub(super) timeline: Vec<Happened>,
    pub(super) may_retry: bool,
    pub(super) may_send_same: bool,
    pub(super) is_skipped: bool,
    pub(super) may_mark_failed: bool,
    pub(super) may_enter_number: bool,
}

/// An entry of the timeline.
#[derive(Debug)]
pub(super) struct Happened {
    pub(super) at: String,
    pub(super) what: String,
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
