//! `CertificateRequest`, what KSeF makes a certificate from (PKCS#10).

use core::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ksef_core::Secret;
use serde::{Deserialize, Serialize};
use x509_cert::attr::{AttributeTypeAndValue, AttributeValue, Attributes};
use x509_cert::der::asn1::{BitString, Null, ObjectIdentifier, PrintableString, SetOfVec};
use x509_cert::der::pem::{self, LineEnding};
use x509_cert::der::{Any, Decode as _, Encode as _};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::request::{CertReq, CertReqInfo, Version};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

const RSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const COUNTRY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");
const UNIQUE_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.45");
const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

/// Whose certificate it will be: the answer of `GET /certificates/enrollments/data` (OpenAPI,
/// `CertificateEnrollmentDataResponse`), which serde reads.
///
/// KSeF takes a request only if its subject is this and nothing else, to the letter: a login
/// certificate with `NIP-…` comes back as `TINPL-…`. It is personal data: `Debug` hides it.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EnrollmentData {
    /// The name of the person or company.
    pub common_name: String,
    /// The country, two letters of ISO 3166.
    pub country_name: String,
    /// The given name of a person.
    #[serde(default)]
    pub given_name: Option<String>,
    /// The surname of a person.
    #[serde(default)]
    pub surname: Option<String>,
    /// The number of a person.
    #[serde(default)]
    pub serial_number: Option<String>,
    /// What tells persons of one name apart.
    #[serde(default)]
    pub unique_identifier: Option<String>,
    /// The name of a company.
    #[serde(default)]
    pub organization_name: Option<String>,
    /// The number of a company.
    #[serde(default)]
    pub organization_identifier: Option<String>,
}

/// The key of a certificate that is asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two kinds that KSeF takes")]
pub enum RequestKeyKind {
    /// RSA of 2048 bits, neither more nor less.
    Rsa2048,
    /// The curve NIST P-256. Its signatures are shorter, and so are verification links.
    P256,
}

/// A request for a certificate, signed by the key that it is for.
///
/// The key is made here. It is nowhere else, so keep it before the request is sent: KSeF counts
/// requests, and a certificate without its key is lost.
///
/// ```
/// use ksef_client::certificates::{CertificateRequest, EnrollmentData, RequestKeyKind};
///
/// let data: EnrollmentData = serde_json::from_str(
///     r#"{"commonName": "Firma", "countryName": "PL", "organizationIdentifier": "VATPL-5265877635"}"#,
/// )?;
/// let request = CertificateRequest::generate(&data, RequestKeyKind::P256)?;
/// assert!(request.key_pem().expose().starts_with("-----BEGIN PRIVATE KEY-----"));
///
/// // After a crash, with the key that was kept:
/// let again = CertificateRequest::for_key(&data, request.key_der())?;
/// assert!(!again.as_der().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CertificateRequest {
    der: Vec<u8>,
    key: Secret<Vec<u8>>,
}

/// Why no request was made.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CsrError {
    /// An attribute of the subject cannot be in a certificate.
    #[error("the data of the subject cannot be in a certificate: fetch them again from KSeF")]
    Subject,
    /// The key is neither RSA of 2048 bits nor P-256.
    #[error("KSeF takes RSA of 2048 bits or P-256 here: give such a key, PKCS#8 in DER")]
    Key,
    /// The cryptographic library failed, which its documentation gives no reason for.
    #[error("the cryptographic library failed: try again")]
    Cryptography,
}

impl EnrollmentData {
    /// Those of the attributes that are there, in the order of the contract.
    fn attributes(&self) -> impl Iterator<Item = (ObjectIdentifier, &str)> {
        let required = [(COMMON_NAME, &self.common_name), (COUNTRY_NAME, &self.country_name)];
        let optional = [
            (GIVEN_NAME, &self.given_name),
            (SURNAME, &self.surname),
            (SERIAL_NUMBER, &self.serial_number),
            (UNIQUE_IDENTIFIER, &self.unique_identifier),
            (ORGANIZATION_NAME, &self.organization_name),
            (ORGANIZATION_IDENTIFIER, &self.organization_identifier),
        ];
        let optional = optional.into_iter().filter_map(|(oid, text)| Some((oid, text.as_deref()?)));
        required.into_iter().map(|(oid, text)| (oid, text.as_str())).chain(optional)
    }

    fn name(&self) -> Result<Name, CsrError> {
        let mut names = RdnSequence::default();
        for (oid, text) in self.attributes() {
            let value = attribute_value(oid, text)?;
            let mut name = RelativeDistinguishedName::default();
            let attribute = AttributeTypeAndValue { oid, value };
            name.insert(attribute).map_err(|_| CsrError::Subject)?;
            names.push(name);
        }
        Ok(Name::hazmat_from_rdn_sequence(names))
    }
}

/// Country and number are `PrintableString` in X.520, all else may be UTF-8.
fn attribute_value(oid: ObjectIdentifier, text: &str) -> Result<AttributeValue, CsrError> {
    let is_printable = oid == COUNTRY_NAME || oid == SERIAL_NUMBER;
    let value = if text.is_empty() {
        return Err(CsrError::Subject);
    } else if is_printable {
        PrintableString::new(text).and_then(|text| Any::encode_from(&text))
    } else {
        Any::encode_from(&text.to_owned())
    };
    value.map_err(|_| CsrError::Subject)
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl Pair {
    fn read(pkcs8: &[u8]) -> Result<Self, CsrError> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8) {
            let is_allowed = pair.public_modulus_len() == KeySize::Rsa2048.len();
            return if is_allowed { Ok(Self::Rsa(pair)) } else { Err(CsrError::Key) };
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8);
        pair.map(Self::P256).map_err(|_| CsrError::Key)
    }

    /// `SubjectPublicKeyInfo` in DER.
    fn public_key(&self) -> Result<PublicKeyX509Der<'static>, CsrError> {
        let der = match self {
            Self::Rsa(pair) => pair.public_key().as_der(),
            Self::P256(pair) => pair.public_key().as_der(),
        };
        der.map_err(|_| CsrError::Cryptography)
    }

    fn algorithm(&self) -> AlgorithmIdentifierOwned {
        match self {
            Self::Rsa(_) => {
                AlgorithmIdentifierOwned { oid: RSA_WITH_SHA256, parameters: Some(Null.into()) }
            }
            Self::P256(_) => AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None },
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CsrError> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut value = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut value);
                signed.map_err(|_| CsrError::Cryptography)?;
                Ok(value)
            }
            Self::P256(pair) => {
                let value = pair.sign(&random, message).map_err(|_| CsrError::Cryptography)?;
                Ok(value.as_ref().to_vec())
            }
        }
    }
}

/// A new key, PKCS#8 in DER.
fn generate(kind: RequestKeyKind) -> Result<Secret<Vec<u8>>, CsrError> {
    let key = match kind {
        RequestKeyKind::Rsa2048 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048);
            let der: Result<Pkcs8V1Der<'_>, _> = pair.and_then(|pair| pair.as_der());
            der.map(|der| der.as_ref().to_vec())
        }
        RequestKeyKind::P256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
            let der = pair.and_then(|pair| pair.to_pkcs8v1());
            der.map(|der| der.as_ref().to_vec())
        }
    };
    key.map(Secret::new).map_err(|_| CsrError::Cryptography)
}

impl CertificateRequest {
    /// A request for this subject, with a new key.
    ///
    /// # Errors
    ///
    /// [`CsrError::Subject`] or [`CsrError::Cryptography`].
    pub fn generate(data: &EnrollmentData, kind: RequestKeyKind) -> Result<Self, CsrError> {
        Self::for_key(data, &generate(kind)?)
    }

    /// A request for this subject, with a key that is there already: PKCS#8 in DER.
    ///
    /// # Errors
    ///
    /// Every variant of [`CsrError`].
    pub fn for_key(data: &EnrollmentData, key: &Secret<Vec<u8>>) -> Result<Self, CsrError> {
        let pair = Pair::read(key.expose())?;
        let public_key = SubjectPublicKeyInfoOwned::from_der(pair.public_key()?.as_ref());
        let info = CertReqInfo {
            version: Version::V1,
            subject: data.name()?,
            public_key: public_key.map_err(|_| CsrError::Cryptography)?,
            attributes: Attributes::from(SetOfVec::new()),
        };
        let message = info.to_der().map_err(|_| CsrError::Subject)?;
        let signature = BitString::from_bytes(&pair.sign(&message)?);
        let signature = signature.map_err(|_| CsrError::Cryptography)?;
        let request = CertReq { info, algorithm: pair.algorithm(), signature };
        let der = request.to_der().map_err(|_| CsrError::Subject)?;
        Ok(Self { der, key: key.clone_secret() })
    }

    /// The request in DER: in Base64, the field `csr` of `POST /certificates/enrollments`.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The private key, PKCS#8 in DER.
    #[must_use]
    pub const fn key_der(&self) -> &Secret<Vec<u8>> {
        &self.key
    }

    /// The private key, PKCS#8 in PEM.
    #[must_use]
    pub fn key_pem(&self) -> Secret<String> {
        // The label is fine, and so nothing can go wrong.
        let pem = pem::encode_string("PRIVATE KEY", LineEnding::LF, self.key.expose());
        Secret::new(pem.unwrap_or_default())
    }
}

/// Shows neither the key nor the subject.
impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateRequest").finish_non_exhaustive()
    }
}

/// Shows which attributes there are, and none of them.
impl fmt::Debug for EnrollmentData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes = self.attributes().map(|(oid, _)| oid.to_string());
        f.debug_list().entries(attributes).finish()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    use super::*;

    fn person() -> EnrollmentData {
        serde_json::from_value(serde_json::json!({
            "commonName": "Zażółć Gęślą",
            "countryName": "PL",
            "givenName": "Zażółć",
            "surname": "Gęślą",
            "serialNumber": "TINPL-5265877635",
            "uniqueIdentifier": "d9995941-0f4c-4b67-9b7b-3e7a4dc7c9a3",
            "organizationName": null,
        }))
        .unwrap()
    }

    #[test]
    fn a_request_holds_by_its_own_key() {
        for (kind, algorithm) in [
            (RequestKeyKind::Rsa2048, &RSA_PKCS1_2048_8192_SHA256 as &dyn VerificationAlgorithm),
            (RequestKeyKind::P256, &ECDSA_P256_SHA256_ASN1),
        ] {
            let request = CertificateRequest::generate(&person(), kind).unwrap();
            let read = CertReq::from_der(request.as_der()).unwrap();
            let key = read.info.public_key.subject_public_key.raw_bytes();
            let key = UnparsedPublicKey::new(algorithm, key);
            let message = read.info.to_der().unwrap();
            key.verify(&message, read.signature.raw_bytes()).unwrap();
            assert_eq!(read.info.subject.len(), 6);
        }
    }

    #[test]
    fn the_subject_is_the_data_in_the_order_of_the_contract() {
        let name = person().name().unwrap();
        let oids: Vec<_> = name.iter().map(|attribute| attribute.oid.to_string()).collect();
        assert_eq!(oids, ["2.5.4.3", "2.5.4.6", "2.5.4.42", "2.5.4.4", "2.5.4.5", "2.5.4.45"]);
        let common_name = name.iter().next().unwrap();
        assert_eq!(common_name.value.value(), "Zażółć Gęślą".as_bytes());
    }

    #[test]
    fn what_cannot_be_in_a_certificate_is_refused() {
        let bad = |change: fn(&mut EnrollmentData)| {
            let mut data = person();
            change(&mut data);
            CertificateRequest::generate(&data, RequestKeyKind::P256).unwrap_err()
        };
        assert_eq!(bad(|data| data.common_name.clear()), CsrError::Subject);
        assert_eq!(bad(|data| data.country_name = "Łódź".to_owned()), CsrError::Subject);
        let no_key = Secret::new(b"no key".to_vec());
        let refused = CertificateRequest::for_key(&person(), &no_key);
        assert_eq!(refused.unwrap_err(), CsrError::Key);
    }

    #[test]
    fn neither_the_key_nor_the_person_is_shown() {
        let request = CertificateRequest::generate(&person(), RequestKeyKind::P256).unwrap();
        assert_eq!(format!("{request:?}"), "CertificateRequest { .. }");
        assert!(!format!("{:?}", person()).contains("Zażółć"));
    }
}
