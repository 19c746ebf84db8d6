//! Invoices of our own, with made-up data, that are valid by their schema: what tests begin with.

use ksef_fa::Schema;

/// The shortest valid document of a schema that still looks like an invoice.
///
/// ```
/// use ksef_fa::Schema;
/// use ksef_tests::xml_corpus::minimal;
///
/// assert!(minimal(Schema::Fa3).contains("<JST>2</JST>"));
/// assert!(!minimal(Schema::Fa2).contains("<JST>"));
/// ```
///
/// # Panics
///
/// For a schema that is new.
#[must_use]
#[expect(clippy::panic, reason = "a new schema has no document here yet")]
pub fn minimal(schema: Schema) -> &'static str {
    match schema {
        Schema::Fa2 => include_str!("../data/fa2/minimal.xml"),
        Schema::Fa3 => include_str!("../data/fa3/minimal.xml"),
        Schema::FaRr1 => include_str!("../data/fa_rr1/minimal.xml"),
        _ => panic!("no document of {schema:?}"),
    }
}
