//! Evidence bundles: what an auditor needs to check an export without trusting who made it.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::io::{self, Write};

use ksef_core::port::BoxError;
use ksef_core::{Sha256Digest, Timestamp};

use super::archive::{Archive, ArchiveFile, Hashing, Names};
use super::{ExportError, ExportRow, NamedDocument, read, write_csv};
use crate::log::{
    Checkpoint, CheckpointSigner, ConsistencyProof, Origin, SignedCheckpoint, TreeHead,
};

/// The verifier in every bundle: plain Python 3, which needs nothing else.
///
/// It checks hashes and proofs, and says that signatures are for [`verify_bundle`].
///
/// [`verify_bundle`]: super::verify_bundle
pub const VERIFIER: &str = include_str!("verify.py");

/// The file names of a bundle.
pub(super) const TABLE: &str = "audit.csv";
pub(super) const RECORDS: &str = "records.txt";
pub(super) const CHECKPOINT: &str = "checkpoint";
pub(super) const EARLIER: &str = "checkpoint-earlier";
pub(super) const CONSISTENCY: &str = "consistency.txt";
pub(super) const SUMS: &str = "SHA256SUMS";
pub(super) const SIGNATURE: &str = "signature";
const SCRIPT: &str = "verify.py";

/// The statement that a bundle is whole, which the exporter signs: a checkpoint of its own origin,
/// over the number of files and the hash of their sums.
pub(super) fn statement(log: &Origin, sums: &str) -> Option<Checkpoint> {
    let size = u64::try_from(sums.lines().count()).ok()?;
    let head = TreeHead { size, root: Sha256Digest::of(sums.as_bytes()) };
    Some(Checkpoint { origin: format!("{log}/bundle").parse().ok()?, head })
}

/// What a document of a bundle is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a bundle has two folders")]
pub enum BundleDocument {
    /// An invoice, as it was sent.
    Invoice,
    /// An official receipt (UPO).
    Upo,
}

impl BundleDocument {
    /// The folder of the bundle that holds it, with its slash.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Invoice => "invoices/",
            Self::Upo => "receipts/",
        }
    }
}

/// A record of the log with the proof that it is there.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every backend")]
pub struct ProvenRecord {
    /// Its place in the log.
    pub sequence: u64,
    /// The bytes of the record.
    pub bytes: Vec<u8>,
    /// The path of its [`InclusionProof`](crate::log::InclusionProof) in the log of the checkpoint.
    pub path: Vec<Sha256Digest>,
}

/// Writes an evidence bundle: a ZIP archive with
///
/// * `audit.csv`, the rows;
/// * `invoices/` and `receipts/`, the documents that they name;
/// * `records.txt`, every record of the log about them, with its proof: a line with the place, the
///   record and the path, in hexadecimal;
/// * `checkpoint`, the signed head of the log, and if there is an earlier one,
///   `checkpoint-earlier` and `consistency.txt`, the proof that the log only grew;
/// * `SHA256SUMS`, which `sha256sum --check` takes, `signature`, by which the exporter vouches for
///   them, and `verify.py`.
///
/// The status, the error and the times of a row follow from the records by the rules of
/// [`ksef_core::submission`], which no verifier of bundles repeats: that they are as exported is
/// shown by the signature alone.
#[expect(missing_debug_implementations, reason = "it would show nothing but a half-written file")]
pub struct BundleWriter<W> {
    archive: Archive<W>,
    sums: BTreeMap<String, Sha256Digest>,
    invoices: Names,
    receipts: Names,
}

impl<W: Write> BundleWriter<W> {
    /// Begins a bundle.
    pub fn new(to: W) -> Self {
        Self {
            archive: Archive::new(to),
            sums: BTreeMap::new(),
            invoices: Names::default(),
            receipts: Names::default(),
        }
    }

    /// Writes the rows, all of them at once.
    ///
    /// # Errors
    ///
    /// [`ExportError`], if a row cannot be read or written.
    pub fn rows<E: Into<BoxError>>(
        &mut self,
        rows: impl IntoIterator<Item = Result<ExportRow, E>>,
    ) -> Result<(), ExportError> {
        write_csv(self.table()?, rows)?.finish()
    }

    /// Adds a document.
    ///
    /// # Errors
    ///
    /// [`ExportError`], if it cannot be written.
    pub fn document(
        &mut self,
        kind: BundleDocument,
        document: &NamedDocument,
    ) -> Result<(), ExportError> {
        let names = match kind {
            BundleDocument::Invoice => &mut self.invoices,
            BundleDocument::Upo => &mut self.receipts,
        };
        let name = format!("{}{}", kind.folder(), document.name(names));
        self.add(&name, document.modified, &document.bytes)
    }

    /// Writes the records, all of them at once, in the order of the log.
    ///
    /// # Errors
    ///
    /// [`ExportError`], if a record cannot be read or written.
    pub fn records<E: Into<BoxError>>(
        &mut self,
        records: impl IntoIterator<Item = Result<ProvenRecord, E>>,
    ) -> Result<(), ExportError> {
        let mut file = self.proven()?;
        for record in records {
            file.push(&read(record)?)?;
        }
        file.finish()
    }

    /// The table, for rows that come one by one.
    pub(crate) fn table(&mut self) -> Result<BundleFile<'_, W>, ExportError> {
        self.start(TABLE, None)
    }

    /// The records, for those that come one by one.
    pub(crate) fn proven(&mut self) -> Result<ProvenRecords<'_, W>, ExportError> {
        Ok(ProvenRecords(self.start(RECORDS, None)?))
    }

    /// Adds the checkpoint for which the proofs hold, the earlier one with the proof that the log
    /// only grew since, the verifier, the sums and their signature. Returns what the bundle was
    /// written to.
    ///
    /// # Errors
    ///
    /// [`ExportError`], if they cannot be written.
    pub fn finish(
        mut self,
        checkpoint: &SignedCheckpoint,
        earlier: Option<(&SignedCheckpoint, &ConsistencyProof)>,
        signer: &CheckpointSigner,
    ) -> Result<W, ExportError> {
        self.text(CHECKPOINT, checkpoint.as_str())?;
        if let Some((earlier, proof)) = earlier {
            let path: String = proof.path.iter().map(|hash| hash.to_hex() + "\n").collect();
            self.text(EARLIER, earlier.as_str())?;
            self.text(CONSISTENCY, &path)?;
        }
        self.text(SCRIPT, VERIFIER)?;
        let line = |(name, sum): (&String, &Sha256Digest)| format!("{}  {name}\n", sum.to_hex());
        let sums: String = self.sums.iter().map(line).collect();
        let statement = statement(&checkpoint.checkpoint().origin, &sums);
        let statement = statement.ok_or(ExportError::Origin)?;
        self.text(SUMS, &sums)?;
        self.text(SIGNATURE, signer.sign(&statement).as_str())?;
        self.archive.finish()
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), ExportError> {
        self.add(name, None, text.as_bytes())
    }

    fn add(
        &mut self,
        name: &str,
        modified: Option<Timestamp>,
        bytes: &[u8],
    ) -> Result<(), ExportError> {
        let mut file = self.start(name, modified)?;
        file.write_all(bytes)?;
        file.finish()
    }

    fn start(
        &mut self,
        name: &str,
        modified: Option<Timestamp>,
    ) -> Result<BundleFile<'_, W>, ExportError> {
        if self.sums.contains_key(name) {
            return Err(ExportError::Twice(name.to_owned()));
        }
        let file = Hashing::new(self.archive.start(name, modified)?);
        Ok(BundleFile { file, sums: &mut self.sums, name: name.to_owned() })
    }
}

/// A file of a bundle, while it is written.
pub(crate) struct BundleFile<'a, W: Write> {
    file: Hashing<ArchiveFile<'a, W>>,
    sums: &'a mut BTreeMap<String, Sha256Digest>,
    name: String,
}

impl<W: Write> BundleFile<'_, W> {
    pub(crate) fn finish(self) -> Result<(), ExportError> {
        let (file, sum) = self.file.finish();
        file.finish()?;
        self.sums.insert(self.name, sum);
        Ok(())
    }
}

impl<W: Write> Write for BundleFile<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The records of a bundle, while they are written.
pub(crate) struct ProvenRecords<'a, W: Write>(BundleFile<'a, W>);

impl<W: Write> ProvenRecords<'_, W> {
    pub(crate) fn push(&mut self, record: &ProvenRecord) -> Result<(), ExportError> {
        let mut line = format!("{} ", record.sequence);
        push_hex(&mut line, &record.bytes);
        for hash in &record.path {
            line.push(' ');
            push_hex(&mut line, hash.as_bytes());
        }
        Ok(writeln!(self.0, "{line}")?)
    }

    pub(crate) fn finish(self) -> Result<(), ExportError> {
        self.0.finish()
    }
}

fn push_hex(line: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(line, "{byte:02x}");
    }
}
