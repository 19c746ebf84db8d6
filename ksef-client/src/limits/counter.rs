//! `CounterState`, what one counter remembers, and the rule by which it admits.

use core::time::Duration;
use std::collections::VecDeque;

use ksef_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::RateLimit;

/// After this time a request without an answer counts as made: whoever made it was ended.
///
/// No request takes longer, since clients give up sooner.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// What one counter remembers: a value to be stored and shared, see
/// [`LimiterStore`](super::LimiterStore).
///
/// When KSeF counts a request is not known, only that it is between its departure and its answer.
/// So a request that is under way counts as if it were made at this very moment, and one that was
/// answered as if it were made when the answer came. However long requests take, and in whatever
/// order they arrive, no window of KSeF holds more than is allowed.
///
/// Times are whole milliseconds, rounded to the safe side. Its JSON has at most some 20 kB.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CounterState {
    /// When requests were answered, in order, as far back as the longest window.
    answered: VecDeque<i64>,
    under_way: Vec<UnderWay>,
    /// KSeF said to wait until then.
    blocked_until: Option<i64>,
    /// The number of the next request.
    next: u64,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct UnderWay {
    number: u64,
    since: i64,
}

impl CounterState {
    /// Admits a request and returns its number, or says how long to wait at least.
    pub(super) fn reserve(&mut self, limit: RateLimit, now: Timestamp) -> Result<u64, Duration> {
        let now = now.as_unix_milliseconds();
        self.tidy(limit, now);
        let blocked = self.blocked_until.map_or(0, |until| until - now);
        let full = limit.windows().filter_map(|(window, most)| self.wait(window, most, now));
        let wait = full.fold(blocked, i64::max);
        if let Ok(wait @ 1..) = u64::try_from(wait) {
            return Err(Duration::from_millis(wait));
        }
        let number = self.next;
        self.next = number.wrapping_add(1);
        self.under_way.push(UnderWay { number, since: now });
        Ok(number)
    }

    /// The request was answered.
    pub(super) fn complete(&mut self, number: u64, now: Timestamp) {
        if self.cancel(number) {
            self.push_answered(now.as_unix_milliseconds().saturating_add(1));
        }
    }

    /// The request was answered with 429, and with a time to wait.
    pub(super) fn block(&mut self, number: u64, wait: Duration, now: Timestamp) {
        self.complete(number, now);
        let until = now.as_unix_milliseconds().saturating_add(milliseconds(wait)).saturating_add(1);
        self.blocked_until = self.blocked_until.max(Some(until));
    }

    /// The request was not made after all. Says whether it was known.
    pub(super) fn cancel(&mut self, number: u64) -> bool {
        let position = self.under_way.iter().position(|request| request.number == number);
        position.map(|position| self.under_way.swap_remove(position)).is_some()
    }

    /// How long a window has no room, counted from `now`.
    fn wait(&self, window: Duration, most: u32, now: i64) -> Option<i64> {
        let window = milliseconds(window);
        let most = usize::try_from(most).ok()?;
        let all = self.answered.len() + self.under_way.len();
        // The last one of those that have to leave the window before one more fits.
        let leaving = all.checked_sub(most)?;
        let at = self.answered.get(leaving).copied().unwrap_or(now);
        Some(at.saturating_add(window) - now).filter(|wait| *wait > 0)
    }

    /// Drops what no longer counts.
    fn tidy(&mut self, limit: RateLimit, now: i64) {
        // After a clock was set back, what seems to come later came just now at the latest.
        for at in self.answered.iter_mut().rev().take_while(|at| **at > now + 1) {
            *at = now + 1;
        }
        for request in &mut self.under_way {
            request.since = request.since.min(now);
        }
        let lost = milliseconds(LEASE);
        let is_lost = |request: &UnderWay| request.since + lost <= now;
        let (over, under_way) = self.under_way.iter().partition::<Vec<_>, _>(|one| is_lost(one));
        self.under_way = under_way;
        for request in over {
            self.push_answered(request.since + lost);
        }
        self.blocked_until = self.blocked_until.filter(|until| *until > now);
        let longest = limit.windows().last().map_or(0, |(window, _)| milliseconds(window));
        while self.answered.front().is_some_and(|at| at + longest <= now) {
            self.answered.pop_front();
        }
    }

    /// Later than those before it, should they differ: the order is what is relied on.
    fn push_answered(&mut self, at: i64) {
        self.answered.push_back(self.answered.back().map_or(at, |last| at.max(*last)));
    }
}

/// Rounded up.
fn milliseconds(duration: Duration) -> i64 {
    let whole = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4);
    whole.saturating_add(i64::from(!duration.subsec_nanos().is_multiple_of(1_000_000)))
}
