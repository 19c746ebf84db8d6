//! `Checkpoints`, which signs the heads of logs at intervals and keeps them elsewhere.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ksef_core::Timestamp;
use ksef_core::port::UpoVerifier;

use crate::environment::EnvironmentType;
use crate::log::{
    Checkpoint, CheckpointSigner, CheckpointSink, Origin, SignedCheckpoint, TreeHead, VerifierKey,
};
use crate::store::Scope;
use crate::{Error, Finding, Tenant, Verification, VerifyOptions};

/// Signs the heads of the logs of an installation and keeps them in a sink.
///
/// What was rolled back past the last checkpoint in the sink is found by [`Checkpoints::verify`], so
/// the sink belongs where nobody who can change the database can change it.
#[derive(Debug)]
pub struct Checkpoints {
    installation: String,
    signer: CheckpointSigner,
    trusted: Vec<VerifierKey>,
    sink: Arc<dyn CheckpointSink>,
    interval: Duration,
    records: u64,
    /// The size and the time of the last checkpoint that this program knows of.
    last: Mutex<HashMap<Scope, (u64, Timestamp)>>,
}

impl Checkpoints {
    /// Checkpoints of the logs of an installation with this name, at the latest 60 seconds or 1,000
    /// records after the one before.
    #[must_use]
    pub fn new(
        installation: impl Into<String>,
        signer: CheckpointSigner,
        sink: Arc<dyn CheckpointSink>,
    ) -> Self {
        let trusted = vec![signer.verifier_key().clone()];
        Self {
            installation: installation.into(),
            signer,
            trusted,
            sink,
            interval: Duration::from_secs(60),
            records: 1_000,
            last: Mutex::default(),
        }
    }

    /// The same with other intervals.
    #[must_use]
    pub fn every(self, interval: Duration, records: u64) -> Self {
        Self { interval, records, ..self }
    }

    /// The same with a key that signed before, whose checkpoints are to be trusted still.
    #[must_use]
    pub fn with_earlier_key(mut self, key: VerifierKey) -> Self {
        self.trusted.push(key);
        self
    }

    /// Who signs.
    #[must_use]
    pub const fn signer(&self) -> &CheckpointSigner {
        &self.signer
    }

    /// The name of the log of a tenant in its environment.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the name of the installation cannot stand in a checkpoint.
    pub fn origin<E: EnvironmentType>(&self, tenant: &Tenant<E>) -> Result<Origin, Error> {
        Origin::new(&self.installation, tenant.tenant(), E::ENVIRONMENT)
            .map_err(|_| Error::Invalid { reason: "the name of the installation" })
    }

    /// Keeps a checkpoint if one is due: there are new records, and enough of them or enough time
    /// since the last. Call it again and again, as after each round of a worker.
    ///
    /// # Errors
    ///
    /// [`Error::Checkpoint`] if the sink fails, or has another checkpoint for this size.
    pub async fn keep<E: EnvironmentType>(
        &self,
        tenant: &Tenant<E>,
        now: Timestamp,
    ) -> Result<Option<SignedCheckpoint>, Error> {
        let head = tenant.head().await?;
        if !self.is_due(tenant.scope(), head.size, now) {
            return Ok(None);
        }
        let checkpoint = self.signer.sign(&Checkpoint { origin: self.origin(tenant)?, head });
        self.sink.put(&checkpoint).await?;
        self.lock().insert(tenant.scope(), (head.size, now));
        Ok(Some(checkpoint))
    }

    fn is_due(&self, scope: Scope, size: u64, now: Timestamp) -> bool {
        let last = self.lock().get(&scope).copied();
        last.is_none_or(|(last, at)| {
            // A clock that went backwards is no reason to wait.
            let is_time = now < at || at.checked_add(self.interval).is_none_or(|due| due <= now);
            size != last && (is_time || size.saturating_sub(last) >= self.records)
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Scope, (u64, Timestamp)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The checkpoints of a log that are in the sink and genuine, the smallest first.
    ///
    /// # Errors
    ///
    /// [`Error::Checkpoint`] if the sink fails.
    pub async fn kept<E: EnvironmentType>(
        &self,
        tenant: &Tenant<E>,
    ) -> Result<Vec<SignedCheckpoint>, Error> {
        Ok(self.read(&self.origin(tenant)?).await?.0)
    }

    /// The genuine checkpoints, and whether there are others.
    async fn read(&self, origin: &Origin) -> Result<(Vec<SignedCheckpoint>, bool), Error> {
        let notes = self.sink.notes(origin).await?;
        let count = notes.len();
        let open = |note: String| SignedCheckpoint::open(&note, &self.trusted).ok();
        let genuine = notes.into_iter().filter_map(open);
        let ours: Vec<_> = genuine.filter(|it| it.checkpoint().origin == *origin).collect();
        let has_others = ours.len() < count;
        Ok((ours, has_others))
    }

    /// [`Tenant::verify`] against every checkpoint in the sink.
    ///
    /// # Errors
    ///
    /// When the store or the sink cannot be read.
    pub async fn verify<E: EnvironmentType>(
        &self,
        tenant: &Tenant<E>,
        receipts: Option<Arc<dyn UpoVerifier>>,
    ) -> Result<Verification, Error> {
        let (kept, has_others) = self.read(&self.origin(tenant)?).await?;
        let heads: Vec<TreeHead> = kept.iter().map(|it| it.checkpoint().head).collect();
        let options = VerifyOptions { receipts, known_heads: &heads };
        let mut verification = tenant.verify(&options).await?;
        if has_others {
            verification.findings.push(Finding::ForgedCheckpoint);
        }
        Ok(verification)
    }
}
