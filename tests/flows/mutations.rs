//! Requests that are taken, changed at random: whatever is wrong with them, the answer is a documented one.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use ksef_tests::contract::Contract;
use ksef_tests::suite::{Failed, cases};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

use crate::requests::{Stage, TABLE};

/// One thing that is otherwise.
#[derive(Clone, Debug)]
enum Change {
    /// A byte of the body.
    Byte(Index, u8),
    /// The body ends here.
    Cut(Index),
    Body(Vec<u8>),
    /// A value of the JSON, wherever it stands, is another one; `None` leaves it out.
    Value(Index, Option<Value>),
    /// A value of the JSON stands where another one did.
    Swap(Index, Index),
    /// A segment of the path is another text.
    Segment(Index, String),
    /// A parameter more.
    Parameter(String, String),
    /// The query is cut here.
    Query(Index),
    Method(Method),
    Header(&'static str, String),
    NoHeader(&'static str),
}

const NAMES: [&str; 16] = [
    "pageSize",
    "pageOffset",
    "sortOrder",
    "sessionType",
    "statuses",
    "dateCreatedFrom",
    "dateModifiedTo",
    "referenceNumber",
    "status",
    "description",
    "authorIdentifier",
    "authorIdentifierType",
    "verifyCertificateChain",
    "sig",
    "se",
    "unknown",
];

const HEADERS: [&str; 8] = [
    "authorization",
    "content-type",
    "x-error-format",
    "x-continuation-token",
    "x-ksef-feature",
    "accept",
    "x-test-system-warning",
    "content-length",
];

fn values() -> impl Strategy<Value = Option<Value>> {
    let fixed = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.1),
        json!(1e308),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("💶ż\u{202e}"),
        json!("x".repeat(70_000)),
        json!([]),
        json!({}),
        json!([[[[[]]]]]),
        json!([null]),
        json!("2026-02-30T00:00:00Z"),
        json!("0001-01-01T00:00:00"),
        json!("9999-12-31T23:59:59Z"),
        json!("2026-11-20T12:00:00+14:00"),
        json!("AAAA"),
        json!("===="),
        json!("5265877635"),
        json!("Nip"),
        json!("Subject2"),
        json!("../../etc/passwd"),
        json!("<a>&amp;</a>"),
        json!({ "type": "Nip", "value": "1" }),
        json!(vec![json!("Vat"); 200]),
    ];
    prop_oneof![
        1 => Just(None),
        4 => prop::sample::select(fixed.to_vec()).prop_map(Some),
        1 => any::<String>().prop_map(|text| Some(text.into())),
        1 => any::<i64>().prop_map(|number| Some(number.into())),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        prop::sample::select(
            [
                "",
                "0",
                "-1",
                "10",
                "99999999999999999999",
                "true",
                "Online",
                "problem-details",
                "application/json",
                "application/xml",
                "text/plain",
                "application/json; charset=x",
                "Bearer",
                "Bearer ",
                "Bearer a.b.c",
                "Basic YTpi",
                "enforce-xades-compliance",
                "subject-identifier-validation",
                "bm9uc2Vuc2U=",
                "20251002-SO-190FB15000-0-0",
                "2026-11-20T12:00:00Z",
                "current",
                "online",
                "failed",
                "challenge",
                "..",
                "%2e%2e",
                "%00",
                "%ff",
                "%",
                "a%2Fb",
            ]
            .map(str::to_owned)
            .to_vec()
        ),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "X"];
    let methods = methods.map(|name| Method::from_bytes(name.as_bytes()).unwrap_or_default());
    prop_oneof![
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => prop::collection::vec(any::<u8>(), 0..60).prop_map(Change::Body),
        8 => (any::<Index>(), values()).prop_map(|(at, value)| Change::Value(at, value)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(at, from)| Change::Swap(at, from)),
        2 => (any::<Index>(), texts()).prop_map(|(at, text)| Change::Segment(at, text)),
        2 => (prop::sample::select(&NAMES[..]), texts())
            .prop_map(|(name, text)| Change::Parameter(name.to_owned(), text)),
        1 => any::<Index>().prop_map(Change::Query),
        1 => prop::sample::select(methods.to_vec()).prop_map(Change::Method),
        2 => (prop::sample::select(&HEADERS[..]), texts())
            .prop_map(|(name, text)| Change::Header(name, text)),
        1 => prop::sample::select(&HEADERS[..]).prop_map(Change::NoHeader),
    ]
}

impl Change {
    /// The request with the change; as it was, where there is nothing to change or it would be no request.
    fn of(self, mut request: Request<Bytes>) -> Request<Bytes> {
        match self {
            Self::Byte(at, byte) => with_body(request, |body| {
                if let Some(place) = nth(body, at) {
                    *place = byte;
                }
            }),
            Self::Cut(at) => with_body(request, |body| {
                if !body.is_empty() {
                    body.truncate(at.index(body.len()));
                }
            }),
            Self::Body(bytes) => request.map(|_| bytes.into()),
            Self::Value(at, value) => with_json(request, |json| {
                let count = count(json);
                set(json, &mut at.index(count), value.as_ref());
            }),
            Self::Swap(at, from) => with_json(request, |json| {
                let count = count(json);
                let value = get(json, &mut from.index(count)).cloned();
                set(json, &mut at.index(count), value.as_ref());
            }),
            Self::Segment(at, text) => with_target(request, |path, query| {
                let mut segments: Vec<&str> = path.split('/').skip(2).collect();
                if let Some(segment) = nth(&mut segments, at) {
                    *segment = &text;
                }
                format!("/v2/{}?{query}", segments.join("/"))
            }),
            Self::Parameter(name, text) => with_target(request, |path, query| {
                let text = percent_encoding::utf8_percent_encode(&text, percent_encoding::CONTROLS);
                format!("{path}?{query}&{name}={}", text.to_string().replace(' ', "+"))
            }),
            Self::Query(at) => with_target(request, |path, query| {
                let end = if query.is_empty() { 0 } else { at.index(query.len()) };
                format!("{path}?{}", query.get(..end).unwrap_or_default())
            }),
            Self::Method(method) => {
                *request.method_mut() = method;
                request
            }
            Self::Header(name, text) => {
                if let Ok(value) = HeaderValue::from_str(&text) {
                    request.headers_mut().insert(HeaderName::from_static(name), value);
                }
                request
            }
            Self::NoHeader(name) => {
                request.headers_mut().remove(name);
                request
            }
        }
    }
}

fn nth<T>(items: &mut [T], at: Index) -> Option<&mut T> {
    let length = items.len();
    if length == 0 { None } else { items.get_mut(at.index(length)) }
}

fn with_body(request: Request<Bytes>, change: impl FnOnce(&mut Vec<u8>)) -> Request<Bytes> {
    request.map(|body| {
        let mut body = body.to_vec();
        change(&mut body);
        body.into()
    })
}

fn with_json(request: Request<Bytes>, change: impl FnOnce(&mut Value)) -> Request<Bytes> {
    request.map(|body| {
        let Ok(mut json) = serde_json::from_slice(&body) else {
            return body;
        };
        change(&mut json);
        json.to_string().into()
    })
}

fn with_target(
    mut request: Request<Bytes>,
    change: impl FnOnce(&str, &str) -> String,
) -> Request<Bytes> {
    let uri = request.uri();
    if let Ok(uri) = change(uri.path(), uri.query().unwrap_or_default()).parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

fn children(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => Vec::new(),
    }
}

/// How many values there are in a value, itself among them.
fn count(value: &mut Value) -> usize {
    1 + children(value).into_iter().map(count).sum::<usize>()
}

/// The value of this number; the number is counted down.
fn get<'a>(value: &'a mut Value, number: &mut usize) -> Option<&'a mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    children(value).into_iter().find_map(|child| get(child, number))
}

/// Sets the value of this number, or leaves it out.
fn set(value: &mut Value, number: &mut usize, new: Option<&Value>) {
    match (get(value, number), new) {
        (Some(place), Some(new)) => *place = new.clone(),
        (Some(place), None) => *place = json!("left out"),
        (None, _) => {}
    }
    if new.is_none() {
        leave_out(value);
    }
}

fn leave_out(value: &mut Value) {
    match value {
        Value::Array(items) => items.retain(|item| item != "left out"),
        Value::Object(members) => members.retain(|_, member| member != "left out"),
        _ => {}
    }
    children(value).into_iter().for_each(leave_out);
}

fn fail(why: impl std::fmt::Debug) -> TestCaseError {
    TestCaseError::fail(format!("{why:?}"))
}

/// Asks, and requires what holds for every request.
fn ask(stage: &Stage, request: &Request<Bytes>) -> Result<(), TestCaseError> {
    let contract = Contract::load().map_err(fail)?;
    let answer = stage.checked.send(request).map_err(fail)?;
    let code = answer.status().as_u16();
    prop_assert!(code < 500 || code == 501, "{code}: {request:?}: {answer:?}");
    let violations = contract.check_response(request, &answer).err().unwrap_or_default();
    prop_assert!(violations.is_empty(), "{violations:?}: {request:?}: {answer:?}");
    Ok(())
}

/// Every operation gets its share of changed requests, each made anew.
///
/// And a sandbox of its own: a changed request for test data may block whom the others log in as.
pub(crate) fn get_documented_answers() -> Result<(), Failed> {
    let mut answers = 0;
    for (name, make) in TABLE {
        let stage = Stage::new()?;
        let mut config = Config::with_cases(cases(100, 5_000));
        config.failure_persistence = None;
        let changes = prop::collection::vec(change(), 1..4);
        let outcome = TestRunner::new(config).run(&changes, |changes| {
            let request = make(&stage).map_err(fail)?;
            let changed = changes.into_iter().fold(request, |request, change| change.of(request));
            ask(&stage, &changed)
        });
        outcome.map_err(|why| format!("{name}: {why}"))?;
        answers += stage.checked.verdict()?.checked();
    }
    println!("{answers} answers to requests and changed ones");
    Ok(())
}

/// What paths outside of the API are made of.
const SEGMENTS: [&str; 26] = [
    "sandbox",
    "faults",
    "clock",
    "invoices",
    "sessions",
    "invoice",
    "certificate",
    "storage",
    "xml",
    "upo",
    "1",
    "5265877635",
    "20-11-2026",
    "99-99-9999",
    "Nip",
    "batch-parts",
    "invoice-part",
    "00",
    "09",
    "..",
    "%2e%2e",
    "%00",
    "%ff",
    "",
    "v2",
    "UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE",
];

/// Pages, links and the control of the sandbox: whatever is asked of them, with whatever body, there is an answer.
pub(crate) fn get_answers_elsewhere() -> Result<(), Failed> {
    let path = prop::collection::vec(prop::sample::select(&SEGMENTS[..]), 0..9);
    let query = prop_oneof![
        Just(String::new()),
        "[a-z]{1,3}=[!-~]{0,20}(&s[epgv]=[a-zA-Z0-9:-]{0,20}){0,4}"
    ];
    let body = prop_oneof![
        Just("{\"advanceSeconds\":9223372036854775807}".to_owned()),
        Just("{\"now\":\"9999-12-31T23:59:59Z\"}".to_owned()),
        Just("{\"kind\":\"html\",\"operation\":\"nowhere\"}".to_owned()),
        any::<String>(),
    ];
    let method = prop::sample::select(vec!["GET", "POST", "PUT", "DELETE", "HEAD"]);
    let mut config = Config::with_cases(cases(1_000, 50_000));
    config.failure_persistence = None;
    let stage = Stage::new()?;
    let outcome = TestRunner::new(config).run(&(method, path, query, body), |asked| {
        let (method, path, query, body) = asked;
        let target = format!("/{}?{query}", path.join("/"));
        let request = Request::builder().method(method).uri(target).body(Bytes::from(body));
        let Ok(request) = request else {
            return Ok(());
        };
        let answer = stage.checked.send(&request).map_err(fail)?;
        prop_assert!(!answer.status().is_server_error(), "{request:?}: {answer:?}");
        Ok(())
    });
    outcome?;
    // It still does what it is for.
    stage
        .checked
        .ask(&ksef_tests::sandbox::request("POST", "/auth/challenge", None, None)?)?
        .expect(200)?;
    stage.checked.verdict()?;
    Ok(())
}
