//! A text is a value of a type for `ksef-fa` where it is one for libxml2.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ksef_fa::Schema;
use ksef_fa::schema::{Base, Body, Content, SimpleType};
use ksef_tests::suite::Failed;
use ksef_tests::xmllint::Xmllint;

use crate::{values, xsd};

/// So many values stand in a document: libxml2 takes much longer for few large ones.
const VALUES: usize = 500;

/// A declaration of the official schema, our type of the same element, and a text.
struct Case {
    declaration: usize,
    path: String,
    simple: &'static SimpleType,
    text: String,
}

/// Where libxml2 departs from XML Schema and we do not.
struct Reason {
    says: &'static str,
    explains: fn(&Case) -> bool,
}

const EXPLAINED: [Reason; 5] = [
    Reason {
        says: "libxml2 keeps blanks around a dateTime, though its type collapses them",
        explains: |case| case.is_moment() && case.text.trim_ascii() != case.text,
    },
    Reason {
        says: "libxml2 does not take the end of a day for the begin of the next at a bound",
        explains: |case| case.is_moment() && is_at_begin_by_end_of_day(case),
    },
    Reason {
        says: "libxml2 holds seconds in a float, with some 15 digits after the point",
        explains: |case| {
            let digits = case.text.split_once('.').map_or(0, |(_, digits)| digits.len());
            case.is_moment() && digits > 15
        },
    },
    Reason {
        says: "libxml2 has no integers of more than 24 digits",
        explains: |case| matches!(case.simple.base, Base::Integer) && case.text.len() > 24,
    },
    Reason {
        says: "libxml2 has the digits of an older version of Unicode",
        explains: |case| case.text.contains(['\u{de7}', '\u{1e4f1}']),
    },
];

/// Whether a text is the end of the day before the one that the bound is the begin of.
fn is_at_begin_by_end_of_day(case: &Case) -> bool {
    let bound = case.simple.min_inclusive.and_then(|bound| bound.split_once('T'));
    let day = match bound.map(|(day, _)| day) {
        Some("2021-10-01") => "2021-09-30",
        Some("2022-01-01") => "2021-12-31",
        Some("2025-09-01") => "2025-08-31",
        Some("2026-01-01") => "2025-12-31",
        other => panic!("{other:?} is a new bound"),
    };
    case.text.starts_with(&format!("{day}T24:00:00"))
}

impl Case {
    const fn is_moment(&self) -> bool {
        matches!(self.simple.base, Base::DateTime)
    }
}

/// Both judges agree on every text, but for the explained differences.
pub(crate) fn agrees_with_libxml2(schema: Schema) -> Result<(), Failed> {
    let declarations = declarations(schema)?;
    let cases = cases(schema, &declarations);
    assert!(cases.len() > 100_000, "only {} texts", cases.len());
    let refused = refused(schema, &declarations, &cases)?;
    let mut seen = BTreeSet::new();
    let mut unexplained = Vec::new();
    for (case, is_refused) in cases.iter().zip(refused) {
        let ours = case.simple.check(&case.text);
        if ours.is_err() == is_refused {
            continue;
        }
        match EXPLAINED.iter().find(|reason| (reason.explains)(case)) {
            Some(reason) => _ = seen.insert(reason.says),
            None => unexplained.push(format!("{}: {:?}: {ours:?}", case.path, case.text)),
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} differences:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    // A reason that explains nothing any more goes. Only FA(3) has an integer without bounds.
    let expected = EXPLAINED.len() - usize::from(schema != Schema::Fa3);
    assert_eq!(seen.len(), expected, "only these differences are there: {seen:?}");
    Ok(())
}

/// Whether libxml2 refuses each of the texts.
fn refused(
    schema: Schema,
    declarations: &[xsd::Leaf],
    cases: &[Case],
) -> Result<Vec<bool>, Failed> {
    let judge = Xmllint::changed(schema, |text| with_values(&text, declarations))?;
    let documents: Vec<_> = cases.chunks(VALUES).map(|part| document(schema, part)).collect();
    let mut refused = Vec::new();
    for (part, verdict) in cases.chunks(VALUES).zip(judge.judge(&documents)?) {
        let lines: BTreeSet<u32> = verdict.errors.iter().map(|(line, _)| *line).collect();
        assert_eq!(verdict.is_valid, lines.is_empty(), "a document is not well-formed");
        // The first line of a document is its root.
        refused.extend((2..).zip(part).map(|(line, _)| lines.contains(&line)));
    }
    Ok(refused)
}

/// Every declaration of an element with text, once, with a path that has it.
fn declarations(schema: Schema) -> Result<Vec<xsd::Leaf>, Failed> {
    let mut seen = BTreeSet::new();
    let mut leaves = xsd::read(schema)?.leaves;
    leaves.retain(|leaf| seen.insert(leaf.declaration.clone()));
    Ok(leaves)
}

fn cases(schema: Schema, declarations: &[xsd::Leaf]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (declaration, leaf) in declarations.iter().enumerate() {
        let path = leaf.path.strip_prefix("Faktura/").expect("a path below the root");
        let simple = simple_type(schema, path);
        let texts = values::near(simple).into_iter();
        cases.extend(texts.map(|text| Case { declaration, path: path.to_owned(), simple, text }));
    }
    cases
}

fn simple_type(schema: Schema, path: &str) -> &'static SimpleType {
    let element = schema.element(path).unwrap_or_else(|| panic!("no {path} in our table"));
    match element.content {
        Content::Simple(simple) => simple,
        Content::Complex(complex) => match complex.body {
            Body::Text(simple) => simple,
            Body::Children(_) => panic!("{path} has no text in our table"),
        },
    }
}

/// The official schema with one more global element, which has any number of each declaration.
fn with_values(schema: &str, declarations: &[xsd::Leaf]) -> String {
    let mut values = String::from(
        "<xsd:element name=\"values\"><xsd:complexType><xsd:choice maxOccurs=\"unbounded\">",
    );
    for (index, leaf) in declarations.iter().enumerate() {
        write!(values, "<xsd:element name=\"v{index}\"{}", leaf.declaration).expect("a string");
    }
    let end = schema.rfind("</xsd:schema>").expect("the end of the schema");
    format!("{}{values}</xsd:choice></xsd:complexType></xsd:element></xsd:schema>", &schema[..end])
}

/// One value on each line.
fn document(schema: Schema, cases: &[Case]) -> String {
    let mut document = format!("<values xmlns=\"{}\">\n", schema.namespace());
    for Case { declaration, text, .. } in cases {
        let text = escape(text);
        writeln!(document, "<v{declaration}>{text}</v{declaration}>").expect("a string");
    }
    document + "</values>"
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;")
}
