//! `DayClock`, the clock of the demo.

use std::time::Duration;

use ksef_core::{Clock, SystemClock, Timestamp};

/// The system's clock, moved so that the demo always begins at the same hour of the same day: what
/// is due depends on the day and the hour. All processes of a demo show the same time.
#[derive(Clone, Debug)]
pub(crate) struct DayClock {
    /// In milliseconds.
    offset: i64,
}

impl DayClock {
    pub(super) fn starting_at(start: Timestamp) -> Self {
        let now = SystemClock.now().as_unix_milliseconds();
        Self { offset: start.as_unix_milliseconds().saturating_sub(now) }
    }

    pub(crate) const fn with_offset(offset: i64) -> Self {
        Self { offset }
    }

    /// In milliseconds.
    pub(super) const fn offset(&self) -> i64 {
        self.offset
    }
}

impl Clock for DayClock {
    fn now(&self) -> Timestamp {
        let offset = Duration::from_millis(self.offset.unsigned_abs());
        let now = SystemClock.now();
        let moved = if self.offset < 0 { now.checked_sub(offset) } else { now.checked_add(offset) };
        moved.unwrap_or(now)
    }
}
