//! stub, replaced by the keys branch
use ksef_core::Timestamp;
use serde::{Deserialize, Serialize};
/// Keys.
#[derive(Debug)]
pub struct Keys;
/// Why.
#[derive(Debug, thiserror::Error)]
#[error("keys")]
pub struct KeysError;
impl Keys {
    pub(crate) fn generate(_now: Timestamp) -> Result<Self, KeysError> {
        Ok(Self)
    }
}
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SessionKey;
