//! `POST /sessions/batch`

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use http::StatusCode;
use ksef_core::{FormCode, ReferenceNumber, ReferenceNumberKind, Sha256Digest};
use serde::{Deserialize, Serialize};

use super::{Batch, Part};
use crate::archive::CompressionType;
use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, Refusal, Reply};
use crate::faults::{FaultKind, Moment};
use crate::invoices::later;
use crate::keys::SessionKey;
use crate::sessions::opening::{EncryptionInfo, FormCodeParts, validates_identifiers};
use crate::sessions::{Session, SessionKind, Tally};
use crate::storage::{self, BATCH_PARTS};

/// How long a package may be: 5 GB.
const MOST_BYTES: u64 = 5_000_000_000;

/// How many parts a package may have.
const MOST_PARTS: usize = 50;

/// How long a part may be: 100 MB, and the padding of its encryption.
const MOST_PART_BYTES: u64 = 100_000_000 + 16;

/// How much time there is for each part.
const TIME_PER_PART: Duration = Duration::from_secs(20 * 60);

/// `OpenBatchSessionRequest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenBatchSession {
    form_code: FormCodeParts,
    batch_file: BatchFile,
    encryption: EncryptionInfo,
    #[serde(default)]
    offline_mode: bool,
}

/// `BatchFileInfo`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchFile {
    file_size: u64,
    file_hash: Sha256Digest,
    compression_type: Option<CompressionType>,
    file_parts: Vec<FilePart>,
}

/// `BatchFilePartInfo`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilePart {
    ordinal_number: u32,
    file_size: u64,
    file_hash: Sha256Digest,
}

/// `OpenBatchSessionResponse`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    reference_number: ReferenceNumber,
    part_upload_requests: Vec<PartUploadRequest>,
}

/// `PartUploadRequest`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PartUploadRequest {
    ordinal_number: u32,
    method: &'static str,
    url: String,
    headers: BTreeMap<&'static str, &'static str>,
}

/// `POST /sessions/batch`
pub(crate) fn open(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request: OpenBatchSession = call.json()?;
    let caller = call.caller()?;
    let environment = call.sandbox.config.environment;
    let form_code = request.form_code.accept(environment, &caller.context).and_then(for_batches);
    let mut flaws = request.batch_file.flaws();
    flaws.extend(form_code.as_ref().err().cloned());
    let (Ok(form_code), true) = (form_code, flaws.is_empty()) else {
        return Err(Refusal::Invalid(flaws));
    };
    let key = request.encryption.decrypt(call)?;
    let key = match call.fault(Moment::SessionOpening) {
        Some(FaultKind::SessionKeyRace) => None,
        _ => key,
    };
    let batch = request.batch_file.batch(request.offline_mode);
    let parts = u32::try_from(batch.parts.len()).unwrap_or(u32::MAX);
    let lifetime = TIME_PER_PART.saturating_mul(parts);
    let session = record(call, form_code, key, lifetime)?;
    let reference_number = session.reference_number;
    let upload = |part: &Part| PartUploadRequest::of(call, &session, part, lifetime);
    let part_upload_requests = batch.parts.iter().map(upload).collect();
    let mut world = call.world();
    world.batches.insert(reference_number.as_str(), batch);
    world.sessions.insert(reference_number.as_str(), session);
    let body = Opened { reference_number, part_upload_requests };
    Ok(Reply::json(StatusCode::CREATED, &body))
}

fn record(
    call: &Call<'_>,
    form_code: FormCode,
    key: Option<SessionKey>,
    lifetime: Duration,
) -> Result<Session, Refusal> {
    let caller = call.caller()?;
    let mut world = call.world();
    Ok(Session {
        reference_number: world.reference_number(ReferenceNumberKind::BatchSession, call.now),
        kind: SessionKind::Batch,
        form_code,
        context: caller.context,
        subject: caller.subject.clone(),
        login_proof: caller.login_proof()?,
        key,
        failure: None,
        validates_identifiers: validates_identifiers(call),
        opened_at: call.now,
        valid_until: later(call.now, lifetime),
        closed_at: None,
        processed_at: None,
        updated_at: call.now,
        invoices: Vec::new(),
        tally: Tally::default(),
        upo_pages: Vec::new(),
    })
}

fn for_batches(form_code: FormCode) -> Result<FormCode, Exception> {
    if form_code.allows_batch() {
        return Ok(form_code);
    }
    Err(invalid("Wskazany kod formularza nie jest wspierany."))
}

impl BatchFile {
    /// Everything that is wrong with what is announced.
    fn flaws(&self) -> Vec<Exception> {
        let mut flaws = Vec::new();
        if !(1..=MOST_BYTES).contains(&self.file_size) {
            flaws.push(invalid(format!(
                "'batchFile.fileSize' must be between 1 and {MOST_BYTES}. You entered {}.",
                self.file_size
            )));
        }
        if self.file_parts.is_empty() {
            flaws.push(invalid("'batchFile.fileParts' must not be empty."));
        }
        if self.file_parts.len() > MOST_PARTS {
            let count = self.file_parts.len();
            flaws.push(ExceptionCode::TooManyParts.detail(format!(
                "Liczba części pakietu {count} przekroczyła dozwolony limit {MOST_PARTS}."
            )));
        }
        let mut numbers = HashSet::new();
        if self.file_parts.iter().any(|part| !numbers.insert(part.ordinal_number)) {
            flaws.push(invalid("'batchFile.fileParts.ordinalNumber' must be unique."));
        }
        flaws.extend(self.file_parts.iter().filter_map(FilePart::flaw));
        flaws
    }

    fn batch(self, is_offline: bool) -> Batch {
        let mut parts: Vec<_> = self.file_parts.into_iter().map(Part::from).collect();
        parts.sort_by_key(|part| part.ordinal_number);
        Batch {
            file_size: self.file_size,
            file_hash: self.file_hash,
            compression: self.compression_type.unwrap_or_default(),
            is_offline,
            parts,
        }
    }
}

impl FilePart {
    fn flaw(&self) -> Option<Exception> {
        let number = self.ordinal_number;
        if number == 0 {
            let detail = "'batchFile.fileParts.ordinalNumber' must be greater than or equal to 1.";
            return Some(invalid(detail));
        }
        if self.file_size == 0 {
            let detail = "'batchFile.fileParts.fileSize' must be greater than or equal to 1.";
            return Some(invalid(detail));
        }
        (self.file_size > MOST_PART_BYTES).then(|| {
            let detail = format!("Rozmiar części {number} przekroczył dozwolony rozmiar 100MB.");
            ExceptionCode::InvalidPartSize.detail(detail)
        })
    }
}

impl From<FilePart> for Part {
    fn from(part: FilePart) -> Self {
        let FilePart { ordinal_number, file_size, file_hash } = part;
        Self { ordinal_number, size: file_size, hash: file_hash, content: None }
    }
}

impl PartUploadRequest {
    fn of(call: &Call<'_>, session: &Session, part: &Part, lifetime: Duration) -> Self {
        let number = part.ordinal_number;
        let session = session.reference_number.as_str().to_ascii_lowercase();
        let path = format!("09/{session}/{BATCH_PARTS}/{number}.zip.enc");
        Self {
            ordinal_number: number,
            method: "PUT",
            url: storage::upload_link(call, &path, lifetime).url,
            headers: BTreeMap::from([("x-ms-blob-type", "BlockBlob")]),
        }
    }
}

fn invalid(detail: impl Into<String>) -> Exception {
    ExceptionCode::InvalidInput.detail(detail)
}
