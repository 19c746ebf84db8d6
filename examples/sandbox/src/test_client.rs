//! A client that sends invoices, and the invoices that it sends.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, Response};
use ksef_core::{Nip, Sha256Digest, Timestamp};
use ksef_fa::Schema;
use serde_json::{Value, json};

use crate::keys::SessionKey;
use crate::test_support::{NIP, access_token, config, encrypt, request, start};
use crate::{Config, Delays, Permission, Sandbox};

/// The time at which tests start.
pub(crate) fn now() -> Timestamp {
    start()
}

/// A sandbox that takes as long as the real system, and whose clock stands still.
pub(crate) fn sandbox(change: impl FnOnce(&mut Config)) -> Sandbox {
    let lifetime = Duration::from_secs(30 * 24 * 60 * 60);
    let real = Config { delays: Delays::REAL, access_token_lifetime: lifetime, ..config() };
    let mut config =
        Config { delays: Delays { authentication: Duration::ZERO, ..real.delays }, ..real };
    change(&mut config);
    config.delays.authentication = Duration::ZERO;
    let sandbox = Sandbox::new(config).unwrap();
    sandbox.freeze(now());
    sandbox
}

/// Someone who has logged in.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    token: String,
}

/// An answer whose body is JSON, or nothing.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) response: Response<Bytes>,
}

impl Client {
    /// The owner of a taxpayer's context, who may send, fetch and see everything.
    pub(crate) fn of(sandbox: &Sandbox, nip: &str) -> Self {
        let permissions =
            [Permission::InvoiceRead, Permission::InvoiceWrite, Permission::Introspection];
        Self::with(sandbox, nip, permissions)
    }

    pub(crate) fn with(
        sandbox: &Sandbox,
        nip: &str,
        permissions: impl IntoIterator<Item = Permission>,
    ) -> Self {
        let nip = Nip::for_test_environment(nip).unwrap();
        Self { sandbox: sandbox.clone(), token: access_token(sandbox, nip, permissions) }
    }

    /// The owner of [`NIP`].
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        Self::of(sandbox, NIP)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &Value::Null)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, body)
    }

    /// A request with further headers.
    pub(crate) fn request_with(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        headers: &[(&'static str, &str)],
    ) -> Answer {
        let mut request = request(method, path, &self.token, body);
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        Answer::of(self.sandbox.handle(&request).unwrap())
    }

    fn request(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.request_with(method, path, body, &[])
    }

    /// Opens an online session for FA(3); its number.
    pub(crate) fn open(&self, key: &TestKey) -> String {
        self.open_for(key, FA3)
    }

    pub(crate) fn open_for(&self, key: &TestKey, form: [&str; 3]) -> String {
        let answer = self.post("/sessions/online", &opening(&self.sandbox, key, form));
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        answer.text("referenceNumber").to_owned()
    }

    /// Sends a document; the number of the invoice.
    pub(crate) fn send(&self, session: &str, key: &TestKey, document: &[u8]) -> String {
        let answer =
            self.post(&format!("/sessions/online/{session}/invoices"), &key.seal(document));
        assert_eq!(answer.status, 202, "{:?}", answer.body);
        answer.text("referenceNumber").to_owned()
    }

    pub(crate) fn close(&self, session: &str) -> Answer {
        self.post(&format!("/sessions/online/{session}/close"), &json!({}))
    }

    /// The answer about one invoice.
    pub(crate) fn invoice(&self, session: &str, invoice: &str) -> Value {
        let answer = self.get(&format!("/sessions/{session}/invoices/{invoice}"));
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.body
    }

    pub(crate) fn session(&self, session: &str) -> Value {
        let answer = self.get(&format!("/sessions/{session}"));
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.body
    }
}

/// Fetches what a link is for.
pub(crate) fn follow(sandbox: &Sandbox, link: &str, method: Method) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(link).body(Bytes::new()).unwrap();
    sandbox.handle(&request).unwrap()
}

impl Answer {
    pub(crate) fn of(response: Response<Bytes>) -> Self {
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Self { status: response.status().as_u16(), body, response }
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap()
    }

    /// Code and first detail of a refusal in the older form.
    pub(crate) fn exception(&self) -> (u64, &str) {
        let exception = &self.body["exception"]["exceptionDetailList"][0];
        let detail = exception["details"][0].as_str().unwrap_or_default();
        (exception["exceptionCode"].as_u64().unwrap(), detail)
    }
}

/// The form code of FA(3).
pub(crate) const FA3: [&str; 3] = ["FA (3)", "1-0E", "FA"];

/// The body of `POST /sessions/online`.
pub(crate) fn opening(
    sandbox: &Sandbox,
    key: &TestKey,
    [system_code, schema_version, value]: [&str; 3],
) -> Value {
    json!({
        "formCode": {
            "systemCode": system_code, "schemaVersion": schema_version, "value": value,
        },
        "encryption": key.encryption(sandbox),
    })
}

/// The key of a session, as its client has it.
#[derive(Clone, Debug)]
pub(crate) struct TestKey {
    plain: [u8; 32],
    key: SessionKey,
}

impl TestKey {
    pub(crate) fn new() -> Self {
        let plain = [7; 32];
        Self { plain, key: SessionKey::new(&plain, &[9; 16]).unwrap() }
    }

    /// `EncryptionInfo`
    pub(crate) fn encryption(&self, sandbox: &Sandbox) -> Value {
        json!({
            "encryptedSymmetricKey": encrypt(sandbox, "SymmetricKeyEncryption", &self.plain),
            "initializationVector": STANDARD.encode([9; 16]),
        })
    }

    pub(crate) fn encrypt(&self, document: &[u8]) -> Vec<u8> {
        self.key.encrypt(document).unwrap()
    }

    /// The body that sends a document.
    pub(crate) fn seal(&self, document: &[u8]) -> Value {
        sealed(document, &self.encrypt(document))
    }
}

/// The body that sends this ciphertext for this document.
pub(crate) fn sealed(document: &[u8], ciphertext: &[u8]) -> Value {
    json!({
        "invoiceHash": Sha256Digest::of(document),
        "invoiceSize": document.len(),
        "encryptedInvoiceHash": Sha256Digest::of(ciphertext),
        "encryptedInvoiceSize": ciphertext.len(),
        "encryptedInvoiceContent": STANDARD.encode(ciphertext),
    })
}

/// An FA(3) of [`NIP`], issued on the day of [`NOW`].
pub(crate) fn invoice(number: &str) -> String {
    invoice_of(NIP, number, "2026-11-20", "VAT")
}

pub(crate) fn invoice_of(seller: &str, number: &str, date: &str, kind: &str) -> String {
    format!(
        "<Faktura xmlns=\"{}\"><Naglowek><KodFormularza kodSystemowy=\"FA (3)\" \
         wersjaSchemy=\"1-0E\">FA</KodFormularza><WariantFormularza>3</WariantFormularza>\
         <DataWytworzeniaFa>2026-11-20T09:30:00Z</DataWytworzeniaFa></Naglowek><Podmiot1>\
         <DaneIdentyfikacyjne><NIP>{seller}</NIP><Nazwa>Sprzedawca</Nazwa></DaneIdentyfikacyjne>\
         <Adres><KodKraju>PL</KodKraju><AdresL1>Warszawa</AdresL1></Adres></Podmiot1><Podmiot2>\
         <DaneIdentyfikacyjne><BrakID>1</BrakID></DaneIdentyfikacyjne><JST>2</JST><GV>2</GV>\
         </Podmiot2><Fa><KodWaluty>PLN</KodWaluty><P_1>{date}</P_1><P_2>{number}</P_2>\
         <P_13_1>100</P_13_1><P_14_1>23</P_14_1><P_15>123</P_15><Adnotacje><P_16>2</P_16>\
         <P_17>2</P_17><P_18>2</P_18><P_18A>2</P_18A><Zwolnienie><P_19N>1</P_19N></Zwolnienie>\
         <NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu><P_23>2</P_23><PMarzy>\
         <P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje><RodzajFaktury>{kind}</RodzajFaktury></Fa>\
         </Faktura>",
        Schema::Fa3.namespace()
    )
}
