//! `Refusal`, what KSeF refused and is not asked for again at once.

use core::time::Duration;

use ksef_core::Timestamp;

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// That KSeF refuses something until a person has mended it. It is tried again all the same: the pause
/// is as long as it has been refused so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    since: Timestamp,
    until: Timestamp,
}

impl Refusal {
    /// Refused now, and maybe before. The first pause is `shortest`.
    pub(crate) fn new(before: Option<Self>, now: Timestamp, shortest: Duration) -> Self {
        let since = before.map_or(now, |before| before.since);
        let pause = now.saturating_duration_since(since).min(LONGEST).max(shortest);
        Self { since, until: now.checked_add(pause).unwrap_or(now) }
    }

    /// It is not asked for before.
    pub(crate) const fn until(&self) -> Timestamp {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_to_half_an_hour() {
        let begin: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
        let (mut now, mut refusal, mut pauses) = (begin, None, Vec::new());
        for _ in 0..9 {
            let next = Refusal::new(refusal, now, Duration::from_secs(60));
            pauses.push(next.until().saturating_duration_since(now).as_secs() / 60);
            (now, refusal) = (next.until(), Some(next));
        }
        assert_eq!(pauses, [1, 1, 2, 4, 8, 16, 30, 30, 30]);
    }
}
