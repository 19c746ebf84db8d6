//! `Export`, a package of invoices that KSeF makes.

use core::fmt;
use std::io::{self, Write};

use bytes::Bytes;
use ksef_core::{ContextIdentifier, Environment, ReferenceNumber, Secret, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ExportFault, FetchedPackage, InvoiceFilters};
use crate::auth::AuthSession;
use crate::batch::CompressionType;
use crate::encryption::SessionKey;
use crate::error::Error;
use crate::pipeline::{ApiRequest, Poll, binary, json};
use crate::policy::PollPolicy;
use crate::problem::Problem;
use crate::session::{Status, check_origin};
use crate::stored;
use crate::wire::operation::Operation;
use crate::wire::retrieval::{
    ExportRequest, ExportResponse, ExportStatusResponse, InvoicePackage, InvoicePackagePart,
};

/// The kind under which an export is kept.
const KIND: &str = "export";

/// How many times a part is fetched whose bytes or link are not right.
const TRIES: u32 = 4;

/// What is in a package.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the contract has a flag for it")]
pub enum ExportContent {
    /// The invoices, and what KSeF knows of them.
    #[default]
    Invoices,
    /// Only what KSeF knows of them (`onlyMetadata`).
    Metadata,
}

/// A package of invoices that KSeF makes, up to 10,000 of them or 1 GB.
///
/// KSeF has no list of exports: [`Export::to_secret`] keeps it for another process.
#[derive(Debug)]
pub struct Export {
    auth: AuthSession,
    reference_number: ReferenceNumber,
    ordered_at: Timestamp,
    content: ExportContent,
    key: SessionKey,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    environment: Environment,
    context: ContextIdentifier,
    reference_number: ReferenceNumber,
    ordered_at: Timestamp,
    only_metadata: bool,
    #[serde(with = "stored::secret_text")]
    key: Secret<String>,
}

/// A package that is ready to be fetched.
#[non_exhaustive]
pub struct ExportPackage {
    /// How many invoices are in it.
    pub invoice_count: u64,
    /// Its bytes before encryption.
    pub size: u64,
    /// Whether there were more invoices than it holds.
    pub is_truncated: bool,
    /// The date of permanent storage of its last invoice, if it is truncated and the filters are
    /// about that date: the next one begins there.
    pub last_permanent_storage_date: Option<Timestamp>,
    /// Up to when KSeF has stored all invoices for good, where the filters are about that date.
    pub permanent_storage_hwm_date: Option<Timestamp>,
    /// Until when it can be fetched.
    pub expires_at: Option<Timestamp>,
    compression_type: CompressionType,
    parts: Vec<InvoicePackagePart>,
}

impl AuthSession {
    /// Orders a package of the invoices that a filter finds, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 21182 while ten others are being made. [`Error::OutcomeUnknown`]
    /// when the answer is lost: the package, if one is made, can be fetched by nobody, and counts
    /// among the ten until it is ready. Another one can be ordered.
    pub async fn order_export(
        &self,
        filters: &InvoiceFilters,
        content: ExportContent,
    ) -> Result<Export, Error> {
        let key = SessionKey::generate()?;
        let ordered_at = self.client().now();
        let ordered = match self.request_export(filters, content, &key).await {
            // The key of KSeF was withdrawn, so nothing was ordered.
            Err(error) if error.has_code(Problem::UNKNOWN_KEY) => {
                self.client().forget_public_keys().await;
                self.request_export(filters, content, &key).await?
            }
            ordered => ordered?,
        };
        let (auth, reference_number) = (self.clone(), ordered.reference_number);
        Ok(Export { auth, reference_number, ordered_at, content, key })
    }

    async fn request_export(
        &self,
        filters: &InvoiceFilters,
        content: ExportContent,
        key: &SessionKey,
    ) -> Result<ExportResponse, Error> {
        let body = ExportRequest {
            encryption: self.encryption_info(key).await?,
            only_metadata: content == ExportContent::Metadata,
            // It can be unpacked from its first byte to its last.
            compression_type: CompressionType::TarGz,
            filters: &filters.body,
        };
        let request = ApiRequest::new(Operation::ExportInvoices).json(&body)?;
        self.call(&request, json).await
    }

    /// Resumes an export that was kept with [`Export::to_secret`], here or elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Stored`] when it cannot be read, or belongs to another environment or context.
    pub fn resume_export(&self, stored: &Secret<String>) -> Result<Export, Error> {
        let stored: Stored = stored::read(KIND, stored)?;
        check_origin(self, stored.environment, stored.context)?;
        let is_metadata = stored.only_metadata;
        Ok(Export {
            auth: self.clone(),
            reference_number: stored.reference_number,
            ordered_at: stored.ordered_at,
            content: if is_metadata { ExportContent::Metadata } else { ExportContent::Invoices },
            key: SessionKey::from_secret(&stored.key)?,
        })
    }
}

impl Export {
    /// Its reference number.
    #[must_use]
    pub const fn reference_number(&self) -> ReferenceNumber {
        self.reference_number
    }

    /// When it was ordered.
    #[must_use]
    pub const fn ordered_at(&self) -> Timestamp {
        self.ordered_at
    }

    /// What [`AuthSession::resume_export`] takes. The key of the package is in it: keep it
    /// encrypted.
    #[must_use]
    pub fn to_secret(&self) -> Secret<String> {
        let state = Stored {
            environment: self.auth.client().environment(),
            context: self.auth.context(),
            reference_number: self.reference_number,
            ordered_at: self.ordered_at,
            only_metadata: self.content == ExportContent::Metadata,
            key: self.key.to_secret(),
        };
        stored::write(KIND, &state)
    }

    /// Waits until the package is ready.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] when it is not ready by the deadline: it may take long, and has been
    /// seen to take days. [`Error::ExportFailed`] when there is none and will be none, and
    /// [`Error::Refused`] with HTTP 410 when KSeF has forgotten it: order another one.
    pub async fn ready(&self, policy: &PollPolicy) -> Result<ExportPackage, Error> {
        let mut poll = Poll::new(self.auth.client().pipeline(), policy);
        loop {
            let answer = self.status().await?;
            let (status, expires_at) =
                (Status::from(answer.status), answer.package_expiration_date);
            match (status.code, answer.package) {
                (..200, _) => poll.pause(Some(status)).await?,
                (200, Some(package)) => return Ok(ExportPackage::new(package, expires_at)),
                _ => return Err(Error::ExportFailed(Box::new(status))),
            }
        }
    }

    /// Fetches the package, decrypts it, and writes it, a tar archive packed by gzip, to `to`.
    ///
    /// A part is written when its size and its hash are right, encrypted and plain, so that
    /// nothing else gets there. A part that is not right is fetched again, with a new link. Memory
    /// holds one part of at most 50 MB twice.
    ///
    /// # Errors
    ///
    /// [`Error::Export`] when a part is not what KSeF says it is, however often it is fetched, or
    /// `to` fails; as every reading request.
    pub async fn download<W: Write>(&self, package: &ExportPackage, mut to: W) -> Result<W, Error> {
        for part in &package.parts {
            let plain = self.part(part).await?;
            to.write_all(&plain).map_err(ExportFault::Write)?;
        }
        to.flush().map_err(ExportFault::Write)?;
        Ok(to)
    }

    /// Fetches the package into a temporary file and looks through all of it: it lists as many
    /// invoices as KSeF says, and every one of them is there, with the hash that KSeF states.
    ///
    /// The file has no name and is gone when it is dropped. Unpacking keeps this thread busy for as
    /// long as it takes, which for 1 GB is many seconds.
    ///
    /// # Errors
    ///
    /// As [`Export::download`], and [`Error::Export`] when something is missing.
    pub async fn fetch(&self, package: &ExportPackage) -> Result<FetchedPackage, Error> {
        if package.compression_type != CompressionType::TarGz && !package.parts.is_empty() {
            return Err(ExportFault::Compression.into());
        }
        let file = tempfile::tempfile().map_err(ExportFault::Write)?;
        let fetched = if package.parts.is_empty() {
            FetchedPackage::empty(file)
        } else {
            let writer = self.download(package, io::BufWriter::new(file)).await?;
            let file = writer.into_inner().map_err(io::IntoInnerError::into_error);
            FetchedPackage::open(file.map_err(ExportFault::Write)?, self.content)?
        };
        fetched.require(package.invoice_count)?;
        Ok(fetched)
    }

    /// A part, decrypted.
    async fn part(&self, part: &InvoicePackagePart) -> Result<Vec<u8>, Error> {
        let mut poll = Poll::retrying(self.auth.client().pipeline());
        let mut newer = None;
        let mut tries = TRIES;
        loop {
            let part = newer.as_ref().unwrap_or(part);
            let error = match self.try_part(part).await {
                Ok(plain) => return Ok(plain),
                Err(error) => error,
            };
            tries -= 1;
            if tries == 0 || !is_curable(&error) || !poll.pause_if_possible(None).await {
                return Err(error);
            }
            newer = self.described_anew(part.ordinal_number).await?.or(newer);
        }
    }

    async fn try_part(&self, part: &InvoicePackagePart) -> Result<Vec<u8>, Error> {
        let request = ApiRequest::download(&part.url);
        let encrypted: Bytes = self.auth.client().pipeline().call(&request, None, binary).await?;
        let ordinal_number = part.ordinal_number;
        if !is(&encrypted, part.encrypted_part_size, part.encrypted_part_hash) {
            return Err(ExportFault::Part { ordinal_number }.into());
        }
        let plain = self.key.decrypt(&encrypted)?;
        if is(&plain, part.part_size, part.part_hash) {
            Ok(plain)
        } else {
            Err(ExportFault::Part { ordinal_number }.into())
        }
    }

    /// The part as KSeF describes it now, with a new link.
    async fn described_anew(
        &self,
        ordinal_number: u32,
    ) -> Result<Option<InvoicePackagePart>, Error> {
        let parts = self.status().await?.package.map(|package| package.parts);
        let mut parts = parts.unwrap_or_default().into_iter();
        Ok(parts.find(|part| part.ordinal_number == ordinal_number))
    }

    async fn status(&self) -> Result<ExportStatusResponse, Error> {
        let request = ApiRequest::new(Operation::ExportStatus).parameter(&self.reference_number);
        self.auth.call(&request, json).await
    }
}

/// Whether another try with another link may help: wrong bytes, a wrong hash, an old link.
fn is_curable(error: &Error) -> bool {
    match error {
        Error::Export(_) | Error::NoAnswer(_) => true,
        Error::Refused(problem) => problem.operation.is_none(),
        _ => false,
    }
}

fn is(bytes: &[u8], size: u64, hash: Sha256Digest) -> bool {
    u64::try_from(bytes.len()) == Ok(size) && Sha256Digest::of(bytes) == hash
}

impl ExportPackage {
    fn new(package: InvoicePackage, expires_at: Option<Timestamp>) -> Self {
        let mut parts = package.parts;
        parts.sort_by_key(|part| part.ordinal_number);
        Self {
            invoice_count: package.invoice_count,
            size: package.size,
            is_truncated: package.is_truncated,
            last_permanent_storage_date: package.last_permanent_storage_date,
            permanent_storage_hwm_date: package.permanent_storage_hwm_date,
            expires_at,
            compression_type: package.compression_type,
            parts,
        }
    }
}

/// Shows no link.
impl fmt::Debug for ExportPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportPackage")
            .field("invoice_count", &self.invoice_count)
            .field("size", &self.size)
            .field("is_truncated", &self.is_truncated)
            .field("permanent_storage_hwm_date", &self.permanent_storage_hwm_date)
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}
