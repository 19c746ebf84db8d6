//! `Company`, a tenant in one environment with everything that work for it needs.

use std::sync::Arc;

use ksef_audit::secrets::{ConnectionStatus, DataKeys};
use ksef_audit::{EnvironmentType, Error, Row, SubmissionId, Tenant};
use ksef_client::AuthSession;
use ksef_core::submission::ReasonCode;
use ksef_core::{Clock, Timestamp};
use ksef_stripe::Profile;

use crate::app::chain;
use crate::ksef::{Ksef, LoginError};
use crate::sources::Sources;

const LOGIN_REFUSED: ReasonCode = ReasonCode::from_static("login_refused");

/// A tenant in one environment, with everything that work for it needs.
#[derive(Debug)]
pub(crate) struct Company<E: EnvironmentType> {
    /// What is recorded.
    pub(crate) ledger: Tenant<E>,
    /// Who sells, and how he wants it done.
    pub(crate) profile: Profile,
    /// What Stripe had done before is not filed.
    pub(crate) files_from: Option<Timestamp>,
    /// The way to KSeF.
    pub(crate) ksef: Ksef,
    /// What the keys of sessions are sealed with.
    pub(crate) keys: DataKeys,
    /// Where Stripe's objects and the exchange rates are read, if there is an account of Stripe.
    pub(crate) sources: Option<Sources>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl<E: EnvironmentType> Company<E> {
    /// The login to KSeF. Whether KSeF takes it is noted, for the pages to show.
    pub(crate) async fn login(&self) -> Result<AuthSession, LoginError> {
        let now = self.now();
        let login = self.ksef.login(now).await;
        let status = match &login {
            Ok(_) => Some(ConnectionStatus::Working { since: now }),
            Err(error) if error.is_final() => {
                Some(ConnectionStatus::Refused { at: now, reason: LOGIN_REFUSED })
            }
            Err(_) => None,
        };
        if let Some(status) = status
            && let Err(error) = self.note(status).await
        {
            tracing::warn!(error = chain(&error), "the state of the connection was not noted");
        }
        login
    }

    /// Makes another login if KSeF no longer takes this one, as an answer has shown.
    pub(crate) async fn note_answer(&self, error: Option<&ksef_client::Error>) {
        if let Some(ksef_client::Error::LoginFailed(_) | ksef_client::Error::Signing(_)) = error {
            self.ksef.forget_login().await;
        }
    }

    /// What was noted stays until it changes.
    async fn note(&self, status: ConnectionStatus) -> Result<(), Error> {
        let noted = self.ledger.connection().await?.map(|connection| connection.status());
        let is_noted = matches!(
            (noted, status),
            (None, _)
                | (Some(ConnectionStatus::Working { .. }), ConnectionStatus::Working { .. })
                | (Some(ConnectionStatus::Refused { .. }), ConnectionStatus::Refused { .. })
        );
        if is_noted { Ok(()) } else { self.ledger.note_login(status, self.now()).await }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The submissions that were made from the object with this id.
    pub(crate) async fn of_source(
        &self,
        source_id: &str,
    ) -> Result<Option<(SubmissionId<E>, Row)>, Error> {
        let mut lines = self.ledger.named(source_id).await?.into_iter();
        Ok(lines.rfind(|(_, row)| row.source_id.as_deref() == Some(source_id)))
    }

    /// Whether a document has this number, other than the one that was made from the given source.
    pub(crate) async fn is_taken(&self, number: &str, but_by: Option<&str>) -> Result<bool, Error> {
        let lines = self.ledger.named(number).await?;
        Ok(lines.iter().any(|(_, row)| {
            let is_other = but_by.is_none() || row.source_id.as_deref() != but_by;
            row.order_reference.as_deref() == Some(number) && is_other
        }))
    }
}
