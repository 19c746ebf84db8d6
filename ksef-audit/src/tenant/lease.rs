//! Who does what next: leases, and the parking of work that workers die over.

use core::marker::PhantomData;
use core::time::Duration;

use ksef_core::Timestamp;
use ksef_core::submission::{Decision, ReasonCode};

use super::{Change, SubmissionId, Tenant};
use crate::entry::{Body, Entry};
use crate::environment::EnvironmentType;
use crate::store::{Lease, LeaseRequest, Release};
use crate::{Error, Submission};

/// How many leases in a row may end without a record before the work is parked.
const MAX_STRIKES: u32 = 5;

const TOO_MANY_STRIKES: ReasonCode = ReasonCode::from_static("too_many_strikes");

/// Work that a worker has until its lease ends.
#[derive(Clone, Copy, Debug)]
pub struct Leased<E: EnvironmentType> {
    lease: Lease,
    environment: PhantomData<E>,
}

impl<E: EnvironmentType> Leased<E> {
    /// The submission that something is due for; [`Submission::next`](crate::Submission::next)
    /// says what.
    #[must_use]
    pub const fn id(&self) -> SubmissionId<E> {
        SubmissionId::new(self.lease.key)
    }
}

impl<E: EnvironmentType> Tenant<E> {
    /// Hands out due work to `worker`, the longest due first, at most `limit` submissions.
    ///
    /// The lease ends by itself after `duration`. Work that was handed out five times in a row
    /// without a record is parked instead: nothing of it is due until a person says so.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn lease(
        &self,
        worker: &str,
        now: Timestamp,
        duration: Duration,
        limit: u32,
    ) -> Result<Vec<Leased<E>>, Error> {
        let until = now.checked_add(duration).unwrap_or(Timestamp::MAX);
        let request = LeaseRequest { worker: worker.to_owned(), now, until, limit };
        let mut leased = Vec::new();
        for lease in self.store.lease(&request).await? {
            if lease.strikes > MAX_STRIKES {
                let entries = vec![Entry::new(now, Body::Parked { reason: TOO_MANY_STRIKES })];
                let change = Change { id: SubmissionId::new(lease.key), seen: None, entries };
                self.record(Vec::new(), vec![change]).await?;
            } else {
                leased.push(Leased { lease, environment: PhantomData });
            }
        }
        Ok(leased)
    }

    /// Gives work back that is next due at `due_at`, or never by itself, as follows from `seen`. If
    /// somebody else has recorded more by now, it is due when that record says. A lease that has
    /// ended and was handed out again changes nothing.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn release(
        &self,
        leased: Leased<E>,
        seen: &Submission,
        due_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.store.release(Release { lease: leased.lease, seen: seen.entries(), due_at }).await
    }

    /// A person lets workers have parked work again.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if it is not parked.
    pub async fn unpark(
        &self,
        id: SubmissionId<E>,
        decision: Decision,
        now: Timestamp,
    ) -> Result<(), Error> {
        let submission = self.submission(id).await?;
        if !submission.is_parked() {
            return Err(Error::Invalid { reason: "it is not parked" });
        }
        let entries = vec![Entry::new(now, Body::Unparked { decision })];
        self.record(Vec::new(), vec![Change { id, seen: Some(submission), entries }]).await?;
        Ok(())
    }
}
