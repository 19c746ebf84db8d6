//! Times as they are told.

use std::time::Duration;

/// Times of the same thing.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// What so many of a hundred do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    pub(crate) fn told(&self) -> String {
        let [half, most, all] = [50, 99, 100].map(|percent| self.percentile(percent));
        format!("median {half:.1?}, p99 {most:.1?}, longest {all:.1?}")
    }
}
