//! A KSeF that answers every request of the contract with what the file says, and without a socket.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use ksef_client::{Client, RetryPolicy, Timer, Transport, TransportError};
use ksef_core::port::BoxFuture;
use ksef_core::{Endpoints, Environment, FixedClock, Sha256Digest};
use ksef_tests::client::{API, STORAGE, World};
use ksef_tests::contract::{Contract, Inspector};
use ksef_tests::sandbox::now;
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use crate::answers::{Kind, answer};
use crate::api::{Api, members};

/// A KSeF made of the file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ksef(Arc<Inner>);

struct Inner {
    api: Api,
    contract: Contract,
    kind: Kind,
    inspector: Inspector,
    /// The keys of a sandbox, with which something can be encrypted.
    public_keys: Bytes,
    nonsense: Mutex<Option<(&'static str, Nonsense)>>,
    sent: Mutex<Vec<Sent>>,
}

/// A request that was made.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// The operation, as `POST /auth/challenge`; `None` for others than those of the contract.
    pub(crate) operation: Option<String>,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An answer that is none.
pub(crate) type Nonsense = fn() -> Result<Response<Bytes>, TransportError>;

impl Ksef {
    pub(crate) fn new(kind: Kind) -> Result<Self, Failed> {
        let contract = Contract::load()?;
        let inspector = Inspector::of_client(&contract);
        let keys = Request::get("/v2/security/public-key-certificates").body(Bytes::new())?;
        let keys = World::new(|_| ())?.sandbox().handle(&keys);
        let public_keys = keys.map_err(|_| "the sandbox gives no keys")?.into_body();
        let (nonsense, sent) = (Mutex::default(), Mutex::default());
        let api = Api::load()?;
        Ok(Self(Arc::new(Inner { api, contract, kind, inspector, public_keys, nonsense, sent })))
    }

    /// A client of it that repeats nothing and waits for nothing.
    pub(crate) fn client(&self) -> Result<Client, Failed> {
        let endpoints = Endpoints::custom(Environment::Test, API)?;
        let client = Client::builder_for(endpoints)
            .transport(self.clone())
            .timer(self.clone())
            .clock(Arc::new(FixedClock::at(now()?)))
            .retry(RetryPolicy::never())
            .without_limiter();
        Ok(client.build()?)
    }

    /// From now on, the operation is answered with nonsense, or with sense again.
    pub(crate) fn answer_with(&self, nonsense: Option<(&'static str, Nonsense)>) {
        *lock(&self.0.nonsense) = nonsense;
    }

    /// The requests since this was asked last.
    pub(crate) fn take_sent(&self) -> Vec<Sent> {
        core::mem::take(&mut *lock(&self.0.sent))
    }

    /// Whether every request was one of the contract.
    pub(crate) fn verdict(&self) -> Result<(), Failed> {
        self.0.inspector.verdict()?;
        Ok(())
    }

    fn exchange(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let operation = self.0.contract.operation(request.method(), request.uri().path());
        let operation = operation.map(ToString::to_string);
        lock(&self.0.sent).push(Sent {
            operation: operation.clone(),
            url: request.uri().to_string(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        });
        self.0.inspector.request(request);
        let Some(operation) = operation else {
            return Ok(outside(request));
        };
        let nonsense = *lock(&self.0.nonsense);
        if let Some((_, nonsense)) = nonsense.filter(|(name, _)| *name == operation) {
            return nonsense();
        }
        let response = self.answer(&operation, request);
        if self.0.kind != Kind::ToCome {
            self.0.inspector.answer(request, &response);
        }
        Ok(response)
    }

    fn answer(&self, name: &str, request: &Request<Bytes>) -> Response<Bytes> {
        if name == "GET /security/public-key-certificates" {
            return json_answer(200, self.0.public_keys.clone());
        }
        let found =
            self.0.api.operations().find(|(method, path, _)| format!("{method} {path}") == name);
        let (_, _, operation) = found.expect("an operation of the file");
        let good = members(operation, "/responses").find(|(status, _)| status.starts_with('2'));
        let (status, response) = good.expect("an operation has a good answer");
        let status: u16 = status.parse().expect("a status");
        let Some((kind, content)) = members(response, "/content").next() else {
            let empty = Response::builder().status(status).body(Bytes::new());
            return empty.expect("an answer");
        };
        if !kind.ends_with("json") {
            return document("<Document/>");
        }
        let schema = content.get("schema").expect("a content has a schema");
        let mut body = answer(&self.0.api, schema, self.0.kind);
        end_list(&mut body, request);
        json_answer(status, body.to_string().into())
    }
}

/// A second page is the last one.
fn end_list(body: &mut Value, request: &Request<Bytes>) {
    let Some(body) = body.as_object_mut() else { return };
    if request.headers().contains_key("x-continuation-token") {
        body.remove("continuationToken");
    }
    let query = request.uri().query().unwrap_or_default();
    let is_first = !query.contains("pageOffset=") || query.contains("pageOffset=0");
    let has_items =
        body.values().any(|value| value.as_array().is_some_and(|list| !list.is_empty()));
    if let Some(has_more) = body.get_mut("hasMore") {
        *has_more = json!(is_first && has_items);
    }
}

/// What is beside the contract: the storage takes and gives everything.
fn outside(request: &Request<Bytes>) -> Response<Bytes> {
    assert!(request.uri().to_string().starts_with(STORAGE), "{}", request.uri());
    Response::builder().status(201).body(Bytes::new()).expect("an answer")
}

pub(crate) fn json_answer(status: u16, body: Bytes) -> Response<Bytes> {
    let answer = Response::builder().status(status).header("Content-Type", "application/json");
    answer.body(body).expect("an answer")
}

fn document(text: &'static str) -> Response<Bytes> {
    let body = Bytes::from_static(text.as_bytes());
    let answer = Response::builder()
        .header("Content-Type", "application/xml")
        .header("x-ms-meta-hash", Sha256Digest::of(&body).to_string());
    answer.body(body).expect("an answer")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transport for Ksef {
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(core::future::ready(self.exchange(&request)))
    }
}

impl Timer for Ksef {
    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(core::future::ready(()))
    }
}

impl fmt::Debug for Ksef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ksef")
    }
}
