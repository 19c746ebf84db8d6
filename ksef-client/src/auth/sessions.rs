//! The logins that there are: authentication sessions.

use ksef_core::{ReferenceNumber, Timestamp};

use super::AuthSession;
use crate::error::Error;
use crate::listing::Listing;
use crate::open_code::open_codes;
use crate::pipeline::{ApiRequest, empty, page};
use crate::session::Status;
use crate::wire::auth::AuthenticationSessionsPage;
use crate::wire::operation::Operation;

/// The most sessions that a page has.
const PAGE_SIZE: u32 = 100;

open_codes! {
    /// With what kind of thing somebody logged in (OpenAPI, `AuthenticationMethodCategory`).
    AuthenticationCategory {
        /// A signature.
        XadesSignature = "XadesSignature",
        /// The national node of electronic identification.
        NationalNode = "NationalNode",
        /// A KSeF token.
        Token = "Token",
    }
}

/// With what somebody logged in (OpenAPI, `AuthenticationMethodInfo`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthenticationMethod {
    /// The kind of thing.
    pub category: AuthenticationCategory,
    /// Which one, for example `xades.qualified-seal`.
    pub code: String,
    /// Its name, in the words of KSeF.
    pub display_name: String,
}

/// A login that there is (OpenAPI, `AuthenticationListItem`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthenticationSession {
    /// Its reference number.
    pub reference_number: ReferenceNumber,
    /// When it was begun.
    pub start_date: Timestamp,
    /// With what.
    pub authentication_method_info: AuthenticationMethod,
    /// Its status: 200 logged in.
    pub status: Status,
    /// Whether its tokens were fetched.
    pub is_token_redeemed: Option<bool>,
    /// When its access token was renewed last.
    pub last_token_refresh_date: Option<Timestamp>,
    /// Until when it can be renewed.
    pub refresh_token_valid_until: Option<Timestamp>,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

impl AuthSession {
    /// The logins of the same subject in the context that are active, the youngest first.
    ///
    /// `GET /auth/sessions`. Permission: none. Limits: `other`.
    pub fn authentication_sessions(&self) -> Listing<AuthenticationSession> {
        let request = Ok(ApiRequest::new(Operation::ListAuthenticationSessions));
        Listing::of(self, request, PAGE_SIZE, page::<AuthenticationSessionsPage, _>)
    }

    /// Ends another login: its refresh token at once, its access tokens when their time is over.
    /// [`AuthSession::log_out`] ends this one.
    ///
    /// `DELETE /auth/sessions/{referenceNumber}`. Permission: none. Limits: `other`.
    ///
    /// # Errors
    ///
    /// As every request that may be repeated.
    pub async fn revoke_authentication_session(
        &self,
        session: ReferenceNumber,
    ) -> Result<(), Error> {
        let request = ApiRequest::new(Operation::RevokeAuthenticationSession);
        self.call(&request.parameter(&session), empty).await
    }
}
