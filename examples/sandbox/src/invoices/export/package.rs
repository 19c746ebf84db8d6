//! The package of an export.

use std::io;

use bytes::Bytes;
use ksef_core::{InvoiceDate, KsefNumber, ReferenceNumber, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::archive::{self, CompressionType, PART_BYTES};
use crate::exchange::{Call, Refusal};
use crate::invoices::Stored;
use crate::invoices::metadata::InvoiceMetadata;
use crate::invoices::query::{DateType, InvoiceQuery, MOST_INVOICES, high_water_mark};
use crate::keys::SessionKey;
use crate::storage::Link;

/// How many bytes of invoices a package holds at most.
///
/// KSeF counts them compressed, which can only be known afterwards.
const MOST_BYTES: usize = 1_000_000_000;

/// The file in a package that describes the others.
const METADATA: &str = "_metadata.json";

/// A package that was made.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Package {
    invoice_count: usize,
    size: usize,
    compression: CompressionType,
    is_truncated: bool,
    /// Of the last invoice, if there are more than fit.
    last: Option<LastDate>,
    permanent_storage_hwm_date: Option<Timestamp>,
    pub(crate) parts: Vec<Part>,
}

/// A part of a package: the plain one as it was cut, and what of it can be fetched.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Part {
    pub(crate) name: String,
    size: usize,
    hash: Sha256Digest,
    encrypted_hash: Sha256Digest,
    /// Encrypted.
    #[serde(with = "crate::base64_bytes")]
    pub(crate) content: Bytes,
}

/// From where the next export goes on, in the date that the query is about.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
enum LastDate {
    Issue(InvoiceDate),
    Invoicing(Timestamp),
    PermanentStorage(Timestamp),
}

/// What goes into a package; taken out of the state, so that it can be packed without its lock.
#[derive(Debug)]
pub(super) struct Selection {
    reference_number: ReferenceNumber,
    compression: CompressionType,
    now: Timestamp,
    invoice_count: usize,
    last: Option<LastDate>,
    permanent_storage_hwm_date: Option<Timestamp>,
    metadata: Bytes,
    documents: Vec<(KsefNumber, Bytes)>,
}

/// `_metadata.json`.
#[derive(Serialize)]
struct Metadata<'a> {
    invoices: Vec<InvoiceMetadata<'a>>,
}

/// `InvoicePackage`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Description<'a> {
    invoice_count: usize,
    size: usize,
    parts: Vec<PartDescription<'a>>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_issue_date: Option<InvoiceDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_invoicing_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_permanent_storage_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permanent_storage_hwm_date: Option<Timestamp>,
    compression_type: CompressionType,
}

/// `InvoicePackagePart`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PartDescription<'a> {
    ordinal_number: usize,
    part_name: &'a str,
    method: &'static str,
    url: String,
    part_size: usize,
    part_hash: Sha256Digest,
    encrypted_part_size: usize,
    encrypted_part_hash: Sha256Digest,
    expiration_date: Timestamp,
}

/// Takes out of the state what the query finds, up to the limits of a package.
pub(super) fn select(
    call: &Call<'_>,
    mut query: InvoiceQuery,
    reference_number: ReferenceNumber,
    compression: CompressionType,
    only_metadata: bool,
) -> Result<Selection, Refusal> {
    let high_water_mark = high_water_mark(call);
    let permanent_storage_hwm_date = query.date_range.complete_up_to(high_water_mark);
    query.date_range.restrict(high_water_mark);
    let world = call.world();
    let found = query.select(&world, &call.caller()?.context, call.now);
    let taken = found.get(..fitting(&found)).unwrap_or(&found);
    let is_truncated = taken.len() < found.len();
    let last = taken.last().filter(|_| is_truncated);
    let metadata = Metadata { invoices: taken.iter().map(InvoiceMetadata::from).collect() };
    let documents = taken.iter().filter(|_| !only_metadata).filter_map(document).collect();
    Ok(Selection {
        reference_number,
        compression,
        now: call.now,
        invoice_count: taken.len(),
        last: last.map(|last| LastDate::of(last, query.date_range.date_type)),
        permanent_storage_hwm_date,
        metadata: serde_json::to_vec(&metadata).unwrap_or_default().into(),
        documents,
    })
}

/// How many of the invoices fit into one package.
fn fitting(found: &[Stored<'_>]) -> usize {
    let mut bytes = 0_usize;
    let fits = |stored: &&Stored<'_>| {
        bytes = bytes.saturating_add(stored.invoice.content.as_ref().map_or(0, Bytes::len));
        bytes <= MOST_BYTES
    };
    found.iter().take(MOST_INVOICES).take_while(fits).count()
}

fn document(stored: &Stored<'_>) -> Option<(KsefNumber, Bytes)> {
    Some((stored.accepted.ksef_number, stored.invoice.content.clone()?))
}

impl LastDate {
    fn of(last: &Stored<'_>, date_type: DateType) -> Self {
        match date_type {
            DateType::Issue => Self::Issue(last.summary.issue_date),
            DateType::Invoicing => Self::Invoicing(last.invoice.invoicing_date),
            DateType::PermanentStorage => {
                Self::PermanentStorage(last.accepted.permanent_storage_date)
            }
        }
    }
}

impl Selection {
    /// Packs and encrypts.
    pub(super) fn pack(self, key: &SessionKey) -> io::Result<Package> {
        let documents = self
            .documents
            .into_iter()
            .map(|(number, content)| (format!("{number}.xml"), content))
            .chain([(METADATA.to_owned(), self.metadata)]);
        let package = archive::write(Vec::new(), self.compression, self.now, documents)?;
        let extension = match self.compression {
            CompressionType::Zip => "zip",
            CompressionType::TarGz => "tar.gz",
        };
        let number = self.reference_number;
        let parts = package.chunks(PART_BYTES).zip(1..).map(|(part, ordinal): (_, u32)| {
            Part::encrypt(format!("{number}-{ordinal:03}.{extension}.aes"), part, key)
        });
        Ok(Package {
            invoice_count: self.invoice_count,
            size: package.len(),
            compression: self.compression,
            is_truncated: self.last.is_some(),
            last: self.last,
            permanent_storage_hwm_date: self.permanent_storage_hwm_date,
            parts: parts.collect::<io::Result<_>>()?,
        })
    }
}

impl Part {
    fn encrypt(name: String, part: &[u8], key: &SessionKey) -> io::Result<Self> {
        let content = key.encrypt(part).map_err(io::Error::other)?;
        Ok(Self {
            name,
            size: part.len(),
            hash: Sha256Digest::of(part),
            encrypted_hash: Sha256Digest::of(&content),
            content: content.into(),
        })
    }

    fn describe(&self, ordinal_number: usize, link: Link) -> PartDescription<'_> {
        PartDescription {
            ordinal_number,
            part_name: &self.name,
            method: "GET",
            url: link.url,
            part_size: self.size,
            part_hash: self.hash,
            encrypted_part_size: self.content.len(),
            encrypted_part_hash: self.encrypted_hash,
            expiration_date: link.expires_at,
        }
    }
}

impl Package {
    /// What is answered about it; `link` makes the link to a part.
    pub(super) fn describe(&self, link: impl Fn(&Part) -> Link) -> Description<'_> {
        let parts = self.parts.iter().zip(1..);
        let mut description = Description {
            invoice_count: self.invoice_count,
            size: self.size,
            parts: parts.map(|(part, ordinal)| part.describe(ordinal, link(part))).collect(),
            is_truncated: self.is_truncated,
            last_issue_date: None,
            last_invoicing_date: None,
            last_permanent_storage_date: None,
            permanent_storage_hwm_date: self.permanent_storage_hwm_date,
            compression_type: self.compression,
        };
        match self.last {
            Some(LastDate::Issue(date)) => description.last_issue_date = Some(date),
            Some(LastDate::Invoicing(date)) => description.last_invoicing_date = Some(date),
            Some(LastDate::PermanentStorage(date)) => {
                description.last_permanent_storage_date = Some(date);
            }
            None => {}
        }
        description
    }
}

impl Description<'_> {
    /// Names hashes that are not those of the parts, as a fault asks for it.
    pub(super) fn falsify_hashes(&mut self) {
        for part in &mut self.parts {
            part.part_hash = Sha256Digest::of(part.part_name.as_bytes());
            part.encrypted_part_hash = part.part_hash;
        }
    }
}
