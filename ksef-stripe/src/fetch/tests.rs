//! Fetching over a transport that answers from a script.

use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use ksef_core::FixedClock;
use ksef_core::port::BoxFuture;

use super::*;
use crate::RateOfExchange;

const KEY: &str = "rk_test_canary7391";

/// Gives the answers in their order and notes what was asked.
#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Response<Vec<u8>>>>,
    asked: Mutex<Vec<Request<Vec<u8>>>>,
    waited: Mutex<Vec<Duration>>,
}

impl Transport for Script {
    fn call(
        &self,
        request: Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, TransportError>> {
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.ok_or_else(|| TransportError::new("the script has ended")) })
    }
}

impl Timer for Script {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.waited.lock().unwrap().push(duration);
        Box::pin(async {})
    }
}

impl Script {
    fn paths(&self) -> Vec<String> {
        let path = |request: &Request<_>| request.uri().path_and_query().unwrap().to_string();
        self.asked.lock().unwrap().iter().map(path).collect()
    }

    fn headers(&self, name: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let value = |request: &Request<_>| Some(request.headers().get(name)?.to_str().ok()?.into());
        asked.iter().filter_map(value).collect()
    }

    fn waited(&self) -> Vec<u64> {
        let waited = self.waited.lock().unwrap();
        waited.iter().map(|time| u64::try_from(time.as_millis()).unwrap()).collect()
    }
}

fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap()
}

fn later(seconds: &str) -> Response<Vec<u8>> {
    Response::builder().status(429).header("retry-after", seconds).body(Vec::new()).unwrap()
}

fn ok(body: &str) -> Response<Vec<u8>> {
    answer(200, body)
}

fn script(answers: impl IntoIterator<Item = Response<Vec<u8>>>) -> (Arc<Script>, Stripe) {
    let script = Arc::new(Script {
        answers: Mutex::new(answers.into_iter().collect()),
        ..Script::default()
    });
    let stripe = Stripe::new(caller(&script), BaseAddress::stripe(), ApiKey::new(KEY).unwrap());
    (script, stripe)
}

fn caller(script: &Arc<Script>) -> Caller {
    let clock = FixedClock::at("2026-11-20T12:00:00Z".parse().unwrap());
    let caller = Caller::new(Arc::<Script>::clone(script), Arc::<Script>::clone(script));
    caller.with_clock(Arc::new(clock)).with_seed(7)
}

/// Every future here is ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for something"),
    }
}

fn write_back() -> WriteBack {
    let number = "5265877635-20250826-0100001AF629-AF".parse().unwrap();
    WriteBack::new(number, "https://qr.example/invoice/1")
}

const WHOLE: &str =
    r#"{"id":"in_1",  "total":12.30,"lines":{"data":[{"id":"il_1"}],"has_more":false}}"#;
const CUT: &str =
    r#"{"id":"in_1","lines":{"data":[{"id":"il_1","q":1.50}],"has_more":true},"total":3}"#;

#[test]
fn an_invoice_is_handed_on_byte_for_byte() {
    let (script, stripe) = script([ok(WHOLE)]);
    let stripe = stripe.for_account("acct_7").unwrap();
    assert_eq!(now(stripe.invoice("in_1")).unwrap().json, WHOLE.as_bytes());
    assert_eq!(script.headers("stripe-account"), ["acct_7"]);
    assert_eq!(script.headers("stripe-version"), [API_VERSION]);
    assert_eq!(script.headers("authorization"), [format!("Bearer {KEY}")]);
}

#[test]
fn the_lines_of_all_pages_come_together() {
    let second = ok(r#"{"data":[{"id":"il_2"}],"has_more":true}"#);
    let third = ok(r#"{"data":[{"id":"il_3"}],"has_more":false}"#);
    let (script, stripe) = script([ok(CUT), second, third, ok(CUT)]);
    let json = now(stripe.invoice("in_1")).unwrap().json;
    let expected = r#"{"id":"in_1","lines":{"object":"list","data":[{"id":"il_1","q":1.50},{"id":"il_2"},{"id":"il_3"}],"has_more":false,"total_count":3},"total":3}"#;
    assert_eq!(String::from_utf8(json).unwrap(), expected);
    let paths = script.paths();
    assert_eq!(paths[1], "/v1/invoices/in_1/lines?limit=100&starting_after=il_1");
    assert_eq!(paths[2], "/v1/invoices/in_1/lines?limit=100&starting_after=il_2");
}

#[test]
fn an_object_that_changed_meanwhile_is_read_anew_and_then_given_up() {
    let page = || ok(r#"{"data":[{"id":"il_2"}],"has_more":false}"#);
    let changed = CUT.replace("\"total\":3", "\"total\":4");
    let (_, once) = script([ok(CUT), page(), ok(&changed), ok(&changed), page(), ok(&changed)]);
    let json = String::from_utf8(now(once.invoice("in_1")).unwrap().json).unwrap();
    assert!(json.ends_with("\"total\":4}"), "{json}");

    let reading = || [ok(CUT), page(), ok(&changed)];
    let (script, always) = script(reading().into_iter().chain(reading()).chain(reading()));
    assert!(matches!(now(always.invoice("in_1")), Err(FetchError::Changed)));
    assert_eq!(script.paths().len(), 9);
}

#[test]
fn a_list_that_repeats_itself_is_given_up() {
    let page = || ok(r#"{"data":[{"id":"il_2"}],"has_more":true}"#);
    for pages in [vec![page(), page()], vec![ok(r#"{"data":[],"has_more":true}"#)]] {
        let (_, stripe) = script([ok(CUT)].into_iter().chain(pages));
        assert!(matches!(now(stripe.invoice("in_1")), Err(FetchError::Endless)));
    }
}

#[test]
fn too_many_requests_are_repeated_when_the_answer_says() {
    let (script, stripe) = script([later("7"), later("soon"), ok(WHOLE)]);
    assert!(now(stripe.invoice("in_1")).is_ok());
    let waited = script.waited();
    assert!(waited[0] == 7_000 && (500..=1_000).contains(&waited[1]), "{waited:?}");
}

#[test]
fn a_date_to_come_again_is_waited_for() {
    let dates = [("Fri, 20 Nov 2026 12:00:09 GMT", 9_000), ("Thu, 19 Nov 2026 12:00:00 GMT", 0)];
    for (date, milliseconds) in dates {
        let (script, stripe) = script([later(date), ok(WHOLE)]);
        assert!(now(stripe.invoice("in_1")).is_ok());
        assert_eq!(script.waited(), [milliseconds], "{date}");
    }
}

#[test]
fn stripe_may_say_that_another_attempt_is_useless() {
    let mut answer = answer(500, "");
    answer.headers_mut().insert("stripe-should-retry", "false".parse().unwrap());
    let (script, stripe) = script([answer]);
    let error = now(stripe.invoice("in_1")).unwrap_err();
    assert!(matches!(error, FetchError::ServerFailed { status: 500 }));
    assert!(script.waited().is_empty());
}

#[test]
fn nobody_waits_longer_than_the_limit() {
    let (script, stripe) = script([later("3600")]);
    let error = now(stripe.invoice("in_1")).unwrap_err();
    let hour = Some(Duration::from_secs(3600));
    assert!(matches!(error, FetchError::RateLimited { retry_after } if retry_after == hour));
    assert!(script.waited().is_empty());
}

#[test]
fn failures_are_repeated_with_growing_waits_and_then_told() {
    let (script, stripe) = script((0..9).map(|_| answer(503, "")));
    let error = now(stripe.tax_rate("txr_1")).unwrap_err();
    assert!(matches!(error, FetchError::ServerFailed { status: 503 }));
    let waited = script.waited();
    let longest = [500, 1_000, 2_000, 4_000];
    let is_varied = |(waited, longest): (&u64, u64)| (longest / 2..=longest).contains(waited);
    assert!(waited.len() == 4 && waited.iter().zip(longest).all(is_varied), "{waited:?}");
}

#[test]
fn what_cannot_go_better_is_not_repeated() {
    for status in [302, 400, 401, 403, 404] {
        let (script, stripe) = script([answer(status, "")]);
        assert!(now(stripe.tax_rate("txr_1")).is_err());
        assert!(script.waited().is_empty(), "{status}");
    }
}

#[test]
fn a_repeated_write_has_the_same_idempotency_key_and_keeps_the_footer() {
    let (script, stripe) = script([
        ok(r#"{"id":"in_1","footer":"Dziękujemy"}"#),
        answer(500, ""),
        answer(409, ""),
        ok("{}"),
    ]);
    now(stripe.write_back_to_invoice("in_1", &write_back())).unwrap();
    let keys = script.headers("idempotency-key");
    assert!(keys.len() == 3 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let asked = script.asked.lock().unwrap();
    let form: Vec<_> = form_urlencoded::parse(asked[3].body()).into_owned().collect();
    assert_eq!(form[2].0, "footer");
    assert!(form[2].1.starts_with("Dziękujemy\nKSeF: 5265877635-"), "{form:?}");
}

#[test]
fn a_number_that_stands_there_is_not_written_again() {
    let memo = format!(r#"{{"id":"cn_1","memo":"KSeF: {}"}}"#, write_back().ksef_number);
    let (script, stripe) = script([ok(&memo)]);
    now(stripe.write_back_to_credit_note("cn_1", &write_back())).unwrap();
    assert_eq!(script.paths(), ["/v1/credit_notes/cn_1"]);
}

#[test]
fn events_are_asked_for_by_type_and_time() {
    let (script, stripe) = script([ok(r#"{"data":[{"id":"evt_1"}],"has_more":false}"#)]);
    let since = "2026-11-20T12:00:00Z".parse().unwrap();
    assert_eq!(now(stripe.events(&EventQuery::since(since))).unwrap().len(), 1);
    let path = script.paths().remove(0);
    assert!(path.contains("types%5B%5D=invoice.finalized"), "{path}");
    assert!(path.contains("created%5Bgte%5D=1795176000"), "{path}");
}

#[test]
fn events_after_one_come_page_by_page_and_are_the_latest_first() {
    let first = ok(r#"{"data":[{"id":"evt_3"},{"id":"evt_2"}],"has_more":true}"#);
    let second = ok(r#"{"data":[{"id":"evt_4"}],"has_more":false}"#);
    let (script, stripe) = script([first, second]);
    let query = EventQuery::after("evt_1").undelivered();
    let events = now(stripe.events(&query)).unwrap();
    let events: Vec<&str> = events.iter().map(|event| event.get()).collect();
    assert_eq!(events, [r#"{"id":"evt_4"}"#, r#"{"id":"evt_3"}"#, r#"{"id":"evt_2"}"#]);
    let paths = script.paths();
    assert!(
        paths[0].ends_with("delivery_success=false&limit=100&ending_before=evt_1"),
        "{paths:?}"
    );
    assert!(paths[1].ends_with("&ending_before=evt_3"), "{paths:?}");
}

#[test]
fn events_of_more_than_thirty_days_are_gone() {
    let (script, stripe) = script([ok(r#"{"data":[],"has_more":false}"#)]);
    let ask = |time: &str| now(stripe.events(&EventQuery::since(time.parse().unwrap())));
    assert!(matches!(ask("2026-10-21T11:59:59Z"), Err(FetchError::EventsGone)));
    assert!(script.paths().is_empty());
    assert!(ask("2026-10-21T12:00:00Z").is_ok());
}

#[test]
fn no_key_is_shown() {
    let (_, stripe) = script([answer(401, &format!("Invalid API Key: {KEY}"))]);
    let error = now(stripe.invoice("in_1")).unwrap_err();
    for shown in [format!("{stripe:?}"), format!("{error:?} {error}")] {
        assert!(!shown.contains("canary7391"), "{shown}");
    }
    let wrong = ApiKey::new("pk_test_canary7391").unwrap_err();
    assert!(!format!("{wrong:?} {wrong}").contains("canary7391"));
}

#[test]
fn an_id_cannot_lead_elsewhere() {
    for id in ["", "in_1/../../v1/charges", "in_1?x=1", "in_ą"] {
        let (script, stripe) = script([]);
        assert!(matches!(now(stripe.invoice(id)), Err(FetchError::Id)), "{id}");
        assert!(script.paths().is_empty());
    }
}

#[test]
fn a_key_goes_in_the_open_to_this_machine_only() {
    for good in
        ["https://api.stripe.com/", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"]
    {
        assert!(BaseAddress::new(good).is_ok(), "{good}");
    }
    let wrong =
        ["http://api.stripe.com", "http://127.0.0.1.example", "http://localhost@x", "ftp://x", ""];
    for wrong in wrong {
        assert!(BaseAddress::new(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_published_rate_is_asked_for_once_and_a_missing_one_again() {
    let rate = r#"{"table":"A","code":"EUR","rates":[{"no":"221/A/NBP/2026","effectiveDate":"2026-11-13","mid":4.2530}]}"#;
    let (script, _) = script([answer(404, ""), ok(rate)]);
    let nbp = Nbp::new(caller(&script), BaseAddress::nbp());
    let ask = || now(nbp.rate_before("EUR".parse().unwrap(), "2026-11-16".parse().unwrap()));
    assert_eq!(ask().unwrap(), RateOfExchange::NotPublished);
    for _ in 0..2 {
        let RateOfExchange::Published(rate) = ask().unwrap() else { panic!("no rate") };
        assert_eq!(rate.rate.to_string(), "4.2530");
    }
    assert_eq!(script.paths().len(), 2);
    assert!(script.headers("authorization").is_empty());
}

#[test]
fn the_store_of_stripe_keeps_finds_and_destroys_a_secret() {
    use ksef_core::port::{SecretKey, SecretStore as _, SecretStoreError};
    use ksef_core::submission::ReasonCode;
    use ksef_core::{Environment, Secret, TenantId};

    let secret = || Secret::new(b"canary7391".to_vec());
    let tenant = TenantId::from_bytes([7; 16]).unwrap();
    let key = SecretKey::new(tenant, Environment::Test, ReasonCode::from_static("ksef_token"));
    let (script, stripe) = script([
        ok("{}"),
        ok(r#"{"payload":"canary7391"}"#),
        answer(404, ""),
        answer(404, ""),
        answer(400, ""),
        ok(r#"{"payload":["canary7391"]}"#),
    ]);
    let store = StripeSecretStore::new(stripe);
    now(store.put(&key, secret())).unwrap();
    let found = now(store.fetch(&key)).unwrap().unwrap();
    assert_eq!(found.expose(), secret().expose());
    assert!(now(store.fetch(&key)).unwrap().is_none());
    now(store.destroy(&key)).unwrap();
    assert!(matches!(now(store.put(&key, secret())), Err(SecretStoreError::LimitReached)));
    let unread = now(store.fetch(&key)).unwrap_err();
    assert!(!format!("{unread:?} {store:?}").contains("canary7391"));
    assert!(script.paths()[1].starts_with("/v1/apps/secrets/find?name=ksef_"));
}
