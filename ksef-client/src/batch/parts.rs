//! Where parts go, and the writer that cuts a package into them.

use std::io::{self, Write};

use ksef_core::Sha256Digest;
use sha2::{Digest as _, Sha256};

use super::{PackageError, PackagePart};
use crate::encryption::{EncryptingWriter, SessionKey, byte_count};

/// The most parts of a package. With parts of 100 MB they are the 5 GB that a package may have.
const MOST_PARTS: u32 = 50;

/// The most bytes of a part before it is encrypted.
pub(super) const MOST_PART_BYTES: u64 = 100_000_000;

/// Where the encrypted parts of a package go, one after another.
///
/// [`PartFolder`](super::PartFolder) keeps them as files, [`PartsInMemory`] in memory. Both may be
/// asked for a part as often as an upload needs.
///
/// ```
/// use std::io;
///
/// use ksef_client::batch::PartSink;
///
/// /// Counts the bytes and keeps none.
/// struct Counted(u64);
///
/// impl PartSink for Counted {
///     type Part = Vec<u8>;
///
///     fn start(&mut self, _: u32) -> io::Result<Vec<u8>> {
///         Ok(Vec::new())
///     }
///
///     fn finish(&mut self, _: u32, part: Vec<u8>) -> io::Result<()> {
///         self.0 += part.len() as u64;
///         Ok(())
///     }
/// }
/// ```
pub trait PartSink {
    /// A part that is being written.
    type Part: Write;

    /// Starts the part with this number, from 1 on. What an attempt before left of it is dropped.
    ///
    /// # Errors
    ///
    /// When there is no place for it.
    fn start(&mut self, ordinal_number: u32) -> io::Result<Self::Part>;

    /// Keeps the part, which is complete.
    ///
    /// # Errors
    ///
    /// When it could not be kept.
    fn finish(&mut self, ordinal_number: u32, part: Self::Part) -> io::Result<()>;
}

/// The parts of a small package, in memory.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct PartsInMemory {
    /// The encrypted parts, in order.
    pub parts: Vec<Vec<u8>>,
}

impl PartSink for PartsInMemory {
    type Part = Vec<u8>;

    fn start(&mut self, _: u32) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn finish(&mut self, _: u32, part: Vec<u8>) -> io::Result<()> {
        self.parts.push(part);
        Ok(())
    }
}

/// Cuts what is written to it into parts, and encrypts each.
pub(super) struct Splitter<'key, S: PartSink> {
    key: &'key SessionKey,
    part_bytes: u64,
    sink: S,
    current: Option<EncryptingWriter<S::Part>>,
    parts: Vec<PackagePart>,
    hash: Sha256,
    size: u64,
}

/// What was cut.
pub(super) struct Split<S> {
    pub(super) sink: S,
    pub(super) parts: Vec<PackagePart>,
    pub(super) size: u64,
    pub(super) hash: Sha256Digest,
}

impl<'key, S: PartSink> Splitter<'key, S> {
    pub(super) fn new(key: &'key SessionKey, part_bytes: u64, sink: S) -> Self {
        let part_bytes = part_bytes.clamp(1, MOST_PART_BYTES);
        let (current, parts, hash) = (None, Vec::new(), Sha256::new());
        Self { key, part_bytes, sink, current, parts, hash, size: 0 }
    }

    pub(super) fn finish(mut self) -> Result<Split<S>, PackageError> {
        if let Some(part) = self.current.take() {
            self.finish_part(part)?;
        }
        let hash = Sha256Digest::from_bytes(self.hash.finalize().into());
        Ok(Split { sink: self.sink, parts: self.parts, size: self.size, hash })
    }

    /// The number of the part that is being written or comes next.
    fn ordinal_number(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn finish_part(&mut self, part: EncryptingWriter<S::Part>) -> Result<(), PackageError> {
        let ordinal_number = self.ordinal_number();
        let (part, file) = part.finish().map_err(PackageError::Write)?;
        self.sink.finish(ordinal_number, part).map_err(PackageError::Write)?;
        let (file_size, file_hash) = (file.size, file.hash);
        self.parts.push(PackagePart { ordinal_number, file_size, file_hash });
        Ok(())
    }

    /// The part that is being written; a new one, if there is none.
    fn part(&mut self) -> Result<EncryptingWriter<S::Part>, PackageError> {
        if let Some(part) = self.current.take() {
            return Ok(part);
        }
        let ordinal_number = self.ordinal_number();
        if ordinal_number > MOST_PARTS {
            return Err(PackageError::TooManyParts);
        }
        let part = self.sink.start(ordinal_number).map_err(PackageError::Write)?;
        Ok(EncryptingWriter::new(self.key, part)?)
    }

    fn split(&mut self, bytes: &[u8]) -> Result<usize, PackageError> {
        let mut part = self.part()?;
        let room = self.part_bytes.saturating_sub(part.plain_size());
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let bytes = bytes.get(..room).unwrap_or(bytes);
        part.write_all(bytes).map_err(PackageError::Write)?;
        self.hash.update(bytes);
        self.size = self.size.saturating_add(byte_count(bytes));
        if part.plain_size() < self.part_bytes {
            self.current = Some(part);
        } else {
            self.finish_part(part)?;
        }
        Ok(bytes.len())
    }
}

/// Its errors carry a [`PackageError`] through the libraries in between.
impl<S: PartSink> Write for Splitter<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.split(bytes).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
