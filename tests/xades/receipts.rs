//! Receipts, held against the document that they are for.

use ksef_client::xades::{CanonicalXml, UpoSignatureVerifier};
use ksef_core::port::{UpoExpectation, UpoMismatch, UpoVerifier as _};
use ksef_core::submission::ReceiptSigner;
use ksef_core::{Environment, FormCode, KsefNumber, Nip, Sha256Digest, UpoXml};
use ksef_tests::official_data;
use ksef_tests::suite::Failed;

use crate::documents::{SIGNATORIES, now, upo};

fn sign(text: &str) -> Result<UpoXml, Failed> {
    let document = CanonicalXml::canonicalize(text)?;
    Ok(UpoXml::new(SIGNATORIES[0].key.sign(document, now())?.into_bytes())?)
}

pub(crate) fn held_against_the_document() -> Result<(), Failed> {
    let number: KsefNumber = "5265877635-20250826-0100001AF629-AF".parse()?;
    let other_number: KsefNumber = "5265877635-20250916-010040741B3E-46".parse()?;
    let seller: Nip = "5265877635".parse()?;
    let ours = UpoExpectation {
        digest: Sha256Digest::of(b"abc"),
        ksef_number: &number,
        seller,
        form_code: &FormCode::Fa3,
        environment: Environment::Test,
    };
    let receipt = sign(&upo(2))?;
    let unknown = UpoSignatureVerifier::new();
    assert_eq!(unknown.verify(&receipt, &ours), Ok(ReceiptSigner::Unknown));
    let fingerprint = SIGNATORIES[0].key.certificate().fingerprint();
    let pinned = unknown.clone().pin(Environment::Test, fingerprint);
    assert_eq!(pinned.verify(&receipt, &ours), Ok(ReceiptSigner::Pinned));
    let elsewhere = unknown.clone().pin(Environment::Demo, fingerprint);
    assert_eq!(elsewhere.verify(&receipt, &ours), Ok(ReceiptSigner::Unknown));

    let mismatch =
        |expected: UpoExpectation<'_>| pinned.verify(&receipt, &expected).expect_err("a mismatch");
    let digest = Sha256Digest::of(b"abd");
    assert_eq!(mismatch(UpoExpectation { digest, ..ours }), UpoMismatch::Digest);
    let ksef_number = &other_number;
    assert_eq!(mismatch(UpoExpectation { ksef_number, ..ours }), UpoMismatch::KsefNumber);
    let seller = "6824515772".parse()?;
    assert_eq!(mismatch(UpoExpectation { seller, ..ours }), UpoMismatch::Seller);
    let form_code = &FormCode::Fa2;
    assert_eq!(mismatch(UpoExpectation { form_code, ..ours }), UpoMismatch::FormCode);
    for environment in [Environment::Demo, Environment::Production] {
        assert_eq!(mismatch(UpoExpectation { environment, ..ours }), UpoMismatch::Environment);
    }

    let text = String::from_utf8(receipt.as_bytes().to_vec())?;
    let changed = |from: &str, to: &str| UpoXml::new(text.replace(from, to).into_bytes());
    let forged = changed("Online", "Offline")?;
    assert_eq!(pinned.verify(&forged, &ours), Err(UpoMismatch::Signature));
    let broken = changed("</Potwierdzenie>", "")?;
    assert_eq!(pinned.verify(&broken, &ours), Err(UpoMismatch::Malformed));
    let unsigned = UpoXml::new(upo(1).into_bytes())?;
    assert_eq!(pinned.verify(&unsigned, &ours), Err(UpoMismatch::Signature));
    let no_receipt = sign("<a></a>")?;
    assert_eq!(pinned.verify(&no_receipt, &ours), Err(UpoMismatch::Malformed));
    Ok(())
}

/// They are published unsigned, so they are signed here.
pub(crate) fn examples_are_read() -> Result<(), Failed> {
    let examples =
        official_data::files().iter().filter(|file| file.path.starts_with("upo-examples/"));
    for example in examples {
        let text = String::from_utf8(official_data::load(&example.path)?)?;
        let read = UpoSignatureVerifier::new().read(&sign(&text)?);
        let read = read.map_err(|fault| format!("{}: {fault:?}", example.path))?;
        assert_eq!(read.upo.environment, Environment::Test);
        assert_eq!(read.upo.documents.len(), text.matches("<Dokument>").count());
    }
    Ok(())
}
