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

/// What is signed, which has no spaces between its elements: here it has line breaks, to be read.
fn written(upo: &Upo<'_>) -> String {
    upo.to_string().replace("><", ">\n<")
}

#[test]
fn a_receipt_of_one_invoice_has_each_element_in_its_order() {
    let acquired = "2026-03-29T00:59:59.9996Z".parse().unwrap();
    let received = "2026-03-29T01:00:00Z".parse().unwrap();
    let document = UpoDocument { acquired, received, ..document("FV/1 & <2>") };
    let upo = Upo {
        environment: Environment::Production,
        session: &SESSION.parse().unwrap(),
        context: &"Nip/5265877635".parse().unwrap(),
        login_proof: &LoginProof::SignedRequest(Sha256Digest::of(b"login")),
        form_code: &FormCode::Fa3,
        page: None,
        documents: &[document],
    };
    let expected = format!(
        r#"<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3">
<NazwaPodmiotuPrzyjmujacego>Ministerstwo Finansów</NazwaPodmiotuPrzyjmujacego>
<NumerReferencyjnySesji>{SESSION}</NumerReferencyjnySesji>
<Uwierzytelnienie>
<IdKontekstu>
<Nip>5265877635</Nip>
</IdKontekstu>
<SkrotDokumentuUwierzytelniajacego>{login}</SkrotDokumentuUwierzytelniajacego>
</Uwierzytelnienie>
<NazwaStrukturyLogicznej>Schemat_FA(3)_v1-0E.xsd</NazwaStrukturyLogicznej>
<KodFormularza>FA (3)</KodFormularza>
<Dokument>
<NipSprzedawcy>5265877635</NipSprzedawcy>
<NumerKSeFDokumentu>5265877635-20250826-0100001AF629-AF</NumerKSeFDokumentu>
<NumerFaktury>FV/1 &amp; &lt;2&gt;</NumerFaktury>
<DataWystawieniaFaktury>2026-11-20</DataWystawieniaFaktury>
<DataPrzeslaniaDokumentu>2026-03-29T03:00:00.000+02:00</DataPrzeslaniaDokumentu>
<DataNadaniaNumeruKSeF>2026-03-29T01:59:59.999+01:00</DataNadaniaNumeruKSeF>
<SkrotDokumentu>{hash}</SkrotDokumentu>
<TrybWysylki>Online</TrybWysylki>
</Dokument>
</Potwierdzenie>"#,
        login = Sha256Digest::of(b"login"),
        hash = Sha256Digest::of(b"<Faktura/>"),
    );
    assert_eq!(written(&upo), expected);
}

#[test]
fn each_context_and_each_way_to_log_in_has_its_element() {
    let token = "20250819-EC-1ECDD12000-5EE71AE5E3-B7";
    for (context, element) in [
        ("Nip/5265877635", "<Nip>5265877635</Nip>"),
        ("InternalId/6824515772-12343", "<IdWewnetrzny>6824515772-12343</IdWewnetrzny>"),
        ("NipVatUe/5265877635-ATU12345678", "<IdZlozonyVatUE>5265877635-ATU12345678</"),
        ("PeppolId/PPL123456", "<IdDostawcyUslugPeppol>PPL123456</IdDostawcyUslugPeppol>"),
    ] {
        let upo = Upo {
            environment: Environment::Test,
            session: &SESSION.parse().unwrap(),
            context: &context.parse().unwrap(),
            login_proof: &LoginProof::Token(token.parse().unwrap()),
            form_code: &FormCode::Fa3,
            page: None,
            documents: &[document("1")],
        }
        .to_string();
        assert!(upo.contains(element), "{context}");
        let proof = format!("<NumerReferencyjnyTokenaKSeF>{token}</NumerReferencyjnyTokenaKSeF>");
        assert!(upo.contains(&proof) && !upo.contains("SkrotDokumentuUwierzytelniajacego"));
    }
}

#[test]
fn each_form_code_names_its_schema() {
    for (form_code, name) in [
        (FormCode::Fa2, "Schemat_FA(2)_v1-0E.xsd"),
        (FormCode::Fa3, "Schemat_FA(3)_v1-0E.xsd"),
        (FormCode::Pef3, "Schemat_PEF(3)_v2-1.xsd"),
        (FormCode::PefKor3, "Schemat_PEF_KOR(3)_v2-1.xsd"),
        (FormCode::FaRr1, "Schemat_FA_RR(1)_v1-1E.xsd"),
    ] {
        assert_eq!(StructureName(&form_code).to_string(), name);
    }
}

proptest! {
    #[test]
    fn any_invoice_number_can_stand_in_a_receipt(number in "[ -~ąęłóśżźć€]{1,40}") {
        let receipt = receipt(Environment::Test, &[document(&number)], None);
        prop_assert!(UpoSignatureVerifier::new().read(&xml(&receipt)).is_ok());
    }
}
