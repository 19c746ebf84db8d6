//! Writing the KSeF number and the verification link back.

use ksef_core::{KsefNumber, Sha256Digest};

use super::json::RawObject;
use super::stripe::check_id;
use super::{FetchError, Stripe};

/// What is written to an invoice or a credit note once KSeF has accepted it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct WriteBack {
    /// The number that KSeF gave.
    pub ksef_number: KsefNumber,
    /// The address under which anybody can verify the document.
    pub verification_link: String,
}

impl WriteBack {
    /// A number with its verification link.
    pub fn new(ksef_number: KsefNumber, verification_link: impl Into<String>) -> Self {
        Self { ksef_number, verification_link: verification_link.into() }
    }

    /// The text after what stands there, or `None` where the number stands there already.
    fn appended(&self, text: &str) -> Option<String> {
        let number = self.ksef_number.to_string();
        let line = format!("KSeF: {number}\n{}", self.verification_link);
        match text {
            _ if text.contains(&number) => None,
            "" => Some(line),
            _ => Some(format!("{text}\n{line}")),
        }
    }
}

impl Stripe {
    /// Writes to the `metadata` and the `footer` of an invoice. Custom fields cannot be changed
    /// once it is finalized. Where the number stands already, nothing is written.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written.
    pub async fn write_back_to_invoice(
        &self,
        id: &str,
        what: &WriteBack,
    ) -> Result<(), FetchError> {
        self.write_back("/v1/invoices", id, "footer", what).await
    }

    /// Writes to the `metadata` and the `memo` of a credit note.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written.
    pub async fn write_back_to_credit_note(
        &self,
        id: &str,
        what: &WriteBack,
    ) -> Result<(), FetchError> {
        self.write_back("/v1/credit_notes", id, "memo", what).await
    }

    async fn write_back(
        &self,
        kind: &str,
        id: &str,
        field: &str,
        what: &WriteBack,
    ) -> Result<(), FetchError> {
        check_id(id)?;
        let path = format!("{kind}/{id}");
        // Read just before, so that what somebody else has written meanwhile is kept.
        let object = RawObject::read(&self.read(&path, &[]).await?)?;
        let Some(text) = what.appended(&object.text(field).unwrap_or_default()) else {
            return Ok(());
        };
        let number = what.ksef_number.to_string();
        let form = [
            ("metadata[ksef_number]", number.as_str()),
            ("metadata[ksef_verification_link]", what.verification_link.as_str()),
            (field, text.as_str()),
        ];
        // Other contents are another request: Stripe refuses one key for two of them.
        let digest = Sha256Digest::of(text.as_bytes()).to_hex();
        self.write(&path, &form, Some(&format!("ksef-{id}-{digest}"))).await?;
        Ok(())
    }
}
