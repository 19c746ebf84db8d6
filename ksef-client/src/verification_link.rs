//! Verification links: what the QR codes on an invoice lead to (KSeF API, `kody-qr.md`).
//!
//! Every invoice that leaves KSeF as a picture carries KOD I, an [`InvoiceLink`], by which anyone
//! sees that KSeF has it. One that is handed over before it was sent carries KOD II too, a
//! [`CertificateLink`], which its issuer signs with a KSeF certificate of the type Offline.
//!
//! ```
//! use ksef_client::verification_link::InvoiceLink;
//! use ksef_core::{Endpoints, Environment, Sha256Digest};
//!
//! let link = InvoiceLink::new(
//!     &Endpoints::official(Environment::Test),
//!     "5265877635".parse()?,
//!     "2026-02-01".parse()?,
//!     Sha256Digest::of(b"<Faktura/>"),
//! );
//! assert!(link.as_str().starts_with(
//!     "https://qr-test.ksef.mf.gov.pl/invoice/5265877635/01-02-2026/",
//! ));
//! // Below the code stands the KSeF number, or for as long as there is none:
//! assert_eq!(InvoiceLink::label(None), "OFFLINE");
//! # Ok::<(), ksef_core::ParseError>(())
//! ```

#[cfg(feature = "xades")]
mod certificate_link;
#[cfg(feature = "xades")]
mod fault;
#[cfg(feature = "qr")]
mod image;
#[cfg(test)]
#[cfg(feature = "test-certificates")]
mod tests;
#[cfg(feature = "xades")]
mod verify;

use core::fmt;

use ksef_core::{Endpoints, InvoiceDate, KsefNumber, Nip, Sha256Digest};

#[cfg(feature = "xades")]
pub use certificate_link::{CertificateLink, LinkError, UnsignedCertificateLink};
#[cfg(feature = "xades")]
pub use fault::LinkFault;
#[cfg(feature = "qr")]
#[cfg_attr(docsrs, doc(cfg(feature = "qr")))]
pub use image::{QrError, QrImage};
#[cfg(feature = "xades")]
pub use verify::{LinkPolicy, VerifiedLink, verify};

/// KOD I: the link by which anyone sees that KSeF has an invoice.
///
/// Seller, date of issue (`P_1`) and hash are in it, so it is known before the invoice is sent.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct InvoiceLink(String);

impl InvoiceLink {
    /// The link of the invoice with these bytes' hash.
    #[must_use]
    pub fn new(
        endpoints: &Endpoints,
        seller: Nip,
        issue_date: InvoiceDate,
        invoice_hash: Sha256Digest,
    ) -> Self {
        let (day, month, year) = (issue_date.day(), issue_date.month(), issue_date.year());
        let (qr, hash) = (endpoints.qr(), invoice_hash.to_base64url());
        Self(format!("{qr}/invoice/{seller}/{day:02}-{month:02}-{year:04}/{hash}"))
    }

    /// The link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands below the code: the KSeF number or, as long as there is none, `OFFLINE`.
    #[must_use]
    pub fn label(ksef_number: Option<&KsefNumber>) -> String {
        ksef_number.map_or_else(|| "OFFLINE".to_owned(), ToString::to_string)
    }
}

impl fmt::Display for InvoiceLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
