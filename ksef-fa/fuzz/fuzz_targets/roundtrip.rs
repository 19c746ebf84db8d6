//! What was read and is written reads as the same invoice, and is as valid.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    ksef_fa_fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| ksef_fa_fuzz::checks::round_trip(bytes));
