//! Reading reports what validating reports, and takes exactly what that takes.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    ksef_fa_fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| ksef_fa_fuzz::checks::read_as_validated(bytes));
