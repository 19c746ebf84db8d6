//! Verifying KOD II links before they are printed, with the reason.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ksef_core::{
    ContextIdentifier, ContextIdentifierKind, Endpoints, Nip, Sha256Digest, Timestamp,
};

use super::LinkFault;
use super::certificate_link::without_scheme;
use crate::xades::{Certificate, PublicKeyKind};

/// As KSeF reads it: bits of the last character that mean nothing may be set.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Against what a KOD II link is held.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LinkPolicy<'a> {
    /// Where the link has to lead.
    pub endpoints: &'a Endpoints,
    /// The certificate that it has to name.
    pub certificate: &'a Certificate,
    /// When the certificate has to be valid.
    pub at: Timestamp,
    /// The hash of the invoice, if it is at hand.
    pub invoice_hash: Option<Sha256Digest>,
}

/// What a KOD II link says, once its signature holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct VerifiedLink {
    /// In whose name it was issued.
    pub context: ContextIdentifier,
    /// The seller.
    pub seller: Nip,
    /// The SHA-256 of the invoice.
    pub invoice_hash: Sha256Digest,
}

impl<'a> LinkPolicy<'a> {
    /// Links of this environment, signed with this certificate, valid at this time.
    #[must_use]
    pub const fn new(
        endpoints: &'a Endpoints,
        certificate: &'a Certificate,
        at: Timestamp,
    ) -> Self {
        Self { endpoints, certificate, at, invoice_hash: None }
    }

    /// The same for the invoice with this hash.
    #[must_use]
    pub const fn with_invoice_hash(mut self, invoice_hash: Sha256Digest) -> Self {
        self.invoice_hash = Some(invoice_hash);
        self
    }
}

/// Says whether KSeF's page will accept a KOD II link and, if not, why.
///
/// Two things only KSeF knows: whether the certificate was revoked, and whether its owner may
/// issue invoices in the context and for the seller.
///
/// ```
/// # #[cfg(feature = "test-certificates")] {
/// use ksef_client::verification_link::{LinkFault, LinkPolicy, verify};
/// use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
/// use ksef_core::{Endpoints, Environment};
///
/// let at = "2026-11-20T12:00:00Z".parse()?;
/// let seal = TestCertificate::seal("5265877635".parse()?).build(KeyKind::P256, at)?;
/// let (key, endpoints) = (seal.signing_key()?, Endpoints::official(Environment::Test));
/// let policy = LinkPolicy::new(&endpoints, key.certificate(), at);
///
/// let fault = verify("https://qr.ksef.mf.gov.pl/certificate/Nip/5265877635", &policy);
/// assert_eq!(fault, Err(LinkFault::Host));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The first [`LinkFault`] that is found.
pub fn verify(link: &str, policy: &LinkPolicy<'_>) -> Result<VerifiedLink, LinkFault> {
    let (parts, verified) = Parts::read(link, policy.endpoints)?;
    let certificate = policy.certificate;
    check_certificate(certificate)?;
    if parts.serial_number != certificate.serial_number_hex() {
        return Err(LinkFault::SerialNumber);
    }
    if policy.invoice_hash.is_some_and(|hash| hash != verified.invoice_hash) {
        return Err(LinkFault::Hash);
    }
    if policy.at < certificate.valid_from() {
        return Err(LinkFault::CertificateNotYetValid);
    }
    if policy.at > certificate.valid_to() {
        return Err(LinkFault::CertificateExpired);
    }
    check_signature(certificate, parts.signed, &parts.signature)?;
    Ok(verified)
}

struct Parts<'a> {
    /// The link without its signature.
    signed: &'a str,
    serial_number: &'a str,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn read(link: &'a str, endpoints: &Endpoints) -> Result<(Self, VerifiedLink), LinkFault> {
        let rest = link.strip_prefix(endpoints.qr()).ok_or_else(|| {
            if link.starts_with("https://") { LinkFault::Host } else { LinkFault::Scheme }
        })?;
        // `https://host.example` is no prefix of a host that goes on.
        if !rest.is_empty() && !rest.starts_with('/') {
            return Err(LinkFault::Host);
        }
        // A signature in the other Base64 has slashes of its own.
        let parts: Vec<&str> = rest.splitn(8, '/').collect();
        let ["", "certificate", kind, value, seller, serial_number, hash, signature] =
            parts.as_slice()
        else {
            return Err(LinkFault::Parts);
        };
        if signature.ends_with('/') {
            return Err(LinkFault::Parts);
        }
        let context = context(kind, value).ok_or(LinkFault::Context)?;
        let seller = Nip::for_test_environment(seller).map_err(|_| LinkFault::Seller)?;
        if !is_serial_number(serial_number) {
            return Err(LinkFault::SerialNumberFormat);
        }
        let invoice_hash = Sha256Digest::from_base64url(hash).map_err(|_| LinkFault::HashFormat)?;
        let value = BASE64URL.decode(signature).ok().filter(|value| !value.is_empty());
        let value = value.ok_or(LinkFault::SignatureFormat)?;
        let (signed, _) = link.rsplit_once('/').ok_or(LinkFault::SignatureFormat)?;
        let verified = VerifiedLink { context, seller, invoice_hash };
        Ok((Self { signed, serial_number, signature: value }, verified))
    }
}

/// Check digits are for KSeF to judge, which does not look at them everywhere.
fn context(kind: &str, value: &str) -> Option<ContextIdentifier> {
    let kind: ContextIdentifierKind = kind.parse().ok()?;
    ContextIdentifier::for_test_environment(kind, value).ok()
}

fn is_serial_number(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// What KSeF asks of a certificate that signs links, whenever it is.
pub(super) fn check_certificate(certificate: &Certificate) -> Result<(), LinkFault> {
    match certificate.public_key_kind() {
        PublicKeyKind::P256 => {}
        PublicKeyKind::Rsa(bits) if bits >= 2048 => {}
        PublicKeyKind::Rsa(_) => return Err(LinkFault::KeyTooShort),
        PublicKeyKind::P384
        | PublicKeyKind::P521
        | PublicKeyKind::ShortCurve
        | PublicKeyKind::Other => return Err(LinkFault::KeyKind),
    }
    if !certificate.key_usage().is_some_and(|usage| usage.non_repudiation) {
        return Err(LinkFault::CertificateType);
    }
    if !is_serial_number(certificate.serial_number_hex()) {
        return Err(LinkFault::SerialNumberFormat);
    }
    Ok(())
}

/// Whether the value signs the link, and if not, what else it signs.
pub(super) fn check_signature(
    certificate: &Certificate,
    link: &str,
    value: &[u8],
) -> Result<(), LinkFault> {
    let message = without_scheme(link);
    let algorithm = algorithm(certificate, value)?;
    let key = certificate.public_key().bytes.as_slice();
    let signs = |algorithm, message: &[u8]| {
        UnparsedPublicKey::new(algorithm, key).verify(message, value).is_ok()
    };
    if signs(algorithm, message.as_bytes()) {
        return Ok(());
    }
    let is_rsa = matches!(certificate.public_key_kind(), PublicKeyKind::Rsa(_));
    Err(if is_rsa && signs(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes()) {
        LinkFault::Pkcs1
    } else if signs(algorithm, Sha256Digest::of(message.as_bytes()).as_bytes()) {
        LinkFault::DoubleHashed
    } else if signs(algorithm, link.as_bytes()) {
        LinkFault::SignedWithScheme
    } else if signs(algorithm, format!("{message}/").as_bytes()) {
        LinkFault::SignedWithSlash
    } else {
        LinkFault::SignatureValue
    })
}

/// The algorithm that goes with the key and the form of the value.
fn algorithm(
    certificate: &Certificate,
    value: &[u8],
) -> Result<&'static dyn VerificationAlgorithm, LinkFault> {
    const FIXED_BYTES: usize = 64;
    match certificate.public_key_kind() {
        PublicKeyKind::Rsa(bits) if value.len() == bits.div_ceil(8) => {
            Ok(&RSA_PSS_2048_8192_SHA256)
        }
        PublicKeyKind::P256 if value.len() == FIXED_BYTES => Ok(&ECDSA_P256_SHA256_FIXED),
        PublicKeyKind::P256 if crate::xades::is_der(value) => Ok(&ECDSA_P256_SHA256_ASN1),
        PublicKeyKind::Rsa(_) | PublicKeyKind::P256 => Err(LinkFault::SignatureLength),
        PublicKeyKind::P384
        | PublicKeyKind::P521
        | PublicKeyKind::ShortCurve
        | PublicKeyKind::Other => Err(LinkFault::KeyKind),
    }
}
