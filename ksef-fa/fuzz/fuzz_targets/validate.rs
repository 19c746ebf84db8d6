//! Any bytes get a report, also by the rules beyond the schema, whose places lie within them.

#![no_main]

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::rules::Context;
use ksef_fa::{Language, Profile, judge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let profile = Profile::new(Environment::Production, InvoiceDate::MAX);
    let report = judge(bytes, &profile, &Context::new());
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    assert!(report.issues().iter().all(|issue| issue.position().byte <= length));
    assert!(report.issues().is_sorted_by_key(|issue| issue.position().byte));
    let _ = report.render(bytes, Language::English);
});
