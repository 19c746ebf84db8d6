//! Numbers that look random and follow from a seed.

/// A small generator (`SplitMix64`) whose numbers follow from its seed on every machine.
///
/// For simulations only; it must never make a key.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The generator that begins with `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0 where that is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        match self.bits().checked_rem(bound) {
            Some(number) => number,
            None => 0,
        }
    }

    /// Whether something happens that happens `thousandths` times in a thousand.
    pub const fn happens(&mut self, thousandths: u32) -> bool {
        // Without the fault nothing is drawn, so turning one off leaves the others as they were.
        thousandths > 0 && self.below(1_000) < thousandths as u64
    }
}
