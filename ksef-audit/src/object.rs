//! Documents in an object store: large ones leave the database, their digests stay.

use core::fmt;
use std::sync::Arc;

use ksef_core::port::BoxFuture;
use ksef_core::{ReferenceNumber, Sha256Digest, Timestamp};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};

use crate::log::TreeHead;
use crate::query::{Counts, Filter, PageRequest};
use crate::registry::{Due, EndpointId, Registry};
use crate::store::{
    Backend, Commit, Content, CountedRows, DocumentKind, Key, Lease, LeaseRequest, Record, Release,
    Scope, Setting, SettingChange, Store, unless_missing,
};
use crate::{Entry, Error, Row};

/// Any backend, with the documents above a size in an object store.
///
/// A document is written there before it is recorded, under
/// `{tenant}/{environment}/{kind}/{SHA-256}`, once: the store has to refuse a second write under
/// the same name, and [`WithObjects::new`] probes that it does. For a local folder, use
/// `LocalFileSystem::new_with_prefix(…)?.with_fsync(true)`, since without it nothing is durable.
pub struct WithObjects<B> {
    backend: B,
    objects: Arc<dyn ObjectStore>,
    largest_inline: usize,
}

impl<B: fmt::Debug> fmt::Debug for WithObjects<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WithObjects({:?}, {})", self.backend, self.objects)
    }
}

impl<B: Backend> WithObjects<B> {
    /// Puts documents of more than `largest_inline` bytes into `objects`.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the store takes a second write under the same name, which some
    /// that speak S3 do, or loses the first; [`Error::Backend`] if it cannot be reached.
    pub async fn new(
        backend: B,
        objects: Arc<dyn ObjectStore>,
        largest_inline: usize,
    ) -> Result<Self, Error> {
        probe(&*objects).await?;
        Ok(Self { backend, objects, largest_inline })
    }
}

/// Whether a name can be written once only. The probe stays there and serves the next start.
pub(crate) async fn probe(objects: &dyn ObjectStore) -> Result<(), Error> {
    const FIRST: &[u8] = b"written once";
    let name = Path::from("put-if-absent.probe");
    match create(objects, &name, FIRST.into()).await {
        Ok(()) | Err(object_store::Error::AlreadyExists { .. }) => {}
        Err(error) => return Err(backend(error)),
    }
    let second = create(objects, &name, b"written twice".as_slice().into()).await;
    let is_refused = matches!(second, Err(object_store::Error::AlreadyExists { .. }));
    if is_refused && get(objects, &name).await? == FIRST {
        return Ok(());
    }
    Err(Error::Unsupported { what: "an object store without put-if-absent" })
}

pub(crate) async fn create(
    objects: &dyn ObjectStore,
    name: &Path,
    bytes: Arc<[u8]>,
) -> Result<(), object_store::Error> {
    let payload = PutPayload::from(bytes.to_vec());
    let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    objects.put_opts(name, payload, options).await?;
    Ok(())
}

pub(crate) async fn get(objects: &dyn ObjectStore, name: &Path) -> Result<Vec<u8>, Error> {
    let found = match objects.get(name).await {
        Err(object_store::Error::NotFound { .. }) => {
            return Err(Error::NotFound { what: "document" });
        }
        found => found.map_err(backend)?,
    };
    Ok(found.bytes().await.map_err(backend)?.to_vec())
}

fn backend(source: object_store::Error) -> Error {
    Error::Backend { backend: "object", source: source.into() }
}

impl<B: Backend> Backend for WithObjects<B> {
    fn open(&self, scope: Scope) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>> {
        Box::pin(async move {
            let store: Arc<dyn Store> = Arc::new(ObjectStoreOf {
                store: self.backend.open(scope).await?,
                objects: Arc::clone(&self.objects),
                largest_inline: self.largest_inline,
            });
            Ok(store)
        })
    }
}

impl<B: Registry> Registry for WithObjects<B> {
    fn scopes(&self, after: Option<Scope>, limit: u32) -> BoxFuture<'_, Result<Vec<Scope>, Error>> {
        self.backend.scopes(after, limit)
    }

    fn due(&self, now: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Due>, Error>> {
        self.backend.due(now, limit)
    }

    fn refresh(&self, scope: Scope) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        self.backend.refresh(scope)
    }

    fn assign<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.backend.assign(endpoint, scope)
    }

    fn endpoint<'a>(
        &'a self,
        endpoint: &'a EndpointId,
    ) -> BoxFuture<'a, Result<Option<Scope>, Error>> {
        self.backend.endpoint(endpoint)
    }

    fn remove<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.backend.remove(endpoint, scope)
    }
}

struct ObjectStoreOf {
    store: Arc<dyn Store>,
    objects: Arc<dyn ObjectStore>,
    largest_inline: usize,
}

impl fmt::Debug for ObjectStoreOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectStoreOf({:?}, {})", self.store, self.objects)
    }
}

impl ObjectStoreOf {
    fn name(&self, kind: DocumentKind, digest: Sha256Digest) -> Path {
        let scope = self.store.scope();
        let (tenant, environment) = (scope.tenant(), scope.environment().as_str());
        Path::from(format!("{tenant}/{environment}/{}/{}", kind.as_str(), digest.to_hex()))
    }

    async fn fetch(
        &self,
        (kind, digest): (DocumentKind, Sha256Digest),
        stored: Content,
    ) -> Result<Content, Error> {
        match stored {
            Content::Elsewhere => {
                let bytes = get(&*self.objects, &self.name(kind, digest)).await?;
                Ok(Content::Inline(bytes.into()))
            }
            inline @ Content::Inline(_) => Ok(inline),
        }
    }

    /// Large documents first, so that what is recorded is there. One that is there already has
    /// the same bytes, unless it was damaged; then it is not recorded.
    async fn move_out(&self, commit: &mut Commit) -> Result<(), Error> {
        for document in &mut commit.documents {
            let Content::Inline(bytes) = &document.content else { continue };
            if bytes.len() <= self.largest_inline {
                continue;
            }
            let name = self.name(document.kind, document.digest);
            match create(&*self.objects, &name, Arc::clone(bytes)).await {
                Err(object_store::Error::AlreadyExists { .. }) => {
                    if get(&*self.objects, &name).await? != **bytes {
                        return Err(crate::tenant::WRONG_BYTES);
                    }
                }
                created => created.map_err(backend)?,
            }
            document.content = Content::Elsewhere;
        }
        Ok(())
    }
}

impl Store for ObjectStoreOf {
    fn commit(&self, mut commit: Commit) -> BoxFuture<'_, Result<Vec<Key>, Error>> {
        Box::pin(async move {
            self.move_out(&mut commit).await?;
            self.store.commit(commit).await
        })
    }

    fn document(
        &self,
        kind: DocumentKind,
        digest: Sha256Digest,
    ) -> BoxFuture<'_, Result<Content, Error>> {
        Box::pin(async move {
            let content = self.store.document(kind, digest).await?;
            self.fetch((kind, digest), content).await
        })
    }

    fn documents<'a>(
        &'a self,
        names: &'a [(DocumentKind, Sha256Digest)],
    ) -> BoxFuture<'a, Result<Vec<Option<Content>>, Error>> {
        Box::pin(async move {
            let mut contents = self.store.documents(names).await?;
            for (content, name) in contents.iter_mut().zip(names) {
                if let Some(stored) = content.take() {
                    *content = unless_missing(self.fetch(*name, stored).await)?;
                }
            }
            Ok(contents)
        })
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>> {
        Box::pin(async move {
            let store: Arc<dyn Store> = Arc::new(Self {
                store: self.store.snapshot().await?,
                objects: Arc::clone(&self.objects),
                largest_inline: self.largest_inline,
            });
            Ok(store)
        })
    }

    fn scope(&self) -> Scope {
        self.store.scope()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Error>> {
        self.store.check()
    }

    fn entries(&self, key: Key) -> BoxFuture<'_, Result<Vec<Entry>, Error>> {
        self.store.entries(key)
    }

    fn entries_of<'a>(
        &'a self,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<Entry>>>, Error>> {
        self.store.entries_of(keys)
    }

    fn records(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Record>, Error>> {
        self.store.records(from, limit)
    }

    fn head(&self) -> BoxFuture<'_, Result<TreeHead, Error>> {
        self.store.head()
    }

    fn lines(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<(u64, Row)>, Error>> {
        self.store.lines(from, limit)
    }

    fn find<'a>(&'a self, idempotency_key: &'a str) -> BoxFuture<'a, Result<Option<Key>, Error>> {
        self.store.find(idempotency_key)
    }

    fn find_each<'a>(
        &'a self,
        idempotency_keys: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Key>>, Error>> {
        self.store.find_each(idempotency_keys)
    }

    fn session_key(&self, session: ReferenceNumber) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        self.store.session_key(session)
    }

    fn row(&self, key: Key) -> BoxFuture<'_, Result<Row, Error>> {
        self.store.row(key)
    }

    fn rows<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>> {
        self.store.rows(request)
    }

    fn named<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>> {
        self.store.named(name)
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, Error>> {
        self.store.counts()
    }

    fn count<'a>(&'a self, filter: &'a Filter, limit: u32) -> BoxFuture<'a, Result<u32, Error>> {
        self.store.count(filter, limit)
    }

    fn counted_rows<'a>(
        &'a self,
        request: &'a PageRequest,
        limit: u32,
    ) -> BoxFuture<'a, Result<CountedRows, Error>> {
        self.store.counted_rows(request, limit)
    }

    fn settings<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Setting)>, Error>> {
        self.store.settings(prefix)
    }

    fn shared<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Setting, Error>> {
        self.store.shared(name)
    }

    fn share(&self, change: SettingChange) -> BoxFuture<'_, Result<(), Error>> {
        self.store.share(change)
    }

    fn notices(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Entry>, Error>> {
        self.store.notices(from, limit)
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        self.store.next_due()
    }

    fn lease<'a>(&'a self, request: &'a LeaseRequest) -> BoxFuture<'a, Result<Vec<Lease>, Error>> {
        self.store.lease(request)
    }

    fn release(&self, release: Release) -> BoxFuture<'_, Result<(), Error>> {
        self.store.release(release)
    }
}
