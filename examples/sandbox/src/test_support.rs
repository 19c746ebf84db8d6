//! What the tests of several modules share: a sandbox whose clock stands still, and a client.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request};
use ksef_core::{FixedClock, Nip, Timestamp};
use serde_json::{Value, json};
use x509_cert::der::{Decode, Encode};

use crate::keys::Keys;
use crate::{Config, Delays, Permission, Sandbox};

/// The taxpayer of most tests.
pub(crate) const NIP: &str = "5265877635";

pub(crate) fn nip() -> Nip {
    NIP.parse().unwrap()
}

/// When the clock stands still.
pub(crate) fn start() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// Everything happens at once, nothing is limited, and the keys are those of all tests.
pub(crate) fn config() -> Config {
    static KEYS: OnceLock<Arc<Keys>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| Arc::new(Keys::generate(start()).unwrap()));
    Config {
        delays: Delays::NONE,
        rate_limits: false,
        clock: Arc::new(FixedClock::at(start())),
        keys: Some(Arc::clone(keys)),
        seed: Some(1),
        ..Config::default()
    }
}

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(config()).unwrap()
}

/// An answer, whose body is null unless it is JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The exception codes of a refusal, in either of its forms.
    pub(crate) fn codes(&self) -> Vec<u64> {
        let list = &self.body["exception"]["exceptionDetailList"];
        list.as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["exceptionCode"].as_u64().unwrap())
            .collect()
    }

    /// The first detail of the first exception.
    pub(crate) fn detail(&self) -> &str {
        let list = &self.body["exception"]["exceptionDetailList"];
        list[0]["details"][0].as_str().unwrap_or_default()
    }

    /// `status.code` of the body.
    pub(crate) fn code(&self) -> u64 {
        self.body["status"]["code"].as_u64().unwrap()
    }

    /// This member of the body as text.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap().to_owned()
    }
}

pub(crate) fn send(sandbox: &Sandbox, request: &Request<Bytes>) -> Answer {
    let response = sandbox.handle(request).unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: serde_json::from_slice(response.body()).unwrap_or_default(),
    }
}

/// A request with a token unless that is empty, and a body of JSON unless that is null.
pub(crate) fn request(method: Method, path: &str, token: &str, body: &Value) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(format!("/v2{path}"));
    if !token.is_empty() {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    if body.is_null() {
        return request.body(Bytes::new()).unwrap();
    }
    let request = request.header(CONTENT_TYPE, "application/json");
    request.body(body.to_string().into()).unwrap()
}

pub(crate) fn get(sandbox: &Sandbox, path: &str, token: &str) -> Answer {
    send(sandbox, &request(Method::GET, path, token, &Value::Null))
}

pub(crate) fn delete(sandbox: &Sandbox, path: &str, token: &str) -> Answer {
    send(sandbox, &request(Method::DELETE, path, token, &Value::Null))
}

pub(crate) fn post(sandbox: &Sandbox, path: &str, token: &str, body: &Value) -> Answer {
    send(sandbox, &request(Method::POST, path, token, body))
}

/// Encrypts to the key of this usage, as the sandbox hands it out, and gives Base64.
pub(crate) fn encrypt(sandbox: &Sandbox, usage: &str, plain: &[u8]) -> String {
    let certificates = get(sandbox, "/security/public-key-certificates", "").body;
    let is_for_this = |entry: &&Value| entry["usage"] == json!([usage]);
    let entry = certificates.as_array().unwrap().iter().find(is_for_this).unwrap();
    let der = STANDARD.decode(entry["certificate"].as_str().unwrap()).unwrap();
    let certificate = x509_cert::Certificate::from_der(&der).unwrap();
    let key = certificate.tbs_certificate().subject_public_key_info().to_der().unwrap();
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&key).unwrap()).unwrap();
    let mut ciphertext = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, plain, &mut ciphertext, None).unwrap();
    STANDARD.encode(ciphertext)
}

/// The body of `POST /auth/ksef-token` that logs in with this KSeF token.
pub(crate) fn token_login(sandbox: &Sandbox, context: &Value, token: &str) -> Value {
    let challenge = post(sandbox, "/auth/challenge", "", &Value::Null).body;
    let plain = format!("{token}|{}", challenge["timestampMs"]);
    json!({
        "challenge": challenge["challenge"],
        "contextIdentifier": context,
        "encryptedToken": encrypt(sandbox, "KsefTokenEncryption", plain.as_bytes()),
    })
}

/// Logs in, and gives the access and the refresh token.
pub(crate) fn redeem(sandbox: &Sandbox, accepted: &Answer) -> (String, String) {
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let token = accepted.text("/authenticationToken/token");
    let redeemed = post(sandbox, "/auth/token/redeem", &token, &Value::Null);
    assert_eq!(redeemed.status, 200, "{redeemed:?}");
    (redeemed.text("/accessToken/token"), redeemed.text("/refreshToken/token"))
}

/// The access token of a taxpayer who logged in with a new KSeF token with these rights.
pub(crate) fn access_token(
    sandbox: &Sandbox,
    nip: Nip,
    permissions: impl IntoIterator<Item = Permission>,
) -> String {
    let token = sandbox.create_token(nip, permissions);
    let login = token_login(sandbox, &json!({ "type": "Nip", "value": nip }), token.expose());
    redeem(sandbox, &post(sandbox, "/auth/ksef-token", "", &login)).0
}
