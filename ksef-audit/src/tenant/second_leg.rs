//! Paired mode: a second invoicing system is fed after KSeF.

use ksef_core::Timestamp;
use ksef_core::port::{SecondLeg, SecondLegError, SecondLegInvoice};
use ksef_core::submission::{Fact, ReasonCode, Step};

use super::{Change, SubmissionId, Tenant};
use crate::entry::{Body, Entry};
use crate::environment::EnvironmentType;
use crate::{Error, Submission};

const UNAVAILABLE: ReasonCode = ReasonCode::from_static("second_system_unavailable");

impl<E: EnvironmentType> Tenant<E> {
    /// Feeds the second system with the document that KSeF accepted, and records what it says.
    ///
    /// The second system may be fed twice with the same document, after a crash; the KSeF number
    /// is the key by which it recognises that. A leg that failed is ordered again by a person,
    /// with [`Fact::RetryOrdered`], and KSeF is not asked anything then.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the second system is not to be fed now.
    pub async fn feed_second_leg(
        &self,
        id: SubmissionId<E>,
        leg: &dyn SecondLeg,
        now: Timestamp,
    ) -> Result<Submission, Error> {
        let submission = self.submission(id).await?;
        let Step::FeedSecondLeg { ksef_number } = submission.next(now) else {
            return Err(Error::Invalid { reason: "the second system is not to be fed now" });
        };
        let xml = self.xml(id).await?;
        let invoice = SecondLegInvoice { tenant: self.tenant(), ksef_number, xml };
        let bodies = match leg.feed(&invoice).await {
            Ok(reference) => {
                let id = reference.as_str().to_owned();
                vec![Body::SecondSystem { id }, Body::Fact(Fact::SecondLegDone)]
            }
            Err(SecondLegError::Refused { reason }) => {
                vec![Body::Fact(Fact::SecondLegFailed { reason })]
            }
            Err(_) => vec![Body::Fact(Fact::SecondLegFailed { reason: UNAVAILABLE })],
        };
        let entries = bodies.into_iter().map(|body| Entry::new(now, body)).collect();
        let change = Change { id, seen: None, entries };
        let mut recorded = self.record(Vec::new(), vec![change]).await?;
        recorded.pop().ok_or(crate::store::SUBMISSION_NOT_FOUND)
    }
}
