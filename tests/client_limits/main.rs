//! The limiter of the client before the windows of the sandbox, for a day of virtual time: never
//! a 429, and nearly all that is allowed is used.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that meets what cannot be is red"
)]

mod timeline;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use ksef_client::limits::{
    InMemoryLimiterStore, LimitedRequest, Limiter, RateGroup, RateLimit, RateLimits,
};
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_client::xades::{AuthTokenRequest, SubjectIdentifierType};
use ksef_core::{Clock, ContextIdentifier, Environment};
use ksef_sandbox::{Config, Delays, Sandbox};
use serde_json::Value;
use timeline::Timeline;

const NIP: &str = "5265877635";
const START: &str = "2026-11-20T12:00:00Z";
const TASKS: u64 = 8;
const HOURS: u32 = 24;

/// What the tasks do. Whether it succeeds does not matter: it counts all the same.
const WORK: [(RateGroup, &str, &str); 4] = [
    (
        RateGroup::InvoiceSend,
        "POST",
        "/sessions/online/20261120-SO-461EA5B000-537A6BA15D-D7/invoices",
    ),
    (RateGroup::SessionList, "GET", "/sessions?pageSize=10"),
    (RateGroup::InvoiceMetadata, "POST", "/invoices/query/metadata"),
    (RateGroup::Other, "GET", "/rate-limits"),
];

/// How many requests of each group were answered, and how many of them with 429.
#[derive(Debug, Default)]
struct Answers {
    made: BTreeMap<RateGroup, u32>,
    refused: u32,
}

struct World {
    sandbox: Sandbox,
    timeline: Arc<Timeline>,
    token: String,
    answers: Mutex<Answers>,
}

fn ask(sandbox: &Sandbox, request: http::request::Builder, body: impl Into<Bytes>) -> Value {
    let request = request.body(body.into()).expect("a request");
    let answer = sandbox.handle(&request).expect("an answer");
    assert!(answer.status().is_success(), "{answer:?}");
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

fn bearer(method: &str, path: &str, token: &str) -> http::request::Builder {
    let request = Request::builder().method(method).uri(format!("/v2{path}"));
    request.header("Authorization", format!("Bearer {token}"))
}

/// Logs in with a seal, and returns the access token.
fn log_in(sandbox: &Sandbox) -> String {
    let challenge = ask(sandbox, Request::post("/v2/auth/challenge"), Bytes::new());
    let challenge = challenge["challenge"].as_str().expect("a challenge").parse();
    let login = AuthTokenRequest::new(
        challenge.expect("a challenge"),
        context(),
        SubjectIdentifierType::CertificateSubject,
    );
    let seal = TestCertificate::seal(NIP.parse().expect("a NIP"));
    let key = seal.build(KeyKind::P256, sandbox.now()).expect("a seal").signing_key();
    let signed =
        key.expect("a key").sign(login.expect("a login").to_canonical_xml(), sandbox.now());
    let submit =
        Request::post("/v2/auth/xades-signature").header("Content-Type", "application/xml");
    let taken = ask(sandbox, submit, signed.expect("a signature").into_bytes());
    let token = taken["authenticationToken"]["token"].as_str().expect("a token");
    let tokens = ask(sandbox, bearer("POST", "/auth/token/redeem", token), Bytes::new());
    tokens["accessToken"]["token"].as_str().expect("a token").to_owned()
}

fn context() -> ContextIdentifier {
    format!("Nip/{NIP}").parse().expect("a context")
}

impl World {
    fn new() -> Arc<Self> {
        let mut config = Config::default();
        config.delays = Delays::NONE;
        config.seed = Some(1);
        config.access_token_lifetime = Duration::from_secs(48 * 60 * 60);
        let sandbox = Sandbox::new(config).expect("a sandbox");
        sandbox.freeze(START.parse().expect("a time"));
        let token = log_in(&sandbox);
        let timeline = Arc::new(Timeline::new(sandbox.clone()));
        Arc::new(Self { sandbox, timeline, token, answers: Mutex::default() })
    }

    fn send(&self, (group, method, path): (RateGroup, &str, &str)) -> u16 {
        let request = bearer(method, path, &self.token).header("Content-Type", "application/json");
        let request = request.body(Bytes::from_static(b"{}")).expect("a request");
        let status = self.sandbox.handle(&request).expect("an answer").status().as_u16();
        assert!(status < 401 || status == 429, "{method} {path}: {status}");
        let mut answers = self.answers.lock().expect("nobody panicked");
        *answers.made.entry(group).or_default() += 1;
        answers.refused += u32::from(status == 429);
        status
    }

    /// One task, which does one kind of work.
    async fn task(self: Arc<Self>, limiter: Limiter, number: u64, way: Way) {
        let mut random = Random(number);
        let end = self.timeline.now().checked_add(Duration::from_secs(u64::from(HOURS) * 3_600));
        let work = WORK[usize::try_from(number).expect("a few") % WORK.len()];
        let limited = LimitedRequest::new(context(), work.0, work.2);
        while Some(self.timeline.now()) < end {
            let sleep = |duration| self.timeline.sleep(duration);
            let permit = limiter.acquire(&limited, sleep).await.expect("the store works");
            if Some(self.timeline.now()) >= end {
                return permit.cancel().await.expect("the store works");
            }
            self.timeline.sleep(random.time_for(way)).await;
            let status = self.send(work);
            self.timeline.sleep(random.time_for(way)).await;
            let ended = if status == 429 {
                permit.refused(Duration::from_secs(60)).await
            } else {
                permit.complete().await
            };
            ended.expect("the store works");
        }
    }
}

/// Numbers that look random (`SplitMix64`).
struct Random(u64);

/// How long a request is on its way, and its answer.
#[derive(Clone, Copy, Debug)]
enum Way {
    None,
    /// Up to 600 ms each.
    Random,
}

impl Random {
    fn time_for(&mut self, way: Way) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed ^= mixed >> 30;
        mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^= mixed >> 27;
        match way {
            Way::None => Duration::ZERO,
            Way::Random => Duration::from_micros(mixed % 600_000),
        }
    }
}

/// Lets the tasks work for a day, each with a limiter of its own over one store.
fn run(limits: &RateLimits, way: Way) -> Answers {
    let world = World::new();
    let store = Arc::new(InMemoryLimiterStore::default());
    let tasks = (0..TASKS).map(|number| {
        let clock: Arc<dyn Clock> = Arc::<Timeline>::clone(&world.timeline);
        let limiter = Limiter::with_store(
            Environment::Test,
            clock,
            Arc::<InMemoryLimiterStore>::clone(&store),
        );
        limiter.learn(context(), limits.clone());
        timeline::task(Arc::clone(&world).task(limiter, number, way))
    });
    world.timeline.run(tasks.collect());
    std::mem::take(&mut *world.answers.lock().expect("nobody panicked"))
}

/// The limits as the sandbox itself tells them.
fn told() -> RateLimits {
    let world = World::new();
    let answer = ask(&world.sandbox, bearer("GET", "/rate-limits", &world.token), Bytes::new());
    serde_json::from_value(answer).expect("limits")
}

#[test]
fn eight_tasks_use_the_limits_for_a_day_and_are_never_refused() {
    let limits = told();
    for way in [Way::None, Way::Random] {
        let answers = run(&limits, way);
        assert_eq!(answers.refused, 0, "{way:?}");
        for (group, ..) in WORK {
            let allowed = limits.of(group).per_hour.expect("a limit").get() * HOURS;
            let made = answers.made[&group];
            let percent = made * 100 / allowed;
            println!("{way:?}, {}: {made} of {allowed}, {percent} %", group.as_str());
            assert!(percent >= 95, "{way:?}, {}: {made} of {allowed}", group.as_str());
        }
    }
}

#[test]
fn the_limits_that_the_sandbox_tells_are_those_that_are_known() {
    assert_eq!(
        serde_json::to_value(told()).expect("JSON"),
        serde_json::to_value(RateLimits::default()).expect("JSON")
    );
}

/// The proof above can fail: one request too many in any window is refused.
#[test]
fn one_more_in_any_window_is_refused() {
    for limit in
        [RateLimit::new(11, 30, 180), RateLimit::new(10, 31, 180), RateLimit::new(10, 30, 181)]
    {
        let limits = RateLimits::default().with(RateGroup::InvoiceSend, limit);
        assert!(run(&limits, Way::None).refused > 0, "{limit:?}");
    }
}
