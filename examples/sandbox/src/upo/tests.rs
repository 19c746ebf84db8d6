use ksef_client::xades::UpoSignatureVerifier;
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_core::UpoXml;
use proptest::prelude::*;

use super::*;

const SESSION: &str = "20251002-SO-190FB15000-242991F8C9-B4";

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn xml(receipt: &Bytes) -> UpoXml {
    UpoXml::new(receipt.to_vec()).unwrap()
}

fn document(invoice_number: &str) -> UpoDocument<'_> {
    UpoDocument {
        seller: "5265877635".parse().unwrap(),
        ksef_number: "5265877635-20250826-0100001AF629-AF".parse().unwrap(),
        invoice_number,
        issue_date: "2026-11-20".parse().unwrap(),
        received: now(),
        acquired: now(),
        hash: Sha256Digest::of(b"<Faktura/>"),
        mode: InvoicingMode::Online,
    }
}

fn receipt(
    environment: Environment,
    documents: &[UpoDocument<'_>],
    page: Option<UpoPage>,
) -> Bytes {
    let key = TestCertificate::nameless().build(KeyKind::P256, now()).unwrap();
    let upo = Upo {
        environment,
        session: &SESSION.parse().unwrap(),
        context: &"Nip/5265877635".parse().unwrap(),
        login_proof: &LoginProof::SignedRequest(Sha256Digest::of(b"login")),
        form_code: &FormCode::Fa3,
        page,
        documents,
    };
    upo.sign(&key.signing_key().unwrap(), now()).unwrap()
}

#[test]
fn a_receipt_is_what_the_verifier_of_the_client_reads() {
    for environment in Environment::ALL {
        let receipt = receipt(environment, &[document("FV/1")], None);
        let verified = UpoSignatureVerifier::new().read(&xml(&receipt)).unwrap();
        assert_eq!(verified.upo.environment, environment);
        assert_eq!(verified.upo.form_code, "FA (3)");
        assert_eq!(verified.upo.documents[0].digest, Sha256Digest::of(b"<Faktura/>"));
    }
}

#[test]
fn a_page_of_a_session_says_which_documents_it_has() {
    let page = UpoPage { page: 1, pages: 1, first: 1, last: 2, documents: 2 };
    let receipt = receipt(Environment::Test, &[document("1"), document("2")], Some(page));
    let text = String::from_utf8(receipt.to_vec()).unwrap();
    assert!(text.contains("<ZakresDokumentowOd>1</ZakresDokumentowOd><ZakresDokumentowDo>2<"));
    let verified = UpoSignatureVerifier::new().read(&xml(&receipt)).unwrap();
    assert_eq!(verified.upo.documents.len(), 2);
}

proptest! {
    #[test]
    fn any_invoice_number_can_stand_in_a_receipt(number in "[ -~ąęłóśżźć€]{1,40}") {
        let receipt = receipt(Environment::Test, &[document(&number)], None);
        prop_assert!(UpoSignatureVerifier::new().read(&xml(&receipt)).is_ok());
    }
}
