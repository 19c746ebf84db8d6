//! The short list of algorithms, and their names in XML.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
};

use super::SignatureFault;
use super::certificate::Curve;

pub(super) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
pub(super) const SIGNED_PROPERTIES_TYPE: &str = "http://uri.etsi.org/01903#SignedProperties";
pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(super) const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
pub(super) const XPATH_FILTER: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A signature algorithm that is written and accepted here.
///
/// KSeF takes more (`auth/podpis-xades.md`), SHA-1 among them, and has refused RSA-PSS although
/// its documents list it. These are the ones that are sound and that nobody was seen to refuse.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaSha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaSha512,
    /// ECDSA with SHA-256.
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
    /// ECDSA with SHA-512.
    EcdsaSha512,
}

impl SignatureAlgorithm {
    const ALL: [Self; 6] = [
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
    ];

    /// The name in `ds:SignatureMethod`.
    ///
    /// ```
    /// use ksef_client::xades::SignatureAlgorithm;
    ///
    /// let name = SignatureAlgorithm::EcdsaSha256.uri();
    /// assert_eq!(name, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256");
    /// ```
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::EcdsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        }
    }

    /// Whether the value is a pair `R‖S` on an elliptic curve.
    #[must_use]
    pub const fn is_ecdsa(self) -> bool {
        matches!(self, Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512)
    }

    pub(super) fn from_uri(uri: &str) -> Result<Self, SignatureFault> {
        if uri.ends_with("sha1") {
            return Err(SignatureFault::Sha1);
        }
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.uri() == uri);
        found.ok_or(SignatureFault::SignatureAlgorithm)
    }

    pub(super) const fn rsa(self) -> Option<&'static RsaParameters> {
        match self {
            Self::RsaSha256 => Some(&RSA_PKCS1_2048_8192_SHA256),
            Self::RsaSha384 => Some(&RSA_PKCS1_2048_8192_SHA384),
            Self::RsaSha512 => Some(&RSA_PKCS1_2048_8192_SHA512),
            Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => None,
        }
    }

    pub(super) const fn ecdsa(self, curve: Curve) -> Option<&'static EcdsaVerificationAlgorithm> {
        Some(match (self, curve) {
            (Self::EcdsaSha256, Curve::P256) => &ECDSA_P256_SHA256_ASN1,
            (Self::EcdsaSha384, Curve::P256) => &ECDSA_P256_SHA384_ASN1,
            (Self::EcdsaSha512, Curve::P256) => &ECDSA_P256_SHA512_ASN1,
            (Self::EcdsaSha256, Curve::P384) => &ECDSA_P384_SHA256_ASN1,
            (Self::EcdsaSha384, Curve::P384) => &ECDSA_P384_SHA384_ASN1,
            (Self::EcdsaSha512, Curve::P384) => &ECDSA_P384_SHA512_ASN1,
            (Self::EcdsaSha256, Curve::P521) => &ECDSA_P521_SHA256_ASN1,
            (Self::EcdsaSha384, Curve::P521) => &ECDSA_P521_SHA384_ASN1,
            (Self::EcdsaSha512, Curve::P521) => &ECDSA_P521_SHA512_ASN1,
            (Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512, _) => return None,
        })
    }
}

/// A digest algorithm of a `ds:Reference`.
#[derive(Clone, Copy)]
pub(super) struct DigestAlgorithm(&'static digest::Algorithm);

impl DigestAlgorithm {
    pub(super) fn from_uri(uri: &str) -> Result<Self, SignatureFault> {
        Ok(Self(match uri {
            SHA256 => &digest::SHA256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => &digest::SHA384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => &digest::SHA512,
            "http://www.w3.org/2000/09/xmldsig#sha1" => return Err(SignatureFault::Sha1),
            _ => return Err(SignatureFault::DigestAlgorithm),
        }))
    }

    pub(super) fn matches(self, bytes: &[u8], expected: &[u8]) -> bool {
        digest::digest(self.0, bytes).as_ref() == expected
    }
}
