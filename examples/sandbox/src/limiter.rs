//! How many requests a client may make: KSeF API, `limity/limity-api.md`.
//!
//! Each counter is held against three sliding windows at once: the last second, the last 60
//! seconds and the last 60 minutes. What happens to a request over the limit the documentation
//! calls dynamic and growing, without numbers. The sandbox does this:
//!
//! * The first refusal blocks the counter until all three windows have room again, rounded up to
//!   whole seconds; `Retry-After` says how long that is. Refused requests are not counted in the
//!   windows.
//! * A request during the block starts it anew and doubles its length, up to an hour. Those that
//!   come within a second of the last start were on their way already and only learn what is left.
//! * When the block has passed, all is forgotten. So a client that waits as long as it was told is
//!   never held up any longer.

mod limits;
mod operations;
mod window;

#[cfg(test)]
mod tests;

use core::fmt;
use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use ksef_core::{ContextIdentifier, Timestamp};

pub(crate) use limits::{RateGroup, RateLimit, RateLimits, RateLimitsOverride};
pub(crate) use operations::{
    admit, apply_production_rate_limits, effective_rate_limits, override_rate_limits,
    reset_rate_limits,
};
pub(crate) use window::Window;

/// How often idle counters are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// Counts requests and refuses those over the limit.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    counts: HashMap<(Subject, Counter), Count>,
    /// When idle counters were last dropped.
    swept: Option<Timestamp>,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Subject {
    /// The context of the token, or none for anonymous requests and for the group `global`.
    pub(crate) context: Option<ContextIdentifier>,
    /// The address that the request comes from.
    pub(crate) address: IpAddr,
}

/// Which requests are counted together.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Counter {
    group: RateGroup,
    /// Only in the group `other`, where each operation has a counter of its own.
    operation: Option<&'static str>,
}

/// A request is over the limit. `Display` is the sentence of KSeF's answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Exceeded {
    /// How many requests are allowed.
    pub(crate) limit: u32,
    /// In which time.
    pub(crate) window: Window,
    /// When to try again, whole seconds and at least one.
    pub(crate) retry_after: Duration,
}

/// The requests of one subject to one counter.
#[derive(Debug, Default)]
struct Count {
    /// When requests were admitted, in order, as far back as the longest limited window.
    admitted: VecDeque<Timestamp>,
    block: Option<Block>,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    since: Timestamp,
    exceeded: Exceeded,
}

impl Limiter {
    /// Counts a request, or refuses it.
    ///
    /// The group `global` is one more counter, of the address alone, that the caller asks first.
    ///
    /// # Errors
    ///
    /// [`Exceeded`], if one of the limits is reached or the counter is blocked.
    pub(crate) fn admit(
        &mut self,
        subject: Subject,
        counter: Counter,
        limits: &RateLimits,
        now: Timestamp,
    ) -> Result<(), Exceeded> {
        let limit = limits.of(counter.group);
        if limit.is_unlimited() {
            return Ok(());
        }
        self.drop_idle(now);
        self.counts.entry((subject, counter)).or_default().admit(limit, now)
    }

    /// Drops the counters of those who were not here within the hour.
    fn drop_idle(&mut self, now: Timestamp) {
        let recently = |swept| swept <= now && now < later(swept, SWEEP_INTERVAL);
        if !self.swept.is_some_and(recently) {
            self.counts.retain(|_, count| !count.is_idle(now));
            self.swept = Some(now);
        }
    }
}

impl Counter {
    /// The counter of an operation that belongs to this group.
    pub(crate) const fn new(group: RateGroup, operation: &'static str) -> Self {
        let operation = match group {
            RateGroup::Other => Some(operation),
            _ => None,
        };
        Self { group, operation }
    }
}

impl Count {
    fn admit(&mut self, limit: RateLimit, now: Timestamp) -> Result<(), Exceeded> {
        self.forget(limit, now);
        if let Some(block) = &mut self.block {
            return Err(block.refuse(now));
        }
        if let Some(exceeded) = self.exceeded(limit, now) {
            self.block = Some(Block { since: now, exceeded });
            return Err(exceeded);
        }
        self.admitted.push_back(now);
        Ok(())
    }

    /// Drops what no longer counts; everything, if the clock was set back.
    fn forget(&mut self, limit: RateLimit, now: Timestamp) {
        if self.latest().is_some_and(|latest| latest > now) {
            *self = Self::default();
        }
        self.block = self.block.filter(|block| block.until() > now);
        let longest = limit.longest_window().map_or(Duration::ZERO, Window::length);
        while self.admitted.front().is_some_and(|&request| later(request, longest) <= now) {
            self.admitted.pop_front();
        }
    }

    /// The window that has no room for the longest time, if any is full.
    fn exceeded(&self, limit: RateLimit, now: Timestamp) -> Option<Exceeded> {
        let full = |(window, limit): (Window, u32)| {
            let oldest = self.admitted.len().checked_sub(usize::try_from(limit).ok()?)?;
            let free = later(*self.admitted.get(oldest)?, window.length());
            let wait = free.duration_since(now).filter(|wait| !wait.is_zero())?;
            Some(Exceeded { limit, window, retry_after: whole_seconds(wait) })
        };
        limit.windows().filter_map(full).max_by_key(|exceeded| exceeded.retry_after)
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        let blocked = self.block.is_some_and(|block| block.until() > now);
        let counts = |latest| later(latest, Window::Hour.length()) > now;
        !blocked && !self.latest().is_some_and(counts)
    }

    /// When something last happened here.
    fn latest(&self) -> Option<Timestamp> {
        self.admitted.back().copied().max(self.block.map(|block| block.since))
    }
}

impl Block {
    fn until(&self) -> Timestamp {
        later(self.since, self.exceeded.retry_after)
    }

    fn refuse(&mut self, now: Timestamp) -> Exceeded {
        if now >= later(self.since, Window::Second.length()) {
            let doubled = self.exceeded.retry_after * 2;
            self.exceeded.retry_after = doubled.min(Window::Hour.length());
            self.since = now;
        }
        let left = self.until().saturating_duration_since(now);
        Exceeded { retry_after: whole_seconds(left), ..self.exceeded }
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = if self.limit == 1 { "żądania" } else { "żądań" };
        let seconds = self.retry_after.as_secs();
        let unit = if seconds == 1 { "sekundzie" } else { "sekundach" };
        write!(
            f,
            "Przekroczono limit {} {requests} na {}. ",
            self.limit,
            self.window.accusative()
        )?;
        write!(f, "Spróbuj ponownie po {seconds} {unit}.")
    }
}

fn later(instant: Timestamp, by: Duration) -> Timestamp {
    instant.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Rounded up, and at least one second.
fn whole_seconds(duration: Duration) -> Duration {
    let begun = u64::from(duration.subsec_nanos() > 0);
    Duration::from_secs((duration.as_secs() + begun).max(1))
}
