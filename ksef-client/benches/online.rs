//! One invoice sent over loopback, beside bare reqwest with the same body.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up ends")]

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, criterion_group, criterion_main};
use ksef_client::encryption::SessionKey;
use ksef_client::{Client, OnlineSession, OutgoingInvoice, PollPolicy};
use ksef_core::{
    Clock as _, Endpoints, Environment, FixedClock, FormCode, InvoiceXml, Nip, Secret,
};
use serde_json::{Value, json};

const SESSION: &str = "20250626-SO-2F14610000-242991F8C9-B4";

const ANSWER: &str = r#"{"referenceNumber":"20250918-EE-2F20AD2000-242386DF86-52"}"#;

/// An invoice of 3 kB.
fn invoice() -> Vec<u8> {
    let mut text = String::from("<Faktura>");
    while text.len() < 2_900 {
        let number = text.len() * 7_919;
        text +=
            &format!("<FaWiersz><P_7>Usługa {number:x}</P_7><P_9A>{number}.00</P_9A></FaWiersz>");
    }
    text += "</Faktura>";
    text.into_bytes()
}

/// A server on this machine that takes every invoice.
fn stub() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    format!("http://{address}/v2")
}

/// Answers one request after another on a connection, until it is closed.
fn answer(stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    let (length, mut line, mut body) = (ANSWER.len(), String::new(), Vec::new());
    let answer = format!(
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n\
         {ANSWER}"
    );
    loop {
        let mut content_length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                content_length = value.trim().parse().ok()?;
            }
        }
        body.resize(content_length, 0);
        reader.read_exact(&mut body).ok()?;
        writer.write_all(answer.as_bytes()).ok()?;
    }
}

fn kept(kind: &str, mut content: Value) -> Secret<String> {
    let members = content.as_object_mut().expect("an object");
    members.insert("environment".to_owned(), json!(Environment::Test));
    members.insert("context".to_owned(), json!({ "type": "Nip", "value": "5265877635" }));
    Secret::new(json!({ "version": 1, "kind": kind, "content": content }).to_string())
}

/// A session that is open already, without a limiter: nothing waits here.
fn session(api: &str, clock: Arc<FixedClock>) -> OnlineSession {
    let endpoints = Endpoints::custom(Environment::Test, api).expect("an address");
    let client = Client::builder_for(endpoints).without_limiter().clock(clock);
    let client = client.build().expect("a client");
    let token = json!({ "token": "token", "validUntil": "2049-11-20T12:00:00Z" });
    let login = json!({ "tokens": {
        "reference_number": "20251010-AU-19F5E39000-39B5B182BA-B8", "access": token, "refresh": token,
    }});
    let login = client.resume_login(&kept("login", login), None, &PollPolicy::new());
    let key = SessionKey::generate().expect("a key").to_secret();
    let session = json!({
        "reference_number": SESSION,
        "valid_until": "2049-11-20T12:00:00Z",
        "form_code": FormCode::Fa3,
        "key": key.expose(),
    });
    login.expect("a login").resume_online(&kept("online_session", session)).expect("a session")
}

/// The body that the client sends, made once.
fn body(xml: &InvoiceXml) -> Vec<u8> {
    let encrypted = SessionKey::generate().expect("a key").encrypt(xml).expect("encrypted");
    let body = json!({
        "invoiceHash": encrypted.invoice_hash,
        "invoiceSize": encrypted.invoice_size,
        "encryptedInvoiceHash": encrypted.encrypted_invoice_hash,
        "encryptedInvoiceSize": encrypted.encrypted_invoice_size,
        "encryptedInvoiceContent": STANDARD.encode(&encrypted.encrypted_invoice_content),
        "offlineMode": false,
    });
    body.to_string().into_bytes()
}

fn sends(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let api = stub();
    let xml = InvoiceXml::new(invoice()).expect("an invoice");
    let body = body(&xml);
    let mut group = c.benchmark_group("send an invoice of 3 kB over loopback");
    let http = reqwest::Client::builder().tls_certs_only([]).http1_only().no_proxy();
    let http = http.build().expect("a client");
    let url = format!("{api}/sessions/online/{SESSION}/invoices");
    group.bench_function("bare reqwest", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let request = http.post(&url).bearer_auth("token").body(body.clone());
                let request = request.header("content-type", "application/json");
                let answer = request.send().await.expect("an answer");
                black_box(answer.bytes().await.expect("an answer"))
            })
        });
    });
    // KSeF takes an invoice of today only when today has begun in UTC as well.
    let clock = Arc::new(FixedClock::at("2026-11-20T12:00:00Z".parse().expect("a time")));
    let today = clock.today_in_warsaw();
    let session = session(&api, clock);
    let seller: Nip = "5265877635".parse().expect("a NIP");
    group.bench_function("OnlineSession::send", |b| {
        b.iter(|| {
            let invoice = OutgoingInvoice::new(FormCode::Fa3, xml.clone(), seller, today);
            black_box(runtime.block_on(session.send(invoice)).expect("sent"))
        });
    });
    group.finish();
}

criterion_group!(benches, sends);
criterion_main!(benches);
