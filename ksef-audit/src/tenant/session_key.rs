//! The sealed keys of sessions, with which a crashed worker's session is gone on with.

use ksef_core::ReferenceNumber;

use super::Tenant;
use crate::Error;
use crate::environment::EnvironmentType;
use crate::store::{Commit, SealedKey};

impl<E: EnvironmentType> Tenant<E> {
    /// Keeps the sealed key of a session. It is kept once and never changed, and this is done
    /// before the session is recorded as ready.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] if another key is kept for the session.
    pub async fn keep_session_key(
        &self,
        session: ReferenceNumber,
        sealed: Vec<u8>,
    ) -> Result<(), Error> {
        let session_keys = vec![SealedKey { session, sealed: sealed.clone() }];
        self.store.commit(Commit { session_keys, ..Commit::default() }).await?;
        let kept = self.session_key(session).await?;
        if kept == sealed { Ok(()) } else { Err(Error::AlreadyExists { what: "session key" }) }
    }

    /// The sealed key of a session.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if none is kept.
    pub async fn session_key(&self, session: ReferenceNumber) -> Result<Vec<u8>, Error> {
        self.store.session_key(session).await
    }
}
