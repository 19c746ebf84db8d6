//! The PostgreSQL store: one schema for all tenants, kept apart by row security.

mod answer;
mod batch;
mod connect;
mod dialect;
mod known;
mod read;
mod registry;
mod statement;
mod write;

use core::fmt;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

use ksef_core::port::BoxFuture;
use ksef_core::{ReferenceNumber, Sha256Digest, Timestamp};
use sqlx::{PgConnection, PgPool};
use tokio::sync::{Mutex, oneshot};

use self::answer::{LONG, PATIENCE};
use self::connect::Readers;
use crate::log::TreeHead;
use crate::query::{Counts, Filter, PageRequest};
use crate::registry::{Due, EndpointId, Registry};
use crate::sql::search;
use crate::sql::writer::{Job, Writer};
use crate::store::{
    Backend, Commit, Content, CountedRows, DocumentKind, Key, Lease, LeaseRequest, READ_ONLY,
    Record, Release, Scope, Setting, SettingChange, Store, numbers_in,
};
use crate::{Entry, Error, Row};

/// Keeps all tenants and environments in the schema `ksef_audit` of a PostgreSQL database.
///
/// Two roles share the work. The *owner* makes the schema and brings it up to date
/// ([`Postgres::migrate`]); the *application* works with it ([`Postgres::open`]), owns nothing, and
/// may not change what is recorded. Every table but those that are read before a tenant is known has
/// `FORCE ROW LEVEL SECURITY`; the tenant is set inside each transaction, and every statement names
/// it as well, so either of the two is enough. What is recorded is durable before a call returns,
/// also where the server's default is `synchronous_commit = off`. Any number of processes and hosts
/// may share the database.
///
/// Addresses are those of libpq: `postgres://user:password@host:5432/database?sslmode=verify-full`.
/// TLS is rustls; name a certificate authority of your own with `sslrootcert`. Without `sslmode` a
/// server that offers no TLS is spoken to without it.
pub struct Postgres {
    pool: PgPool,
    open: Mutex<HashMap<Scope, Weak<PostgresStore>>>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options of the pool have the password.
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    /// Makes the schema, or brings it up to date, and grants the role `application` what it needs.
    ///
    /// `address` is that of the owner: a role that may create a schema in the database. Several
    /// processes may do this at the same time.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if a later version of the program made the schema;
    /// [`Error::Backend`] if the server cannot be reached, or refuses.
    pub async fn migrate(address: &str, application: &str) -> Result<(), Error> {
        connect::migrate(address, application).await
    }

    /// The stores in the database, as the application's role.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the schema is not the one of this version, if row security does
    /// not bind the role or is not forced, if the encoding of the database is not UTF-8, or if the
    /// server runs with `fsync = off`; [`Error::Backend`] if it cannot be reached.
    pub async fn open(address: &str) -> Result<Self, Error> {
        Ok(Self { pool: connect::pool(address).await?, open: Mutex::default() })
    }

    async fn store(&self, scope: Scope) -> Result<Arc<dyn Store>, Error> {
        let mut open = self.open.lock().await;
        if let Some(store) = open.get(&scope).and_then(Weak::upgrade) {
            return Ok(store);
        }
        connect::register(&self.pool, scope).await?;
        let store = Arc::new(PostgresStore::new(self.pool.clone(), scope));
        open.insert(scope, Arc::downgrade(&store));
        Ok(store)
    }
}

impl Backend for Postgres {
    fn open(&self, scope: Scope) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>> {
        Box::pin(self.store(scope))
    }
}

impl Registry for Postgres {
    fn scopes(&self, after: Option<Scope>, limit: u32) -> BoxFuture<'_, Result<Vec<Scope>, Error>> {
        Box::pin(registry::scopes(&self.pool, after, limit))
    }

    fn due(&self, now: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Due>, Error>> {
        Box::pin(registry::due(&self.pool, now, limit))
    }

    fn refresh(&self, scope: Scope) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        // Every record brings it up to date in the same transaction.
        Box::pin(async move { self.store(scope).await?.next_due().await })
    }

    fn assign<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(registry::assign(&self.pool, endpoint, scope))
    }

    fn endpoint<'a>(
        &'a self,
        endpoint: &'a EndpointId,
    ) -> BoxFuture<'a, Result<Option<Scope>, Error>> {
        Box::pin(registry::endpoint(&self.pool, endpoint))
    }

    fn remove<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(registry::remove(&self.pool, endpoint, scope))
    }
}

#[derive(Debug)]
struct PostgresStore {
    scope: Scope,
    readers: Readers,
    /// A snapshot has none.
    writer: Option<Writer>,
}

impl PostgresStore {
    fn new(pool: PgPool, scope: Scope) -> Self {
        let writer = Some(Writer::start(write::Transactions::new(pool.clone(), scope)));
        Self { scope, readers: Readers::now(pool, scope), writer }
    }

    async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.readers.read(PATIENCE, work).await
    }

    async fn perform<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Job,
    ) -> Result<T, Error> {
        self.writer.as_ref().ok_or(READ_ONLY)?.perform(job).await
    }
}

impl Store for PostgresStore {
    fn scope(&self) -> Scope {
        self.scope
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Vec<Key>, Error>> {
        Box::pin(self.perform(|reply| Job::Commit(commit, reply)))
    }

    fn entries(&self, key: Key) -> BoxFuture<'_, Result<Vec<Entry>, Error>> {
        Box::pin(async move {
            let number = key.number_in(self.scope)?;
            self.read(async |connection| read::entries(connection, self.scope, number).await).await
        })
    }

    fn entries_of<'a>(
        &'a self,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<Entry>>>, Error>> {
        Box::pin(async move {
            let numbers = numbers_in(self.scope, keys);
            let entries = async |connection: &mut PgConnection| {
                read::entries_of(connection, self.scope, &numbers).await
            };
            self.read(entries).await
        })
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>> {
        Box::pin(async move {
            let readers = self.readers.snapshot(self.scope).await?;
            let store: Arc<dyn Store> = Arc::new(Self { scope: self.scope, readers, writer: None });
            Ok(store)
        })
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Error>> {
        let check = async |connection: &mut PgConnection| read::check(connection, self.scope).await;
        Box::pin(self.readers.read(LONG, check))
    }

    fn records(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Record>, Error>> {
        Box::pin(
            self.read(async move |connection| {
                read::records(connection, self.scope, from, limit).await
            }),
        )
    }

    fn head(&self) -> BoxFuture<'_, Result<TreeHead, Error>> {
        Box::pin(self.read(async move |connection| read::head(connection, self.scope).await))
    }

    fn lines(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<(u64, Row)>, Error>> {
        Box::pin(
            self.read(async move |connection| {
                read::lines(connection, self.scope, from, limit).await
            }),
        )
    }

    fn find<'a>(&'a self, idempotency_key: &'a str) -> BoxFuture<'a, Result<Option<Key>, Error>> {
        Box::pin(async move {
            let find = async |connection: &mut PgConnection| {
                read::find(connection, self.scope, idempotency_key).await
            };
            Ok(self.read(find).await?.map(|number| self.scope.key(number)))
        })
    }

    fn find_each<'a>(
        &'a self,
        idempotency_keys: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Key>>, Error>> {
        Box::pin(async move {
            let find = async |connection: &mut PgConnection| {
                read::find_each(connection, self.scope, idempotency_keys).await
            };
            let numbers = self.read(find).await?.into_iter();
            Ok(numbers.map(|number| Some(self.scope.key(number?))).collect())
        })
    }

    fn documents<'a>(
        &'a self,
        names: &'a [(DocumentKind, Sha256Digest)],
    ) -> BoxFuture<'a, Result<Vec<Option<Content>>, Error>> {
        Box::pin(
            self.read(async move |connection| read::documents(connection, self.scope, names).await),
        )
    }

    fn document(
        &self,
        kind: DocumentKind,
        digest: Sha256Digest,
    ) -> BoxFuture<'_, Result<Content, Error>> {
        Box::pin(self.read(async move |connection| {
            read::document(connection, self.scope, kind, digest).await
        }))
    }

    fn session_key(&self, session: ReferenceNumber) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        Box::pin(
            self.read(async move |connection| {
                read::session_key(connection, self.scope, session).await
            }),
        )
    }

    fn row(&self, key: Key) -> BoxFuture<'_, Result<Row, Error>> {
        Box::pin(async move {
            let number = key.number_in(self.scope)?;
            self.read(async |connection| read::row(connection, self.scope, number).await).await
        })
    }

    fn rows<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>> {
        Box::pin(self.read(async move |connection| {
            search::rows(connection, dialect::of(self.scope), request).await
        }))
    }

    fn named<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>> {
        Box::pin(self.read(async move |connection| {
            search::named(connection, dialect::of(self.scope), name).await
        }))
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, Error>> {
        Box::pin(self.read(async move |connection| dialect::counts(connection, self.scope).await))
    }

    fn count<'a>(&'a self, filter: &'a Filter, limit: u32) -> BoxFuture<'a, Result<u32, Error>> {
        Box::pin(self.read(async move |connection| {
            search::count(connection, dialect::of(self.scope), filter, limit).await
        }))
    }

    fn counted_rows<'a>(
        &'a self,
        request: &'a PageRequest,
        limit: u32,
    ) -> BoxFuture<'a, Result<CountedRows, Error>> {
        Box::pin(self.read(async move |connection| {
            search::counted_rows(connection, dialect::of(self.scope), request, limit).await
        }))
    }

    fn settings<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Setting)>, Error>> {
        Box::pin(
            self.read(async move |connection| read::settings(connection, self.scope, prefix).await),
        )
    }

    fn shared<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Setting, Error>> {
        Box::pin(
            self.read(async move |connection| read::shared(connection, self.scope, name).await),
        )
    }

    fn share(&self, change: SettingChange) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.perform(|reply| Job::Share(change, reply)))
    }

    fn notices(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Entry>, Error>> {
        Box::pin(
            self.read(async move |connection| {
                read::notices(connection, self.scope, from, limit).await
            }),
        )
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        Box::pin(self.read(async move |connection| read::next_due(connection, self.scope).await))
    }

    fn lease<'a>(&'a self, request: &'a LeaseRequest) -> BoxFuture<'a, Result<Vec<Lease>, Error>> {
        Box::pin(self.perform(|reply| Job::Lease(request.clone(), reply)))
    }

    fn release(&self, release: Release) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.perform(move |reply| Job::Release(release, reply)))
    }
}

const BACKEND: &str = "PostgreSQL";

/// What the caller sees of an error of PostgreSQL. The server's details, which quote rows, are left
/// out; its message and code are kept.
fn backend(source: sqlx::Error) -> Error {
    let Some(error) = source.as_database_error() else {
        return Error::Backend { backend: BACKEND, source: source.into() };
    };
    let code = error.code().unwrap_or_default();
    match &*code {
        CHARACTER_NOT_IN_REPERTOIRE => Error::Invalid { reason: "a text has a zero character" },
        DATA_CORRUPTED | INDEX_CORRUPTED => {
            Error::Damaged { finding: "PostgreSQL says that its data is corrupted" }
        }
        _ => {
            let source = format!("{} (SQLSTATE {code})", error.message()).into();
            Error::Backend { backend: BACKEND, source }
        }
    }
}

const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";
const DATA_CORRUPTED: &str = "XX001";
const INDEX_CORRUPTED: &str = "XX002";
