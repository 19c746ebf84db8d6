//! `CertificateLink`, KOD II.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ksef_core::{ContextIdentifier, Endpoints, Nip, Sha256Digest};

use super::LinkFault;
use super::verify::{check_certificate, check_signature};
use crate::xades::{Certificate, SignError, SigningKey};

/// KOD II: the link by which anyone sees who issued an invoice that KSeF does not have yet.
///
/// It belongs on invoices issued offline (offline24, unavailability, failure) and on no others.
///
/// ```
/// # #[cfg(feature = "test-certificates")] {
/// use ksef_client::verification_link::UnsignedCertificateLink;
/// use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
/// use ksef_core::{Endpoints, Environment, Sha256Digest};
///
/// let nip = "5265877635".parse()?;
/// let certificate = TestCertificate::seal(nip).serial_number(0x01F2_0A5D_352A_E590).offline();
/// let key = certificate.build(KeyKind::P256, "2026-11-20T12:00:00Z".parse()?)?.signing_key()?;
///
/// let link = UnsignedCertificateLink::new(
///     &Endpoints::official(Environment::Test),
///     "Nip/5265877635".parse()?,
///     nip,
///     key.certificate(),
///     Sha256Digest::of(b"<Faktura/>"),
/// )?;
/// let link = link.sign(&key)?;
/// assert!(link.as_str().contains("/certificate/Nip/5265877635/5265877635/01F20A5D352AE590/"));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CertificateLink(String);

/// KOD II before it is signed.
///
/// [`sign`](Self::sign) does it with a key in memory. For a key on a device, have
/// [`message`](Self::message) signed and give the value to [`assemble`](Self::assemble).
#[derive(Clone, Debug)]
pub struct UnsignedCertificateLink {
    /// Without the signature and the slash before it.
    link: String,
    certificate: Certificate,
}

/// Why a link was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// KSeF would refuse it.
    #[error("KSeF would refuse the link")]
    Refused(#[source] LinkFault),
    /// The key did not sign.
    #[error("the key did not sign")]
    Sign(#[from] SignError),
}

impl UnsignedCertificateLink {
    /// The link for an invoice of this seller, issued in this context by the certificate's owner.
    ///
    /// # Errors
    ///
    /// When KSeF takes no links of this certificate: its type, its key or its serial number.
    pub fn new(
        endpoints: &Endpoints,
        context: ContextIdentifier,
        seller: Nip,
        certificate: &Certificate,
        invoice_hash: Sha256Digest,
    ) -> Result<Self, LinkError> {
        check_certificate(certificate).map_err(LinkError::Refused)?;
        let (qr, serial_number) = (endpoints.qr(), certificate.serial_number_hex());
        let hash = invoice_hash.to_base64url();
        let link = format!("{qr}/certificate/{context}/{seller}/{serial_number}/{hash}");
        Ok(Self { link, certificate: certificate.clone() })
    }

    /// What is signed: the link without its scheme. It is hashed once, by the signature itself.
    ///
    /// RSA keys sign with PSS: SHA-256, MGF1 with SHA-256, a salt of 32 bytes. Keys on P-256 sign
    /// with SHA-256.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        without_scheme(&self.link).as_bytes()
    }

    /// Signs with a key in memory: RSA with PSS, P-256 with a value that is `R‖S`.
    ///
    /// # Errors
    ///
    /// When the key is not that of the certificate, or does not sign.
    pub fn sign(self, key: &SigningKey) -> Result<CertificateLink, LinkError> {
        let value = key.sign_link(self.message())?;
        self.assemble(&value)
    }

    /// Completes the link with a value that was made elsewhere; one of ECDSA may be `R‖S`, which
    /// KSeF recommends, or DER.
    ///
    /// # Errors
    ///
    /// When KSeF would refuse the value, and why.
    pub fn assemble(self, value: &[u8]) -> Result<CertificateLink, LinkError> {
        check_signature(&self.certificate, &self.link, value).map_err(LinkError::Refused)?;
        Ok(CertificateLink(format!("{}/{}", self.link, URL_SAFE_NO_PAD.encode(value))))
    }
}

/// The link without `https://`, or `http://` for a sandbox.
pub(super) fn without_scheme(link: &str) -> &str {
    link.split_once("://").map_or(link, |(_, rest)| rest)
}

impl CertificateLink {
    /// What stands below the code.
    pub const LABEL: &'static str = "CERTYFIKAT";

    /// The link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CertificateLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
