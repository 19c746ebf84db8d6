//! `Client`, someone who has logged in.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use ksef_core::Sha256Digest;
use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::{Answer, BatchOrder, CheckedSandbox, DocumentKey, Usage};

/// Someone who has logged in.
#[derive(Clone, Debug)]
pub struct Client<'a> {
    checked: &'a CheckedSandbox,
    access_token: String,
    refresh_token: String,
}

/// A request for an operation, with a token and a body in JSON where there is one.
///
/// # Errors
///
/// When the path is none.
pub fn request(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Result<Request<Bytes>, Failed> {
    let mut request = Request::builder().method(method).uri(format!("/v2{path}"));
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let Some(body) = body else {
        return Ok(request.body(Bytes::new())?);
    };
    Ok(request.header("Content-Type", "application/json").body(body.to_string().into())?)
}

/// `SendInvoiceRequest`: this ciphertext for this document.
#[must_use]
pub fn sealed(document: &[u8], ciphertext: &[u8]) -> Value {
    json!({
        "invoiceHash": Sha256Digest::of(document),
        "invoiceSize": document.len(),
        "encryptedInvoiceHash": Sha256Digest::of(ciphertext),
        "encryptedInvoiceSize": ciphertext.len(),
        "encryptedInvoiceContent": STANDARD.encode(ciphertext),
    })
}

impl<'a> Client<'a> {
    pub(super) fn new(checked: &'a CheckedSandbox, tokens: &Answer) -> Result<Self, Failed> {
        let access_token = tokens.text("/accessToken/token")?.to_owned();
        let refresh_token = tokens.text("/refreshToken/token")?.to_owned();
        Ok(Self { checked, access_token, refresh_token })
    }

    /// The sandbox that it talks to.
    #[must_use]
    pub const fn checked(&self) -> &'a CheckedSandbox {
        self.checked
    }

    /// The token of its requests.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// The token for new access tokens.
    #[must_use]
    pub fn refresh_token(&self) -> &str {
        &self.refresh_token
    }

    /// Takes a new access token.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn refresh(&mut self) -> Result<(), Failed> {
        let request = request("POST", "/auth/token/refresh", Some(&self.refresh_token), None)?;
        let answer = self.checked.ask(&request)?.expect(200)?;
        answer.text("/accessToken/token")?.clone_into(&mut self.access_token);
        Ok(())
    }

    /// A request of this client.
    ///
    /// # Errors
    ///
    /// When the path is none.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Request<Bytes>, Failed> {
        request(method, path, Some(&self.access_token), body)
    }

    /// Asks for something.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn get(&self, path: &str) -> Result<Answer, Failed> {
        self.checked.ask(&self.request("GET", path, None)?)
    }

    /// Sends something.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer, Failed> {
        self.checked.ask(&self.request("POST", path, Some(body))?)
    }

    /// Sends a request without a body.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn call(&self, method: &str, path: &str) -> Result<Answer, Failed> {
        self.checked.ask(&self.request(method, path, None)?)
    }

    /// A new KSeF token with rights to read and write invoices; its secret text.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn ksef_token(&self) -> Result<String, Failed> {
        let body = json!({
            "permissions": ["InvoiceRead", "InvoiceWrite", "Introspection"],
            "description": "Token of a test",
        });
        let answer = self.post("/tokens", &body)?.expect(202)?;
        Ok(answer.text("/token")?.to_owned())
    }

    /// `OpenOnlineSessionRequest` for FA(3).
    ///
    /// # Errors
    ///
    /// When there is no key to encrypt to.
    pub fn opening(&self, key: &DocumentKey) -> Result<Value, Failed> {
        let certificate = self.checked.public_key(Usage::SymmetricKeyEncryption)?.certificate;
        Ok(json!({
            "formCode": { "systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA" },
            "encryption": key.encryption(&certificate)?,
        }))
    }

    /// Opens an online session for FA(3) with [`DocumentKey::TEST`]; its number.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn open(&self) -> Result<String, Failed> {
        let opening = self.opening(&DocumentKey::TEST)?;
        let answer = self.post("/sessions/online", &opening)?.expect(201)?;
        Ok(answer.text("/referenceNumber")?.to_owned())
    }

    /// Sends a document in a session of [`Client::open`].
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn send(&self, session: &str, document: &[u8]) -> Result<Answer, Failed> {
        let ciphertext = DocumentKey::TEST.encrypt(document)?;
        self.send_sealed(session, &sealed(document, &ciphertext))
    }

    /// Sends what is given.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn send_sealed(&self, session: &str, body: &Value) -> Result<Answer, Failed> {
        self.post(&format!("/sessions/online/{session}/invoices"), body)
    }

    /// Sends a document that is taken; the number of the invoice.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn deliver(&self, session: &str, document: &[u8]) -> Result<String, Failed> {
        let answer = self.send(session, document)?.expect(202)?;
        Ok(answer.text("/referenceNumber")?.to_owned())
    }

    /// Closes an online session.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn close(&self, session: &str) -> Result<Answer, Failed> {
        self.call("POST", &format!("/sessions/online/{session}/close"))
    }

    /// What is told about a session.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn session(&self, session: &str) -> Result<Answer, Failed> {
        self.get(&format!("/sessions/{session}"))?.expect(200)
    }

    /// What is told about an invoice.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn invoice(&self, session: &str, invoice: &str) -> Result<Answer, Failed> {
        self.get(&format!("/sessions/{session}/invoices/{invoice}"))?.expect(200)
    }

    /// The invoices of a session, of which there are at most a thousand.
    ///
    /// # Errors
    ///
    /// When they are refused.
    pub fn invoices(&self, session: &str) -> Result<Vec<Value>, Failed> {
        let path = format!("/sessions/{session}/invoices?pageSize=1000");
        Ok(self.get(&path)?.expect(200)?.list("/invoices")?.to_vec())
    }

    /// Opens a batch session.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn open_batch(&self, order: &BatchOrder) -> Result<Answer, Failed> {
        self.post("/sessions/batch", order.body())
    }

    /// Uploads the parts where the answer to [`Client::open_batch`] says.
    ///
    /// # Errors
    ///
    /// When a part is refused.
    pub fn upload(&self, opened: &Answer, parts: &[Bytes]) -> Result<(), Failed> {
        let links = opened.list("/partUploadRequests")?;
        for (link, part) in links.iter().zip(parts) {
            let field = |name: &str| link.get(name).and_then(Value::as_str).unwrap_or_default();
            let mut request = Request::builder().method(field("method")).uri(field("url"));
            for (name, value) in
                link.get("headers").and_then(Value::as_object).into_iter().flatten()
            {
                request = request.header(name, value.as_str().unwrap_or_default());
            }
            self.checked.ask(&request.body(part.clone())?)?.expect(201)?;
        }
        Ok(())
    }

    /// Closes a batch session.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn close_batch(&self, session: &str) -> Result<Answer, Failed> {
        self.call("POST", &format!("/sessions/batch/{session}/close"))
    }

    /// Opens a batch session, uploads its parts and closes it; its number.
    ///
    /// # Errors
    ///
    /// When something of it is refused.
    pub fn send_batch(&self, order: &BatchOrder) -> Result<String, Failed> {
        let opened = self.open_batch(order)?.expect(201)?;
        self.upload(&opened, order.parts())?;
        let session = opened.text("/referenceNumber")?.to_owned();
        self.close_batch(&session)?.expect(204)?;
        Ok(session)
    }

    /// Lets seconds pass until an online session, or an order, has another status than `pending`, 20 at most.
    ///
    /// # Errors
    ///
    /// When it goes on.
    pub fn settle(&self, path: &str, pending: &[u16]) -> Result<Answer, Failed> {
        for _ in 0..20 {
            let answer = self.get(path)?.expect(200)?;
            if !pending.contains(&answer.status()?.code) {
                return Ok(answer);
            }
            self.checked.advance(Duration::from_secs(1));
        }
        Err(format!("{path} does not come to an end").into())
    }
}
