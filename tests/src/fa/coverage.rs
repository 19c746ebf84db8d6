//! What documents have to contain so that everything of a schema is seen, and what they did contain.

use std::collections::BTreeSet;

use ksef_fa::Schema;
use ksef_fa::schema::{self, Body, Content, Particle, SimpleType};

use super::document;

/// Something that a generated document is to contain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "suites make their own")]
pub struct Target {
    /// The names below the root element, none for the root element itself.
    pub path: Vec<&'static str>,
    /// The value of the element at the path, or any.
    pub value: Option<&'static str>,
    /// How often the element at the path occurs in the first parent that has it, or at random.
    pub count: Option<u32>,
}

/// The row of a table at a path.
#[derive(Clone, Debug)]
struct Row {
    path: Vec<&'static str>,
    element: &'static schema::Element,
}

impl Target {
    /// Any document at all.
    pub const ANYTHING: Self = Self { path: vec![], value: None, count: None };

    /// Every element path of a schema, and each value of an enumeration at each path that has it.
    #[must_use]
    pub fn all(schema: Schema) -> Vec<Self> {
        let mut targets = vec![];
        for Row { path, element } in rows(schema) {
            let target = |value| Self { path: path.clone(), value, count: None };
            targets.push(target(None));
            targets.extend(values(element).into_iter().map(|value| target(Some(value))));
        }
        targets
    }

    /// Every element that may be repeated a limited number of times, with that number.
    #[must_use]
    pub fn repeated(schema: Schema) -> Vec<(Self, u32)> {
        let limited = rows(schema).filter(|row| (2..schema::UNBOUNDED).contains(&row.element.max));
        let target =
            |row: Row| (Self { path: row.path, value: None, count: None }, row.element.max);
        limited.map(target).collect()
    }
}

/// What a number of documents contained.
#[derive(Clone, Debug)]
pub struct Coverage {
    schema: Schema,
    paths: BTreeSet<String>,
    values: BTreeSet<(String, String)>,
    absent: BTreeSet<String>,
    repeated: BTreeSet<String>,
}

impl Coverage {
    /// Nothing yet.
    #[must_use]
    pub const fn new(schema: Schema) -> Self {
        Self {
            schema,
            paths: BTreeSet::new(),
            values: BTreeSet::new(),
            absent: BTreeSet::new(),
            repeated: BTreeSet::new(),
        }
    }

    /// Counts what a document contains.
    pub fn add(&mut self, document: &document::Document) {
        self.add_element(&document.root, self.schema.root(), "");
    }

    /// How many different paths below the root element were seen.
    #[must_use]
    pub fn paths(&self) -> usize {
        self.paths.len().saturating_sub(1)
    }

    /// How many different values of enumerations were seen, each at each path.
    #[must_use]
    pub fn values(&self) -> usize {
        self.values.len()
    }

    /// What was never seen: a path, a value of an enumeration at a path, an optional element left
    /// out, or an element that may be repeated twice.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        rows(self.schema).flat_map(|row| self.missing_of(&row)).collect()
    }

    fn missing_of(&self, row: &Row) -> Vec<String> {
        let path = row.path.join("/");
        let mut missing = vec![];
        if !self.paths.contains(&path) {
            missing.push(path.clone());
        }
        if row.element.min == 0 && !self.absent.contains(&path) {
            missing.push(format!("{path} left out"));
        }
        if row.element.max > 1 && !self.repeated.contains(&path) {
            missing.push(format!("{path} twice"));
        }
        let unseen = |value: &&str| !self.values.contains(&(path.clone(), (*value).to_owned()));
        let unseen = values(row.element).into_iter().filter(unseen);
        missing.extend(unseen.map(|value| format!("{path} = {value}")));
        missing
    }

    fn add_element(&mut self, found: &document::Element, row: &schema::Element, path: &str) {
        self.paths.insert(path.to_owned());
        if values(row).contains(&found.text().as_str()) {
            self.values.insert((path.to_owned(), found.text()));
        }
        let Some(particle) = particle(row) else { return };
        for child in elements(particle) {
            let here = join(path, child.name);
            let mut same = found.elements().filter(|element| element.name == child.name).peekable();
            if same.peek().is_none() {
                self.absent.insert(here);
                continue;
            }
            let mut count = 0;
            for element in same {
                self.add_element(element, child, &here);
                count += 1;
            }
            if count > 1 {
                self.repeated.insert(here);
            }
        }
    }
}

/// The type of the text of an element that has any.
pub(super) const fn simple_type(element: &schema::Element) -> Option<&'static SimpleType> {
    match element.content {
        Content::Simple(simple) => Some(simple),
        Content::Complex(complex) => match complex.body {
            Body::Text(simple) => Some(simple),
            Body::Children(_) => None,
        },
    }
}

/// The values that an element may have, if they are listed; of a fixed one there is one only.
fn values(element: &schema::Element) -> Vec<&'static str> {
    match simple_type(element) {
        Some(simple) if simple.fixed.is_some() => simple.fixed.into_iter().collect(),
        Some(simple) => simple.values.to_vec(),
        None => vec![],
    }
}

/// The content model of an element that has one.
pub(super) const fn particle(element: &schema::Element) -> Option<&'static Particle> {
    match element.content {
        Content::Complex(complex) => match &complex.body {
            Body::Children(particle) => Some(particle),
            Body::Text(_) => None,
        },
        Content::Simple(_) => None,
    }
}

/// The elements of a content model.
pub(super) fn elements(particle: &'static Particle) -> Vec<&'static schema::Element> {
    match particle {
        Particle::Element(element) => vec![element],
        Particle::Sequence { items, .. } | Particle::Choice { items, .. } => {
            items.iter().flat_map(elements).collect()
        }
    }
}

/// Every name of a schema.
pub(super) fn names(schema: Schema) -> Vec<&'static str> {
    rows(schema).map(|row| row.element.name).collect::<BTreeSet<_>>().into_iter().collect()
}

fn rows(schema: Schema) -> impl Iterator<Item = Row> {
    let mut rows = vec![];
    collect(schema.root(), &[], &mut rows);
    rows.into_iter()
}

fn collect(element: &'static schema::Element, path: &[&'static str], rows: &mut Vec<Row>) {
    rows.push(Row { path: path.to_vec(), element });
    for child in particle(element).map_or_else(Vec::new, elements) {
        collect(child, &[path, &[child.name]].concat(), rows);
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}
