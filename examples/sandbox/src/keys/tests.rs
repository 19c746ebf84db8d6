use std::sync::OnceLock;

use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PublicEncryptingKey};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn parts() -> &'static KeyParts {
    static PARTS: OnceLock<KeyParts> = OnceLock::new();
    PARTS.get_or_init(|| KeyParts::generate("2026-11-20T12:00:00Z".parse().unwrap()).unwrap())
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys::from_parts(parts()).unwrap())
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
    let json = serde_json::to_string(parts()).unwrap();
    let kept = Keys::from_parts(&serde_json::from_str(&json).unwrap()).unwrap();
    let ciphertext = encrypt(KeyUsage::SymmetricKeyEncryption, &[7; 32]);
    assert_eq!(kept.decrypt(KeyUsage::SymmetricKeyEncryption, &ciphertext).unwrap(), [7; 32]);
}

#[test]
fn kept_keys_that_were_mixed_up_or_cut_are_damaged() {
    let whole = serde_json::to_value(parts()).unwrap();
    let mut mixed_up = whole.clone();
    mixed_up["upo"]["certificate"] = whole["token_encryption"]["certificate"].clone();
    let mut crossed = whole.clone();
    crossed["token_encryption"]["key"] = whole["symmetric_key_encryption"]["key"].clone();
    let mut cut = whole.clone();
    cut["jwt"] = "?".into();
    for parts in [mixed_up, crossed, cut] {
        let kept = Keys::from_parts(&serde_json::from_value(parts).unwrap());
        assert!(matches!(kept, Err(KeysError::Damaged(_))));
    }
}

#[test]
fn the_certificates_have_the_names_and_the_validity_that_clients_look_for() {
    let usages = [KeyUsage::KsefTokenEncryption, KeyUsage::SymmetricKeyEncryption];
    for (made, usage) in keys().certificates().into_iter().zip(usages) {
        let der = STANDARD.decode(&made.certificate).unwrap();
        assert_eq!(made.certificate_id, Sha256Digest::of(&der).to_string());
        assert_eq!(made.public_key_id.len(), 44);
        assert!(keys().knows(usage, &made.public_key_id));
        assert_eq!(made.usage, [usage]);
        assert_eq!(made.valid_from, "2026-11-19T12:00:00Z".parse().unwrap());
        assert_eq!(made.valid_to, "2028-11-19T12:00:00Z".parse().unwrap());
    }
    let [token, symmetric] = keys().certificates();
    assert!(!keys().knows(KeyUsage::SymmetricKeyEncryption, &token.public_key_id));
    assert_ne!(token.certificate_id, symmetric.certificate_id);
}

#[test]
fn the_list_of_certificates_has_the_shape_of_the_contract() {
    let json = serde_json::to_value(keys().certificates()[0]).unwrap();
    let names: Vec<&String> = json.as_object().unwrap().keys().collect();
    let expected = ["certificate", "certificateId", "publicKeyId", "usage", "validFrom", "validTo"];
    assert_eq!(names, expected);
    assert_eq!(json["usage"], serde_json::json!(["KsefTokenEncryption"]));
}

#[test]
fn no_key_is_shown() {
    let kept_parts = serde_json::to_value(parts()).unwrap();
    let shown = format!("{:?} {:?}", keys(), parts());
    for kept in ["token_encryption", "symmetric_key_encryption", "upo"] {
        assert!(!shown.contains(kept_parts[kept]["key"].as_str().unwrap()));
    }
    for secret in ["jwt", "links"] {
        assert!(!shown.contains(kept_parts[secret].as_str().unwrap()));
    }
    let key = SessionKey::new(&[7; 32], &[9; 16]).unwrap();
    assert!(!format!("{key:?}").contains('7'));
}

#[test]
fn the_padding_is_that_of_the_published_examples() {
    let key = SessionKey::new(&[1; 32], &[2; 16]).unwrap();
    for (plain, encrypted) in [(6480, 6496), (16037, 16048), (22_425_060, 22_425_072)] {
        assert_eq!(key.encrypt(&vec![0; plain]).unwrap().len(), encrypted);
    }
}

/// NIST SP 800-38A, F.2.5, whose vector has no padding: its blocks come first.
#[test]
fn the_cipher_is_that_of_the_standard() {
    let hex = |text: &str| -> Vec<u8> {
        let digits = |start| u8::from_str_radix(&text[start..start + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digits).collect()
    };
    let key = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    let key = SessionKey::new(&key, &hex("000102030405060708090a0b0c0d0e0f")).unwrap();
    let plain = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    let ciphertext = key.encrypt(&plain).unwrap();
    let expected = hex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
    assert_eq!(ciphertext[..32], expected);
    assert_eq!(ciphertext.len(), 48);
    assert_eq!(key.decrypt(&ciphertext).unwrap(), plain);
}

#[test]
fn a_wrong_padding_is_refused() {
    let key = SessionKey::new(&[1; 32], &[2; 16]).unwrap();
    let ciphertext = key.encrypt(&[0; 16]).unwrap();
    // Without the block of padding the text ends in zeros, which are no padding.
    assert_eq!(key.decrypt(&ciphertext[..16]), Err(SessionKeyFault::Ciphertext));
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

    #[test]
    fn what_is_no_ciphertext_of_whole_blocks_is_refused(
        bytes in vec(any::<u8>(), 0..200).prop_filter("whole blocks", |bytes| {
            bytes.is_empty() || bytes.len() % 16 != 0
        }),
    ) {
        let key = SessionKey::new(&[1; 32], &[2; 16]).unwrap();
        prop_assert_eq!(key.decrypt(&bytes), Err(SessionKeyFault::Ciphertext));
    }

    #[test]
    fn what_was_not_encrypted_to_a_key_is_refused(bytes in vec(any::<u8>(), 0..300)) {
        let plain = keys().decrypt(KeyUsage::SymmetricKeyEncryption, &bytes);
        prop_assert_eq!(plain, Err(NotForThisKey));
    }
}
