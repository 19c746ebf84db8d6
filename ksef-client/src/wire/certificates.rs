//! Bodies of KSeF certificates.

use ksef_core::{ReferenceNumber, Timestamp};
use serde::{Deserialize, Serialize};

use super::sessions::StatusInfo;
use super::{answers, pages};
use crate::certificates::{
    CertificateLimit, CertificateLimits, CertificateMetadata, CertificateSerialNumber,
    CertificateStatus, CertificateType, EnrollmentStatus, RevocationReason,
};
use crate::identifier::Identifier;
use crate::session::Status;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnrollCertificateRequest<'a> {
    pub(crate) certificate_name: &'a str,
    pub(crate) certificate_type: &'a str,
    pub(crate) csr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_from: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnrollCertificateResponse {
    pub(crate) reference_number: ReferenceNumber,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RetrieveCertificatesRequest<'a> {
    #[serde(serialize_with = "super::texts")]
    pub(crate) certificate_serial_numbers: &'a [CertificateSerialNumber],
}

#[derive(Deserialize)]
pub(crate) struct RetrieveCertificatesResponse {
    pub(crate) certificates: Vec<RetrievedCertificate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RetrievedCertificate {
    /// DER in Base64.
    pub(crate) certificate: String,
    pub(crate) certificate_name: String,
    #[serde(deserialize_with = "super::parsed")]
    pub(crate) certificate_serial_number: CertificateSerialNumber,
    #[serde(deserialize_with = "super::required_code")]
    pub(crate) certificate_type: CertificateType,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokeCertificateRequest<'a> {
    #[serde(serialize_with = "super::text")]
    pub(crate) revocation_reason: &'a RevocationReason,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateQueryBody {
    #[serde(serialize_with = "super::maybe_text", skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_serial_number: Option<CertificateSerialNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(
        rename = "type",
        serialize_with = "super::maybe_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) certificate_type: Option<CertificateType>,
    #[serde(serialize_with = "super::maybe_text", skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<CertificateStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_after: Option<Timestamp>,
}

answers! {
    CertificateLimitBody => CertificateLimit {
        remaining: i32,
        limit: i32,
    }

    CertificateLimitsBody => CertificateLimits {
        can_request: bool,
        #[serde(deserialize_with = "super::by::<_, CertificateLimitBody, _>")]
        enrollment: CertificateLimit,
        #[serde(deserialize_with = "super::by::<_, CertificateLimitBody, _>")]
        certificate: CertificateLimit,
    }

    EnrollmentStatusBody => EnrollmentStatus {
        request_date: Timestamp,
        #[serde(deserialize_with = "super::by::<_, StatusInfo, _>")]
        status: Status,
        #[serde(default, deserialize_with = "super::maybe_parsed")]
        certificate_serial_number: Option<CertificateSerialNumber>,
    }

    CertificateItem => CertificateMetadata {
        #[serde(deserialize_with = "super::parsed")]
        certificate_serial_number: CertificateSerialNumber,
        name: String,
        #[serde(rename = "type", deserialize_with = "super::required_code")]
        certificate_type: CertificateType,
        common_name: String,
        #[serde(deserialize_with = "super::required_code")]
        status: CertificateStatus,
        #[serde(deserialize_with = "super::identifier")]
        subject_identifier: Identifier,
        valid_from: Timestamp,
        valid_to: Timestamp,
        #[serde(default)]
        last_use_date: Option<Timestamp>,
        request_date: Timestamp,
    }
}

pages! { numbered:
    CertificatesPage { certificates: CertificateItem => CertificateMetadata }
}
