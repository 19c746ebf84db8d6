//! What goes over the wire: the table of operations and the bodies, private but for the table.

pub(crate) mod auth;
pub(crate) mod operation;
pub(crate) mod problem;
pub(crate) mod sessions;

use serde::{Deserialize, Deserializer};

/// A value that this version may not know; then it is kept as text.
///
/// KSeF adds values to its lists without a new version of the API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Tolerant<T> {
    Known(T),
    Unknown(String),
}

impl<'de, T: core::str::FromStr> Deserialize<'de> for Tolerant<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(text.parse().map_or(Self::Unknown(text), Self::Known))
    }
}
