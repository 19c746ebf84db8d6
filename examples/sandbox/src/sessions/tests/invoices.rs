//! Every status of an invoice, for its real reason.

use std::time::Duration;

use ksef_core::Environment;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{code, status};
use crate::config::Delays;
use crate::faults::{Fault, FaultKind};
use crate::test_client::{
    Client, FA3, TestKey, invoice, invoice_of, now, opening, sandbox, sealed,
};
use crate::test_support::NIP;
use crate::{Config, Sandbox};

const OTHER_NIP: &str = "1111111111";
const FA2: [&str; 3] = ["FA (2)", "1-0E", "FA"];
const RR: [&str; 3] = ["FA_RR (1)", "1-1E", "FA_RR"];

/// An open session, and whoever opened it.
struct Setting {
    client: Client,
    key: TestKey,
    session: String,
}

impl Setting {
    /// With everything at once.
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::of(&at_once(change), FA3)
    }

    fn of(sandbox: &Sandbox, form: [&str; 3]) -> Self {
        let (client, key) = (Client::new(sandbox), TestKey::new());
        let session = client.open_for(&key, form);
        Self { client, key, session }
    }

    fn send(&self, document: &str) -> Value {
        self.send_bytes(document.as_bytes())
    }

    fn send_bytes(&self, document: &[u8]) -> Value {
        self.post(&self.key.seal(document))
    }

    /// Sends this body; what is answered about the invoice.
    fn post(&self, body: &Value) -> Value {
        let path = format!("/sessions/online/{}/invoices", self.session);
        let answer = self.client.post(&path, body);
        assert_eq!(answer.status, 202, "{:?}", answer.body);
        self.client.invoice(&self.session, answer.text("referenceNumber"))
    }

    fn refused(&self, body: &Value) -> (u64, String) {
        let path = format!("/sessions/online/{}/invoices", self.session);
        let answer = self.client.post(&path, body);
        let (code, detail) = answer.exception();
        (code, detail.to_owned())
    }
}

fn at_once(change: impl FnOnce(&mut Config)) -> Sandbox {
    sandbox(|config| {
        config.delays = Delays::NONE;
        change(config);
    })
}

#[test]
fn an_accepted_invoice_has_its_number_and_everything_that_follows() {
    let setting = Setting::new();
    let told = setting.send(&invoice("FV/1"));
    assert_eq!(status(&told), (200, ""));
    assert_eq!(told["status"]["description"], "Sukces");
    let number = told["ksefNumber"].as_str().unwrap();
    assert!(number.starts_with("5265877635-20261120-"), "{number}");
    assert!(number.parse::<ksef_core::KsefNumber>().is_ok());
    assert_eq!(told["invoiceNumber"], "FV/1");
    assert_eq!((&told["ordinalNumber"], &told["invoicingMode"]), (&json!(1), &json!("Online")));
    for member in ["acquisitionDate", "invoicingDate", "permanentStorageDate"] {
        assert_eq!(told[member], json!(now()), "{member}");
    }
    let expires = told["upoDownloadUrlExpirationDate"].as_str().unwrap();
    assert!(expires.starts_with("2026-11-23T12:00:00"), "{expires}");
    assert!(told.get("invoiceFileName").is_none());
}

#[test]
fn until_it_is_final_nothing_is_told_of_an_invoice() {
    let setting = Setting::with(|config| config.delays = Delays::REAL);
    for (advance, expected) in [(0, 100), (50, 150)] {
        setting.client.sandbox.advance(Duration::from_millis(advance));
        let told = setting.send(&invoice("FV/1"));
        let list = setting.client.get(&format!("/sessions/{}/invoices", setting.session));
        assert_eq!(code(&list.body["invoices"][0]), expected);
        let members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
        let always = ["invoiceHash", "invoicingDate", "ordinalNumber", "referenceNumber", "status"];
        assert_eq!(members, always);
    }
}

#[test]
fn permanent_storage_comes_later_and_a_fault_delays_it() {
    let setting = Setting::with(|config| config.delays.permanent_storage = Duration::from_secs(2));
    let fault = FaultKind::LatePermanentStorage { seconds: 60 };
    setting.client.sandbox.0.world().faults.add(Fault { count: Some(1), ..Fault::always(fault) });
    let numbers = ["1", "2"].map(|number| {
        let told = setting.send(&invoice(number));
        assert!(told.get("permanentStorageDate").is_none());
        told["referenceNumber"].as_str().unwrap().to_owned()
    });
    let is_stored = || {
        let told =
            numbers.each_ref().map(|number| setting.client.invoice(&setting.session, number));
        told.map(|told| told.get("permanentStorageDate").is_some())
    };
    setting.client.sandbox.advance(Duration::from_secs(2));
    assert_eq!(is_stored(), [false, true]);
    setting.client.sandbox.advance(Duration::from_secs(60));
    assert_eq!(is_stored(), [true, true]);
}

#[test]
fn a_document_that_is_not_what_was_declared_is_430() {
    let setting = Setting::new();
    let document = invoice("1");
    let mut body = setting.key.seal(document.as_bytes());
    body["invoiceSize"] = json!(2965);
    let expected =
        "Rozmiar przesłanego pliku faktury nie zgadza się z zadeklarowaną wartością: 2965.";
    assert_eq!(status(&setting.post(&body)), (430, expected));
    let mut body = setting.key.seal(document.as_bytes());
    body["invoiceHash"] = setting.key.seal(b"other")["invoiceHash"].clone();
    assert_eq!(code(&setting.post(&body)), 430);
}

#[test]
fn a_document_that_is_too_large_is_430() {
    let setting = Setting::new();
    let padded = |size: usize| {
        let document = invoice("1");
        let padding = " ".repeat(size - document.len());
        document.replace("</Faktura>", &format!("{padding}</Faktura>"))
    };
    assert_eq!(code(&setting.send(&padded(1_000_001))), 430);
    assert_eq!(code(&setting.send(&padded(3_000_001))), 430);
    assert_eq!(code(&setting.send(&padded(1_000_000))), 200);
}

#[test]
fn a_ciphertext_that_cannot_be_decrypted_is_435() {
    let setting = Setting::new();
    let document = invoice("1");
    let ciphertext = setting.key.encrypt(document.as_bytes());
    for broken in [&ciphertext[..ciphertext.len() - 1], &ciphertext[16..], b"\0"] {
        let told = setting.post(&sealed(document.as_bytes(), broken));
        // Without its first block the rest decrypts to something shorter.
        let expected = if broken.len() % 16 == 0 { 430 } else { 435 };
        assert_eq!(status(&told), (expected, status(&told).1));
    }
}

#[test]
fn sizes_of_ciphertexts_are_those_of_the_published_examples() {
    let key = TestKey::new();
    for (plain, encrypted) in [(6480, 6496), (16037, 16048)] {
        let body = key.seal(&vec![b'a'; plain]);
        assert_eq!(body["encryptedInvoiceSize"], encrypted);
        assert_eq!(code(&Setting::new().post(&body)), 450);
    }
}

#[test]
fn what_is_no_clean_xml_is_450_without_a_reason() {
    let setting = Setting::new();
    let document = invoice("1");
    let dirty = [
        "no xml".to_owned(),
        String::new(),
        format!("\u{feff}{document}"),
        document.replace("</Faktura>", ""),
        document.replace("<Faktura", "<?xml-stylesheet href=\"a\"?><Faktura"),
        document.replace("<Faktura", "<?xml version=\"1.0\" encoding=\"ISO-8859-2\"?><Faktura"),
        document.replace("Sprzedawca", "Sprzedawca\u{7f}"),
        document.replace("Sprzedawca", "\u{1fffe}"),
    ];
    for document in dirty.iter().filter(|document| !document.is_empty()) {
        let told = setting.send(document);
        assert_eq!(status(&told), (450, "Nieprawidłowy XML"), "{document}");
    }
    let other_encoding: Vec<u8> =
        document.bytes().map(|byte| if byte == b'w' { 0xF3 } else { byte }).collect();
    assert_eq!(status(&setting.send_bytes(&other_encoding)), (450, "Nieprawidłowy XML"));
}

#[test]
fn production_still_takes_discouraged_characters() {
    let setting = Setting::with(|config| config.environment = Environment::Production);
    let document = invoice("1").replace("Sprzedawca", "Sprzedawca\u{7f}");
    assert_eq!(code(&setting.send(&document)), 200);
}

#[test]
fn what_its_schema_does_not_allow_is_450_in_the_words_of_dot_net() {
    let setting = Setting::new();
    let document = invoice("1");
    let told = setting.send(&document.replace("<P_2>1</P_2>", ""));
    let (code, detail) = status(&told);
    assert_eq!(code, 450);
    assert!(
        detail.starts_with(
            "The element 'Fa' in namespace 'http://crd.gov.pl/wzor/2025/06/25/13775/'"
        ),
        "{detail}"
    );
    assert!(detail.contains("List of possible elements expected: 'P_2'"), "{detail}");
    let told = setting.send(&document.replace("<P_17>2<", "<P_17>3<"));
    assert!(status(&told).1.contains("P_17' element is invalid"), "{told}");
    let told = setting.send(&document.replace("<P_23>2", "<P_29>1</P_29><P_23>2"));
    assert!(status(&told).1.contains("has invalid child element"), "{told}");
    // More faults than are told are no worse.
    let many = document.replace("<P_13_1>", &"<X/>".repeat(50)).replace("</P_13_1>", "");
    assert_ne!(status(&setting.send(&many)), (450, "Nieprawidłowy XML"));
}

#[test]
fn a_document_of_another_schema_is_450() {
    let sandbox = at_once(|_| ());
    let told = Setting::of(&sandbox, FA2).send(&invoice("1"));
    let other = "Dokument nie jest zgodny ze schematem zadeklarowanym przy otwarciu sesji.";
    assert_eq!(status(&told), (450, other));
    assert_eq!(status(&Setting::of(&sandbox, RR).send(&invoice("1"))), (450, other));
    assert_eq!(status(&Setting::new().send("<Faktura/>")), (450, other));
}

#[test]
fn an_invoice_of_another_seller_is_410() {
    let told = Setting::new().send(&invoice_of(OTHER_NIP, "1", "2026-11-20", "VAT"));
    let expected = "Kontekst 5265877635 nie jest uprawniony do wystawienia faktury w imieniu \
                    sprzedawcy (NIP: 1111111111)";
    assert_eq!(status(&told), (410, expected));
}

#[test]
fn an_attachment_is_415_in_an_online_session() {
    let attachment = "<Zalacznik><BlokDanych><MetaDane><ZKlucz>a</ZKlucz><ZWartosc>b</ZWartosc>\
                      </MetaDane></BlokDanych></Zalacznik></Faktura>";
    let told = Setting::new().send(&invoice("1").replace("</Faktura>", attachment));
    assert_eq!(code(&told), 415, "{told}");
}

#[test]
fn a_duplicate_is_440_in_any_session_and_names_the_original() {
    let sandbox = at_once(|_| ());
    let first = Setting::of(&sandbox, FA3);
    let original = first.send(&invoice("FV 1"));
    let second = Setting::of(&sandbox, FA3);
    // White space in the number, the date and everything else do not make another invoice.
    let again = invoice_of(NIP, " FV  1 ", "2026-11-19", "VAT").replace("100", "200");
    let told = second.send(&again);
    assert_eq!(code(&told), 440);
    assert_eq!(
        told["status"]["extensions"],
        json!({
            "originalSessionReferenceNumber": first.session,
            "originalKsefNumber": original["ksefNumber"],
        })
    );
    let expected = format!(
        "Duplikat faktury. Faktura o numerze KSeF: {} została już prawidłowo przesłana do systemu \
         w sesji: {}",
        original["ksefNumber"].as_str().unwrap(),
        first.session
    );
    assert_eq!(status(&told).1, expected);
    for member in ["ksefNumber", "invoicingMode", "invoiceNumber", "upoDownloadUrl"] {
        assert!(told.get(member).is_none(), "{member}");
    }
    // Another kind or seller, or a number that was only rejected before, is another invoice.
    let corrected = invoice_of(NIP, "FV 1", "2026-11-20", "UPR");
    assert_eq!(code(&second.send(&corrected)), 200);
    assert_eq!(code(&second.send(&invoice("FV 2").replace("<P_17>2", "<P_17>9"))), 450);
    assert_eq!(code(&second.send(&invoice("FV 2"))), 200);
}

#[test]
fn a_duplicate_from_another_context_is_440_too() {
    let sandbox = at_once(|_| ());
    let first = Setting::of(&sandbox, FA3);
    first.send(&invoice("1"));
    // An enforcement authority may issue for anybody.
    let authority = json!({
        "subjectNip": OTHER_NIP, "subjectType": "EnforcementAuthority", "description": "Komornik",
    });
    assert_eq!(first.client.post("/testdata/subject", &authority).status, 200);
    let (client, key) = (Client::of(&sandbox, OTHER_NIP), TestKey::new());
    let session = client.open(&key);
    let second = Setting { client, key, session };
    let told = second.send(&invoice("1"));
    let named = &told["status"]["extensions"]["originalSessionReferenceNumber"];
    assert_eq!((code(&told), named), (440, &json!(first.session)));
    assert_eq!(code(&second.send(&invoice("2"))), 200);
}

#[test]
fn of_many_equal_invoices_at_once_one_is_accepted() {
    let setting = Setting::new();
    let codes: Vec<u64> = std::thread::scope(|scope| {
        let sending: Vec<_> =
            (0..8).map(|_| scope.spawn(|| code(&setting.send(&invoice("1"))))).collect();
        sending.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 440).count(), 7, "{codes:?}");
}

#[test]
fn an_invoice_of_tomorrow_is_450_and_tomorrow_comes_by_the_clock_of_warsaw() {
    let setting = Setting::new();
    let tomorrow = |number| invoice_of(NIP, number, "2026-11-21", "VAT");
    assert_eq!(code(&setting.send(&tomorrow("1"))), 450);
    // 23:00 UTC is midnight in Poland.
    setting.client.sandbox.advance(Duration::from_secs(11 * 3600 - 1));
    assert_eq!(code(&setting.send(&tomorrow("1"))), 450);
    setting.client.sandbox.advance(Duration::from_secs(1));
    let told = setting.send(&tomorrow("1"));
    assert_eq!((code(&told), &told["invoicingMode"]), (200, &json!("Online")));
    assert!(told["ksefNumber"].as_str().unwrap().contains("-20261121-"));
}

#[test]
fn an_invoice_of_yesterday_or_declared_so_is_offline() {
    let setting = Setting::new();
    let told = setting.send(&invoice_of(NIP, "1", "2026-11-19", "VAT"));
    assert_eq!((code(&told), &told["invoicingMode"]), (200, &json!("Offline")));
    let mut body = setting.key.seal(invoice("2").as_bytes());
    body["offlineMode"] = json!(true);
    assert_eq!(setting.post(&body)["invoicingMode"], "Offline");
}

#[test]
fn check_digits_count_in_production_and_where_the_header_asks_for_it() {
    let document =
        invoice("1").replace("<BrakID>1</BrakID>", "<NIP>1234567890</NIP><Nazwa>N</Nazwa>");
    assert_eq!(code(&Setting::new().send(&document)), 200);
    let production = Setting::with(|config| config.environment = Environment::Production);
    assert_eq!(code(&production.send(&document)), 450);
    let header = ("x-ksef-feature", "subject-identifier-validation");
    for (headers, expected) in [
        (vec![header], 450),
        (vec![header, header], 200),
        (vec![("x-ksef-feature", "subject-identifier-validation, other")], 200),
    ] {
        let sandbox = at_once(|_| ());
        let (client, key) = (Client::new(&sandbox), TestKey::new());
        let body = opening(&sandbox, &key, FA3);
        let opened = client.request_with(http::Method::POST, "/sessions/online", &body, &headers);
        let session = opened.text("referenceNumber").to_owned();
        assert_eq!(code(&Setting { client, key, session }.send(&document)), expected);
    }
}

#[test]
fn an_internal_identifier_with_wrong_check_digits_is_named() {
    let setting = Setting::with(|config| config.environment = Environment::Production);
    let third = "</Podmiot2><Podmiot3><DaneIdentyfikacyjne><IDWew>5265877635-00001</IDWew>\
                 <Nazwa>N</Nazwa></DaneIdentyfikacyjne><Rola>1</Rola></Podmiot3>";
    let told = setting.send(&invoice("1").replace("</Podmiot2>", third));
    let expected = "Identyfikator wewnętrzny podmiotu trzeciego: '5265877635-00001' jest \
                    nieprawidłowy.";
    assert_eq!(status(&told), (450, expected));
}

#[test]
fn faults_stop_cancel_and_break_an_invoice() {
    for (kind, expected) in [
        (FaultKind::StuckProcessing, 150),
        (FaultKind::InvoiceCancelled, 550),
        (FaultKind::UnknownError, 500),
    ] {
        let setting = Setting::new();
        setting
            .client
            .sandbox
            .0
            .world()
            .faults
            .add(Fault { count: Some(1), ..Fault::always(kind) });
        let told = setting.send(&invoice("1"));
        assert_eq!(code(&told), expected);
        // Nothing became of it, so it can be sent again.
        assert_eq!(code(&setting.send(&invoice("1"))), 200);
    }
}

#[test]
fn a_fault_makes_a_duplicate_name_its_own_session() {
    let sandbox = at_once(|_| ());
    Setting::of(&sandbox, FA3).send(&invoice("1"));
    sandbox.0.world().faults.add(Fault::always(FaultKind::WrongOriginalSession));
    let second = Setting::of(&sandbox, FA3);
    let told = second.send(&invoice("1"));
    let named = &told["status"]["extensions"]["originalSessionReferenceNumber"];
    assert_eq!(named, second.session.as_str());
}

#[test]
fn a_technical_correction_replaces_a_rejected_offline_invoice_once() {
    let setting = Setting::new();
    let sent = |document: &str, corrects: Option<&str>| {
        let mut body = setting.key.seal(document.as_bytes());
        body["offlineMode"] = json!(true);
        if let Some(corrected) = corrects {
            body["hashOfCorrectedInvoice"] =
                setting.key.seal(corrected.as_bytes())["invoiceHash"].clone();
        }
        body
    };
    let broken = invoice("1").replace("<P_17>2", "<P_17>9");
    let unknown = setting.refused(&sent(&invoice("1"), Some(&broken)));
    assert_eq!(unknown.0, 21166);
    assert_eq!(code(&setting.post(&sent(&broken, None))), 450);
    let mut online = sent(&invoice("1"), Some(&broken));
    online["offlineMode"] = json!(false);
    assert_eq!(setting.refused(&online).0, 21405);

    assert_eq!(code(&setting.post(&sent(&invoice("1"), Some(&broken)))), 200);
    let again = setting.refused(&sent(&invoice("2"), Some(&broken)));
    let expected = "Faktura posiada już przetworzoną prawidłowo korektę techniczną.";
    assert_eq!(again, (21166, expected.to_owned()));
    let of_accepted = setting.refused(&sent(&invoice("2"), Some(&invoice("1"))));
    let expected = "Nie można wysłać korekty technicznej do prawidłowo przetworzonej faktury.";
    assert_eq!(of_accepted, (21167, expected.to_owned()));

    let foreign = invoice_of(OTHER_NIP, "1", "2026-11-20", "VAT");
    assert_eq!(code(&setting.post(&sent(&foreign, None))), 410);
    assert_eq!(setting.refused(&sent(&invoice("3"), Some(&foreign))).0, 21167);
    let online = invoice("4").replace("<P_17>2", "<P_17>9");
    assert_eq!(code(&setting.send(&online)), 450);
    assert_eq!(setting.refused(&sent(&invoice("4"), Some(&online))).0, 21167);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is sent, it is taken and gets a status of the contract.
    #[test]
    fn hostile_documents_are_rejected(
        garbage in prop::collection::vec(any::<u8>(), 1..300), place in 0..1_200_usize,
        inserts in any::<bool>(),
    ) {
        let setting = Setting::new();
        let mut document = invoice("1").into_bytes();
        let place = place % document.len();
        let end = if inserts { place } else { document.len().min(place + garbage.len()) };
        document.splice(place..end, garbage);
        let found = code(&setting.send_bytes(&document));
        prop_assert!([200, 410, 415, 430, 450].contains(&found), "{found}");
    }

    #[test]
    fn hostile_ciphertexts_are_rejected(
        ciphertext in prop::collection::vec(any::<u8>(), 1..200), size in 1..u64::MAX,
    ) {
        let setting = Setting::new();
        let mut body = sealed(b"a", &ciphertext);
        body["invoiceSize"] = json!(size);
        let found = code(&setting.post(&body));
        prop_assert!([430, 435].contains(&found), "{found}");
    }
}
