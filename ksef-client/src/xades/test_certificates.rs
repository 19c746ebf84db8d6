//! Self-signed certificates like those of KSeF, made when they are needed. For tests and the
//! sandbox: KSeF's TEST environment takes such certificates too, DEMO and Production do not.

use core::fmt;
use core::time::Duration;

use ksef_core::{Nip, Pesel, Secret, Timestamp};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_RSA_SHA256, RsaKeySize, SerialNumber,
};
use x509_cert::der::pem::{self, LineEnding};

use super::{KeyError, SigningKey};

/// What a test certificate says.
///
/// ```
/// use ksef_client::xades::SubjectIdentity;
/// use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
///
/// let made = TestCertificate::seal("5265877635".parse()?)
///     .organization("Zażółć, <Syn> & \"Wnuk\"")
///     .build(KeyKind::P256, "2026-11-20T12:00:00Z".parse()?)?;
/// let key = made.signing_key()?;
/// let subject = key.certificate().subject_identity()?;
/// assert_eq!(subject, SubjectIdentity::Seal("5265877635".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TestCertificate {
    attributes: Vec<(&'static [u64], String)>,
    valid_for: Duration,
    serial_number: Option<u64>,
    key_usages: Vec<KeyUsagePurpose>,
}

/// The key of a test certificate.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two kinds that KSeF takes")]
pub enum KeyKind {
    /// RSA of 2048 bits.
    Rsa2048,
    /// The curve NIST P-256.
    P256,
}

/// A test certificate with its private key.
pub struct TestIdentity {
    certificate: Vec<u8>,
    key: Secret<Vec<u8>>,
}

/// Why a test certificate was not made.
#[derive(Debug, thiserror::Error)]
#[error("the test certificate was not made")]
pub struct TestCertificateError(#[source] rcgen::Error);

const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
const SURNAME: &[u64] = &[2, 5, 4, 4];
const SERIAL_NUMBER: &[u64] = &[2, 5, 4, 5];
const COUNTRY: &[u64] = &[2, 5, 4, 6];
const ORGANIZATION: &[u64] = &[2, 5, 4, 10];
const GIVEN_NAME: &[u64] = &[2, 5, 4, 42];
const ORGANIZATION_IDENTIFIER: &[u64] = &[2, 5, 4, 97];

impl TestCertificate {
    /// The certificates of KSeF are good for two years.
    const VALID_FOR: Duration = Duration::from_secs(2 * 365 * 24 * 60 * 60);

    /// The seal of a company: `organizationIdentifier` with `VATPL-`.
    #[must_use]
    pub fn seal(nip: Nip) -> Self {
        Self::new(ORGANIZATION_IDENTIFIER, format!("VATPL-{nip}")).organization("Test")
    }

    /// A person, by NIP: `serialNumber` with `TINPL-`.
    #[must_use]
    pub fn person_with_nip(nip: Nip, given_name: &str, surname: &str) -> Self {
        Self::new(SERIAL_NUMBER, format!("TINPL-{nip}")).names(given_name, surname)
    }

    /// A person, by PESEL: `serialNumber` with `PNOPL-`.
    #[must_use]
    pub fn person_with_pesel(pesel: Pesel, given_name: &str, surname: &str) -> Self {
        Self::new(SERIAL_NUMBER, format!("PNOPL-{pesel}")).names(given_name, surname)
    }

    /// A subject that names nobody, for logins by fingerprint and for refusals.
    #[must_use]
    pub fn nameless() -> Self {
        Self::new(COMMON_NAME, "Test".to_owned())
    }

    fn new(oid: &'static [u64], value: String) -> Self {
        let attributes = vec![(COUNTRY, "PL".to_owned()), (oid, value)];
        let key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        Self { attributes, valid_for: Self::VALID_FOR, serial_number: None, key_usages }
    }

    /// The same with names of a person, also where they do not belong.
    #[must_use]
    pub fn names(mut self, given_name: &str, surname: &str) -> Self {
        self.attributes.push((GIVEN_NAME, given_name.to_owned()));
        self.attributes.push((SURNAME, surname.to_owned()));
        self.common_name(&format!("{given_name} {surname}"))
    }

    /// The same with the name of a company, in `organizationName` and `commonName`.
    #[must_use]
    pub fn organization(mut self, name: &str) -> Self {
        self.attributes.retain(|(oid, _)| *oid != ORGANIZATION);
        self.attributes.push((ORGANIZATION, name.to_owned()));
        self.common_name(name)
    }

    /// The same with another validity, from the time at which it is made.
    #[must_use]
    pub const fn valid_for(mut self, duration: Duration) -> Self {
        self.valid_for = duration;
        self
    }

    /// The same with a serial number like those of KSeF, which are 16 hexadecimal digits.
    #[must_use]
    pub const fn serial_number(mut self, number: u64) -> Self {
        self.serial_number = Some(number);
        self
    }

    /// The same as KSeF's type Authentication: to log in, and not to sign verification links.
    #[must_use]
    pub fn authentication(mut self) -> Self {
        self.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        self
    }

    /// The same as KSeF's type Offline: to sign verification links, and not to log in.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.key_usages = vec![KeyUsagePurpose::ContentCommitment];
        self
    }

    fn common_name(mut self, name: &str) -> Self {
        self.attributes.retain(|(oid, _)| *oid != COMMON_NAME);
        self.attributes.push((COMMON_NAME, name.to_owned()));
        self
    }

    /// Makes the key and the certificate, which is valid from a day before `at` on.
    ///
    /// # Errors
    ///
    /// When a time is out of bounds or the cryptographic library fails.
    pub fn build(
        &self,
        kind: KeyKind,
        at: Timestamp,
    ) -> Result<TestIdentity, TestCertificateError> {
        let pair = match kind {
            KeyKind::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
            KeyKind::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        };
        let pair = pair.map_err(TestCertificateError)?;
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        for (oid, value) in &self.attributes {
            parameters.distinguished_name.push(DnType::from_oid(oid), value.as_str());
        }
        parameters.key_usages.clone_from(&self.key_usages);
        parameters.serial_number = self.serial_number.map(SerialNumber::from);
        let day = Duration::from_secs(24 * 60 * 60);
        let from = at.checked_sub(day).unwrap_or(Timestamp::MIN);
        let to = at.checked_add(self.valid_for).unwrap_or(Timestamp::MAX);
        parameters.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(from);
        parameters.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(to);
        let certificate = parameters.self_signed(&pair).map_err(TestCertificateError)?;
        let key = Secret::new(pair.serialize_der());
        Ok(TestIdentity { certificate: certificate.der().to_vec(), key })
    }
}

impl TestIdentity {
    /// The certificate in DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// The private key, PKCS#8 in DER.
    #[must_use]
    pub const fn key_der(&self) -> &Secret<Vec<u8>> {
        &self.key
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        to_pem("CERTIFICATE", &self.certificate)
    }

    /// The private key, PKCS#8 in PEM.
    #[must_use]
    pub fn key_pem(&self) -> Secret<String> {
        Secret::new(to_pem("PRIVATE KEY", self.key.expose()))
    }

    /// Both, ready to sign.
    ///
    /// # Errors
    ///
    /// Never for what was made here.
    pub fn signing_key(&self) -> Result<SigningKey, KeyError> {
        SigningKey::new(&self.certificate, self.key.expose())
    }
}

/// Shows neither the key nor the subject.
impl fmt::Debug for TestIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIdentity").finish_non_exhaustive()
    }
}

/// Shows no names and numbers.
impl fmt::Debug for TestCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestCertificate")
            .field("valid_for", &self.valid_for)
            .finish_non_exhaustive()
    }
}

fn since_1970(at: Timestamp) -> Duration {
    Duration::from_millis(at.as_unix_milliseconds().unsigned_abs())
}

fn to_pem(label: &str, der: &[u8]) -> String {
    // The labels above are fine, and so nothing can go wrong.
    pem::encode_string(label, LineEnding::LF, der).unwrap_or_default()
}
