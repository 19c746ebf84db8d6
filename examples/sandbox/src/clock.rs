//! `SandboxClock`, a clock that a test can move.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ksef_core::{Clock, Timestamp};

/// The time of the sandbox: that of another clock, moved by so much, or standing still.
#[derive(Debug)]
pub(crate) struct SandboxClock {
    base: Arc<dyn Clock>,
    setting: Mutex<Setting>,
}

#[derive(Clone, Copy, Debug)]
enum Setting {
    Ahead(Duration),
    Behind(Duration),
    Still(Timestamp),
}

impl SandboxClock {
    pub(crate) fn new(base: Arc<dyn Clock>) -> Self {
        Self { base, setting: Mutex::new(Setting::Ahead(Duration::ZERO)) }
    }

    /// Shows this time from now on, and goes on from there.
    pub(crate) fn set(&self, now: Timestamp) {
        let base = self.base.now();
        let setting = match now.duration_since(base) {
            Some(ahead) => Setting::Ahead(ahead),
            None => Setting::Behind(base.saturating_duration_since(now)),
        };
        self.replace(setting);
    }

    /// Shows this time until it is set or moved.
    pub(crate) fn freeze(&self, now: Timestamp) {
        self.replace(Setting::Still(now));
    }

    /// Moves ahead by so much; nothing beyond the last time there is.
    pub(crate) fn advance(&self, by: Duration) {
        let now = self.now().checked_add(by).unwrap_or(Timestamp::MAX);
        let is_still = matches!(self.setting(), Setting::Still(_));
        if is_still { self.freeze(now) } else { self.set(now) }
    }

    fn setting(&self) -> Setting {
        *self.setting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, setting: Setting) {
        *self.setting.lock().unwrap_or_else(PoisonError::into_inner) = setting;
    }
}

/// Numbers of KSeF name no year before 2020.
const FIRST: i64 = 1_577_923_200_000;

impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        let now = match self.setting() {
            Setting::Ahead(ahead) => self.base.now().checked_add(ahead).unwrap_or(Timestamp::MAX),
            Setting::Behind(behind) => {
                self.base.now().checked_sub(behind).unwrap_or(Timestamp::MIN)
            }
            Setting::Still(now) => now,
        };
        Timestamp::from_unix_milliseconds(FIRST).map_or(now, |first| now.max(first))
    }
}
