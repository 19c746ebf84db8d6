//! The store that forgets: the reference for what a backend does, and a double for tests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ksef_core::port::BoxFuture;
use ksef_core::{ReferenceNumber, Sha256Digest, Timestamp};

use crate::entry::Place;
use crate::log::{Frontier, TreeHead, leaf_hash};
use crate::query::{Counts, Filter, PageRequest};
use crate::registry::{Due, EndpointId, Registry};
use crate::store::{
    Backend, Commit, Content, DocumentKind, Key, Lease, LeaseRequest, Notice, READ_ONLY, Record,
    Release, SUBMISSION_NOT_FOUND, Scope, Setting, SettingChange, Store, Target, Write,
};
use crate::{Entry, Error, Row};

/// Keeps everything in memory, for tests and for trying things out.
#[derive(Debug, Default)]
pub struct InMemory {
    stores: Mutex<BTreeMap<Scope, Arc<MemoryStore>>>,
    endpoints: Mutex<HashMap<EndpointId, Scope>>,
}

impl InMemory {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Backend for InMemory {
    fn open(&self, scope: Scope) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>> {
        let mut stores = lock(&self.stores);
        let store = stores.entry(scope).or_insert_with(|| Arc::new(MemoryStore::new(scope)));
        let store: Arc<dyn Store> = Arc::<MemoryStore>::clone(store);
        ready(Ok(store))
    }
}

impl InMemory {
    fn next_due(&self, scope: Scope) -> Option<Timestamp> {
        let store = lock(&self.stores).get(&scope).cloned();
        store.and_then(|store| lock(&store.state).next_due())
    }
}

impl Registry for InMemory {
    fn scopes(&self, after: Option<Scope>, limit: u32) -> BoxFuture<'_, Result<Vec<Scope>, Error>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let stores = lock(&self.stores);
        let scopes = stores.keys().copied().filter(|scope| Some(*scope) > after);
        ready(Ok(scopes.take(limit).collect()))
    }

    fn due(&self, now: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Due>, Error>> {
        let scopes: Vec<_> = lock(&self.stores).keys().copied().collect();
        let due = scopes.into_iter().filter_map(|scope| Some((self.next_due(scope)?, scope)));
        let mut due: Vec<_> =
            due.filter(|(at, _)| *at <= now).map(|(at, scope)| Due { at, scope }).collect();
        due.sort_unstable();
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        ready(Ok(due))
    }

    fn refresh(&self, scope: Scope) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        ready(Ok(self.next_due(scope)))
    }

    fn assign<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let mut endpoints = lock(&self.endpoints);
        let owner = *endpoints.entry(endpoint.clone()).or_insert(scope);
        let taken = Error::AlreadyExists { what: "tenant" };
        ready(if owner == scope { Ok(()) } else { Err(taken) })
    }

    fn endpoint<'a>(
        &'a self,
        endpoint: &'a EndpointId,
    ) -> BoxFuture<'a, Result<Option<Scope>, Error>> {
        ready(Ok(lock(&self.endpoints).get(endpoint).copied()))
    }

    fn remove<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>> {
        lock(&self.endpoints).retain(|id, owner| id != endpoint || *owner != scope);
        ready(Ok(()))
    }
}

#[derive(Debug)]
struct MemoryStore {
    scope: Scope,
    state: Mutex<State>,
    is_snapshot: bool,
}

#[derive(Clone, Debug, Default)]
struct State {
    submissions: Vec<Kept>,
    notices: Vec<Entry>,
    settings: BTreeMap<String, Setting>,
    shared: BTreeMap<String, Setting>,
    keys: HashMap<String, u64>,
    session_keys: HashMap<ReferenceNumber, Vec<u8>>,
    records: Vec<Record>,
    log: Frontier,
    documents: HashMap<(DocumentKind, Sha256Digest), Content>,
}

#[derive(Clone, Debug)]
struct Kept {
    entries: Vec<Entry>,
    row: Row,
    due_at: Option<Timestamp>,
    leased_until: Option<Timestamp>,
    token: u64,
    strikes: u32,
}

impl MemoryStore {
    fn new(scope: Scope) -> Self {
        Self { scope, state: Mutex::default(), is_snapshot: false }
    }

    fn read<T>(&self, key: Key, read: impl FnOnce(&Kept) -> T) -> Result<T, Error> {
        let number = key.number_in(self.scope)?;
        lock(&self.state).kept(number).map(|kept| read(kept))
    }
}

impl State {
    fn kept(&mut self, number: u64) -> Result<&mut Kept, Error> {
        let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.submissions.get_mut(index)).ok_or(SUBMISSION_NOT_FOUND)
    }

    fn commit(&mut self, scope: Scope, commit: Commit) -> Result<Vec<Key>, Error> {
        for document in commit.documents {
            let name = (document.kind, document.digest);
            self.documents.entry(name).or_insert(document.content);
        }
        for key in commit.session_keys {
            self.session_keys.entry(key.session).or_insert(key.sealed);
        }
        let writes = commit.writes.into_iter();
        let keys = writes.map(|write| self.write(scope, write)).collect::<Result<_, _>>()?;
        commit.notices.into_iter().try_for_each(|notice| self.notice(scope, notice))?;
        Ok(keys)
    }

    fn notice(&mut self, scope: Scope, notice: Notice) -> Result<(), Error> {
        if let Some(change) = notice.change {
            replace(&mut self.settings, change)?;
        }
        let position = u64::try_from(self.notices.len()).unwrap_or(u64::MAX);
        let place = Place { scope, sequence: self.log.size(), submission: 0, position };
        self.append(place, &notice.entry)?;
        self.notices.push(notice.entry);
        Ok(())
    }

    fn write(&mut self, scope: Scope, write: Write) -> Result<Key, Error> {
        let key = match &write.target {
            Target::New { idempotency_key } => self.create(scope, idempotency_key, &write)?,
            Target::Existing(key) => *key,
        };
        let number = key.number_in(scope)?;
        let kept = self.kept(number)?;
        if kept.entries.len() != usize::try_from(write.expected).unwrap_or(usize::MAX) {
            return Err(Error::Conflict);
        }
        if !write.entries.is_empty() {
            kept.strikes = 0;
        }
        kept.entries.extend(write.entries.iter().cloned());
        kept.row = write.row;
        kept.due_at = write.due_at;
        for (position, entry) in (u64::from(write.expected)..).zip(&write.entries) {
            self.append(
                Place { scope, sequence: self.log.size(), submission: number, position },
                entry,
            )?;
        }
        Ok(key)
    }

    fn append(&mut self, place: Place, entry: &Entry) -> Result<(), Error> {
        let Place { sequence, submission, position, .. } = place;
        let bytes = entry.encode(place)?;
        self.log.append(leaf_hash(&bytes));
        self.records.push(Record { sequence, submission, position, bytes });
        Ok(())
    }

    fn create(&mut self, scope: Scope, key: &str, write: &Write) -> Result<Key, Error> {
        if self.keys.contains_key(key) {
            return Err(Error::AlreadyExists { what: "submission" });
        }
        let row = write.row.clone();
        let entries = Vec::new();
        self.submissions.push(Kept {
            entries,
            row,
            due_at: None,
            leased_until: None,
            token: 0,
            strikes: 0,
        });
        let number = u64::try_from(self.submissions.len()).unwrap_or(u64::MAX);
        self.keys.insert(key.to_owned(), number);
        Ok(scope.key(number))
    }

    fn rows(&self, scope: Scope, request: &PageRequest) -> Vec<(Key, Row)> {
        let place = |number, row: &Row| request.filter.cursor(number, row);
        let mut found: Vec<_> = (1_u64..)
            .zip(&self.submissions)
            .map(|(number, kept)| (number, &kept.row))
            .filter(|(_, row)| request.filter.matches(row))
            .filter(|(number, row)| {
                request.after.as_ref().is_none_or(|after| place(*number, row) < *after)
            })
            .collect();
        found.sort_by_key(|(number, row)| core::cmp::Reverse(place(*number, row)));
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        found
            .into_iter()
            .take(limit)
            .map(|(number, row)| (scope.key(number), row.clone()))
            .collect()
    }

    /// Of what is due by itself, the first time at which nobody has it.
    fn next_due(&self) -> Option<Timestamp> {
        let free_at = |kept: &Kept| kept.due_at.max(kept.due_at.and(kept.leased_until));
        self.submissions.iter().filter_map(free_at).min()
    }

    fn lease(&mut self, scope: Scope, request: &LeaseRequest) -> Vec<Lease> {
        let free = |kept: &Kept| kept.leased_until.is_none_or(|until| until <= request.now);
        let mut due: Vec<_> = (1_u64..)
            .zip(&mut self.submissions)
            .filter(|(_, kept)| free(kept) && kept.due_at.is_some_and(|due| due <= request.now))
            .collect();
        due.sort_by_key(|(number, kept)| (kept.due_at, *number));
        due.truncate(usize::try_from(request.limit).unwrap_or(usize::MAX));
        let lease = |(number, kept): (u64, &mut Kept)| {
            kept.leased_until = Some(request.until);
            kept.token += 1;
            kept.strikes += 1;
            Lease { key: scope.key(number), token: kept.token, strikes: kept.strikes }
        };
        due.into_iter().map(lease).collect()
    }
}

impl Store for MemoryStore {
    fn scope(&self) -> Scope {
        self.scope
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Vec<Key>, Error>> {
        if self.is_snapshot {
            return ready(Err(READ_ONLY));
        }
        let mut state = lock(&self.state);
        let mut changed = state.clone();
        let result = changed.commit(self.scope, commit);
        if result.is_ok() {
            *state = changed;
        }
        ready(result)
    }

    fn entries(&self, key: Key) -> BoxFuture<'_, Result<Vec<Entry>, Error>> {
        ready(self.read(key, |kept| kept.entries.clone()))
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Arc<dyn Store>, Error>> {
        let state = lock(&self.state).clone();
        let store: Arc<dyn Store> =
            Arc::new(Self { scope: self.scope, state: Mutex::new(state), is_snapshot: true });
        ready(Ok(store))
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Error>> {
        ready(Ok(()))
    }

    fn records(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Record>, Error>> {
        let state = lock(&self.state);
        let after = state.records.iter().filter(|record| record.sequence >= from);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        ready(Ok(after.take(limit).cloned().collect()))
    }

    fn head(&self) -> BoxFuture<'_, Result<TreeHead, Error>> {
        ready(Ok(lock(&self.state).log.head()))
    }

    fn lines(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<(u64, Row)>, Error>> {
        let state = lock(&self.state);
        let numbered = (1_u64..).zip(&state.submissions);
        let after = numbered.filter(|(number, _)| *number >= from);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let lines = after.take(limit).map(|(number, kept)| (number, kept.row.clone())).collect();
        ready(Ok(lines))
    }

    fn find<'a>(&'a self, idempotency_key: &'a str) -> BoxFuture<'a, Result<Option<Key>, Error>> {
        let number = lock(&self.state).keys.get(idempotency_key).copied();
        ready(Ok(number.map(|number| self.scope.key(number))))
    }

    fn document(
        &self,
        kind: DocumentKind,
        digest: Sha256Digest,
    ) -> BoxFuture<'_, Result<Content, Error>> {
        let state = lock(&self.state);
        let document = state.documents.get(&(kind, digest)).cloned();
        ready(document.ok_or(Error::NotFound { what: "document" }))
    }

    fn session_key(&self, session: ReferenceNumber) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        let sealed = lock(&self.state).session_keys.get(&session).cloned();
        ready(sealed.ok_or(Error::NotFound { what: "session key" }))
    }

    fn row(&self, key: Key) -> BoxFuture<'_, Result<Row, Error>> {
        ready(self.read(key, |kept| kept.row.clone()))
    }

    fn rows<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> BoxFuture<'a, Result<Vec<(Key, Row)>, Error>> {
        ready(Ok(lock(&self.state).rows(self.scope, request)))
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, Error>> {
        let mut counts = Counts::default();
        for kept in &lock(&self.state).submissions {
            counts.add(kept.row.status, 1);
        }
        ready(Ok(counts))
    }

    fn count<'a>(&'a self, filter: &'a Filter, limit: u32) -> BoxFuture<'a, Result<u32, Error>> {
        let state = lock(&self.state);
        let found = state.submissions.iter().filter(|kept| filter.matches(&kept.row)).count();
        ready(Ok(u32::try_from(found).unwrap_or(u32::MAX).min(limit)))
    }

    fn settings<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Setting)>, Error>> {
        let state = lock(&self.state);
        let found = state.settings.iter().filter(|(name, _)| name.starts_with(prefix));
        ready(Ok(found.map(|(name, setting)| (name.clone(), setting.clone())).collect()))
    }

    fn shared<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Setting, Error>> {
        ready(Ok(lock(&self.state).shared.get(name).cloned().unwrap_or_default()))
    }

    fn share(&self, change: SettingChange) -> BoxFuture<'_, Result<(), Error>> {
        ready(replace(&mut lock(&self.state).shared, change))
    }

    fn notices(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Entry>, Error>> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let state = lock(&self.state);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        ready(Ok(state.notices.iter().skip(from).take(limit).cloned().collect()))
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        ready(Ok(lock(&self.state).next_due()))
    }

    fn lease<'a>(&'a self, request: &'a LeaseRequest) -> BoxFuture<'a, Result<Vec<Lease>, Error>> {
        ready(Ok(lock(&self.state).lease(self.scope, request)))
    }

    fn release(&self, release: Release) -> BoxFuture<'_, Result<(), Error>> {
        let Release { lease, seen, due_at } = release;
        let release = |number| {
            let mut state = lock(&self.state);
            let kept = state.kept(number)?;
            if kept.token == lease.token {
                kept.leased_until = None;
                kept.strikes = 0;
                if kept.row.entries == seen {
                    kept.due_at = due_at;
                }
            }
            Ok(())
        };
        ready(lease.key.number_in(self.scope).and_then(release))
    }
}

fn replace(settings: &mut BTreeMap<String, Setting>, change: SettingChange) -> Result<(), Error> {
    let SettingChange { name, expected, value } = change;
    let setting = settings.entry(name).or_default();
    if setting.version != expected {
        return Err(Error::Conflict);
    }
    *setting = Setting { version: expected + 1, value };
    Ok(())
}

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(core::future::ready(value))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics between two halves of a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
