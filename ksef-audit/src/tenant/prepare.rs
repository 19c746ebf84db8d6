//! How a submission begins, and how it gets the versions of its document.

use std::sync::Arc;

use ksef_core::submission::{Document, Fact, ReasonCode, WhenLate};
use ksef_core::{InvoiceDate, InvoiceXml, Sha256Digest, Timestamp};

use super::{Change, SubmissionId, Tenant, write};
use crate::entry::{Announcement, Body, Description, Entry, SourceReference};
use crate::environment::EnvironmentType;
use crate::store::{Commit, Content, DocumentKind, NewDocument, Target};
use crate::{Error, Submission};

/// A document that is to be sent, or that is recorded as not to be sent.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct NewSubmission {
    /// Names the wish to create it: the same key finds the same submission. 1 to 200 characters.
    pub idempotency_key: String,
    /// What it is made from.
    pub source: Source,
    /// What the mapper made of it.
    pub first: First,
}

/// The document that an invoice is made from, kept unchanged.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct Source {
    /// What kind of source, for example `stripe_invoice`.
    pub kind: ReasonCode,
    /// Its id in the system it comes from.
    pub id: String,
    /// Its exact bytes.
    pub bytes: Arc<[u8]>,
}

/// What the mapper made of the source.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the four outcomes of a mapping")]
pub enum First {
    /// An invoice.
    Prepared(Prepared),
    /// Nothing yet.
    Deferred(Vec<ReasonCode>),
    /// Nothing, because of a rule.
    Skipped(ReasonCode),
    /// Nothing, for these reasons.
    Refused(Vec<ReasonCode>),
}

/// A version of a document, written and validated.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct Prepared {
    /// Its exact bytes.
    pub xml: InvoiceXml,
    /// What people look for in it.
    pub description: Description,
    /// The date of issue, `Fa/P_1`.
    pub p_1: InvoiceDate,
    /// What to do when that day is over.
    pub when_late: WhenLate,
    /// Whether a second invoicing system is fed after KSeF.
    pub paired: bool,
}

impl Prepared {
    fn entries(&self, version: u32, at: Timestamp) -> [Entry; 2] {
        let document = Document {
            version,
            digest: self.xml.digest(),
            p_1: self.p_1,
            when_late: self.when_late,
            paired: self.paired,
        };
        [Body::Described(self.description.clone()), Body::Fact(Fact::Prepared { document })]
            .map(|body| Entry::new(at, body))
    }

    fn document(&self) -> NewDocument {
        NewDocument {
            kind: DocumentKind::Invoice,
            digest: self.xml.digest(),
            content: Content::Inline(self.xml.shared_bytes()),
        }
    }
}

impl<E: EnvironmentType> Tenant<E> {
    /// Records a new submission, its source and what the mapper made of it.
    ///
    /// Where the idempotency key is known, the submission that has it is returned, and nothing is
    /// recorded.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] if the key was used for another source.
    pub async fn submit(
        &self,
        new: NewSubmission,
        now: Timestamp,
    ) -> Result<SubmissionId<E>, Error> {
        let digest = Sha256Digest::of(&new.source.bytes);
        let (documents, entries) = beginning(&new.idempotency_key, &new.source, &new.first, now);
        match self.begin(&new.idempotency_key, documents, &entries).await {
            Err(Error::AlreadyExists { .. }) => self.known(&new.idempotency_key, digest).await,
            begun => begun,
        }
    }

    async fn begin(
        &self,
        key: &str,
        documents: Vec<NewDocument>,
        entries: &[Entry],
    ) -> Result<SubmissionId<E>, Error> {
        if !(1..=200).contains(&key.chars().count()) {
            return Err(Error::Invalid { reason: "an idempotency key has 1 to 200 characters" });
        }
        let target = Target::New { idempotency_key: key.to_owned() };
        let writes = vec![write(target, &mut Submission::new(), entries)?];
        let keys = self.store.commit(Commit { documents, writes, ..Commit::default() }).await?;
        keys.first().map(|key| SubmissionId::new(*key)).ok_or(crate::store::SUBMISSION_NOT_FOUND)
    }

    /// Records that there is a source, which is fetched later: it is due at once, and
    /// [`Submission::awaited`] says what to fetch. [`Tenant::arrive`] follows.
    ///
    /// Where the idempotency key is known, the submission that has it is returned, and nothing is
    /// recorded.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] if the key was used for another source.
    pub async fn announce(
        &self,
        announced: Announcement,
        now: Timestamp,
    ) -> Result<SubmissionId<E>, Error> {
        if let Some(known) = self.announced(&announced).await? {
            return Ok(known);
        }
        let entry = Entry::new(now, Body::Announced(announced.clone()));
        match self.begin(&announced.idempotency_key, Vec::new(), &[entry]).await {
            // Another event about the same object was first.
            Err(Error::AlreadyExists { .. }) => {
                self.announced(&announced).await?.ok_or(Error::Conflict)
            }
            begun => begun,
        }
    }

    async fn announced(&self, announced: &Announcement) -> Result<Option<SubmissionId<E>>, Error> {
        let Some(key) = self.store.find(&announced.idempotency_key).await? else { return Ok(None) };
        if self.store.row(key).await?.source_id.as_ref() == Some(&announced.id) {
            return Ok(Some(SubmissionId::new(key)));
        }
        Err(Error::AlreadyExists { what: "submission" })
    }

    /// Records the source that was announced, and what the mapper made of it, both or neither.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if this source was not announced, or has come already.
    pub async fn arrive(
        &self,
        id: SubmissionId<E>,
        source: &Source,
        first: &First,
        now: Timestamp,
    ) -> Result<Submission, Error> {
        let submission = self.submission(id).await?;
        let reason = "another source was announced, or it has come already";
        let awaited = submission.awaited().ok_or(Error::Invalid { reason })?;
        let (documents, entries) = beginning(&awaited.idempotency_key, source, first, now);
        let changes = vec![Change { id, seen: Some(submission), entries }];
        let mut recorded = self.record(documents, changes).await?;
        recorded.pop().ok_or(crate::store::SUBMISSION_NOT_FOUND)
    }

    async fn known(&self, key: &str, digest: Sha256Digest) -> Result<SubmissionId<E>, Error> {
        let key = self.store.find(key).await?.ok_or(Error::Conflict)?;
        let id = SubmissionId::new(key);
        let submission = self.submission(id).await?;
        match submission.source() {
            Some(source) if source.digest == digest => Ok(id),
            _ => Err(Error::AlreadyExists { what: "submission" }),
        }
    }

    /// Records a further version of the document, written from the same source, or the first one
    /// of a submission that had none.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if no version is wanted: the bytes are frozen from the first intent on,
    /// until a person orders a retry.
    pub async fn prepare(
        &self,
        id: SubmissionId<E>,
        prepared: &Prepared,
        now: Timestamp,
    ) -> Result<Submission, Error> {
        let submission = self.submission(id).await?;
        let document = submission.history().and_then(|history| history.document());
        let version = document.map_or(1, |document| document.version + 1);
        let entries = prepared.entries(version, now).into();
        let changes = vec![Change { id, seen: Some(submission), entries }];
        let mut recorded = self.record(vec![prepared.document()], changes).await?;
        recorded.pop().ok_or(crate::store::SUBMISSION_NOT_FOUND)
    }

    /// The exact bytes of the source.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the bytes are not those that were recorded.
    pub async fn source(&self, id: SubmissionId<E>) -> Result<Arc<[u8]>, Error> {
        let submission = self.submission(id).await?;
        let source = submission.source().ok_or(Error::NotFound { what: "source" })?;
        let bytes = self.store.document(DocumentKind::Source, source.digest).await?.into_bytes()?;
        let unchanged = Sha256Digest::of(&bytes) == source.digest;
        if unchanged { Ok(bytes) } else { Err(super::WRONG_BYTES) }
    }
}

fn beginning(
    idempotency_key: &str,
    source: &Source,
    first: &First,
    now: Timestamp,
) -> (Vec<NewDocument>, Vec<Entry>) {
    let Source { kind, id, bytes } = source;
    let digest = Sha256Digest::of(bytes);
    let idempotency_key = idempotency_key.to_owned();
    let reference = SourceReference { kind: *kind, id: id.clone(), digest, idempotency_key };
    let mut entries = vec![Entry::new(now, Body::Source(reference))];
    let content = Content::Inline(Arc::clone(bytes));
    let mut documents = vec![NewDocument { kind: DocumentKind::Source, digest, content }];
    let fact = match first {
        First::Prepared(prepared) => {
            entries.extend(prepared.entries(1, now));
            documents.push(prepared.document());
            return (documents, entries);
        }
        First::Deferred(reasons) => Fact::Deferred { reasons: reasons.clone() },
        First::Skipped(rule) => Fact::Skipped { rule: *rule },
        First::Refused(reasons) => Fact::Refused { reasons: reasons.clone() },
    };
    entries.push(Entry::new(now, Body::Fact(fact)));
    (documents, entries)
}
