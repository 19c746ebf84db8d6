use bytes::Bytes;
use http::{Method, Request, Response};
use ksef_core::Sha256Digest;
use serde_json::{Value, json};

use crate::Sandbox;
use crate::config::Delays;
use crate::test_client::{Client, TestKey, invoice, sandbox};
use crate::test_support::NIP;

fn ask(sandbox: &Sandbox, method: Method, path: &str, body: &str) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(path);
    sandbox.handle(&request.body(Bytes::from(body.to_owned())).unwrap()).unwrap()
}

fn get(sandbox: &Sandbox, path: &str) -> Response<Bytes> {
    ask(sandbox, Method::GET, path, "")
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

fn quick() -> Sandbox {
    sandbox(|config| config.delays = Delays::NONE)
}

/// A closed session with an invoice that was accepted and its duplicate.
fn with_invoices(number: &str) -> (Sandbox, String) {
    let sandbox = quick();
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    client.send(&session, &key, invoice(number).as_bytes());
    client.send(&session, &key, invoice(number).as_bytes());
    client.close(&session);
    (sandbox, session)
}

#[test]
fn an_empty_sandbox_has_a_page_with_the_warning_and_the_address() {
    let page = get(&quick(), "/");
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let page = text(&page);
    for words in ["No place for real data.", "http://127.0.0.1:0/v2", "No client has opened"] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn the_page_shows_what_became_of_invoices_and_its_links_lead_somewhere() {
    let (sandbox, session) = with_invoices("FV/1");
    sandbox.add_fault(crate::Fault::always(crate::FaultKind::Html).times(2));
    let page = text(&get(&sandbox, "/"));
    for words in [&session, "FV/1", "Sukces", "Duplikat faktury", "html", "2 times"] {
        assert!(page.contains(words), "{words}");
    }
    sandbox.clear_faults();
    let links: Vec<&str> =
        page.split("href=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
    let named = |end: &str| links.iter().filter(|link| link.ends_with(end)).count();
    assert_eq!((named("/xml"), named("/upo"), named("/upo/0")), (2, 1, 1));
    for link in links {
        assert_eq!(get(&sandbox, link).status(), 200, "{link}");
    }
}

#[test]
fn what_stands_in_an_invoice_is_shown_as_text() {
    let (sandbox, _) = with_invoices("&lt;script>alert(1)&lt;/script>");
    assert_eq!(sandbox.accepted()[0].invoice_number, "<script>alert(1)</script>");
    assert!(!text(&get(&sandbox, "/")).contains("<script"));
}

#[test]
fn what_was_accepted_is_told_with_its_hash() {
    let (sandbox, session) = with_invoices("FV/1");
    let accepted = sandbox.accepted();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0].invoice_hash, Sha256Digest::of(invoice("FV/1").as_bytes()));
    let told = json_of(&get(&sandbox, "/sandbox/invoices"));
    assert_eq!(told["invoices"], serde_json::to_value(&accepted).unwrap());
    assert_eq!(told["invoices"][0]["sessionReferenceNumber"], json!(session));
    assert_eq!(told["invoices"][0]["sellerNip"], NIP);

    let sessions = json_of(&get(&sandbox, "/sandbox/sessions"));
    let told = &sessions["sessions"][0];
    assert_eq!((&told["invoiceCount"], &told["status"]["code"]), (&json!(2), &json!(200)));
}

#[test]
fn an_invoice_is_among_the_accepted_before_its_sender_can_know() {
    let sandbox = sandbox(|_| ());
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    client.send(&session, &key, invoice("1").as_bytes());
    assert_eq!(sandbox.accepted().len(), 1);
}

#[test]
fn the_first_code_finds_accepted_invoices_alone() {
    let (sandbox, _) = with_invoices("FV/1");
    let hash = Sha256Digest::of(invoice("FV/1").as_bytes()).to_base64url();
    let found = get(&sandbox, &format!("/invoice/{NIP}/20-11-2026/{hash}"));
    assert_eq!(found.status(), 200);
    let number = sandbox.accepted()[0].ksef_number.to_string();
    assert!(text(&found).contains(&number));

    let other = Sha256Digest::of(b"other").to_base64url();
    for path in [
        format!("/invoice/{NIP}/20-11-2026/{other}"),
        format!("/invoice/{NIP}/21-11-2026/{hash}"),
        format!("/invoice/1111111111/20-11-2026/{hash}"),
    ] {
        let missing = get(&sandbox, &path);
        assert_eq!(missing.status(), 404, "{path}");
        assert!(text(&missing).contains("Not found"));
    }
    for path in ["/invoice/1/20-11-2026/x", "/invoice/1111111111/2026-11-20/x"] {
        assert_eq!(get(&sandbox, path).status(), 400, "{path}");
    }
}

#[test]
fn the_second_code_finds_the_invoice_and_says_that_the_signature_is_not_checked() {
    let (sandbox, _) = with_invoices("FV/1");
    let hash = Sha256Digest::of(invoice("FV/1").as_bytes()).to_base64url();
    let path = format!("/certificate/Nip/{NIP}/{NIP}/01F20A5D352AE590/{hash}/c2ln");
    assert!(text(&get(&sandbox, &path)).contains("Not checked"));

    let asked = Request::get(&path).header("accept", "application/json").body(Bytes::new());
    let told = json_of(&sandbox.handle(&asked.unwrap()).unwrap());
    assert_eq!(told["signature"], "notChecked");
    assert_eq!(told["invoice"]["sellerNip"], NIP);
    assert_eq!(told["invoice"]["issueDate"], "2026-11-20");
}

#[test]
fn the_clock_is_set_moved_and_stopped() {
    let sandbox = quick();
    let change = |body: &str| ask(&sandbox, Method::POST, "/sandbox/clock", body);
    let told = json_of(&change(r#"{"now":"2027-01-01T00:00:00Z","advanceSeconds":60}"#));
    assert_eq!(told, json!({ "now": "2027-01-01T00:01:00.0000000+00:00", "frozen": true }));
    assert_eq!(json_of(&change(r#"{"frozen":false}"#))["frozen"], false);
    assert_eq!(json_of(&get(&sandbox, "/sandbox/clock"))["frozen"], false);
    assert_eq!(json_of(&change(r#"{"frozen":true}"#))["frozen"], true);
    for body in ["", "{", r#"{"then":1}"#, r#"{"now":"yesterday"}"#, r#"{"advanceSeconds":-1}"#] {
        assert_eq!(change(body).status(), 400, "{body}");
    }
    let beyond = change(r#"{"advanceSeconds":18446744073709551615}"#);
    assert_eq!(beyond.status(), 400);
}

#[test]
fn faults_are_turned_on_listed_and_turned_off() {
    let sandbox = quick();
    let add = |body: &str| ask(&sandbox, Method::POST, "/sandbox/faults", body);
    let first = add(r#"{"kind":"delay","milliseconds":5,"operation":"PUT /storage"}"#);
    assert_eq!((first.status().as_u16(), json_of(&first)), (201, json!({ "id": 1 })));
    assert_eq!(add(r#"{"kind":"html"}"#).status(), 201);
    let refused = add(r#"{"kind":"flood"}"#);
    assert_eq!(refused.status(), 400);
    assert!(text(&refused).contains("unknown variant"));

    let listed = json_of(&get(&sandbox, "/sandbox/faults"));
    assert_eq!(listed["faults"][0]["operation"], "PUT /storage");
    assert_eq!(listed["faults"].as_array().unwrap().len(), 2);
    let delete = |path: &str| ask(&sandbox, Method::DELETE, path, "").status().as_u16();
    assert_eq!(delete("/sandbox/faults/1"), 204);
    assert_eq!(delete("/sandbox/faults/1"), 404);
    assert_eq!(delete("/sandbox/faults"), 204);
    assert!(sandbox.faults().is_empty());
}

#[test]
fn where_nothing_is_it_is_said_what_is_where() {
    let sandbox = quick();
    for path in ["/nowhere", "/sandbox/invoices/x/xml", "/sandbox/invoices/x/upo", "/v3"] {
        let answer = get(&sandbox, path);
        assert_eq!(answer.status(), 404, "{path}");
        assert!(text(&answer).contains("/v2"), "{path}");
    }
}
