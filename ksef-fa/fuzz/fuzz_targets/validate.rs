//! Any bytes get a report, also by the rules beyond the schema, whose places lie within them.

#![no_main]

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::rules::Context;
use ksef_fa::{Language, Profile, judge, validate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    ksef_fa_fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| {
    let profile = Profile::new(Environment::Production, InvoiceDate::MAX);
    let judged = judge(bytes, &profile, &Context::new());
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    assert!(judged.issues().iter().all(|issue| issue.position().byte <= length));
    assert!(judged.issues().is_sorted_by_key(|issue| issue.position().byte));
    let _ = judged.render(bytes, Language::English);

    let validated = validate(bytes, &profile);
    assert_eq!(validated.schema(), judged.schema());
    if !validated.is_valid() {
        assert_eq!(validated.issues(), judged.issues());
    }
    assert!(validated.issues().len() <= judged.issues().len());
});
