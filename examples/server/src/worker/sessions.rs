//! `Sessions`, the open sessions of a worker.

use ksef_audit::secrets::{Place, Sealed};
use ksef_audit::{EnvironmentType, Error};
use ksef_client::{AuthSession, OnlineSession};
use ksef_core::{FormCode, ReferenceNumber, Secret};
use tokio::sync::Mutex;

use crate::company::Company;

/// A session that ends sooner is not begun with.
const LEAST_LIFE: core::time::Duration = core::time::Duration::from_secs(15 * 60);

/// The open sessions of a worker: documents share them, and the key of each is sealed in the ledger
/// before a document is sent in it.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<Vec<OnlineSession>>);

impl Sessions {
    /// A session for documents of this form: one that is open, or a new one.
    ///
    /// One that was opened without our knowing stays empty and ends by itself.
    pub(super) async fn open<E: EnvironmentType>(
        &self,
        company: &Company<E>,
        login: &AuthSession,
        form: &FormCode,
    ) -> Result<Result<ReferenceNumber, ksef_client::Error>, Error> {
        // Whoever comes meanwhile waits, and takes the same one.
        let mut sessions = self.0.lock().await;
        let until = company.now().checked_add(LEAST_LIFE);
        let is_good = |session: &&OnlineSession| {
            session.form_code() == form && until.is_some_and(|until| until < session.valid_until())
        };
        if let Some(session) = sessions.iter().find(is_good) {
            return Ok(Ok(session.reference_number()));
        }
        let opened = match login.open_online(form.clone()).await {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        keep(company, &opened).await?;
        let reference = opened.reference_number();
        sessions.push(opened);
        Ok(Ok(reference))
    }

    /// The session with its key, which another worker may have opened. Without the key nothing is
    /// sent.
    pub(super) async fn named<E: EnvironmentType>(
        &self,
        company: &Company<E>,
        login: &AuthSession,
        reference: ReferenceNumber,
    ) -> Result<Option<OnlineSession>, Error> {
        let sessions = self.0.lock().await;
        let known = sessions.iter().find(|session| session.reference_number() == reference);
        if let Some(session) = known {
            return Ok(Some(session.clone()));
        }
        match company.ledger.session_key(reference).await {
            Ok(sealed) => Ok(unseal(company, login, reference, sealed)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// No other document is sent in this session.
    pub(super) async fn forget(&self, reference: ReferenceNumber) {
        self.0.lock().await.retain(|session| session.reference_number() != reference);
    }

    /// Closes all of them. One whose closing fails ends by itself.
    pub(super) async fn close(&self) {
        for session in self.0.lock().await.drain(..) {
            let _ = session.close().await;
        }
    }
}

async fn keep<E: EnvironmentType>(
    company: &Company<E>,
    session: &OnlineSession,
) -> Result<(), Error> {
    let reference = session.reference_number();
    let secret = Secret::new(session.to_secret().expose().clone().into_bytes());
    let record = reference.to_string();
    let sealed = company.keys.seal(&place(&record), &secret);
    let sealed = sealed.map_err(|error| Error::Backend { backend: "key", source: error.into() })?;
    company.ledger.keep_session_key(reference, sealed.as_bytes().to_vec()).await
}

fn unseal<E: EnvironmentType>(
    company: &Company<E>,
    login: &AuthSession,
    reference: ReferenceNumber,
    sealed: Vec<u8>,
) -> Option<OnlineSession> {
    let sealed = Sealed::from_bytes(sealed).ok()?;
    let record = reference.to_string();
    let opened = company.keys.open(&place(&record), &sealed).ok()?;
    let text = String::from_utf8(opened.expose().clone()).ok()?;
    login.resume_online(&Secret::new(text)).ok()
}

const fn place(record: &str) -> Place<'_> {
    Place { table: "session_key", field: "key", record }
}
