//! Bodies of sessions and their invoices.

use std::collections::HashMap;

use ksef_core::{FormCode, KsefNumber, ReferenceNumber, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use super::pages;
use crate::session::{InvoiceStatus, InvoicingMode, ListedSession};

/// `StatusInfo` and `InvoiceStatusInfo`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StatusInfo {
    pub(crate) code: u16,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) details: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) extensions: Option<HashMap<String, Option<String>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenSessionRequest<'a> {
    pub(crate) form_code: &'a FormCode,
    pub(crate) encryption: EncryptionInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EncryptionInfo {
    pub(crate) encrypted_symmetric_key: String,
    pub(crate) initialization_vector: String,
    pub(crate) public_key_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenSessionResponse {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) valid_until: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SendInvoiceRequest {
    pub(crate) invoice_hash: Sha256Digest,
    pub(crate) invoice_size: u64,
    pub(crate) encrypted_invoice_hash: Sha256Digest,
    pub(crate) encrypted_invoice_size: u64,
    pub(crate) encrypted_invoice_content: String,
    pub(crate) offline_mode: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hash_of_corrected_invoice: Option<Sha256Digest>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SendInvoiceResponse {
    pub(crate) reference_number: ReferenceNumber,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionStatusResponse {
    pub(crate) status: StatusInfo,
    pub(crate) date_created: Timestamp,
    pub(crate) date_updated: Timestamp,
    #[serde(default)]
    pub(crate) valid_until: Option<Timestamp>,
    #[serde(default)]
    pub(crate) upo: Option<UpoPages>,
    #[serde(default)]
    pub(crate) invoice_count: Option<u32>,
    #[serde(default)]
    pub(crate) successful_invoice_count: Option<u32>,
    #[serde(default)]
    pub(crate) failed_invoice_count: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct UpoPages {
    pub(crate) pages: Vec<UpoPageBody>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpoPageBody {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) download_url: String,
    pub(crate) download_url_expiration_date: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceStatusResponse {
    pub(crate) ordinal_number: u32,
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) invoice_hash: Sha256Digest,
    pub(crate) invoicing_date: Timestamp,
    pub(crate) status: StatusInfo,
    #[serde(default)]
    pub(crate) invoice_number: Option<String>,
    #[serde(default)]
    pub(crate) ksef_number: Option<KsefNumber>,
    #[serde(default)]
    pub(crate) invoice_file_name: Option<String>,
    #[serde(default)]
    pub(crate) acquisition_date: Option<Timestamp>,
    #[serde(default)]
    pub(crate) permanent_storage_date: Option<Timestamp>,
    #[serde(default)]
    pub(crate) upo_download_url: Option<String>,
    #[serde(default)]
    pub(crate) upo_download_url_expiration_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "super::code")]
    pub(crate) invoicing_mode: Option<InvoicingMode>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionItem {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) status: StatusInfo,
    pub(crate) date_created: Timestamp,
    pub(crate) date_updated: Timestamp,
    #[serde(default)]
    pub(crate) valid_until: Option<Timestamp>,
    pub(crate) total_invoice_count: u32,
    pub(crate) successful_invoice_count: u32,
    pub(crate) failed_invoice_count: u32,
}

pages! { continued:
    SessionInvoicesResponse { invoices: InvoiceStatusResponse => InvoiceStatus }
    SessionsResponse { sessions: SessionItem => ListedSession }
}
