//! KSeF's public keys: cached, chosen by use and validity, replaced when they are withdrawn.

use core::time::Duration;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::Timestamp;
use tokio::sync::Mutex;

use crate::encryption::EncryptionPublicKey;
use crate::error::{Error, InputError};
use crate::pipeline::{ApiRequest, Pipeline, json};
use crate::wire::auth::PublicKeyCertificate;
use crate::wire::operation::Operation;

/// How long a list of keys is believed.
const BELIEVED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What a public key of KSeF is for (OpenAPI, `PublicKeyCertificateUsage`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a third use would be a new operation")]
pub enum PublicKeyUsage {
    /// To encrypt a KSeF token for a login.
    KsefTokenEncryption,
    /// To encrypt the key of a session or an export.
    SymmetricKeyEncryption,
}

/// A public key of KSeF, and when it is good for what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PublicKey {
    /// The key.
    pub key: Arc<EncryptionPublicKey>,
    /// `publicKeyId`, as KSeF writes it.
    pub id: String,
    /// From when on its certificate is valid.
    pub valid_from: Timestamp,
    /// Until when.
    pub valid_to: Timestamp,
    /// What it is for, as far as this version knows.
    pub usage: Vec<PublicKeyUsage>,
}

/// The keys that were fetched last.
#[derive(Debug, Default)]
pub(crate) struct PublicKeys(Mutex<Option<Fetched>>);

#[derive(Debug)]
struct Fetched {
    at: Timestamp,
    keys: Vec<PublicKey>,
}

impl PublicKeys {
    /// The key to encrypt with now: of those that are valid, the one that became so last.
    pub(crate) async fn current(
        &self,
        pipeline: &Pipeline,
        usage: PublicKeyUsage,
    ) -> Result<PublicKey, Error> {
        let mut fetched = self.0.lock().await;
        let now = pipeline.clock.now();
        let known = fetched
            .as_ref()
            .filter(|fetched| now.duration_since(fetched.at).is_some_and(|age| age < BELIEVED_FOR));
        if let Some(key) = known.and_then(|fetched| choose(&fetched.keys, usage, now)) {
            return Ok(key.clone());
        }
        let keys = fetch(pipeline).await?;
        let chosen = choose(&keys, usage, now).cloned();
        *fetched = Some(Fetched { at: now, keys });
        Ok(chosen.ok_or(InputError::NoPublicKey)?)
    }

    /// Forgets all keys, because KSeF does not know one of them any more.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// All keys that KSeF lists and that can be read.
pub(crate) async fn fetch(pipeline: &Pipeline) -> Result<Vec<PublicKey>, Error> {
    let request = ApiRequest::new(Operation::PublicKeyCertificates);
    let listed: Vec<PublicKeyCertificate> = pipeline.call(&request, None, json).await?;
    let mut keys = Vec::new();
    for certificate in listed {
        // One that cannot be read, of a new kind perhaps, must not keep the others from use.
        match read(&certificate) {
            Some(key) => keys.push(key),
            None => tracing::warn!(id = certificate.public_key_id, "a public key cannot be read"),
        }
    }
    Ok(keys)
}

fn read(listed: &PublicKeyCertificate) -> Option<PublicKey> {
    let der = STANDARD.decode(&listed.certificate).ok()?;
    let known = |usage: &String| match usage.as_str() {
        "KsefTokenEncryption" => Some(PublicKeyUsage::KsefTokenEncryption),
        "SymmetricKeyEncryption" => Some(PublicKeyUsage::SymmetricKeyEncryption),
        _ => None,
    };
    Some(PublicKey {
        key: Arc::new(EncryptionPublicKey::from_certificate(&der).ok()?),
        id: listed.public_key_id.clone(),
        valid_from: listed.valid_from,
        valid_to: listed.valid_to,
        usage: listed.usage.iter().filter_map(known).collect(),
    })
}

fn choose(keys: &[PublicKey], usage: PublicKeyUsage, now: Timestamp) -> Option<&PublicKey> {
    let is_good = |key: &&PublicKey| {
        key.usage.contains(&usage) && (key.valid_from..=key.valid_to).contains(&now)
    };
    keys.iter().filter(is_good).max_by_key(|key| key.valid_from)
}
