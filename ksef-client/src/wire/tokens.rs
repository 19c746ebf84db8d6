//! Bodies of KSeF tokens.

use ksef_core::{ReferenceNumber, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::{answers, pages};
use crate::identifier::Identifier;
use crate::permissions::Permission;
use crate::tokens::{GeneratedToken, KsefToken, TokenStatus};

#[derive(Serialize)]
pub(crate) struct GenerateTokenRequest<'a> {
    #[serde(serialize_with = "super::texts")]
    pub(crate) permissions: &'a [Permission],
    pub(crate) description: &'a str,
}

/// The token is in it, so there is no `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GenerateTokenResponse {
    reference_number: ReferenceNumber,
    #[serde(with = "crate::stored::secret_text")]
    token: Secret<String>,
}

impl From<GenerateTokenResponse> for GeneratedToken {
    fn from(body: GenerateTokenResponse) -> Self {
        Self { reference_number: body.reference_number, token: body.token }
    }
}

answers! {
    TokenBody => KsefToken {
        reference_number: ReferenceNumber,
        #[serde(deserialize_with = "super::identifier")]
        author_identifier: Identifier,
        #[serde(deserialize_with = "super::identifier")]
        context_identifier: Identifier,
        description: String,
        #[serde(deserialize_with = "super::codes")]
        requested_permissions: Vec<Permission>,
        date_created: Timestamp,
        #[serde(default)]
        last_use_date: Option<Timestamp>,
        #[serde(deserialize_with = "super::required_code")]
        status: TokenStatus,
        #[serde(default)]
        status_details: Option<Vec<String>>,
    }
}

pages! { continued:
    TokensPage { tokens: TokenBody => KsefToken }
}
