//! The keys to which clients encrypt.

use crate::exchange::{Call, Refusal, Reply};

/// `GET /security/public-key-certificates`
pub(crate) fn public_key_certificates(call: &Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::ok(&call.sandbox.keys.certificates()))
}
