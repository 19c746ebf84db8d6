//! Bodies of test data.

use ksef_core::{ContextIdentifier, InvoiceDate, Nip, Pesel, Timestamp};
use serde::Serialize;

use super::limits::SubjectLimitsBody;
use crate::identifier::Identifier;
use crate::limits::{RateGroup, RateLimit, RateLimits};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubjectBody {
    pub(crate) subject_nip: Nip,
    pub(crate) subject_type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) subunits: Vec<SubunitBody>,
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_date: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubunitBody {
    pub(crate) subject_nip: Nip,
    pub(crate) description: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubjectRemoval {
    pub(crate) subject_nip: Nip,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonBody {
    pub(crate) nip: Nip,
    pub(crate) pesel: Pesel,
    pub(crate) is_bailiff: bool,
    pub(crate) is_deceased: bool,
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_date: Option<Timestamp>,
}

/// `PersonRemoveRequest` and `AttachmentPermissionGrantRequest`.
#[derive(Serialize)]
pub(crate) struct NipBody {
    pub(crate) nip: Nip,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttachmentRevocation {
    pub(crate) nip: Nip,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_end_date: Option<InvoiceDate>,
}

/// `TestDataPermissionsGrantRequest` and, without permissions, its revocation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PermissionsBody<'a> {
    #[serde(serialize_with = "super::identifier_body")]
    pub(crate) context_identifier: Identifier,
    #[serde(serialize_with = "super::identifier_body")]
    pub(crate) authorized_identifier: &'a Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) permissions: Option<Vec<PermissionBody<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PermissionBody<'a> {
    pub(crate) permission_type: &'a str,
    pub(crate) description: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContextBody {
    pub(crate) context_identifier: ContextIdentifier,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubjectLimitsRequest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject_identifier_type: Option<&'a str>,
    #[serde(flatten)]
    pub(crate) limits: SubjectLimitsBody,
}

/// `SetRateLimitsRequest`: the groups that can be overridden.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RateLimitsRequest {
    #[serde(serialize_with = "rate_limits")]
    pub(crate) rate_limits: RateLimits,
}

fn rate_limits<S: serde::Serializer>(
    limits: &RateLimits,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let is_fixed = |group: &RateGroup| {
        matches!(
            group,
            RateGroup::OnlineSessionClose
                | RateGroup::BatchSessionClose
                | RateGroup::Anonymous
                | RateGroup::Global
        )
    };
    let groups = RateGroup::ALL.iter().filter(|group| !is_fixed(group));
    let limit = |group: &RateGroup| -> RateLimit { limits.of(*group) };
    serializer.collect_map(groups.map(|group| (group.as_str(), limit(group))))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateChange {
    pub(crate) valid_to: Timestamp,
}
