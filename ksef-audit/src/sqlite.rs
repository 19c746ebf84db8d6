//! The SQLite store: one file per tenant and environment.

mod connect;
mod dialect;
mod index;
mod read;
mod registry;
mod row;
mod script;
mod write;
mod writer;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use ksef_core::port::BoxFuture;
use ksef_core::{ReferenceNumber, Sha256Digest, Timestamp};
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, oneshot};

use self::registry::{Bell, Registrar};
use self::writer::FileTransactions;
use crate::log::TreeHead;
use crate::query::{Counts, Filter, PageRequest};
use crate::registry::{Due, EndpointId, Registry};
use crate::sql::search;
use crate::sql::writer::{Failure, Job, Writer};
use crate::store::{
    Backend, Commit, Content, CountedRows, DocumentKind, Key, Lease, LeaseRequest, READ_ONLY,
    Record, Release, Scope, Setting, SettingChange, Store, numbers_in,
};
use crate::{Entry, Error, Row};

/// Keeps each tenant and environment in a file of its own, in one folder.
///
/// A file is `{tenant}.{environment}.sqlite`, so no text of a user is ever part of a path. What is
/// recorded is on the disk (WAL, `synchronous=FULL`) before a call returns. Several processes may
/// use the folder at the same time.
///
/// `registry.sqlite` beside them is the [`Registry`](crate::registry::Registry): which tenants there
/// are, when each has work next, which webhook endpoint is whose.
#[derive(Debug)]
pub struct Sqlite {
    folder: PathBuf,
    registrar: Registrar,
    open: Mutex<HashMap<Scope, Weak<SqliteStore>>>,
}

impl Sqlite {
    /// The stores in `folder`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the program was linked with an SQLite older than 3.51.3, which
    /// can damage files that two connections write; [`Error::Backend`] if there can be no folder.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        connect::check_version().await?;
        let folder = folder.as_ref().to_owned();
        std::fs::create_dir_all(&folder).map_err(other)?;
        let registrar = Registrar::open(&folder).await?;
        Ok(Self { folder, registrar, open: Mutex::default() })
    }

    async fn store(&self, scope: Scope) -> Result<Arc<dyn Store>, Error> {
        let mut open = self.open.lock().await;
        if let Some(store) = open.get(&scope).and_then(Weak::upgrade) {
            return Ok(store);
        }
        self.registrar.register(scope).await?;
        let file = self.folder.join(file_name(scope));
        let store = Arc::new(SqliteStore::open(&file, scope, self.registrar.bell()).await?);
        open.insert(scope, Arc::downgrade(&store));
        Ok(store)
    }
}

impl Backend for Sqlite {
    fn open(&self, scope: Scope) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>> {
        Box::pin(self.store(scope))
    }
}

impl Registry for Sqlite {
    fn scopes(&self, after: Option<Scope>, limit: u32) -> BoxFuture<'_, Result<Vec<Scope>, Error>> {
        Box::pin(self.registrar.scopes(after, limit))
    }

    fn due(&self, now: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Due>, Error>> {
        Box::pin(self.registrar.due(now, limit))
    }

    fn refresh(&self, scope: Scope) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        Box::pin(async move {
            let noted = self.registrar.noted(scope).await?;
            let next = self.store(scope).await?.next_due().await?;
            self.registrar.settle(scope, noted, next).await?;
            Ok(next)
        })
    }

    fn assign<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.registrar.assign(endpoint, scope))
    }

    fn endpoint<'a>(
        &'a self,
        endpoint: &'a EndpointId,
    ) -> BoxFuture<'a, Result<Option<Scope>, Error>> {
        Box::pin(self.registrar.endpoint(endpoint))
    }

    fn remove<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.registrar.remove(endpoint, scope))
    }
}

fn file_name(scope: Scope) -> String {
    format!("{}.{}.sqlite", scope.tenant(), scope.environment().as_str().to_lowercase())
}

#[derive(Debug)]
struct SqliteStore {
    scope: Scope,
    file: PathBuf,
    readers: SqlitePool,
    /// A snapshot has none.
    writer: Option<Writer>,
}

impl SqliteStore {
    async fn open(file: &Path, scope: Scope, bell: Bell) -> Result<Self, Error> {
        let connection = connect::writer(file, scope).await?;
        let readers = connect::readers(file);
        let writer = Some(Writer::start(FileTransactions::new(scope, connection, bell)));
        Ok(Self { scope, file: file.to_owned(), readers, writer })
    }

    async fn snapshot(&self) -> Result<Self, Error> {
        let readers = connect::snapshot(&self.file).await?;
        Ok(Self { scope: self.scope, file: self.file.clone(), readers, writer: None })
    }

    async fn perform<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Job,
    ) -> Result<T, Error> {
        self.writer.as_ref().ok_or(READ_ONLY)?.perform(job).await
    }
}

impl Store for SqliteStore {
    fn scope(&self) -> Scope {
        self.scope
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Vec<Key>, Error>> {
        Box::pin(self.perform(|reply| Job::Commit(commit, reply)))
    }

    fn entries(&self, key: Key) -> BoxFuture<'_, Result<Vec<Entry>, Error>> {
        Box::pin(async move { read::entries(&self.readers, key.number_in(self.scope)?).await })
    }

    fn entries_of<'a>(
        &'a self,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<Entry>>>, Error>> {
        Box::pin(
            async move { read::entries_of(&self.readers, &numbers_in(self.scope, keys)).await },
        )
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>> {
        Box::pin(async move {
            let store: Arc<dyn Store> = Arc::new(Self::snapshot(self).await?);
            Ok(store)
        })
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(read::check(&self.readers, self.scope))
    }

    fn records(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Record>, Error>> {
        Box::pin(read::records(&self.readers, from, limit))
    }

    fn head(&self) -> BoxFuture<'_, Result<TreeHead, Error>> {
        Box::pin(read::head(&self.readers))
    }

    fn lines(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<(u64, Row)>, Error>> {
        Box::pin(read::lines(&self.readers, from, limit))
    }

    fn find<'a>(&'a self, idempotency_key: &'a str) -> BoxFuture<'a, Result<Option<Key>, Error>> {
        Box::pin(async move {
            let number = read::find(&self.readers, idempotency_key).await?;
            Ok(number.map(|number| self.scope.key(number)))
        })
    }

    fn find_each<'a>(
        &'a self,
        idempotency_keys: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Key>>, Error>> {
        Box::pin(async move {
            let numbers = read::find_each(&self.readers, idempotency_keys).await?;
            Ok(numbers.into_iter().map(|number| Some(self.scope.key(number?))).collect())
        })
    }

    fn documents<'a>(
        &'a self,
        names: &'a [(DocumentKind, Sha256Digest)],
    ) -> BoxFuture<'a, Result<Vec<Option<Content>>, Error>> {
        Box::pin(read::documents(&self.readers, names))
    }

    fn document(
        &self,
        kind: DocumentKind,
        digest: Sha256Digest,
    ) -> BoxFuture<'_, Result<Content, Error>> {
        Box::pin(read::document(&self.readers, kind, digest))
    }

    fn session_key(&self, session: ReferenceNumber) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        Box::pin(read::session_key(&self.readers, session))
    }

    fn row(&self, key: Key) -> BoxFuture<'_, Result<Row, Error>> {
        Box::pin(async move { read::row(&self.readers, key.number_in(self.scope)?).await })
    }

    fn rows<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>> {
        Box::pin(
            async move { search::rows(&mut &self.readers, dialect::of(self.scope), request).await },
        )
    }

    fn named<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>> {
        Box::pin(
            async move { search::named(&mut &self.readers, dialect::of(self.scope), name).await },
        )
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, Error>> {
        Box::pin(dialect::counts(&self.readers))
    }

    fn count<'a>(&'a self, filter: &'a Filter, limit: u32) -> BoxFuture<'a, Result<u32, Error>> {
        Box::pin(async move {
            search::count(&mut &self.readers, dialect::of(self.scope), filter, limit).await
        })
    }

    fn counted_rows<'a>(
        &'a self,
        request: &'a PageRequest,
        limit: u32,
    ) -> BoxFuture<'a, Result<CountedRows, Error>> {
        Box::pin(async move {
            search::counted_rows(&mut &self.readers, dialect::of(self.scope), request, limit).await
        })
    }

    fn settings<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Setting)>, Error>> {
        Box::pin(read::settings(&self.readers, prefix))
    }

    fn shared<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Setting, Error>> {
        Box::pin(read::shared(&self.readers, name))
    }

    fn share(&self, change: SettingChange) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.perform(|reply| Job::Share(change, reply)))
    }

    fn notices(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Entry>, Error>> {
        Box::pin(read::notices(&self.readers, from, limit))
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        Box::pin(read::next_due(&self.readers))
    }

    fn lease<'a>(&'a self, request: &'a LeaseRequest) -> BoxFuture<'a, Result<Vec<Lease>, Error>> {
        Box::pin(self.perform(|reply| Job::Lease(request.clone(), reply)))
    }

    fn release(&self, release: Release) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.perform(move |reply| Job::Release(release, reply)))
    }
}

const BACKEND: &str = "SQLite";

/// What the caller sees of an error of the file system, or of an encoding.
fn other(source: impl Into<ksef_core::port::BoxError>) -> Error {
    Error::Backend { backend: BACKEND, source: source.into() }
}

/// What the caller sees of an error of SQLite.
fn backend(source: sqlx::Error) -> Error {
    match code(&source) {
        Some(SQLITE_CORRUPT) => Error::Damaged { finding: "a page of the file is damaged" },
        Some(SQLITE_NOTADB) => Error::Damaged { finding: "the file is no SQLite database" },
        _ => other(source),
    }
}

/// Whether a job is to blame for an error within a transaction: what the file itself refuses is that
/// of a job, everything else meets them all.
fn blame(source: sqlx::Error) -> Failure {
    match code(&source) {
        Some(SQLITE_TOOBIG | SQLITE_CONSTRAINT | SQLITE_MISMATCH) => Failure::Job(backend(source)),
        _ => Failure::Transaction(backend(source)),
    }
}

fn code(source: &sqlx::Error) -> Option<u32> {
    let code = source.as_database_error().and_then(|error| error.code())?;
    // Extended codes have the primary one in their lowest byte.
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

const SQLITE_CORRUPT: u32 = 11;
const SQLITE_TOOBIG: u32 = 18;
const SQLITE_CONSTRAINT: u32 = 19;
const SQLITE_MISMATCH: u32 = 20;
const SQLITE_NOTADB: u32 = 26;

fn timestamp(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| Error::Damaged { finding: "a time cannot be read" })
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), Error> {
    sqlx::raw_sql(sql).execute(connection).await.map_err(backend)?;
    Ok(())
}
