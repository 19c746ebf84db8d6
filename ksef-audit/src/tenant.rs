//! The handle for one tenant in one environment, the only way to its data.

mod application;
#[cfg(feature = "export")]
mod export;
mod id;
mod keeping;
mod lease;
mod prepare;
mod reading;
mod receipt;
mod second_leg;
mod session_key;
mod settings;
mod shared;

pub use application::ApplicationChange;
#[cfg(feature = "export")]
pub use export::{ExportRequest, ExportSink};
pub use id::SubmissionId;
pub use lease::Leased;
pub use prepare::{First, NewSubmission, Prepared, Source};
pub use reading::{COUNTED, Logged, Page};
pub use receipt::ReceiptVerdict;
pub(crate) use receipt::{receipt_digest, verify as receipt_verdict};
pub(crate) use settings::CONNECTION;

use core::marker::PhantomData;
use std::sync::Arc;

use ksef_core::submission::{Event, Fact};
use ksef_core::{InvoiceXml, TenantId, Timestamp};

use crate::entry::{Body, Entry};
use crate::environment::EnvironmentType;
use crate::log::TreeHead;
use crate::setting::MAX_CONFLICTS;
use crate::store::{Backend, Commit, DocumentKind, NewDocument, Scope, Store, Target, Write};
use crate::{Error, Row, Submission};

/// Everything that is kept for one tenant in one environment.
///
/// Whoever has the handle reaches this data and no other: every id that a method takes was given
/// by a handle of the same environment, and is refused by the handle of another tenant.
#[derive(Debug)]
pub struct Tenant<E: EnvironmentType> {
    store: Arc<dyn Store>,
    environment: PhantomData<E>,
}

impl<E: EnvironmentType> Clone for Tenant<E> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), environment: PhantomData }
    }
}

/// Facts of one submission that are to be recorded.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct Append<E: EnvironmentType> {
    /// The submission.
    pub id: SubmissionId<E>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl<E: EnvironmentType> Tenant<E> {
    /// The handle of `tenant`, whose data lives in `backend`.
    ///
    /// # Errors
    ///
    /// When the backend cannot open it.
    pub async fn open(backend: &dyn Backend, tenant: TenantId) -> Result<Self, Error> {
        let scope = Scope::new(tenant, E::ENVIRONMENT);
        let store = backend.open(scope).await?;
        if store.scope() != scope {
            return Err(Error::Damaged { finding: "the store is that of another tenant" });
        }
        Ok(Self { store, environment: PhantomData })
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn scope(&self) -> Scope {
        self.store.scope()
    }

    /// Whose data it is.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.store.scope().tenant()
    }

    /// The head of the log: what a checkpoint holds, and what later verification is given.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn head(&self) -> Result<TreeHead, Error> {
        self.store.head().await
    }

    /// The submission as it is recorded.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is not of this tenant.
    pub async fn submission(&self, id: SubmissionId<E>) -> Result<Submission, Error> {
        Submission::replay(&self.timeline(id).await?)
    }

    /// Many submissions as they are recorded, in the order of the ids. One that cannot be read keeps
    /// nobody from the others.
    ///
    /// # Errors
    ///
    /// When the store fails; of each, as [`Tenant::submission`].
    pub async fn submissions(
        &self,
        ids: &[SubmissionId<E>],
    ) -> Result<Vec<Result<Submission, Error>>, Error> {
        let keys: Vec<_> = ids.iter().map(|id| id.key()).collect();
        let mut submissions = Vec::with_capacity(ids.len());
        match self.store.entries_of(&keys).await {
            Err(Error::Damaged { .. }) => {
                for id in ids {
                    submissions.push(self.submission(*id).await);
                }
            }
            histories => submissions.extend(histories?.into_iter().map(|entries| {
                Submission::replay(&entries.ok_or(crate::store::SUBMISSION_NOT_FOUND)?)
            })),
        }
        Ok(submissions)
    }

    /// Everything that was recorded about the submission, in order.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is not of this tenant.
    pub async fn timeline(&self, id: SubmissionId<E>) -> Result<Vec<Entry>, Error> {
        self.store.entries(id.key()).await
    }

    /// The line of the audit log.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is not of this tenant.
    pub async fn row(&self, id: SubmissionId<E>) -> Result<Row, Error> {
        self.store.row(id.key()).await
    }

    /// The exact bytes of the newest version of the document.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if none was written, [`Error::Damaged`] if the bytes are not those that
    /// were recorded.
    pub async fn xml(&self, id: SubmissionId<E>) -> Result<InvoiceXml, Error> {
        self.xml_of(&self.submission(id).await?).await
    }

    /// The same of a submission that was read before.
    ///
    /// # Errors
    ///
    /// As [`Tenant::xml`].
    pub async fn xml_of(&self, submission: &Submission) -> Result<InvoiceXml, Error> {
        let digest = submission.digest().ok_or(Error::NotFound { what: "document" })?;
        let bytes = self.store.document(DocumentKind::Invoice, digest).await?.into_bytes()?;
        let xml =
            InvoiceXml::new(bytes).map_err(|_| Error::Damaged { finding: "empty document" })?;
        if xml.digest() == digest { Ok(xml) } else { Err(WRONG_BYTES) }
    }

    /// Records what happened to a submission, all of it or nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if a fact cannot follow, above all because another worker was first;
    /// [`Error::Invalid`] for facts that have a method of their own.
    pub async fn append(
        &self,
        id: SubmissionId<E>,
        events: Vec<Event>,
    ) -> Result<Submission, Error> {
        let mut submissions = self.append_all(vec![Append { id, events }]).await?;
        submissions.pop().ok_or(crate::store::SUBMISSION_NOT_FOUND)
    }

    /// Records what happened to several submissions, all of it or nothing, as for the documents of
    /// a batch.
    ///
    /// # Errors
    ///
    /// As [`Tenant::append`].
    pub async fn append_all(&self, appends: Vec<Append<E>>) -> Result<Vec<Submission>, Error> {
        if appends.iter().flat_map(|append| &append.events).any(has_method_of_its_own) {
            return Err(METHOD_OF_ITS_OWN);
        }
        self.record(Vec::new(), appends.into_iter().map(Change::from).collect()).await
    }

    /// The same for submissions that were read before. They are read again only if something else was
    /// recorded since.
    ///
    /// # Errors
    ///
    /// As [`Tenant::append`].
    pub async fn append_seen(
        &self,
        appends: Vec<(Append<E>, Submission)>,
    ) -> Result<Vec<Submission>, Error> {
        if appends.iter().flat_map(|(append, _)| &append.events).any(has_method_of_its_own) {
            return Err(METHOD_OF_ITS_OWN);
        }
        let change = |(append, seen)| Change { seen: Some(seen), ..Change::from(append) };
        self.record(Vec::new(), appends.into_iter().map(change).collect()).await
    }

    /// Folds and commits, again if another record came in between.
    async fn record(
        &self,
        documents: Vec<NewDocument>,
        mut changes: Vec<Change<E>>,
    ) -> Result<Vec<Submission>, Error> {
        for _ in 0..MAX_CONFLICTS {
            let mut commit = Commit { documents: documents.clone(), ..Commit::default() };
            let mut submissions = Vec::new();
            for change in &mut changes {
                let (submission, write) = self.fold(change).await?;
                commit.writes.push(write);
                submissions.push(submission);
            }
            match self.store.commit(commit).await {
                Err(Error::Conflict) => {}
                result => return result.map(|_| submissions),
            }
        }
        Err(Error::Conflict)
    }

    /// What was seen is good for one attempt, and if the entries follow from it.
    async fn fold(&self, change: &mut Change<E>) -> Result<(Submission, Write), Error> {
        let Change { id, seen, entries } = change;
        let target = Target::Existing(id.key());
        if let Some(mut submission) = seen.take()
            && let Ok(write) = write(target.clone(), &mut submission, entries)
        {
            return Ok((submission, write));
        }
        let mut submission = self.submission(*id).await?;
        let write = write(target, &mut submission, entries)?;
        Ok((submission, write))
    }
}

/// Entries that are to follow what is recorded of a submission.
struct Change<E: EnvironmentType> {
    id: SubmissionId<E>,
    /// The submission, if it was read before.
    seen: Option<Submission>,
    entries: Vec<Entry>,
}

impl<E: EnvironmentType> From<Append<E>> for Change<E> {
    fn from(append: Append<E>) -> Self {
        let entries = append.events.into_iter().map(Entry::from).collect();
        Self { id: append.id, seen: None, entries }
    }
}

const METHOD_OF_ITS_OWN: Error = Error::Invalid { reason: "this fact has a method of its own" };

pub(crate) const WRONG_BYTES: Error =
    Error::Damaged { finding: "a document's bytes are not those that were recorded" };

/// Facts that are only true together with something else that is recorded.
fn has_method_of_its_own(event: &Event) -> bool {
    matches!(event.fact, Fact::Prepared { .. } | Fact::ReceiptStored { .. } | Fact::SecondLegDone)
}

/// Takes the entries into `submission`, and makes the write that records them.
fn write(target: Target, submission: &mut Submission, entries: &[Entry]) -> Result<Write, Error> {
    let expected = submission.entries();
    let mut kept = Vec::new();
    for entry in entries {
        match &entry.body {
            Body::Fact(fact) if !submission.must_keep(fact) => {
                submission.see(&Event::new(entry.at, fact.clone()))?;
            }
            _ => {
                submission.apply(entry)?;
                kept.push(entry.clone());
            }
        }
    }
    let now = entries.last().map(|entry| entry.at);
    let row = submission.row().ok_or(Error::Invalid { reason: "nothing to record" })?;
    let due_at = submission.due_at(now.unwrap_or(Timestamp::MIN));
    Ok(Write { target, expected, entries: kept, row, due_at })
}
