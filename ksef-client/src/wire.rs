//! What goes over the wire: the table of operations and the bodies, private but for the table.

pub(crate) mod auth;
#[cfg(feature = "batch")]
pub(crate) mod batch;
pub(crate) mod operation;
pub(crate) mod problem;
pub(crate) mod retrieval;
pub(crate) mod sessions;

use core::str::FromStr;

use serde::{Deserialize as _, Deserializer};

/// A code of an open list, whose `FromStr` keeps what it does not know: KSeF adds values to its
/// lists without a new version of the API.
pub(crate) fn code<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err = core::convert::Infallible>,
{
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| {
        let Ok(code) = text.parse();
        code
    }))
}
