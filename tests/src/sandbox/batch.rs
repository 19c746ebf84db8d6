//! Packages of invoices and the sessions that carry them: KSeF API, section 6.

use std::io::Write;

use bytes::Bytes;
use flate2::write::{DeflateEncoder, GzEncoder};
use ksef_core::Sha256Digest;
use libtest_mimic::Failed;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use serde_json::{Value, json};

use super::{CheckedSandbox, DocumentKey, Usage};

/// `compressionType`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two that KSeF has")]
pub enum Compression {
    /// A ZIP archive.
    Zip,
    /// A tar archive in gzip.
    TarGz,
}

/// A plain archive.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Package {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What they are said to be.
    pub compression: Compression,
}

/// A batch session to be opened, with the encrypted parts of its package.
#[derive(Clone, Debug)]
pub struct BatchOrder {
    body: Value,
    parts: Vec<Bytes>,
}

impl Package {
    /// An archive of files with these names.
    ///
    /// # Errors
    ///
    /// When the library refuses a name.
    pub fn new<N: AsRef<str>, C: AsRef<[u8]>>(
        compression: Compression,
        files: impl IntoIterator<Item = (N, C)>,
    ) -> Result<Self, Failed> {
        let bytes = match compression {
            Compression::Zip => zip(files)?,
            Compression::TarGz => tar_gz(files)?,
        };
        Ok(Self { bytes, compression })
    }

    /// These bytes, whatever they are.
    #[must_use]
    pub const fn of(compression: Compression, bytes: Vec<u8>) -> Self {
        Self { bytes, compression }
    }

    /// Cut into parts, each encrypted on its own with [`DocumentKey::TEST`].
    ///
    /// # Errors
    ///
    /// When there is no key to encrypt to.
    pub fn order(&self, checked: &CheckedSandbox, parts: usize) -> Result<BatchOrder, Failed> {
        let length = self.bytes.len().div_ceil(parts.max(1)).max(1);
        let encrypt = |part: &[u8]| DocumentKey::TEST.encrypt(part).map(Bytes::from);
        let parts = self.bytes.chunks(length).map(encrypt).collect::<Result<Vec<_>, _>>()?;
        let certificate = checked.public_key(Usage::SymmetricKeyEncryption)?.certificate;
        let body = json!({
            "formCode": { "systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA" },
            "batchFile": {
                "fileSize": self.bytes.len(),
                "fileHash": Sha256Digest::of(&self.bytes),
                "compressionType": format!("{:?}", self.compression),
                "fileParts": file_parts(&parts),
            },
            "encryption": DocumentKey::TEST.encryption(&certificate)?,
        });
        Ok(BatchOrder { body, parts })
    }
}

impl BatchOrder {
    /// `OpenBatchSessionRequest`.
    #[must_use]
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The encrypted parts.
    #[must_use]
    pub fn parts(&self) -> &[Bytes] {
        &self.parts
    }

    /// The same with something else at a JSON pointer of its body.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        if let Some(place) = self.body.pointer_mut(pointer) {
            *place = value;
        }
        self
    }

    /// The same with other encrypted parts, which the body announces.
    #[must_use]
    pub fn with_parts(self, parts: Vec<Bytes>) -> Self {
        let announced = file_parts(&parts);
        Self { parts, ..self }.with("/batchFile/fileParts", announced)
    }
}

fn file_parts(parts: &[Bytes]) -> Value {
    let part = |(index, part): (usize, &Bytes)| {
        json!({
            "ordinalNumber": index + 1,
            "fileSize": part.len(),
            "fileHash": Sha256Digest::of(part),
        })
    };
    parts.iter().enumerate().map(part).collect()
}

fn zip<N: AsRef<str>, C: AsRef<[u8]>>(
    files: impl IntoIterator<Item = (N, C)>,
) -> Result<Vec<u8>, Failed> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, content) in files {
        let file = archive.new_file(name.as_ref()).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, configuration) = file.start()?;
        let encoder = DeflateEncoder::new(&mut entry, flate2::Compression::fast());
        let mut writer = configuration.wrap(encoder);
        writer.write_all(content.as_ref())?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
    }
    Ok(archive.finish()?)
}

fn tar_gz<N: AsRef<str>, C: AsRef<[u8]>>(
    files: impl IntoIterator<Item = (N, C)>,
) -> Result<Vec<u8>, Failed> {
    let encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    for (name, content) in files {
        let content = content.as_ref();
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.len())?);
        header.set_mode(0o644);
        // Set as it is, so that a name can lead out of the archive too.
        let name = name.as_ref().as_bytes();
        let field = header.as_old_mut().name.get_mut(..name.len()).ok_or("the name is too long")?;
        field.copy_from_slice(name);
        header.set_cksum();
        archive.append(&header, content)?;
    }
    Ok(archive.into_inner()?.finish()?)
}
