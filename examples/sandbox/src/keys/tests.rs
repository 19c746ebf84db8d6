use std::sync::OnceLock;

use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PublicEncryptingKey};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys::generate("2026-11-20T12:00:00Z".parse().unwrap()).unwrap())
}

fn encrypt(usage: KeyUsage, plain: &[u8]) -> Vec<u8> {
    let certificate = STANDARD.decode(&keys().of(usage).certificate.certificate).unwrap();
    let key = PublicEncryptingKey::from_der(&public_key(&certificate).unwrap()).unwrap();
    let key = OaepPublicEncryptingKey::new(key).unwrap();
    let mut ciphertext = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, plain, &mut ciphertext, None).unwrap();
    ciphertext
}

#[test]
fn what_is_encrypted_to_a_usage_is_decrypted_by_that_usage_alone() {
    let ciphertext = encrypt(KeyUsage::KsefTokenEncryption, b"token|1");
    assert_eq!(keys().decrypt(KeyUsage::KsefTokenEncryption, &ciphertext).unwrap(), b"token|1");
    let other = keys().decrypt(KeyUsage::SymmetricKeyEncryption, &ciphertext);
    assert_eq!(other, Err(NotForThisKey));
}

#[test]
fn kept_keys_are_the_same_keys() {
    let json = serde_json::to_string(keys().parts()).unwrap();
    let kept = Keys::from_parts(serde_json::from_str(&json).unwrap()).unwrap();
    let ciphertext = encrypt(KeyUsage::SymmetricKeyEncryption, &[7; 32]);
    assert_eq!(kept.decrypt(KeyUsage::SymmetricKeyEncryption, &ciphertext).unwrap(), [7; 32]);
}

#[test]
fn no_key_is_shown() {
    let parts = serde_json::to_value(keys().parts()).unwrap();
    let secret = parts["jwt"].as_str().unwrap();
    assert!(!format!("{:?} {:?}", keys(), keys().parts()).contains(secret));
}

#[test]
fn the_padding_is_that_of_the_published_examples() {
    let key = SessionKey::new(&[1; 32], &[2; 16]).unwrap();
    for (plain, encrypted) in [(6480, 6496), (16037, 16048), (22_425_060, 22_425_072)] {
        assert_eq!(key.encrypt(&vec![0; plain]).unwrap().len(), encrypted);
    }
}

#[test]
fn keys_and_vectors_of_other_lengths_are_refused() {
    assert_eq!(SessionKey::new(&[1; 31], &[2; 16]), Err(SessionKeyFault::KeyLength));
    let vector = SessionKey::new(&[1; 32], &[2; 15]);
    assert_eq!(vector, Err(SessionKeyFault::InitializationVectorLength));
}

proptest! {
    #[test]
    fn what_is_encrypted_is_decrypted_and_what_is_cut_is_refused(
        plain in vec(any::<u8>(), 0..200), key in any::<[u8; 32]>(), vector in any::<[u8; 16]>(),
    ) {
        let key = SessionKey::new(&key, &vector).unwrap();
        let ciphertext = key.encrypt(&plain).unwrap();
        prop_assert_eq!(key.decrypt(&ciphertext).unwrap(), plain);
        let cut = ciphertext.len() - 1;
        prop_assert!(key.decrypt(&ciphertext[..cut]).is_err());
    }
}
