//! What is measured, in the text format of Prometheus. Nothing of it names a company.

use core::time::Duration;
use std::fmt::Write as _;

use axum::extract::State;
use ksef_audit::query::{Filter, PageRequest};
use ksef_audit::{EnvironmentType, Row};
use ksef_core::submission::History;
use ksef_core::{SubmissionStatus, Timestamp};

use super::Web;
use super::trouble::Trouble;
use crate::app::each;
use crate::company::Company;
use crate::expiry::end_of;

/// How many documents under way are read at once.
const LINES: u32 = 1_000;

/// What has not ended.
const OPEN: [SubmissionStatus; 3] =
    [SubmissionStatus::Pending, SubmissionStatus::Signing, SubmissionStatus::Submitted];

/// What is measured of all companies together.
#[derive(Default)]
struct Measured {
    documents: [u64; SubmissionStatus::ALL.len()],
    /// The longest time for which a document waits to be sent.
    oldest_pending: Duration,
    /// How many documents were sent of which it is not known what KSeF made of them.
    unknown_outcomes: u64,
    /// The longest time for which a document has a number and no receipt.
    receipt_lag: Duration,
    /// The shortest time until a login to KSeF ends.
    login_left: Option<Duration>,
}

/// How many documents of all companies have which status, and for how long they wait.
pub(super) async fn show(State(web): State<Web>) -> Result<String, Trouble> {
    let mut measured = Measured::default();
    for company in web.app.companies().iter() {
        each!(company, served => measured.add(&served.company).await?);
    }
    Ok(measured.text())
}

impl Measured {
    async fn add<E: EnvironmentType>(&mut self, company: &Company<E>) -> Result<(), Trouble> {
        let (ledger, now) = (&company.ledger, company.now());
        let counts = ledger.counts().await?;
        for (count, status) in self.documents.iter_mut().zip(SubmissionStatus::ALL) {
            *count += counts.of(status);
        }
        if let Some(end) = ledger.connection().await?.as_ref().and_then(end_of) {
            let left = end.saturating_duration_since(now);
            self.login_left = Some(self.login_left.map_or(left, |shortest| shortest.min(left)));
        }
        let filter = Filter { statuses: OPEN.into(), ..Filter::default() };
        let mut request = PageRequest { filter, after: None, limit: LINES };
        loop {
            let page = ledger.page(&request).await?;
            for (id, row) in page.lines {
                self.add_wait(&row, now);
                if row.status == SubmissionStatus::Submitted {
                    let submission = ledger.submission(id).await?;
                    let is_unknown = submission.history().is_some_and(History::is_outcome_unknown);
                    self.unknown_outcomes += u64::from(is_unknown);
                }
            }
            request.after = page.next;
            if request.after.is_none() {
                return Ok(());
            }
        }
    }

    fn add_wait(&mut self, row: &Row, now: Timestamp) {
        if row.status != SubmissionStatus::Submitted {
            let waits = now.saturating_duration_since(row.created_at);
            self.oldest_pending = self.oldest_pending.max(waits);
        } else if row.ksef_number.is_some() {
            let accepted = row.accepted_at.unwrap_or(row.created_at);
            self.receipt_lag = self.receipt_lag.max(now.saturating_duration_since(accepted));
        }
    }

    fn text(&self) -> String {
        let mut text = "# TYPE ksef_documents gauge\n".to_owned();
        // Writing to a string does not fail.
        for (count, status) in self.documents.iter().zip(SubmissionStatus::ALL) {
            let _ = writeln!(text, "ksef_documents{{status=\"{status}\"}} {count}");
        }
        let login_left =
            self.login_left.map(|left| ("ksef_login_expires_in_seconds", left.as_secs()));
        let others = [
            ("ksef_oldest_pending_seconds", self.oldest_pending.as_secs()),
            ("ksef_unknown_outcomes", self.unknown_outcomes),
            ("ksef_receipt_lag_seconds", self.receipt_lag.as_secs()),
        ];
        for (name, value) in others.into_iter().chain(login_left) {
            let _ = writeln!(text, "# TYPE {name} gauge\n{name} {value}");
        }
        text
    }
}
