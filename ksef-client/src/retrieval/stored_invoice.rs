//! One invoice, once KSeF hands it out.

use bytes::Bytes;
use ksef_core::KsefNumber;

use crate::auth::AuthSession;
use crate::error::Error;
use crate::pipeline::Poll;
use crate::policy::PollPolicy;
use crate::problem::Problem;

impl AuthSession {
    /// The exact bytes of an invoice at KSeF, waited for while KSeF has accepted it and not yet
    /// stored it for good (21165).
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] when it is not stored by the deadline, [`Error::Refused`] with 21164
    /// when there is none for this login.
    pub async fn stored_invoice(
        &self,
        ksef_number: KsefNumber,
        policy: &PollPolicy,
    ) -> Result<Bytes, Error> {
        let mut poll = Poll::new(self.client().pipeline(), policy);
        loop {
            match self.invoice(ksef_number).await {
                Err(error) if error.has_code(Problem::NOT_STORED_YET) => poll.pause(None).await?,
                answered => return answered,
            }
        }
    }
}
