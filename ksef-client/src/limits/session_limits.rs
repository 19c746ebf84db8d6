//! `SessionLimits`, how many documents a session takes and how large they may be.

use ksef_core::InvoiceXml;

use crate::encryption::byte_count;

/// How many documents a session takes and how large each may be.
///
/// KSeF API, `limity/limity.md`; a context's own values come from `GET /limits/context`, which
/// gives sizes in MB of 1,000,000 bytes. What exceeds them is refused there after it was sent, and
/// here before.
///
/// ```
/// use ksef_client::limits::SessionLimits;
/// use ksef_core::InvoiceXml;
///
/// let limits = SessionLimits::default();
/// assert_eq!(limits.max_invoices, 10_000);
/// assert_eq!(limits.max_invoice_bytes, 1_000_000);
///
/// let large = InvoiceXml::new(vec![b'a'; 1_000_001])?;
/// assert!(limits.check(&large).is_err());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct SessionLimits {
    /// The most invoices of one session.
    pub max_invoices: usize,
    /// The most bytes of an invoice.
    pub max_invoice_bytes: u64,
    /// The most bytes of an invoice with an attachment.
    pub max_invoice_with_attachment_bytes: u64,
}

/// A document is larger than the session takes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[error("the document has {bytes} bytes and KSeF takes {limit}: split it into several invoices")]
#[non_exhaustive]
pub struct DocumentTooLarge {
    /// The bytes that it has.
    pub bytes: u64,
    /// The bytes that it may have.
    pub limit: u64,
}

/// The element that holds an attachment, whatever prefix its name has.
const ATTACHMENT: &[u8] = b"Zalacznik";

impl SessionLimits {
    /// Those of Production, and of the other environments unless a test changes them.
    pub const PRODUCTION: Self = Self {
        max_invoices: 10_000,
        max_invoice_bytes: 1_000_000,
        max_invoice_with_attachment_bytes: 3_000_000,
    };

    /// The same with other values, from `GET /limits/context`.
    #[must_use]
    pub const fn with_values(
        mut self,
        max_invoices: usize,
        max_invoice_bytes: u64,
        max_invoice_with_attachment_bytes: u64,
    ) -> Self {
        self.max_invoices = max_invoices;
        self.max_invoice_bytes = max_invoice_bytes;
        self.max_invoice_with_attachment_bytes = max_invoice_with_attachment_bytes;
        self
    }

    /// Refuses what KSeF is certain to refuse for its size.
    ///
    /// Whether there is an attachment is not known for sure without reading the document; one that
    /// never says `Zalacznik` has none.
    ///
    /// # Errors
    ///
    /// [`DocumentTooLarge`].
    pub fn check(&self, document: &InvoiceXml) -> Result<(), DocumentTooLarge> {
        let bytes = byte_count(document.as_bytes());
        if bytes <= self.max_invoice_bytes {
            return Ok(());
        }
        let mut windows = document.as_bytes().windows(ATTACHMENT.len());
        let limit = if windows.any(|window| window == ATTACHMENT) {
            self.max_invoice_with_attachment_bytes
        } else {
            self.max_invoice_bytes
        };
        if bytes <= limit { Ok(()) } else { Err(DocumentTooLarge { bytes, limit }) }
    }

    /// The most bytes that any document may have.
    #[must_use]
    pub fn max_bytes(&self) -> u64 {
        self.max_invoice_bytes.max(self.max_invoice_with_attachment_bytes)
    }
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self::PRODUCTION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(bytes: usize, attachment: bool) -> InvoiceXml {
        let mut content = if attachment { b"<a:Zalacznik>".to_vec() } else { Vec::new() };
        content.resize(bytes, b' ');
        InvoiceXml::new(content).unwrap()
    }

    #[test]
    fn the_limit_depends_on_whether_there_may_be_an_attachment() {
        let limits = SessionLimits::PRODUCTION.with_values(10, 1_000, 3_000);
        for (bytes, attachment, limit) in [
            (1_000, false, None),
            (1_001, false, Some(1_000)),
            (3_000, true, None),
            (3_001, true, Some(3_000)),
        ] {
            let checked = limits.check(&document(bytes, attachment));
            assert_eq!(checked.err().map(|error| error.limit), limit, "{bytes}");
        }
        assert_eq!(limits.max_bytes(), 3_000);
    }
}
