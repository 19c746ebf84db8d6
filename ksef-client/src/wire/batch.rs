//! Bodies of batch sessions.

use std::collections::BTreeMap;

use ksef_core::{FormCode, ReferenceNumber, Sha256Digest};
use serde::{Deserialize, Serialize};

use super::sessions::EncryptionInfo;
use crate::batch::{CompressionType, PackagePart};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenBatchSessionRequest<'a> {
    pub(crate) form_code: &'a FormCode,
    pub(crate) batch_file: BatchFileInfo<'a>,
    pub(crate) encryption: EncryptionInfo,
    pub(crate) offline_mode: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchFileInfo<'a> {
    pub(crate) file_size: u64,
    pub(crate) file_hash: Sha256Digest,
    pub(crate) compression_type: CompressionType,
    pub(crate) file_parts: &'a [PackagePart],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenBatchSessionResponse {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) part_upload_requests: Vec<PartUploadRequest>,
}

/// Where a part goes. The URL carries its credential, so there is no `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartUploadRequest {
    pub(crate) ordinal_number: u32,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, Option<String>>,
}
