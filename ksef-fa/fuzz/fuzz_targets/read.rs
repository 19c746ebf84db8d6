//! Reading reports what validating reports, and a valid invoice has its model.

#![no_main]

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Invoice, Profile, Schema, validate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    ksef_fa_fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| {
    let profile = Profile::new(Environment::Production, InvoiceDate::MAX);
    let reading = Invoice::read(bytes, &profile);
    let report = validate(bytes, &profile);
    assert_eq!(reading.report.issues(), report.issues());
    assert_eq!(reading.report.schema(), report.schema());
    let is_invoice = matches!(report.schema(), Some(Schema::Fa2 | Schema::Fa3));
    assert!(is_invoice || reading.invoice.is_none());
    if is_invoice && report.is_valid() && !has_other_digits(bytes) {
        assert!(reading.invoice.is_some());
    }
    let is_from_xml = Invoice::from_xml(bytes, &profile).is_ok();
    assert_eq!(is_from_xml, report.is_valid() && reading.invoice.is_some());
});

/// Digits of another script, which the schema allows in numbers that the model cannot hold.
fn has_other_digits(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("&#") || text.chars().any(|c| c.is_numeric() && !c.is_ascii())
}
