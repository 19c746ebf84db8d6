//! `CertificateFingerprint`, which names whoever holds a certificate without a NIP or PESEL.

use core::fmt;
use core::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::ParseError;
use crate::text::{InlineText, debug_as_text, identifier_traits};

/// The SHA-256 of a certificate in DER: 64 upper-case hexadecimal digits.
///
/// KSeF grants permissions to it where the certificate carries neither a NIP nor a PESEL (KSeF
/// OpenAPI, the identifier type `Fingerprint`; no pattern is given, the published examples are in
/// upper case).
///
/// ```
/// use ksef_core::{CertificateFingerprint, ParseErrorReason};
///
/// let fingerprint = CertificateFingerprint::of_der(b"the bytes of a certificate");
/// assert_eq!(fingerprint.as_str().parse(), Ok(fingerprint));
///
/// let error = fingerprint.as_str().to_lowercase().parse::<CertificateFingerprint>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Character);
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CertificateFingerprint(InlineText<64>);

impl CertificateFingerprint {
    const EXPECTED: &'static str = "certificate fingerprint";

    /// The fingerprint of a certificate, given in DER and not in PEM.
    #[must_use]
    pub fn of_der(certificate: &[u8]) -> Self {
        let digest = Sha256::digest(certificate);
        Self(InlineText::from_format(format_args!("{}", UpperHex(&digest))))
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

struct UpperHex<'a>(&'a [u8]);

impl fmt::Display for UpperHex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl FromStr for CertificateFingerprint {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
        InlineText::parse::<64>(text, Self::EXPECTED, is_allowed).map(Self)
    }
}

identifier_traits!(CertificateFingerprint);
debug_as_text!(CertificateFingerprint);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for CertificateFingerprint {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        <[u8; 32]>::arbitrary().prop_map(|certificate| Self::of_der(&certificate)).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParseErrorReason;
    use crate::test_support::{assert_refuses_bad_text, reason};

    const OF_ABC: &str = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<CertificateFingerprint>(OF_ABC);
        assert_eq!(reason::<CertificateFingerprint>(&OF_ABC[1..]), ParseErrorReason::Length);
        let with_g = OF_ABC.replace('E', "G");
        assert_eq!(reason::<CertificateFingerprint>(&with_g), ParseErrorReason::Character);
    }

    #[test]
    fn it_is_the_sha_256_of_the_bytes() {
        // The example of FIPS 180-4.
        assert_eq!(CertificateFingerprint::of_der(b"abc").as_str(), OF_ABC);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<CertificateFingerprint>(OF_ABC, &OF_ABC[1..]);
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(fingerprint: CertificateFingerprint) {
            crate::test_support::assert_reads_itself_back(&fingerprint);
        }
    }
}
