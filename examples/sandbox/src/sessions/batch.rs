//! Batch sessions: open, upload the parts of a package, close; and what becomes of the package.

mod close;
mod open;
mod process;
#[cfg(test)]
mod tests;
mod upload;

use bytes::Bytes;
use ksef_core::Sha256Digest;
use serde::{Deserialize, Serialize};

use crate::archive::CompressionType;

pub(crate) use close::close;
pub(crate) use open::open;
pub(crate) use upload::upload;

/// The package of a batch session, from its opening until it was processed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Batch {
    /// How long the plain package is.
    file_size: u64,
    /// Of the plain package.
    file_hash: Sha256Digest,
    compression: CompressionType,
    /// Whether the sender says that the invoices were issued offline.
    is_offline: bool,
    /// By their ordinal numbers.
    parts: Vec<Part>,
}

/// A part of a package, encrypted on its own.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Part {
    ordinal_number: u32,
    /// As declared.
    size: u64,
    /// As declared.
    hash: Sha256Digest,
    /// As uploaded, if it was.
    #[serde(with = "crate::base64_bytes::option")]
    content: Option<Bytes>,
}
