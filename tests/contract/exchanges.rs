//! What stands around the bodies: statuses, headers, parameters, credentials; and whole tests of exchanges.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bytes::Bytes;
use http::{Method, Request, Response};
use ksef_tests::contract::{Checked, Contract, Coverage, Inspector, Violation};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use crate::api::{Api, Subject, list};
use crate::bodies::body;
use crate::instances::{Variety, instance};
use crate::none;

const CHALLENGE: &str = "/v2/auth/challenge";
const SESSION: &str = "/v2/sessions/20251002-SO-190FB15000-0123456789-AB";

fn request(method: Method, path: &str) -> Request<Bytes> {
    Request::builder().method(method).uri(path).body(Bytes::new()).expect("a request")
}

fn answer(status: u16, kind: &str, body: &str) -> Response<Bytes> {
    let answer = Response::builder().status(status);
    let answer = if kind.is_empty() { answer } else { answer.header("Content-Type", kind) };
    answer.body(Bytes::from(body.to_owned())).expect("an answer")
}

fn problem(status: u16, detail: &str) -> Response<Bytes> {
    let body = json!({ "title": "No", "status": status, "detail": detail }).to_string();
    answer(status, "application/problem+json", &body)
}

/// The places of what is wrong.
fn places(verdict: Result<(), Vec<Violation>>) -> Vec<String> {
    verdict.err().into_iter().flatten().map(|violation| violation.place).collect()
}

/// A subject of the file, and an answer to it that the contract takes.
fn good_answer(api: &Api, operation: (&Method, &str), status: u16) -> (Subject, Response<Bytes>) {
    let subject = api.subjects().into_iter().find(|subject| {
        (&subject.method, subject.path.as_str()) == operation && subject.status == Some(status)
    });
    let subject = subject.expect("a subject of the file");
    let body = body(api, &subject, Variety::Full);
    let bytes = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    let answer = subject.answer(Bytes::from(bytes));
    (subject, answer)
}

pub(crate) fn headers_are_held_to() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?);
    let cases = [
        ((&Method::POST, "/auth/challenge"), 200, "Content-Type", vec![None, Some("text/html")]),
        (
            (&Method::POST, "/auth/challenge"),
            200,
            "Content-Type",
            vec![Some("application/json; charset=iso-8859-2")],
        ),
        (
            (&Method::POST, "/auth/challenge"),
            429,
            "Retry-After",
            vec![None, Some("soon"), Some("1.5")],
        ),
        (
            (&Method::GET, "/invoices/ksef/{ksefNumber}"),
            200,
            "x-ms-meta-hash",
            vec![None, Some("none"), Some("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")],
        ),
    ];
    for (operation, status, name, values) in cases {
        let (subject, good) = good_answer(&api, operation, status);
        assert_eq!(contract.check_response(&subject.asked(), &good), Ok(()), "{operation:?}");
        for value in values {
            let mut bad = good.clone();
            bad.headers_mut().remove(name);
            if let Some(value) = value {
                bad.headers_mut().insert(name, value.parse()?);
            }
            let found = places(contract.check_response(&subject.asked(), &bad));
            assert!(found.contains(&format!("header {name}")), "{name} {value:?}: {found:?}");
        }
    }
    Ok(())
}

pub(crate) fn the_error_format_is_the_one_asked_for() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?);
    for subject in api.subjects() {
        if !matches!(subject.status, Some(400 | 429)) {
            continue;
        }
        let good = subject.answer(Bytes::from(body(&api, &subject, Variety::Full).to_string()));
        let mut asked = subject.asked();
        assert_eq!(contract.check_response(&asked, &good), Ok(()));
        if asked.headers_mut().remove("X-Error-Format").is_none() {
            asked.headers_mut().insert("X-Error-Format", "problem-details".parse()?);
        }
        let found = places(contract.check_response(&asked, &good));
        assert_eq!(found, ["header Content-Type"], "{}", subject.name());
    }
    Ok(())
}

pub(crate) fn an_answer_without_content_is_empty() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?);
    let mut seen = 0;
    for (method, path, operation) in api.operations() {
        let request = api.request(&method, path, operation).body(Bytes::new())?;
        for status in [200, 201, 202, 204] {
            let documented = operation.pointer(&format!("/responses/{status}"));
            if documented.is_none_or(|answer| answer.get("content").is_some()) {
                continue;
            }
            seen += 1;
            assert_eq!(contract.check_response(&request, &answer(status, "", "")), Ok(()));
            let found = places(contract.check_response(&request, &answer(status, "", "{}")));
            assert_eq!(found, ["body"], "{method} {path}");
        }
    }
    assert_eq!(seen, 24, "operations whose answer has no body");
    Ok(())
}

pub(crate) fn an_undocumented_status_is_refused() -> Result<(), Failed> {
    let contract = Contract::load()?;
    for operation in contract.operations() {
        let path = format!("/v2{}", operation.path().replace(['{', '}'], "x"));
        let request = request(operation.method().clone(), &path);
        for status in
            (100..600).filter(|status| !operation.statuses().any(|known| known == *status))
        {
            // A request without a body has no content type that the operation takes.
            let expected: &[&str] = if status == 415 { &[] } else { &["status"] };
            let answer =
                if status == 501 { problem(501, "no path") } else { answer(status, "", "") };
            let expected = if status == 501 { &["body/detail"] } else { expected };
            let found = places(contract.check_response(&request, &answer));
            assert_eq!(found, expected, "{operation}: {status}");
        }
    }
    Ok(())
}

pub(crate) fn refusals_have_their_shape() -> Result<(), Failed> {
    let contract = Contract::load()?;
    let check = |request: &Request<Bytes>, response: &Response<Bytes>| {
        places(contract.check_response(request, response))
    };
    let nothing: [&str; 0] = [];
    let challenge = request(Method::POST, CHALLENGE);
    let named = problem(501, "POST /auth/challenge is not implemented");
    assert_eq!(check(&challenge, &named), nothing);
    assert_eq!(check(&challenge, &answer(501, "", "")), ["header Content-Type", "body"]);

    let nowhere = request(Method::GET, "/v2/no/such/path");
    assert_eq!(check(&nowhere, &problem(404, "no")), nothing);
    assert_eq!(check(&nowhere, &answer(404, "", "")), nothing);
    assert_eq!(check(&nowhere, &problem(400, "no")), ["status"]);
    assert_eq!(check(&nowhere, &answer(404, "text/html", "<p>")), ["header Content-Type", "body"]);
    let mut wrong = problem(404, "no");
    *wrong.body_mut() = Bytes::from(json!({ "title": "No", "status": 500, "more": 1 }).to_string());
    assert_eq!(check(&nowhere, &wrong), ["body/detail", "body/more", "body/status"]);

    let wrong_method = request(Method::DELETE, CHALLENGE);
    let mut refused = problem(405, "no");
    assert_eq!(check(&wrong_method, &refused), ["header Allow"]);
    refused.headers_mut().insert("Allow", "POST".parse()?);
    assert_eq!(
        check(&wrong_method, &refused),
        ["header Allow"],
        "GET is /auth/{{referenceNumber}}"
    );
    refused.headers_mut().insert("Allow", "GET, POST".parse()?);
    assert_eq!(check(&wrong_method, &refused), nothing);
    Ok(())
}

pub(crate) fn a_refused_body_has_its_reason() -> Result<(), Failed> {
    let contract = Contract::load()?;
    let mut request = request(Method::POST, "/v2/sessions/online");
    let check = |request: &Request<Bytes>, status: u16| {
        places(contract.check_response(request, &answer(status, "", "")))
    };
    assert_eq!(check(&request, 413), ["status"], "nothing is too large");
    *request.body_mut() = Bytes::from_static(b"{}");
    assert_eq!(check(&request, 413), [""; 0]);
    assert_eq!(check(&request, 415), [""; 0]);
    request.headers_mut().insert("Content-Type", "application/json".parse()?);
    assert_eq!(check(&request, 415), ["status"], "the content type is right");
    Ok(())
}

pub(crate) fn made_up_requests_are_taken_with_every_parameter() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?);
    let mut wrong = Vec::new();
    for (method, path, operation) in api.operations() {
        for variety in [Variety::Full, Variety::Minimal] {
            let good = with_parameters(&api, (&method, path, operation), variety);
            let found = contract.check_request(&good).err().into_iter().flatten();
            wrong.extend(found.map(|violation| format!("{violation} in {}", good.uri())));
        }
    }
    none(&wrong)
}

/// A request with a body and all parameters.
fn with_parameters(
    api: &Api,
    (method, path, operation): (&Method, &str, &Value),
    variety: Variety,
) -> Request<Bytes> {
    let is_body = |subject: &Subject| {
        subject.status.is_none() && subject.method == *method && subject.path == path
    };
    let mut request = match api.subjects().into_iter().find(is_body) {
        Some(subject) => {
            let body = body(api, &subject, variety);
            subject.request_with(Bytes::from(
                body.as_str().map_or_else(|| body.to_string(), str::to_owned),
            ))
        }
        None => api.request(method, path, operation).body(Bytes::new()).expect("a request"),
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    for parameter in list(operation, "/parameters") {
        let name = parameter.get("name").and_then(Value::as_str).expect("a name");
        let sample = instance(api, parameter.get("schema").expect("a schema"), variety);
        match parameter.get("in").and_then(Value::as_str) {
            Some("query") => {
                let one = std::slice::from_ref(&sample);
                for value in sample.as_array().map_or(one, Vec::as_slice) {
                    query.append_pair(name, &crate::api::text(value));
                }
            }
            Some("header") => {
                let name: http::HeaderName = name.parse().expect("a header");
                request.headers_mut().insert(name, "token".parse().expect("a value"));
            }
            _ => {}
        }
    }
    set_query(&mut request, &query.finish());
    request
}

fn set_query(request: &mut Request<Bytes>, query: &str) {
    let target = format!("{}?{query}", request.uri().path());
    *request.uri_mut() = target.parse().expect("a target");
}

pub(crate) fn a_broken_parameter_is_refused() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?);
    let mut broken = 0;
    for (method, path, operation) in api.operations() {
        let mut bad = with_parameters(&api, (&method, path, operation), Variety::Minimal);
        let parameters =
            list(operation, "/parameters").filter(|parameter| is_in(parameter, "query"));
        let queries = parameters.flat_map(|parameter| broken_queries(&api, parameter));
        for query in queries.chain(["noSuchParameter=1".to_owned()]) {
            broken += 1;
            set_query(&mut bad, &query);
            let place = format!("query {}", query.split('=').next().unwrap_or_default());
            let found = places(contract.check_request(&bad));
            // In a list it is the item that is wrong.
            let is_found =
                found.iter().any(|found| *found == place || *found == format!("{place}/0"));
            assert!(is_found, "{method} {path}?{query}: {found:?}");
        }
    }
    assert!(broken > 200, "only {broken} parameters were broken");
    Ok(())
}

fn is_in(parameter: &Value, source: &str) -> bool {
    parameter.get("in").and_then(Value::as_str) == Some(source)
}

/// Queries that each break one parameter.
fn broken_queries(api: &Api, parameter: &Value) -> Vec<String> {
    let name = parameter.get("name").and_then(Value::as_str).expect("a name");
    let schema = api.flat(parameter.get("schema").expect("a schema"));
    let number = |keyword: &str| schema.get(keyword).and_then(Value::as_i64);
    let beyond = number("minimum").map(|least| least - 1).into_iter();
    let beyond = beyond.chain(number("maximum").map(|most| most + 1));
    let mut queries: Vec<String> = beyond.map(|value| format!("{name}={value}")).collect();
    // Each takes more than an empty text.
    queries.push(format!("{name}="));
    if schema.get("type") != Some(&json!("array")) {
        queries.push(format!("{name}=1&{name}=1"));
    }
    queries
}

pub(crate) fn a_broken_request_is_refused() -> Result<(), Failed> {
    let contract = Contract::load()?;
    let check = |request: &Request<Bytes>| places(contract.check_request(request));
    let with = |mut request: Request<Bytes>, name: &'static str, value: &'static str| {
        request.headers_mut().insert(name, http::HeaderValue::from_static(value));
        request
    };
    let nothing: [&str; 0] = [];
    let bearer = |request| with(request, "Authorization", "Bearer token");
    assert_eq!(check(&request(Method::POST, CHALLENGE)), nothing);
    assert_eq!(check(&bearer(request(Method::POST, CHALLENGE))), ["header Authorization"]);
    assert_eq!(check(&request(Method::GET, SESSION)), ["header Authorization"]);
    assert_eq!(check(&bearer(request(Method::GET, SESSION))), nothing);
    let basic = with(request(Method::GET, SESSION), "Authorization", "Basic token");
    assert_eq!(check(&basic), ["header Authorization"]);
    assert_eq!(
        check(&bearer(request(Method::GET, "/v2/sessions/short"))),
        ["path referenceNumber"]
    );
    assert_eq!(check(&bearer(request(Method::GET, "/v2/sessions"))), ["query sessionType"]);
    assert_eq!(check(&request(Method::GET, "/v2/no/such/path")), ["path"]);
    assert_eq!(check(&request(Method::GET, "/storage/part")), nothing, "none of the contract's");

    let mut challenge = request(Method::POST, CHALLENGE);
    *challenge.body_mut() = Bytes::from_static(b"{}");
    assert_eq!(check(&challenge), ["body"]);
    let online = bearer(request(Method::POST, "/v2/sessions/online"));
    assert_eq!(check(&online), ["body"]);
    let mut untyped = online.clone();
    *untyped.body_mut() = Bytes::from_static(b"{}");
    assert_eq!(check(&untyped), ["header Content-Type"]);
    let typed = with(untyped, "Content-Type", "application/json");
    assert_eq!(check(&typed), ["body/encryption", "body/formCode"]);
    Ok(())
}

pub(crate) fn a_tolerant_contract_lets_two_things_pass() -> Result<(), Failed> {
    let strict = Contract::load()?;
    let asked = request(Method::POST, CHALLENGE);
    let given = |timestamp: &str, more: &str| {
        let body = format!(
            r#"{{"challenge":"20260101-CR-0000000000-0123456789-AB","timestamp":"{timestamp}","timestampMs":1,"clientIp":"127.0.0.1"{more}}}"#
        );
        answer(200, "application/json", &body)
    };
    let check = |contract: &Contract, response: Response<Bytes>| {
        places(contract.check_response(&asked, &response))
    };
    let (own, short) = ("2025-10-02T19:17:58.6776534+00:00", "2025-10-02T19:17:58.677Z");
    let nothing: [&str; 0] = [];
    assert_eq!(check(&strict, given(own, "")), nothing);
    assert_eq!(check(&strict, given(short, r#","new":1"#)), ["body/new", "body/timestamp"]);
    let lenient = strict.clone().with_any_timestamp();
    assert_eq!(check(&lenient, given(short, r#","new":1"#)), ["body/new"]);
    let tolerant = strict.tolerant();
    assert_eq!(check(&tolerant, given(short, r#","new":1"#)), nothing);
    assert_eq!(check(&tolerant, given("today", "")), ["body/timestamp"]);
    Ok(())
}

pub(crate) fn checked_sees_every_exchange() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?);
    let (subject, good) = good_answer(&api, (&Method::POST, "/auth/challenge"), 200);
    let turn = AtomicUsize::new(0);
    let inspector = Inspector::of_server(&contract).excusing(|_, answer| {
        answer.headers().contains_key("X-Fault").then_some("a fault on demand")
    });
    let checked = Checked::new(inspector, |request: Request<Bytes>| {
        let mut html = answer(200, "text/html", "<p>");
        match (request.uri().path(), turn.fetch_add(1, Ordering::Relaxed) % 4) {
            (CHALLENGE, 0) => Err("dropped"),
            (CHALLENGE, 1) => {
                html.headers_mut().insert("X-Fault", http::HeaderValue::from_static("html"));
                Ok(html)
            }
            (CHALLENGE, _) => Ok(good.clone()),
            _ => Ok(html),
        }
    });
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| drop(checked.send(subject.asked()))));
        }
    });
    let coverage = checked.inspector().verdict()?;
    assert_eq!(coverage.count("POST /auth/challenge", 200), 200);
    assert_eq!((coverage.dropped(), coverage.checked(), coverage.outside()), (100, 200, 0));
    assert_eq!(coverage.excused().get("a fault on demand"), Some(&100));
    assert!(coverage.to_string().contains(" 200:200 400:- 429:-"), "{coverage}");
    let pairs = contract.operations().iter().flat_map(|operation| operation.statuses()).count();
    assert_eq!(coverage.missing().count(), pairs - 1);

    for path in [SESSION, SESSION, "/storage/part"] {
        drop(checked.send(request(Method::GET, path)));
    }
    let broken = checked.inspector().verdict().expect_err("HTML is no answer");
    assert_eq!(broken.violations().values().collect::<Vec<_>>(), [&2], "{broken}");
    let mut sum = Coverage::of(&contract);
    sum += &checked.inspector().coverage();
    assert_eq!((sum.count("GET /sessions/{referenceNumber}", 200), sum.outside()), (2, 1));
    Ok(())
}
