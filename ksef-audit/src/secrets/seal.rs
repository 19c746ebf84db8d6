//! One sealed message: XChaCha20-Poly1305 under a key of its own, with a commitment to that key.

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::{constant_time, rand};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ksef_core::Secret;
use ksef_core::port::BoxError;

const NONCE_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// What a sealed message is longer than what is in it.
pub(super) const OVERHEAD_BYTES: usize = NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES;

/// Why something was not sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The bytes were changed, were moved from another place, or were sealed by another key.
    #[error("this does not open here: it was changed or moved, or the key is another one")]
    Refused,
    /// The bytes are none that were ever sealed.
    #[error("this is nothing that was sealed by this program")]
    Malformed,
    /// The key with this id is not at hand. Provide it, next to the newer one.
    #[error("the key-encryption key `{0}` is not at hand; provide it beside the current one")]
    UnknownKey(super::KeyId),
    /// This version of the data key is not at hand.
    #[error("version {0} of the data key is not at hand")]
    UnknownVersion(u32),
    /// The current version of a key cannot be put away. Rotate first.
    #[error("version {0} of the data key is the current one; rotate first")]
    CurrentVersion(u32),
    /// The leave to destroy is for the keys of another tenant or environment.
    #[error("the permit is for the keys of another tenant or environment")]
    NotPermitted,
    /// The key material is not of the form that is asked for.
    #[error("key material is one line per key, `id base64-of-32-bytes`, the current one first")]
    KeyMaterial,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random,
    /// Keys cannot be read. Mend the cause and try again.
    #[error("the keys cannot be read; mend the cause and try again")]
    Unavailable {
        /// What happened.
        source: BoxError,
    },
}

/// A new random key.
pub(super) fn random_key() -> Result<Secret<[u8; 32]>, SealError> {
    let mut key = [0; 32];
    rand::fill(&mut key).map_err(|_| SealError::Random)?;
    Ok(Secret::new(key))
}

/// `nonce ‖ commitment ‖ ciphertext ‖ tag`.
pub(super) fn seal(
    key: &Secret<[u8; 32]>,
    context: &[u8],
    message: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE_BYTES];
    rand::fill(&mut nonce).map_err(|_| SealError::Random)?;
    let (message_key, commitment) = derive(key, &nonce)?;
    let cipher = XChaCha20Poly1305::new(message_key.expose().into());
    let payload = Payload { msg: message, aad: context };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Refused)?;
    Ok([nonce.as_slice(), &commitment, &sealed].concat())
}

/// Opens what [`seal`] made with the same key and context.
pub(super) fn open(
    key: &Secret<[u8; 32]>,
    context: &[u8],
    sealed: &[u8],
) -> Result<Secret<Vec<u8>>, SealError> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Malformed)?;
    let (stated, ciphertext) =
        rest.split_first_chunk::<COMMITMENT_BYTES>().ok_or(SealError::Malformed)?;
    let (message_key, commitment) = derive(key, nonce)?;
    let is_ours = constant_time::verify_slices_are_equal(stated, &commitment);
    is_ours.map_err(|_| SealError::Refused)?;
    let cipher = XChaCha20Poly1305::new(message_key.expose().into());
    let payload = Payload { msg: ciphertext, aad: context };
    let opened = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Refused)?;
    Ok(Secret::new(opened))
}

/// The key of one message, and the commitment to it.
fn derive(
    key: &Secret<[u8; 32]>,
    nonce: &[u8; NONCE_BYTES],
) -> Result<(Secret<[u8; 32]>, [u8; COMMITMENT_BYTES]), SealError> {
    let root = Salt::new(HKDF_SHA256, b"ksef-seal/1").extract(key.expose());
    let message_key = expand(&root, &[b"key", nonce])?;
    Ok((Secret::new(message_key), expand(&root, &[b"commitment", nonce])?))
}

fn expand(root: &Prk, info: &[&[u8]]) -> Result<[u8; 32], SealError> {
    let mut output = [0; 32];
    let expanded = root.expand(info, HKDF_SHA256);
    expanded.and_then(|okm| okm.fill(&mut output)).map_err(|_| SealError::Refused)?;
    Ok(output)
}

/// Parts of a context, each after its length, so that no two lists of parts look alike.
pub(super) fn context(parts: &[&[u8]]) -> Vec<u8> {
    let length = |part: &[u8]| u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes();
    parts.iter().flat_map(|part| [&length(part), *part].concat()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_sealed_opens_with_its_key_and_context_only(
            key: [u8; 32],
            other: [u8; 32],
            message: Vec<u8>,
            place in any::<prop::sample::Index>(),
            change in 1..=255_u8,
        ) {
            prop_assume!(key != other);
            let (key, other) = (Secret::new(key), Secret::new(other));
            let sealed = seal(&key, b"context", &message).unwrap();
            prop_assert_eq!(sealed.len(), message.len() + OVERHEAD_BYTES);
            let opened = open(&key, b"context", &sealed).unwrap();
            prop_assert_eq!(opened.expose(), &message);
            prop_assert!(open(&key, b"another", &sealed).is_err());
            prop_assert!(open(&other, b"context", &sealed).is_err());
            let mut changed = sealed.clone();
            let place = place.index(changed.len());
            changed[place] ^= change;
            prop_assert!(open(&key, b"context", &changed).is_err());
            prop_assert!(open(&key, b"context", &sealed[..place]).is_err());
        }

        #[test]
        fn different_parts_are_different_contexts(
            left in prop::collection::vec(prop::collection::vec(0..2_u8, 0..3), 0..4),
            right in prop::collection::vec(prop::collection::vec(0..2_u8, 0..3), 0..4),
        ) {
            let flat = |parts: &[Vec<u8>]| {
                context(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
            };
            prop_assert_eq!(flat(&left) == flat(&right), left == right);
        }
    }
}
