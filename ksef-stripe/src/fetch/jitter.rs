//! Chance in pauses, so that many callers do not come again at once.

use core::hash::BuildHasher as _;
use core::time::Duration;
use std::hash::RandomState;
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of chance for pauses. It is none for secrets.
#[derive(Debug)]
pub(super) struct Jitter(AtomicU64);

impl Jitter {
    pub(super) const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The chance that the standard library has for its maps will do.
    pub(super) fn random() -> Self {
        Self::seeded(RandomState::new().hash_one(0_u8))
    }

    /// A pause between half of this one and the whole of it.
    pub(super) fn vary(&self, pause: Duration) -> Duration {
        let half = pause / 2;
        let thousandths = u32::try_from(self.next() % 1_001).unwrap_or_default();
        half.saturating_add(half.saturating_mul(thousandths) / 1_000)
    }

    /// `SplitMix64`.
    fn next(&self) -> u64 {
        const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_varies_between_its_half_and_its_whole() {
        let (jitter, pause) = (Jitter::seeded(1), Duration::from_secs(10));
        let varied: Vec<Duration> = (0..1_000).map(|_| jitter.vary(pause)).collect();
        assert!(varied.iter().all(|varied| (pause / 2..=pause).contains(varied)));
        assert!(varied.iter().any(|varied| *varied < Duration::from_secs(6)));
        assert!(varied.iter().any(|varied| *varied > Duration::from_secs(9)));
    }

    #[test]
    fn the_same_seed_gives_the_same_pauses() {
        let pauses = |seed| {
            let jitter = Jitter::seeded(seed);
            [(); 5].map(|()| jitter.vary(Duration::from_secs(1)))
        };
        assert_eq!(pauses(7), pauses(7));
        assert_ne!(pauses(7), pauses(8));
    }
}
