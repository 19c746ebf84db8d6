//! Documents as ZIP.

use std::io::Write;
use std::sync::Arc;

use ksef_core::port::BoxError;
use ksef_core::{KsefNumber, Timestamp};

use super::archive::{Archive, Names};
use super::{ExportError, read};

/// A document to be exported, an invoice or an UPO.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every backend")]
pub struct NamedDocument {
    /// The order reference, with which its name begins.
    pub order_reference: String,
    /// The KSeF number, with which its name ends, where there is one.
    pub ksef_number: Option<KsefNumber>,
    /// The time that the file has in the archive.
    pub modified: Option<Timestamp>,
    /// The exact bytes.
    pub bytes: Arc<[u8]>,
}

/// Writes documents into a ZIP archive, and returns what it was written to.
///
/// The entries are called `{order-reference}-{ksef-id}.xml`. Whatever is not a letter or digit of
/// ASCII, `-`, `_` or `.` becomes `_`; a name that is taken gets a number.
///
/// # Errors
///
/// [`ExportError`], if a document cannot be read or written.
pub fn write_documents<W: Write, E: Into<BoxError>>(
    to: W,
    documents: impl IntoIterator<Item = Result<NamedDocument, E>>,
) -> Result<W, ExportError> {
    let mut archive = DocumentArchive::new(to);
    for document in documents {
        archive.push(&read(document)?)?;
    }
    archive.finish()
}

/// The archive of [`write_documents`], for what comes one by one.
pub(crate) struct DocumentArchive<W> {
    archive: Archive<W>,
    names: Names,
}

impl<W: Write> DocumentArchive<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { archive: Archive::new(to), names: Names::default() }
    }

    pub(crate) fn push(&mut self, document: &NamedDocument) -> Result<(), ExportError> {
        let name = document.name(&mut self.names);
        self.archive.add(&name, document.modified, &document.bytes)
    }

    pub(crate) fn finish(self) -> Result<W, ExportError> {
        self.archive.finish()
    }
}

impl NamedDocument {
    pub(super) fn name(&self, names: &mut Names) -> String {
        names.give(&self.order_reference, self.ksef_number.as_ref().map(KsefNumber::as_str))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::bufread::DeflateDecoder;
    use rawzip::ZipArchive;

    use super::*;

    fn documents() -> Vec<NamedDocument> {
        ["FV/1", "FV/2", "FV_1", "../x"]
            .into_iter()
            .enumerate()
            .map(|(place, reference)| NamedDocument {
                order_reference: reference.to_owned(),
                ksef_number: "5265877635-20250826-0100001AF629-AF".parse().ok(),
                modified: "2026-11-20T12:00:00Z".parse().ok(),
                bytes: vec![u8::try_from(place).unwrap(); 1_000].into(),
            })
            .collect()
    }

    #[test]
    fn documents_are_found_under_their_names_byte_for_byte() {
        let zip = write_documents(Vec::new(), documents().into_iter().map(Ok::<_, ExportError>));
        let zip = zip.unwrap();
        let archive = ZipArchive::from_slice(&zip).unwrap();
        let mut files = Vec::new();
        for record in archive.entries() {
            let record = record.unwrap();
            let entry = archive.get_entry(record.wayfinder()).unwrap();
            let mut bytes = Vec::new();
            let mut reader = entry.verifying_reader(DeflateDecoder::new(entry.data()));
            reader.read_to_end(&mut bytes).unwrap();
            files.push((String::from_utf8(record.file_path().as_bytes().to_vec()).unwrap(), bytes));
        }
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        let end = "5265877635-20250826-0100001AF629-AF";
        let expected = ["FV_1", "FV_2"].map(|stem| format!("{stem}-{end}.xml"));
        assert_eq!(&names[..2], expected.as_slice());
        assert_eq!(names[2], format!("FV_1-{end}-2.xml"));
        assert!(!names[3].contains('/'));
        for (document, (_, bytes)) in documents().iter().zip(&files) {
            assert_eq!(&*document.bytes, bytes.as_slice());
        }
        let again = write_documents(Vec::new(), documents().into_iter().map(Ok::<_, ExportError>));
        assert_eq!(again.unwrap(), zip);
    }
}
