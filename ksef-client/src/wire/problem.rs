//! The bodies of refusals: problem+json and the older forms.

use serde::{Deserialize, Deserializer};

/// The members of all refusals together; a body has those of one form.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ProblemBody {
    pub(crate) title: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) errors: Option<Vec<ErrorBody>>,
    pub(crate) reason_code: Option<String>,
    pub(crate) security: Option<SecurityBody>,
    pub(crate) trace_id: Option<String>,
    /// `ExceptionResponse`, deprecated.
    pub(crate) exception: Option<ExceptionBody>,
    /// `TooManyRequestsResponse`, deprecated.
    #[serde(deserialize_with = "old_status")]
    pub(crate) status: Option<OldStatus>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OldStatus {
    #[serde(default)]
    pub(crate) details: Option<Vec<String>>,
}

/// The object of the older form; in problem+json it is a number.
fn old_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OldStatus>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(OldStatus::deserialize(value).ok())
}

#[derive(Debug, Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) code: u32,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) details: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SecurityBody {
    pub(crate) required_any_of_permissions: Option<Vec<String>>,
    pub(crate) incident_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ExceptionBody {
    pub(crate) exception_detail_list: Option<Vec<ExceptionDetail>>,
    pub(crate) service_code: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExceptionDetail {
    pub(crate) exception_code: u32,
    #[serde(default)]
    pub(crate) exception_description: Option<String>,
    #[serde(default)]
    pub(crate) details: Option<Vec<String>>,
}
