//! `PermissionOperation`, a grant or a revocation on its way.

use ksef_core::ReferenceNumber;

use crate::auth::AuthSession;
use crate::error::Error;
use crate::pipeline::{ApiRequest, Poll, json};
use crate::policy::PollPolicy;
use crate::session::Status;
use crate::wire::operation::Operation;
use crate::wire::permissions::OperationStatusResponse;

/// A grant or a revocation that KSeF has taken on and not done yet.
///
/// Keep its reference number, and [`Permissions::operation`](super::Permissions::operation) has
/// it again, for 30 days.
#[derive(Clone, Debug)]
#[must_use = "KSeF may still refuse it: wait until it is done"]
pub struct PermissionOperation {
    auth: AuthSession,
    reference_number: ReferenceNumber,
}

impl PermissionOperation {
    pub(super) const fn new(auth: AuthSession, reference_number: ReferenceNumber) -> Self {
        Self { auth, reference_number }
    }

    /// Its reference number.
    #[must_use]
    pub const fn reference_number(&self) -> ReferenceNumber {
        self.reference_number
    }

    /// Where it stands: 100 on its way, 200 done, from 400 on refused (KSeF API, section on
    /// permissions).
    ///
    /// `GET /permissions/operations/{referenceNumber}`. Permission: none. Limits: `other`.
    ///
    /// # Errors
    ///
    /// As every reading request; [`Error::Refused`] with HTTP 410 after 30 days.
    pub async fn status(&self) -> Result<Status, Error> {
        let request = ApiRequest::new(Operation::PermissionOperationStatus);
        let request = request.parameter(&self.reference_number);
        let body: OperationStatusResponse = self.auth.call(&request, json).await?;
        Ok(body.status.into())
    }

    /// Waits until it is done.
    ///
    /// # Errors
    ///
    /// [`Error::OperationFailed`] with the status when KSeF does not do it, [`Error::TimedOut`]
    /// when it has not decided yet.
    pub async fn done(&self, policy: &PollPolicy) -> Result<Status, Error> {
        let mut poll = Poll::new(self.auth.client().pipeline(), policy);
        loop {
            let status = self.status().await?;
            match status.code {
                ..200 => poll.pause(Some(status)).await?,
                200..400 => return Ok(status),
                _ => return Err(Error::OperationFailed(Box::new(status))),
            }
        }
    }
}
