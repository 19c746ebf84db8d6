//! What was read and is written reads as the same invoice, and is as valid.

#![no_main]

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Invoice, Profile, validate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    ksef_fa_fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| {
    let profile = Profile::new(Environment::Production, InvoiceDate::MAX);
    let Ok(invoice) = Invoice::from_xml(bytes, &profile) else { return };
    let written = invoice.to_xml_unchecked();
    let report = validate(&written, &profile);
    assert!(report.is_valid(), "{:?}", report.issues());
    let again = Invoice::read(&written, &profile);
    assert_eq!(again.invoice.as_ref(), Some(&invoice));
    assert_eq!(again.invoice.map(|again| again.to_xml_unchecked()), Some(written));
});
