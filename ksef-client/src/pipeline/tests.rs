//! Requests byte for byte, and what becomes of each kind of answer.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use ksef_core::port::BoxFuture;
use ksef_core::{Clock, Endpoints, Environment, FixedClock, Secret};

use super::{ApiRequest, Bearer, empty, json, xml};
use crate::client::Client;
use crate::error::{Error, InputError, LostAnswer, Unreadable};
use crate::policy::RetryPolicy;
use crate::timer::Timer;
use crate::transport::{Transport, TransportError};
use crate::wire::operation::Operation;

const CANARY: &str = "canary-3f9c2d";

type Answer = Result<Response<Bytes>, TransportError>;

/// Answers what it was told to, and remembers what was asked and how long was waited.
#[derive(Clone, Debug)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
    pauses: Arc<Mutex<Vec<Duration>>>,
    clock: Arc<FixedClock>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let clock = FixedClock::at("2026-11-20T12:00:00Z".parse().unwrap());
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            requests: Arc::default(),
            pauses: Arc::default(),
            clock: Arc::new(clock),
        }
    }

    fn client(&self) -> Client {
        let api = "http://127.0.0.1:8090/v2";
        let endpoints = Endpoints::custom(Environment::Test, api).unwrap();
        let clock: Arc<dyn Clock> = Arc::<FixedClock>::clone(&self.clock);
        let builder = Client::builder_for(endpoints).transport(self.clone()).timer(self.clone());
        builder.clock(clock).without_limiter().user_agent("test/1").build().unwrap()
    }

    fn pauses(&self) -> Vec<u128> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.iter().map(Duration::as_millis).collect()
    }

    fn sent(&self) -> usize {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Transport for Script {
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let next = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let next = next.unwrap_or_else(|| Err(TransportError::not_sent("the script is over")));
        Box::pin(core::future::ready(next))
    }
}

impl Timer for Script {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
        self.clock.advance(duration);
        Box::pin(core::future::ready(()))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it has the type of a scripted answer")]
fn answer(status: u16, kind: &str, body: &str) -> Answer {
    let response = Response::builder().status(status).header("Content-Type", kind);
    Ok(response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
}

fn fine() -> Answer {
    answer(200, "application/json; charset=utf-8", "[1]")
}

fn lost() -> Answer {
    Err(TransportError::answer_lost("cut"))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn call(script: &Script, operation: Operation) -> Result<Vec<u32>, Error> {
    let client = script.client();
    run(client.pipeline().call(&ApiRequest::new(operation), None, json))
}

const READ: Operation = Operation::PublicKeyCertificates;
const ONCE: Operation = Operation::SendInvoice;

#[test]
fn a_request_has_the_headers_of_the_contract_and_no_others() {
    let script = Script::new([fine()]);
    let client = script.client();
    let token = Secret::new("abc".to_owned());
    let bearer = Bearer { token: &token, context: None };
    let request = ApiRequest::new(Operation::ListSessionInvoices)
        .parameter(&"20250626-SO-2F14610000-242991F8C9-B4")
        .query("pageSize", &1_000)
        .continued(Some("next+page="))
        .unwrap();
    let read: Vec<u32> = run(client.pipeline().call(&request, Some(bearer), json)).unwrap();
    assert_eq!(read, [1]);
    let sent = script.requests.lock().unwrap();
    let [sent] = sent.as_slice() else { panic!("one request") };
    assert_eq!(
        sent.uri(),
        "http://127.0.0.1:8090/v2/sessions/20250626-SO-2F14610000-242991F8C9-B4/invoices?pageSize=1000"
    );
    let agent = concat!("test/1 ksef-api-client/", env!("CARGO_PKG_VERSION"));
    let expected = [
        ("authorization", "Bearer abc"),
        ("user-agent", agent),
        ("x-continuation-token", "next+page="),
        ("x-error-format", "problem-details"),
    ];
    assert_eq!(sorted(sent.headers()), expected);
    assert!(sent.headers().get("authorization").unwrap().is_sensitive());
}

fn sorted(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let mut all: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    all.sort_unstable();
    all
}

#[test]
fn what_only_reads_is_repeated_after_each_kind_of_failure() {
    let failures = [
        lost(),
        Err(TransportError::not_sent("refused")),
        answer(500, "application/json", "{}"),
        answer(502, "text/html", "<html>"),
        answer(200, "text/html", "<html>Incapsula</html>"),
        answer(200, "application/json", "[1"),
        answer(200, "application/xml", "<Error/>"),
        answer(302, "text/plain", ""),
    ];
    for failure in failures {
        let shown = format!("{failure:?}");
        let script = Script::new([failure, fine()]);
        assert_eq!(call(&script, READ).unwrap(), [1], "{shown}");
        assert_eq!(script.sent(), 2);
    }
}

#[test]
fn what_must_not_be_done_twice_is_never_repeated_after_a_lost_answer() {
    let failures = [
        lost(),
        answer(500, "application/json", "{}"),
        answer(200, "text/html", "<html>"),
        answer(202, "application/json", "{\"referenceNumber"),
    ];
    for failure in failures {
        let shown = format!("{failure:?}");
        let script = Script::new([failure, fine()]);
        let error = call(&script, ONCE).unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown(_)), "{shown}: {error:?}");
        assert!(!error.is_retryable());
        assert_eq!(script.sent(), 1, "{shown}");
    }
}

#[test]
fn what_was_certainly_not_done_is_tried_again_whatever_it_is() {
    let refused = answer(429, "application/problem+json", "{}");
    let script = Script::new([Err(TransportError::not_sent("refused")), refused, fine()]);
    assert_eq!(call(&script, ONCE).unwrap(), [1]);
}

#[test]
fn a_refusal_is_not_repeated() {
    let script =
        Script::new([answer(400, "application/json", r#"{"errors":[{"code":21173}]}"#), fine()]);
    let error = call(&script, READ).unwrap_err();
    assert!(error.has_code(21_173) && !error.is_retryable());
    assert_eq!(script.sent(), 1);
}

fn throttled(seconds: u64) -> Answer {
    let mut response = answer(429, "application/problem+json", "{}")?;
    response.headers_mut().insert("Retry-After", seconds.into());
    Ok(response)
}

#[test]
fn retry_after_beats_the_backoff_and_the_deadline_beats_both() {
    let script = Script::new([throttled(30), fine()]);
    assert_eq!(call(&script, READ).unwrap(), [1]);
    assert_eq!(script.pauses(), [30_000]);

    let script = Script::new([throttled(61), fine()]);
    let error = call(&script, READ).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
    assert!(error.is_retryable());
    assert_eq!((script.pauses(), script.sent()), (vec![], 1));
}

#[test]
fn pauses_grow_and_end() {
    let script = Script::new((0..10).map(|_| lost()));
    let error = call(&script, READ).unwrap_err();
    assert!(matches!(error, Error::NoAnswer(_)) && error.is_retryable());
    let pauses = script.pauses();
    assert_eq!(pauses.len(), RetryPolicy::MAX_RETRIES as usize);
    for (pause, whole) in pauses.iter().zip([500, 1_000, 2_000, 4_000, 8_000]) {
        assert!((whole / 2..=whole).contains(pause), "{pause}");
    }
}

#[test]
fn a_document_without_its_hash_is_not_taken() {
    let document = |hash: &str| {
        let mut response = answer(200, "application/xml", "<Upo/>").unwrap();
        response.headers_mut().insert("x-ms-meta-hash", hash.parse().unwrap());
        response
    };
    let digest = ksef_core::Sha256Digest::of(b"<Upo/>").to_string();
    assert_eq!(xml(&document(&digest)).unwrap(), "<Upo/>");
    let other = ksef_core::Sha256Digest::of(b"<UPO/>").to_string();
    assert_eq!(xml(&document(&other)), Err(Unreadable::Hash));
    assert_eq!(xml(&answer(200, "text/xml", "").unwrap()), Err(Unreadable::Empty));
    assert_eq!(empty(&answer(204, "", "").unwrap()), Ok(()));
    assert_eq!(empty(&answer(204, "text/html", "").unwrap()), Err(Unreadable::Html));
}

#[test]
fn a_link_gets_no_credential_and_leads_nowhere_else() {
    let script = Script::new([answer(200, "application/xml", "<Upo/>")]);
    let client = script.client();
    let token = Secret::new("abc".to_owned());
    let bearer = Bearer { token: &token, context: None };
    for foreign in [
        "http://127.0.0.1:8090/storage",
        "http://127.0.0.1:8090/storage/../v2/tokens",
        "http://127.0.0.1:8090.evil.example/storage/1",
        "https://evil.example/storage/1",
    ] {
        let request = ApiRequest::download(foreign);
        let refused = run(client.pipeline().call(&request, Some(bearer), xml)).unwrap_err();
        assert!(matches!(refused, Error::Input(InputError::ForeignLink)), "{foreign}");
    }
    let request = ApiRequest::download("http://127.0.0.1:8090/storage/1?sig=a%2Bb");
    run(client.pipeline().call(&request, Some(bearer), xml)).unwrap();
    let sent = script.requests.lock().unwrap();
    assert_eq!(sent.len(), 1);
    assert!(sent.iter().all(|request| !request.headers().contains_key("authorization")));
}

#[test]
fn no_error_shows_what_a_server_or_a_caller_says() {
    let token = Secret::new(CANARY.to_owned());
    let bodies = [
        answer(
            400,
            "application/json",
            &format!(r#"{{"detail":"{CANARY}","errors":[{{"code":1,"details":["{CANARY}"]}}]}}"#),
        ),
        answer(500, "text/plain", CANARY),
        answer(200, "application/json", &format!(r#"["{CANARY}"]"#)),
        answer(200, "text/html", CANARY),
        lost(),
    ];
    for body in bodies {
        for operation in [READ, ONCE] {
            let copy = match &body {
                Ok(response) => Ok(response.clone()),
                Err(_) => lost(),
            };
            let script = Script::new([copy]);
            let client = script.client();
            let bearer = Bearer { token: &token, context: None };
            let request = ApiRequest::new(operation);
            let result: Result<Vec<u32>, Error> =
                run(client.pipeline().call(&request, Some(bearer), json));
            let error = result.unwrap_err();
            let mut shown = format!("{error:?} {error:#?} {client:?}");
            let mut cause: Option<&dyn core::error::Error> = Some(&error);
            while let Some(error) = cause {
                shown.push_str(&error.to_string());
                cause = error.source();
            }
            assert!(!shown.contains(CANARY), "{shown}");
        }
    }
}

#[test]
fn a_cause_is_printed_once_in_a_chain() {
    let script = Script::new((0..10).map(|_| answer(200, "text/html", "")));
    let error = call(&script, READ).unwrap_err();
    let Error::NoAnswer(no_answer) = &error else { panic!("{error:?}") };
    assert!(matches!(no_answer.cause, LostAnswer::Unreadable(Unreadable::Html)));
    assert!(!error.to_string().contains("web page"));
}
