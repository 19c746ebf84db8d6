//! Backups of tenants in a folder or an object store, and restoring them.
//!
//! A backup is a consistent snapshot: the log, every document, the sealed keys of sessions, and what
//! is set. It is incremental: records and documents are written once and never again, so a second
//! backup writes what was recorded since. What it holds does not depend on the backend, so a tenant
//! can move from one to another with it.
//!
//! ```text
//! {tenant}/{environment}/records/{first}      the leaves of the log from that one on
//!                       /documents/{kind}/{SHA-256}
//!                       /sessions/{reference}
//!                       /heads/{size}         the head and what was set then; written last
//! ```
//!
//! Secrets are in it as they are stored, sealed, and so are the data keys. Who has the backup and
//! the key-encryption key has the secrets, also after the keys of the tenant were destroyed.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path as FilePath;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::submission::Fact;
use ksef_core::{Environment, ReferenceNumber, Sha256Digest};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;

use crate::entry::{Announcement, Body, Entry, SourceReference};
use crate::environment::EnvironmentType;
use crate::log::{Frontier, TreeHead, leaf_hash};
use crate::object::{create, get, probe};
use crate::store::{
    Commit, Content, DocumentKind, NewDocument, Notice, Record, Scope, SealedKey, Setting,
    SettingChange, Store, Target, Write,
};
use crate::verify::document_of;
use crate::{Error, Submission, Tenant, Verification, VerifyOptions};

/// The most records in one object, and in one transaction of a restore.
const PART: u32 = 1_000;

const UNREADABLE: Error = Error::Damaged { finding: "the backup cannot be read" };
const OTHER_HISTORY: Error = Error::Damaged { finding: "the backup is of another history" };

/// Keeps backups in an object store, which can be a folder.
#[derive(Clone)]
pub struct Backups {
    objects: Arc<dyn ObjectStore>,
}

impl fmt::Debug for Backups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Backups({})", self.objects)
    }
}

/// What a backup wrote.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Backup {
    /// The head of the log that it holds. Keep it elsewhere too.
    pub head: TreeHead,
    /// How many records were new.
    pub records: u64,
    /// How many documents were new.
    pub documents: u64,
}

/// What is written last: the head, and what is set.
struct Manifest {
    head: TreeHead,
    settings: BTreeMap<String, Setting>,
}

impl Backups {
    /// Keeps backups in a folder, each file synced.
    ///
    /// # Errors
    ///
    /// [`Error::Backend`] if there can be no such folder.
    pub async fn in_folder(folder: &FilePath) -> Result<Self, Error> {
        let failed = |source| Error::Backend { backend: "backup", source };
        std::fs::create_dir_all(folder).map_err(|error| failed(error.into()))?;
        let files =
            LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(error.into()))?;
        Self::in_objects(Arc::new(files.with_fsync(true))).await
    }

    /// Keeps backups in an object store.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the store takes a second write under the same name.
    pub async fn in_objects(objects: Arc<dyn ObjectStore>) -> Result<Self, Error> {
        probe(&*objects).await?;
        Ok(Self { objects })
    }

    /// The tenants and environments of which there is a backup, in their order.
    ///
    /// # Errors
    ///
    /// [`Error::Backend`] if the store cannot be read.
    pub async fn scopes(&self) -> Result<Vec<Scope>, Error> {
        let mut scopes = Vec::new();
        for tenant in self.folders(None).await? {
            for environment in self.folders(Some(&tenant)).await? {
                let owner = tenant.filename().and_then(|name| name.parse().ok());
                let of = environment.filename();
                let of = Environment::ALL.into_iter().find(|it| Some(it.as_str()) == of);
                scopes.extend(owner.zip(of).map(|(tenant, of)| Scope::new(tenant, of)));
            }
        }
        scopes.sort_unstable();
        Ok(scopes)
    }

    async fn folders(&self, within: Option<&Path>) -> Result<Vec<Path>, Error> {
        let listed = self.objects.list_with_delimiter(within).await;
        Ok(listed.map_err(failed)?.common_prefixes)
    }

    /// Backs up what was recorded since the last backup. One that was broken off is gone on with.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if a document is not the one that was recorded, or the backup that is
    /// there is not of this log.
    pub async fn backup<E: EnvironmentType>(&self, tenant: &Tenant<E>) -> Result<Backup, Error> {
        let store = tenant.store().snapshot().await?;
        let place = Place { objects: &*self.objects, scope: store.scope() };
        let head = store.head().await?;
        let before = place.newest().await?.map(|manifest| manifest.head);
        let mut frontier = Frontier::new();
        if let Some(before) = before {
            follow(&*store, &mut frontier, before.size).await?;
            if frontier.head() != before {
                return Err(OTHER_HISTORY);
            }
        }
        let mut written = Backup { head, records: 0, documents: 0 };
        while frontier.size() < head.size {
            let records = store.records(frontier.size(), PART).await?;
            let records = place.keep(&*store, records, &mut written.documents).await?;
            written.records += u64::try_from(records.len()).unwrap_or(u64::MAX);
            records.iter().for_each(|record| drop(frontier.append(leaf_hash(&record.bytes))));
        }
        if frontier.head() != head {
            return Err(Error::Damaged {
                finding: "the records do not lead to the head of the log",
            });
        }
        let settings = store.settings("").await?.into_iter().collect();
        place.finish(&Manifest { head, settings }).await?;
        Ok(written)
    }

    /// Restores the newest backup of the tenant into its store, which is empty or holds a part of it
    /// from a restore that was broken off, and verifies everything.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no backup, [`Error::Damaged`] if it was changed, or if the
    /// store holds something else.
    pub async fn restore<E: EnvironmentType>(
        &self,
        tenant: &Tenant<E>,
        options: &VerifyOptions<'_>,
    ) -> Result<Verification, Error> {
        let place = Place { objects: &*self.objects, scope: tenant.scope() };
        let manifest = place.newest().await?.ok_or(Error::NotFound { what: "backup" })?;
        let head = manifest.head;
        let mut replay = Replay::new(tenant.store(), place, manifest).await?;
        while replay.frontier.size() < head.size {
            let part = replay.place.part(replay.frontier.size()).await?;
            replay.take(part).await?;
        }
        if replay.frontier.head() != head || tenant.head().await? != head {
            return Err(OTHER_HISTORY);
        }
        let known: Vec<_> = options.known_heads.iter().copied().chain([head]).collect();
        tenant.verify(&VerifyOptions { known_heads: &known, ..options.clone() }).await
    }
}

/// Hashes the records of a log up to a size.
async fn follow(store: &dyn Store, frontier: &mut Frontier, size: u64) -> Result<(), Error> {
    while frontier.size() < size {
        let left = size - frontier.size();
        let limit = u32::try_from(left).unwrap_or(PART).min(PART);
        let records = store.records(frontier.size(), limit).await?;
        if records.is_empty() {
            return Err(OTHER_HISTORY);
        }
        records.iter().for_each(|record| drop(frontier.append(leaf_hash(&record.bytes))));
    }
    Ok(())
}

/// The folder of a scope within the backups.
#[derive(Clone, Copy)]
struct Place<'a> {
    objects: &'a dyn ObjectStore,
    scope: Scope,
}

impl Place<'_> {
    fn path(&self, rest: &str) -> Path {
        let (tenant, environment) = (self.scope.tenant(), self.scope.environment().as_str());
        Path::from(format!("{tenant}/{environment}/{rest}"))
    }

    /// Writes an object if it is not there. Returns whether it was written.
    async fn put(&self, rest: &str, bytes: Arc<[u8]>) -> Result<bool, Error> {
        match create(self.objects, &self.path(rest), bytes).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    async fn get(&self, rest: &str) -> Result<Vec<u8>, Error> {
        get(self.objects, &self.path(rest)).await
    }

    /// Keeps the records and what they speak of. Where a backup was broken off, its object may be
    /// there already, with fewer records; those are returned.
    async fn keep(
        &self,
        store: &dyn Store,
        records: Vec<Record>,
        documents: &mut u64,
    ) -> Result<Vec<Record>, Error> {
        let first = records.first().ok_or(OTHER_HISTORY)?.sequence;
        for record in &records {
            let entry = Entry::decode(&record.bytes)?;
            if let Some((kind, digest)) = document_of(&entry) {
                *documents += u64::from(self.keep_document(store, kind, digest).await?);
            }
            if let Some(session) = session_of(&entry) {
                self.keep_session(store, session).await?;
            }
        }
        let name = format!("records/{first:020}");
        if self.put(&name, encode(&records).into()).await? {
            return Ok(records);
        }
        let there = decode(&self.get(&name).await?).ok_or(UNREADABLE)?;
        let is_ours = !there.is_empty() && records.starts_with(&there);
        if is_ours { Ok(there) } else { Err(OTHER_HISTORY) }
    }

    async fn keep_document(
        &self,
        store: &dyn Store,
        kind: DocumentKind,
        digest: Sha256Digest,
    ) -> Result<bool, Error> {
        let bytes = store.document(kind, digest).await?.into_bytes()?;
        if Sha256Digest::of(&bytes) != digest {
            return Err(crate::tenant::WRONG_BYTES);
        }
        self.put(&document_name(kind, digest), bytes).await
    }

    async fn keep_session(&self, store: &dyn Store, session: ReferenceNumber) -> Result<(), Error> {
        match store.session_key(session).await {
            Ok(sealed) => self.put(&session_name(session), sealed.into()).await.map(drop),
            Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn finish(&self, manifest: &Manifest) -> Result<(), Error> {
        let name = format!("heads/{:020}", manifest.head.size);
        let bytes = manifest.to_bytes();
        if self.put(&name, bytes.clone().into()).await? || self.get(&name).await? == bytes {
            return Ok(());
        }
        Err(OTHER_HISTORY)
    }

    async fn newest(&self) -> Result<Option<Manifest>, Error> {
        let heads = self.objects.list_with_delimiter(Some(&self.path("heads"))).await;
        let heads = heads.map_err(failed)?.objects.into_iter().map(|object| object.location);
        let Some(newest) = heads.max() else { return Ok(None) };
        let bytes = get(self.objects, &newest).await?;
        Ok(Some(Manifest::from_bytes(&bytes).ok_or(UNREADABLE)?))
    }

    /// The records from `first` on.
    async fn part(&self, first: u64) -> Result<Vec<Record>, Error> {
        let bytes = match self.get(&format!("records/{first:020}")).await {
            Err(Error::NotFound { .. }) => return Err(UNREADABLE),
            bytes => bytes?,
        };
        decode(&bytes).filter(|records| !records.is_empty()).ok_or(UNREADABLE)
    }
}

fn failed(source: object_store::Error) -> Error {
    Error::Backend { backend: "backup", source: source.into() }
}

fn document_name(kind: DocumentKind, digest: Sha256Digest) -> String {
    format!("documents/{}/{}", kind.as_str(), digest.to_hex())
}

fn session_name(session: ReferenceNumber) -> String {
    format!("sessions/{}", session.as_str())
}

/// The session that an entry speaks of.
fn session_of(entry: &Entry) -> Option<ReferenceNumber> {
    match &entry.body {
        Body::Fact(Fact::SessionReady { session, .. } | Fact::Intent { session, .. }) => {
            Some(*session)
        }
        _ => None,
    }
}

/// Sequence, submission, position, length, bytes, one record after the other.
fn encode(records: &[Record]) -> Vec<u8> {
    let mut all = Vec::new();
    for Record { sequence, submission, position, bytes } in records {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        for number in [*sequence, *submission, *position, length] {
            all.extend(number.to_be_bytes());
        }
        all.extend(bytes);
    }
    all
}

fn decode(mut bytes: &[u8]) -> Option<Vec<Record>> {
    fn number(bytes: &mut &[u8]) -> Option<u64> {
        let (number, rest) = bytes.split_first_chunk::<8>()?;
        *bytes = rest;
        Some(u64::from_be_bytes(*number))
    }
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let (sequence, submission) = (number(&mut bytes)?, number(&mut bytes)?);
        let (position, length) = (number(&mut bytes)?, number(&mut bytes)?);
        let (record, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
        records.push(Record { sequence, submission, position, bytes: record.to_vec() });
        bytes = rest;
    }
    Some(records)
}

impl Manifest {
    /// Lines: the size, the root, and for each setting its version, its name and its value.
    fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\n{}\n", self.head.size, self.head.root.to_hex());
        for (name, setting) in &self.settings {
            let value = setting.value.as_ref().map(|value| STANDARD.encode(value));
            let value = value.as_deref().unwrap_or("-");
            text += &format!("{} {name} {value}\n", setting.version);
        }
        text.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut lines = core::str::from_utf8(bytes).ok()?.lines();
        let size = lines.next()?.parse().ok()?;
        let root = Sha256Digest::from_hex(lines.next()?).ok()?;
        let setting = |line: &str| {
            let (version, rest) = line.split_once(' ')?;
            let (name, value) = rest.rsplit_once(' ')?;
            let value = match value {
                "-" => None,
                value => Some(STANDARD.decode(value).ok()?),
            };
            Some((name.to_owned(), Setting { version: version.parse().ok()?, value }))
        };
        let settings = lines.map(setting).collect::<Option<_>>()?;
        Some(Self { head: TreeHead { size, root }, settings })
    }
}

/// Records everything of a backup again, in the order of its log, from where the store ends.
struct Replay<'a> {
    store: &'a dyn Store,
    place: Place<'a>,
    manifest: Manifest,
    /// What the store had at the beginning.
    there: TreeHead,
    frontier: Frontier,
    submissions: HashMap<u64, Submission>,
    sessions: BTreeSet<ReferenceNumber>,
    commit: Commit,
    /// The submission of the last write in it.
    last: Option<u64>,
}

impl<'a> Replay<'a> {
    async fn new(
        store: &'a dyn Store,
        place: Place<'a>,
        manifest: Manifest,
    ) -> Result<Self, Error> {
        let there = store.head().await?;
        if there.size > manifest.head.size {
            return Err(OTHER_HISTORY);
        }
        Ok(Self {
            store,
            place,
            manifest,
            there,
            frontier: Frontier::new(),
            submissions: HashMap::new(),
            sessions: BTreeSet::new(),
            commit: Commit::default(),
            last: None,
        })
    }

    async fn take(&mut self, records: Vec<Record>) -> Result<(), Error> {
        for record in records {
            if self.frontier.size() == self.manifest.head.size {
                break;
            }
            if record.sequence != self.frontier.size() {
                return Err(UNREADABLE);
            }
            let entry = Entry::decode(&record.bytes)?;
            let is_there = record.sequence < self.there.size;
            self.frontier.append(leaf_hash(&record.bytes));
            if is_there {
                self.pass(&record, &entry)?;
            } else if entry.body.is_notice() {
                self.notice(entry);
            } else {
                // Within a commit, notices come after everything else.
                if !self.commit.notices.is_empty() {
                    self.commit().await?;
                }
                self.write(&record, entry).await?;
            }
        }
        self.commit().await
    }

    /// Follows what the store has.
    fn pass(&mut self, record: &Record, entry: &Entry) -> Result<(), Error> {
        if !entry.body.is_notice() {
            self.submissions
                .entry(record.submission)
                .or_insert_with(Submission::new)
                .apply(entry)?;
        }
        let is_end = self.frontier.size() == self.there.size;
        if is_end && self.frontier.head() != self.there {
            return Err(OTHER_HISTORY);
        }
        Ok(())
    }

    /// A value that was replaced since is not in the backup; only the last one is.
    fn notice(&mut self, entry: Entry) {
        let change = match &entry.body {
            Body::Changed(change) => {
                let last = self.manifest.settings.get(&change.setting);
                let last = last.filter(|setting| setting.version == change.version);
                let value = last.and_then(|setting| setting.value.clone());
                let expected = change.version.saturating_sub(1);
                Some(SettingChange { name: change.setting.clone(), expected, value })
            }
            _ => None,
        };
        self.commit.notices.push(Notice { entry, change });
    }

    async fn write(&mut self, record: &Record, entry: Entry) -> Result<(), Error> {
        if let Some((kind, digest)) = document_of(&entry) {
            let bytes = self.place.get(&document_name(kind, digest)).await?;
            let content = Content::Inline(bytes.into());
            self.commit.documents.push(NewDocument { kind, digest, content });
        }
        if let Some(session) = session_of(&entry).filter(|it| self.sessions.insert(*it)) {
            match self.place.get(&session_name(session)).await {
                Ok(sealed) => self.commit.session_keys.push(SealedKey { session, sealed }),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let number = record.submission;
        let submission = self.submissions.entry(number).or_insert_with(Submission::new);
        let expected = submission.entries();
        submission.apply(&entry)?;
        let row = submission.row().ok_or(UNREADABLE)?;
        let due_at = submission.due_at(entry.at);
        let key = self.store.scope().key(number);
        if self.last == Some(number)
            && let Some(last) = self.commit.writes.last_mut()
        {
            last.entries.push(entry);
            (last.row, last.due_at) = (row, due_at);
            return Ok(());
        }
        self.last = Some(number);
        let target = match &entry.body {
            Body::Announced(Announcement { idempotency_key, .. })
            | Body::Source(SourceReference { idempotency_key, .. })
                if expected == 0 =>
            {
                Target::New { idempotency_key: idempotency_key.clone() }
            }
            _ => Target::Existing(key),
        };
        self.commit.writes.push(Write { target, expected, entries: vec![entry], row, due_at });
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), Error> {
        let commit = core::mem::take(&mut self.commit);
        self.last = None;
        if !commit.writes.is_empty() || !commit.notices.is_empty() {
            self.store.commit(commit).await?;
        }
        Ok(())
    }
}
