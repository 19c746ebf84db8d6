//! `RetryPolicy` and `PollPolicy`, how long and how often something is tried or asked.

use core::time::Duration;

/// How requests are repeated that may be.
///
/// Reading and idempotent requests are repeated after a failure of KSeF or the connection. A
/// request that must not be done twice is repeated only where KSeF has certainly not done it. The
/// pause doubles each time and varies at random by up to half; a pause that KSeF asks for
/// (`Retry-After`) takes its place. None goes beyond the deadline.
///
/// ```
/// use std::time::Duration;
/// use ksef_client::RetryPolicy;
///
/// let patient = RetryPolicy::new().deadline(Duration::from_secs(600));
/// assert_ne!(patient, RetryPolicy::default());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    pub(crate) backoff: Backoff,
    pub(crate) max_retries: u32,
}

/// How the outcome of something is asked for until it is there.
///
/// The pause grows by half each time, and varies at random by up to half of it.
///
/// ```
/// use std::time::Duration;
/// use ksef_client::PollPolicy;
///
/// let hasty = PollPolicy::new().deadline(Duration::from_secs(5));
/// assert_ne!(hasty, PollPolicy::default());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PollPolicy {
    pub(crate) backoff: Backoff,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
    pub(crate) deadline: Duration,
    /// By how many percent of the pause the next one is longer.
    pub(crate) growth: u32,
}

impl RetryPolicy {
    /// The first pause, if nothing else is set.
    pub const FIRST_PAUSE: Duration = Duration::from_millis(500);
    /// The longest pause.
    pub const LONGEST_PAUSE: Duration = Duration::from_secs(30);
    /// The time from the first try after which none is begun, if nothing else is set.
    pub const DEADLINE: Duration = Duration::from_secs(60);
    /// How many times a request is repeated, if nothing else is set.
    pub const MAX_RETRIES: u32 = 5;

    /// The policy that applies unless another one is given: the constants above.
    #[must_use]
    pub const fn new() -> Self {
        let backoff = Backoff {
            first: Self::FIRST_PAUSE,
            longest: Self::LONGEST_PAUSE,
            deadline: Self::DEADLINE,
            growth: 100,
        };
        Self { backoff, max_retries: Self::MAX_RETRIES }
    }

    /// A policy under which nothing is repeated.
    #[must_use]
    pub const fn never() -> Self {
        Self::new().max_retries(0)
    }

    pub(crate) const fn as_poll(&self) -> PollPolicy {
        PollPolicy { backoff: self.backoff }
    }

    /// The same with another first pause.
    #[must_use]
    pub const fn first_pause(mut self, pause: Duration) -> Self {
        self.backoff.first = pause;
        self
    }

    /// The same with another time after which no try is begun.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.backoff.deadline = deadline;
        self
    }

    /// The same with another number of repetitions at most.
    #[must_use]
    pub const fn max_retries(mut self, count: u32) -> Self {
        self.max_retries = count;
        self
    }
}

impl PollPolicy {
    /// The pause before the second question, if nothing else is set.
    pub const FIRST_PAUSE: Duration = Duration::from_millis(500);
    /// The longest pause, if nothing else is set.
    pub const LONGEST_PAUSE: Duration = Duration::from_secs(10);
    /// The time after which no question is asked any more, if nothing else is set.
    pub const DEADLINE: Duration = Duration::from_secs(300);

    /// The policy that applies unless another one is given: the constants above.
    #[must_use]
    pub const fn new() -> Self {
        let backoff = Backoff {
            first: Self::FIRST_PAUSE,
            longest: Self::LONGEST_PAUSE,
            deadline: Self::DEADLINE,
            growth: 50,
        };
        Self { backoff }
    }

    /// The same with another first pause.
    #[must_use]
    pub const fn first_pause(mut self, pause: Duration) -> Self {
        self.backoff.first = pause;
        self
    }

    /// The same with another longest pause.
    #[must_use]
    pub const fn longest_pause(mut self, pause: Duration) -> Self {
        self.backoff.longest = pause;
        self
    }

    /// The same with another time after which no question is asked any more.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.backoff.deadline = deadline;
        self
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for PollPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl Backoff {
    /// The pause after the one of this length.
    pub(crate) fn next(&self, pause: Duration) -> Duration {
        let growth = pause.saturating_mul(self.growth) / 100;
        pause.saturating_add(growth).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let backoff = RetryPolicy::new().backoff;
        let mut pause = backoff.first;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(pause.as_millis());
            pause = backoff.next(pause);
        }
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(PollPolicy::new().backoff.next(Duration::from_secs(1)).as_millis(), 1_500);
    }
}
