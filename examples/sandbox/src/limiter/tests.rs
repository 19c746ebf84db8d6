use std::net::Ipv4Addr;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ANYONE: Subject = Subject { context: None, address: ADDRESS };
const SEND: Counter =
    Counter::new(RateGroup::InvoiceSend, "POST /sessions/online/{referenceNumber}/invoices");

fn start() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// Milliseconds after the start.
fn at(milliseconds: u64) -> Timestamp {
    start().checked_add(Duration::from_millis(milliseconds)).unwrap()
}

fn only(per_second: i32, per_minute: i32, per_hour: i32) -> RateLimits {
    let text = json!({
        "perSecond": per_second, "perMinute": per_minute, "perHour": per_hour,
    });
    RateLimits { invoice_send: serde_json::from_value(text).unwrap(), ..RateLimits::PRODUCTION }
}

fn send(limiter: &mut Limiter, limits: &RateLimits, now: Timestamp) -> Result<(), Exceeded> {
    limiter.admit(ANYONE, SEND, limits, now)
}

/// The first refusal of requests that come one after the other, each this much later.
fn first_refusal(limits: &RateLimits, milliseconds: u64) -> (u64, Exceeded) {
    let mut limiter = Limiter::default();
    let outcome = |number| send(&mut limiter, limits, at(number * milliseconds)).err();
    let refusals: Vec<_> = (0..20_000).map(outcome).collect();
    let first = refusals.iter().position(Option::is_some).unwrap();
    (u64::try_from(first).unwrap(), refusals[first].unwrap())
}

#[test]
fn each_of_the_three_windows_is_held() {
    let limits = RateLimits::PRODUCTION;
    let (number, exceeded) = first_refusal(&limits, 50);
    assert_eq!((number, exceeded.limit, exceeded.window), (10, 10, Window::Second));
    assert_eq!(exceeded.retry_after, Duration::from_secs(1));
    let (number, exceeded) = first_refusal(&limits, 500);
    assert_eq!((number, exceeded.limit, exceeded.window), (30, 30, Window::Minute));
    assert_eq!(exceeded.retry_after, Duration::from_secs(45));
    let (number, exceeded) = first_refusal(&limits, 5_000);
    assert_eq!((number, exceeded.limit, exceeded.window), (180, 180, Window::Hour));
    assert_eq!(exceeded.retry_after, Duration::from_secs(2_700));
}

#[test]
fn a_window_slides_and_does_not_start_with_the_clock() {
    let (limits, mut limiter) = (only(2, -1, -1), Limiter::default());
    for moment in [900, 950] {
        assert_eq!(send(&mut limiter, &limits, at(moment)), Ok(()));
    }
    assert!(send(&mut limiter, &limits, at(1_100)).is_err());
}

#[test]
fn the_sentence_is_the_one_of_ksef_in_each_number_and_unit() {
    let sentence = |limit, window, seconds| {
        Exceeded { limit, window, retry_after: Duration::from_secs(seconds) }.to_string()
    };
    assert_eq!(
        sentence(20, Window::Minute, 30),
        "Przekroczono limit 20 żądań na minutę. Spróbuj ponownie po 30 sekundach."
    );
    assert_eq!(
        sentence(1, Window::Second, 1),
        "Przekroczono limit 1 żądania na sekundę. Spróbuj ponownie po 1 sekundzie."
    );
    assert_eq!(
        sentence(22, Window::Hour, 22),
        "Przekroczono limit 22 żądań na godzinę. Spróbuj ponownie po 22 sekundach."
    );
}

#[test]
fn who_does_not_wait_is_blocked_for_twice_as_long_and_at_most_an_hour() {
    let (limits, mut limiter) = (only(-1, 1, -1), Limiter::default());
    assert_eq!(send(&mut limiter, &limits, at(0)), Ok(()));
    let (mut now, mut seconds): (u64, u64) = (0, 60);
    for _ in 0..8 {
        let exceeded = send(&mut limiter, &limits, at(now)).unwrap_err();
        assert_eq!(exceeded.retry_after.as_secs(), seconds.min(3_600));
        assert_eq!((exceeded.limit, exceeded.window), (1, Window::Minute));
        (now, seconds) = (now + 1_000, seconds * 2);
    }
    let waited = now - 1_000 + 3_600_000;
    assert!(send(&mut limiter, &limits, at(waited - 1)).is_err());
    assert!(send(&mut limiter, &limits, at(waited - 1 + 3_600_000)).is_ok());
}

#[test]
fn requests_that_were_on_their_way_do_not_lengthen_a_block() {
    let (limits, mut limiter) = (only(-1, 1, -1), Limiter::default());
    assert_eq!(send(&mut limiter, &limits, at(0)), Ok(()));
    for moment in 0..100 {
        let exceeded = send(&mut limiter, &limits, at(moment * 9)).unwrap_err();
        assert_eq!(exceeded.retry_after, Duration::from_secs(60));
    }
    assert_eq!(send(&mut limiter, &limits, at(60_000)), Ok(()));
}

#[test]
fn other_operations_have_a_counter_each_and_groups_one_together() {
    let limits = RateLimits::PRODUCTION;
    let mut limiter = Limiter::default();
    let mut count = |group, operation| {
        let counter = Counter::new(group, operation);
        (0..100).take_while(|_| limiter.admit(ANYONE, counter, &limits, at(0)).is_ok()).count()
    };
    assert_eq!(count(RateGroup::Other, "GET /tokens"), 10);
    assert_eq!(count(RateGroup::Other, "POST /tokens"), 10);
    assert_eq!(count(RateGroup::SessionMisc, "GET /sessions/{referenceNumber}"), 10);
    assert_eq!(count(RateGroup::SessionMisc, "GET /sessions/{referenceNumber}/upo/{…}"), 0);
    assert_eq!(count(RateGroup::Anonymous, "POST /auth/challenge"), 60);
    assert_eq!(count(RateGroup::Global, "POST /auth/challenge"), 100);
}

#[test]
fn contexts_and_addresses_are_counted_apart() {
    let (limits, mut limiter) = (only(1, -1, -1), Limiter::default());
    let nip = |text: &str| Some(ContextIdentifier::Nip(text.parse().unwrap()));
    let other_address = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    for subject in [
        ANYONE,
        Subject { context: nip("1111111111"), ..ANYONE },
        Subject { context: nip("5260250274"), ..ANYONE },
        Subject { context: nip("5260250274"), address: other_address },
    ] {
        assert_eq!(limiter.admit(subject, SEND, &limits, at(0)), Ok(()));
        assert!(limiter.admit(subject, SEND, &limits, at(0)).is_err());
    }
}

#[test]
fn a_clock_that_is_set_back_starts_anew() {
    let (limits, mut limiter) = (only(1, 1, 1), Limiter::default());
    assert_eq!(send(&mut limiter, &limits, at(3_600_000)), Ok(()));
    assert!(send(&mut limiter, &limits, at(3_600_000)).is_err());
    assert_eq!(send(&mut limiter, &limits, at(0)), Ok(()));
    assert!(send(&mut limiter, &limits, at(0)).is_err());
}

#[test]
fn the_end_of_time_is_no_end_of_the_limits() {
    let (limits, mut limiter) = (only(1, 1, 1), Limiter::default());
    assert_eq!(send(&mut limiter, &limits, Timestamp::MAX), Ok(()));
    assert!(send(&mut limiter, &limits, Timestamp::MIN).is_ok());
}

#[test]
fn memory_is_bounded_by_the_limit_and_by_who_was_here_within_the_hour() {
    let limits = RateLimits::PRODUCTION;
    let mut limiter = Limiter::default();
    let subject =
        |number: u32| Subject { context: None, address: IpAddr::V4(Ipv4Addr::from_bits(number)) };
    for number in 0..50_000 {
        // Five of them a second, so 18,000 within an hour.
        let now = at(u64::from(number) * 200);
        assert_eq!(limiter.admit(subject(number), SEND, &limits, now), Ok(()));
    }
    assert!(limiter.counts.len() <= 18_000 + 300, "{}", limiter.counts.len());
    for number in 0..10_000 {
        let _refused_or_not = send(&mut limiter, &limits, at(10_000_000 + number * 20_000));
    }
    assert_eq!(limiter.counts.len(), 1);
    assert!(limiter.counts[&(ANYONE, SEND)].admitted.len() <= 180);
}

#[test]
fn an_unlimited_group_keeps_nothing() {
    let mut limiter = Limiter::default();
    let counter = Counter::new(RateGroup::Global, "");
    assert_eq!(limiter.admit(ANYONE, counter, &RateLimits::PRODUCTION, at(0)), Ok(()));
    assert!(limiter.counts.is_empty());
}

#[test]
fn the_limits_have_the_shape_of_the_contract() {
    let json = serde_json::to_value(RateLimits::PRODUCTION).unwrap();
    assert_eq!(json.as_object().unwrap().len(), RateGroup::ALL.len());
    assert_eq!(
        json["invoiceStatus"],
        json!({ "perSecond": 30, "perMinute": 120, "perHour": 1_200 })
    );
    assert_eq!(json["anonymous"], json!({ "perSecond": 60, "perMinute": -1, "perHour": -1 }));
    assert_eq!(json["global"], json!({ "perSecond": -1, "perMinute": -1, "perHour": -1 }));
    let read: RateLimits = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(read, RateLimits::PRODUCTION);
    for (value, fine) in [(0, false), (-2, false), (-1, true), (1, true)] {
        let mut changed = json.clone();
        changed["other"]["perHour"] = json!(value);
        assert_eq!(serde_json::from_value::<RateLimits>(changed).is_ok(), fine, "{value}");
    }
}

/// All 13 groups, each with the limits of production times this.
fn asked(factor: i64) -> serde_json::Value {
    let mut json = serde_json::to_value(RateLimits::PRODUCTION).unwrap();
    let groups = json.as_object_mut().unwrap();
    groups.retain(|name, _| {
        !["onlineSessionClose", "batchSessionClose", "anonymous", "global"].contains(&&**name)
    });
    for limit in groups.values_mut() {
        for value in limit.as_object_mut().unwrap().values_mut() {
            *value = json!(value.as_i64().unwrap() * factor);
        }
    }
    json
}

fn checked(json: serde_json::Value) -> Result<RateLimits, Vec<String>> {
    serde_json::from_value::<RateLimitsOverride>(json).unwrap().checked()
}

#[test]
fn a_test_may_set_up_to_ten_times_the_limits_of_production() {
    assert_eq!(checked(asked(1)), Ok(RateLimits::PRODUCTION));
    let limits = checked(asked(10)).unwrap();
    assert_eq!(limits.online_session.per_hour.unwrap().get(), 1_200);
    assert_eq!(limits.online_session_close, RateLimits::PRODUCTION.online_session_close);
    assert_eq!(limits.anonymous, RateLimits::PRODUCTION.anonymous);
    assert_eq!(checked(asked(11)).unwrap_err().len(), 13 * 3);
    assert_eq!(checked(asked(0)).unwrap_err().len(), 13 * 3);
    assert_eq!(checked(asked(-1)).unwrap_err().len(), 13 * 3);
}

#[test]
fn the_validator_speaks_like_the_one_of_ksef() {
    let mut json = asked(1);
    json["onlineSession"]["perHour"] = json!(11_111_111);
    json["batchSession"]["perSecond"] = json!(i64::MIN);
    json["other"]["perMinute"] = serde_json::Value::Null;
    json.as_object_mut().unwrap().remove("sessionList");
    assert_eq!(
        checked(json).unwrap_err(),
        [
            "'rateLimits.onlineSession.perHour' must be between 1 and 1200. You entered 11111111.",
            "'rateLimits.batchSession.perSecond' must be between 1 and 100. \
             You entered -9223372036854775808.",
            "'rateLimits.sessionList' must not be empty.",
            "'rateLimits.other.perMinute' must not be empty.",
        ]
    );
}

/// All admitted requests, and whether one more fits by counting them all.
#[derive(Default)]
struct Oracle {
    admitted: Vec<u64>,
}

impl Oracle {
    fn has_room(&self, limits: [u64; 3], now: u64) -> bool {
        let lengths = [1_000, 60_000, 3_600_000];
        limits.into_iter().zip(lengths).all(|(limit, length)| {
            let within = self.admitted.iter().filter(|&&request| request + length > now).count();
            u64::try_from(within).unwrap() < limit
        })
    }
}

fn limits(values: [u64; 3]) -> RateLimits {
    let [second, minute, hour] = values.map(|value| i32::try_from(value).unwrap());
    only(second, minute, hour)
}

/// Pauses of the sizes at which the windows end, and any others.
fn pauses() -> impl Strategy<Value = Vec<u64>> {
    let pause = prop_oneof![
        6 => 0_u64..300,
        2 => Just(1_000),
        2 => 0_u64..5_000,
        1 => Just(60_000),
        1 => 0_u64..4_000_000,
    ];
    prop::collection::vec(pause, 1..300)
}

proptest! {
    #[test]
    fn a_request_is_admitted_when_all_windows_have_room_and_no_block_is_on(
        values in [1_u64..6, 1_u64..15, 1_u64..40],
        pauses in pauses(),
    ) {
        let limits = limits(values);
        let (mut limiter, mut oracle) = (Limiter::default(), Oracle::default());
        let (mut now, mut blocked_until) = (0, 0);
        for pause in pauses {
            now += pause;
            match send(&mut limiter, &limits, at(now)) {
                Ok(()) => {
                    prop_assert!(now >= blocked_until && oracle.has_room(values, now));
                    oracle.admitted.push(now);
                }
                Err(exceeded) => {
                    prop_assert!(now < blocked_until || !oracle.has_room(values, now));
                    prop_assert!((1..=3_600).contains(&exceeded.retry_after.as_secs()));
                    prop_assert_eq!(exceeded.retry_after.subsec_nanos(), 0);
                    // Rounded up to seconds it may say one too many, never one too few.
                    let end = now + exceeded.retry_after.as_secs() * 1_000;
                    let started = blocked_until <= now || end >= blocked_until + 1_000;
                    blocked_until = if started { end } else { blocked_until };
                }
            }
        }
    }

    #[test]
    fn who_waits_as_told_is_admitted_the_next_time(
        values in [1_u64..6, 1_u64..15, 1_u64..40],
        pauses in pauses(),
    ) {
        let limits = limits(values);
        let mut limiter = Limiter::default();
        let mut now = 0;
        for pause in pauses {
            now += pause;
            if let Err(exceeded) = send(&mut limiter, &limits, at(now)) {
                now += exceeded.retry_after.as_secs() * 1_000;
                prop_assert_eq!(send(&mut limiter, &limits, at(now)), Ok(()));
            }
        }
    }

    #[test]
    fn a_client_spaced_by_the_allowed_rate_is_never_refused(
        values in [1_u64..6, 1_u64..15, 1_u64..40],
        late in prop::collection::vec(0_u64..50, 1..200),
    ) {
        let rates = [1_000, 60_000, 3_600_000].into_iter().zip(values);
        let spacing = rates.map(|(length, limit): (u64, u64)| length.div_ceil(limit)).max().unwrap();
        let limits = limits(values);
        let mut limiter = Limiter::default();
        let mut now = 0;
        for late in late {
            prop_assert_eq!(send(&mut limiter, &limits, at(now)), Ok(()));
            now += spacing + late;
        }
    }
}
