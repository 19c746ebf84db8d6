//! Checking a signature value.

use aws_lc_rs::signature::UnparsedPublicKey;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Encode as _, Reader as _, SliceReader};

use super::certificate::PublicKey;
use super::{SignatureAlgorithm, SignatureFault};

/// Whether `value`, in the form that XML Signature asks for, was made with the key over `message`.
pub(super) fn check(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    value: &[u8],
) -> Result<(), SignatureFault> {
    key.check_strength()?;
    let verified = match (algorithm.rsa(), key.curve()) {
        (Some(parameters), None) => {
            UnparsedPublicKey::new(parameters, &key.bytes).verify(message, value)
        }
        (None, Some(curve)) => {
            let der = der_of_fixed(value, curve.width())?;
            let parameters = algorithm.ecdsa(curve).ok_or(SignatureFault::KeyMismatch)?;
            UnparsedPublicKey::new(parameters, &key.bytes).verify(message, &der)
        }
        (Some(_), Some(_)) | (None, None) => return Err(SignatureFault::KeyMismatch),
    };
    verified.map_err(|_| SignatureFault::SignatureValue)
}

/// `R‖S` as the DER that the cryptography takes for every pair of curve and hash.
fn der_of_fixed(value: &[u8], width: usize) -> Result<Vec<u8>, SignatureFault> {
    if value.len() != 2 * width {
        let fault =
            if is_der(value) { SignatureFault::EcdsaDer } else { SignatureFault::SignatureValue };
        return Err(fault);
    }
    encode(value, width).ok_or(SignatureFault::SignatureValue)
}

fn encode(value: &[u8], width: usize) -> Option<Vec<u8>> {
    let (r, s) = value.split_at_checked(width)?;
    let numbers = [UintRef::new(r).ok()?, UintRef::new(s).ok()?];
    numbers.to_der().ok()
}

/// Whether this is a DER sequence of two numbers.
pub(crate) fn is_der(value: &[u8]) -> bool {
    let numbers = SliceReader::new(value).and_then(|mut reader| {
        reader.sequence(|reader| {
            let numbers: [UintRef<'_>; 2] = [reader.decode()?, reader.decode()?];
            Ok::<_, x509_cert::der::Error>(numbers.len())
        })
    });
    numbers.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_told_from_der() {
        let mut fixed = [0; 64];
        fixed[31] = 1;
        fixed[32] = 0x80;
        let der = der_of_fixed(&fixed, 32).unwrap();
        assert_eq!(&der[..7], [0x30, 0x26, 0x02, 0x01, 0x01, 0x02, 0x21]);
        assert!(is_der(&der));
        assert_eq!(der_of_fixed(&der, 32), Err(SignatureFault::EcdsaDer));
        assert_eq!(der_of_fixed(&fixed[1..], 32), Err(SignatureFault::SignatureValue));
        assert_eq!(der_of_fixed(&[], 32), Err(SignatureFault::SignatureValue));
    }
}
