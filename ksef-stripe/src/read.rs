//! Reading objects from JSON.

mod error;
mod exact;
mod expandable;
mod normalise;
mod wire;

use ksef_core::Sha256Digest;
use serde::de::DeserializeOwned;

pub use error::{ReadError, ReadErrorCode};

use crate::model::{CreditNote, Invoice, TaxRate};

/// The most bytes of an object. One of 10,000 lines has about three quarters of that.
pub const MAX_SOURCE_BYTES: usize = 40_000_000;

impl Invoice {
    /// Reads an invoice, in either shape of the API.
    ///
    /// ```
    /// use ksef_stripe::model::Invoice;
    ///
    /// let error = Invoice::from_json(br#"{"object":"invoice","total":"1"}"#).unwrap_err();
    /// assert_eq!((error.code().as_str(), error.pointer()), ("invalid_value", "/total"));
    /// ```
    ///
    /// # Errors
    ///
    /// When it is not JSON, another object, too large, or a field that matters is not what Stripe
    /// documents.
    pub fn from_json(source: &[u8]) -> Result<Self, ReadError> {
        let object = object::<wire::Invoice>(source, "invoice")?;
        Ok(Self { source: Some(Sha256Digest::of(source)), ..object.normalised() })
    }
}

impl CreditNote {
    /// Reads a credit note, in either shape of the API.
    ///
    /// # Errors
    ///
    /// As [`Invoice::from_json`].
    pub fn from_json(source: &[u8]) -> Result<Self, ReadError> {
        let object = object::<wire::CreditNote>(source, "credit_note")?;
        Ok(Self { source: Some(Sha256Digest::of(source)), ..object.normalised() })
    }
}

impl TaxRate {
    /// Reads a tax rate.
    ///
    /// # Errors
    ///
    /// As [`Invoice::from_json`].
    pub fn from_json(source: &[u8]) -> Result<Self, ReadError> {
        object::<wire::TaxRate>(source, "tax_rate").map(wire::TaxRate::normalised)
    }
}

/// What has the name of its object.
trait Object: DeserializeOwned {
    fn object(&self) -> Option<&str>;
}

fn object<T: Object>(source: &[u8], expected: &'static str) -> Result<T, ReadError> {
    if source.len() > MAX_SOURCE_BYTES {
        return Err(ReadError::new(ReadErrorCode::TooLarge, ""));
    }
    let object: T = match serde_json::from_slice(source) {
        Ok(object) => object,
        Err(_) => return Err(explained::<T>(source, expected)),
    };
    if object.object() != Some(expected) {
        return Err(ReadError::new(ReadErrorCode::OtherObject, "/object"));
    }
    Ok(object)
}

/// Reads again, slowly, to say where the mistake is.
fn explained<T: Object>(source: &[u8], expected: &str) -> ReadError {
    if let Ok(head) = serde_json::from_slice::<wire::Head>(source)
        && head.object.as_deref() != Some(expected)
    {
        return ReadError::new(ReadErrorCode::OtherObject, "/object");
    }
    let deserializer = &mut serde_json::Deserializer::from_slice(source);
    match serde_path_to_error::deserialize::<_, T>(deserializer) {
        Ok(_) => ReadError::new(ReadErrorCode::NotJson, ""),
        Err(error) => ReadError::of(&error),
    }
}
