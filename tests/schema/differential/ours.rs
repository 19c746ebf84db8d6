//! What we say of a document, as far as `xmllint` speaks of the same.

use ksef_core::Environment;
use ksef_fa::{Code, Layer, Profile, Schema, validate};
use ksef_tests::planted::PlantedFault;

/// Rules of KSeF and of .NET, of which neither XML nor the schemas know.
const BEYOND_THE_SCHEMA: [Code; 7] = [
    Code::Bom,
    Code::Cdata,
    Code::DiscouragedCharacter,
    Code::Midnight,
    Code::ProcessingInstruction,
    Code::Size,
    Code::Utf16Length,
];

/// Why we refuse a document; nothing if it is well-formed and valid by its schema.
pub(crate) fn faults(schema: Schema, xml: &[u8]) -> Vec<Code> {
    let report = validate(xml, &profile(schema));
    let codes = report.issues().iter().map(ksef_fa::Issue::code);
    codes.filter(|code| is_of_the_schema(*code)).collect()
}

/// Without the limits that the schemas do not have.
pub(crate) fn profile(schema: Schema) -> Profile {
    let today = "2026-11-20".parse().expect("a date");
    let profile = Profile::new(Environment::Test, today).with_schema(schema);
    profile.with_max_bytes(u64::MAX - 1, u64::MAX - 1).with_max_issues(u16::MAX)
}

pub(crate) fn is_of_the_schema(code: Code) -> bool {
    if code == Code::Missing && PlantedFault::LenientValidator.is_on() {
        return false;
    }
    matches!(code.layer(), Layer::Xml | Layer::Xsd) && !BEYOND_THE_SCHEMA.contains(&code)
}
