//! The times in which requests are counted.

use core::time::Duration;

/// A time in which requests are counted, up to now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Window {
    Second,
    Minute,
    Hour,
}

impl Window {
    /// How long it is.
    pub(crate) const fn length(self) -> Duration {
        match self {
            Self::Second => Duration::from_secs(1),
            Self::Minute => Duration::from_secs(60),
            Self::Hour => Duration::from_secs(60 * 60),
        }
    }

    /// Its name in Polish, after "na".
    pub(crate) const fn accusative(self) -> &'static str {
        match self {
            Self::Second => "sekundę",
            Self::Minute => "minutę",
            Self::Hour => "godzinę",
        }
    }
}
