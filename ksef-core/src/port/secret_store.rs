//! Where secrets are kept.

use core::fmt::{self, Debug};

use super::{BoxError, BoxFuture};
use crate::submission::ReasonCode;
use crate::{Environment, Secret, TenantId};

/// Keeps the secrets of tenants: KSeF tokens, private keys, webhook secrets.
///
/// What comes out is a [`Secret`], which cannot be printed. The sealed database of `ksef-audit` is
/// one store; an outside one, such as Stripe's, is another.
pub trait SecretStore: Debug + Send + Sync {
    /// Keeps `value` under `key` and destroys what was there before.
    fn put<'a>(
        &'a self,
        key: &'a SecretKey,
        value: Secret<Vec<u8>>,
    ) -> BoxFuture<'a, Result<(), SecretStoreError>>;

    /// The secret under `key`, or `None` where there is none.
    fn fetch<'a>(
        &'a self,
        key: &'a SecretKey,
    ) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, SecretStoreError>>;

    /// Destroys the secret under `key`. To destroy what is not there is no error.
    fn destroy<'a>(&'a self, key: &'a SecretKey) -> BoxFuture<'a, Result<(), SecretStoreError>>;
}

/// Whose secret, for which environment, and which one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct SecretKey {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The environment it is for. A TEST secret is never found under PRODUCTION.
    pub environment: Environment,
    /// Its name, for example `ksef_token`.
    pub name: ReasonCode,
}

impl SecretKey {
    /// The key of the secret called `name`.
    #[must_use]
    pub const fn new(tenant: TenantId, environment: Environment, name: ReasonCode) -> Self {
        Self { tenant, environment, name }
    }
}

/// Why a secret could not be kept, read or destroyed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretStoreError {
    /// The store holds no more secrets, or none of this size. Use another store for this one.
    LimitReached,
    /// What is stored cannot be opened with the keys at hand: the key is wrong, or the stored
    /// bytes were changed or moved.
    Unsealable,
    /// The store cannot be reached or failed. Try again later.
    Unavailable {
        /// What happened.
        source: BoxError,
    },
}

impl fmt::Display for SecretStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LimitReached => "the secret store takes no more; use another one",
            Self::Unsealable => "the stored secret cannot be opened with the keys at hand",
            Self::Unavailable { .. } => "the secret store is not available; try again later",
        })
    }
}

impl core::error::Error for SecretStoreError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Unavailable { source } => Some(&**source),
            Self::LimitReached | Self::Unsealable => None,
        }
    }
}

/// A [`SecretStore`] for tests. It forgets everything when it is dropped.
#[cfg(feature = "test-util")]
#[derive(Debug, Default)]
pub struct InMemorySecretStore {
    secrets: std::sync::Mutex<std::collections::HashMap<SecretKey, Secret<Vec<u8>>>>,
}

#[cfg(feature = "test-util")]
impl InMemorySecretStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut std::collections::HashMap<SecretKey, Secret<Vec<u8>>>) -> T,
    ) -> BoxFuture<'static, Result<T, SecretStoreError>>
    where
        T: Send + 'static,
    {
        // A poisoned lock only means that another test failed; the map is whole.
        let mut secrets = self.secrets.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Box::pin(core::future::ready(Ok(work(&mut secrets))))
    }
}

#[cfg(feature = "test-util")]
impl SecretStore for InMemorySecretStore {
    fn put<'a>(
        &'a self,
        key: &'a SecretKey,
        value: Secret<Vec<u8>>,
    ) -> BoxFuture<'a, Result<(), SecretStoreError>> {
        self.with(|secrets| drop(secrets.insert(*key, value)))
    }

    fn fetch<'a>(
        &'a self,
        key: &'a SecretKey,
    ) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, SecretStoreError>> {
        self.with(|secrets| secrets.get(key).map(Secret::clone_secret))
    }

    fn destroy<'a>(&'a self, key: &'a SecretKey) -> BoxFuture<'a, Result<(), SecretStoreError>> {
        self.with(|secrets| drop(secrets.remove(key)))
    }
}
