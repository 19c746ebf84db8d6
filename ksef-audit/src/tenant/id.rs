//! `SubmissionId`, a submission of a tenant in an environment.

use core::fmt;
use core::marker::PhantomData;

use crate::environment::EnvironmentType;
use crate::store::Key;
use crate::{Error, Tenant};

/// A submission of one tenant in one environment.
///
/// Only a handle gives it out, and only handles of the same environment take it:
///
/// ```compile_fail,E0308
/// # use ksef_audit::{Production, SubmissionId, Tenant, Test};
/// async fn mix(production: Tenant<Production>, id: SubmissionId<Test>) {
///     let _ = production.submission(id).await;
/// }
/// ```
pub struct SubmissionId<E: EnvironmentType> {
    key: Key,
    environment: PhantomData<E>,
}

impl<E: EnvironmentType> SubmissionId<E> {
    pub(super) const fn new(key: Key) -> Self {
        Self { key, environment: PhantomData }
    }

    pub(super) const fn key(self) -> Key {
        self.key
    }

    /// Its number, for people and addresses; [`Tenant::submission_id`] reads it back.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.key.number()
    }
}

impl<E: EnvironmentType> Tenant<E> {
    /// The id with this number, as a person or an address gives it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if this tenant has no such submission.
    pub async fn submission_id(&self, number: u64) -> Result<SubmissionId<E>, Error> {
        let key = self.store.scope().key(number);
        self.store.row(key).await?;
        Ok(SubmissionId::new(key))
    }
}

impl<E: EnvironmentType> Clone for SubmissionId<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: EnvironmentType> Copy for SubmissionId<E> {}

impl<E: EnvironmentType> PartialEq for SubmissionId<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<E: EnvironmentType> Eq for SubmissionId<E> {}

impl<E: EnvironmentType> fmt::Debug for SubmissionId<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubmissionId({} of {:?})", self.number(), self.key.scope())
    }
}
