//! `PackageManifest`, what is known of a package once it is made.

use ksef_core::Sha256Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a package is packed (OpenAPI, `CompressionType`).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum CompressionType {
    /// A Zip archive with deflated files. What KSeF takes if it is told nothing.
    #[default]
    Zip,
    /// A tar archive, packed by gzip: smaller than Zip where invoices resemble each other.
    TarGz,
}

/// A package as `POST /sessions/batch` wants it described, and what is in it.
///
/// The fields have the names of the OpenAPI (`BatchFileInfo`). It holds neither a key nor a
/// document, only names and hashes. Its JSON has a version; later versions of this crate read it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PackageManifest {
    version: Version,
    /// How it is packed.
    pub compression_type: CompressionType,
    /// The bytes of the package before it was cut and encrypted.
    pub file_size: u64,
    /// The SHA-256 of the package before it was cut and encrypted.
    pub file_hash: Sha256Digest,
    /// The encrypted parts, in order.
    pub file_parts: Vec<PackagePart>,
    /// The invoices, in the order of the package.
    pub documents: Vec<PackedDocument>,
}

/// An encrypted part of a package (OpenAPI, `BatchFilePartInfo`).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PackagePart {
    /// From 1 on.
    pub ordinal_number: u32,
    /// The bytes of the encrypted part.
    pub file_size: u64,
    /// The SHA-256 of the encrypted part.
    pub file_hash: Sha256Digest,
}

/// An invoice in a package. KSeF's answers name it by both, its file name and its hash.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PackedDocument {
    /// `invoiceFileName` in KSeF's answers.
    pub file_name: String,
    /// The SHA-256 of the invoice.
    pub invoice_hash: Sha256Digest,
    /// The bytes of the invoice.
    pub invoice_size: u64,
}

impl PackageManifest {
    pub(super) const fn new(
        compression_type: CompressionType,
        file_size: u64,
        file_hash: Sha256Digest,
        file_parts: Vec<PackagePart>,
        documents: Vec<PackedDocument>,
    ) -> Self {
        let version = Version;
        Self { version, compression_type, file_size, file_hash, file_parts, documents }
    }

    /// The document with this hash, by which the list of a session is read.
    #[must_use]
    pub fn document(&self, invoice_hash: Sha256Digest) -> Option<&PackedDocument> {
        self.documents.iter().find(|document| document.invoice_hash == invoice_hash)
    }
}

/// The version of the stored form: the only one so far.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Version;

impl Version {
    const NUMBER: u32 = 1;
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::NUMBER.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        if number == Self::NUMBER {
            return Ok(Self);
        }
        let unknown = format!("the version {number} is not known, only {}", Self::NUMBER);
        Err(serde::de::Error::custom(unknown))
    }
}
