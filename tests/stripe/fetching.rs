//! Fetching over a real socket from the stub, which pages, limits and fails on purpose.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ksef_core::port::{BoxFuture, SecretKey, SecretStore as _};
use ksef_core::submission::ReasonCode;
use ksef_core::{Environment, FixedClock, InvoiceXml, Secret, TenantId, Timestamp};
use ksef_stripe::fetch::{
    API_VERSION, ApiKey, Caller, EventQuery, FetchError, Nbp, ReqwestTransport, Stripe,
    StripeSecretStore, Timer, Transport as _, WriteBack,
};
use ksef_stripe::model::{Invoice, TaxRate};
use ksef_stripe::stub::{Fault, FaultKind, Stub};
use ksef_stripe::webhook::{Webhook, WebhookSecret};
use ksef_stripe::{Context, ExchangeRate, Profile, RateOfExchange, map_invoice};
use ksef_tests::suite::{Failed, Suite};
use serde_json::{Value, json};

use crate::objects::{self, Shape};

type Tested = Result<(), Failed>;

/// In every key and secret here.
const CANARY: &str = "canary7391";

/// The stub's clock and that of the caller.
const NOW: &str = "2026-11-20T12:00:00Z";

pub(crate) fn add(suite: Suite) -> Suite {
    suite
        .test("fetched_lines_of_all_pages_come_together", &[], || run(all_lines))
        .test("a_fetched_invoice_is_mapped_like_the_one_it_is", &[], || run(mapped))
        .test("every_request_names_key_version_and_account", &[], || run(headers))
        .test("a_limit_is_waited_for_as_the_answer_says", &[], || run(limited))
        .test("failures_of_every_kind_are_repeated_with_growing_waits", &[], || run(failures))
        .test("five_failures_are_an_error_that_names_them", &[], || run(given_up))
        .test("a_write_whose_answer_is_lost_is_done_once", &[], || run(written_once))
        .test("one_idempotency_key_is_one_write_of_one_content", &[], || run(replayed))
        .test("an_answer_that_is_too_long_is_not_taken", &[], || run(too_long))
        .test("what_somebody_else_wrote_meanwhile_is_kept", &[], || run(footer_kept))
        .test("an_object_that_changes_meanwhile_is_read_anew", &[], || run(changes))
        .test("an_object_that_always_changes_is_given_up", &[], || run(always_changes))
        .test("a_missing_permission_is_named", &[], || run(permissions))
        .test("no_redirect_is_followed", &[], || run(redirects))
        .test("events_are_filled_in_by_time_event_and_delivery", &[], || run(events))
        .test("sweeps_have_all_pages_since_then", &[], || run(sweeps))
        .test("the_rate_is_that_of_the_last_table_before_the_day", &[], || run(rates))
        .test("a_published_rate_is_asked_for_once", &[], || run(rates_once))
        .test("the_bank_is_asked_again_after_failures", &[], || run(bank_fails))
        .test("the_secret_store_keeps_ten_secrets_of_an_account", &[], || run(secrets))
        .test("an_answer_that_is_no_json_is_an_error", &[], || run(html))
        .test("nothing_that_is_shown_has_a_secret", &[], || run(canary))
        .test("a_webhook_of_the_stub_is_verified_and_its_object_fetched", &[], || run(webhook))
}

/// Notes for how long it should wait, and does not.
#[derive(Debug, Default)]
struct NotedWaits(Mutex<Vec<Duration>>);

impl Timer for NotedWaits {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.0.lock().expect("no panic").push(duration);
        Box::pin(async {})
    }
}

/// A stub and what asks it.
struct Bench {
    stub: Stub,
    waits: Arc<NotedWaits>,
}

impl Bench {
    fn caller(&self) -> Caller {
        let transport = ReqwestTransport::new(&[self.stub.base()]).expect("a transport");
        let clock = FixedClock::at(NOW.parse().expect("a time"));
        let caller = Caller::new(Arc::new(transport), Arc::<NotedWaits>::clone(&self.waits));
        caller.with_clock(Arc::new(clock)).with_seed(7)
    }

    fn stripe(&self) -> Stripe {
        let key = ApiKey::new(format!("rk_test_{CANARY}")).expect("a key");
        Stripe::new(self.caller(), self.stub.base(), key)
    }

    fn bank(&self) -> Nbp {
        Nbp::new(self.caller(), self.stub.base())
    }

    fn put(&self, object: Value) {
        self.stub.put(object).expect("an object");
    }

    /// The paths that were asked for.
    fn paths(&self) -> Vec<String> {
        self.stub.requests().iter().map(|request| request.path().to_owned()).collect()
    }

    fn waited(&self) -> Vec<Duration> {
        self.waits.0.lock().expect("no panic").clone()
    }
}

/// Runs a test with a stub of its own.
fn run(test: impl AsyncFnOnce(&Bench) -> Tested) -> Tested {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Bench { stub: Stub::start().await?, waits: Arc::default() };
        test(&bench).await
    })
}

/// An invoice of so many lines of 1.00 at 23 %.
fn invoice(id: &str, lines: usize) -> Value {
    let mut invoice = objects::read("pln", Shape::Basil);
    objects::set(&mut invoice, "/id", id.into());
    objects::repeat_lines(&mut invoice, lines, Shape::Basil);
    invoice
}

fn line_ids(json: &[u8]) -> Vec<String> {
    let object: Value = serde_json::from_slice(json).expect("JSON");
    let lines = object["lines"]["data"].as_array().expect("lines").iter();
    lines.map(|line| line["id"].as_str().expect("an id").to_owned()).collect()
}

fn write_back() -> WriteBack {
    let number = "5265877635-20250826-0100001AF629-AF".parse().expect("a number");
    WriteBack::new(number, "https://qr.example/invoice/1")
}

fn limit(retry_after: &str) -> FaultKind {
    FaultKind::TooManyRequests { retry_after: retry_after.to_owned() }
}

fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, code: "api_error".to_owned() }
}

async fn all_lines(bench: &Bench) -> Tested {
    for lines in [1, 10, 11, 110, 111, 345] {
        bench.put(invoice("in_1", lines));
        bench.stub.forget_requests();
        let fetched = bench.stripe().invoice("in_1").await?;
        let expected: Vec<String> = (1..=lines).map(|number| format!("il_{number}")).collect();
        assert_eq!(line_ids(&fetched.json), expected);
        let read = Invoice::from_json(&fetched.json)?;
        assert!(!read.has_more_lines && read.lines.is_some_and(|all| all.len() == lines));
        // The rest in pages of a hundred, between two readings of the invoice.
        let pages = lines.saturating_sub(10).div_ceil(100);
        let requests = if pages == 0 { 1 } else { pages + 2 };
        assert_eq!(bench.paths().len(), requests, "{lines} lines");
    }
    Ok(())
}

/// Also with failures on the way.
async fn mapped(bench: &Bench) -> Tested {
    let whole = invoice("in_1", 25);
    bench.put(json!({ "object": "tax_rate", "id": "txr_23", "percentage": 23, "country": "PL" }));
    bench.put(whole.clone());
    for kind in [FaultKind::DropBefore, FaultKind::Truncated, limit("1"), status(502)] {
        bench.stub.add_fault(Fault::new(kind).after(1).times(1));
    }
    let stripe = bench.stripe();
    let fetched = Invoice::from_json(&stripe.invoice("in_1").await?.json)?;
    assert_eq!(fetched.missing_tax_rates(), ["txr_23"]);
    let rate = TaxRate::from_json(&stripe.tax_rate("txr_23").await?)?;
    let address = "ul. Przykładowa 1, 00-001 Warszawa";
    let profile = Profile::new("5265877635".parse()?, "Sprzedawca sp. z o.o.", address);
    let context = Context::new(&profile, Environment::Test, NOW.parse()?).with_tax_rate(rate);
    let document = |invoice: &Invoice| -> Result<InvoiceXml, Failed> {
        let outcome = map_invoice(invoice, &context);
        Ok(outcome.invoice().ok_or("it is not mapped")?.to_xml()?)
    };
    let expected = document(&Invoice::from_json(whole.to_string().as_bytes())?)?;
    assert_eq!(document(&fetched)?, expected);
    Ok(())
}

async fn headers(bench: &Bench) -> Tested {
    bench.stub.put_for("acct_7", invoice("in_1", 11))?;
    let own = bench.stripe().invoice("in_1").await;
    assert!(matches!(own, Err(FetchError::NotFound)));
    let other = bench.stripe().for_account("acct_8")?.invoice("in_1").await;
    assert!(matches!(other, Err(FetchError::AccountUnknown)));

    bench.stub.forget_requests();
    let stripe = bench.stripe().for_account("acct_7")?;
    stripe.invoice("in_1").await?;
    stripe.write_back_to_invoice("in_1", &write_back()).await?;
    let requests = bench.stub.requests();
    assert_eq!(requests.len(), 5);
    for request in &requests {
        assert_eq!(request.header("stripe-account"), Some("acct_7"));
        assert_eq!(request.header("stripe-version"), Some(API_VERSION));
        let key = format!("Bearer rk_test_{CANARY}");
        assert_eq!(request.header("authorization"), Some(key.as_str()));
        assert_eq!(request.header("idempotency-key").is_some(), request.method() == "POST");
    }
    let expanded: Vec<&str> = requests[0].queries("expand[]").collect();
    assert_eq!(expanded, ["discounts", "payments", "account_tax_ids"]);
    Ok(())
}

async fn limited(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 1));
    for (header, seconds) in [("7", 7), ("Fri, 20 Nov 2026 12:00:09 GMT", 9), ("0", 0)] {
        bench.stub.add_fault(Fault::new(limit(header)).times(1));
        bench.stripe().invoice("in_1").await?;
        assert_eq!(bench.waited().last(), Some(&Duration::from_secs(seconds)), "{header}");
    }
    let so_far = bench.waited().len();
    bench.stub.add_fault(Fault::new(limit("3600")).times(1));
    let error = bench.stripe().invoice("in_1").await;
    let hour = Some(Duration::from_secs(3600));
    assert!(
        matches!(error, Err(FetchError::RateLimited { retry_after }) if retry_after == hour),
        "{error:?}"
    );
    assert_eq!(bench.waited().len(), so_far, "nobody waits for an hour");
    Ok(())
}

async fn failures(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 1));
    for kind in [FaultKind::DropBefore, FaultKind::DropAfter, FaultKind::Truncated, status(503)] {
        bench.stub.add_fault(Fault::new(kind).times(1));
    }
    bench.stripe().invoice("in_1").await?;
    let waited = bench.waited();
    let longest = [500, 1_000, 2_000, 4_000].map(Duration::from_millis);
    let is_varied =
        |(waited, longest): (&Duration, &Duration)| (*longest / 2..=*longest).contains(waited);
    assert!(waited.len() == 4 && waited.iter().zip(&longest).all(is_varied), "{waited:?}");
    assert!(waited.iter().zip(&longest).any(|(waited, longest)| waited < longest), "no chance");
    Ok(())
}

async fn given_up(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 1));
    let mut shown = String::new();
    for kind in [FaultKind::DropBefore, FaultKind::Truncated, status(500), limit("1"), status(409)]
    {
        bench.stub.clear_faults();
        bench.stub.forget_requests();
        bench.stub.add_fault(Fault::new(kind));
        let error = bench.stripe().invoice("in_1").await.err().ok_or("it was read")?;
        assert_eq!(bench.paths().len(), 5);
        writeln!(shown, "{error}")?;
    }
    let expected = "no answer after several tries; try again later\n\
                    no answer after several tries; try again later\n\
                    the server fails with status 500; try again later\n\
                    too many requests; try again later\n\
                    the request was refused with status 409\n";
    assert_eq!(shown, expected);
    // What no repetition changes is asked for once.
    for status_code in [400, 401, 402, 403, 404] {
        bench.stub.clear_faults();
        bench.stub.forget_requests();
        bench.stub.add_fault(Fault::new(status(status_code)));
        assert!(bench.stripe().invoice("in_1").await.is_err());
        assert_eq!(bench.paths().len(), 1, "{status_code}");
    }
    Ok(())
}

async fn written_once(bench: &Bench) -> Tested {
    let mut whole = invoice("in_1", 1);
    objects::set(&mut whole, "/footer", "Dziękujemy".into());
    bench.put(whole);
    for kind in [FaultKind::DropAfter, FaultKind::Truncated, status(500)] {
        bench.stub.add_fault(Fault::new(kind).on_writes().times(1));
    }
    bench.stripe().write_back_to_invoice("in_1", &write_back()).await?;
    let keys: Vec<String> = bench
        .stub
        .requests()
        .iter()
        .filter_map(|request| request.header("idempotency-key").map(str::to_owned))
        .collect();
    assert!(keys.len() == 4 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let after = bench.stub.object("in_1").ok_or("it is gone")?;
    let number = "5265877635-20250826-0100001AF629-AF";
    let footer = format!("Dziękujemy\nKSeF: {number}\nhttps://qr.example/invoice/1");
    assert_eq!(after["footer"], footer.as_str());
    assert_eq!(after["metadata"]["ksef_number"], number);

    // Who does it again finds it done.
    bench.stub.forget_requests();
    bench.stripe().write_back_to_invoice("in_1", &write_back()).await?;
    assert_eq!(bench.paths(), ["/v1/invoices/in_1"]);
    let note = json!({ "object": "credit_note", "id": "cn_1", "memo": null, "metadata": null });
    bench.put(note);
    bench.stripe().write_back_to_credit_note("cn_1", &write_back()).await?;
    let note = bench.stub.object("cn_1").ok_or("it is gone")?;
    assert_eq!(note["memo"], format!("KSeF: {number}\nhttps://qr.example/invoice/1").as_str());
    Ok(())
}

/// What the stub says of keys, which Stripe documents so.
async fn replayed(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 1));
    let transport = ReqwestTransport::new(&[bench.stub.base()])?;
    let write = async |footer: &str| -> Result<(u16, bool), Failed> {
        let address = format!("http://127.0.0.1:{}/v1/invoices/in_1", port(&bench.stub)?);
        let request = http::Request::post(address)
            .header("authorization", "Bearer rk_test_1")
            .header("idempotency-key", "key")
            .body(format!("footer={footer}").into_bytes())?;
        let answer = transport.call(request).await?;
        Ok((answer.status().as_u16(), answer.headers().contains_key("idempotent-replayed")))
    };
    assert_eq!(write("one").await?, (200, false));
    bench.put(invoice("in_1", 1));
    assert_eq!(write("one").await?, (200, true));
    assert_eq!(bench.stub.object("in_1").ok_or("it is gone")?["footer"], Value::Null);
    assert_eq!(write("two").await?, (400, false));
    Ok(())
}

async fn too_long(bench: &Bench) -> Tested {
    let mut whole = invoice("in_1", 1);
    objects::set(&mut whole, "/footer", "x".repeat(ReqwestTransport::MAX_RESPONSE_BYTES).into());
    bench.put(whole);
    let error = bench.stripe().invoice("in_1").await.err().ok_or("it was read")?;
    assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
    Ok(())
}

/// The contents differ, and so does the key: Stripe refuses one key for two contents.
async fn footer_kept(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 1));
    let mut other = invoice("in_1", 1);
    objects::set(&mut other, "/footer", "Zmieniona".into());
    let change = FaultKind::Changes { object: Box::new(other) };
    bench.stub.add_fault(Fault::new(change).on_writes().times(1));
    for _ in 0..2 {
        bench.stripe().write_back_to_invoice("in_1", &write_back()).await?;
    }
    let after = bench.stub.object("in_1").ok_or("it is gone")?;
    let footer = after["footer"].as_str().ok_or("no footer")?;
    assert!(footer.starts_with("Zmieniona\nKSeF: 5265877635"), "{footer}");
    Ok(())
}

async fn changes(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 30));
    let change = FaultKind::Changes { object: Box::new(invoice("in_1", 31)) };
    bench.stub.add_fault(Fault::new(change).at("/v1/invoices/in_1/lines").times(1));
    let fetched = bench.stripe().invoice("in_1").await?;
    assert_eq!(line_ids(&fetched.json).len(), 31);
    assert_eq!(bench.paths().len(), 6, "two readings");
    Ok(())
}

async fn always_changes(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 30));
    for lines in [31, 32, 33] {
        let change = FaultKind::Changes { object: Box::new(invoice("in_1", lines)) };
        bench.stub.add_fault(Fault::new(change).at("/v1/invoices/in_1/lines").times(1));
    }
    let error = bench.stripe().invoice("in_1").await;
    assert!(matches!(error, Err(FetchError::Changed)), "{error:?}");
    Ok(())
}

async fn permissions(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 1));
    bench.stub.restrict_key(["invoice_read"]);
    let stripe = bench.stripe();
    let since = NOW.parse()?;
    stripe.invoice("in_1").await?;
    let missing = [
        (stripe.write_back_to_invoice("in_1", &write_back()).await.err(), "invoice_write"),
        (stripe.credit_note("cn_1").await.err(), "credit_note_read"),
        (stripe.tax_rate("txr_1").await.err(), "tax_rate_read"),
        (stripe.events(&EventQuery::since(since)).await.err(), "event_read"),
    ];
    for (error, expected) in missing {
        let error = error.ok_or("it is permitted")?;
        assert!(
            matches!(&error, FetchError::PermissionMissing { permission } if permission == expected),
            "{error:?}"
        );
        assert!(error.to_string().contains(expected));
    }
    bench.stub.add_fault(Fault::new(status(401)));
    let error = stripe.invoice("in_1").await;
    assert!(matches!(error, Err(FetchError::KeyRejected)), "{error:?}");
    Ok(())
}

async fn redirects(bench: &Bench) -> Tested {
    let other = Stub::start().await?;
    other.put(invoice("in_1", 1))?;
    let location = format!("http://localhost:{}/v1/invoices/in_1", port(&other)?);
    bench.stub.add_fault(Fault::new(FaultKind::Redirect { location }));
    let error = bench.stripe().invoice("in_1").await;
    assert!(matches!(error, Err(FetchError::Refused { status: 302 })), "{error:?}");
    let error = bench.bank().rate_before("EUR".parse()?, "2026-11-20".parse()?).await;
    assert!(error.is_err());
    assert!(other.requests().is_empty(), "the key went to another host");
    Ok(())
}

fn port(stub: &Stub) -> Result<String, Failed> {
    let shown = format!("{stub:?}");
    let port: String =
        shown.rsplit(':').next().ok_or("no port")?.chars().filter(char::is_ascii_digit).collect();
    Ok(port)
}

async fn events(bench: &Bench) -> Tested {
    let secret = WebhookSecret::new("whsec_1");
    bench.put(invoice("in_1", 1));
    for minute in 0..120 {
        let at = format!("2026-11-20T{:02}:{:02}:00Z", 8 + minute / 60, minute % 60);
        bench.stub.happen("invoice.finalized", "in_1", &secret, at.parse()?)?;
        bench.stub.happen("customer.updated", "in_1", &secret, at.parse()?)?;
    }
    // Events of the odd numbers are about invoices: 1, 3, 5 …
    for number in (1..240).step_by(4) {
        bench.stub.mark_delivered(&format!("evt_{number}"))?;
    }
    let stripe = bench.stripe();
    let ids = async |query: EventQuery| -> Result<Vec<String>, Failed> {
        let events = stripe.events(&query).await?;
        let id =
            |event: &str| serde_json::from_str::<Value>(event).map(|event| event["id"].clone());
        let ids: Result<Vec<Value>, _> = events.iter().map(|event| id(event.get())).collect();
        Ok(ids?.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
    };
    let named = |numbers: Vec<u32>| -> Vec<String> {
        numbers.iter().map(|number| format!("evt_{number}")).collect()
    };
    let nine = "2026-11-20T09:00:00Z".parse()?;
    let late: Vec<u32> = (121..240).rev().filter(|number| number % 2 == 1).collect();
    assert_eq!(ids(EventQuery::since(nine)).await?, named(late));
    let all: Vec<u32> = (2..240).rev().filter(|number| number % 2 == 1).collect();
    assert_eq!(ids(EventQuery::after("evt_1")).await?, named(all));
    let lost: Vec<u32> = (2..240).rev().filter(|number| number % 4 == 3).collect();
    assert_eq!(ids(EventQuery::after("evt_1").undelivered()).await?, named(lost));

    let gone = stripe.events(&EventQuery::after("evt_999")).await;
    assert!(matches!(gone, Err(FetchError::NotFound)), "{gone:?}");
    let old = stripe.events(&EventQuery::since("2026-10-20T12:00:00Z".parse()?)).await;
    assert!(matches!(old, Err(FetchError::EventsGone)), "{old:?}");
    Ok(())
}

async fn sweeps(bench: &Bench) -> Tested {
    for number in 0..250_i64 {
        let mut whole = invoice(&format!("in_{number}"), 1);
        objects::set(&mut whole, "/created", (1_790_000_000 + number).into());
        bench.put(whole);
    }
    let since = Timestamp::from_unix_milliseconds(1_790_000_050_000)?;
    let swept = bench.stripe().invoices(since).await?;
    let first: Value = serde_json::from_str(swept[0].get())?;
    assert_eq!((swept.len(), &first["id"]), (200, &json!("in_249")));
    assert!(bench.stripe().credit_notes(since).await?.is_empty());
    Ok(())
}

fn published(day: &str, rate: &str) -> Result<ExchangeRate, Failed> {
    let table = format!("{}/A/NBP/2026", day.replace('-', ""));
    Ok(ExchangeRate::new("EUR".parse()?, rate.parse()?, table, day.parse()?))
}

/// 11 November 2026 is a holiday, a Wednesday; 14 and 15 are a weekend.
async fn rates(bench: &Bench) -> Tested {
    let tables = [
        ("2026-11-09", "4.2301"),
        ("2026-11-10", "4.2410"),
        ("2026-11-12", "4.25"),
        ("2026-11-13", "4.2537"),
    ];
    for (day, rate) in tables {
        bench.stub.publish(&published(day, rate)?);
    }
    let bank = bench.bank();
    let expected = [
        ("2026-11-10", "2026-11-09"),
        ("2026-11-11", "2026-11-10"),
        ("2026-11-12", "2026-11-10"),
        ("2026-11-14", "2026-11-13"),
        ("2026-11-16", "2026-11-13"),
        ("2026-11-23", "2026-11-13"),
    ];
    for (day, table) in expected {
        let rate = bank.rate_before("EUR".parse()?, day.parse()?).await?;
        let RateOfExchange::Published(rate) = rate else {
            return Err(format!("{day}: none").into());
        };
        assert_eq!(rate.published_on.to_string(), table, "{day}");
    }
    // The day itself never counts, and no table is older than ten days.
    for day in ["2026-11-09", "2026-11-24"] {
        let rate = bank.rate_before("EUR".parse()?, day.parse()?).await?;
        assert_eq!(rate, RateOfExchange::NotPublished, "{day}");
    }
    let dollars = bank.rate_before("USD".parse()?, "2026-11-16".parse()?).await?;
    assert_eq!(dollars, RateOfExchange::NotPublished);
    assert!(bench.stub.requests().iter().all(|request| request.header("authorization").is_none()));
    Ok(())
}

async fn rates_once(bench: &Bench) -> Tested {
    let bank = bench.bank();
    let ask = async || {
        bank.rate_before("EUR".parse()?, "2026-11-16".parse()?).await.map_err(Failed::from)
    };
    for requests in [1, 2] {
        assert_eq!(ask().await?, RateOfExchange::NotPublished);
        assert_eq!(bench.paths().len(), requests, "what is missing is asked for again");
    }
    bench.stub.publish(&published("2026-11-13", "4.2530")?);
    for _ in 0..3 {
        let RateOfExchange::Published(rate) = ask().await? else { return Err("none".into()) };
        assert_eq!(rate.rate.to_string(), "4.2530");
        assert_eq!(bench.paths().len(), 3, "what is published is kept");
    }
    Ok(())
}

async fn bank_fails(bench: &Bench) -> Tested {
    bench.stub.publish(&published("2026-11-13", "4.2530")?);
    for kind in [FaultKind::DropBefore, status(503), limit("2"), FaultKind::Truncated] {
        bench.stub.add_fault(Fault::new(kind).times(1));
    }
    let day = "2026-11-16".parse()?;
    let rate = bench.bank().rate_before("EUR".parse()?, day).await?;
    assert!(matches!(rate, RateOfExchange::Published(_)));
    assert_eq!((bench.waited().len(), bench.waited()[2]), (4, Duration::from_secs(2)));

    bench.stub.add_fault(Fault::new(status(500)));
    let error = bench.bank().rate_before("EUR".parse()?, day).await;
    assert!(matches!(error, Err(FetchError::ServerFailed { status: 500 })), "{error:?}");
    bench.stub.clear_faults();
    bench.stub.add_fault(Fault::new(FaultKind::Html));
    let error = bench.bank().rate_before("EUR".parse()?, day).await;
    assert!(matches!(error, Err(FetchError::Rate(_))), "{error:?}");
    Ok(())
}

async fn secrets(bench: &Bench) -> Tested {
    bench.stub.put_for("acct_7", invoice("in_1", 1))?;
    let store = StripeSecretStore::new(bench.stripe().for_account("acct_7")?);
    let key = |number: u8| -> Result<SecretKey, Failed> {
        let tenant = TenantId::from_bytes([number + 1; 16])?;
        Ok(SecretKey::new(tenant, Environment::Test, ReasonCode::from_static("ksef_token")))
    };
    let value = |number: u8| Secret::new(format!("{CANARY}-{number}").into_bytes());
    for number in 0..10 {
        store.put(&key(number)?, value(number)).await?;
    }
    assert!(store.put(&key(10)?, value(10)).await.is_err(), "there is room for ten");
    bench.stub.add_fault(Fault::new(FaultKind::DropAfter).on_writes().times(1));
    store.put(&key(3)?, value(33)).await?;
    let found = store.fetch(&key(3)?).await?.ok_or("it is gone")?;
    assert_eq!(found.expose(), value(33).expose());
    bench.stub.add_fault(Fault::new(FaultKind::DropAfter).on_writes().times(1));
    store.destroy(&key(3)?).await?;
    assert!(store.fetch(&key(3)?).await?.is_none());
    store.put(&key(10)?, value(10)).await?;
    let own = StripeSecretStore::new(bench.stripe());
    assert!(own.fetch(&key(4)?).await?.is_none(), "secrets are those of their account");
    Ok(())
}

async fn html(bench: &Bench) -> Tested {
    bench.put(invoice("in_1", 11));
    bench.stub.add_fault(Fault::new(FaultKind::Html).after(1).times(1));
    let error = bench.stripe().invoice("in_1").await;
    assert!(matches!(error, Err(FetchError::Shape(Some(_)))), "{error:?}");
    Ok(())
}

/// Every error that can be had, with its causes, and everything that has `Debug`.
async fn canary(bench: &Bench) -> Tested {
    let mut whole = invoice("in_1", 11);
    objects::set(&mut whole, "/customer_name", CANARY.into());
    bench.put(whole);
    let store = StripeSecretStore::new(bench.stripe());
    let tenant = TenantId::from_bytes([7; 16])?;
    let key = SecretKey::new(tenant, Environment::Test, ReasonCode::from_static(CANARY));
    let secret = || Secret::new(CANARY.as_bytes().to_vec());
    let mut shown = format!("{:?} {:?} {store:?}", bench.stripe(), bench.stub);
    let kinds = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Truncated,
        FaultKind::Html,
        FaultKind::Redirect { location: format!("http://{CANARY}.example/") },
        limit("1"),
        status(500),
        status(400),
        status(401),
        status(403),
        status(404),
    ];
    let count = kinds.len();
    let mut errors = 0;
    for kind in kinds {
        bench.stub.clear_faults();
        bench.stub.add_fault(Fault::new(kind));
        let mut show = |error: Option<&dyn std::error::Error>| {
            errors += usize::from(error.is_some());
            let mut next = error;
            while let Some(error) = next {
                let _ = writeln!(shown, "{error} {error:?}");
                next = error.source();
            }
        };
        show(bench.stripe().invoice("in_1").await.err().as_ref().map(|error| error as _));
        show(store.put(&key, secret()).await.err().as_ref().map(|error| error as _));
        show(store.fetch(&key).await.err().as_ref().map(|error| error as _));
    }
    assert!(errors >= 2 * count, "{errors} errors");
    writeln!(shown, "{:?}", bench.stub.requests())?;
    assert!(!shown.contains(CANARY), "{shown}");
    Ok(())
}

async fn webhook(bench: &Bench) -> Tested {
    let secret = WebhookSecret::new("whsec_1");
    let now = NOW.parse()?;
    bench.put(invoice("in_1", 11));
    let delivery = bench.stub.happen("invoice.finalized", "in_1", &secret, now)?;
    let webhook = Webhook::new([secret.clone()]);
    let event = webhook.open(&delivery.body, &delivery.signature, now)?;
    assert_eq!(event.idempotency_key().as_deref(), Some("invoice:in_1"));
    assert!(
        webhook.open(&delivery.body, &delivery.signature, "2026-11-20T12:05:01Z".parse()?).is_err()
    );
    // Another attempt has another signature.
    let later = "2026-11-20T12:05:01Z".parse()?;
    let again = bench.stub.deliver(&delivery.event_id, &secret, later)?;
    assert_eq!(again.body, delivery.body);
    webhook.open(&again.body, &again.signature, later)?;
    let subject = event.subject.ok_or("about nothing")?;
    assert_eq!(line_ids(&bench.stripe().invoice(&subject.id).await?.json).len(), 11);
    Ok(())
}
