//! The tables say what the official schemas say, row by row.

use ksef_fa::Schema;
use ksef_fa::schema::{Attribute, Base, Body, ComplexType, Content, Element, Particle, SimpleType};
use ksef_tests::planted::PlantedFault;
use ksef_tests::suite::Failed;

use crate::xsd;

/// One thing that a schema says, and where.
#[derive(Debug, PartialEq, Eq)]
struct Fact {
    path: String,
    says: String,
}

/// The whole of a schema as a list, in its order.
#[derive(Default)]
struct Facts {
    list: Vec<Fact>,
    elements: usize,
    leaves: usize,
}

/// The elements below the root, after types are expanded, and how many of them have no children.
pub(crate) const COUNTS: [(Schema, usize, usize); 3] =
    [(Schema::Fa3, 405, 331), (Schema::Fa2, 375, 312), (Schema::FaRr1, 164, 128)];

/// Every name, order, number, type and facet is the same.
pub(crate) fn says_the_same(schema: Schema) -> Result<(), Failed> {
    let official = facts(&xsd::read(schema)?.root);
    let ours = ours(schema);
    for (official, ours) in official.list.iter().zip(&ours.list) {
        if official != ours {
            return Err(difference(official, ours).into());
        }
    }
    assert_eq!(ours.list.len(), official.list.len(), "one of them says more at its end");
    for counted in [official, ours] {
        let counts = (schema, counted.elements, counted.leaves);
        assert!(COUNTS.contains(&counts), "elements and leaves are {counts:?}");
    }
    Ok(())
}

fn difference(official: &Fact, ours: &Fact) -> String {
    let Fact { path, says } = official;
    if *path == ours.path {
        format!("{path}: the schema says {says}, our table {}", ours.says)
    } else {
        format!("the schema says of {path}: {says}; our table here of {}: {}", ours.path, ours.says)
    }
}

fn ours(schema: Schema) -> Facts {
    let mut facts = facts(schema.root());
    if PlantedFault::ChangedTableRow.is_on() {
        let rows = facts.list.iter_mut().filter(|fact| fact.path == "Faktura/Naglowek");
        rows.for_each(|fact| fact.says = fact.says.replace("1 to 1", "0 to 1"));
    }
    facts
}

fn facts(root: &Element) -> Facts {
    let mut facts = Facts::default();
    facts.element("", root);
    facts
}

impl Facts {
    fn say(&mut self, path: &str, says: String) {
        self.list.push(Fact { path: path.to_owned(), says });
    }

    // Everything is taken apart by name, so that a new field of the tables must be named here.

    fn element(&mut self, parent: &str, element: &Element) {
        let Element { name, min, max, content } = element;
        let path = if parent.is_empty() { (*name).to_owned() } else { format!("{parent}/{name}") };
        self.elements += usize::from(!parent.is_empty());
        self.say(&path, format!("an element, {min} to {max} times"));
        match content {
            Content::Simple(simple) => self.text(&path, simple),
            Content::Complex(complex) => self.complex(&path, complex),
        }
    }

    fn text(&mut self, path: &str, simple: &SimpleType) {
        self.leaves += 1;
        self.simple(path, simple);
    }

    fn complex(&mut self, path: &str, complex: &ComplexType) {
        let ComplexType { name, attributes, body } = complex;
        self.say(path, format!("the complex type {name:?} with {} attributes", attributes.len()));
        for attribute in *attributes {
            let Attribute { name, value, required, fixed } = attribute;
            let path = format!("{path}/@{name}");
            self.say(&path, format!("an attribute, required {required}, fixed {fixed:?}"));
            self.simple(&path, value);
        }
        match body {
            Body::Text(simple) => self.text(path, simple),
            Body::Children(particle) => self.particle(path, particle),
        }
    }

    fn particle(&mut self, path: &str, particle: &Particle) {
        let (word, min, items) = match particle {
            Particle::Element(element) => return self.element(path, element),
            Particle::Sequence { min, items } => ("sequence", min, items),
            Particle::Choice { min, items } => ("choice", min, items),
        };
        self.say(path, format!("a {word} of {}, {min} to 1 times", items.len()));
        for item in *items {
            self.particle(path, item);
        }
    }

    fn simple(&mut self, path: &str, simple: &SimpleType) {
        let SimpleType { name, origin, base, white_space, patterns, values, fixed, .. } = simple;
        let expressions: Vec<_> = patterns.iter().map(|pattern| pattern.expression).collect();
        let base = match base {
            Base::Union(members) => format!("Union of {}", members.len()),
            base => format!("{base:?}"),
        };
        self.say(path, format!("the simple type {name:?} of {origin:?} over {base}"));
        self.say(path, format!("white space {white_space:?}"));
        self.bounds(path, simple);
        self.say(path, format!("the patterns {expressions:?}"));
        self.say(path, format!("{} values {values:?}", values.len()));
        self.say(path, format!("fixed {fixed:?}"));
        if let Base::Union(members) = simple.base {
            for member in members {
                self.simple(path, member);
            }
        }
    }

    fn bounds(&mut self, path: &str, simple: &SimpleType) {
        let SimpleType {
            min_length,
            max_length,
            total_digits,
            fraction_digits,
            min_inclusive,
            max_inclusive,
            min_exclusive,
            name: _,
            origin: _,
            base: _,
            white_space: _,
            patterns: _,
            values: _,
            fixed: _,
        } = simple;
        self.say(path, format!("length {min_length:?} to {max_length:?}"));
        self.say(path, format!("digits {total_digits:?}, after the point {fraction_digits:?}"));
        self.say(path, format!("from {min_inclusive:?} to {max_inclusive:?}"));
        self.say(path, format!("above {min_exclusive:?}"));
    }
}
