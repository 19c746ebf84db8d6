//! Receipts, by the API and behind links.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{Method, Request};
use ksef_core::Sha256Digest;

use super::code;
use crate::config::Delays;
use crate::test_client::{Client, TestKey, follow, invoice, sandbox};
use bytes::Bytes;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn processed() -> (Client, String, String) {
    let sandbox = sandbox(|config| config.delays = Delays::NONE);
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    let sent = client.send(&session, &key, invoice("FV 1").as_bytes());
    client.send(&session, &key, b"no invoice");
    client.send(&session, &key, invoice("FV 2").as_bytes());
    client.close(&session);
    (client, session, sent)
}

#[test]
fn a_receipt_is_the_same_by_each_way_and_has_its_hash() {
    let (client, session, sent) = processed();
    let told = client.invoice(&session, &sent);
    let number = told["ksefNumber"].as_str().unwrap();
    let by_reference = client.get(&format!("/sessions/{session}/invoices/{sent}/upo"));
    let by_number = client.get(&format!("/sessions/{session}/invoices/ksef/{number}/upo"));
    let link = told["upoDownloadUrl"].as_str().unwrap();
    let by_link = follow(&client.sandbox, link, Method::GET);
    for response in [&by_reference.response, &by_number.response, &by_link] {
        assert_eq!(response.status(), 200);
        assert_eq!(response.body(), by_link.body());
        assert_eq!(response.headers()["content-type"], "application/xml");
        let hash = Sha256Digest::of(response.body()).to_string();
        assert_eq!(response.headers()["x-ms-meta-hash"], hash.as_str());
    }
    let text = String::from_utf8(by_link.body().to_vec()).unwrap();
    for part in [number, "<NumerFaktury>FV 1<", "<TrybWysylki>Online<", &session] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn the_receipt_of_a_session_has_its_accepted_invoices_in_their_order() {
    let (client, session, _) = processed();
    let told = client.session(&session);
    assert_eq!(code(&told), 200);
    let page = &told["upo"]["pages"][0];
    let number = page["referenceNumber"].as_str().unwrap();
    let by_number = client.get(&format!("/sessions/{session}/upo/{number}"));
    client.sandbox.advance(DAY);
    let link = page["downloadUrl"].as_str().unwrap();
    let by_link = follow(&client.sandbox, link, Method::GET);
    assert_eq!(by_link.body(), by_number.response.body());
    let text = String::from_utf8(by_link.body().to_vec()).unwrap();
    let places = ["<NumerFaktury>FV 1<", "<NumerFaktury>FV 2<"].map(|part| text.find(part));
    assert!(places.is_sorted() && !places.contains(&None), "{text}");
    assert!(text.contains("<CalkowitaLiczbaDokumentow>2<"), "{text}");
    assert_eq!(client.session(&session)["upo"]["pages"][0]["referenceNumber"], number);
}

#[test]
fn links_expire_after_three_days_and_take_no_token() {
    let (client, session, sent) = processed();
    let told = client.invoice(&session, &sent);
    let link = told["upoDownloadUrl"].as_str().unwrap();
    let with_token = Request::get(link).header(AUTHORIZATION, "Bearer x").body(Bytes::new());
    let refused = client.sandbox.handle(&with_token.unwrap()).unwrap();
    assert!(refused.status().is_client_error());
    assert_eq!(refused.headers()["content-type"], "application/xml");
    client.sandbox.advance(3 * DAY - Duration::from_secs(1));
    assert_eq!(follow(&client.sandbox, link, Method::GET).status(), 200);
    client.sandbox.advance(Duration::from_secs(1));
    let late = follow(&client.sandbox, link, Method::GET);
    assert_eq!(late.status(), 403);
    assert!(String::from_utf8_lossy(late.body()).contains("<Code>AuthenticationFailed</Code>"));
    let anew = client.invoice(&session, &sent);
    let link = anew["upoDownloadUrl"].as_str().unwrap();
    assert_eq!(follow(&client.sandbox, link, Method::GET).status(), 200);
}

#[test]
fn there_is_no_receipt_of_what_is_not_accepted_or_not_there() {
    let sandbox = sandbox(|_| ());
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    let sent = client.send(&session, &key, invoice("FV 1").as_bytes());
    let upo = |path: &str| client.get(&format!("/sessions/{session}/{path}")).exception().0;
    let pending = format!("invoices/{sent}/upo");
    assert_eq!(upo(&pending), 21178);
    assert_eq!(upo("invoices/ksef/5265877635-20261120-0100001AF629-AF/upo"), 21178);
    assert_eq!(upo("upo/20261120-EU-2EBD6FA000-242EB9B66D-43"), 21178);
    assert_eq!(upo("invoices/20261120-EE-2EBD6FA000-242EB9B66D-43/upo"), 21405);
    sandbox.advance(Delays::REAL.invoice);
    assert_eq!(client.get(&format!("/sessions/{session}/{pending}")).status, 200);
}
