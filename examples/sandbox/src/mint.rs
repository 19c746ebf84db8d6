//! `Mint`, the numbers that a KSeF gives out.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use ksef_core::submission::simulation::Random;
use ksef_core::{ReferenceNumber, ReferenceNumberKind, Timestamp};

/// Where the opaque parts of numbers come from: with a seed, the same ones in every run.
#[derive(Debug)]
pub(crate) struct Mint {
    random: Random,
    /// The millisecond of the last number, and how many were given out in it.
    last: (i64, u16),
    /// How many technical parts were given out.
    parts: u32,
}

impl Mint {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self { random: Random::new(seed.unwrap_or_else(system_seed)), last: (0, 0), parts: 0 }
    }

    fn random(&mut self) -> u64 {
        self.random.bits()
    }

    pub(crate) fn reference_number(
        &mut self,
        kind: ReferenceNumberKind,
        now: Timestamp,
    ) -> ReferenceNumber {
        let counter = self.counter(now);
        let tail = self.random() >> 24;
        ReferenceNumber::new(kind, now, counter, tail).unwrap_or_else(|_| {
            unreachable!("the clock shows no time before 2020, the rest is cut to size")
        })
    }

    /// No two of sixteen million are the same, also while the clock stands still.
    pub(crate) fn technical_part(&mut self, now: Timestamp) -> [u8; 6] {
        self.parts = self.parts.wrapping_add(1);
        let [.., a, b] = now.as_unix_milliseconds().to_be_bytes();
        let [_, c, d, e] = self.parts.to_be_bytes();
        let [f, ..] = self.random().to_be_bytes();
        [a, b, c, d, e, f]
    }

    pub(crate) fn trace_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.random(), self.random())
    }

    /// Counts within a millisecond, from 0.
    fn counter(&mut self, now: Timestamp) -> u16 {
        let millisecond = now.as_unix_milliseconds();
        let count = if self.last.0 == millisecond { (self.last.1 + 1) & 0xFFF } else { 0 };
        self.last = (millisecond, count);
        count
    }
}

fn system_seed() -> u64 {
    let mut seed = [0; 8];
    // Without a source of randomness the numbers are the same each time, which is no harm here.
    let _ = SystemRandom::new().fill(&mut seed);
    u64::from_be_bytes(seed)
}
