//! What is read and written again has the same values, text for text.

use ksef_core::{Environment, InvoiceDate};

use super::document::{Node, Tree};
use crate::model::Invoice;
use crate::model::declare::read_children;
use crate::schema::{Body, Content, Element, Particle, SimpleType};
use crate::{Language, Profile, Schema, SchemaVersion};

/// Texts of which each simple type has at least one, the odd ones first.
const TEXTS: [&str; 24] = [
    "+01",
    "01",
    "-0.00",
    "050.0",
    "12.5",
    "2026-02-01",
    "2026-02-01T24:00:00.123456789+01:00",
    "2026-02-01T09:30:47.123456789+01:00",
    "2026-02-01T09:30:47",
    "5265877635-12345",
    "5265877635",
    "M123456789-20260231-ABCDEF-ABCDEF-00",
    "a@b",
    "ABCDEF12",
    "https://pay.example.com/?IPKSeF=123ABCdef4567",
    "123ABCdef4567",
    " line one\r\n\tline <two> & \"three\" ",
    "+*AB",
    "12345678901234567890",
    "1234567890",
    "123456789",
    "text",
    "7",
    "",
];

/// A document in which everything that is optional is there, and of each choice one branch.
struct Generator {
    namespace: &'static str,
    has_optional: bool,
    random: u32,
    xml: String,
}

impl Generator {
    /// Every fifth document has nothing that is optional.
    fn document(schema: Schema, number: u32) -> String {
        let (namespace, has_optional) = (schema.namespace(), number % 5 != 4);
        let mut generator = Self { namespace, has_optional, random: number, xml: String::new() };
        generator.element(schema.root());
        generator.xml
    }

    fn next(&mut self, end: usize) -> usize {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.random >> 16) as usize % end
    }

    fn element(&mut self, element: &Element) {
        let name = element.name;
        for _ in 0..element.max.min(2) {
            self.xml += &format!("<{name}");
            if name == "Faktura" {
                self.xml += &format!(" xmlns=\"{}\"", self.namespace);
            }
            match element.content {
                Content::Simple(simple) => self.text(simple),
                Content::Complex(complex) => {
                    for attribute in complex.attributes {
                        let value = attribute.fixed.unwrap_or_else(|| attribute.value.values[0]);
                        self.xml += &format!(" {}=\"{value}\"", attribute.name);
                    }
                    match complex.body {
                        Body::Children(children) => {
                            self.xml += ">";
                            self.particle(&children);
                        }
                        Body::Text(simple) => self.text(simple),
                    }
                }
            }
            self.xml += &format!("</{name}>");
        }
    }

    fn particle(&mut self, particle: &Particle) {
        match particle {
            Particle::Element(Element { min: 0, .. })
            | Particle::Sequence { min: 0, .. }
            | Particle::Choice { min: 0, .. }
                if !self.has_optional => {}
            Particle::Element(element) => self.element(element),
            Particle::Sequence { items, .. } => items.iter().for_each(|item| self.particle(item)),
            Particle::Choice { items, .. } => {
                let branch = self.next(items.len());
                self.particle(&items[branch]);
            }
        }
    }

    fn text(&mut self, simple: &SimpleType) {
        let candidates = TEXTS.iter().cycle().skip(self.next(TEXTS.len())).take(TEXTS.len());
        let mut candidates = candidates.chain(simple.values);
        let text = candidates.find(|text| simple.check(text).is_ok());
        let text = text.unwrap_or_else(|| panic!("no text is a {}", simple.name));
        self.xml += &format!(">{}", text.replace('&', "&amp;").replace('<', "&lt;"));
    }
}

/// Reads and writes, and requires that reading takes everything and writing changes nothing. Gives
/// the paths with their values.
fn assert_round_trip(xml: &str, version: SchemaVersion) -> Vec<String> {
    let before = Node::parse(xml);
    let mut source = Tree::new(&before, version);
    let invoice: Invoice = read_children(&mut source).unwrap();
    assert!(source.is_at_end());
    assert!(invoice == assert_validated_round_trip(xml, version));

    let written = invoice.to_xml_unchecked();
    let after = Node::parse(str::from_utf8(&written).unwrap());
    let again: Invoice = read_children(&mut Tree::new(&after, version)).unwrap();
    assert!(again == invoice);
    assert!(again.to_xml_unchecked() == written);
    #[cfg(feature = "serde")]
    assert_json_round_trip(&invoice);
    values(&after, version)
}

/// JSON holds the same document, text for text but for empty elements, which have their values.
#[cfg(feature = "serde")]
fn assert_json_round_trip(invoice: &Invoice) {
    let json = serde_json::to_value(invoice).unwrap();
    let again: Invoice = serde_json::from_value(json.clone()).unwrap();
    assert!(again == *invoice);
    assert_eq!(serde_json::to_value(&again).unwrap(), json);
    let xml = |invoice: &Invoice| String::from_utf8(invoice.to_xml_unchecked()).unwrap();
    let before = xml(invoice).replace("<PrefiksPodatnika></", "<PrefiksPodatnika>PL</");
    assert_eq!(xml(&again), before);
    assert_texts(&json);
}

/// Whatever has a value in JSON has it as text: no number is rounded by anybody's parser.
#[cfg(feature = "serde")]
fn assert_texts(json: &serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => fields.values().for_each(assert_texts),
        serde_json::Value::Array(items) => items.iter().for_each(assert_texts),
        value => assert!(value.is_string(), "{value}"),
    }
}

#[cfg(feature = "serde")]
#[test]
fn json_that_the_model_does_not_have_is_refused() {
    let xml = Generator::document(Schema::Fa3, 1);
    let profile = Profile::new(Environment::Test, InvoiceDate::MAX);
    let invoice = Invoice::from_xml(xml.as_bytes(), &profile).unwrap();
    let good = serde_json::to_value(&invoice).unwrap();
    let refusal = |pointer: &str, value: serde_json::Value| {
        let mut json = good.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        json.pointer_mut(parent).unwrap()[field] = value;
        serde_json::from_value::<Invoice>(json).unwrap_err().to_string()
    };
    assert!(refusal("/body/vat_summary/p_15", 1.5.into()).contains("expected a string"));
    assert!(refusal("/body/vat_summary/p_15", "1.234".into()).contains("amount"));
    assert!(refusal("/body/vat_sumary", "1".into()).starts_with("unknown field"));
    assert!(refusal("/body/kind", "FAKTURA".into()).contains("invoice"));
    assert!(refusal("/body/annotations/p_16", "3".into()).contains("schema"));
}

/// The same with the validator as the source.
fn assert_validated_round_trip(xml: &str, version: SchemaVersion) -> Invoice {
    let profile = Profile::new(Environment::Test, InvoiceDate::MAX);
    let read = |xml: &[u8]| match Invoice::from_xml(xml, &profile) {
        Ok(invoice) => invoice,
        Err(report) => panic!("{}", report.render(xml, Language::English)),
    };
    let invoice = read(xml.as_bytes());
    let written = invoice.to_xml_unchecked();
    let (old, new) = (Node::parse(xml), Node::parse(str::from_utf8(&written).unwrap()));
    let (old, new) = (values(&old, version), values(&new, version));
    for (old, new) in old.iter().zip(&new) {
        assert_eq!(old, new);
    }
    assert_eq!(old.len(), new.len());
    assert!(read(&written) == invoice);
    invoice
}

fn values(root: &Node, version: SchemaVersion) -> Vec<String> {
    let mut values = Vec::new();
    root.values(version.schema().root(), "", &mut values);
    values
}

fn count_paths(element: &Element) -> usize {
    let children = match element.content {
        Content::Complex(complex) => match complex.body {
            Body::Children(children) => count_in(&children),
            Body::Text(_) => 0,
        },
        Content::Simple(_) => 0,
    };
    1 + children
}

fn count_in(particle: &Particle) -> usize {
    match particle {
        Particle::Element(element) => count_paths(element),
        Particle::Sequence { items, .. } | Particle::Choice { items, .. } => {
            items.iter().map(count_in).sum()
        }
    }
}

#[test]
fn every_path_of_both_versions_is_read_and_written() {
    for version in [SchemaVersion::Fa2, SchemaVersion::Fa3] {
        let mut paths = std::collections::BTreeSet::new();
        for number in 0..50 {
            let xml = Generator::document(version.schema(), number);
            for value in assert_round_trip(&xml, version) {
                paths.insert(value.split(' ').next().unwrap().to_owned());
            }
        }
        assert_eq!(paths.len(), count_paths(version.schema().root()), "{version:?}");
    }
}

#[test]
fn an_empty_element_stays_where_it_is() {
    let xml = Generator::document(Schema::Fa3, 0);
    let xml = xml.replace("<PrefiksPodatnika>PL<", "<PrefiksPodatnika><");
    let start = xml.find("<DaneKontaktowe>").unwrap();
    let end = xml.find("</DaneKontaktowe>").unwrap();
    let xml = format!("{}<DaneKontaktowe>{}", &xml[..start], &xml[end..]);
    let values = assert_round_trip(&xml, SchemaVersion::Fa3);
    let is_there = |value: &str| values.iter().any(|known| known == value);
    assert!(is_there("/Faktura/Podmiot1/PrefiksPodatnika [] "));
    assert!(is_there("/Faktura/Podmiot1/DaneKontaktowe [] "));
}

#[test]
fn the_invoice_of_the_benches_is_read_and_written() {
    assert_round_trip(include_str!("../../../benches/invoice.xml"), SchemaVersion::Fa3);
}
