//! `DayClock`, the clock of the demo.

use std::time::Duration;

use ksef_core::{Clock, SystemClock, Timestamp};
use serde::{Deserialize, Serialize};

/// The system's clock, moved so that the demo always begins at the same hour of the same day: what
/// is due depends on the day and the hour. All processes of a demo show the same time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct DayClock {
    /// In milliseconds.
    offset: i64,
}

impl DayClock {
    pub(super) fn starting_at(start: Timestamp) -> Self {
        let now = SystemClock.now().as_unix_milliseconds();
        Self { offset: start.as_unix_milliseconds().saturating_sub(now) }
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
