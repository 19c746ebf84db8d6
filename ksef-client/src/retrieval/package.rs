//! `FetchedPackage`, an export on this machine.

use core::fmt;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};

use flate2::bufread::MultiGzDecoder;
use ksef_core::port::BoxError;
use ksef_core::{InvoiceXml, KsefNumber, Timestamp};
use tar::{Archive, EntryType};

use super::{ExportContent, InvoiceMetadata};
use crate::wire::retrieval::PackageMetadata;

/// The file in a package that describes the others.
const METADATA: &str = "_metadata.json";

/// The most bytes of that file: 10,000 entries of more than anything that is known of an invoice.
const MOST_METADATA_BYTES: u64 = 256_000_000;

/// The most bytes of an invoice: more than KSeF takes with attachments.
const MOST_INVOICE_BYTES: u64 = 16_000_000;

/// An export that was fetched is not what KSeF says it is. None shows anything of an invoice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportFault {
    /// A part does not have the size or the hash that KSeF states.
    #[error("part {ordinal_number} of the export has another hash than KSeF says: order it again")]
    Part {
        /// The number of the part.
        ordinal_number: u32,
    },
    /// It is not packed as it was ordered.
    #[error("the export is not packed as it was ordered: order it again")]
    Compression,
    /// The archive is damaged, or something in it is too large.
    #[error("the export cannot be unpacked: order it again")]
    Archive(#[source] io::Error),
    /// The list of its invoices cannot be read, or is missing.
    #[error("the export has no list of its invoices that can be read: order it again")]
    Metadata,
    /// It lists another number of invoices than KSeF says are in it.
    #[error("the export lists {listed} invoices where KSeF says {stated}: order it again")]
    Count {
        /// How many KSeF says there are.
        stated: u64,
        /// How many there are.
        listed: usize,
    },
    /// An invoice is listed and not there.
    #[error("the invoice {ksef_number} is listed in the export and not there: order it again")]
    Missing {
        /// Its number.
        ksef_number: KsefNumber,
    },
    /// An invoice does not have the hash that is listed.
    #[error("the invoice {ksef_number} has another hash than the export lists: order it again")]
    InvoiceHash {
        /// Its number.
        ksef_number: KsefNumber,
    },
    /// KSeF does not say up to where a package is complete, so that nobody knows what comes next.
    #[error("the export does not say up to where it goes: order it again")]
    NoProgress,
    /// It could not be written.
    #[error("the export could not be written: see whether there is room on the disk")]
    Write(#[source] io::Error),
    /// An invoice could not be stored by its recipient.
    #[error("an invoice could not be stored")]
    Store(#[source] BoxError),
}

/// An invoice from KSeF.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FetchedInvoice {
    /// What KSeF knows of it.
    pub metadata: InvoiceMetadata,
    /// Its bytes, which have the hash that KSeF states.
    pub xml: InvoiceXml,
}

/// A package on this machine, in a temporary file, which was looked through: whatever it lists is
/// there and has the hash that KSeF states.
pub struct FetchedPackage {
    file: File,
    metadata: Vec<InvoiceMetadata>,
}

impl FetchedPackage {
    pub(super) const fn empty(file: File) -> Self {
        Self { file, metadata: Vec::new() }
    }

    pub(super) fn open(file: File, content: ExportContent) -> Result<Self, ExportFault> {
        let mut package = Self { file, metadata: Vec::new() };
        package.metadata = package.read_metadata()?;
        if content == ExportContent::Invoices {
            package.for_each(|_| Ok(()))?;
        }
        Ok(package)
    }

    /// That it lists as many invoices as KSeF states.
    pub(super) fn require(&self, stated: u64) -> Result<(), ExportFault> {
        let listed = self.metadata.len();
        let is_complete = u64::try_from(listed) == Ok(stated);
        if is_complete { Ok(()) } else { Err(ExportFault::Count { stated, listed }) }
    }

    /// What is known of its invoices, oldest first.
    #[must_use]
    pub fn metadata(&self) -> &[InvoiceMetadata] {
        &self.metadata
    }

    /// Hands over all invoices, one at a time, each once. Memory holds one of them.
    ///
    /// # Errors
    ///
    /// [`ExportFault::Store`] with what `store` says, after which nothing more is handed over.
    pub fn for_each(
        &mut self,
        mut store: impl FnMut(FetchedInvoice) -> Result<(), BoxError>,
    ) -> Result<(), ExportFault> {
        if self.metadata.is_empty() {
            return Ok(());
        }
        let listed: HashMap<KsefNumber, &InvoiceMetadata> =
            self.metadata.iter().map(|invoice| (invoice.ksef_number, invoice)).collect();
        let mut found = HashSet::new();
        entries(&self.file, |name, content| {
            let number: Option<KsefNumber> =
                name.strip_suffix(".xml").and_then(|number| number.parse().ok());
            let Some(metadata) = number.and_then(|number| listed.get(&number)) else {
                return Ok(());
            };
            let ksef_number = metadata.ksef_number;
            let wrong = ExportFault::InvoiceHash { ksef_number };
            let xml = InvoiceXml::new(read(content, MOST_INVOICE_BYTES)?);
            let Some(xml) = xml.ok().filter(|xml| xml.digest() == metadata.invoice_hash) else {
                return Err(wrong);
            };
            if found.insert(ksef_number) {
                let metadata = (*metadata).clone();
                store(FetchedInvoice { metadata, xml }).map_err(ExportFault::Store)?;
            }
            Ok(())
        })?;
        let missing = self.metadata.iter().find(|invoice| !found.contains(&invoice.ksef_number));
        missing.map_or(Ok(()), |invoice| {
            Err(ExportFault::Missing { ksef_number: invoice.ksef_number })
        })
    }

    /// The numbers of the invoices that were stored at this time or later.
    pub(super) fn numbers_from(&self, from: Timestamp) -> HashSet<KsefNumber> {
        let later = self.metadata.iter().filter(|invoice| invoice.permanent_storage_date >= from);
        later.map(|invoice| invoice.ksef_number).collect()
    }

    /// Leaves out these invoices.
    pub(super) fn leave_out(&mut self, numbers: &HashSet<KsefNumber>) {
        self.metadata.retain(|invoice| !numbers.contains(&invoice.ksef_number));
    }

    fn read_metadata(&self) -> Result<Vec<InvoiceMetadata>, ExportFault> {
        let mut metadata = None;
        entries(&self.file, |name, content| {
            if name == METADATA {
                let bytes = read(content, MOST_METADATA_BYTES)?;
                let body = serde_json::from_slice::<PackageMetadata>(&bytes);
                metadata = Some(body.map_err(|_| ExportFault::Metadata)?);
            }
            Ok(())
        })?;
        let metadata = metadata.ok_or(ExportFault::Metadata)?;
        Ok(metadata.invoices.into_iter().map(InvoiceMetadata::from).collect())
    }
}

/// The files of an archive, one by one. Other entries say more about the next file than the names
/// of these files need, and are passed over.
fn entries(
    file: &File,
    mut each: impl FnMut(&str, &mut dyn Read) -> Result<(), ExportFault>,
) -> Result<(), ExportFault> {
    let mut file = file;
    file.rewind().map_err(ExportFault::Archive)?;
    let mut archive = Archive::new(MultiGzDecoder::new(BufReader::new(file)));
    for entry in archive.entries().map_err(ExportFault::Archive)?.raw(true) {
        let mut entry = entry.map_err(ExportFault::Archive)?;
        if !matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous) {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        each(name.trim_start_matches("./"), &mut entry)?;
    }
    Ok(())
}

fn read(content: &mut dyn Read, most_bytes: u64) -> Result<Vec<u8>, ExportFault> {
    let mut bytes = Vec::new();
    content.take(most_bytes + 1).read_to_end(&mut bytes).map_err(ExportFault::Archive)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most_bytes) {
        return Ok(bytes);
    }
    let error = io::Error::new(io::ErrorKind::FileTooLarge, "a file in the archive is too large");
    Err(ExportFault::Archive(error))
}

impl fmt::Debug for FetchedPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchedPackage")
            .field("invoices", &self.metadata.len())
            .finish_non_exhaustive()
    }
}
