//! `Vault`, which keeps the secrets of a tenant in its own store, sealed, or in one outside.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ksef_core::port::{BoxFuture, SecretKey, SecretStore, SecretStoreError};
use ksef_core::submission::{Decision, ReasonCode};
use ksef_core::{Clock, ReferenceNumber, Secret, SubmissionStatus, Timestamp};

use super::{DataKeys, KeyProvider, Owner, Place, SealError, Sealed, WrappedKey};
use crate::Error;
use crate::entry::Body;
use crate::query::{Filter, PageRequest};
use crate::setting::{Draft, MAX_CONFLICTS, change, setting};
use crate::store::{Backend, Scope, Setting, Store};

const KEYS: &str = "data_key.";
const SECRETS: &str = "secret.";
const REWRAPPED: ReasonCode = ReasonCode::from_static("rewrapped");
const RESEALED: ReasonCode = ReasonCode::from_static("resealed");
const RETIRED: ReasonCode = ReasonCode::from_static("retired");

/// How long a data key stays after the next one was made: whoever opened the keys before that is done
/// with what it had in hand, and the sessions of that time are over.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// How much is read at once.
const PAGE: u32 = 1_000;

/// What became of the data keys before the current one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeyRetirement {
    /// The versions that were destroyed. The log has an entry for each.
    pub destroyed: Vec<u32>,
    /// The versions that a secret, or the key of a session with unfinished submissions, is sealed with.
    pub in_use: Vec<u32>,
    /// The versions whose successor was made less than a day ago.
    pub recent: Vec<u32>,
}

/// What is stored of a secret that another store keeps. No sealed secret begins like it.
const OUTSIDE: &[u8] = b"\0outside";

/// Seals the secrets of tenants and opens them.
///
/// A secret is sealed into the store of its tenant, unless there is a store outside that takes it:
/// then the row has a reference only. A secret that the store outside has no room for is sealed here.
#[derive(Clone, Debug)]
pub struct Vault {
    provider: Arc<dyn KeyProvider>,
    outside: Option<Arc<dyn SecretStore>>,
}

impl Vault {
    /// A vault whose data keys are sealed by the keys of `provider`.
    #[must_use]
    pub fn new(provider: Arc<dyn KeyProvider>) -> Self {
        Self { provider, outside: None }
    }

    /// The same vault with a store outside that is offered every secret first.
    #[must_use]
    pub fn with_outside(self, store: Arc<dyn SecretStore>) -> Self {
        Self { outside: Some(store), ..self }
    }

    /// The open data keys of the store, or `None` if it has none yet.
    async fn unlock(&self, store: &dyn Store) -> Result<Option<DataKeys>, Error> {
        let keys: Vec<_> = wrapped_keys(store).await?.into_iter().map(|(_, key)| key).collect();
        if keys.is_empty() {
            return Ok(None);
        }
        Ok(Some(DataKeys::unlock(owner(store.scope()), &*self.provider, &keys).await?))
    }

    /// The open data keys, and what is to be stored of the first one.
    pub(crate) async fn keys(&self, store: &dyn Store) -> Result<(DataKeys, Option<Draft>), Error> {
        if let Some(keys) = self.unlock(store).await? {
            return Ok((keys, None));
        }
        // After a destruction the versions go on, so that no key of a backup fits.
        let last = store.settings(KEYS).await?.iter().filter_map(|(name, _)| version(name)).max();
        let owner = owner(store.scope());
        let (keys, wrapped) =
            DataKeys::create_after(owner, last.unwrap_or(0), &*self.provider).await?;
        Ok((keys, Some(key_draft(&wrapped, &Setting::default()))))
    }

    /// What keeps the values under their names. The store outside has them after this, unless it
    /// is full; ours has them when the drafts are recorded.
    pub(crate) async fn put(
        &self,
        store: &dyn Store,
        secrets: Vec<(ReasonCode, Secret<Vec<u8>>)>,
        decision: Option<&Decision>,
    ) -> Result<Vec<Draft>, Error> {
        if secrets.is_empty() {
            return Ok(Vec::new());
        }
        let (keys, first) = self.keys(store).await?;
        let mut drafts: Vec<_> = first.into_iter().collect();
        for (code, secret) in secrets {
            let name = name_of(code);
            let before = setting(store, &name).await?;
            let value = if self.is_taken_outside(store.scope(), code, &secret).await? {
                OUTSIDE.to_vec()
            } else {
                let record = (before.version + 1).to_string();
                keys.seal(&place(code.as_str(), &record), &secret)?.as_bytes().to_vec()
            };
            drafts.push(Draft::set(name, &before, value, decision.cloned()));
        }
        Ok(drafts)
    }

    async fn is_taken_outside(
        &self,
        scope: Scope,
        code: ReasonCode,
        secret: &Secret<Vec<u8>>,
    ) -> Result<bool, Error> {
        let Some(outside) = &self.outside else { return Ok(false) };
        let key = SecretKey::new(scope.tenant(), scope.environment(), code);
        match outside.put(&key, secret.clone_secret()).await {
            Ok(()) => Ok(true),
            Err(SecretStoreError::LimitReached) => {
                // What it had under this name is out of date.
                outside.destroy(&key).await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The secret of this name, or `None` if there is none.
    pub(crate) async fn fetch(
        &self,
        store: &dyn Store,
        code: ReasonCode,
    ) -> Result<Option<Secret<Vec<u8>>>, Error> {
        let setting = setting(store, &name_of(code)).await?;
        let Some(value) = setting.value else { return Ok(None) };
        if value == OUTSIDE {
            return Ok(self.outside()?.fetch(&secret_key(store.scope(), code)).await?);
        }
        // The keys are read after the secret, so that the key of a rotation in between is there.
        let keys = self.unlock(store).await?.ok_or(SealError::UnknownVersion(1))?;
        let sealed = Sealed::from_bytes(value)?;
        let record = setting.version.to_string();
        Ok(Some(keys.open(&place(code.as_str(), &record), &sealed)?))
    }

    /// What destroys the secret of this name, if there is one. It is gone outside after this.
    pub(crate) async fn destroy(
        &self,
        store: &dyn Store,
        code: ReasonCode,
        decision: Option<&Decision>,
    ) -> Result<Option<Draft>, Error> {
        let name = name_of(code);
        let before = setting(store, &name).await?;
        if before.value.as_deref() == Some(OUTSIDE) {
            self.outside()?.destroy(&secret_key(store.scope(), code)).await?;
        }
        Ok(Draft::destroy(name, &before, decision.cloned()))
    }

    fn outside(&self) -> Result<&dyn SecretStore, Error> {
        let missing =
            Error::Unsupported { what: "a secret in a store outside; give the vault that store" };
        self.outside.as_deref().ok_or(missing)
    }

    /// Seals every data key with the current key-encryption key. Returns how many were not yet.
    pub(crate) async fn rewrap(&self, store: &dyn Store, now: Timestamp) -> Result<u32, Error> {
        let mut count = 0;
        for (before, key) in wrapped_keys(store).await? {
            let rewrapped = key.rewrap(owner(store.scope()), &*self.provider).await?;
            if let Some(rewrapped) = rewrapped {
                let draft = Draft { what: REWRAPPED, ..key_draft(&rewrapped, &before) };
                change(store, [draft], now).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// Makes a next data key and seals every secret with it. What a broken-off run left is done by
    /// the next, with one key more. Returns the version.
    pub(crate) async fn rotate(
        &self,
        store: &dyn Store,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<u32, Error> {
        let Some(mut keys) = self.unlock(store).await? else {
            return Err(Error::NotFound { what: "data key" });
        };
        let wrapped = keys.rotate(&*self.provider).await?;
        let decision = Some(decision.clone());
        let draft = Draft { decision, ..key_draft(&wrapped, &Setting::default()) };
        change(store, [draft], now).await?;
        for (name, _) in store.settings(SECRETS).await? {
            reseal(store, &keys, &name, now).await?;
        }
        Ok(wrapped.version)
    }

    /// Destroys the data keys that seal nothing any more, and says what became of each.
    pub(crate) async fn retire(
        &self,
        store: &dyn Store,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<KeyRetirement, Error> {
        let mut retirement = KeyRetirement::default();
        let mut keys = Vec::new();
        for (name, setting) in store.settings(KEYS).await? {
            let version = version(&name).ok_or(UNREADABLE)?;
            keys.extend(setting.value.is_some().then_some((version, name, setting)));
        }
        keys.sort_unstable_by_key(|(version, ..)| *version);
        keys.pop();
        if keys.is_empty() {
            return Ok(retirement);
        }
        let made = made_at(store).await?;
        let in_use = versions_in_use(store).await?;
        let mut drafts = Vec::new();
        for (version, name, setting) in keys {
            let next = made.range(version + 1..).next();
            let over = next.and_then(|(_, at)| at.checked_add(GRACE));
            if over.is_none_or(|over| now < over) {
                retirement.recent.push(version);
            } else if in_use.contains(&version) {
                retirement.in_use.push(version);
            } else if let Some(draft) = Draft::destroy(name, &setting, Some(decision.clone())) {
                drafts.push(Draft { what: RETIRED, ..draft });
                retirement.destroyed.push(version);
            }
        }
        change(store, drafts, now).await?;
        Ok(retirement)
    }
}

/// When each version of the data key was made, as the log says.
async fn made_at(store: &dyn Store) -> Result<BTreeMap<u32, Timestamp>, Error> {
    let (mut made, mut from) = (BTreeMap::new(), 0);
    loop {
        let notices = store.notices(from, PAGE).await?;
        if notices.is_empty() {
            return Ok(made);
        }
        from += u64::try_from(notices.len()).unwrap_or(u64::MAX);
        for notice in notices {
            let Body::Changed(change) = notice.body else { continue };
            if let Some(version) = version(&change.setting).filter(|_| change.version == 1) {
                made.insert(version, notice.at);
            }
        }
    }
}

/// The versions of the data key that secrets are sealed with, or keys of sessions that somebody may go
/// on with. A session whose submissions are finished is not gone on with.
async fn versions_in_use(store: &dyn Store) -> Result<BTreeSet<u32>, Error> {
    let mut versions = BTreeSet::new();
    for (_, setting) in store.settings(SECRETS).await? {
        let Some(value) = setting.value.filter(|value| *value != OUTSIDE) else { continue };
        versions.insert(Sealed::from_bytes(value)?.key_version());
    }
    for session in unfinished_sessions(store).await? {
        match store.session_key(session).await {
            // Whoever seals session keys in another way keeps them under another key.
            Ok(key) => versions.extend(Sealed::from_bytes(key).map(|sealed| sealed.key_version())),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(versions)
}

async fn unfinished_sessions(store: &dyn Store) -> Result<BTreeSet<ReferenceNumber>, Error> {
    use SubmissionStatus::{Pending, Signing, Submitted};

    let filter = Filter { statuses: [Pending, Signing, Submitted].into(), ..Filter::default() };
    let mut request = PageRequest { filter, after: None, limit: PAGE };
    let mut sessions = BTreeSet::new();
    loop {
        let rows = store.rows(&request).await?;
        let Some((key, row)) = rows.last() else { return Ok(sessions) };
        request.after = Some(request.filter.cursor(key.number(), row));
        sessions.extend(rows.iter().filter_map(|(_, row)| row.session));
    }
}

/// Everything that destroys the keys, the secrets and the connection of a store for good.
pub(crate) async fn destruction(
    store: &dyn Store,
    decision: &Decision,
) -> Result<Vec<Draft>, Error> {
    let mut drafts = Vec::new();
    for prefix in [KEYS, SECRETS, crate::tenant::CONNECTION] {
        let settings = store.settings(prefix).await?.into_iter();
        drafts.extend(
            settings.filter_map(|(name, setting)| {
                Draft::destroy(name, &setting, Some(decision.clone()))
            }),
        );
    }
    Ok(drafts)
}

async fn reseal(
    store: &dyn Store,
    keys: &DataKeys,
    name: &str,
    now: Timestamp,
) -> Result<(), Error> {
    for _ in 0..MAX_CONFLICTS {
        let before = setting(store, name).await?;
        let Some(value) = before.value.as_ref().filter(|value| *value != OUTSIDE) else {
            return Ok(());
        };
        let sealed = Sealed::from_bytes(value.clone())?;
        if sealed.key_version() == keys.current_version() {
            return Ok(());
        }
        let field = name.strip_prefix(SECRETS).unwrap_or(name);
        let secret = keys.open(&place(field, &before.version.to_string()), &sealed)?;
        let record = (before.version + 1).to_string();
        let sealed = keys.seal(&place(field, &record), &secret)?.as_bytes().to_vec();
        let draft = Draft::set(name.to_owned(), &before, sealed, None);
        match change(store, [Draft { what: RESEALED, ..draft }], now).await {
            Err(Error::Conflict) => {}
            done => return done,
        }
    }
    Err(Error::Conflict)
}

const fn owner(scope: Scope) -> Owner {
    Owner::new(scope.tenant(), scope.environment())
}

const fn secret_key(scope: Scope, code: ReasonCode) -> SecretKey {
    SecretKey::new(scope.tenant(), scope.environment(), code)
}

fn name_of(code: ReasonCode) -> String {
    format!("{SECRETS}{}", code.as_str())
}

/// A sealed secret is bound to its name and to the version of its row.
const fn place<'a>(field: &'a str, record: &'a str) -> Place<'a> {
    Place { table: "setting", field, record }
}

fn version(name: &str) -> Option<u32> {
    name.strip_prefix(KEYS)?.parse().ok()
}

/// The name of the key that it is under, a line break, its bytes.
fn key_draft(key: &WrappedKey, before: &Setting) -> Draft {
    let value = [key.key_id.as_str().as_bytes(), b"\n", &key.bytes].concat();
    Draft::set(format!("{KEYS}{}", key.version), before, value, None)
}

const UNREADABLE: Error = Error::Damaged { finding: "a data key cannot be read" };

/// The wrapped keys with the rows that they are in.
async fn wrapped_keys(store: &dyn Store) -> Result<Vec<(Setting, WrappedKey)>, Error> {
    let mut keys = Vec::new();
    for (name, setting) in store.settings(KEYS).await? {
        let Some(value) = &setting.value else { continue };
        let line = value.iter().position(|byte| *byte == b'\n').ok_or(UNREADABLE)?;
        let (id, rest) = value.split_at(line);
        let id = core::str::from_utf8(id).ok().and_then(|id| id.parse().ok());
        let (key_id, version) = (id.ok_or(UNREADABLE)?, version(&name).ok_or(UNREADABLE)?);
        let bytes = rest.get(1..).unwrap_or_default().to_vec();
        keys.push((setting, WrappedKey { version, key_id, bytes }));
    }
    Ok(keys)
}

/// The sealed database store as one [`SecretStore`]: it keeps secrets in the store of their tenant.
#[derive(Clone, Debug)]
pub struct SealedSecrets {
    backend: Arc<dyn Backend>,
    vault: Vault,
    clock: Arc<dyn Clock>,
}

impl SealedSecrets {
    /// Keeps secrets in the stores of `backend`, sealed by `vault`. The log has the time of `clock`.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>, vault: Vault, clock: Arc<dyn Clock>) -> Self {
        Self { backend, vault, clock }
    }

    async fn open(&self, key: &SecretKey) -> Result<Arc<dyn Store>, Error> {
        self.backend.open(Scope::new(key.tenant, key.environment)).await
    }

    async fn put_now(&self, key: &SecretKey, value: &Secret<Vec<u8>>) -> Result<(), Error> {
        let store = self.open(key).await?;
        for _ in 0..MAX_CONFLICTS {
            let secrets = vec![(key.name, value.clone_secret())];
            let drafts = self.vault.put(&*store, secrets, None).await?;
            match change(&*store, drafts, self.clock.now()).await {
                Err(Error::Conflict) => {}
                done => return done,
            }
        }
        Err(Error::Conflict)
    }

    async fn destroy_now(&self, key: &SecretKey) -> Result<(), Error> {
        let store = self.open(key).await?;
        for _ in 0..MAX_CONFLICTS {
            let draft = self.vault.destroy(&*store, key.name, None).await?;
            match change(&*store, draft, self.clock.now()).await {
                Err(Error::Conflict) => {}
                done => return done,
            }
        }
        Err(Error::Conflict)
    }
}

/// What the port tells of an error.
fn refused(error: Error) -> SecretStoreError {
    match error {
        Error::Seal(SealError::Unavailable { source }) => SecretStoreError::Unavailable { source },
        Error::Seal(_) | Error::Damaged { .. } => SecretStoreError::Unsealable,
        Error::SecretStore(error) => error,
        other => SecretStoreError::Unavailable { source: other.into() },
    }
}

impl SecretStore for SealedSecrets {
    fn put<'a>(
        &'a self,
        key: &'a SecretKey,
        value: Secret<Vec<u8>>,
    ) -> BoxFuture<'a, Result<(), SecretStoreError>> {
        Box::pin(async move { self.put_now(key, &value).await.map_err(refused) })
    }

    fn fetch<'a>(
        &'a self,
        key: &'a SecretKey,
    ) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, SecretStoreError>> {
        Box::pin(async move {
            let store = self.open(key).await.map_err(refused)?;
            self.vault.fetch(&*store, key.name).await.map_err(refused)
        })
    }

    fn destroy<'a>(&'a self, key: &'a SecretKey) -> BoxFuture<'a, Result<(), SecretStoreError>> {
        Box::pin(async move { self.destroy_now(key).await.map_err(refused) })
    }
}
