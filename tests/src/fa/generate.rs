//! Valid documents from the schema tables.

use ksef_core::submission::simulation::Random;
use ksef_fa::Schema;
use ksef_fa::schema::{self, Content, Particle};

use super::coverage::{Target, elements, particle, simple_type};
use super::document::{Document, Element, Node};
use super::values::{below, pick, value};

/// Makes documents that are valid by construction. The same seed makes the same ones.
#[derive(Clone, Debug)]
pub struct Generator {
    schema: Schema,
    random: Random,
    /// In thousandths, how often something optional is there.
    density: u32,
    /// The densities there are; dense documents are long, so there are fewer of them.
    densities: &'static [u32],
    /// How many elements there may be before nothing optional is added any more.
    budget: u32,
}

/// What is left of a target below some element.
#[derive(Clone, Copy, Debug)]
struct Aim<'a> {
    target: &'a Target,
    path: &'a [&'static str],
}

impl Generator {
    /// The generator that begins with a seed.
    #[must_use]
    pub const fn new(schema: Schema, seed: u64) -> Self {
        Self::with_densities(schema, seed, &[0, 20, 60, 60, 120, 120, 250, 1_000])
    }

    /// A generator of documents in which nothing is optional but what a target needs.
    #[must_use]
    pub const fn small(schema: Schema, seed: u64) -> Self {
        Self::with_densities(schema, seed, &[0])
    }

    const fn with_densities(schema: Schema, seed: u64, densities: &'static [u32]) -> Self {
        Self { schema, random: Random::new(seed), density: 0, densities, budget: 0 }
    }

    /// The next document, which contains the target.
    pub fn document(&mut self, target: &Target) -> Document {
        self.density = *pick(&mut self.random, self.densities).unwrap_or(&0);
        self.budget = if self.density == 1_000 { 700 } else { 150 };
        let aim = Aim { target, path: &target.path };
        let mut root = self.element(self.schema.root(), Some(aim));
        let namespace = self.schema.namespace().to_owned();
        root.attributes.insert(0, ("xmlns".to_owned(), namespace));
        Document::new(root)
    }

    fn element(&mut self, row: &'static schema::Element, aim: Option<Aim<'_>>) -> Element {
        self.budget = self.budget.saturating_sub(1);
        let mut element = match simple_type(row) {
            Some(simple) => {
                let aimed = aim.and_then(Aim::value).map(str::to_owned);
                let text = aimed.unwrap_or_else(|| value(&mut self.random, simple));
                Element::with_text(row.name, &text)
            }
            None => Element { name: row.name.to_owned(), ..Element::default() },
        };
        element.attributes = self.attributes(row);
        if let Some(particle) = particle(row) {
            self.particle(particle, aim, &mut element.children);
        }
        element
    }

    fn attributes(&mut self, row: &schema::Element) -> Vec<(String, String)> {
        let Content::Complex(complex) = row.content else {
            return vec![];
        };
        let mut attributes = vec![];
        for attribute in complex.attributes {
            if attribute.required || self.wants() {
                let fixed = attribute.fixed.map(str::to_owned);
                let text = fixed.unwrap_or_else(|| value(&mut self.random, attribute.value));
                attributes.push((attribute.name.to_owned(), text));
            }
        }
        attributes
    }

    fn particle(&mut self, one: &'static Particle, aim: Option<Aim<'_>>, into: &mut Vec<Node>) {
        let aim = aim.filter(|aim| aim.is_in(one));
        match one {
            Particle::Element(row) => self.occurrences(row, aim, into),
            Particle::Sequence { min, items } => {
                if *min > 0 || aim.is_some() || self.wants() {
                    for item in *items {
                        self.particle(item, aim, into);
                    }
                }
            }
            Particle::Choice { min, items } => {
                if *min > 0 || aim.is_some() || self.wants() {
                    let aimed = items.iter().find(|item| aim.is_some_and(|aim| aim.is_in(item)));
                    if let Some(item) = aimed.or_else(|| pick(&mut self.random, items)) {
                        self.particle(item, aim, into);
                    }
                }
            }
        }
    }

    fn occurrences(
        &mut self,
        row: &'static schema::Element,
        aim: Option<Aim<'_>>,
        into: &mut Vec<Node>,
    ) {
        let aim = aim.map(Aim::below);
        let count = match aim.and_then(Aim::count) {
            Some(count) => count,
            None => self.count(row).max(u32::from(aim.is_some())),
        };
        for number in 0..count {
            let element = self.element(row, aim.filter(|_| number == 0));
            into.push(Node::Element(element));
        }
    }

    fn count(&mut self, row: &schema::Element) -> u32 {
        if !self.wants() {
            return row.min;
        }
        let count = match self.random.below(20) {
            0..12 => 1,
            12..17 => 2,
            17..19 => 3,
            _ if row.max <= 31 && self.budget > 50 => row.max,
            _ => 4 + below(&mut self.random, 4),
        };
        count.clamp(row.min, row.max)
    }

    fn wants(&mut self) -> bool {
        self.budget > 0 && self.random.happens(self.density)
    }
}

impl Aim<'_> {
    /// Whether the next element on the path is in this content model.
    fn is_in(self, particle: &'static Particle) -> bool {
        let next = self.path.first();
        next.is_some_and(|next| elements(particle).iter().any(|row| row.name == *next))
    }

    fn below(self) -> Self {
        Self { path: self.path.get(1..).unwrap_or_default(), ..self }
    }

    fn value(self) -> Option<&'static str> {
        self.target.value.filter(|_| self.path.is_empty())
    }

    fn count(self) -> Option<u32> {
        self.target.count.filter(|_| self.path.is_empty())
    }
}
