//! Requests that are refused, and lists.

use std::time::Duration;

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::code;
use crate::config::Delays;
use crate::faults::{Fault, FaultKind};
use crate::test_client::{Client, FA3, TestKey, invoice, opening, sandbox};
use crate::test_support::NIP;
use crate::{Permission, Sandbox};

const OTHER_NIP: &str = "1111111111";

fn at_once() -> Sandbox {
    sandbox(|config| config.delays = Delays::NONE)
}

fn refused(client: &Client, path: &str, body: &Value) -> (u64, String) {
    let answer = client.post(path, body);
    assert_eq!(answer.status, 400, "{:?}", answer.body);
    let (code, detail) = answer.exception();
    (code, detail.to_owned())
}

#[test]
fn forms_that_the_environment_or_the_context_does_not_have_are_refused() {
    let sandbox = at_once();
    let client = Client::new(&sandbox);
    let unsupported = (21405, "Wskazany kod formularza nie jest wspierany.".to_owned());
    for form in [
        ["FA3", "1-0E", "FA"],
        ["FA (3)", "1-0E", "FA_RR"],
        ["FA (4)", "1-0E", "FA"],
        ["PEF (3)", "2-1", "PEF"],
        ["PEF_KOR (3)", "2-1", "PEF"],
    ] {
        let body = opening(&sandbox, &TestKey::new(), form);
        assert_eq!(refused(&client, "/sessions/online", &body), unsupported, "{form:?}");
    }
    let demo =
        crate::test_client::sandbox(|config| config.environment = ksef_core::Environment::Demo);
    let body = opening(&demo, &TestKey::new(), ["FA (2)", "1-0E", "FA"]);
    assert_eq!(refused(&Client::new(&demo), "/sessions/online", &body), unsupported);
}

#[test]
fn an_encryption_that_cannot_be_is_refused_at_once() {
    let sandbox = at_once();
    let client = Client::new(&sandbox);
    let with = |member: &str, value: Value| {
        let mut body = opening(&sandbox, &TestKey::new(), FA3);
        body["encryption"][member] = value;
        refused(&client, "/sessions/online", &body)
    };
    assert_eq!(with("encryptedSymmetricKey", json!("?")).0, 21405);
    assert_eq!(with("encryptedSymmetricKey", json!("")).0, 21405);
    assert_eq!(with("initializationVector", json!("?")).0, 21405);
    assert_eq!(with("initializationVector", json!("AAAA")).0, 21405);
    assert_eq!(with("initializationVector", Value::Null).0, 21405);
    let unknown = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let expected = format!("Klucz o identyfikatorze {unknown} nie jest wspierany.");
    assert_eq!(with("publicKeyId", json!(unknown)), (21470, expected));
    let id = &sandbox.0.keys.certificates()[1].public_key_id;
    let mut body = opening(&sandbox, &TestKey::new(), FA3);
    body["encryption"]["publicKeyId"] = json!(id);
    assert_eq!(client.post("/sessions/online", &body).status, 201);
}

#[test]
fn what_is_sent_must_be_what_was_said() {
    let sandbox = at_once();
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let path = format!("/sessions/online/{}/invoices", client.open(&key));
    let with = |member: &str, value: Value| {
        let mut body = key.seal(invoice("1").as_bytes());
        body[member] = value;
        refused(&client, &path, &body).0
    };
    assert_eq!(with("encryptedInvoiceSize", json!(1)), 21402);
    assert_eq!(with("encryptedInvoiceSize", json!(i64::MAX)), 21402);
    let other = key.seal(b"other")["encryptedInvoiceHash"].clone();
    assert_eq!(with("encryptedInvoiceHash", other), 21403);
    for (member, value) in [
        ("encryptedInvoiceContent", json!("no Base64!")),
        ("encryptedInvoiceContent", json!(1)),
        ("encryptedInvoiceHash", json!("short")),
        ("encryptedInvoiceSize", json!(0)),
        ("invoiceSize", json!(0)),
        ("invoiceSize", json!(-1)),
        ("invoiceSize", json!(1.5)),
        ("invoiceHash", Value::Null),
        ("offlineMode", json!("yes")),
    ] {
        assert_eq!(with(member, value), 21405, "{member}");
    }
}

#[test]
fn a_session_that_is_not_there_or_of_others_is_not_used() {
    let sandbox = at_once();
    let (client, other) = (Client::new(&sandbox), Client::of(&sandbox, OTHER_NIP));
    let (key, missing) = (TestKey::new(), "20261120-SO-190FB15000-242991F8C9-B4");
    let session = client.open(&key);
    let sealed = key.seal(invoice("1").as_bytes());
    let absent = format!("Sesja o numerze referencyjnym {missing} nie została odnaleziona.");
    for path in [
        format!("/sessions/online/{missing}/invoices"),
        format!("/sessions/online/{missing}/close"),
    ] {
        assert_eq!(refused(&client, &path, &sealed), (21173, absent.clone()));
    }
    assert_eq!(client.get(&format!("/sessions/{missing}")).exception().0, 21173);
    for (method, path) in [
        (Method::POST, format!("/sessions/online/{session}/invoices")),
        (Method::POST, format!("/sessions/online/{session}/close")),
        (Method::GET, format!("/sessions/{session}")),
        (Method::GET, format!("/sessions/{session}/invoices")),
        (Method::GET, format!("/sessions/{session}/invoices/failed")),
    ] {
        let answer = other.request_with(method, &path, &sealed, &[]);
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(answer.text("reasonCode"), "insufficient-resource-access");
    }
}

#[test]
fn a_session_under_maintenance_is_told_so() {
    let sandbox = at_once();
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    let fault = Fault { count: Some(1), ..Fault::always(FaultKind::SessionUnavailable) };
    sandbox.0.world().faults.add(fault);
    let path = format!("/sessions/online/{session}/invoices");
    assert_eq!(refused(&client, &path, &key.seal(invoice("1").as_bytes())).0, 21184);
    client.send(&session, &key, invoice("1").as_bytes());
}

#[test]
fn a_full_session_takes_no_more() {
    let sandbox = at_once();
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let limits = json!({
        "onlineSession": {
            "maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3, "maxInvoices": 1,
        },
        "batchSession": {
            "maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3, "maxInvoices": 1,
        },
        "collectiveIdentifier": { "maxInvoices": 10 },
    });
    assert_eq!(client.post("/testdata/limits/context/session", &limits).status, 200);
    let session = client.open(&key);
    client.send(&session, &key, invoice("1").as_bytes());
    let path = format!("/sessions/online/{session}/invoices");
    let expected = format!(
        "Sesja o numerze referencyjnym {session} osiągnęła dozwolony limit liczby faktur 1."
    );
    let found = refused(&client, &path, &key.seal(invoice("2").as_bytes()));
    assert_eq!(found, (21155, expected));
}

#[test]
fn invoices_are_listed_in_pages_and_the_failed_ones_by_themselves() {
    let sandbox = at_once();
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    for number in 1..=25 {
        let document =
            if number % 5 == 0 { "bad".to_owned() } else { invoice(&number.to_string()) };
        client.send(&session, &key, document.as_bytes());
    }
    let path = format!("/sessions/{session}/invoices");
    let mut token = String::new();
    let mut ordinals = Vec::new();
    loop {
        let headers = [("x-continuation-token", token.as_str())];
        let answer = client.request_with(Method::GET, &path, &Value::Null, &headers);
        let invoices = answer.body["invoices"].as_array().unwrap();
        ordinals.extend(invoices.iter().map(|told| told["ordinalNumber"].as_u64().unwrap()));
        match answer.body.get("continuationToken") {
            Some(next) => token = next.as_str().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(ordinals, Vec::from_iter(1..=25));
    let failed = client.get(&format!("{path}/failed?pageSize=100")).body;
    let failed = failed["invoices"].as_array().unwrap();
    let ordinals: Vec<_> =
        failed.iter().map(|told| told["ordinalNumber"].as_u64().unwrap()).collect();
    assert_eq!(ordinals, [5, 10, 15, 20, 25]);

    let wrong = |token: &str| {
        let headers = [("x-continuation-token", token)];
        client.request_with(Method::GET, &path, &Value::Null, &headers).exception().0
    };
    assert_eq!(wrong("nonsense"), 21418);
    let other = client.open(&key);
    client.send(&other, &key, invoice("26").as_bytes());
    let headers = [("x-continuation-token", token.as_str())];
    let foreign = format!("/sessions/{other}/invoices");
    let foreign = client.request_with(Method::GET, &foreign, &Value::Null, &headers);
    assert_eq!(foreign.exception().0, 21418);
    assert_eq!(client.get(&format!("{path}?pageSize=9")).exception().0, 21405);
    let answer = client.get(&format!("{path}/20261120-EE-2EBD6FA000-242EB9B66D-43"));
    assert_eq!(answer.exception().0, 21405);
}

#[test]
fn sessions_are_listed_newest_first_by_their_filters() {
    let sandbox = at_once();
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let sessions: Vec<String> = (0..12)
        .map(|number| {
            sandbox.advance(Duration::from_secs(60));
            let session = client.open(&key);
            match number {
                0 => drop(client.close(&session)),
                1 => {
                    client.send(&session, &key, invoice("1").as_bytes());
                    client.close(&session);
                }
                2 => {
                    client.send(&session, &key, b"bad");
                    client.close(&session);
                }
                _ => {}
            }
            session
        })
        .collect();
    let listed = |client: &Client, query: &str| -> Vec<String> {
        let answer = client.get(&format!("/sessions?sessionType=Online&pageSize=100{query}"));
        let sessions = answer.body["sessions"].as_array().unwrap();
        sessions.iter().map(|told| told["referenceNumber"].as_str().unwrap().to_owned()).collect()
    };
    let all: Vec<String> = sessions.iter().rev().cloned().collect();
    assert_eq!(listed(&client, ""), all);
    for (status, number) in [("Cancelled", 0), ("Succeeded", 1), ("Failed", 2)] {
        assert_eq!(listed(&client, &format!("&statuses={status}")), [sessions[number].clone()]);
    }
    assert_eq!(listed(&client, "&statuses=Failed&statuses=Succeeded").len(), 2);
    assert_eq!(listed(&client, "&statuses=InProgress").len(), 9);
    assert_eq!(
        listed(&client, &format!("&referenceNumber={}", sessions[4])),
        [sessions[4].clone()]
    );
    assert_eq!(listed(&client, "&dateCreatedFrom=2026-11-20T12:11:00Z"), all[..2]);
    assert_eq!(listed(&client, "&dateCreatedTo=2026-11-20T12:02:00Z"), all[10..]);
    assert_eq!(listed(&client, "&dateClosedFrom=2026-11-20T12:00:00Z").len(), 3);

    let first = client.get("/sessions?sessionType=Online").body;
    let token = first["continuationToken"].as_str().unwrap();
    let headers = [("x-continuation-token", token)];
    let path = "/sessions?sessionType=Online";
    let second = client.request_with(Method::GET, path, &Value::Null, &headers).body;
    assert_eq!(second["sessions"].as_array().unwrap().len(), 2);
    assert!(second.get("continuationToken").is_none());
    let told = &second["sessions"][0];
    assert_eq!((code(told), &told["totalInvoiceCount"]), (200, &json!(1)));

    assert_eq!(client.get("/sessions").exception().0, 21405);
    assert_eq!(client.get("/sessions?sessionType=Both").exception().0, 21405);
    assert!(
        client.get("/sessions?sessionType=Batch").body["sessions"].as_array().unwrap().is_empty()
    );
    assert!(listed(&Client::of(&sandbox, OTHER_NIP), "").is_empty());
    // Who may only send sees what it opened itself; it is the same subject here.
    let sender = Client::with(&sandbox, NIP, [Permission::InvoiceWrite]);
    assert_eq!(listed(&sender, "").len(), 12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is posted, the answer is one of the documented ones.
    #[test]
    fn hostile_bodies_are_refused(body in "\\PC{0,200}", member in 0..7_usize, value in any::<i64>()) {
        let sandbox = at_once();
        let (client, key) = (Client::new(&sandbox), TestKey::new());
        let path = format!("/sessions/online/{}/invoices", client.open(&key));
        let mut sealed = key.seal(invoice("1").as_bytes());
        let names: Vec<String> = sealed.as_object().unwrap().keys().cloned().collect();
        if let Some(name) = names.get(member) {
            sealed[name] = if value % 2 == 0 { json!(value) } else { json!(body) };
        }
        for body in [&sealed, &json!(body), &json!([value])] {
            for path in [path.as_str(), "/sessions/online"] {
                let status = client.post(path, body).status;
                prop_assert!([202, 400].contains(&status), "{status}");
            }
        }
    }
}
