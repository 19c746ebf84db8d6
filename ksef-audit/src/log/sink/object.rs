//! Checkpoints in an object store.

use std::sync::Arc;

use ksef_core::port::BoxFuture;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};

use super::{CheckpointSink, SinkError, folder_of, name_of};
use crate::log::{Origin, SignedCheckpoint};

/// Keeps each checkpoint under a key of its own in an object store, put only if it is absent.
///
/// How long nobody can delete them is set at the bucket: a default retention in compliance mode
/// (S3 Object Lock) binds the owner of the bucket too.
#[derive(Clone, Debug)]
pub struct ObjectStoreSink {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl From<object_store::Error> for SinkError {
    fn from(error: object_store::Error) -> Self {
        Self::Unavailable { source: error.into() }
    }
}

impl ObjectStoreSink {
    /// Keeps checkpoints below `prefix`, after a probe that the store honours put-if-absent: some
    /// servers take the request and overwrite.
    ///
    /// The probe leaves one object of a few bytes behind, `probe`.
    ///
    /// # Errors
    ///
    /// [`SinkError::Overwrites`] if the second of two puts is taken.
    pub async fn probed(store: Arc<dyn ObjectStore>, prefix: &str) -> Result<Self, SinkError> {
        let sink = Self { store, prefix: Path::from(prefix) };
        let probe = sink.prefix.clone().join("probe");
        sink.create(&probe, "put if absent").await?;
        if sink.create(&probe, "put if absent").await? {
            Err(SinkError::Overwrites)
        } else {
            Ok(sink)
        }
    }

    /// Whether the object was made; `false` if there is one.
    async fn create(&self, path: &Path, text: &str) -> Result<bool, SinkError> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let payload = PutPayload::from(text.as_bytes().to_vec());
        match self.store.put_opts(path, payload, options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn text(&self, path: &Path) -> Result<String, SinkError> {
        let bytes = self.store.get(path).await?.bytes().await?;
        String::from_utf8(bytes.into())
            .map_err(|error| SinkError::Unavailable { source: error.into() })
    }

    async fn put(&self, checkpoint: &SignedCheckpoint) -> Result<(), SinkError> {
        let folder = self.prefix.clone().join(folder_of(&checkpoint.checkpoint().origin));
        let path = folder.join(name_of(checkpoint));
        if self.create(&path, checkpoint.as_str()).await? {
            return Ok(());
        }
        let is_same = self.text(&path).await? == checkpoint.as_str();
        if is_same { Ok(()) } else { Err(SinkError::Fork) }
    }

    async fn notes(&self, origin: &Origin) -> Result<Vec<String>, SinkError> {
        let folder = self.prefix.clone().join(folder_of(origin));
        let mut paths: Vec<_> = self
            .store
            .list_with_delimiter(Some(&folder))
            .await?
            .objects
            .into_iter()
            .map(|object| object.location)
            .collect();
        paths.sort_unstable();
        let mut notes = Vec::with_capacity(paths.len());
        for path in &paths {
            notes.push(self.text(path).await?);
        }
        Ok(notes)
    }
}

impl CheckpointSink for ObjectStoreSink {
    fn put<'a>(&'a self, checkpoint: &'a SignedCheckpoint) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(self.put(checkpoint))
    }

    fn notes<'a>(&'a self, origin: &'a Origin) -> BoxFuture<'a, Result<Vec<String>, SinkError>> {
        Box::pin(self.notes(origin))
    }
}
