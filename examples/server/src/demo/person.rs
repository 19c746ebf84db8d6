//! The person who is asked when the machine may not go on alone.

use std::collections::BTreeSet;

use ksef_audit::Test;
use ksef_audit::query::{Filter, PageRequest};
use ksef_core::SubmissionStatus;
use ksef_core::submission::{Decision, Event, Fact, RetryBytes};

use super::Result;
use crate::company::Company;

/// Orders that each document is sent again which KSeF is shown not to have after as many resends as
/// the machine may make alone, and returns their order references.
///
/// A wrong showing would leave a document at KSeF twice.
pub(super) async fn retry_terminated(company: &Company<Test>, name: &str) -> Result<Vec<String>> {
    let statuses = BTreeSet::from([SubmissionStatus::Terminated]);
    let filter = Filter { statuses, ..Filter::default() };
    let page = company.ledger.page(&PageRequest { filter, after: None, limit: 500 }).await?;
    let mut retried = Vec::new();
    for (id, row) in page.lines {
        let decision = Decision::new(name, "KSeF does not have it")?;
        let fact = Fact::RetryOrdered { decision, bytes: RetryBytes::Same };
        company.ledger.append(id, vec![Event::new(company.now(), fact)]).await?;
        retried.extend(row.order_reference);
    }
    Ok(retried)
}
