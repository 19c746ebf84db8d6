//! `Clock`, where the time comes from.

use core::fmt::Debug;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{InvoiceDate, Timestamp};

/// Where the time comes from. Nothing in these crates asks the system for it directly.
///
/// ```
/// use ksef_core::{Clock, SystemClock};
///
/// let earlier = SystemClock.today_in_warsaw();
/// assert!(earlier <= SystemClock.now().warsaw_date());
/// ```
pub trait Clock: Debug + Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Today's date in Poland, the day that counts for an invoice.
    fn today_in_warsaw(&self) -> InvoiceDate {
        self.now().warsaw_date()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The clock of the system.
///
/// A clock outside of the bounds of [`Timestamp`], as on a board that starts in 1970, shows the
/// nearest bound.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to set about it")]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let Ok(since_1970) = SystemTime::now().duration_since(UNIX_EPOCH) else {
            return Timestamp::MIN;
        };
        let nanoseconds = i128::try_from(since_1970.as_nanos()).unwrap_or(i128::MAX);
        saturating_timestamp(nanoseconds)
    }
}

fn saturating_timestamp(nanoseconds: i128) -> Timestamp {
    let bound =
        if nanoseconds > 1_000_000_000_000_000_000 { Timestamp::MAX } else { Timestamp::MIN };
    Timestamp::from_nanoseconds(nanoseconds).unwrap_or(bound)
}

/// A clock that stands still until it is moved. For tests.
///
/// ```
/// use core::time::Duration;
/// use ksef_core::{Clock, FixedClock};
///
/// let clock = FixedClock::at("2026-12-31T22:59:59Z".parse()?);
/// assert_eq!(clock.today_in_warsaw().to_string(), "2026-12-31");
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.today_in_warsaw().to_string(), "2027-01-01");
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[cfg(feature = "test-util")]
#[derive(Debug)]
pub struct FixedClock(std::sync::Mutex<Timestamp>);

#[cfg(feature = "test-util")]
impl FixedClock {
    /// A clock that stands at this instant.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(std::sync::Mutex::new(now))
    }

    /// Moves the clock to this instant, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        *self.lock() = now;
    }

    /// Moves the clock forwards, at most to [`Timestamp::MAX`].
    pub fn advance(&self, duration: core::time::Duration) {
        let mut now = self.lock();
        *now = now.checked_add(duration).unwrap_or(Timestamp::MAX);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        // A panic elsewhere cannot leave a timestamp half written.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(feature = "test-util")]
impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_within_the_bounds_and_never_at_them() {
        let now = SystemClock.now();
        assert!(Timestamp::MIN < now && now < Timestamp::MAX);
    }

    #[test]
    fn a_clock_out_of_bounds_shows_the_nearest_bound() {
        assert_eq!(saturating_timestamp(0), Timestamp::MIN);
        assert_eq!(saturating_timestamp(-1), Timestamp::MIN);
        assert_eq!(saturating_timestamp(i128::from(i64::MAX)), Timestamp::MAX);
        assert_eq!(saturating_timestamp(i128::MAX), Timestamp::MAX);
    }

    #[cfg(feature = "test-util")]
    #[test]
    fn a_fixed_clock_is_shared_by_those_who_hold_it() {
        let start: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let clock = Arc::new(FixedClock::at(start));
        let held: Arc<dyn Clock> = Arc::<FixedClock>::clone(&clock);
        clock.advance(core::time::Duration::from_secs(90));
        assert_eq!(held.now().to_string(), "2026-11-20T12:01:30.0000000+00:00");
        clock.set(start);
        assert_eq!(held.now(), start);
        clock.advance(core::time::Duration::MAX);
        assert_eq!(held.now(), Timestamp::MAX);
    }
}
