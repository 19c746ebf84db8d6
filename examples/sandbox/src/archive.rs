//! Packages of invoices: those that are sent in a batch session and those of an export.
//!
//! KSeF API, `sesja-wsadowa.md`: a package is flat, each file in it is one invoice, and the name
//! of the file comes back as `invoiceFileName`. A package is not to be trusted. What it costs in
//! memory is bounded by [`Limits`], whatever it says of itself.
//!
//! The documentation leaves open what else a package may contain. Here directories of their own
//! are passed over, and a package is refused as a whole if it holds a file in a directory, a name
//! that leads out of it, two files of one name, a link or another thing that is no file, an
//! encrypted file, or files that share bytes.

mod name;
mod tar_gz;
#[cfg(test)]
mod tests;
mod write;
mod zip;

use std::io;

use serde::{Deserialize, Serialize};

pub(crate) use write::{PART_BYTES, write};

/// How a package is packed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum CompressionType {
    /// A Zip archive, stored or deflated.
    #[default]
    Zip,
    /// A tar archive, packed by gzip.
    TarGz,
}

/// What a package may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many files.
    pub(crate) entries: usize,
    /// How many bytes each may have; of a larger one only the name is read.
    pub(crate) entry_bytes: usize,
    /// How many bytes may be unpacked in all, oversized files and padding included.
    pub(crate) total_bytes: u64,
}

/// A file of a package.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    /// Its name, 1 to 128 characters.
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What is in a file of a package.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Content {
    Whole(Vec<u8>),
    /// More than [`Limits::entry_bytes`]: a fault of this invoice (430) and not of the session.
    Oversized,
}

/// Why a package as a whole cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveFault {
    #[error("the package holds more than {limit} files")]
    TooManyEntries { limit: usize },
    #[error("the package unpacks to more than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the package is no Zip archive, or a broken one")]
    Zip(#[from] rawzip::Error),
    #[error("the package is packed wrongly, or cut off")]
    Stream(#[from] io::Error),
    #[error("the package lists another number of files than it announces")]
    Count,
    #[error("files of the package share bytes")]
    Overlap,
    #[error("a file of the package is encrypted")]
    Encrypted,
    #[error("a file of the package is packed by another method than Deflate")]
    Method,
    #[error("the package holds something that is neither a file nor a directory")]
    NoFile,
    #[error("a file of the package is in a directory, or its name is empty, too long or no name")]
    Name,
    #[error("two files of the package have the same name")]
    Duplicate,
}

impl ArchiveFault {
    /// The status of the batch session: 420, too many invoices, or 430, the archive.
    pub(crate) const fn session_status(&self) -> u16 {
        match self {
            Self::TooManyEntries { .. } => 420,
            _ => 430,
        }
    }
}

/// Hands over each file of a package, one in memory at a time, in the order of the package.
///
/// A fault may turn up after files were handed over. Whoever acts on them at once reads twice, the
/// first time only to find that there is none.
///
/// # Errors
///
/// [`ArchiveFault`], if the package as a whole cannot be used.
pub(crate) fn read(
    package: &[u8],
    compression: CompressionType,
    limits: &Limits,
    each: impl FnMut(Entry),
) -> Result<(), ArchiveFault> {
    match compression {
        CompressionType::Zip => zip::read(package, limits, each),
        CompressionType::TarGz => tar_gz::read(package, limits, each),
    }
}

/// Reads a file up to a byte over its limit, or over what is left of `budget`, and takes what was
/// read from that.
fn content(
    file: impl io::Read,
    limits: &Limits,
    budget: &mut u64,
) -> Result<Content, ArchiveFault> {
    let entry_bytes = u64::try_from(limits.entry_bytes).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let mut file = io::Read::take(file, entry_bytes.min(*budget).saturating_add(1));
    let read = u64::try_from(io::Read::read_to_end(&mut file, &mut bytes)?).unwrap_or(u64::MAX);
    let left = budget.checked_sub(read);
    *budget = left.ok_or(ArchiveFault::TooLarge { limit: limits.total_bytes })?;
    Ok(if read > entry_bytes { Content::Oversized } else { Content::Whole(bytes) })
}
