use std::io::Write as _;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey,
    PrivateDecryptingKey,
};
use ksef_core::{InvoiceXml, Secret, Sha256Digest};
use proptest::prelude::*;

use super::*;

const fn is_send<T: Send>() {}
const _: () = is_send::<EncryptingWriter<Vec<u8>>>();
const _: () = is_send::<DecryptingWriter<Vec<u8>>>();
const _: () = is_send::<EncryptionPublicKey>();

fn invoice(bytes: &[u8]) -> InvoiceXml {
    InvoiceXml::new(bytes).unwrap()
}

fn rsa() -> (PrivateDecryptingKey, Vec<u8>) {
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let spki: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let spki = spki.as_ref().to_vec();
    (key, spki)
}

/// AES-256-CBC of NIST SP 800-38A, F.2.5: its first two blocks, without padding.
#[test]
fn the_cipher_is_the_one_of_the_standard() {
    let key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    let vector = "000102030405060708090a0b0c0d0e0f";
    let plain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    let cipher = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d";
    let stored = [hex(key), hex(vector)].concat();
    let stored = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, stored);
    let key = SessionKey::from_secret(&Secret::new(format!("1.{stored}"))).unwrap();
    let encrypted = key.encrypt(&invoice(&hex(plain))).unwrap();
    assert_eq!(encrypted.encrypted_invoice_content[..32], hex(cipher));
    assert_eq!(encrypted.encrypted_invoice_size, 48);
}

fn hex(text: &str) -> Vec<u8> {
    let digits = |start| u8::from_str_radix(&text[start..start + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}

#[test]
fn sizes_are_those_that_were_published() {
    for (plain, cipher) in
        [(0, 16), (15, 16), (16, 32), (6_480, 6_496), (16_037, 16_048), (22_425_060, 22_425_072)]
    {
        assert_eq!(ciphertext_bytes(plain), cipher);
    }
}

#[test]
fn keys_and_vectors_are_random_and_hidden() {
    let (one, other) = (SessionKey::generate().unwrap(), SessionKey::generate().unwrap());
    assert_ne!(one.initialization_vector(), other.initialization_vector());
    assert_ne!(one.to_secret().expose(), other.to_secret().expose());
    assert_ne!(one.initialization_vector(), &[0; 16]);
    assert_eq!(format!("{one:?}"), "SessionKey { .. }");
    let encrypted = one.encrypt(&invoice(b"Jan Kowalski")).unwrap();
    assert!(!format!("{encrypted:?}").contains("content"));
}

#[test]
fn a_stored_key_is_read_whole_or_not_at_all() {
    let key = SessionKey::generate().unwrap();
    let stored = key.to_secret().expose().clone();
    let again = SessionKey::from_secret(&Secret::new(stored.clone())).unwrap();
    let encrypted = key.encrypt(&invoice(b"abc")).unwrap();
    assert_eq!(again.decrypt(&encrypted.encrypted_invoice_content).unwrap(), b"abc");
    let later = stored.replace("1.", "2.");
    for bad in ["", "1.", "1.AAAA", &stored[..40], &later, &stored[2..], &format!("{stored}AAAA")] {
        let error = SessionKey::from_secret(&Secret::new(bad.to_owned())).unwrap_err();
        assert_eq!(error, EncryptionError::StoredKey, "{bad}");
    }
}

#[test]
fn the_key_is_wrapped_with_sha_256_for_both_hashes() {
    let (private, spki) = rsa();
    let public = EncryptionPublicKey::from_spki(&spki).unwrap();
    assert_eq!(public.public_key_id(), Sha256Digest::of(&spki));
    let key = SessionKey::generate().unwrap();
    let wrapped = key.wrap(&public).unwrap();
    assert_eq!(wrapped.len(), 256);
    let private = OaepPrivateDecryptingKey::new(private).unwrap();
    let mut plain = vec![0; private.min_output_size()];
    let unwrapped = private.decrypt(&OAEP_SHA256_MGF1SHA256, &wrapped, &mut plain, None).unwrap();
    assert_eq!(unwrapped.len(), 32);
    assert!(private.decrypt(&OAEP_SHA1_MGF1SHA1, &wrapped, &mut plain, None).is_err());
    assert_ne!(wrapped, key.wrap(&public).unwrap());
}

#[test]
fn what_is_too_long_or_no_key_is_refused() {
    let (_, spki) = rsa();
    let public = EncryptionPublicKey::from_spki(&spki).unwrap();
    assert!(public.encrypt(&[1; 190]).is_ok());
    assert_eq!(public.encrypt(&[1; 191]), Err(EncryptionError::TooLong));
    let cut = &spki[..spki.len() - 1];
    for bad in [b"".as_slice(), b"-----BEGIN CERTIFICATE-----", cut] {
        assert_eq!(EncryptionPublicKey::from_spki(bad).unwrap_err(), EncryptionError::PublicKey);
        let error = EncryptionPublicKey::from_certificate(bad).unwrap_err();
        assert_eq!(error, EncryptionError::PublicKey);
    }
}

#[cfg(feature = "test-certificates")]
#[test]
fn a_certificate_gives_its_key_and_only_rsa_will_do() {
    use crate::xades::test_certificates::{KeyKind, TestCertificate};

    let at = "2026-11-20T12:00:00Z".parse().unwrap();
    let made = |kind| TestCertificate::nameless().build(kind, at).unwrap();
    let rsa = made(KeyKind::Rsa2048);
    assert!(EncryptionPublicKey::from_certificate(rsa.certificate_der()).is_ok());
    let curve = made(KeyKind::P256);
    let error = EncryptionPublicKey::from_certificate(curve.certificate_der()).unwrap_err();
    assert_eq!(error, EncryptionError::PublicKeyKind);
}

#[test]
fn a_cut_or_foreign_ciphertext_is_refused() {
    let key = SessionKey::generate().unwrap();
    let ciphertext = key.encrypt(&invoice(&[b'a'; 40])).unwrap().encrypted_invoice_content;
    for cut in [0, 1, 15, 17, 47] {
        let cut = &ciphertext[..cut];
        assert_eq!(key.decrypt(cut), Err(EncryptionError::Ciphertext));
        let mut writer = DecryptingWriter::new(&key, Vec::new()).unwrap();
        writer.write_all(cut).unwrap();
        assert!(writer.finish().is_err());
    }
    // A wrong key goes unnoticed once in about 256 times; then it is garbage.
    let other = SessionKey::generate().unwrap();
    assert_ne!(other.decrypt(&ciphertext).ok().as_deref(), Some([b'a'; 40].as_slice()));
}

/// Fails after so many bytes.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let left = self.0.checked_sub(bytes.len());
        self.0 = left.ok_or_else(|| std::io::Error::other("full"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_at_the_write_or_at_the_end() {
    let key = SessionKey::generate().unwrap();
    for room in [0, 16, 99_999] {
        let mut writer = EncryptingWriter::new(&key, Full(room)).unwrap();
        let written = writer.write_all(&[0; 100_000]);
        assert!(written.and_then(|()| writer.finish().map(|_| ())).is_err(), "{room}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_stream_is_the_same_however_it_is_cut(
        bytes in proptest::collection::vec(any::<u8>(), 1..200_000),
        cuts in proptest::collection::vec(1_usize..70_000, 1..8),
    ) {
        let key = SessionKey::generate().unwrap();
        let encrypted = key.encrypt(&invoice(&bytes)).unwrap();
        let mut encrypting = EncryptingWriter::new(&key, Vec::new()).unwrap();
        let mut decrypting = DecryptingWriter::new(&key, Vec::new()).unwrap();
        for (piece, writer) in
            [(&bytes, &mut encrypting as &mut dyn std::io::Write),
             (&encrypted.encrypted_invoice_content, &mut decrypting)]
        {
            let (mut rest, mut sizes) = (piece.as_slice(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                writer.write_all(now).unwrap();
                rest = later;
            }
        }
        let (ciphertext, file) = encrypting.finish().unwrap();
        prop_assert_eq!(&ciphertext, &encrypted.encrypted_invoice_content);
        prop_assert_eq!(file.hash, encrypted.encrypted_invoice_hash);
        prop_assert_eq!(file.hash, Sha256Digest::of(&ciphertext));
        prop_assert_eq!(file.size, encrypted.encrypted_invoice_size);
        prop_assert_eq!(file.size, ciphertext_bytes(file.plain_size));
        prop_assert_eq!(encrypted.invoice_hash, Sha256Digest::of(&bytes));
        prop_assert_eq!(decrypting.finish().unwrap(), bytes);
    }
}
