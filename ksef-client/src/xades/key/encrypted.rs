//! Encrypted PKCS#8 (PBES2), opened with the one provider of cryptography.

use core::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::pbkdf2;
use ksef_core::Secret;
use pkcs5::EncryptionScheme;
use pkcs5::pbes2::{EncryptionScheme as Cipher, Kdf, Pbkdf2Params, Pbkdf2Prf};
use x509_cert::der::asn1::{AnyRef, OctetStringRef};
use x509_cert::der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use zeroize::Zeroizing;

use super::KeyError;

/// More rounds than this are an attack on whoever opens the file, not on its password.
const MOST_ROUNDS: u32 = 10_000_000;

/// Whether this is `EncryptedPrivateKeyInfo`, whatever it is encrypted with.
pub(super) fn is_encrypted(der: &[u8]) -> bool {
    parts(der).is_some()
}

/// Whether this is `PrivateKeyInfo`, for whatever algorithm: a version, then a sequence.
pub(super) fn is_private_key_info(der: &[u8]) -> bool {
    let Ok(outer) = AnyRef::from_der(der) else { return false };
    let Ok(mut reader) = SliceReader::new(outer.value()) else { return false };
    let version = u8::decode(&mut reader);
    version.is_ok()
        && AnyRef::decode(&mut reader).is_ok_and(|algorithm| algorithm.tag() == Tag::Sequence)
}

/// `PrivateKeyInfo` out of `EncryptedPrivateKeyInfo`.
pub(super) fn decrypt(
    der: &[u8],
    password: &Secret<String>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let unsupported = KeyError::UnsupportedEncryption;
    let (scheme, ciphertext) = parts(der).ok_or(unsupported)?;
    let Ok(EncryptionScheme::Pbes2(parameters)) = scheme.decode_as::<EncryptionScheme>() else {
        return Err(unsupported);
    };
    let Kdf::Pbkdf2(kdf) = &parameters.kdf else {
        return Err(unsupported);
    };
    let (algorithm, iv) = match parameters.encryption {
        Cipher::Aes128Cbc { iv } => (&AES_128, iv),
        Cipher::Aes192Cbc { iv } => (&AES_192, iv),
        Cipher::Aes256Cbc { iv } => (&AES_256, iv),
        _ => return Err(unsupported),
    };
    let mut key = Zeroizing::new(vec![0; parameters.encryption.key_size()]);
    derive(kdf, password, &mut key)?;
    let key = UnboundCipherKey::new(algorithm, &key).map_err(|_| unsupported)?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).map_err(|_| unsupported)?;
    let mut buffer = Zeroizing::new(ciphertext);
    let plain = key.decrypt(&mut buffer, DecryptionContext::Iv128(iv.into()));
    plain.map(|plain| Zeroizing::new(plain.to_vec())).map_err(|_| KeyError::WrongPassword)
}

fn derive(kdf: &Pbkdf2Params, password: &Secret<String>, key: &mut [u8]) -> Result<(), KeyError> {
    let algorithm = match kdf.prf {
        Pbkdf2Prf::HmacWithSha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Pbkdf2Prf::HmacWithSha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Pbkdf2Prf::HmacWithSha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Pbkdf2Prf::HmacWithSha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return Err(KeyError::UnsupportedEncryption),
    };
    let rounds = NonZeroU32::new(kdf.iteration_count).filter(|rounds| rounds.get() <= MOST_ROUNDS);
    let rounds = rounds.ok_or(KeyError::UnsupportedEncryption)?;
    pbkdf2::derive(algorithm, rounds, kdf.salt.as_ref(), password.expose().as_bytes(), key);
    Ok(())
}

/// The algorithm and the ciphertext of `EncryptedPrivateKeyInfo`.
fn parts(der: &[u8]) -> Option<(AnyRef<'_>, Vec<u8>)> {
    let mut reader = SliceReader::new(der).ok()?;
    let parts = reader.sequence(|reader| {
        let scheme: AnyRef<'_> = reader.decode()?;
        let ciphertext: &OctetStringRef = reader.decode()?;
        Ok::<_, x509_cert::der::Error>((scheme, ciphertext.as_bytes().to_vec()))
    });
    parts.ok().filter(|(scheme, _)| scheme.tag() == Tag::Sequence)
}
