use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use ksef_core::{Clock, ContextIdentifier, Environment, FixedClock, Timestamp};
use proptest::prelude::*;

use super::*;

/// Nothing here waits for anything.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn start() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn context() -> ContextIdentifier {
    "Nip/5265877635".parse().unwrap()
}

fn limiter() -> (Arc<FixedClock>, Limiter) {
    let clock = Arc::new(FixedClock::at(start()));
    (Arc::clone(&clock), Limiter::new(Environment::Test, clock))
}

fn admitted(limiter: &Limiter, request: &LimitedRequest) -> Result<Permit, Duration> {
    match ready(limiter.try_acquire(request)).unwrap() {
        Admission::Granted(permit) => Ok(permit),
        Admission::Wait(wait) => Err(wait),
    }
}

fn send() -> LimitedRequest {
    LimitedRequest::new(context(), RateGroup::InvoiceSend, "send")
}

/// Sends until it has to wait; returns how many and how long.
fn burst(limiter: &Limiter, request: &LimitedRequest) -> (u32, Duration) {
    for sent in 0.. {
        match admitted(limiter, request) {
            Ok(permit) => ready(permit.complete()).unwrap(),
            Err(wait) => return (sent, wait),
        }
    }
    unreachable!()
}

#[test]
fn the_windows_hold_one_by_one() {
    let (clock, limiter) = limiter();
    let mut waits = Vec::new();
    for burst_of_ten in 1..=18 {
        let (sent, wait) = burst(&limiter, &send());
        assert_eq!(sent, 10, "{burst_of_ten}");
        clock.advance(if burst_of_ten < 18 { wait } else { Duration::ZERO });
        waits.push(wait.as_secs());
    }
    // Three bursts a minute, six minutes, and then the hour is full.
    assert_eq!(waits[..3], [1, 1, 57]);
    assert_eq!(waits[15..17], [1, 1]);
    assert!((3_290..3_300).contains(&waits[17]), "{waits:?}");
}

#[test]
fn a_request_under_way_counts_until_after_its_answer() {
    let (clock, limiter) = limiter();
    let permits: Vec<_> = (0..10).map(|_| admitted(&limiter, &send()).unwrap()).collect();
    clock.advance(Duration::from_secs(20));
    // None of the ten was answered: each may be counted at this very moment.
    assert_eq!(admitted(&limiter, &send()).unwrap_err(), Duration::from_secs(1));
    for permit in permits {
        ready(permit.complete()).unwrap();
    }
    assert_eq!(admitted(&limiter, &send()).unwrap_err(), Duration::from_millis(1_001));
    clock.advance(Duration::from_millis(1_001));
    assert!(admitted(&limiter, &send()).is_ok());
}

#[test]
fn a_request_that_was_never_answered_counts_as_made() {
    let (clock, limiter) = limiter();
    let one = RateLimit::new(1, 0, 0);
    limiter.learn(context(), RateLimits::default().with(RateGroup::InvoiceSend, one));
    drop(admitted(&limiter, &send()).unwrap());
    clock.advance(Duration::from_secs(4 * 60));
    assert!(admitted(&limiter, &send()).is_err());
    clock.advance(Duration::from_secs(62));
    assert!(admitted(&limiter, &send()).is_ok());
}

#[test]
fn a_request_that_was_not_made_does_not_count() {
    let (_, limiter) = limiter();
    for _ in 0..100 {
        ready(admitted(&limiter, &send()).unwrap().cancel()).unwrap();
    }
    assert_eq!(burst(&limiter, &send()).0, 10);
}

#[test]
fn a_refusal_stops_everyone_for_as_long_as_it_says() {
    let (clock, limiter) = limiter();
    let other = limiter.clone();
    let permit = admitted(&limiter, &send()).unwrap();
    ready(permit.refused(Duration::from_secs(30))).unwrap();
    assert_eq!(admitted(&other, &send()).unwrap_err(), Duration::from_millis(30_001));
    let status = LimitedRequest::new(context(), RateGroup::InvoiceStatus, "status");
    assert!(admitted(&other, &status).is_ok());
    clock.advance(Duration::from_millis(30_001));
    assert!(admitted(&other, &send()).is_ok());
}

#[test]
fn contexts_groups_and_other_operations_have_their_own_counters() {
    let (_, limiter) = limiter();
    let other_context = "Nip/1111111111";
    let other_context = ContextIdentifier::for_test_environment(
        ksef_core::ContextIdentifierKind::Nip,
        other_context.trim_start_matches("Nip/"),
    );
    for request in [
        send(),
        LimitedRequest::new(other_context.unwrap(), RateGroup::InvoiceSend, "send"),
        LimitedRequest::new(context(), RateGroup::Other, "GET /tokens"),
        LimitedRequest::new(context(), RateGroup::Other, "GET /certificates/limits"),
    ] {
        assert_eq!(burst(&limiter, &request).0, 10, "{request:?}");
    }
    assert_eq!(burst(&limiter, &LimitedRequest::anonymous("challenge")).0, 60);
    assert_eq!(burst(&limiter, &LimitedRequest::anonymous("keys")).0, 0);
}

#[test]
fn a_limit_over_everything_is_kept_and_given_back() {
    let (clock, limiter) = limiter();
    let limits = RateLimits::default().with(RateGroup::Global, RateLimit::new(12, 0, 0));
    limiter.learn(context(), limits);
    let list = LimitedRequest::new(context(), RateGroup::SessionList, "list");
    assert_eq!(burst(&limiter, &send()).0, 10);
    assert_eq!(burst(&limiter, &list).0, 2);
    clock.advance(Duration::from_millis(1_001));
    // What the own counter refused spent nothing of the common one.
    assert_eq!(burst(&limiter, &list).0, 5);
    assert_eq!(burst(&limiter, &send()).0, 7);
}

#[test]
fn learned_limits_hold_at_once() {
    let (clock, limiter) = limiter();
    assert_eq!(burst(&limiter, &send()).0, 10);
    let fewer = RateLimits::default().with(RateGroup::InvoiceSend, RateLimit::new(3, 0, 0));
    limiter.learn(context(), fewer);
    assert_eq!(burst(&limiter, &send()).0, 0);
    clock.advance(Duration::from_millis(1_001));
    assert_eq!(burst(&limiter, &send()).0, 3);
}

#[test]
fn a_clock_that_is_set_back_holds_up_no_longer_than_a_window() {
    let (clock, limiter) = limiter();
    assert_eq!(burst(&limiter, &send()).0, 10);
    clock.set(start().checked_sub(Duration::from_secs(86_400)).unwrap());
    let wait = admitted(&limiter, &send()).unwrap_err();
    assert_eq!(wait, Duration::from_millis(1_001));
    clock.advance(wait);
    assert!(admitted(&limiter, &send()).is_ok());
}

#[test]
fn waiting_ends_when_there_is_room() {
    let (clock, limiter) = limiter();
    assert_eq!(burst(&limiter, &send()).0, 10);
    let sleep = |duration| {
        clock.advance(duration);
        core::future::ready(())
    };
    let permit = ready(limiter.acquire(&send(), sleep)).unwrap();
    assert_eq!(clock.now().saturating_duration_since(start()), Duration::from_millis(1_001));
    ready(permit.complete()).unwrap();
}

#[test]
fn the_answer_of_rate_limits_is_read_and_written() {
    let production = RateLimits::default();
    let json = serde_json::to_value(&production).unwrap();
    assert_eq!(json.as_object().unwrap().len(), 17);
    assert_eq!(
        json["anonymous"],
        serde_json::json!({"perSecond": 60, "perMinute": -1, "perHour": -1})
    );
    let read: RateLimits = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    let newer = r#"{"later": {"perSecond": 1, "perMinute": 1, "perHour": 1, "perDay": 1}}"#;
    assert_eq!(serde_json::from_str::<RateLimits>(newer).unwrap(), production);
    for bad in ["0", "-2", "4294967296", "null", "\"1\""] {
        let answer =
            format!(r#"{{"other": {{"perSecond": {bad}, "perMinute": 1, "perHour": 1}}}}"#);
        assert!(serde_json::from_str::<RateLimits>(&answer).is_err(), "{bad}");
    }
}

#[test]
fn the_state_of_a_counter_goes_through_json() {
    let mut state = CounterState::default();
    let limit = RateGroup::InvoiceStatus.production();
    let mut now = start();
    for _ in 0..1_200 {
        while let Err(wait) = state.reserve(limit, now).map(|number| state.complete(number, now)) {
            now = now.checked_add(wait).unwrap();
        }
    }
    state.block(state.clone().reserve(limit, now).unwrap_or(0), Duration::from_secs(9), now);
    let json = serde_json::to_string(&state).unwrap();
    assert!(json.len() < 20_000, "{}", json.len());
    assert_eq!(serde_json::from_str::<CounterState>(&json).unwrap(), state);
}

#[test]
fn counters_have_stable_keys() {
    let counter = |context, group, operation| {
        Counter { environment: Environment::Test, context, group, operation }.to_string()
    };
    assert_eq!(counter(None, RateGroup::Global, None), format!("{} global", Environment::Test));
    assert_eq!(
        counter(Some(context()), RateGroup::Other, Some("GET /tokens")),
        format!("{} Nip/5265877635 other GET /tokens", Environment::Test)
    );
}

#[test]
fn plans_are_told_as_people_say_it() {
    let limits = RateLimits::default();
    let text = |invoices| limits.plan(invoices, 10_000).to_string();
    assert_eq!(text(340), "340 invoices: 1 h 53 min online, or one batch");
    assert_eq!(text(1), "1 invoice: 20 s online, or one batch");
    assert_eq!(text(9), "9 invoices: 3 min online, or one batch");
    assert_eq!(text(180), "180 invoices: 1 h online, or one batch");
    assert_eq!(text(10_001), "10001 invoices: 55 h 34 min online, or 2 batches");
    let unlimited = limits.with(RateGroup::InvoiceSend, RateLimit::new(0, 0, 0));
    assert_eq!(unlimited.plan(5, 10_000).to_string(), "5 invoices: 0 s online, or one batch");
}

#[test]
fn a_plan_knows_what_was_sent_before() {
    let (_, limiter) = limiter();
    let fresh = ready(limiter.plan(context(), 10, 10_000)).unwrap();
    assert_eq!(fresh.online_at_best, Duration::ZERO);
    assert_eq!(burst(&limiter, &send()).0, 10);
    let later = ready(limiter.plan(context(), 10, 10_000)).unwrap();
    assert_eq!(later.online_at_best, Duration::from_millis(1_001));
    assert_eq!(limiter.limits(Some(context())).plan(10, 10_000).online, later.online);
}

/// KSeF's windows, by their definition.
struct Windows {
    limit: RateLimit,
    admitted: VecDeque<Timestamp>,
}

impl Windows {
    fn arrives(&mut self, at: Timestamp) -> bool {
        self.admitted.push_back(at);
        self.limit.windows().all(|(window, most)| {
            let counts = |earlier: &&Timestamp| earlier.checked_add(window).unwrap() > at;
            self.admitted.iter().rev().take_while(counts).count() <= most as usize
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Requests take any time and arrive anywhere within it.
    #[test]
    fn no_window_overflows_however_long_requests_take(
        requests in proptest::collection::vec((0_u64..3_000, 0_u64..2_000, 0_u64..2_000), 1..300),
        per_second in 1_u32..8,
        per_minute in 5_u32..30,
    ) {
        let limit = RateLimit::new(per_second, per_minute, 100);
        let mut counter = CounterState::default();
        let mut now = start();
        let mut arrivals = Vec::new();
        let mut answers: Vec<(Timestamp, u64)> = Vec::new();
        for (pause, outward, back) in requests {
            now = now.checked_add(Duration::from_millis(pause)).unwrap();
            let number = loop {
                answers.sort_unstable();
                while let Some(&(at, number)) = answers.first().filter(|(at, _)| *at <= now) {
                    counter.complete(number, at);
                    answers.remove(0);
                }
                match counter.reserve(limit, now) {
                    Ok(number) => break number,
                    Err(wait) => now = now.checked_add(wait).unwrap(),
                }
            };
            let arrival = now.checked_add(Duration::from_millis(outward)).unwrap();
            arrivals.push(arrival);
            answers.push((arrival.checked_add(Duration::from_millis(back)).unwrap(), number));
        }
        arrivals.sort_unstable();
        let mut windows = Windows { limit, admitted: VecDeque::new() };
        for arrival in arrivals {
            prop_assert!(windows.arrives(arrival));
        }
    }
}
