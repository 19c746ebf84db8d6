//! How long what is kept must be kept, and the end of the keys.

use ksef_core::submission::Decision;
use ksef_core::{SubmissionStatus, Timestamp};

use super::Tenant;
use crate::environment::EnvironmentType;
use crate::retention::{Policy, RecordClass, Report, Retained};
use crate::secrets::{Owner, destruction};
use crate::setting::change;
use crate::{Error, Row};

/// How much is read at once.
const PAGE: u32 = 1_000;

impl<E: EnvironmentType> Tenant<E> {
    /// What could be deleted when, under a policy and with the holds that are in force. Nothing is
    /// deleted by it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn retention_report(&self, policy: &Policy) -> Result<Report, Error> {
        let holds = self.holds().await?;
        let mut report = Report::default();
        let mut next = 1;
        loop {
            let lines = self.store().lines(next, PAGE).await?;
            let Some((last, _)) = lines.last() else { return Ok(report) };
            next = last + 1;
            for (number, row) in &lines {
                report.count(policy, &retained(row, holds.contains(number)));
            }
        }
    }

    /// Destroys the keys, the secrets and the connection of the tenant for good, on a person's word.
    /// What was sealed cannot be read from then on, unless a backup has the sealed keys and somebody
    /// the key above them.
    ///
    /// # Errors
    ///
    /// [`Error::StillRetained`] while anything has to be kept under the policy, or is held.
    pub async fn destroy_keys(
        &self,
        policy: &Policy,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<(), Error> {
        let report = self.retention_report(policy).await?;
        let owner = Owner::new(self.tenant(), E::ENVIRONMENT);
        let _permit = report.permit_destruction(owner, now.warsaw_date())?;
        let drafts = destruction(self.store(), decision).await?;
        change(self.store(), drafts, now).await
    }
}

/// What a line says about how long it is kept.
fn retained(row: &Row, legal_hold: bool) -> Retained {
    let came_in = row.created_at.warsaw_date();
    let is_refused = row.status == SubmissionStatus::Failed && row.attempt == 0;
    let class = if row.status == SubmissionStatus::Skipped || is_refused {
        RecordClass::NotSent
    } else {
        let submitted_on = row.submitted_at.map_or(came_in, Timestamp::warsaw_date);
        RecordClass::Submitted { submitted_on }
    };
    Retained { class, issued_on: row.p_1.unwrap_or(came_in), legal_hold }
}
