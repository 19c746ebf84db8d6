//! Logging in: challenge, KSeF token and XAdES, the tokens that come of it, and who a caller is.

mod caller;
mod challenge;
mod ip_policy;
mod jwt;
mod login;
mod login_list;
mod public_keys;
mod status;
mod subject;
mod token_login;
mod tokens;
mod xades_login;

pub(crate) use caller::{Caller, caller, require_permission};
pub(crate) use challenge::{Challenge, challenge};
pub(crate) use ip_policy::IpPolicy;
pub(crate) use login::{Authentication, Identity, Outcome};
pub(crate) use login_list::{
    list_authentication_sessions, revoke_authentication_session,
    revoke_current_authentication_session,
};
pub(crate) use public_keys::public_key_certificates;
pub(crate) use status::authentication_status;
pub(crate) use subject::Subject;
pub(crate) use token_login::authenticate_by_token;
pub(crate) use tokens::{redeem_tokens, refresh_access_token};
pub(crate) use xades_login::authenticate_by_xades;

#[cfg(test)]
mod tests;
