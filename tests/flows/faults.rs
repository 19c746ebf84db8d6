//! Every fault on demand can be seen to happen, and happens where and as often as it was asked for.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use ksef_core::Sha256Digest;
use ksef_sandbox::{Fault, FaultKind, HeldBack, Operation};
use ksef_tests::sandbox::{CheckedSandbox, DocumentKey, InvoiceText, NIP, Package, request};
use ksef_tests::sandbox::{Client, Compression};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use crate::causes::order_of_export;

/// A fault in JSON, and what is to be seen when it is on.
type Seen = (Value, fn(&CheckedSandbox) -> Result<(), Failed>);

fn table() -> Vec<Seen> {
    vec![
        (json!({ "kind": "dropBefore", "operation": "POST /auth/challenge" }), drops_a_challenge),
        (json!({ "kind": "dropBefore", "operation": SEND }), drops_before),
        (json!({ "kind": "dropAfter", "operation": SEND }), drops_after),
        (json!({ "kind": "delay", "milliseconds": 1500 }), delays),
        (json!({ "kind": "tooManyRequests", "retryAfterSeconds": 30 }), storms),
        (json!({ "kind": "serverError", "status": 503, "operation": SEND }), fails),
        (json!({ "kind": "html", "operation": SEND }), answers_html),
        (json!({ "kind": "sessionKeyRace" }), spoils_the_key),
        (json!({ "kind": "sessionUnavailable", "count": 1 }), is_unavailable),
        (json!({ "kind": "stuckProcessing" }), is_stuck),
        (json!({ "kind": "exportStuck" }), |checked| export_is(checked, 100)),
        (json!({ "kind": "wrongPartHash" }), names_wrong_hashes),
        (json!({ "kind": "invoiceCancelled", "operation": SEND }), |checked| {
            invoice_is(checked, 550)
        }),
        (json!({ "kind": "invoiceCancelled", "operation": EXPORT }), |checked| {
            export_is(checked, 550)
        }),
        (json!({ "kind": "unknownError", "operation": SEND }), |checked| invoice_is(checked, 500)),
        (json!({ "kind": "unknownError", "operation": EXPORT }), |checked| export_is(checked, 500)),
        (json!({ "kind": "authenticationCancelled" }), |checked| login_is(checked, 550)),
        (json!({ "kind": "authenticationError" }), |checked| login_is(checked, 500)),
        (json!({ "kind": "latePermanentStorage", "seconds": 60 }), is_stored_late),
        (json!({ "kind": "shortAccessToken", "seconds": 5 }), expires_early),
        (json!({ "kind": "wrongOriginalSession" }), names_the_wrong_session),
        (json!({ "kind": "systemWarning", "text": "[W1]: Prace" }), warns),
    ]
}

const SEND: &str = "POST /sessions/online/{referenceNumber}/invoices";
const EXPORT: &str = "POST /invoices/exports";
const MINUTE: Duration = Duration::from_secs(60);

/// The answers that a fault makes wrong.
pub(crate) fn excuse(_: &Request<Bytes>, response: &Response<Bytes>) -> Option<&'static str> {
    let is_html = response.headers().get("content-type").is_some_and(|kind| kind == "text/html");
    if is_html {
        return Some("a page of a firewall");
    }
    response.status().is_server_error().then_some("an error that was asked for")
}

fn control(method: &str, path: &str, body: &Value) -> Result<Request<Bytes>, Failed> {
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    Ok(Request::builder().method(method).uri(path).body(body)?)
}

pub(crate) fn each_is_seen() -> Result<(), Failed> {
    for (fault, seen) in table() {
        let checked = CheckedSandbox::new(|_| {})?.excusing(excuse);
        let added = checked.ask(&control("POST", "/sandbox/faults", &fault)?)?.expect(201)?;
        seen(&checked).map_err(|why| format!("{fault}: {why:?}"))?;
        let list = checked.ask(&control("GET", "/sandbox/faults", &Value::Null)?)?.expect(200)?;
        if list.number("/faults/0/fired")? == 0 {
            return Err(format!("{fault} did not happen").into());
        }
        let path = format!("/sandbox/faults/{}", added.number("/id")?);
        checked.ask(&control("DELETE", &path, &Value::Null)?)?.expect(204)?;
        invoice_is(&checked, 200).map_err(|why| format!("after {fault}: {why:?}"))?;
        checked.verdict()?;
    }
    Ok(())
}

/// The sandbox names all of its faults to whoever asks for one that it does not have.
pub(crate) fn all_are_seen() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let refused = checked.ask(&control("POST", "/sandbox/faults", &json!({ "kind": "none" }))?)?;
    let sentence = refused.expect(400)?;
    let sentence = sentence.text("/error")?;
    let (_, names) = sentence.split_once("expected one of ").ok_or("it names none")?;
    let table = table();
    let seen = |name: &&str| table.iter().any(|(fault, _)| fault.get("kind") == Some(&json!(name)));
    let unseen = names.split('`').skip(1).step_by(2).filter(|name| !seen(name));
    crate::none(&unseen.map(str::to_owned).collect::<Vec<_>>())
}

/// By operation, count and probability, in the same way for the same seed.
pub(crate) fn happen_as_often_as_asked() -> Result<(), Failed> {
    let dropped = |seed: u64| -> Result<Vec<bool>, Failed> {
        let checked = CheckedSandbox::new(|_| {})?;
        let fault = Fault::always(FaultKind::DropBefore).in_thousandths(300, seed).times(50);
        checked.sandbox().add_fault(fault.at(Operation::AuthenticationChallenge));
        let challenge = request("POST", "/auth/challenge", None, None)?;
        let keys = request("GET", "/security/public-key-certificates", None, None)?;
        let mut dropped = Vec::new();
        for _ in 0..400 {
            checked.ask(&keys)?.expect(200)?;
            dropped.push(checked.send(&challenge).is_err());
        }
        checked.verdict()?;
        Ok(dropped)
    };
    let (first, again, other) = (dropped(7)?, dropped(7)?, dropped(8)?);
    let count = first.iter().filter(|dropped| **dropped).count();
    let early = first.iter().take(100).filter(|dropped| **dropped).count();
    let holds = first == again && first != other && count == 50 && (15..=45).contains(&early);
    if holds { Ok(()) } else { Err(format!("{count} of 400, {early} of 100").into()) }
}

fn that(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what.into()) }
}

fn number_of_invoices(client: &Client<'_>, session: &str) -> Result<usize, Failed> {
    Ok(client.invoices(session)?.len())
}

/// A client, its session and a request to send an invoice.
fn prepared(checked: &CheckedSandbox) -> Result<(Client<'_>, String, Request<Bytes>), Failed> {
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let text = InvoiceText::new("0");
    let ciphertext = DocumentKey::TEST.encrypt(text.as_bytes())?;
    let body = ksef_tests::sandbox::sealed(text.as_bytes(), &ciphertext);
    let request =
        client.request("POST", &format!("/sessions/online/{session}/invoices"), Some(&body))?;
    Ok((client, session, request))
}

fn drops_a_challenge(checked: &CheckedSandbox) -> Result<(), Failed> {
    let challenge = request("POST", "/auth/challenge", None, None)?;
    that(checked.send(&challenge).is_err(), "there is an answer")
}

fn drops_before(checked: &CheckedSandbox) -> Result<(), Failed> {
    let (client, session, request) = prepared(checked)?;
    that(checked.send(&request).is_err(), "there is an answer")?;
    that(number_of_invoices(&client, &session)? == 0, "it took effect")
}

fn drops_after(checked: &CheckedSandbox) -> Result<(), Failed> {
    let (client, session, request) = prepared(checked)?;
    that(checked.send(&request).is_err(), "there is an answer")?;
    that(number_of_invoices(&client, &session)? == 1, "it took no effect")?;
    // So that the number is free for what comes after the fault.
    that(checked.sandbox().accepted().len() == 1, "it is not accepted")
}

fn delays(checked: &CheckedSandbox) -> Result<(), Failed> {
    let answer = checked.send(&request("POST", "/auth/challenge", None, None)?)?;
    let held = answer.extensions().get::<HeldBack>();
    that(held == Some(&HeldBack(Duration::from_millis(1500))), "it is not held back")
}

fn storms(checked: &CheckedSandbox) -> Result<(), Failed> {
    for _ in 0..3 {
        let challenge = request("POST", "/auth/challenge", None, None)?;
        let refused = checked.ask(&challenge)?.expect(429)?;
        that(refused.header("retry-after") == Some("30"), "it does not say for how long")?;
    }
    Ok(())
}

fn fails(checked: &CheckedSandbox) -> Result<(), Failed> {
    let (client, session, request) = prepared(checked)?;
    checked.ask(&request)?.expect(503)?;
    that(number_of_invoices(&client, &session)? == 0, "it took effect")
}

fn answers_html(checked: &CheckedSandbox) -> Result<(), Failed> {
    let (client, session, request) = prepared(checked)?;
    let page = checked.ask(&request)?.expect(200)?;
    that(page.body().starts_with(b"<html"), "it is no page")?;
    that(number_of_invoices(&client, &session)? == 0, "it took effect")
}

fn spoils_the_key(checked: &CheckedSandbox) -> Result<(), Failed> {
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    that(client.session(&session)?.status()?.code == 415, "the session is open")?;
    client.send(&session, InvoiceText::new("0").as_bytes())?.refused_with(21180)?;
    Ok(())
}

fn is_unavailable(checked: &CheckedSandbox) -> Result<(), Failed> {
    let (client, session, request) = prepared(checked)?;
    checked.ask(&request)?.refused_with(21184)?;
    checked.ask(&request)?.expect(202)?;
    that(number_of_invoices(&client, &session)? == 1, "it is not taken the second time")
}

fn is_stuck(checked: &CheckedSandbox) -> Result<(), Failed> {
    let (client, session, request) = prepared(checked)?;
    let sent = checked.ask(&request)?.expect(202)?;
    client.close(&session)?.expect(204)?;
    let package = Package::new(Compression::Zip, [("1.xml", InvoiceText::new("b").as_str())])?;
    let batch = client.send_batch(&package.order(checked, 1)?)?;
    checked.advance(10 * MINUTE);
    let invoice = client.invoice(&session, sent.text("/referenceNumber")?)?.status()?.code;
    let codes = [client.session(&session)?.status()?.code, client.session(&batch)?.status()?.code];
    that((invoice, codes) == (150, [170, 150]), "it goes on")
}

/// How an invoice ends that is sent now.
fn invoice_is(checked: &CheckedSandbox, code: u16) -> Result<(), Failed> {
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let invoice = client.deliver(&session, InvoiceText::new("last").as_bytes())?;
    let status = client.invoice(&session, &invoice)?.status()?;
    that(status.code == code, &format!("{status:?}"))
}

fn login_is(checked: &CheckedSandbox, code: u16) -> Result<(), Failed> {
    let why = checked.log_in(NIP).err().and_then(|failed| failed.message().map(str::to_owned));
    let expected = format!("code: {code}");
    that(why.is_some_and(|why| why.contains(&expected)), "the login ends otherwise")
}

fn export_is(checked: &CheckedSandbox, code: u16) -> Result<(), Failed> {
    let client = checked.log_in(NIP)?;
    let ordered = client.post("/invoices/exports", &order_of_export(checked)?)?.expect(201)?;
    checked.advance(10 * MINUTE);
    let path = format!("/invoices/exports/{}", ordered.text("/referenceNumber")?);
    let status = client.get(&path)?.expect(200)?.status()?;
    that(status.code == code, &format!("{status:?}"))
}

fn names_wrong_hashes(checked: &CheckedSandbox) -> Result<(), Failed> {
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    client.deliver(&session, InvoiceText::new("0").as_bytes())?;
    checked.advance(MINUTE);
    let ordered = client.post("/invoices/exports", &order_of_export(checked)?)?.expect(201)?;
    let path = format!("/invoices/exports/{}", ordered.text("/referenceNumber")?);
    let status = client.get(&path)?.expect(200)?;
    let part = checked.follow(status.text("/package/parts/0/url")?)?.expect(200)?;
    let true_hash = Sha256Digest::of(part.body()).to_string();
    let named = status.text("/package/parts/0/encryptedPartHash")?;
    that(named != true_hash, "the hash is right")?;
    that(part.header("x-ms-meta-hash") == Some(&true_hash), "the header is wrong too")
}

fn is_stored_late(checked: &CheckedSandbox) -> Result<(), Failed> {
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let invoice = client.deliver(&session, InvoiceText::new("0").as_bytes())?;
    let told = client.invoice(&session, &invoice)?;
    let path = format!("/invoices/ksef/{}", told.text("/ksefNumber")?);
    that(told.text("/permanentStorageDate").is_err(), "it is stored at once")?;
    client.get(&path)?.refused_with(21165)?;
    checked.advance(MINUTE);
    client.invoice(&session, &invoice)?.text("/permanentStorageDate")?;
    client.get(&path)?.expect(200)?;
    Ok(())
}

fn expires_early(checked: &CheckedSandbox) -> Result<(), Failed> {
    let mut client = checked.log_in(NIP)?;
    client.get("/rate-limits")?.expect(200)?;
    checked.advance(Duration::from_secs(6));
    client.get("/rate-limits")?.expect(401)?;
    client.refresh()?;
    client.get("/rate-limits")?.expect(200)?;
    Ok(())
}

fn names_the_wrong_session(checked: &CheckedSandbox) -> Result<(), Failed> {
    let client = checked.log_in(NIP)?;
    let (first, second) = (client.open()?, client.open()?);
    let text = InvoiceText::new("0");
    client.deliver(&first, text.as_bytes())?;
    let duplicate = client.deliver(&second, text.as_bytes())?;
    let told = client.invoice(&second, &duplicate)?;
    let named = told.text("/status/extensions/originalSessionReferenceNumber")?;
    that(told.status()?.code == 440 && named == second, "it names the right one")
}

fn warns(checked: &CheckedSandbox) -> Result<(), Failed> {
    let answer = checked.ask(&request("POST", "/auth/challenge", None, None)?)?.expect(200)?;
    that(answer.header("x-system-warning") == Some("[W1]: Prace"), "there is no warning")
}
