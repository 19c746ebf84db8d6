//! What holds for any bytes. The targets fuzz it, and the suite `hostile` replays the corpus.

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::rules::Context;
use ksef_fa::{Invoice, Language, Profile, Schema, judge, validate};

/// Any bytes get a report, also by the rules beyond the schema, whose places lie within them.
pub fn validate_any(bytes: &[u8]) {
    let profile = profile();
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
}

/// Reading reports what validating reports, and takes exactly what that takes.
pub fn read_as_validated(bytes: &[u8]) {
    let profile = profile();
    let report = validate(bytes, &profile);
    let reading = Invoice::read(bytes, &profile);
    assert_eq!(reading.report.issues(), report.issues());
    assert_eq!(reading.report.schema(), report.schema());

    let is_invoice = matches!(report.schema(), Some(Schema::Fa2 | Schema::Fa3));
    assert!(is_invoice || reading.invoice.is_none());
    let is_from_xml = Invoice::from_xml(bytes, &profile).is_ok();
    assert_eq!(is_from_xml, report.is_valid() && reading.invoice.is_some());
    if is_invoice && report.is_valid() && !has_other_digits(bytes) {
        assert!(is_from_xml, "valid, and not read");
    }
}

/// What was read and is written reads as the same invoice, and is as valid.
pub fn round_trip(bytes: &[u8]) {
    let profile = profile();
    let Ok(invoice) = Invoice::from_xml(bytes, &profile) else { return };
    let written = invoice.to_xml_unchecked();
    let report = validate(&written, &profile);
    assert!(report.is_valid(), "{:?}", report.issues());
    let again = Invoice::read(&written, &profile);
    assert_eq!(again.invoice.as_ref(), Some(&invoice));
    assert_eq!(again.invoice.map(|again| again.to_xml_unchecked()), Some(written));
}

fn profile() -> Profile {
    Profile::new(Environment::Production, InvoiceDate::MAX)
}

/// Digits of another script, which the schema allows in numbers that the model cannot hold.
fn has_other_digits(bytes: &[u8]) -> bool {
    let is_other = |c: char| c.is_numeric() && !c.is_ascii();
    let text = String::from_utf8_lossy(bytes);
    text.contains(is_other) || text.split("&#").skip(1).filter_map(referenced).any(is_other)
}

/// The character that a reference stands for, from what follows its `&#`.
fn referenced(text: &str) -> Option<char> {
    let (number, _) = text.split_once(';')?;
    let code = match number.strip_prefix('x') {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}
