//! What a backend provides, for one tenant and one environment.

use core::fmt::Debug;
use std::sync::Arc;

use ksef_core::port::BoxFuture;
use ksef_core::{Environment, ReferenceNumber, Sha256Digest, TenantId, Timestamp};

use crate::log::TreeHead;
use crate::query::{Counts, Filter, PageRequest};
use crate::{Entry, Error, Row};

/// Gives out stores, each for one tenant and one environment.
pub trait Backend: Debug + Send + Sync {
    /// The store of `scope`, made if it is not there yet.
    fn open(&self, scope: Scope) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>>;
}

/// A tenant in an environment: the wall around everything that is kept.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Scope {
    tenant: TenantId,
    environment: Environment,
}

impl Scope {
    /// The scope of `tenant` in `environment`.
    #[must_use]
    pub const fn new(tenant: TenantId, environment: Environment) -> Self {
        Self { tenant, environment }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(self) -> TenantId {
        self.tenant
    }

    /// The environment.
    #[must_use]
    pub const fn environment(self) -> Environment {
        self.environment
    }

    /// The key of the submission with this number in this scope.
    #[must_use]
    pub const fn key(self, number: u64) -> Key {
        Key { scope: self, number }
    }
}

/// A submission, named together with the scope it lives in.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    scope: Scope,
    number: u64,
}

impl Key {
    /// The scope it lives in.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.scope
    }

    /// Its number within its scope, for people.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.number
    }

    /// Its number within `scope`: 1 for the first, without gaps.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the key is of another scope.
    pub fn number_in(self, scope: Scope) -> Result<u64, Error> {
        if self.scope == scope { Ok(self.number) } else { Err(SUBMISSION_NOT_FOUND) }
    }
}

/// The numbers of submissions within `scope`; none for one of another.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) fn numbers_in(scope: Scope, keys: &[Key]) -> Vec<Option<u64>> {
    keys.iter().map(|key| key.number_in(scope).ok()).collect()
}

pub(crate) const READ_ONLY: Error = Error::Unsupported { what: "recording in a snapshot" };
pub(crate) const SUBMISSION_NOT_FOUND: Error = Error::NotFound { what: "submission" };

/// The store of one tenant in one environment.
///
/// It keeps entries, documents and rows, and it knows nothing of the submission protocol: what may
/// be recorded is decided before, and [`Write::expected`] makes sure that nothing came in between.
/// Everything recorded is durable when the call returns.
pub trait Store: Debug + Send + Sync {
    /// Whose store it is.
    fn scope(&self) -> Scope;

    /// Records everything in `commit`, or nothing. Returns the keys of the submissions, in order.
    ///
    /// [`Error::Conflict`] where a submission has another number of entries than expected or a
    /// setting another version, [`Error::AlreadyExists`] where the idempotency key is taken.
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Vec<Key>, Error>>;

    /// The entries of a submission in their order; [`Error::NotFound`] if it is not here.
    fn entries(&self, key: Key) -> BoxFuture<'_, Result<Vec<Entry>, Error>>;

    /// The entries of many submissions, as [`Store::entries`] says of each; none for one that is not
    /// here. A backend to which a question costs much answers all at once.
    fn entries_of<'a>(
        &'a self,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<Entry>>>, Error>> {
        Box::pin(async move {
            let mut all = Vec::with_capacity(keys.len());
            for key in keys {
                all.push(unless_missing(self.entries(*key).await)?);
            }
            Ok(all)
        })
    }

    /// The store as it is now: what is recorded later is not in it, and nothing can be recorded
    /// through it.
    fn snapshot(&self) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>>;

    /// The backend's own check of its files, if it has one; [`Error::Damaged`] says what is wrong.
    fn check(&self) -> BoxFuture<'_, Result<(), Error>>;

    /// The records of the log from `from` on, at most `limit`, as they are stored.
    fn records(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Record>, Error>>;

    /// The head of the log, as it is stored.
    fn head(&self) -> BoxFuture<'_, Result<TreeHead, Error>>;

    /// The numbers of all submissions that have a line in the audit log, from `from` on in their
    /// order, at most `limit`.
    fn lines(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<(u64, Row)>, Error>>;

    /// The submission that was created with this idempotency key.
    fn find<'a>(&'a self, idempotency_key: &'a str) -> BoxFuture<'a, Result<Option<Key>, Error>>;

    /// The submissions that were created with these idempotency keys, as [`Store::find`] says of
    /// each.
    fn find_each<'a>(
        &'a self,
        idempotency_keys: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Key>>, Error>> {
        Box::pin(async move {
            let mut all = Vec::with_capacity(idempotency_keys.len());
            for key in idempotency_keys {
                all.push(self.find(key).await?);
            }
            Ok(all)
        })
    }

    /// The document of this kind with this digest.
    fn document(
        &self,
        kind: DocumentKind,
        digest: Sha256Digest,
    ) -> BoxFuture<'_, Result<Content, Error>>;

    /// Many documents, as [`Store::document`] says of each; none for one that is not here.
    fn documents<'a>(
        &'a self,
        names: &'a [(DocumentKind, Sha256Digest)],
    ) -> BoxFuture<'a, Result<Vec<Option<Content>>, Error>> {
        Box::pin(async move {
            let mut all = Vec::with_capacity(names.len());
            for (kind, digest) in names {
                all.push(unless_missing(self.document(*kind, *digest).await)?);
            }
            Ok(all)
        })
    }

    /// The sealed key of a session; [`Error::NotFound`] if there is none.
    fn session_key(&self, session: ReferenceNumber) -> BoxFuture<'_, Result<Vec<u8>, Error>>;

    /// The line of the audit log; [`Error::NotFound`] if the submission is not here.
    fn row(&self, key: Key) -> BoxFuture<'_, Result<Row, Error>>;

    /// The lines of a page, as [`Filter::matches`] and [`PageRequest`] say.
    fn rows<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>>;

    /// The lines of which the order reference, or the id of the source, is exactly this. A backend that
    /// finds names as a whole need not look for their parts.
    fn named<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>> {
        Box::pin(async move {
            let filter = Filter { order_reference: Some(name.to_owned()), ..Filter::default() };
            let mut request = PageRequest { filter, after: None, limit: 100 };
            let mut named = Vec::new();
            loop {
                let rows = self.rows(&request).await?;
                request.after = request.next(&rows);
                named.extend(rows.into_iter().filter(|(_, row)| row.is_named(name)));
                if request.after.is_none() {
                    named.sort_unstable_by_key(|(key, _)| key.number());
                    return Ok(named);
                }
            }
        })
    }

    /// How many submissions there are, by status.
    fn counts(&self) -> BoxFuture<'_, Result<Counts, Error>>;

    /// How many lines the filter leaves; counting ends at `limit`.
    fn count<'a>(&'a self, filter: &'a Filter, limit: u32) -> BoxFuture<'a, Result<u32, Error>>;

    /// The lines of a page, with how many the filter leaves on all pages; counting ends at `limit`. A
    /// backend that judges a filter before it looks for its lines need do so only once here.
    fn counted_rows<'a>(
        &'a self,
        request: &'a PageRequest,
        limit: u32,
    ) -> BoxFuture<'a, Result<CountedRows, Error>> {
        Box::pin(async move {
            let rows = self.rows(request).await?;
            let count = match request.count_of_all(&rows) {
                Some(count) => count.min(limit),
                None => self.count(&request.filter, limit).await?,
            };
            Ok(CountedRows { rows, count })
        })
    }

    /// Everything that is set under a name that begins with `prefix`, by name; what was destroyed
    /// is there without its value.
    fn settings<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Setting)>, Error>>;

    /// What processes share under this name, see [`Store::share`].
    fn shared<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Setting, Error>>;

    /// Shares a value with other processes, of which the log tells nothing; [`Error::Conflict`] if
    /// another process was first. A value is not destroyed here.
    fn share(&self, change: SettingChange) -> BoxFuture<'_, Result<(), Error>>;

    /// The notices from the `from`-th on, counted from 0, at most `limit`.
    fn notices(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Entry>, Error>>;

    /// When the next work can be leased; `None` if nothing is due by itself.
    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>>;

    /// Hands out due work, the longest due first, to a worker until `request.until`.
    fn lease<'a>(&'a self, request: &'a LeaseRequest) -> BoxFuture<'a, Result<Vec<Lease>, Error>>;

    /// Gives work back. A lease that another worker has by now is left to that one.
    fn release(&self, release: Release) -> BoxFuture<'_, Result<(), Error>>;
}

/// What is not here is none.
pub(crate) fn unless_missing<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(Error::NotFound { .. }) => Ok(None),
        result => result.map(Some),
    }
}

/// The lines of a page, and how many the filter leaves on all pages.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made by every backend")]
pub struct CountedRows {
    /// The lines, as [`Store::rows`] finds them.
    pub rows: Vec<(Key, Row)>,
    /// How many there are on all pages, as [`Store::count`] counts them.
    pub count: u32,
}

/// A leaf of the log with the columns under which it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made by every backend")]
pub struct Record {
    /// Its place in the log, counted from 0.
    pub sequence: u64,
    /// The number of the submission, or 0 for a notice.
    pub submission: u64,
    /// Its place within the submission or among the notices, counted from 0.
    pub position: u64,
    /// The exact bytes.
    pub bytes: Vec<u8>,
}

/// What is recorded together.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "every backend must take all of it")]
pub struct Commit {
    /// Documents, each kept once under its digest and never changed.
    pub documents: Vec<NewDocument>,
    /// Sealed keys of sessions; where there is one, it stays.
    pub session_keys: Vec<SealedKey>,
    /// Entries, by submission.
    pub writes: Vec<Write>,
    /// Entries about the tenant as a whole. They stand in the log after those of `writes`.
    pub notices: Vec<Notice>,
}

/// An entry about the tenant as a whole, and what it changes.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every backend must take all of it")]
pub struct Notice {
    /// The entry. Its [`Place::submission`](crate::entry::Place::submission) is 0.
    pub entry: Entry,
    /// What is set with it.
    pub change: Option<SettingChange>,
}

/// A value that takes the place of what is set under a name.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every backend must take all of it")]
pub struct SettingChange {
    /// The name.
    pub name: String,
    /// The version that it must have, so that this can follow; 0 where it was never set. It has the
    /// next one afterwards.
    pub expected: u32,
    /// The value; none destroys what is there, so that it is not in the files of the store either.
    pub value: Option<Vec<u8>>,
}

/// What is set under a name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made by every backend")]
pub struct Setting {
    /// How many changes it had; 0 where it was never set.
    pub version: u32,
    /// The value; none where it was destroyed.
    pub value: Option<Vec<u8>>,
}

/// A document to be kept.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every backend must take all of it")]
pub struct NewDocument {
    /// What it is.
    pub kind: DocumentKind,
    /// The SHA-256 of its bytes.
    pub digest: Sha256Digest,
    /// Its exact bytes, or that they are kept elsewhere.
    pub content: Content,
}

/// Where the bytes of a document are.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "they are here or they are not")]
pub enum Content {
    /// Here.
    Inline(Arc<[u8]>),
    /// In the object store that the backend is wrapped in, under the document's digest.
    Elsewhere,
}

impl Content {
    /// The bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if they are in an object store that the backend was opened without.
    pub fn into_bytes(self) -> Result<Arc<[u8]>, Error> {
        match self {
            Self::Inline(bytes) => Ok(bytes),
            Self::Elsewhere => Err(Error::Unsupported {
                what: "a document in an object store; open the backend with that store",
            }),
        }
    }
}

/// The sealed key of a session.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "every backend must take all of it")]
pub struct SealedKey {
    /// The session.
    pub session: ReferenceNumber,
    /// Its key, sealed.
    pub sealed: Vec<u8>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "every use must say what it means for each")]
pub enum DocumentKind {
    /// The immutable source.
    Source,
    /// An invoice, as it is or was to be sent.
    Invoice,
    /// A verified receipt.
    Upo,
    /// A receipt that does not fit.
    Quarantined,
}

impl DocumentKind {
    /// The name as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "SOURCE",
            Self::Invoice => "INVOICE",
            Self::Upo => "UPO",
            Self::Quarantined => "QUARANTINED",
        }
    }
}

/// Entries of one submission, and what follows from them.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every backend must take all of it")]
pub struct Write {
    /// Which submission.
    pub target: Target,
    /// How many entries it must have, so that these can follow.
    pub expected: u32,
    /// The entries. There may be none, where only the time of the next step has changed.
    pub entries: Vec<Entry>,
    /// The line of the audit log with these entries.
    pub row: Row,
    /// When a worker is to look at it next.
    pub due_at: Option<Timestamp>,
}

/// The submission that a write is for.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a submission is there or it is not")]
pub enum Target {
    /// A new one, with the key that makes a second creation find the first.
    New {
        /// The idempotency key.
        idempotency_key: String,
    },
    /// One that is there.
    Existing(Key),
}

/// Who asks for how much work.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every worker")]
pub struct LeaseRequest {
    /// The worker's name, unique per start.
    pub worker: String,
    /// The present.
    pub now: Timestamp,
    /// When the lease ends by itself.
    pub until: Timestamp,
    /// The most leases.
    pub limit: u32,
}

/// Work that a worker has for a while.
///
/// It keeps others from doing the same work, as long as clocks and workers behave. That nothing is
/// sent twice does not depend on it but on the fence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made by every backend")]
pub struct Lease {
    /// The submission.
    pub key: Key,
    /// Counts the leases of this submission; an older one is void.
    pub token: u64,
    /// How many leases in a row, this one included, were not followed by a record.
    pub strikes: u32,
}

/// Work that is given back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "every field is needed")]
pub struct Release {
    /// The lease that ends.
    pub lease: Lease,
    /// How many entries the submission had when `due_at` was decided. If it has others by now, what
    /// recorded them has said when the work is due, and that stays.
    pub seen: u32,
    /// When the work is due again; `None` if never by itself.
    pub due_at: Option<Timestamp>,
}
