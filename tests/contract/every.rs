//! The client before a KSeF that is made of the file: every request, every answer, and nonsense.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::Response;
use ksef_client::{Client, Operation, PollPolicy, TransportError};
use ksef_tests::client::{API, STORAGE};
use ksef_tests::contract::operations;
use ksef_tests::log::Log;
use ksef_tests::suite::Failed;
use serde_json::Value;

use crate::answers::{Kind, TOKEN};
use crate::api::{Api, list, members};
use crate::calls::{CALLS, Call, LOGIN_TOKEN, Stage, Things, Trouble, context, seal};
use crate::ksef::{Ksef, Nonsense, Sent, json_answer};
use crate::none;

/// What the client never says, by operation; whoever makes it say more takes the row away.
const UNSAID: [(&str, &str); 7] = [
    // Lists of sessions are filtered by kind and date of creation alone.
    ("GET /sessions", "query dateClosedFrom"),
    ("GET /sessions", "query dateClosedTo"),
    ("GET /sessions", "query dateModifiedFrom"),
    ("GET /sessions", "query dateModifiedTo"),
    ("GET /sessions", "query referenceNumber"),
    ("GET /sessions", "query statuses"),
    // A policy of addresses goes with logins by certificate alone, which are XML.
    ("POST /auth/ksef-token", "/authorizationPolicy"),
];

/// What the document of the operations is called.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/API-COVERAGE.md");

fn block_on<F: Future<Output = Result<(), Failed>>>(test: F) -> Result<(), Failed> {
    tokio::runtime::Builder::new_current_thread().build()?.block_on(test)
}

async fn stage(ksef: &Ksef) -> Result<Stage, Failed> {
    let client = ksef.client()?;
    set(client).await.map_err(|trouble| message(&trouble).into())
}

async fn set(client: Client) -> Result<Stage, Trouble> {
    let auth = client.authenticate(context()?, seal()?, &PollPolicy::default()).await?;
    Ok(Stage { client, auth, things: Things::new()? })
}

/// Every operation is called in a row of its own, and each row calls its operation.
pub(crate) fn table_is_complete() -> Result<(), Failed> {
    let called: Vec<&str> = CALLS.iter().map(|call| call.operation.name()).collect();
    let all: BTreeSet<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    assert_eq!(called.len(), all.len());
    assert_eq!(called.into_iter().collect::<BTreeSet<_>>(), all);
    Ok(())
}

/// The document has the operations of the file with their tags, and the methods of the table.
pub(crate) fn document_is_the_table() -> Result<(), Failed> {
    let api = Api::load()?;
    let listed = api.operations().map(|(method, path, operation)| {
        let tag = list(operation, "/tags").filter_map(Value::as_str).next().unwrap_or_default();
        let name = format!("{method} {path}");
        let call = CALLS.iter().find(|call| call.operation.name() == name);
        let call = call.map_or("none", |call| call.method);
        format!("| `{method}` | `{path}` | {tag} | `{call}` |")
    });
    let listed: BTreeSet<String> = listed.collect();
    let document = std::fs::read_to_string(DOCUMENT)?;
    let is_row = |line: &&str| {
        ["GET", "POST", "PUT", "DELETE"]
            .iter()
            .any(|method| line.starts_with(&format!("| `{method}`")))
    };
    let rows = document.lines().filter(is_row);
    let rows: Vec<String> = rows.map(str::to_owned).collect();
    assert_eq!(rows.len(), listed.len(), "rows of {DOCUMENT}");
    let rows: BTreeSet<String> = rows.into_iter().collect();
    let missing = listed.difference(&rows).map(|row| format!("missing {row}"));
    let wrong = rows.difference(&listed).map(|row| format!("wrong {row}"));
    none(&missing.chain(wrong).collect::<Vec<_>>())
}

/// Every call makes its request, which the contract allows, and reads every answer.
pub(crate) fn requests_and_answers_are_those_of_the_file() -> Result<(), Failed> {
    block_on(async {
        let mut wrong = Vec::new();
        let mut said: BTreeMap<String, Vec<Sent>> = BTreeMap::new();
        for kind in Kind::ALL {
            let ksef = Ksef::new(kind)?;
            let stage = stage(&ksef).await?;
            for call in CALLS {
                ksef.take_sent();
                if let Err(failed) = (call.run)(&stage).await {
                    wrong.push(format!("{kind:?} {}: {}", call.operation, message(&failed)));
                }
                let sent = ksef.take_sent();
                let is_it = |sent: &Sent| sent.operation.as_deref() == Some(call.operation.name());
                if !sent.iter().any(is_it) {
                    wrong.push(format!("{kind:?} {} was not asked for", call.operation));
                }
                wrong.extend(sent.iter().filter_map(misplaced));
                for sent in sent {
                    let operation = sent.operation.clone().unwrap_or_default();
                    said.entry(operation).or_default().push(sent);
                }
            }
            ksef.verdict()?;
        }
        none(&wrong)?;
        let unsaid = UNSAID.map(|(operation, what)| format!("{operation}: {what}"));
        assert_eq!(silence(&Api::load()?, &said), unsaid.into_iter().collect());
        Ok(())
    })
}

/// A credential that goes where it does not belong, or is missing where it does.
fn misplaced(sent: &Sent) -> Option<String> {
    let has_credential = sent.headers.contains_key("authorization");
    let needs_one = sent.operation.as_deref().is_some_and(needs_credential);
    let is_in_place = match &sent.operation {
        Some(_) => sent.url.starts_with(API),
        None => sent.url.starts_with(STORAGE),
    };
    let is_right = is_in_place && has_credential == needs_one;
    (!is_right).then(|| format!("{:?} at {}: {has_credential}", sent.operation, sent.url))
}

fn needs_credential(name: &str) -> bool {
    let operations = operations().expect("the operations of the file");
    let found = operations.iter().find(|operation| operation.to_string() == name);
    found.is_some_and(|operation| !operation.is_anonymous())
}

/// Every property and parameter of the file that no request had.
fn silence(api: &Api, said: &BTreeMap<String, Vec<Sent>>) -> BTreeSet<String> {
    let mut silence = BTreeSet::new();
    for (method, path, operation) in api.operations() {
        let name = format!("{method} {path}");
        let sent = said.get(&name).map(Vec::as_slice).unwrap_or_default();
        for parameter in list(operation, "/parameters") {
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            let (place, parameter) = (text("in"), text("name"));
            let is_said = sent.iter().any(|sent| match place {
                "query" => has_query(&sent.url, parameter),
                "header" => sent.headers.contains_key(parameter),
                _ => true,
            });
            if !is_said {
                silence.insert(format!("{name}: {place} {parameter}"));
            }
        }
        let schema = operation.pointer("/requestBody/content/application~1json/schema");
        let bodies: Vec<Value> =
            sent.iter().filter_map(|sent| serde_json::from_slice(&sent.body).ok()).collect();
        if let Some(schema) = schema {
            let unsaid = unsaid(api, schema, &bodies.iter().collect::<Vec<_>>(), "");
            silence.extend(unsaid.into_iter().map(|pointer| format!("{name}: {pointer}")));
        }
    }
    silence
}

fn has_query(url: &str, name: &str) -> bool {
    let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    query.split('&').any(|part| part.split('=').next() == Some(name))
}

fn unsaid(api: &Api, schema: &Value, bodies: &[&Value], at: &str) -> Vec<String> {
    let schema = Value::from(api.flat(schema));
    if let Some(items) = schema.get("items") {
        let bodies: Vec<&Value> = bodies.iter().flat_map(|body| list(body, "")).collect();
        return unsaid(api, items, &bodies, at);
    }
    let properties = members(&schema, "/properties");
    let unsaid = properties.flat_map(|(name, property)| {
        let at = format!("{at}/{name}");
        let said: Vec<&Value> = bodies.iter().filter_map(|body| body.get(name)).collect();
        if said.is_empty() { vec![at] } else { unsaid(api, property, &said, &at) }
    });
    unsaid.collect()
}

/// Each answer that is none, and whether an operation without content takes it for one.
const NONSENSE: [(&str, Nonsense, bool); 12] = [
    (
        "a page in HTML",
        || typed(200, "text/html; charset=utf-8", "<html>canary-token</html>"),
        false,
    ),
    ("XML of a storage", || typed(200, "application/xml", "<Error>canary-token</Error>"), true),
    ("JSON that breaks off", || typed(200, "application/json", r#"{"canary-token": ["#), true),
    ("JSON of another type", || typed(200, "application/json", r#""canary-token""#), true),
    ("a list", || typed(200, "application/json", r#"["canary-token"]"#), true),
    ("a deep list", deep, true),
    ("nothing", || typed(200, "application/json", ""), true),
    ("a refusal", || typed(400, "application/problem+json", REFUSAL), false),
    ("an old refusal", || typed(400, "application/json", OLD_REFUSAL), false),
    ("a failure", || typed(500, "text/plain", "canary-token"), false),
    ("a redirect", redirect, false),
    ("no answer", || Err(TransportError::answer_lost("canary")), false),
];

/// The description of a code is the same in every refusal, and is shown; what is particular is not.
const REFUSAL: &str = r#"{"title":"canary-token","status":400,"detail":"canary-token",
    "errors":[{"code":21405,"description":"Invalid.","details":["canary-token"]}]}"#;

const OLD_REFUSAL: &str = r#"{"exception":{"exceptionDetailList":[{"exceptionCode":21405,
    "exceptionDescription":"Invalid.","details":["canary-token"]}]}}"#;

fn typed(
    status: u16,
    content_type: &'static str,
    body: &'static str,
) -> Result<Response<Bytes>, TransportError> {
    let answer = Response::builder().status(status).header("Content-Type", content_type);
    Ok(answer.body(Bytes::from_static(body.as_bytes())).expect("an answer"))
}

fn deep() -> Result<Response<Bytes>, TransportError> {
    let body = "[".repeat(100_000);
    Ok(json_answer(200, body.into()))
}

fn redirect() -> Result<Response<Bytes>, TransportError> {
    let away = Response::builder().status(307).header("Location", "https://evil.example/v2");
    Ok(away.body(Bytes::new()).expect("an answer"))
}

/// Nonsense is a typed error, for every operation: no panic, and no credential anywhere else.
pub(crate) fn nonsense_is_an_error() -> Result<(), Failed> {
    block_on(async {
        let ksef = Ksef::new(Kind::Fullest)?;
        let api = Api::load()?;
        let stage = stage(&ksef).await?;
        let mut wrong = Vec::new();
        for (name, nonsense, is_nothing) in NONSENSE {
            for call in CALLS {
                ksef.answer_with(Some((call.operation.name(), nonsense)));
                ksef.take_sent();
                let outcome = (call.run)(&stage).await;
                let may_pass = is_nothing && has_no_json(&api, call) || asks_again(call);
                match &outcome {
                    Ok(_) if !may_pass => wrong.push(format!("{} took {name}", call.operation)),
                    Err(failed) if message(failed).contains("canary-token") => {
                        wrong.push(format!("{} shows {name}", call.operation));
                    }
                    _ => {}
                }
                wrong.extend(ksef.take_sent().iter().filter_map(misplaced));
            }
        }
        none(&wrong)
    })
}

/// Whether another question is asked instead when the answer is lost: whether a session is closed,
/// its status says.
fn asks_again(call: &Call) -> bool {
    matches!(call.operation, Operation::CloseOnlineSession | Operation::CloseBatchSession)
}

/// Whether the answer of an operation is not JSON: empty, or the document itself.
fn has_no_json(api: &Api, call: &Call) -> bool {
    let found = api
        .operations()
        .find(|(method, path, _)| format!("{method} {path}") == call.operation.name());
    let (_, _, operation) = found.expect("an operation of the file");
    let good = members(operation, "/responses").filter(|(status, _)| status.starts_with('2'));
    good.flat_map(|(_, answer)| members(answer, "/content"))
        .all(|(kind, _)| !kind.ends_with("json"))
}

/// No token, key or password in what is shown or logged, over all calls.
pub(crate) fn no_secret_is_shown() -> Result<(), Failed> {
    let log = Log::default();
    let guard = log.listen();
    block_on(async {
        let mut shown = String::new();
        for kind in [Kind::Fullest, Kind::ToCome] {
            let ksef = Ksef::new(kind)?;
            let stage = stage(&ksef).await?;
            for call in CALLS {
                let of_call = (call.run)(&stage).await;
                shown.push_str(&of_call.map_err(|trouble| message(&trouble))?);
            }
            shown.push_str(&format!("{:?} {:?}", stage.client, stage.auth));
        }
        let logged = log.text();
        assert!(logged.contains("POST /sessions/online"), "something is logged");
        for secret in [TOKEN, LOGIN_TOKEN] {
            assert!(!logged.contains(secret), "{secret} is logged");
            assert!(!shown.contains(secret), "{secret} is shown: {}", around(&shown, secret));
        }
        Ok(())
    })?;
    drop(guard);
    Ok(())
}

/// The text before a secret, which says where it stands.
fn around<'a>(text: &'a str, secret: &str) -> &'a str {
    let end = text.find(secret).unwrap_or_default();
    let before = text.get(..end).unwrap_or_default();
    before.get(before.len().saturating_sub(200)..).unwrap_or(before)
}

/// An error and its causes.
fn message(trouble: &Trouble) -> String {
    let mut text = format!("{trouble} ({trouble:?})");
    let mut cause = trouble.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
