//! `Sessions`, the open sessions of a worker.

use core::time::Duration;

use ksef_audit::secrets::{Place, Sealed};
use ksef_audit::{EnvironmentType, Error};
use ksef_client::{AuthSession, BatchSession, OnlineSession, PreparedBatch};
use ksef_core::{FormCode, ReferenceNumber, Secret};
use tokio::sync::Mutex;

use crate::app::chain;
use crate::company::Company;
use crate::ksef::Refusal;

/// A session that ends sooner is not begun with.
const LEAST_LIFE: Duration = Duration::from_secs(15 * 60);

/// The open sessions of a worker: documents share them, and the key of each is sealed in the ledger
/// before a document is sent in it.
#[derive(Debug)]
pub(super) struct Sessions {
    known: Mutex<Known>,
    /// How long KSeF is left alone after it has refused to open one.
    patience: Duration,
}

#[derive(Debug, Default)]
struct Known {
    open: Vec<OnlineSession>,
    refusal: Option<Refusal>,
}

impl Sessions {
    pub(super) fn new(patience: Duration) -> Self {
        Self { known: Mutex::default(), patience }
    }

    /// A session for documents of this form: one that is open, or a new one; `None` if there cannot be
    /// one now.
    ///
    /// One that was opened without our knowing stays empty and ends by itself.
    pub(super) async fn open<E: EnvironmentType>(
        &self,
        company: &Company<E>,
        login: &AuthSession,
        form: &FormCode,
    ) -> Result<Option<ReferenceNumber>, Error> {
        // Whoever comes meanwhile waits, and takes the same one.
        let mut known = self.known.lock().await;
        let until = company.now().checked_add(LEAST_LIFE);
        let is_good = |session: &&OnlineSession| {
            session.form_code() == form && until.is_some_and(|until| until < session.valid_until())
        };
        if let Some(session) = known.open.iter().find(is_good) {
            return Ok(Some(session.reference_number()));
        }
        let opened = login.open_online(form.clone());
        let Some(opened) = self.opened(company, &mut known, opened).await else { return Ok(None) };
        keep(company, &opened).await?;
        let reference = opened.reference_number();
        known.open.push(opened);
        Ok(Some(reference))
    }

    /// A new session for a batch; `None` if there cannot be one now.
    pub(super) async fn open_batch<E: EnvironmentType>(
        &self,
        company: &Company<E>,
        login: &AuthSession,
        batch: PreparedBatch<'_>,
    ) -> Option<BatchSession> {
        let mut known = self.known.lock().await;
        self.opened(company, &mut known, login.open_batch(batch)).await
    }

    /// Opens a session, unless KSeF has refused to lately.
    async fn opened<E: EnvironmentType, T>(
        &self,
        company: &Company<E>,
        known: &mut Known,
        opening: impl Future<Output = Result<T, ksef_client::Error>> + Send,
    ) -> Option<T> {
        let now = company.now();
        if known.refusal.is_some_and(|refusal| now < refusal.until()) {
            return None;
        }
        match opening.await {
            Ok(opened) => {
                known.refusal = None;
                Some(opened)
            }
            Err(error) => {
                if let ksef_client::Error::Refused(problem) = &error
                    && !problem.is_about_pace()
                {
                    known.refusal = Some(Refusal::new(known.refusal, now, self.patience));
                }
                company.note_answer(Some(&error)).await;
                tracing::warn!(error = chain(&error), "no session could be opened");
                None
            }
        }
    }

    /// The session with its key, which another worker may have opened. Without the key nothing is
    /// sent.
    pub(super) async fn named<E: EnvironmentType>(
        &self,
        company: &Company<E>,
        login: &AuthSession,
        reference: ReferenceNumber,
    ) -> Result<Option<OnlineSession>, Error> {
        let known = self.known.lock().await;
        let open = known.open.iter().find(|session| session.reference_number() == reference);
        if let Some(session) = open {
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
        self.known.lock().await.open.retain(|session| session.reference_number() != reference);
    }

    /// Closes all of them. One whose closing fails ends by itself.
    pub(super) async fn close(&self) {
        for session in self.known.lock().await.open.drain(..) {
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
