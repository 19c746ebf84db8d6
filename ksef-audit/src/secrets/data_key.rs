//! The data keys of a tenant in an environment, and what they seal.

use std::collections::BTreeMap;

use ksef_core::{Environment, Secret, TenantId};

use super::seal::{self, OVERHEAD_BYTES, SealError};
use super::{KeyId, KeyProvider};
use crate::retention::DestructionPermit;

/// The version of the layout of [`Sealed`], its first byte.
const LAYOUT: u8 = 1;

/// The layout, the version of the data key.
const HEADER_BYTES: usize = 5;

/// Whose secrets they are, and for which environment.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Owner {
    tenant: TenantId,
    environment: Environment,
}

impl Owner {
    /// A tenant in an environment.
    #[must_use]
    pub const fn new(tenant: TenantId, environment: Environment) -> Self {
        Self { tenant, environment }
    }

    fn context(&self, purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
        let environment = self.environment.as_str().as_bytes();
        let mut all = vec![purpose.as_bytes(), self.tenant.as_bytes(), environment];
        all.extend_from_slice(parts);
        seal::context(&all)
    }
}

/// Where a secret stands within what its owner has.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller; all of it binds the secret")]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The field, which tells one kind of secret from another.
    pub field: &'a str,
    /// The id of the record.
    pub record: &'a str,
}

/// A sealed secret, as it is stored. It tells its length and the version of its key only.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The bytes to be stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Bytes that were stored.
    ///
    /// # Errors
    ///
    /// [`SealError::Malformed`] if they are too short, or of another layout.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SealError> {
        let is_long_enough = bytes.len() >= HEADER_BYTES + OVERHEAD_BYTES;
        let has_layout = bytes.first() == Some(&LAYOUT);
        if is_long_enough && has_layout { Ok(Self(bytes)) } else { Err(SealError::Malformed) }
    }

    /// The version of the data key that opens it.
    #[must_use]
    pub fn key_version(&self) -> u32 {
        self.split().0
    }

    fn split(&self) -> (u32, &[u8]) {
        match self.0.as_slice() {
            [_, a, b, c, d, rest @ ..] => (u32::from_be_bytes([*a, *b, *c, *d]), rest),
            _ => (0, &[]),
        }
    }
}

/// A version of a data key as it is stored: sealed by a key-encryption key.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the columns of a stored key")]
pub struct WrappedKey {
    /// The version, from 1.
    pub version: u32,
    /// The key-encryption key that opens it.
    pub key_id: KeyId,
    /// The sealed key.
    pub bytes: Vec<u8>,
}

impl WrappedKey {
    /// The same data key under the current key-encryption key, or `None` if it is under it.
    ///
    /// What the data key sealed stays as it is and can be read all the time.
    ///
    /// # Errors
    ///
    /// [`SealError`], if the key under which it is now does not open it.
    pub async fn rewrap(
        &self,
        owner: Owner,
        provider: &dyn KeyProvider,
    ) -> Result<Option<Self>, SealError> {
        if self.key_id == provider.current() {
            return Ok(None);
        }
        let key = self.open(owner, provider).await?;
        Self::wrap(owner, self.version, &key, provider).await.map(Some)
    }

    async fn wrap(
        owner: Owner,
        version: u32,
        key: &Secret<[u8; 32]>,
        provider: &dyn KeyProvider,
    ) -> Result<Self, SealError> {
        let key_id = provider.current();
        let context = wrapping_context(owner, version, &key_id);
        let bytes = provider.seal(&key_id, &context, key).await?;
        Ok(Self { version, key_id, bytes })
    }

    async fn open(
        &self,
        owner: Owner,
        provider: &dyn KeyProvider,
    ) -> Result<Secret<[u8; 32]>, SealError> {
        let context = wrapping_context(owner, self.version, &self.key_id);
        provider.open(&self.key_id, &context, &self.bytes).await
    }
}

fn wrapping_context(owner: Owner, version: u32, key_id: &KeyId) -> Vec<u8> {
    owner.context("ksef-key/1", &[&version.to_be_bytes(), key_id.as_str().as_bytes()])
}

/// The data keys of an owner, open: all versions that something may be sealed with.
#[derive(Debug)]
pub struct DataKeys {
    owner: Owner,
    current: u32,
    keys: BTreeMap<u32, Secret<[u8; 32]>>,
}

impl DataKeys {
    /// A first data key, and what is to be stored of it.
    ///
    /// # Errors
    ///
    /// [`SealError`], if the provider fails.
    pub async fn create(
        owner: Owner,
        provider: &dyn KeyProvider,
    ) -> Result<(Self, WrappedKey), SealError> {
        Self::create_after(owner, 0, provider).await
    }

    /// A first data key where there were others, up to this version, that were destroyed.
    pub(super) async fn create_after(
        owner: Owner,
        last: u32,
        provider: &dyn KeyProvider,
    ) -> Result<(Self, WrappedKey), SealError> {
        let mut keys = Self { owner, current: last, keys: BTreeMap::new() };
        let wrapped = keys.rotate(provider).await?;
        Ok((keys, wrapped))
    }

    /// Opens the stored versions. The highest is the current one.
    ///
    /// # Errors
    ///
    /// [`SealError`], if there is none, or one does not open.
    pub async fn unlock(
        owner: Owner,
        provider: &dyn KeyProvider,
        wrapped: &[WrappedKey],
    ) -> Result<Self, SealError> {
        let mut keys = BTreeMap::new();
        for key in wrapped {
            keys.insert(key.version, key.open(owner, provider).await?);
        }
        let current = *keys.keys().next_back().ok_or(SealError::UnknownVersion(1))?;
        Ok(Self { owner, current, keys })
    }

    /// Makes a next version, the current one from now on, and returns what is to be stored of it.
    ///
    /// Store it before anything is sealed with it. Older versions still open what they sealed, so
    /// [`DataKeys::reseal`] can follow at any pace, and be broken off and begun again.
    ///
    /// # Errors
    ///
    /// [`SealError`], if the provider fails. Nothing has changed then.
    pub async fn rotate(&mut self, provider: &dyn KeyProvider) -> Result<WrappedKey, SealError> {
        let version = self.current.checked_add(1).ok_or(SealError::Malformed)?;
        let key = seal::random_key()?;
        let wrapped = WrappedKey::wrap(self.owner, version, &key, provider).await?;
        self.keys.insert(version, key);
        self.current = version;
        Ok(wrapped)
    }

    /// The version that seals.
    #[must_use]
    pub const fn current_version(&self) -> u32 {
        self.current
    }

    /// Puts an old version away, once nothing is sealed with it any more.
    ///
    /// # Errors
    ///
    /// [`SealError::CurrentVersion`].
    pub fn retire(&mut self, version: u32) -> Result<(), SealError> {
        if version == self.current {
            return Err(SealError::CurrentVersion(version));
        }
        self.keys.remove(&version);
        Ok(())
    }

    /// Destroys the keys in memory, and says which versions the store has to delete for good.
    /// Nothing that they sealed can be read from then on, from backups neither, unless those hold
    /// the wrapped keys.
    ///
    /// # Errors
    ///
    /// [`SealError::NotPermitted`] with the permit for another owner.
    pub fn destroy(self, permit: &DestructionPermit) -> Result<Vec<u32>, SealError> {
        if permit.owner() != self.owner {
            return Err(SealError::NotPermitted);
        }
        Ok(self.keys.keys().copied().collect())
    }

    /// Seals a secret for its place.
    ///
    /// # Errors
    ///
    /// [`SealError::Random`].
    pub fn seal(&self, place: &Place<'_>, secret: &Secret<Vec<u8>>) -> Result<Sealed, SealError> {
        let key = self.key(self.current)?;
        let context = self.context(place, self.current);
        let sealed = seal::seal(key, &context, secret.expose())?;
        Ok(Sealed([&[LAYOUT], self.current.to_be_bytes().as_slice(), &sealed].concat()))
    }

    /// Opens a secret at its place.
    ///
    /// # Errors
    ///
    /// [`SealError::Refused`] if it was sealed for another place or was changed.
    pub fn open(&self, place: &Place<'_>, sealed: &Sealed) -> Result<Secret<Vec<u8>>, SealError> {
        let (version, bytes) = sealed.split();
        seal::open(self.key(version)?, &self.context(place, version), bytes)
    }

    /// The same secret under the current version, or `None` if it is under it.
    ///
    /// # Errors
    ///
    /// [`SealError`], if it does not open.
    pub fn reseal(&self, place: &Place<'_>, sealed: &Sealed) -> Result<Option<Sealed>, SealError> {
        if sealed.key_version() == self.current {
            return Ok(None);
        }
        self.seal(place, &self.open(place, sealed)?).map(Some)
    }

    fn key(&self, version: u32) -> Result<&Secret<[u8; 32]>, SealError> {
        self.keys.get(&version).ok_or(SealError::UnknownVersion(version))
    }

    fn context(&self, place: &Place<'_>, version: u32) -> Vec<u8> {
        let Place { table, field, record } = place;
        let parts = [table, field, record].map(|part| part.as_bytes());
        let [table, field, record] = parts;
        self.owner.context("ksef-seal/1", &[table, field, record, &version.to_be_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::super::KeyRing;
    use super::*;

    fn ring() -> KeyRing {
        let id: KeyId = "key-1".parse().unwrap();
        KeyRing::generate(id.clone()).unwrap().with(id, Secret::new([1; 32]))
    }

    fn rotated_ring() -> KeyRing {
        ring().with("key-2".parse().unwrap(), Secret::new([2; 32]))
    }

    fn owners() -> Vec<Owner> {
        let tenants = [[1; 16], [2; 16]].map(|bytes| TenantId::from_bytes(bytes).unwrap());
        let pairs = tenants
            .into_iter()
            .flat_map(|tenant| Environment::ALL.map(|environment| Owner::new(tenant, environment)));
        pairs.collect()
    }

    const PLACES: [Place<'static>; 5] = [
        Place { table: "connection", field: "ksef_token", record: "1" },
        Place { table: "connection", field: "ksef_token", record: "2" },
        Place { table: "connection", field: "private_key", record: "1" },
        Place { table: "connectionk", field: "sef_token", record: "1" },
        Place { table: "endpoint", field: "ksef_token", record: "1" },
    ];

    fn secret(text: &str) -> Secret<Vec<u8>> {
        Secret::new(text.as_bytes().to_vec())
    }

    /// The same data keys for every owner, the worst case: only the context tells them apart.
    fn same_keys(owner: Owner) -> DataKeys {
        let keys = BTreeMap::from([(1, Secret::new([5; 32])), (2, Secret::new([5; 32]))]);
        DataKeys { owner, current: 1, keys }
    }

    #[test]
    fn a_ciphertext_opens_at_its_place_and_at_no_other() {
        let all: Vec<_> = owners()
            .into_iter()
            .flat_map(|owner| PLACES.map(|place| (owner, place)))
            .flat_map(|(owner, place)| [1, 2].map(|version| (owner, place, version)))
            .collect();
        let mut refused = 0;
        for from in &all {
            let sealed = DataKeys { current: from.2, ..same_keys(from.0) };
            let sealed = sealed.seal(&from.1, &secret("canary")).unwrap();
            for to in &all {
                let mut moved = sealed.clone();
                moved.0[1..5].copy_from_slice(&to.2.to_be_bytes());
                let opened = same_keys(to.0).open(&to.1, &moved);
                assert_eq!(opened.is_ok(), from == to, "{from:?} {to:?}");
                refused += usize::from(opened.is_err());
            }
        }
        assert_eq!(refused, all.len() * (all.len() - 1));
    }

    #[tokio::test]
    async fn a_wrapped_key_opens_for_its_owner_and_version_only() {
        let ring = rotated_ring();
        let mut wrapped = Vec::new();
        for owner in owners() {
            let (mut keys, first) = DataKeys::create(owner, &ring).await.unwrap();
            wrapped.push((owner, first));
            wrapped.push((owner, keys.rotate(&ring).await.unwrap()));
        }
        for (from, key) in &wrapped {
            for (to, other) in &wrapped {
                let moved = WrappedKey { version: other.version, ..key.clone() };
                let is_home = (from, key.version) == (to, other.version);
                assert_eq!(moved.open(*to, &ring).await.is_ok(), is_home);
            }
            let renamed = WrappedKey { key_id: "key-1".parse().unwrap(), ..key.clone() };
            assert!(renamed.open(*from, &ring).await.is_err());
        }
    }

    #[tokio::test]
    async fn reading_goes_on_while_both_keys_are_rotated() {
        let owner = owners()[0];
        let (mut keys, first) = DataKeys::create(owner, &ring()).await.unwrap();
        let [place, ..] = PLACES;
        let old = keys.seal(&place, &secret("canary")).unwrap();

        let second = keys.rotate(&ring()).await.unwrap();
        assert_eq!(keys.open(&place, &old).unwrap().expose(), b"canary");
        let new = keys.reseal(&place, &old).unwrap().unwrap();
        assert_eq!(keys.reseal(&place, &new).unwrap(), None);
        assert_eq!((old.key_version(), new.key_version()), (1, 2));

        let both = rotated_ring();
        let mut stored = vec![first, second];
        for place_of_key in 0..stored.len() {
            let half_way = DataKeys::unlock(owner, &both, &stored).await.unwrap();
            for sealed in [&old, &new] {
                assert_eq!(half_way.open(&place, sealed).unwrap().expose(), b"canary");
            }
            let rewrapped = stored[place_of_key].rewrap(owner, &both).await.unwrap().unwrap();
            assert_eq!(rewrapped.rewrap(owner, &both).await.unwrap(), None);
            stored[place_of_key] = rewrapped;
        }
        let newest = KeyRing::parse("key-2 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=").unwrap();
        let keys = DataKeys::unlock(owner, &newest, &stored[1..]).await.unwrap();
        assert_eq!(keys.open(&place, &new).unwrap().expose(), b"canary");
        assert!(matches!(keys.open(&place, &old), Err(SealError::UnknownVersion(1))));
    }

    #[tokio::test]
    async fn without_its_key_nothing_opens_and_the_error_names_it() {
        let owner = owners()[0];
        let (_, wrapped) = DataKeys::create(owner, &ring()).await.unwrap();
        let other = KeyRing::generate("key-9".parse().unwrap()).unwrap();
        let error = DataKeys::unlock(owner, &other, &[wrapped]).await.unwrap_err();
        assert!(error.to_string().contains("`key-1`"), "{error}");
        assert!(DataKeys::unlock(owner, &other, &[]).await.is_err());
    }

    #[tokio::test]
    async fn canaries_are_in_no_debug_and_no_error() {
        let owner = owners()[0];
        let (mut keys, wrapped) = DataKeys::create(owner, &ring()).await.unwrap();
        let [place, other, ..] = PLACES;
        let sealed = keys.seal(&place, &secret("CANARY-7f3a")).unwrap();
        let refused = keys.open(&other, &sealed).unwrap_err();
        let retired = keys.retire(1).unwrap_err();
        let opened = keys.open(&place, &sealed).unwrap();
        let bytes = format!("{:?}", b"CANARY-7f3a");
        for shown in [
            format!("{keys:?} {wrapped:?} {sealed:?} {opened:?}"),
            format!("{refused} {refused:?} {retired} {retired:?}"),
            String::from_utf8_lossy(sealed.as_bytes()).into_owned(),
        ] {
            assert!(!shown.contains("CANARY") && !shown.contains(bytes.trim_matches(['[', ']'])));
        }
    }

    #[test]
    fn keys_are_destroyed_for_the_owner_of_the_permit_only() {
        let today = "2040-01-01".parse().unwrap();
        let report = crate::retention::Report::default();
        let (ours, theirs) = (owners()[0], owners()[1]);
        let permit = report.permit_destruction(theirs, today).unwrap();
        let refused = same_keys(ours).destroy(&permit);
        assert!(matches!(refused, Err(SealError::NotPermitted)));
        let permit = report.permit_destruction(ours, today).unwrap();
        assert_eq!(same_keys(ours).destroy(&permit).unwrap(), [1, 2]);
    }

    #[test]
    fn bytes_of_another_layout_are_refused() {
        let keys = same_keys(owners()[0]);
        let sealed = keys.seal(&PLACES[0], &secret("")).unwrap();
        assert_eq!(Sealed::from_bytes(sealed.as_bytes().to_vec()).unwrap(), sealed);
        for bad in [Vec::new(), vec![LAYOUT; 76], vec![2; 200]] {
            assert!(matches!(Sealed::from_bytes(bad), Err(SealError::Malformed)));
        }
    }
}
