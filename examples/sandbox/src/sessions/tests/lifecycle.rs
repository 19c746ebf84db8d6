//! How the status of a session follows from what happened and from the clock.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::{code, status};
use crate::config::Delays;
use crate::faults::{Fault, FaultKind};
use crate::test_client::{Client, FA3, TestKey, invoice, now, opening, sandbox};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_session_goes_from_100_over_170_to_200() {
    let sandbox = sandbox(|_| ());
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    let opened = client.session(&session);
    assert_eq!(code(&opened), 100);
    assert_eq!(opened["invoiceCount"], 0);
    assert_eq!(opened["dateCreated"], json!(now()));
    assert!(opened.get("upo").is_none());

    let sent = client.send(&session, &key, invoice("1").as_bytes());
    let states: Vec<_> = [0, 50, 250]
        .map(|milliseconds| {
            sandbox.advance(Duration::from_millis(milliseconds));
            code(&client.invoice(&session, &sent))
        })
        .into();
    assert_eq!(states, [100, 150, 200]);

    assert_eq!(client.close(&session).status, 204);
    assert_eq!(code(&client.session(&session)), 170);
    sandbox.advance(Delays::REAL.session);
    let done = client.session(&session);
    assert_eq!(code(&done), 200);
    let counts = ["invoiceCount", "successfulInvoiceCount", "failedInvoiceCount"];
    assert_eq!(counts.map(|name| done[name].as_u64().unwrap()), [1, 1, 0]);
    assert_eq!(done["upo"]["pages"].as_array().unwrap().len(), 1);
}

#[test]
fn a_closed_session_waits_for_its_invoices() {
    let sandbox = sandbox(|config| config.delays.invoice = HOUR);
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    client.send(&session, &key, invoice("1").as_bytes());
    client.close(&session);
    sandbox.advance(HOUR);
    assert_eq!(code(&client.session(&session)), 170);
    sandbox.advance(Delays::REAL.session);
    assert_eq!(code(&client.session(&session)), 200);
}

#[test]
fn a_session_without_invoices_is_cancelled() {
    let sandbox = sandbox(|config| config.delays = Delays::NONE);
    let client = Client::new(&sandbox);
    let session = client.open(&TestKey::new());
    client.close(&session);
    assert_eq!(status(&client.session(&session)), (440, "Nie przesłano faktur"));
}

#[test]
fn a_session_without_accepted_invoices_fails() {
    let sandbox = sandbox(|config| config.delays = Delays::NONE);
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    client.send(&session, &key, b"no invoice");
    client.close(&session);
    let failed = client.session(&session);
    assert_eq!(code(&failed), 445);
    assert_eq!((&failed["failedInvoiceCount"], failed.get("upo")), (&json!(1), None));
}

#[test]
fn a_session_closes_itself_after_twelve_hours() {
    let sandbox = sandbox(|_| ());
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let session = client.open(&key);
    client.send(&session, &key, invoice("1").as_bytes());
    sandbox.advance(12 * HOUR - Duration::from_millis(1));
    assert_eq!(code(&client.session(&session)), 100);
    sandbox.advance(Duration::from_millis(1));
    let closed = client.session(&session);
    assert_eq!(code(&closed), 170);
    assert_eq!(closed["dateUpdated"], closed["validUntil"]);
    let path = format!("/sessions/online/{session}/invoices");
    let late = client.post(&path, &key.seal(invoice("2").as_bytes()));
    assert_eq!(late.exception(), (21180, "Status sesji (170) uniemożliwia wysyłkę faktur."));
    sandbox.advance(Delays::REAL.session);
    assert_eq!(code(&client.session(&session)), 200);
    let closing = client.close(&session);
    assert_eq!(closing.exception(), (21180, "Status sesji (200) uniemożliwia jej zamknięcie."));
}

#[test]
fn a_key_that_cannot_be_decrypted_shows_after_a_while() {
    let sandbox = sandbox(|_| ());
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let mut body = opening(&sandbox, &key, FA3);
    body["encryption"]["encryptedSymmetricKey"] = json!("AAAA");
    let opened = client.post("/sessions/online", &body);
    assert_eq!(opened.status, 201);
    let session = opened.text("referenceNumber");
    assert_eq!(code(&client.session(session)), 100);
    // Whoever is quick still gets an invoice in, and nothing comes of it.
    let sent = client.send(session, &key, invoice("1").as_bytes());
    sandbox.advance(Delays::REAL.invoice);
    assert_eq!(code(&client.session(session)), 415);
    assert_eq!(code(&client.invoice(session, &sent)), 405);
    let path = format!("/sessions/online/{session}/invoices");
    let late = client.post(&path, &key.seal(invoice("2").as_bytes()));
    assert_eq!(late.exception(), (21180, "Status sesji (415) uniemożliwia wysyłkę faktur."));
    assert_eq!(client.close(session).exception().0, 21180);
}

#[test]
fn a_fault_fails_a_session_whose_key_is_right() {
    let sandbox = sandbox(|config| config.delays = Delays::NONE);
    sandbox.0.world().faults.add(Fault::always(FaultKind::SessionKeyRace));
    let client = Client::new(&sandbox);
    let session = client.open(&TestKey::new());
    assert_eq!(code(&client.session(&session)), 415);
}

#[test]
fn sessions_are_independent_of_each_other() {
    let sandbox = sandbox(|_| ());
    let (client, key) = (Client::new(&sandbox), TestKey::new());
    let (first, second) = (client.open(&key), client.open(&key));
    client.close(&first);
    client.send(&second, &key, invoice("1").as_bytes());
    assert_eq!([&first, &second].map(|session| code(&client.session(session))), [170, 100]);
}

proptest! {
    /// A status that is final stays, and none goes back.
    #[test]
    fn statuses_only_go_forward(steps in prop::collection::vec((0..4_u8, 0..2_000_u64), 1..12)) {
        let sandbox = sandbox(|_| ());
        let (client, key) = (Client::new(&sandbox), TestKey::new());
        let session = client.open(&key);
        let (mut last, mut numbers) = (100, 0..);
        for (step, milliseconds) in steps {
            let path = format!("/sessions/online/{session}/invoices");
            match step {
                0 => {
                    let number = numbers.next().unwrap_or(0).to_string();
                    client.post(&path, &key.seal(invoice(&number).as_bytes()));
                }
                1 => drop(client.post(&path, &key.seal(b"no invoice"))),
                2 => drop(client.close(&session)),
                _ => sandbox.advance(Duration::from_millis(milliseconds)),
            }
            let next = code(&client.session(&session));
            prop_assert!(next >= last && (last < 200 || next == last), "{last} to {next}");
            last = next;
        }
    }
}
