//! `Keys`, the key-encryption keys from where the configuration says.

use std::sync::{Arc, PoisonError, RwLock};

use ksef_audit::secrets::{KeyId, KeyProvider, KeyRing, SealError};
use ksef_core::Secret;
use ksef_core::port::BoxFuture;

use crate::config::{ConfigError, KeySource};

/// The key-encryption keys. They are read again when one is asked for that was not there, so a server
/// that runs goes on while its keys are rotated.
#[derive(Debug)]
pub(crate) struct Keys {
    source: KeySource,
    ring: RwLock<Arc<KeyRing>>,
}

impl Keys {
    pub(crate) fn read(source: KeySource) -> Result<Self, ConfigError> {
        let ring = RwLock::new(Arc::new(read(&source)?));
        Ok(Self { source, ring })
    }

    fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn open(
        &self,
        id: &KeyId,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Secret<[u8; 32]>, SealError> {
        match self.ring().open(id, context, sealed).await {
            Err(SealError::UnknownKey(_)) => {}
            opened => return opened,
        }
        let ring = read(&self.source);
        let ring = Arc::new(ring.map_err(|error| SealError::Unavailable { source: error.into() })?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        ring.open(id, context, sealed).await
    }
}

fn read(source: &KeySource) -> Result<KeyRing, ConfigError> {
    let ring = KeyRing::parse(source.read()?.expose());
    ring.map_err(|error| ConfigError::new("keys", error))
}

impl KeyProvider for Keys {
    fn current(&self) -> KeyId {
        self.ring().current()
    }

    fn seal<'a>(
        &'a self,
        id: &'a KeyId,
        context: &'a [u8],
        data_key: &'a Secret<[u8; 32]>,
    ) -> BoxFuture<'a, Result<Vec<u8>, SealError>> {
        let ring = self.ring();
        Box::pin(async move { ring.seal(id, context, data_key).await })
    }

    fn open<'a>(
        &'a self,
        id: &'a KeyId,
        context: &'a [u8],
        sealed: &'a [u8],
    ) -> BoxFuture<'a, Result<Secret<[u8; 32]>, SealError>> {
        Box::pin(self.open(id, context, sealed))
    }
}
