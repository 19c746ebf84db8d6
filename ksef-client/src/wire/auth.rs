//! Bodies of logins and public keys.

use ksef_core::{ContextIdentifier, ReferenceNumber, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::sessions::StatusInfo;
use super::{answers, pages};
use crate::auth::{AuthenticationCategory, AuthenticationMethod, AuthenticationSession};
use crate::session::Status;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChallengeResponse {
    pub(crate) challenge: ReferenceNumber,
    pub(crate) timestamp_ms: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenLoginRequest<'a> {
    pub(crate) challenge: ReferenceNumber,
    pub(crate) context_identifier: ContextIdentifier,
    pub(crate) encrypted_token: &'a str,
    pub(crate) public_key_id: &'a str,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginResponse {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) authentication_token: TokenInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginStatusResponse {
    pub(crate) status: StatusInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokensResponse {
    pub(crate) access_token: TokenInfo,
    pub(crate) refresh_token: TokenInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefreshResponse {
    pub(crate) access_token: TokenInfo,
}

/// A token and when it ends.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenInfo {
    #[serde(with = "crate::stored::secret_text")]
    pub(crate) token: Secret<String>,
    pub(crate) valid_until: Timestamp,
}

impl TokenInfo {
    pub(crate) fn copy(&self) -> Self {
        Self { token: self.token.clone_secret(), valid_until: self.valid_until }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicKeyCertificate {
    /// DER in Base64.
    pub(crate) certificate: String,
    pub(crate) public_key_id: String,
    pub(crate) valid_from: Timestamp,
    pub(crate) valid_to: Timestamp,
    pub(crate) usage: Vec<String>,
}

answers! {
    AuthenticationMethodBody => AuthenticationMethod {
        #[serde(deserialize_with = "super::required_code")]
        category: AuthenticationCategory,
        code: String,
        display_name: String,
    }

    AuthenticationSessionItem => AuthenticationSession {
        reference_number: ReferenceNumber,
        start_date: Timestamp,
        #[serde(deserialize_with = "super::by::<_, AuthenticationMethodBody, _>")]
        authentication_method_info: AuthenticationMethod,
        #[serde(deserialize_with = "super::by::<_, StatusInfo, _>")]
        status: Status,
        #[serde(default)]
        is_token_redeemed: Option<bool>,
        #[serde(default)]
        last_token_refresh_date: Option<Timestamp>,
        #[serde(default)]
        refresh_token_valid_until: Option<Timestamp>,
        #[serde(default)]
        is_current: bool,
    }
}

pages! { continued:
    AuthenticationSessionsPage { items: AuthenticationSessionItem => AuthenticationSession }
}
