//! Bodies of queries and exports.

use ksef_core::{FormCode, InvoiceDate, KsefNumber, Nip, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::session::InvoicingMode;

#[cfg(feature = "batch")]
pub(crate) use self::export::{
    ExportRequest, ExportResponse, ExportStatusResponse, InvoicePackage, InvoicePackagePart,
};

/// `InvoiceQueryFilters`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceQueryFilters {
    pub(crate) subject_type: &'static str,
    pub(crate) date_range: DateRange,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ksef_number: Option<KsefNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoice_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<AmountRange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seller_nip: Option<Nip>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) buyer_identifier: Option<IdentifierBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) currency_codes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoicing_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_self_invoicing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) form_type: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) invoice_types: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) has_attachment: Option<bool>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DateRange {
    pub(crate) date_type: &'static str,
    pub(crate) from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<Timestamp>,
    pub(crate) restrict_to_permanent_storage_hwm_date: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct AmountRange {
    #[serde(rename = "type")]
    pub(crate) amount_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<Box<RawValue>>,
}

/// An identifier of a kind: of a buyer or a third subject.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct IdentifierBody {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetadataResponse {
    pub(crate) has_more: bool,
    pub(crate) is_truncated: bool,
    #[serde(default)]
    pub(crate) permanent_storage_hwm_date: Option<Timestamp>,
    pub(crate) invoices: Vec<InvoiceMetadataBody>,
}

/// `_metadata.json` in a package.
#[cfg(feature = "batch")]
#[derive(Debug, Deserialize)]
pub(crate) struct PackageMetadata {
    pub(crate) invoices: Vec<InvoiceMetadataBody>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceMetadataBody {
    pub(crate) ksef_number: KsefNumber,
    pub(crate) invoice_number: String,
    pub(crate) issue_date: InvoiceDate,
    pub(crate) invoicing_date: Timestamp,
    pub(crate) acquisition_date: Timestamp,
    pub(crate) permanent_storage_date: Timestamp,
    pub(crate) seller: SellerBody,
    pub(crate) buyer: PartyBody,
    pub(crate) net_amount: Box<RawValue>,
    pub(crate) gross_amount: Box<RawValue>,
    pub(crate) vat_amount: Box<RawValue>,
    pub(crate) currency: String,
    #[serde(default, deserialize_with = "super::code")]
    pub(crate) invoicing_mode: Option<InvoicingMode>,
    pub(crate) invoice_type: String,
    pub(crate) form_code: FormCode,
    pub(crate) is_self_invoicing: bool,
    pub(crate) has_attachment: bool,
    pub(crate) invoice_hash: Sha256Digest,
    #[serde(default)]
    pub(crate) hash_of_corrected_invoice: Option<Sha256Digest>,
    #[serde(default)]
    pub(crate) third_subjects: Option<Vec<PartyBody>>,
    #[serde(default)]
    pub(crate) authorized_subject: Option<SellerBody>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SellerBody {
    pub(crate) nip: Nip,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) role: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PartyBody {
    pub(crate) identifier: IdentifierBody,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) role: Option<u32>,
}

#[cfg(feature = "batch")]
mod export {
    use ksef_core::{ReferenceNumber, Sha256Digest, Timestamp};
    use serde::{Deserialize, Serialize};

    use super::InvoiceQueryFilters;
    use crate::batch::CompressionType;
    use crate::wire::sessions::{EncryptionInfo, StatusInfo};

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct ExportRequest<'a> {
        pub(crate) encryption: EncryptionInfo,
        pub(crate) only_metadata: bool,
        pub(crate) compression_type: CompressionType,
        pub(crate) filters: &'a InvoiceQueryFilters,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct ExportResponse {
        pub(crate) reference_number: ReferenceNumber,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct ExportStatusResponse {
        pub(crate) status: StatusInfo,
        #[serde(default)]
        pub(crate) package_expiration_date: Option<Timestamp>,
        #[serde(default)]
        pub(crate) package: Option<InvoicePackage>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct InvoicePackage {
        pub(crate) invoice_count: u64,
        pub(crate) size: u64,
        pub(crate) is_truncated: bool,
        #[serde(default)]
        pub(crate) last_permanent_storage_date: Option<Timestamp>,
        #[serde(default)]
        pub(crate) permanent_storage_hwm_date: Option<Timestamp>,
        pub(crate) compression_type: CompressionType,
        pub(crate) parts: Vec<InvoicePackagePart>,
    }

    /// A part of a package. The URL carries its credential, so there is no `Debug`.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct InvoicePackagePart {
        pub(crate) ordinal_number: u32,
        pub(crate) url: String,
        pub(crate) part_size: u64,
        pub(crate) part_hash: Sha256Digest,
        pub(crate) encrypted_part_size: u64,
        pub(crate) encrypted_part_hash: Sha256Digest,
    }
}
