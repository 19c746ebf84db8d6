//! What is measured, in the text format of Prometheus. Nothing of it names a company.

use std::fmt::Write as _;

use axum::extract::State;
use ksef_core::SubmissionStatus;

use super::Web;
use super::trouble::Trouble;
use crate::app::each;

/// How many documents of all companies have which status.
pub(super) async fn show(State(web): State<Web>) -> Result<String, Trouble> {
    let mut counts = [0_u64; SubmissionStatus::ALL.len()];
    for company in web.app.companies().iter() {
        let own = each!(company, served => served.company.ledger.counts().await?);
        for (count, status) in counts.iter_mut().zip(SubmissionStatus::ALL) {
            *count += own.of(status);
        }
    }
    let mut text = "# TYPE ksef_documents gauge\n".to_owned();
    for (count, status) in counts.iter().zip(SubmissionStatus::ALL) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "ksef_documents{{status=\"{status}\"}} {count}");
    }
    Ok(text)
}
