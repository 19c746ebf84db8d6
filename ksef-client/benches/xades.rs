//! Signing and verifying, beside the bare signatures of the cryptographic library, which no signer
//! can outdo.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up ends")]

use std::hint::black_box;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use criterion::{Criterion, criterion_group, criterion_main};
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate, TestIdentity};
use ksef_client::xades::{AuthTokenRequest, Policy, SubjectIdentifierType, verify};
use ksef_core::Timestamp;

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

fn request() -> AuthTokenRequest {
    AuthTokenRequest::new(
        "20261120-CR-461EA5B000-537A6BA15D-D7".parse().expect("a challenge"),
        "Nip/5265877635".parse().expect("a context"),
        SubjectIdentifierType::CertificateSubject,
    )
    .expect("a request")
}

fn identity(kind: KeyKind) -> TestIdentity {
    let seal = TestCertificate::seal("5265877635".parse().expect("a NIP"));
    seal.build(kind, now()).expect("a certificate")
}

fn bare(c: &mut Criterion) {
    let (message, random) = ([0x5a; 1200], SystemRandom::new());
    let rsa = RsaKeyPair::from_pkcs8(identity(KeyKind::Rsa2048).key_der().expose()).expect("a key");
    let mut value = vec![0; rsa.public_modulus_len()];
    c.bench_function("bare RSA-2048 signature", |b| {
        b.iter(|| rsa.sign(&RSA_PKCS1_SHA256, &random, black_box(&message), &mut value));
    });
    let key = identity(KeyKind::P256);
    let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.key_der().expose());
    let ec = ec.expect("a key");
    c.bench_function("bare P-256 signature", |b| b.iter(|| ec.sign(&random, black_box(&message))));
}

fn logins(c: &mut Criterion) {
    let request = request();
    for (kind, name) in [(KeyKind::Rsa2048, "RSA-2048"), (KeyKind::P256, "P-256")] {
        let key = identity(kind).signing_key().expect("a key");
        c.bench_function(&format!("sign a login, {name}"), |b| {
            b.iter(|| {
                key.sign(black_box(&request).to_canonical_xml(), now()).expect("it is signed")
            });
        });
        let signed = key.sign(request.to_canonical_xml(), now()).expect("it is signed");
        c.bench_function(&format!("verify a login, {name}"), |b| {
            b.iter(|| verify(black_box(signed.as_bytes()), &Policy::default()).expect("it holds"));
        });
    }
}

criterion_group!(benches, bare, logins);
criterion_main!(benches);
