//! Any bytes get a report, whose places lie within them.

#![no_main]

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Language, Profile, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let profile = Profile::new(Environment::Test, InvoiceDate::MAX);
    let report = validate(bytes, &profile);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    assert!(report.issues().iter().all(|issue| issue.position().byte <= length));
    assert!(report.issues().is_sorted_by_key(|issue| issue.position().byte));
    let _ = report.render(bytes, Language::English);
});
