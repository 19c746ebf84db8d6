//! Where checkpoints go: away from the database that they guard.

use core::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ksef_core::Sha256Digest;
use ksef_core::port::{BoxError, BoxFuture};

use super::{Origin, SignedCheckpoint};

#[cfg(feature = "object-store")]
mod object;
#[cfg(feature = "object-store")]
pub use object::ObjectStoreSink;

/// Why a checkpoint was not kept or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// Another checkpoint for the same log and size is there: the log has two histories. Stop
    /// writing and find out which one is true.
    #[error("another checkpoint of this log and size was kept before: the log has two histories")]
    Fork,
    /// The sink does not keep what is there from being overwritten. Use another one.
    #[error("the sink overwrites what it has; use one that honours put-if-absent")]
    Overwrites,
    /// The sink failed. Try again later; the log itself is not affected.
    #[error("the checkpoint could not be kept or read; mend the cause and try again")]
    Unavailable {
        /// What happened.
        source: BoxError,
    },
}

impl From<io::Error> for SinkError {
    fn from(error: io::Error) -> Self {
        Self::Unavailable { source: error.into() }
    }
}

/// Keeps checkpoints where whoever can change the log cannot change them.
pub trait CheckpointSink: Debug + Send + Sync {
    /// Keeps a checkpoint for good. To keep the same one again is no error.
    fn put<'a>(&'a self, checkpoint: &'a SignedCheckpoint) -> BoxFuture<'a, Result<(), SinkError>>;

    /// The notes that were kept for a log, by size, the smallest first. They are as they were
    /// read: [`SignedCheckpoint::open`] tells which are genuine.
    fn notes<'a>(&'a self, origin: &'a Origin) -> BoxFuture<'a, Result<Vec<String>, SinkError>>;
}

/// The folder of a log within a sink: a hash, since an origin may hold anything.
fn folder_of(origin: &Origin) -> String {
    Sha256Digest::of(origin.as_str().as_bytes()).to_hex()
}

/// Sorted by name is sorted by size.
fn name_of(checkpoint: &SignedCheckpoint) -> String {
    format!("{:020}.checkpoint", checkpoint.checkpoint().head.size)
}

/// Keeps each checkpoint in a file of its own, made once and synced.
///
/// The folder should be on another machine or medium than the database. The calls are short, and
/// they block.
#[derive(Clone, Debug)]
pub struct FileSink {
    folder: PathBuf,
}

impl FileSink {
    /// Keeps checkpoints in this folder, which must exist.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn write(&self, checkpoint: &SignedCheckpoint) -> Result<(), SinkError> {
        let folder = self.folder.join(folder_of(&checkpoint.checkpoint().origin));
        fs::create_dir_all(&folder)?;
        let path = folder.join(name_of(checkpoint));
        let bytes = checkpoint.as_str().as_bytes();
        match write_synced(&folder, &path, bytes) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let is_same = fs::read(&path)? == bytes;
                if is_same { Ok(()) } else { Err(SinkError::Fork) }
            }
            written => Ok(written.and_then(|()| File::open(&self.folder)?.sync_all())?),
        }
    }

    fn read(&self, origin: &Origin) -> Result<Vec<String>, SinkError> {
        let files = match fs::read_dir(self.folder.join(folder_of(origin))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let paths: io::Result<Vec<_>> = files.map(|file| Ok(file?.path())).collect();
        let is_checkpoint = |path: &PathBuf| path.extension().is_some_and(|it| it == "checkpoint");
        let mut paths: Vec<_> = paths?.into_iter().filter(is_checkpoint).collect();
        paths.sort_unstable();
        Ok(paths.iter().map(fs::read_to_string).collect::<io::Result<_>>()?)
    }
}

/// The whole file is there under its name, or nothing is. A link does not replace what is there.
fn write_synced(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{count}.part", std::process::id()));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    linked?;
    File::open(folder)?.sync_all()
}

impl CheckpointSink for FileSink {
    fn put<'a>(&'a self, checkpoint: &'a SignedCheckpoint) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(core::future::ready(self.write(checkpoint)))
    }

    fn notes<'a>(&'a self, origin: &'a Origin) -> BoxFuture<'a, Result<Vec<String>, SinkError>> {
        Box::pin(core::future::ready(self.read(origin)))
    }
}

#[cfg(test)]
mod tests {
    use ksef_core::Secret;

    use super::super::{Checkpoint, CheckpointSigner, TreeHead};
    use super::*;

    fn signed(origin: &str, size: u64, root: &[u8]) -> SignedCheckpoint {
        let signer = CheckpointSigner::new("audit.example.com", &Secret::new([1; 32])).unwrap();
        let head = TreeHead { size, root: Sha256Digest::of(root) };
        signer.sign(&Checkpoint { origin: origin.parse().unwrap(), head })
    }

    async fn a_sink_keeps_checkpoints_by_size_and_refuses_a_fork(sink: &dyn CheckpointSink) {
        let origin = "audit.example.com/../log".parse().unwrap();
        assert!(sink.notes(&origin).await.unwrap().is_empty());
        for size in [100, 9, 20, 9] {
            sink.put(&signed(origin.as_str(), size, b"one")).await.unwrap();
        }
        sink.put(&signed("audit.example.com/other", 9, b"two")).await.unwrap();
        let kept = sink.notes(&origin).await.unwrap();
        let expected = [9, 20, 100].map(|size| signed(origin.as_str(), size, b"one").to_string());
        assert_eq!(kept, expected);
        let fork = sink.put(&signed(origin.as_str(), 9, b"two")).await;
        assert!(matches!(fork, Err(SinkError::Fork)));
        assert_eq!(sink.notes(&origin).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn files_keep_checkpoints_by_size_and_refuse_a_fork() {
        let folder = tempfile::tempdir().unwrap();
        let sink = FileSink::new(folder.path());
        a_sink_keeps_checkpoints_by_size_and_refuses_a_fork(&sink).await;
        let folders = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(folders, 2, "an origin with dots stays in the folder");
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_an_error_with_its_cause() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let sink = FileSink::new(file.path());
        let error = sink.put(&signed("audit.example.com/log", 1, b"")).await.unwrap_err();
        assert!(core::error::Error::source(&error).is_some());
    }

    #[cfg(feature = "object-store")]
    #[tokio::test]
    async fn object_stores_keep_checkpoints_by_size_and_refuse_a_fork() {
        use std::sync::Arc;

        let store = Arc::new(object_store::memory::InMemory::new());
        let sink = ObjectStoreSink::probed(store, "checkpoints").await.unwrap();
        a_sink_keeps_checkpoints_by_size_and_refuses_a_fork(&sink).await;
    }
}
