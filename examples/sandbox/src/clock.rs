//! `SandboxClock`, a clock that a test can move.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ksef_core::{Clock, Timestamp};
use serde::{Deserialize, Serialize};

/// The time of the sandbox: that of another clock, moved by so much, or standing still.
#[derive(Debug)]
pub(crate) struct SandboxClock {
    base: Arc<dyn Clock>,
    setting: Mutex<ClockSetting>,
}

/// How the time of the sandbox follows from that of the other clock.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum ClockSetting {
    Ahead(Duration),
    Behind(Duration),
    Still(Timestamp),
}

impl SandboxClock {
    pub(crate) fn new(base: Arc<dyn Clock>) -> Self {
        Self { base, setting: Mutex::new(ClockSetting::Ahead(Duration::ZERO)) }
    }

    /// The setting that shows this time now, and goes on from there.
    pub(crate) fn going_from(&self, now: Timestamp) -> ClockSetting {
        let base = self.base.now();
        match now.duration_since(base) {
            Some(ahead) => ClockSetting::Ahead(ahead),
            None => ClockSetting::Behind(base.saturating_duration_since(now)),
        }
    }

    /// The setting that is so much further; nothing beyond the last time there is.
    pub(crate) fn advanced(&self, by: Duration) -> ClockSetting {
        let now = self.now().checked_add(by).unwrap_or(Timestamp::MAX);
        if self.is_still() { ClockSetting::Still(now) } else { self.going_from(now) }
    }

    pub(crate) fn is_still(&self) -> bool {
        matches!(self.setting(), ClockSetting::Still(_))
    }

    pub(crate) fn apply(&self, setting: ClockSetting) {
        *self.setting.lock().unwrap_or_else(PoisonError::into_inner) = setting;
    }

    fn setting(&self) -> ClockSetting {
        *self.setting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Numbers of KSeF name no year before 2020.
const FIRST: i64 = 1_577_923_200_000;

impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        let now = match self.setting() {
            ClockSetting::Ahead(ahead) => {
                self.base.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
            }
            ClockSetting::Behind(behind) => {
                self.base.now().checked_sub(behind).unwrap_or(Timestamp::MIN)
            }
            ClockSetting::Still(now) => now,
        };
        Timestamp::from_unix_milliseconds(FIRST).map_or(now, |first| now.max(first))
    }
}
