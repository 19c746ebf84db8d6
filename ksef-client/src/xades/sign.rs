//! Signing: the document, the XAdES properties and `ds:SignedInfo`, all written canonically.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{Sha256Digest, Timestamp};

use super::algorithm::{DSIG, ENVELOPED, EXCLUSIVE, SHA256, SIGNED_PROPERTIES_TYPE, XADES};
use super::text::push_text;
use super::{
    CanonicalXml, CanonicalXmlError, Certificate, SignatureAlgorithm, SignatureFault, Signer,
    SignerError, signature,
};

/// A document that is ready to be signed: [`ToBeSigned::message`] is what the key has to sign.
///
/// This is the way for devices that neither block nor return a future: prepare, sign elsewhere,
/// and complete. The result is an enveloped XAdES-BES signature (baseline B) with the time of
/// signing and the digest of the certificate, and exclusive canonicalization throughout.
#[derive(Clone, Debug)]
pub struct ToBeSigned {
    document: CanonicalXml,
    signed_properties: String,
    signed_info: String,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
}

/// A signed document: the exact bytes to send and to keep.
#[derive(Clone, Eq, PartialEq)]
pub struct SignedXml {
    bytes: Vec<u8>,
}

/// Why a document was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The certificate is not valid any more.
    #[error("the certificate has expired: log in with a new one")]
    CertificateExpired,
    /// The certificate is not valid yet.
    #[error("the certificate is not valid yet: check the clock, or wait")]
    CertificateNotYetValid,
    /// The signer's algorithm, key and value do not fit together.
    #[error("the signer's value cannot be used")]
    Value(#[source] SignatureFault),
    /// The external signer failed.
    #[error("the external signer failed")]
    Signer(#[source] SignerError),
    /// The document cannot be signed.
    #[error("the document cannot be signed")]
    Document(#[source] CanonicalXmlError),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Cryptography,
}

/// Signs a document with a key that may be elsewhere, with this as the time of signing.
///
/// # Errors
///
/// When the certificate is not valid at that time, the signer fails, or what it returns is not a
/// signature by the key of its certificate: for ECDSA in DER, for instance, that is
/// [`SignError::Value`] with [`SignatureFault::EcdsaDer`].
pub async fn sign_with(
    signer: &dyn Signer,
    document: CanonicalXml,
    at: Timestamp,
) -> Result<SignedXml, SignError> {
    let prepared = ToBeSigned::prepare(document, signer.certificate(), signer.algorithm(), at)?;
    let value = signer.sign(prepared.message()).await.map_err(SignError::Signer)?;
    prepared.complete(&value)
}

impl ToBeSigned {
    /// Prepares a document for the key of this certificate.
    ///
    /// # Errors
    ///
    /// When the certificate is not valid at that time.
    pub fn prepare(
        document: CanonicalXml,
        certificate: &Certificate,
        algorithm: SignatureAlgorithm,
        at: Timestamp,
    ) -> Result<Self, SignError> {
        check_validity(certificate, at)?;
        let signed_properties = signed_properties(certificate, at);
        let digest = |text: &str| Sha256Digest::of(text.as_bytes()).to_string();
        let digests = [digest(document.as_str()), digest(&signed_properties)];
        let signed_info = signed_info(algorithm, &digests);
        let certificate = certificate.clone();
        Ok(Self { document, signed_properties, signed_info, certificate, algorithm })
    }

    /// What has to be signed. The signer hashes it.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.signed_info.as_bytes()
    }

    /// Puts the value in: bare for RSA, `R‖S` of fixed width for ECDSA.
    ///
    /// # Errors
    ///
    /// [`SignError::Value`] when it is not a signature by the key of the certificate.
    pub fn complete(self, value: &[u8]) -> Result<SignedXml, SignError> {
        signature::check(self.certificate.public_key(), self.algorithm, self.message(), value)
            .map_err(SignError::Value)?;
        Ok(self.assemble(value))
    }

    /// Puts a value in that needs no check.
    pub(super) fn assemble(&self, value: &[u8]) -> SignedXml {
        let (before, after) = self.document.around_signature();
        let (signed_info, value) = (&self.signed_info, STANDARD.encode(value));
        let signature =
            signature_element(signed_info, &value, &self.certificate, &self.signed_properties);
        SignedXml::new(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{before}{signature}{after}"
        ))
    }
}

impl SignedXml {
    pub(super) fn new(text: String) -> Self {
        Self { bytes: text.into_bytes() }
    }

    /// The exact bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The exact bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The SHA-256 of the bytes, signature included.
    ///
    /// For a login, receipts name it (`SkrotDokumentuUwierzytelniajacego`).
    #[must_use]
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(&self.bytes)
    }
}

/// Shows the length and the digest only.
impl fmt::Debug for SignedXml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedXml({} bytes, SHA-256 {})", self.bytes.len(), self.digest())
    }
}

pub(super) fn check_validity(certificate: &Certificate, at: Timestamp) -> Result<(), SignError> {
    if at > certificate.valid_to() {
        return Err(SignError::CertificateExpired);
    }
    if at < certificate.valid_from() {
        return Err(SignError::CertificateNotYetValid);
    }
    Ok(())
}

/// `ds:Signature`, with the value in Base64.
pub(super) fn signature_element(
    signed_info: &str,
    value: &str,
    certificate: &Certificate,
    signed_properties: &str,
) -> String {
    let certificate = STANDARD.encode(certificate.as_der());
    format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\" Id=\"Signature\">{signed_info}\
         <ds:SignatureValue>{value}</ds:SignatureValue>\
         <ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo>\
         <ds:Object><xades:QualifyingProperties xmlns:xades=\"{XADES}\" Target=\"#Signature\">\
         {signed_properties}</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )
}

/// `xades:SignedProperties` in canonical form: every `ds:` element declares its prefix, because
/// nothing around it in the signed part does.
pub(super) fn signed_properties(certificate: &Certificate, at: Timestamp) -> String {
    let time = at.to_string();
    // Seconds: some validators refuse more than three decimals.
    let time = time.get(..19).unwrap_or(&time);
    let digest = Sha256Digest::of(certificate.as_der());
    let serial_number = certificate.serial_number();
    let mut issuer = String::new();
    push_text(&mut issuer, certificate.issuer());
    format!(
        "<xades:SignedProperties xmlns:xades=\"{XADES}\" Id=\"SignedProperties\">\
         <xades:SignedSignatureProperties><xades:SigningTime>{time}Z</xades:SigningTime>\
         <xades:SigningCertificate><xades:Cert><xades:CertDigest>\
         <ds:DigestMethod xmlns:ds=\"{DSIG}\" Algorithm=\"{SHA256}\"></ds:DigestMethod>\
         <ds:DigestValue xmlns:ds=\"{DSIG}\">{digest}</ds:DigestValue></xades:CertDigest>\
         <xades:IssuerSerial><ds:X509IssuerName xmlns:ds=\"{DSIG}\">{issuer}</ds:X509IssuerName>\
         <ds:X509SerialNumber xmlns:ds=\"{DSIG}\">{serial_number}</ds:X509SerialNumber>\
         </xades:IssuerSerial></xades:Cert></xades:SigningCertificate>\
         </xades:SignedSignatureProperties><xades:SignedDataObjectProperties>\
         <xades:DataObjectFormat ObjectReference=\"#DocumentReference\">\
         <xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>\
         </xades:SignedDataObjectProperties></xades:SignedProperties>"
    )
}

/// `ds:SignedInfo` in canonical form, with the digests of the document and of the properties.
pub(super) fn signed_info(
    algorithm: SignatureAlgorithm,
    [document, properties]: &[String; 2],
) -> String {
    let method = algorithm.uri();
    format!(
        "<ds:SignedInfo xmlns:ds=\"{DSIG}\">\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{method}\"></ds:SignatureMethod>\
         <ds:Reference Id=\"DocumentReference\" URI=\"\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{ENVELOPED}\"></ds:Transform>\
         <ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod>\
         <ds:DigestValue>{document}</ds:DigestValue></ds:Reference>\
         <ds:Reference Type=\"{SIGNED_PROPERTIES_TYPE}\" URI=\"#SignedProperties\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod>\
         <ds:DigestValue>{properties}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
}
