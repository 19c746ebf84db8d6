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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ksef_core::Sha256Digest;
    use serde_json::{Value, json};

    use super::*;

    const NUMBERS: [&str; 2] =
        ["5265877635-20250826-0100001AF629-AF", "5265877635-20250916-010040741B3E-46"];

    fn entry(number: &str, content: &[u8]) -> Value {
        json!({
            "ksefNumber": number,
            "invoiceNumber": "FV 1",
            "issueDate": "2026-11-20",
            "invoicingDate": "2026-11-20T12:00:00.0000000+00:00",
            "acquisitionDate": "2026-11-20T12:00:01.0000000+00:00",
            "permanentStorageDate": "2026-11-20T12:00:02.0000000+00:00",
            "seller": { "nip": "5265877635" },
            "buyer": { "identifier": { "type": "None" } },
            "netAmount": 1.10,
            "grossAmount": 1.35,
            "vatAmount": 0.25,
            "currency": "PLN",
            "invoicingMode": "Online",
            "invoiceType": "Vat",
            "formCode": { "systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA" },
            "isSelfInvoicing": false,
            "hasAttachment": false,
            "invoiceHash": Sha256Digest::of(content),
            "aFieldOfTheFuture": {},
        })
    }

    /// A list of the two numbers, with the hashes of `one` and `two`.
    fn list() -> Vec<u8> {
        let [one, two] = NUMBERS;
        json!({ "invoices": [entry(one, b"one"), entry(two, b"two")] }).to_string().into_bytes()
    }

    fn name(number: &str) -> String {
        format!("{number}.xml")
    }

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, content) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(u64::try_from(content.len()).unwrap());
            header.as_mut_bytes().get_mut(..name.len()).unwrap().copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    fn open(bytes: &[u8]) -> Result<FetchedPackage, ExportFault> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        FetchedPackage::open(file, ExportContent::Invoices)
    }

    #[test]
    fn what_is_listed_is_handed_over_once_and_nothing_else() {
        let ([one, two], list) = (NUMBERS.map(name), list());
        let mut package = open(&archive(&[
            (&two, b"two"),
            ("readme.txt", b"?"),
            ("5265877635-20250902-0100C07E7173-00.xml", b"?"),
            (METADATA, &list),
            (&format!("./{one}"), b"one"),
            (&two, b"two"),
        ]))
        .unwrap();
        let mut handed_over = Vec::new();
        package
            .for_each(|invoice| {
                handed_over.push((invoice.metadata.ksef_number.to_string(), invoice.xml));
                Ok(())
            })
            .unwrap();
        let [one, two] = NUMBERS;
        let names: Vec<&str> = handed_over.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [two, one]);
        assert_eq!(handed_over.first().unwrap().1.as_bytes(), b"two");
    }

    #[test]
    fn what_is_listed_and_not_there_or_other_bytes_is_a_fault() {
        let ([one, two], list) = (NUMBERS.map(name), list());
        let outside = format!("../{two}");
        for files in [
            vec![(one.as_str(), b"one".as_slice())],
            vec![(one.as_str(), b"one".as_slice()), (outside.as_str(), b"two".as_slice())],
        ] {
            let missing = open(&archive(&[files, vec![(METADATA, &list)]].concat()));
            assert!(
                matches!(missing, Err(ExportFault::Missing { ksef_number })
                    if ksef_number.to_string() == NUMBERS[1]),
                "{missing:?}"
            );
        }
        for other in [b"".as_slice(), b"one", b"two "] {
            let changed = open(&archive(&[(&one, b"one"), (&two, other), (METADATA, &list)]));
            assert!(matches!(changed, Err(ExportFault::InvoiceHash { .. })), "{changed:?}");
        }
    }

    #[test]
    fn a_package_without_a_list_that_can_be_read_is_a_fault() {
        let one = name(NUMBERS[0]);
        for files in [
            vec![(one.as_str(), b"one".as_slice())],
            vec![(METADATA, b"".as_slice())],
            vec![(METADATA, b"{}".as_slice())],
            vec![(METADATA, br#"{"invoices":[{}]}"#.as_slice())],
            vec![],
        ] {
            let unlisted = open(&archive(&files));
            assert!(matches!(unlisted, Err(ExportFault::Metadata)), "{unlisted:?}");
        }
    }

    #[test]
    fn an_archive_that_breaks_off_is_whole_or_a_fault() {
        let ([one, two], list) = (NUMBERS.map(name), list());
        let whole = archive(&[(&one, b"one"), (&two, b"two"), (METADATA, &list)]);
        let opened = |length| open(whole.get(..length).unwrap());
        let taken: Vec<usize> =
            (0..=whole.len()).filter(|length| opened(*length).is_ok()).collect();
        // What is behind the last file may be missing: the end of the archive, and its checksum.
        let shortest = *taken.first().unwrap();
        assert!(shortest > whole.len() - 64, "{shortest} of {}", whole.len());
        for length in taken {
            assert_eq!(opened(length).unwrap().metadata().len(), 2, "{length}");
        }
        assert!(open(b"PK\x03\x04").is_err());
    }

    #[test]
    fn a_file_that_unpacks_to_more_than_an_invoice_has_is_not_read_to_its_end() {
        let ([one, _], list) = (NUMBERS.map(name), list());
        let long = vec![b' '; usize::try_from(MOST_INVOICE_BYTES).unwrap() + 1];
        let bomb = open(&archive(&[(&one, &long), (METADATA, &list)]));
        assert!(matches!(bomb, Err(ExportFault::Archive(_))), "{bomb:?}");
    }
}
