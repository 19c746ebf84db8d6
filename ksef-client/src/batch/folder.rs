//! `PartFolder`, which keeps the parts of a package as files.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use ksef_core::Sha256Digest;
use sha2::{Digest as _, Sha256};
use tempfile::{NamedTempFile, TempDir};

use super::{PackageManifest, PackagePart, PartSink};

/// The file with the manifest.
const MANIFEST: &str = "package.json";

/// How much of a part is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// A folder with the encrypted parts of one package, and its manifest.
///
/// The parts are `part-01.aes` and so on, written through to the disk before they are said to be
/// there. Whoever finds the folder after a crash reads the manifest, [verifies](Self::verify) the
/// parts and goes on uploading. There is no key in it.
#[derive(Debug)]
pub struct PartFolder {
    path: PathBuf,
    /// Removes the folder when this is dropped.
    temporary: Option<TempDir>,
}

/// A part that is not what the manifest says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartFault {
    /// The part is not there, or cannot be read.
    #[error("part {ordinal_number} cannot be read: make the package again")]
    Unreadable {
        /// The number of the part.
        ordinal_number: u32,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The part has another size or other bytes.
    #[error("part {ordinal_number} was changed: make the package again")]
    Changed {
        /// The number of the part.
        ordinal_number: u32,
    },
}

/// Why a manifest was not saved or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file could not be read or written.
    #[error("the manifest of the package could not be read or written")]
    File(#[from] io::Error),
    /// The file is no manifest, or that of a later version.
    #[error("the manifest of the package is damaged or of a later version: make the package again")]
    Format(#[from] serde_json::Error),
}

impl PartFolder {
    /// The folder at this path, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        Ok(Self { path, temporary: None })
    }

    /// A new folder among the temporary files, which is removed when this is dropped.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn temporary() -> io::Result<Self> {
        let temporary = tempfile::Builder::new().prefix("ksef-batch-").tempdir()?;
        Ok(Self { path: temporary.path().to_owned(), temporary: Some(temporary) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the folder, should it be a temporary one, and tells where it is.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        self.temporary.map_or(self.path, TempDir::keep)
    }

    /// The file of a part, to be uploaded as it is.
    #[must_use]
    pub fn part_path(&self, ordinal_number: u32) -> PathBuf {
        self.path.join(format!("part-{ordinal_number:02}.aes"))
    }

    /// Saves the manifest beside the parts, whole or not at all.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn save(&self, manifest: &PackageManifest) -> Result<(), StoreError> {
        let mut file = BufWriter::new(NamedTempFile::new_in(&self.path)?);
        serde_json::to_writer(&mut file, manifest)?;
        file.flush()?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(self.path.join(MANIFEST)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Loads the manifest.
    ///
    /// # Errors
    ///
    /// When there is none, or none that can be read.
    pub fn load(&self) -> Result<PackageManifest, StoreError> {
        let file = File::open(self.path.join(MANIFEST))?;
        Ok(serde_json::from_reader(BufReader::new(file))?)
    }

    /// Reads all parts and compares them with the manifest.
    ///
    /// # Errors
    ///
    /// The first part that is not what the manifest says.
    pub fn verify(&self, manifest: &PackageManifest) -> Result<(), PartFault> {
        manifest.file_parts.iter().try_for_each(|part| self.verify_part(part))
    }

    /// Reads a part and compares it with the manifest.
    ///
    /// # Errors
    ///
    /// When it is not what the manifest says.
    pub fn verify_part(&self, part: &PackagePart) -> Result<(), PartFault> {
        let ordinal_number = part.ordinal_number;
        let found = hash_file(&self.part_path(ordinal_number));
        let found = found.map_err(|source| PartFault::Unreadable { ordinal_number, source })?;
        if found == (part.file_size, part.file_hash) {
            Ok(())
        } else {
            Err(PartFault::Changed { ordinal_number })
        }
    }
}

/// The size and the hash of a file.
fn hash_file(path: &Path) -> io::Result<(u64, Sha256Digest)> {
    let mut file = BufReader::with_capacity(CHUNK_BYTES, File::open(path)?);
    let mut hash = Sha256::new();
    let size = io::copy(&mut file.by_ref(), &mut Hashing(&mut hash))?;
    Ok((size, Sha256Digest::from_bytes(hash.finalize().into())))
}

struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl PartSink for PartFolder {
    type Part = File;

    fn start(&mut self, ordinal_number: u32) -> io::Result<File> {
        File::create(self.part_path(ordinal_number))
    }

    fn finish(&mut self, _: u32, part: File) -> io::Result<()> {
        part.sync_all()
    }
}
