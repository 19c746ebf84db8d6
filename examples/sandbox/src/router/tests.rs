use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use ksef_core::Environment;
use serde_json::{Value, json};

use crate::handlers;
use crate::limiter::RateGroup;
use crate::operation::Operation;
use crate::test_support::{access_token, config, delete, get, nip, post, request, sandbox, send};
use crate::{
    ClientAddress, Config, Dropped, Fault, FaultKind, HeldBack, Permission, Place, Sandbox,
};

fn limited() -> Sandbox {
    Sandbox::new(Config { rate_limits: true, ..config() }).unwrap()
}

fn challenge() -> Request<Bytes> {
    request(Method::POST, "/auth/challenge", "", &Value::Null)
}

fn answer(sandbox: &Sandbox) -> Response<Bytes> {
    sandbox.handle(&challenge()).unwrap()
}

fn from(mut request: Request<Bytes>, address: &str) -> Request<Bytes> {
    request.extensions_mut().insert(ClientAddress(address.parse::<IpAddr>().unwrap()));
    request
}

#[test]
fn anonymous_requests_are_limited_by_address() {
    let sandbox = limited();
    for _ in 0..60 {
        assert_eq!(answer(&sandbox).status(), 200);
    }
    let refused = send(&sandbox, &challenge());
    assert_eq!((refused.status, &refused.headers["retry-after"]), (429, &"1".parse().unwrap()));
    assert_eq!(refused.body["status"]["code"], 429);
    let sentence = "Przekroczono limit 60 żądań na sekundę. Spróbuj ponownie po 1 sekundzie.";
    assert_eq!(refused.body["status"]["details"], json!([sentence]));

    assert_eq!(send(&sandbox, &from(challenge(), "192.0.2.7")).status, 200);
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(answer(&sandbox).status(), 200);
}

#[test]
fn a_refusal_for_the_limit_has_both_forms() {
    let sandbox = limited();
    let mut asked = challenge();
    asked.headers_mut().insert("x-error-format", "problem-details".parse().unwrap());
    let refused = (0..=60).map(|_| send(&sandbox, &asked)).last().unwrap();
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    assert!(refused.text("/detail").starts_with("Przekroczono limit 60 żądań na sekundę."));
    assert!(refused.headers.contains_key("retry-after"));
}

#[test]
fn a_sandbox_without_limits_counts_nothing() {
    let sandbox = sandbox();
    for _ in 0..200 {
        assert_eq!(answer(&sandbox).status(), 200);
    }
}

#[test]
fn requests_with_a_token_are_limited_by_context_and_address() {
    let sandbox = limited();
    let token = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let limits = || request(Method::GET, "/rate-limits", &token, &Value::Null);
    for _ in 0..10 {
        assert_eq!(send(&sandbox, &limits()).status, 200);
    }
    assert_eq!(send(&sandbox, &limits()).status, 429);
    // Another operation of the group has a counter of its own, and so have others.
    assert_eq!(get(&sandbox, "/limits/context", &token).status, 200);
    assert_eq!(send(&sandbox, &from(limits(), "192.0.2.7")).status, 200);
    let other = access_token(&sandbox, "1111111111".parse().unwrap(), [Permission::InvoiceRead]);
    assert_eq!(get(&sandbox, "/rate-limits", &other).status, 200);
}

#[test]
fn whoever_has_no_token_is_refused_before_it_is_counted() {
    let sandbox = limited();
    for _ in 0..20 {
        assert_eq!(get(&sandbox, "/rate-limits", "").status, 401);
    }
}

#[test]
fn limits_are_told_overridden_and_reset() {
    let sandbox = limited();
    let token = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let told = get(&sandbox, "/rate-limits", &token).body;
    assert_eq!(told.as_object().unwrap().len(), RateGroup::ALL.len());
    let anonymous = json!({ "perSecond": 60, "perMinute": -1, "perHour": -1 });
    assert_eq!(told["anonymous"], anonymous);

    let mut wanted = told.as_object().unwrap().clone();
    for fixed in ["onlineSessionClose", "batchSessionClose", "anonymous", "global"] {
        wanted.remove(fixed);
    }
    wanted.insert("other".to_owned(), json!({ "perSecond": 2, "perMinute": 2, "perHour": 2 }));
    let body = json!({ "rateLimits": wanted });
    assert_eq!(post(&sandbox, "/testdata/rate-limits", &token, &body).status, 200);
    assert_eq!(get(&sandbox, "/limits/context", &token).status, 200);
    assert_eq!(get(&sandbox, "/limits/context", &token).status, 200);
    assert_eq!(get(&sandbox, "/limits/context", &token).status, 429);

    assert_eq!(delete(&sandbox, "/testdata/rate-limits", &token).status, 200);
    assert_eq!(get(&sandbox, "/rate-limits", &token).body, told);
    let production = post(&sandbox, "/testdata/rate-limits/production", &token, &Value::Null);
    assert_eq!(production.status, 200);
}

#[test]
fn an_override_out_of_its_bounds_is_refused_field_by_field() {
    let sandbox = sandbox();
    let token = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let refused = post(&sandbox, "/testdata/rate-limits", &token, &json!({}));
    assert_eq!((refused.status, refused.codes()), (400, vec![21405]));
    let body = json!({ "rateLimits": { "onlineSession": {
        "perSecond": 1, "perMinute": 1, "perHour": 11_111_111,
    } } });
    let refused = post(&sandbox, "/testdata/rate-limits", &token, &body);
    assert_eq!(
        refused.detail(),
        "'rateLimits.onlineSession.perHour' must be between 1 and 1200. You entered 11111111."
    );
}

#[test]
fn a_request_that_is_dropped_before_has_no_effect() {
    let sandbox = sandbox();
    sandbox.add_fault(Fault::always(FaultKind::DropBefore).times(1));
    assert_eq!(sandbox.handle(&challenge()).unwrap_err(), Dropped);
    assert_eq!(sandbox.0.world().challenges.len(), 0);
    assert_eq!(answer(&sandbox).status(), 200);
}

#[test]
fn a_request_that_is_dropped_after_has_its_effect() {
    let sandbox = sandbox();
    sandbox.add_fault(Fault::always(FaultKind::DropAfter).times(1));
    assert_eq!(sandbox.handle(&challenge()).unwrap_err(), Dropped);
    assert_eq!(sandbox.0.world().challenges.len(), 1);
}

#[test]
fn an_answer_that_is_delayed_says_for_how_long() {
    let sandbox = sandbox();
    sandbox.add_fault(Fault::always(FaultKind::Delay { milliseconds: 300 }));
    let held_back = answer(&sandbox).extensions().get::<HeldBack>().copied();
    assert_eq!(held_back, Some(HeldBack(Duration::from_millis(300))));
}

#[test]
fn storms_errors_and_pages_of_firewalls_come_in_place_of_the_answer() {
    let sandbox = sandbox();
    let once = |kind| Fault::always(kind).at(Operation::AuthenticationChallenge).times(1);
    sandbox.add_fault(once(FaultKind::TooManyRequests { retry_after_seconds: 30 }));
    sandbox.add_fault(once(FaultKind::ServerError { status: 503 }));
    sandbox.add_fault(once(FaultKind::Html));

    let storm = answer(&sandbox);
    assert_eq!(
        (storm.status().as_u16(), &storm.headers()["retry-after"]),
        (429, &"30".parse().unwrap())
    );
    assert_eq!(answer(&sandbox).status(), 503);
    let page = answer(&sandbox);
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (200, &"text/html".parse().unwrap())
    );
    assert!(page.body().starts_with(b"<html"));
    assert_eq!(sandbox.0.world().challenges.len(), 0);
    assert_eq!(answer(&sandbox).headers()["content-type"], "application/json");
}

#[test]
fn a_firewall_stands_before_the_storage_too() {
    let sandbox = sandbox();
    sandbox.add_fault(Fault::always(FaultKind::Html).at(Place::Upload));
    let ask = |method| {
        let request = Request::builder().method(method).uri("/storage/01/x").body(Bytes::new());
        sandbox.handle(&request.unwrap()).unwrap()
    };
    assert_eq!(ask(Method::PUT).headers()["content-type"], "text/html");
    assert_ne!(ask(Method::GET).headers()["content-type"], "text/html");
}

#[test]
fn warnings_come_with_answers() {
    let sandbox = sandbox();
    let text = "[maintenance-001]: Prace serwisowe".to_owned();
    sandbox.add_fault(Fault::always(FaultKind::SystemWarning { text: text.clone() }).times(1));
    assert_eq!(answer(&sandbox).headers()["x-system-warning"], text.as_str());
    assert!(!answer(&sandbox).headers().contains_key("x-system-warning"));
}

#[test]
fn a_warning_that_a_client_asks_for_is_given_back_on_test_alone() {
    let mut asked = challenge();
    asked.headers_mut().insert("x-test-system-warning", "[xml-002]: text".parse().unwrap());
    let test = sandbox().handle(&asked).unwrap();
    assert_eq!(test.headers()["x-system-warning"], "[xml-002]: text");
    let demo = Sandbox::new(Config { environment: Environment::Demo, ..config() }).unwrap();
    assert!(!demo.handle(&asked).unwrap().headers().contains_key("x-system-warning"));
}

#[test]
fn what_is_no_operation_is_said_so() {
    let sandbox = sandbox();
    assert_eq!(get(&sandbox, "/no/such/path", "").status, 404);
    let put = send(&sandbox, &request(Method::PUT, "/auth/challenge", "", &Value::Null));
    assert_eq!(put.status, 405);
    assert_eq!(put.headers["allow"], "GET, POST");
    // The path of another operation, and also the number of something that there is not.
    assert_eq!(get(&sandbox, "/auth/challenge", "").status, 401);
    let token = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let missing = Operation::ALL.iter().find(|&&it| {
        handlers::of(it).is_none() && !it.path().contains('{') && it.method() == Method::GET
    });
    let missing = *missing.unwrap();
    let refused = get(&sandbox, missing.path(), &token);
    assert_eq!(refused.status, 501);
    assert!(refused.text("/detail").contains(missing.name()));
}

#[test]
fn every_operation_is_found_by_its_path() {
    let sandbox = sandbox();
    for operation in Operation::ALL {
        let path = operation.path().replace(['{', '}'], "");
        let found = sandbox.0.router.route(operation.method(), &path).map(|route| route.operation);
        assert_eq!(found.ok(), Some(*operation), "{}", operation.name());
    }
}
