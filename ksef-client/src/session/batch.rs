//! `BatchSession`, in which a package of invoices is sent.

mod outcome;
mod upload;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ksef_core::{ContextIdentifier, Environment, FormCode, ReferenceNumber, Secret, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::outcome::DocumentOutcome;
pub use self::upload::{PartSource, UploadOptions, UploadProgress};
use super::online::{check_form, check_origin};
use super::{ClosedSession, SessionStatus};
use crate::auth::AuthSession;
use crate::batch::PackageManifest;
use crate::encryption::SessionKey;
use crate::error::{Error, InputError, LostAnswer, NoAnswer, Unreadable};
use crate::pipeline::{ApiRequest, json};
use crate::problem::Problem;
use crate::stored;
use crate::wire::batch::{BatchFileInfo, OpenBatchSessionRequest, OpenBatchSessionResponse};
use crate::wire::operation::Operation;

/// The kind under which a session is kept.
const KIND: &str = "batch_session";

/// A package that is ready to be sent.
///
/// Package and key belong together: the key is the one that the package was made with.
#[derive(Clone, Copy, Debug)]
pub struct PreparedBatch<'a> {
    form_code: &'a FormCode,
    manifest: &'a PackageManifest,
    key: &'a SessionKey,
    is_offline: bool,
}

/// A batch session: a package of invoices, whose parts are uploaded and then decided on at once.
///
/// It is cheap to clone, and its clones share what they know of the uploads. Dropping it does
/// nothing. KSeF looks at the package when the session is closed and not before; a session that
/// is never closed ends without its invoices.
///
/// [`BatchSession::to_secret`] keeps it for another process, wherever it stands.
#[derive(Clone, Debug)]
pub struct BatchSession(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    auth: AuthSession,
    reference_number: ReferenceNumber,
    opened_at: Timestamp,
    form_code: FormCode,
    manifest: PackageManifest,
    targets: Targets,
    uploaded: Mutex<BTreeSet<u32>>,
}

/// Where the parts go, by their numbers.
#[derive(Clone, Deserialize, Serialize)]
#[serde(transparent)]
struct Targets(BTreeMap<u32, Target>);

/// Where a part goes. The URL carries its credential.
#[derive(Clone, Deserialize, Serialize)]
struct Target {
    url: String,
    headers: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct ToStore<'a> {
    environment: Environment,
    context: ContextIdentifier,
    reference_number: ReferenceNumber,
    opened_at: Timestamp,
    form_code: &'a FormCode,
    manifest: &'a PackageManifest,
    targets: &'a Targets,
    uploaded: BTreeSet<u32>,
}

#[derive(Deserialize)]
struct Stored {
    environment: Environment,
    context: ContextIdentifier,
    reference_number: ReferenceNumber,
    opened_at: Timestamp,
    form_code: FormCode,
    manifest: PackageManifest,
    targets: Targets,
    uploaded: BTreeSet<u32>,
}

impl<'a> PreparedBatch<'a> {
    /// A package of documents of this form, made with this key.
    #[must_use]
    pub const fn new(
        form_code: &'a FormCode,
        manifest: &'a PackageManifest,
        key: &'a SessionKey,
    ) -> Self {
        Self { form_code, manifest, key, is_offline: false }
    }

    /// The same, declared to be issued offline (`offlineMode`).
    #[must_use]
    pub const fn issued_offline(mut self) -> Self {
        self.is_offline = true;
        self
    }
}

impl AuthSession {
    /// Opens a batch session for a package.
    ///
    /// KSeF takes the moment of opening for that of receipt: a package that is opened before
    /// midnight keeps its invoices "online".
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when the form cannot be sent so, in this environment or context.
    /// [`Error::OutcomeUnknown`] when the answer is lost. Its links are lost with it, so nothing
    /// can be uploaded to that session, and it ends without invoices:
    /// [`AuthSession::sessions`] shows it, and another one can be opened for the same package.
    pub async fn open_batch(&self, batch: PreparedBatch<'_>) -> Result<BatchSession, Error> {
        check_form(batch.form_code, self)?;
        if !batch.form_code.allows_batch() {
            return Err(InputError::OnlineForm.into());
        }
        let opened_at = self.client().now();
        let opened = match self.request_batch(batch).await {
            // The key of KSeF was withdrawn, so nothing was opened.
            Err(error) if error.has_code(Problem::UNKNOWN_KEY) => {
                self.client().forget_public_keys().await;
                self.request_batch(batch).await?
            }
            opened => opened?,
        };
        Ok(BatchSession(Arc::new(Inner {
            auth: self.clone(),
            reference_number: opened.reference_number,
            opened_at,
            form_code: batch.form_code.clone(),
            manifest: batch.manifest.clone(),
            targets: targets(opened, batch.manifest)?,
            uploaded: Mutex::default(),
        })))
    }

    async fn request_batch(
        &self,
        batch: PreparedBatch<'_>,
    ) -> Result<OpenBatchSessionResponse, Error> {
        let manifest = batch.manifest;
        let body = OpenBatchSessionRequest {
            form_code: batch.form_code,
            batch_file: BatchFileInfo {
                file_size: manifest.file_size,
                file_hash: manifest.file_hash,
                compression_type: manifest.compression_type,
                file_parts: &manifest.file_parts,
            },
            encryption: self.encryption_info(batch.key).await?,
            offline_mode: batch.is_offline,
        };
        let request = ApiRequest::new(Operation::OpenBatchSession).json(&body)?;
        self.call(&request, json).await
    }

    /// Resumes a session that was kept with [`BatchSession::to_secret`], here or elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Stored`] when it cannot be read, or belongs to another environment or context.
    pub fn resume_batch(&self, stored: &Secret<String>) -> Result<BatchSession, Error> {
        let stored: Stored = stored::read(KIND, stored)?;
        check_origin(self, stored.environment, stored.context)?;
        Ok(BatchSession(Arc::new(Inner {
            auth: self.clone(),
            reference_number: stored.reference_number,
            opened_at: stored.opened_at,
            form_code: stored.form_code,
            manifest: stored.manifest,
            targets: stored.targets,
            uploaded: Mutex::new(stored.uploaded),
        })))
    }
}

impl BatchSession {
    /// Its reference number.
    #[must_use]
    pub fn reference_number(&self) -> ReferenceNumber {
        self.0.reference_number
    }

    /// When it was opened. Parts are uploaded within 20 minutes of that for each part there is.
    #[must_use]
    pub fn opened_at(&self) -> Timestamp {
        self.0.opened_at
    }

    /// The form of its documents.
    #[must_use]
    pub fn form_code(&self) -> &FormCode {
        &self.0.form_code
    }

    /// Its package.
    #[must_use]
    pub fn manifest(&self) -> &PackageManifest {
        &self.0.manifest
    }

    /// The login that it was opened with.
    #[must_use]
    pub fn auth(&self) -> &AuthSession {
        &self.0.auth
    }

    /// What [`AuthSession::resume_batch`] takes: the manifest, the parts that are uploaded, and
    /// the links to which the others go, which carry their credentials: keep it encrypted. The
    /// key of the package is not in it.
    #[must_use]
    pub fn to_secret(&self) -> Secret<String> {
        let Inner { auth, reference_number, opened_at, form_code, manifest, targets, .. } =
            &*self.0;
        let state = ToStore {
            environment: auth.client().environment(),
            context: auth.context(),
            reference_number: *reference_number,
            opened_at: *opened_at,
            form_code,
            manifest,
            targets,
            uploaded: self.uploaded().clone(),
        };
        stored::write(KIND, &state)
    }

    /// Its status.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn status(&self) -> Result<SessionStatus, Error> {
        self.auth().session_status(self.reference_number()).await
    }

    /// Closes it, whereupon KSeF decides on the package. [`BatchSession::outcomes`] waits for that.
    ///
    /// Should the answer be lost, the status of the session is read before it is closed again; a
    /// session that is closed already is not closed twice.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], with 21205 when a part is missing, with 21157 when one has another size
    /// than was said, with 21208 when the time for uploads is over: then nothing of the package was
    /// taken, and another session can be opened for it. [`Error::OutcomeUnknown`] when it could
    /// not be found out; closing it again does no harm.
    pub async fn close(&self) -> Result<ClosedSession, Error> {
        let operation = Operation::CloseBatchSession;
        self.auth().close_session(operation, self.reference_number()).await
    }

    fn uploaded(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.0.uploaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where each part of the package goes.
fn targets(opened: OpenBatchSessionResponse, manifest: &PackageManifest) -> Result<Targets, Error> {
    let targets: BTreeMap<u32, Target> = opened
        .part_upload_requests
        .into_iter()
        .map(|part| {
            let headers = part.headers.into_iter();
            let headers = headers.filter_map(|(name, value)| Some((name, value?))).collect();
            (part.ordinal_number, Target { url: part.url, headers })
        })
        .collect();
    if manifest.file_parts.iter().all(|part| targets.contains_key(&part.ordinal_number)) {
        return Ok(Targets(targets));
    }
    let operation = Some(Operation::OpenBatchSession);
    let cause = LostAnswer::Unreadable(Unreadable::MissingPart);
    Err(Error::NoAnswer(Box::new(NoAnswer { operation, cause })))
}

/// Shows no link.
impl core::fmt::Debug for Targets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
