use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RSA_PSS_SHA512,
    RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ksef_core::{Endpoints, Environment, Sha256Digest, Timestamp};

use super::*;
use crate::xades::SigningKey;
use crate::xades::test_certificates::{KeyKind, TestCertificate, TestIdentity};

const INVOICE: &[u8] = b"<Faktura/>";

fn at() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn test() -> Endpoints {
    Endpoints::official(Environment::Test)
}

fn certificate() -> TestCertificate {
    TestCertificate::seal("5265877635".parse().unwrap()).serial_number(0x01F2_0A5D_352A_E590)
}

fn identity(kind: KeyKind) -> TestIdentity {
    certificate().offline().build(kind, at()).unwrap()
}

fn unsigned(key: &SigningKey) -> UnsignedCertificateLink {
    let context = "Nip/5265877635".parse().unwrap();
    let seller = "5265877635".parse().unwrap();
    let hash = Sha256Digest::of(INVOICE);
    UnsignedCertificateLink::new(&test(), context, seller, key.certificate(), hash).unwrap()
}

fn check(link: &str, key: &SigningKey) -> Result<VerifiedLink, LinkFault> {
    let endpoints = test();
    let policy = LinkPolicy::new(&endpoints, key.certificate(), at());
    verify(link, &policy.with_invoice_hash(Sha256Digest::of(INVOICE)))
}

fn refused(result: Result<CertificateLink, LinkError>) -> LinkFault {
    match result {
        Err(LinkError::Refused(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

fn rsa_value(
    identity: &TestIdentity,
    padding: &'static dyn RsaEncoding,
    message: &[u8],
) -> Vec<u8> {
    let pair = RsaKeyPair::from_pkcs8(identity.key_der().expose()).unwrap();
    let mut value = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &SystemRandom::new(), message, &mut value).unwrap();
    value
}

/// The example of the Ministry's documents.
#[test]
fn the_link_of_an_invoice_is_the_published_one() {
    let hash = Sha256Digest::from_base64url("UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE").unwrap();
    let nip = Nip::for_test_environment("1111111111").unwrap();
    let link = InvoiceLink::new(&test(), nip, "2026-02-01".parse().unwrap(), hash);
    assert_eq!(
        link.to_string(),
        "https://qr-test.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/\
         UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE"
    );
}

#[test]
fn what_is_signed_is_the_published_text() {
    let key = identity(KeyKind::P256).signing_key().unwrap();
    let hash = Sha256Digest::of(INVOICE).to_base64url();
    let path = "qr-test.ksef.mf.gov.pl/certificate/Nip/5265877635/5265877635/01F20A5D352AE590";
    assert_eq!(unsigned(&key).message(), format!("{path}/{hash}").as_bytes());
}

#[test]
fn labels_are_those_of_the_documents() {
    let number = "5265877635-20250826-0100001AF629-AF".parse().unwrap();
    assert_eq!(InvoiceLink::label(Some(&number)), "5265877635-20250826-0100001AF629-AF");
    assert_eq!(InvoiceLink::label(None), "OFFLINE");
    assert_eq!(CertificateLink::LABEL, "CERTYFIKAT");
}

#[test]
fn links_of_both_kinds_of_keys_hold() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        let key = identity(kind).signing_key().unwrap();
        let link = unsigned(&key).sign(&key).unwrap();
        let verified = check(link.as_str(), &key).unwrap();
        assert_eq!(verified.invoice_hash, Sha256Digest::of(INVOICE));
        assert_eq!(verified.context.to_string(), "Nip/5265877635");
        assert!(!link.as_str().contains(['=', '+']));
    }
}

#[test]
fn an_ecdsa_value_may_be_der() {
    let identity = identity(KeyKind::P256);
    let key = identity.signing_key().unwrap();
    let der = identity.key_der().expose();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der).unwrap();
    let link = unsigned(&key);
    let value = pair.sign(&SystemRandom::new(), link.message()).unwrap();
    let link = link.assemble(value.as_ref()).unwrap();
    assert!(check(link.as_str(), &key).is_ok());
}

#[test]
fn every_usual_mistake_of_rsa_has_its_reason() {
    let identity = identity(KeyKind::Rsa2048);
    let key = identity.signing_key().unwrap();
    let link = unsigned(&key);
    let text = String::from_utf8(link.message().to_vec()).unwrap();
    let pss = |message: &[u8]| rsa_value(&identity, &RSA_PSS_SHA256, message);
    for (value, fault) in [
        (rsa_value(&identity, &RSA_PKCS1_SHA256, text.as_bytes()), LinkFault::Pkcs1),
        (pss(Sha256Digest::of(text.as_bytes()).as_bytes()), LinkFault::DoubleHashed),
        (pss(format!("https://{text}").as_bytes()), LinkFault::SignedWithScheme),
        (pss(format!("{text}/").as_bytes()), LinkFault::SignedWithSlash),
        (pss(b"something else"), LinkFault::SignatureValue),
        (rsa_value(&identity, &RSA_PSS_SHA512, text.as_bytes()), LinkFault::SignatureValue),
        (vec![1; 255], LinkFault::SignatureLength),
    ] {
        assert_eq!(refused(link.clone().assemble(&value)), fault);
    }
    let other = self::identity(KeyKind::Rsa2048).signing_key().unwrap();
    assert_eq!(refused(link.sign(&other)), LinkFault::SignatureValue);
}

#[test]
fn every_usual_mistake_of_ecdsa_has_its_reason() {
    let key = identity(KeyKind::P256).signing_key().unwrap();
    let link = unsigned(&key);
    let hash = Sha256Digest::of(link.message());
    let value = key.sign_link(hash.as_bytes()).unwrap();
    assert_eq!(refused(link.clone().assemble(&value)), LinkFault::DoubleHashed);
    for length in [0, 1, 63, 65] {
        let fault = refused(link.clone().assemble(&vec![1; length]));
        assert_eq!(fault, LinkFault::SignatureLength, "{length}");
    }
}

#[test]
fn a_certificate_of_another_type_signs_no_links() {
    for (certificate, fault) in [
        (certificate().authentication(), LinkFault::CertificateType),
        (
            TestCertificate::seal("5265877635".parse().unwrap()).offline(),
            LinkFault::SerialNumberFormat,
        ),
    ] {
        let key = certificate.build(KeyKind::P256, at()).unwrap().signing_key().unwrap();
        let context = "Nip/5265877635".parse().unwrap();
        let seller = "5265877635".parse().unwrap();
        let hash = Sha256Digest::of(INVOICE);
        let made = UnsignedCertificateLink::new(&test(), context, seller, key.certificate(), hash);
        assert!(matches!(made, Err(LinkError::Refused(found)) if found == fault), "{fault:?}");
    }
}

#[test]
fn every_part_of_a_link_has_its_reason() {
    let key = identity(KeyKind::P256).signing_key().unwrap();
    let link = unsigned(&key).sign(&key).unwrap().to_string();
    let (head, signature) = link.rsplit_once('/').unwrap();
    let hash = Sha256Digest::of(INVOICE).to_base64url();
    let padded = STANDARD.encode(URL_SAFE_NO_PAD.decode(signature).unwrap());
    let other_hash = Sha256Digest::of(b"other").to_base64url();
    for (changed, fault) in [
        (link.replace("https://", ""), LinkFault::Scheme),
        (link.replace("https://", "http://"), LinkFault::Scheme),
        (link.replace("qr-test", "qr"), LinkFault::Host),
        (link.replace("gov.pl/", "gov.pl.example/"), LinkFault::Host),
        (link.replace("/certificate/", "/invoice/"), LinkFault::Parts),
        (format!("{link}/"), LinkFault::Parts),
        (head.to_owned(), LinkFault::Parts),
        (link.replace("/Nip/", "/nip/"), LinkFault::Context),
        (link.replace("/5265877635/01F2", "/526587763/01F2"), LinkFault::Seller),
        (link.replace("01F20A5D352AE590", "01f20a5d352ae590"), LinkFault::SerialNumberFormat),
        (link.replace("01F20A5D352AE590", "01F20A5D352AE591"), LinkFault::SerialNumber),
        (link.replace(&hash, &format!("{hash}=")), LinkFault::HashFormat),
        (link.replace(&hash, &other_hash), LinkFault::Hash),
        (format!("{head}/{padded}"), LinkFault::SignatureFormat),
        (format!("{head}/"), LinkFault::SignatureFormat),
        (link.replace("/5265877635/01F2", "/1111111111/01F2"), LinkFault::SignatureValue),
    ] {
        assert_eq!(check(&changed, &key), Err(fault), "{changed}");
    }
}

#[test]
fn the_certificate_has_to_be_valid() {
    let key = identity(KeyKind::P256).signing_key().unwrap();
    let link = unsigned(&key).sign(&key).unwrap();
    let endpoints = test();
    let check_at = |at: &str| {
        verify(link.as_str(), &LinkPolicy::new(&endpoints, key.certificate(), at.parse().unwrap()))
    };
    assert_eq!(check_at("2026-11-19T11:59:59Z"), Err(LinkFault::CertificateNotYetValid));
    assert!(check_at("2026-11-20T12:00:00Z").is_ok());
    assert_eq!(check_at("2028-11-21T12:00:00Z"), Err(LinkFault::CertificateExpired));
}

#[test]
fn a_sandbox_has_its_own_links() {
    let endpoints = Endpoints::custom(Environment::Test, "http://127.0.0.1:8090/v2").unwrap();
    let key = identity(KeyKind::P256).signing_key().unwrap();
    let context = "Nip/5265877635".parse().unwrap();
    let seller = "5265877635".parse().unwrap();
    let hash = Sha256Digest::of(INVOICE);
    let link = UnsignedCertificateLink::new(&endpoints, context, seller, key.certificate(), hash);
    let link = link.unwrap().sign(&key).unwrap();
    assert!(link.as_str().starts_with("http://127.0.0.1:8090/certificate/Nip/"));
    let policy = LinkPolicy::new(&endpoints, key.certificate(), at());
    assert!(verify(link.as_str(), &policy).is_ok());
}

#[test]
fn faults_have_codes_of_their_own() {
    let codes: std::collections::HashSet<_> = LinkFault::ALL.iter().map(|it| it.code()).collect();
    assert_eq!(codes.len(), LinkFault::ALL.len());
}

#[cfg(feature = "qr")]
#[test]
fn the_longest_link_fits_and_the_pictures_have_their_size() {
    let key = identity(KeyKind::Rsa2048).signing_key().unwrap();
    let link = unsigned(&key).sign(&key).unwrap();
    let code = QrImage::new(link.as_str()).unwrap();
    let decoder = png::Decoder::new(std::io::Cursor::new(code.png(3).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(usize::try_from(reader.info().width).unwrap(), code.modules() * 3);
    // The margin is white, and the corner of the finder pattern is black.
    let line = reader.info().raw_row_length() - 1;
    let bit = |x: usize, y: usize| pixels[y * line + x / 8] >> (7 - x % 8) & 1;
    assert_eq!((bit(0, 0), bit(11, 11), bit(12, 12), bit(32, 12)), (1, 1, 0, 0));
    assert_eq!(code.png(0), Err(QrError::Size));
    assert_eq!(code.png(1_000), Err(QrError::Size));
    assert_eq!(QrImage::new(&"a".repeat(3_000)).unwrap_err(), QrError::TooLong);
    assert!(code.svg().starts_with("<?xml"));
}
