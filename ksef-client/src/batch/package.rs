//! `PackageWriter`, which makes a package of invoices.

use core::fmt;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _};
use std::path::Path;

use ksef_core::port::BoxError;
use ksef_core::{InvoiceXml, Sha256Digest};

use super::archive::Archive;
use super::parts::{MOST_PART_BYTES, PartSink, Splitter};
use super::{CompressionType, PackageManifest, PackedDocument};
use crate::encryption::{EncryptionError, SessionKey, byte_count};
use crate::limits::{DocumentTooLarge, SessionLimits};

/// `invoiceFileName` of the contract.
const MOST_NAME_CHARACTERS: usize = 128;

/// How much of the archive is encrypted at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// How a package is made.
///
/// ```
/// use ksef_client::batch::{CompressionType, PackageOptions};
///
/// let options = PackageOptions::default();
/// assert_eq!(options.compression_type, CompressionType::Zip);
/// assert_eq!(options.part_bytes, 100_000_000);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PackageOptions {
    /// How it is packed.
    pub compression_type: CompressionType,
    /// The most bytes of a part before it is encrypted, from 1 to 100,000,000. Smaller parts are
    /// uploaded in parallel and repeated at less cost; there are 50 at most.
    pub part_bytes: u64,
    /// What a session takes.
    pub limits: SessionLimits,
}

impl PackageOptions {
    /// Zip, in parts as large as KSeF takes them, with the limits of Production.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            compression_type: CompressionType::Zip,
            part_bytes: MOST_PART_BYTES,
            limits: SessionLimits::PRODUCTION,
        }
    }

    /// The same with another compression.
    #[must_use]
    pub const fn with_compression_type(mut self, compression_type: CompressionType) -> Self {
        self.compression_type = compression_type;
        self
    }

    /// The same with parts of another size.
    #[must_use]
    pub const fn with_part_bytes(mut self, part_bytes: u64) -> Self {
        self.part_bytes = part_bytes;
        self
    }

    /// The same with other limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: SessionLimits) -> Self {
        self.limits = limits;
        self
    }
}

impl Default for PackageOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a package was not made. File names are in the fields and not in the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The file name is empty, too long, or leads into a directory.
    #[error("a file name must be 1 to 128 characters without / and \\: rename the file")]
    Name {
        /// The name.
        file_name: String,
    },
    /// Two files have the same name.
    #[error("two files have the same name: rename one")]
    DuplicateName {
        /// The name.
        file_name: String,
    },
    /// The same invoice is there twice: KSeF would refuse one of them as a duplicate.
    #[error("the same invoice is there twice, byte for byte: leave one out")]
    DuplicateDocument {
        /// The name of the second one.
        file_name: String,
    },
    /// An invoice is empty.
    #[error("a file is empty: leave it out")]
    Empty {
        /// The name of the file.
        file_name: String,
    },
    /// An invoice is larger than KSeF takes.
    #[error("an invoice is too large for KSeF")]
    DocumentTooLarge {
        /// The name of the file.
        file_name: String,
        /// How large it is and how large it may be.
        #[source]
        source: DocumentTooLarge,
    },
    /// There are more invoices than a session takes.
    #[error("a session takes {limit} invoices: make several packages")]
    TooManyDocuments {
        /// The most there may be.
        limit: usize,
    },
    /// There is no invoice.
    #[error("the package is empty: add invoices")]
    NoDocuments,
    /// There are more than 50 parts.
    #[error("the package has more than 50 parts: choose larger parts or make several packages")]
    TooManyParts,
    /// It could not be encrypted.
    #[error("the package could not be encrypted")]
    Encryption(#[from] EncryptionError),
    /// The parts could not be written.
    #[error("a part could not be written: see whether there is room on the disk")]
    Write(#[source] io::Error),
    /// The folder or a file in it could not be read.
    #[error("the folder or a file in it could not be read")]
    Read(#[source] io::Error),
    /// An earlier error left the package incomplete.
    #[error("the package was left incomplete by an earlier error: make it again")]
    Incomplete,
}

/// Why [`pack`] made no package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The documents did not go into a package.
    #[error("the package was not made")]
    Package(#[from] PackageError),
    /// The iterator of documents failed.
    #[error("a document could not be had")]
    Document(#[source] BoxError),
}

/// Makes a package of invoices, one at a time.
///
/// Memory holds one invoice, and a name and a hash for each that was added. The same invoices
/// under the same names with the same key and options give the same parts, so that a lost part
/// can be made again.
///
/// ```
/// use ksef_client::batch::{PackageOptions, PackageWriter, PartsInMemory};
/// use ksef_client::encryption::SessionKey;
/// use ksef_core::InvoiceXml;
///
/// let key = SessionKey::generate()?;
/// let invoice = InvoiceXml::new(b"<Faktura/>".as_slice())?;
/// let mut writer =
///     PackageWriter::new(&key, &PackageOptions::default(), PartsInMemory::default());
/// writer.add("1.xml", &invoice)?;
/// // What KSeF would refuse is refused here, and the package goes on without it.
/// assert!(writer.add("2.xml", &invoice).is_err());
///
/// let (manifest, sink) = writer.finish()?;
/// assert_eq!(manifest.documents[0].invoice_hash, invoice.digest());
/// assert_eq!(manifest.file_parts[0].file_size, sink.parts[0].len() as u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PackageWriter<'key, S: PartSink> {
    /// None after a failed write.
    archive: Option<Archive<BufWriter<Splitter<'key, S>>>>,
    options: PackageOptions,
    documents: Vec<PackedDocument>,
    names: HashSet<Box<str>>,
    hashes: HashSet<Sha256Digest>,
}

impl<'key, S: PartSink> PackageWriter<'key, S> {
    /// Starts a package, whose parts go to `sink`.
    #[must_use]
    pub fn new(key: &'key SessionKey, options: &PackageOptions, sink: S) -> Self {
        let splitter = Splitter::new(key, options.part_bytes, sink);
        let buffered = BufWriter::with_capacity(BUFFER_BYTES, splitter);
        Self {
            archive: Some(Archive::new(options.compression_type, buffered)),
            options: *options,
            documents: Vec::new(),
            names: HashSet::new(),
            hashes: HashSet::new(),
        }
    }

    /// Adds an invoice under a file name, which comes back as `invoiceFileName`.
    ///
    /// # Errors
    ///
    /// What is wrong with the invoice or its name: then it is not in the package, and others can
    /// be added. After [`PackageError::Write`] and [`PackageError::TooManyParts`] the package is
    /// of no use.
    pub fn add(&mut self, file_name: &str, invoice: &InvoiceXml) -> Result<(), PackageError> {
        let mut archive = self.archive.take().ok_or(PackageError::Incomplete)?;
        if let Err(error) = self.admit(file_name, invoice) {
            self.archive = Some(archive);
            return Err(error);
        }
        archive.add(file_name, invoice.as_bytes())?;
        self.archive = Some(archive);
        self.documents.push(PackedDocument {
            file_name: file_name.to_owned(),
            invoice_hash: invoice.digest(),
            invoice_size: byte_count(invoice.as_bytes()),
        });
        Ok(())
    }

    /// Ends the package. Its parts are in the sink then.
    ///
    /// # Errors
    ///
    /// When there is no invoice, or as [`PackageWriter::add`].
    pub fn finish(self) -> Result<(PackageManifest, S), PackageError> {
        let archive = self.archive.ok_or(PackageError::Incomplete)?;
        if self.documents.is_empty() {
            return Err(PackageError::NoDocuments);
        }
        let buffered = archive.finish()?.into_inner();
        let split = buffered.map_err(io::IntoInnerError::into_error)?.finish()?;
        let (compression, documents) = (self.options.compression_type, self.documents);
        let manifest =
            PackageManifest::new(compression, split.size, split.hash, split.parts, documents);
        Ok((manifest, split.sink))
    }

    fn admit(&mut self, file_name: &str, invoice: &InvoiceXml) -> Result<(), PackageError> {
        let limits = self.options.limits;
        let owned = || file_name.to_owned();
        if self.documents.len() >= limits.max_invoices {
            return Err(PackageError::TooManyDocuments { limit: limits.max_invoices });
        }
        if !is_name(file_name) {
            return Err(PackageError::Name { file_name: owned() });
        }
        let too_large = |source| PackageError::DocumentTooLarge { file_name: owned(), source };
        limits.check(invoice).map_err(too_large)?;
        if self.names.contains(file_name) {
            return Err(PackageError::DuplicateName { file_name: owned() });
        }
        if !self.hashes.insert(invoice.digest()) {
            return Err(PackageError::DuplicateDocument { file_name: owned() });
        }
        self.names.insert(file_name.into());
        Ok(())
    }
}

/// Whether KSeF takes a file of this name: flat, visible and of bounded length.
fn is_name(name: &str) -> bool {
    let is_flat = !name.contains(['/', '\\']) && !["", ".", ".."].contains(&name);
    is_flat && !name.contains(char::is_control) && name.chars().count() <= MOST_NAME_CHARACTERS
}

impl From<io::Error> for PackageError {
    /// What went wrong below the archive, or that the archive could not be written.
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Write)
    }
}

/// Makes a package of all these invoices, which may fail to come.
///
/// # Errors
///
/// The first error of the documents or of [`PackageWriter`].
pub fn pack<N, E, S>(
    documents: impl IntoIterator<Item = Result<(N, InvoiceXml), E>>,
    key: &SessionKey,
    options: &PackageOptions,
    sink: S,
) -> Result<(PackageManifest, S), PackError>
where
    N: AsRef<str>,
    E: Into<BoxError>,
    S: PartSink,
{
    let mut writer = PackageWriter::new(key, options, sink);
    for document in documents {
        let (file_name, invoice) = document.map_err(|error| PackError::Document(error.into()))?;
        writer.add(file_name.as_ref(), &invoice)?;
    }
    Ok(writer.finish()?)
}

/// Makes a package of the files of a folder whose names end with `.xml`, in the order of their
/// names. Other files, hidden ones, and what is in folders of it are left out.
///
/// # Errors
///
/// As [`PackageWriter`], and [`PackageError::Read`].
pub fn pack_folder<S: PartSink>(
    folder: &Path,
    key: &SessionKey,
    options: &PackageOptions,
    sink: S,
) -> Result<(PackageManifest, S), PackageError> {
    let mut writer = PackageWriter::new(key, options, sink);
    for file_name in xml_files(folder).map_err(PackageError::Read)? {
        let invoice = read_invoice(folder, &file_name, options.limits)?;
        writer.add(&file_name, &invoice)?;
    }
    writer.finish()
}

/// The names of the invoices in a folder, in order.
fn xml_files(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_xml = |path: &Path| {
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
        };
        if !is_xml(Path::new(&name)) || !fs::metadata(entry.path())?.is_file() {
            continue;
        }
        let name = name.into_string().map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidFilename, "a file name is not UTF-8: rename it")
        })?;
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Reads an invoice, and no more than a byte over the largest that KSeF takes.
fn read_invoice(
    folder: &Path,
    file_name: &str,
    limits: SessionLimits,
) -> Result<InvoiceXml, PackageError> {
    let mut bytes = Vec::new();
    let file = File::open(folder.join(file_name)).map_err(PackageError::Read)?;
    let mut file = file.take(limits.max_bytes().saturating_add(1));
    file.read_to_end(&mut bytes).map_err(PackageError::Read)?;
    InvoiceXml::new(bytes).map_err(|_| PackageError::Empty { file_name: file_name.to_owned() })
}

impl<S: PartSink> fmt::Debug for PackageWriter<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackageWriter")
            .field("options", &self.options)
            .field("documents", &self.documents.len())
            .finish_non_exhaustive()
    }
}
