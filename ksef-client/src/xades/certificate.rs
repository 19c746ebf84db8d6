//! `Certificate`, what is read from an X.509 certificate.

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ksef_core::{CertificateFingerprint, Timestamp};
use x509_cert::certificate::{CertificateInner, Raw, TbsCertificateInner};
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{
    Any, Decode as _, DecodePem as _, Encode as _, Reader, SliceReader, Tag, Tagged as _,
};
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Time;

use super::text::decimal;
use super::{SignatureFault, SubjectFault, SubjectIdentity};

/// A certificate: whose key it is, from when to when, and who says so.
///
/// Only what a login and a receipt need is read. Whether somebody trustworthy issued it, and
/// whether it was revoked, is not looked at: KSeF does that for logins, and receipts are held
/// against pinned certificates.
///
/// The subject of a person is personal data: `Debug` shows the fingerprint only.
#[derive(Clone)]
pub struct Certificate {
    der: Arc<[u8]>,
    fingerprint: CertificateFingerprint,
    subject: Name,
    issuer: String,
    serial_number: String,
    serial_number_hex: String,
    key_usage: Option<KeyUsage>,
    valid_from: Timestamp,
    valid_to: Timestamp,
    public_key: PublicKey,
}

/// Why bytes are no certificate that can be used.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Neither DER nor PEM with the label `CERTIFICATE`.
    #[error("not an X.509 certificate in DER or PEM")]
    Format,
}

/// What the key of a certificate may be used for (extension `keyUsage`), as far as KSeF looks at it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct KeyUsage {
    /// To log in: KSeF certificates of the type Authentication.
    pub digital_signature: bool,
    /// To sign verification links (KOD II): KSeF certificates of the type Offline.
    pub non_repudiation: bool,
}

/// The kind of a public key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PublicKeyKind {
    /// RSA, with the bits of its modulus.
    Rsa(usize),
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// An elliptic curve below 256 bits.
    ShortCurve,
    /// Anything else.
    Other,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

/// A public key in the form that the cryptography takes.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct PublicKey {
    pub(crate) kind: PublicKeyKind,
    /// `RSAPublicKey` of PKCS#1, or a point.
    pub(crate) bytes: Vec<u8>,
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const P192: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.1");
const P224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.33");

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");
const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

impl Certificate {
    /// Reads a certificate in DER, or the first one of a file in PEM.
    ///
    /// ```
    /// use ksef_client::xades::{Certificate, CertificateError};
    ///
    /// let error = Certificate::new(b"-----BEGIN PRIVATE KEY-----").unwrap_err();
    /// assert_eq!(error, CertificateError::Format);
    /// ```
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn new(bytes: &[u8]) -> Result<Self, CertificateError> {
        let format = CertificateError::Format;
        if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
            let certificate =
                CertificateInner::<Raw>::from_pem(first_pem(bytes)).map_err(|_| format)?;
            let der = certificate.to_der().map_err(|_| format)?;
            return Self::from_der(&der).ok_or(format);
        }
        Self::from_der(bytes).ok_or(format)
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let certificate = CertificateInner::<Raw>::from_der(der).ok()?;
        let tbs = certificate.tbs_certificate();
        Some(Self {
            der: der.into(),
            fingerprint: CertificateFingerprint::of_der(der),
            subject: tbs.subject().clone(),
            issuer: tbs.issuer().to_string(),
            serial_number: decimal(tbs.serial_number().as_bytes()),
            serial_number_hex: hexadecimal(tbs.serial_number().as_bytes()),
            key_usage: key_usage(tbs),
            valid_from: timestamp(&tbs.validity().not_before),
            valid_to: timestamp(&tbs.validity().not_after),
            public_key: PublicKey::new(tbs.subject_public_key_info()),
        })
    }

    /// The exact bytes, in DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The SHA-256 of the bytes, by which KSeF names a certificate.
    #[must_use]
    pub const fn fingerprint(&self) -> CertificateFingerprint {
        self.fingerprint
    }

    /// The serial number that the issuer gave it, in decimal.
    #[must_use]
    pub fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// The serial number as KSeF writes it: upper-case hexadecimal, at least 16 digits.
    #[must_use]
    pub fn serial_number_hex(&self) -> &str {
        &self.serial_number_hex
    }

    /// What the key may be used for, if the certificate says it.
    #[must_use]
    pub const fn key_usage(&self) -> Option<KeyUsage> {
        self.key_usage
    }

    /// The issuer in the form of RFC 4514, as `ds:X509IssuerName` has it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The first instant at which it is valid; the start of [`Timestamp::MIN`] if earlier.
    #[must_use]
    pub const fn valid_from(&self) -> Timestamp {
        self.valid_from
    }

    /// The last instant at which it is valid; [`Timestamp::MAX`] if later.
    #[must_use]
    pub const fn valid_to(&self) -> Timestamp {
        self.valid_to
    }

    /// The kind of key.
    #[must_use]
    pub const fn public_key_kind(&self) -> PublicKeyKind {
        self.public_key.kind
    }

    /// The subject's `commonName`.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.attribute(COMMON_NAME)
    }

    /// The subject's `givenName`, which persons have and seals do not.
    #[must_use]
    pub fn given_name(&self) -> Option<String> {
        self.attribute(GIVEN_NAME)
    }

    /// The subject's `surname`, which persons have and seals do not.
    #[must_use]
    pub fn surname(&self) -> Option<String> {
        self.attribute(SURNAME)
    }

    /// The subject's `serialNumber` (2.5.4.5): `TINPL-` with a NIP or `PNOPL-` with a PESEL.
    #[must_use]
    pub fn subject_serial_number(&self) -> Option<String> {
        self.attribute(SERIAL_NUMBER)
    }

    /// The subject's `organizationIdentifier` (2.5.4.97): `VATPL-` with a NIP, in seals.
    #[must_use]
    pub fn organization_identifier(&self) -> Option<String> {
        self.attribute(ORGANIZATION_IDENTIFIER)
    }

    /// Whom KSeF takes the subject for.
    ///
    /// # Errors
    ///
    /// What KSeF answers with error 21115 and no reason.
    pub fn subject_identity(&self) -> Result<SubjectIdentity, SubjectFault> {
        SubjectIdentity::of(self)
    }

    pub(crate) const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The first value of an attribute of the subject.
    fn attribute(&self, oid: ObjectIdentifier) -> Option<String> {
        self.subject.iter().find(|part| part.oid == oid).and_then(|part| string(&part.value))
    }
}

/// The certificate that was read last: of documents that are verified one after the other most have the
/// same signer, and to read its certificate takes a fifth of the time.
#[derive(Clone, Debug, Default)]
pub(super) struct LastCertificate(Arc<Mutex<Option<Certificate>>>);

impl LastCertificate {
    /// As [`Certificate::new`].
    pub(super) fn read(&self, der: &[u8]) -> Result<Certificate, CertificateError> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_ref().filter(|known| known.as_der() == der) {
            return Ok(known.clone());
        }
        let certificate = Certificate::new(der)?;
        *last = Some(certificate.clone());
        Ok(certificate)
    }
}

/// From the first encapsulation boundary to its end, without what tools write around it.
fn first_pem(bytes: &[u8]) -> &[u8] {
    let end = b"-----END CERTIFICATE-----";
    let length = bytes.windows(end.len()).position(|window| window == end);
    let until = length.map_or(bytes.len(), |length| length + end.len());
    bytes.get(..until).unwrap_or(bytes).trim_ascii()
}

/// Shows the fingerprint only.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl PublicKey {
    fn new(info: &SubjectPublicKeyInfoOwned) -> Self {
        let bytes = info.subject_public_key.raw_bytes().to_vec();
        let kind = if info.algorithm.oid == RSA {
            modulus_bits(&bytes).map_or(PublicKeyKind::Other, PublicKeyKind::Rsa)
        } else if info.algorithm.oid == EC {
            let parameters = info.algorithm.parameters.as_ref();
            curve_kind(parameters.and_then(|parameters| parameters.decode_as().ok()))
        } else {
            PublicKeyKind::Other
        };
        Self { kind, bytes }
    }

    pub(super) const fn curve(&self) -> Option<Curve> {
        match self.kind {
            PublicKeyKind::P256 => Some(Curve::P256),
            PublicKeyKind::P384 => Some(Curve::P384),
            PublicKeyKind::P521 => Some(Curve::P521),
            PublicKeyKind::Rsa(_) | PublicKeyKind::ShortCurve | PublicKeyKind::Other => None,
        }
    }

    /// RSA of at least 2048 bits, or a curve of at least 256.
    pub(super) const fn check_strength(&self) -> Result<(), SignatureFault> {
        match self.kind {
            PublicKeyKind::Rsa(bits) if bits < 2048 => Err(SignatureFault::KeyTooShort),
            PublicKeyKind::ShortCurve => Err(SignatureFault::KeyTooShort),
            PublicKeyKind::Other => Err(SignatureFault::KeyKind),
            PublicKeyKind::Rsa(_)
            | PublicKeyKind::P256
            | PublicKeyKind::P384
            | PublicKeyKind::P521 => Ok(()),
        }
    }
}

impl Curve {
    /// The bytes of one of the two numbers of a signature.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

fn curve_kind(oid: Option<ObjectIdentifier>) -> PublicKeyKind {
    match oid {
        Some(P256) => PublicKeyKind::P256,
        Some(P384) => PublicKeyKind::P384,
        Some(P521) => PublicKeyKind::P521,
        Some(P192 | P224) => PublicKeyKind::ShortCurve,
        Some(_) | None => PublicKeyKind::Other,
    }
}

/// The bits of `modulus` in `RSAPublicKey`.
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let modulus = reader.sequence(|reader| {
        let modulus = UintRef::decode(reader)?;
        UintRef::decode(reader)?;
        Ok::<_, x509_cert::der::Error>(modulus)
    });
    let bytes = modulus.ok()?.as_bytes();
    let leading = bytes.first()?.leading_zeros();
    (bytes.len() * 8).checked_sub(usize::try_from(leading).ok()?)
}

fn key_usage(tbs: &TbsCertificateInner<Raw>) -> Option<KeyUsage> {
    let (_, usage) = tbs.get_extension::<x509_cert::ext::pkix::KeyUsage>().ok()??;
    let (digital_signature, non_repudiation) = (usage.digital_signature(), usage.non_repudiation());
    Some(KeyUsage { digital_signature, non_repudiation })
}

/// Without the zeros that only say that the number is positive, and with those that fill 16 digits.
fn hexadecimal(number: &[u8]) -> String {
    let digits: String = number.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("{:0>16}", digits.trim_start_matches('0'))
}

fn timestamp(time: &Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX / 1000);
    let bound = if seconds > 1_000_000_000 { Timestamp::MAX } else { Timestamp::MIN };
    Timestamp::from_unix_milliseconds(seconds * 1000).unwrap_or(bound)
}

/// The text of any of the string types that certificates use.
fn string(value: &Any) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            core::str::from_utf8(bytes).ok().map(str::to_owned)
        }
        // In practice Latin-1.
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().copied().map(u16::from_be_bytes).collect();
            String::from_utf16(&units).ok().filter(|_| rest.is_empty())
        }
        _ => None,
    }
}
