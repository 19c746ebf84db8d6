//! What can go wrong, by what the caller does next.

use ksef_core::port::{BoxError, SecretStoreError};
use ksef_core::submission::HistoryError;

use crate::log::SinkError;
use crate::retention::StillRetained;
use crate::secrets::{ConnectionError, SealError};

/// Why the safe did not do what it was asked to. Nothing is half done after an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such thing here. What belongs to another tenant or environment is not here.
    #[error("there is no such {what} here")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The key was used for something else. Use another key.
    #[error("this key was used for another {what}; use another key")]
    AlreadyExists {
        /// What has the key.
        what: &'static str,
    },
    /// Something else was recorded in the meantime. Read again and decide again.
    #[error("something else was recorded in the meantime; read again")]
    Conflict,
    /// What was to be recorded cannot follow what has happened.
    #[error("this cannot be recorded")]
    Refused(#[from] HistoryError),
    /// What was handed in does not fit together; recording it would be a false record.
    #[error("this cannot be recorded: {reason}")]
    Invalid {
        /// What does not fit.
        reason: &'static str,
    },
    /// What is stored is not what was recorded. Run `verify`, and compare with the checkpoints
    /// kept elsewhere.
    #[error("the stored data was changed or damaged: {finding}")]
    Damaged {
        /// What is wrong, without any of the data.
        finding: &'static str,
    },
    /// A connection cannot be changed in this way. Nothing has changed.
    #[error("the connection cannot be changed in this way")]
    Connection(#[from] ConnectionError),
    /// A secret cannot be sealed, or does not open with the keys at hand.
    #[error("the secret cannot be sealed or opened")]
    Seal(#[from] SealError),
    /// The store outside did not do what it was asked to with a secret.
    #[error("the store of secrets failed")]
    SecretStore(#[from] SecretStoreError),
    /// Records have to be kept, and so have the keys.
    #[error("this has to be kept")]
    StillRetained(#[from] StillRetained),
    /// A checkpoint was not kept, or could not be read.
    #[error("a checkpoint was not kept or read")]
    Checkpoint(#[from] SinkError),
    /// An export could not be written.
    #[cfg(feature = "export")]
    #[error("the export was broken off")]
    Export(#[from] crate::export::ExportError),
    /// The backend cannot do this, or not in this version.
    #[error("not supported: {what}")]
    Unsupported {
        /// What is not supported.
        what: &'static str,
    },
    /// The backend failed: no space, no connection, a file that is read-only. Nothing was
    /// acknowledged; mend the cause and try again.
    #[error("the {backend} store failed; mend the cause and try again")]
    Backend {
        /// Which backend.
        backend: &'static str,
        /// What happened.
        source: BoxError,
    },
}

impl Error {
    /// Whether the same call can succeed later without any other data.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict | Self::Backend { .. })
    }
}
