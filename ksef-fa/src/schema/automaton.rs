//! The content models of a schema as automata, compiled once from its table.
//!
//! Every element of a content model is a state, and so is the start. Its edges are the elements
//! that may follow, in the order of the schema. Only elements repeat, so a counter is enough for
//! that, and no content model has two elements of one name, so the next name decides.

use std::collections::VecDeque;
use std::sync::LazyLock;

use super::key::key;
use super::{Body, ComplexType, Content, Element, Particle, SimpleType};
use crate::Schema;

static FA2: LazyLock<State> = LazyLock::new(|| State::of(Schema::Fa2.root(), 0));
static FA3: LazyLock<State> = LazyLock::new(|| State::of(Schema::Fa3.root(), 0));
static FA_RR1: LazyLock<State> = LazyLock::new(|| State::of(Schema::FaRr1.root(), 0));

/// The root of a schema, with everything below it.
pub(crate) fn root(schema: Schema) -> &'static State {
    match schema {
        Schema::Fa2 => &FA2,
        Schema::Fa3 => &FA3,
        Schema::FaRr1 => &FA_RR1,
    }
}

/// The name as the tables have it, if any schema has an element of that name.
pub(crate) fn known_name(name: &str) -> Option<&'static str> {
    Schema::ALL.into_iter().find_map(|schema| root(schema).find_name(name))
}

/// What an element contains.
#[derive(Debug)]
pub(crate) enum Inside {
    /// Text.
    Text(&'static SimpleType),
    /// Elements.
    Children(Model),
}

/// A content model.
#[derive(Debug)]
pub(crate) struct Model {
    states: Box<[State]>,
}

/// A place in a content model: after an occurrence of an element, or at the start.
#[derive(Debug)]
pub(crate) struct State {
    index: usize,
    /// The element's name, empty at the start.
    pub(crate) name: &'static str,
    /// How often the element may occur.
    pub(crate) max: u32,
    /// The element's type, if that has attributes or children.
    pub(crate) complex: Option<&'static ComplexType>,
    /// What the element contains.
    pub(crate) inside: Inside,
    /// What may follow.
    pub(crate) edges: Box<[Edge]>,
    /// Whether the content may end here.
    pub(crate) is_end: bool,
}

/// A step of a content model.
#[derive(Debug)]
pub(crate) struct Edge {
    /// The element that follows.
    pub(crate) name: &'static str,
    key: u64,
    target: usize,
}

impl Model {
    fn of(particle: &'static Particle) -> Self {
        let mut build = Build { states: vec![State::start()] };
        let whole = build.add(particle);
        build.link(&[0], &whole.first);
        build.mark_ends(&whole.last);
        if whole.is_optional {
            build.mark_ends(&[0]);
        }
        Self { states: build.states.into_boxed_slice() }
    }

    /// The state before the first element.
    pub(crate) fn start(&self) -> Option<&State> {
        self.states.first()
    }

    /// The state after an element of that name, if it may come right after a state.
    #[inline]
    pub(crate) fn next(&self, from: &State, name: &str) -> Option<&State> {
        let key = key(name);
        let edge = from.edges.iter().find(|edge| edge.key == key && edge.name == name)?;
        self.target(edge)
    }

    fn target(&self, edge: &Edge) -> Option<&State> {
        self.states.get(edge.target)
    }

    /// The fewest elements that lead on from a state to an element of that name, itself included.
    pub(crate) fn route_to(&self, from: &State, name: &str) -> Option<Vec<&State>> {
        self.route(from, |state| state.name == name)
    }

    /// The fewest elements that lead from a state to an end.
    pub(crate) fn route_to_end(&self, from: &State) -> Vec<&State> {
        self.route(from, |state| state.is_end).unwrap_or_default()
    }

    fn route(&self, from: &State, is_wanted: impl Fn(&State) -> bool) -> Option<Vec<&State>> {
        let mut came_from = vec![None; self.states.len()];
        let mut queue = VecDeque::from([from.index]);
        while let Some(at) = queue.pop_front() {
            for edge in self.states.get(at)?.edges.iter() {
                let before = came_from.get_mut(edge.target)?;
                if before.is_none() {
                    *before = Some(at);
                    if self.target(edge).is_some_and(&is_wanted) {
                        return self.trace(from.index, edge.target, &came_from);
                    }
                    queue.push_back(edge.target);
                }
            }
        }
        None
    }

    fn trace(&self, from: usize, to: usize, came_from: &[Option<usize>]) -> Option<Vec<&State>> {
        let mut route = Vec::new();
        let mut at = to;
        while at != from {
            route.push(self.states.get(at)?);
            at = *came_from.get(at)?.as_ref()?;
        }
        route.reverse();
        Some(route)
    }
}

impl State {
    fn of(element: &'static Element, index: usize) -> Self {
        let (complex, inside) = match element.content {
            Content::Simple(simple) => (None, Inside::Text(simple)),
            Content::Complex(complex) => match &complex.body {
                Body::Text(simple) => (Some(complex), Inside::Text(simple)),
                Body::Children(particle) => (Some(complex), Inside::Children(Model::of(particle))),
            },
        };
        let (name, max) = (element.name, element.max);
        Self { index, name, max, complex, inside, edges: Box::default(), is_end: false }
    }

    fn start() -> Self {
        let inside = Inside::Children(Model { states: Box::default() });
        let edges = Box::default();
        Self { index: 0, name: "", max: 0, complex: None, inside, edges, is_end: false }
    }

    /// The names of what may follow.
    pub(crate) fn expected(&self) -> impl Iterator<Item = &'static str> {
        self.edges.iter().map(|edge| edge.name)
    }

    fn find_name(&self, name: &str) -> Option<&'static str> {
        if self.name == name {
            return Some(self.name);
        }
        match &self.inside {
            Inside::Text(_) => None,
            Inside::Children(model) => model.states.iter().find_map(|state| state.find_name(name)),
        }
    }
}

/// Where a part of a content model starts and ends.
struct Part {
    first: Vec<usize>,
    last: Vec<usize>,
    is_optional: bool,
}

struct Build {
    states: Vec<State>,
}

impl Build {
    fn add(&mut self, particle: &'static Particle) -> Part {
        match particle {
            Particle::Element(element) => {
                let index = self.states.len();
                self.states.push(State::of(element, index));
                Part { first: vec![index], last: vec![index], is_optional: element.min == 0 }
            }
            Particle::Sequence { min, items } => self.add_sequence(*min == 0, items),
            Particle::Choice { min, items } => self.add_choice(*min == 0, items),
        }
    }

    fn add_sequence(&mut self, is_optional: bool, items: &'static [Particle]) -> Part {
        let mut whole = Part { first: Vec::new(), last: Vec::new(), is_optional: true };
        for item in items {
            let part = self.add(item);
            self.link(&whole.last, &part.first);
            if whole.is_optional {
                whole.first.extend(part.first);
            }
            if !part.is_optional {
                whole.last.clear();
            }
            whole.last.extend(part.last);
            whole.is_optional &= part.is_optional;
        }
        whole.is_optional |= is_optional;
        whole
    }

    fn add_choice(&mut self, is_optional: bool, items: &'static [Particle]) -> Part {
        let mut whole = Part { first: Vec::new(), last: Vec::new(), is_optional };
        for item in items {
            let part = self.add(item);
            whole.first.extend(part.first);
            whole.last.extend(part.last);
            whole.is_optional |= part.is_optional;
        }
        whole
    }

    fn link(&mut self, from: &[usize], to: &[usize]) {
        let names: Vec<_> = to
            .iter()
            .filter_map(|target| Some((*target, self.states.get(*target)?.name)))
            .collect();
        for state in from {
            if let Some(state) = self.states.get_mut(*state) {
                let new = names.iter().map(|(target, name)| Edge {
                    name,
                    key: key(name),
                    target: *target,
                });
                state.edges = core::mem::take(&mut state.edges).into_iter().chain(new).collect();
            }
        }
    }

    fn mark_ends(&mut self, ends: &[usize]) {
        for end in ends {
            if let Some(state) = self.states.get_mut(*end) {
                state.is_end = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `look` with every state of every content model.
    fn every_state(look: &mut impl FnMut(&Model, &State)) {
        fn below(state: &State, look: &mut impl FnMut(&Model, &State)) {
            if let Inside::Children(model) = &state.inside {
                for state in &model.states {
                    look(model, state);
                    below(state, look);
                }
            }
        }
        for schema in Schema::ALL {
            below(root(schema), look);
        }
    }

    fn below<'s>(state: &'s State, name: &str) -> &'s State {
        let Inside::Children(model) = &state.inside else { panic!("no children") };
        model.states.iter().find(|state| state.name == name).unwrap()
    }

    #[test]
    fn the_next_name_decides_and_no_element_must_be_repeated() {
        every_state(&mut |_, state| {
            let mut names: Vec<_> = state.expected().collect();
            names.push(state.name);
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), state.edges.len() + 1, "{}", state.name);
        });
        fn least(particle: &Particle) -> u32 {
            match particle {
                Particle::Element(element) => element.min,
                Particle::Sequence { items, .. } | Particle::Choice { items, .. } => {
                    items.iter().map(least).max().unwrap_or_default()
                }
            }
        }
        every_state(&mut |_, state| {
            if let Some(ComplexType { body: Body::Children(particle), .. }) = state.complex {
                assert!(least(particle) <= 1, "{}", state.name);
            }
        });
    }

    #[test]
    fn every_state_leads_to_an_end() {
        every_state(&mut |model, state| {
            assert!(state.is_end || !model.route_to_end(state).is_empty(), "{}", state.name);
        });
    }

    #[test]
    fn choices_optional_groups_and_their_ends_are_as_the_schema_has_them() {
        let identity = below(below(root(Schema::Fa3), "Podmiot2"), "DaneIdentyfikacyjne");
        let Inside::Children(model) = &identity.inside else { panic!("no children") };
        let start = model.start().unwrap();
        let expected: Vec<_> = start.expected().collect();
        assert_eq!(expected, ["NIP", "KodUE", "KodKraju", "NrID", "BrakID"]);
        assert!(!start.is_end);
        let route = model.route_to(start, "Nazwa").unwrap();
        assert_eq!(route.iter().map(|state| state.name).collect::<Vec<_>>(), ["NIP", "Nazwa"]);
        let route = model.route_to_end(below(identity, "KodUE"));
        assert_eq!(route.iter().map(|state| state.name).collect::<Vec<_>>(), ["NrVatUE"]);
        assert!(model.route_to(below(identity, "Nazwa"), "NIP").is_none());
    }

    #[test]
    fn names_are_known_whatever_schema_they_are_of() {
        assert_eq!(known_name("Zalacznik"), Some("Zalacznik"));
        assert_eq!(known_name("FakturaRR"), Some("FakturaRR"));
        assert_eq!(known_name("Kowalski"), None);
    }
}
