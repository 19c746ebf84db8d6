//! The elements that are open.

use core::fmt::Write as _;

use crate::schema::SimpleType;
use crate::schema::automaton::{self, Model, State};

/// An open element.
#[derive(Debug)]
pub(super) struct Frame<'i> {
    /// The name as it is written, which the end tag must repeat.
    pub(super) raw: &'i str,
    /// The name for paths.
    pub(super) name: &'static str,
    /// Which occurrence it is; 0 where the schema allows only one.
    pub(super) index: u32,
    /// What may be inside.
    pub(super) within: Within,
}

/// What may be inside of an open element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Within {
    /// Elements, of which some have been read.
    Children(Progress),
    /// Text.
    Text(&'static SimpleType),
    /// Anything: the element is not one of the schema.
    Anything,
}

/// How far a content model has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    pub(super) model: &'static Model,
    /// The state after the last element.
    pub(super) state: &'static State,
    /// How many elements in a row led to that state.
    pub(super) count: u32,
    /// Whether there was one too many of them.
    pub(super) has_surplus: bool,
}

impl Progress {
    pub(super) fn new(model: &'static Model) -> Option<Self> {
        let state = model.start()?;
        Some(Self { model, state, count: 0, has_surplus: false })
    }

    /// Takes the next element, if it may come next.
    #[inline]
    pub(super) fn advance(&mut self, name: &str) -> bool {
        if self.state.max > 1 && self.state.name == name {
            let may_repeat = self.count < self.state.max;
            self.count += u32::from(may_repeat);
            return may_repeat;
        }
        let next = self.model.next(self.state, name);
        if let Some(next) = next {
            self.jump(next);
        }
        next.is_some()
    }

    /// Goes on at the first occurrence of an element.
    pub(super) const fn jump(&mut self, state: &'static State) {
        self.state = state;
        self.count = 1;
        self.has_surplus = false;
    }

    /// The occurrence that is being read; 0 where the schema allows only one.
    pub(super) const fn index(&self) -> u32 {
        if self.state.max > 1 { self.count } else { 0 }
    }
}

/// The path of the innermost of these elements.
pub(super) fn path(frames: &[Frame<'_>]) -> String {
    if frames.is_empty() {
        return "/".to_owned();
    }
    let mut path = String::new();
    for frame in frames {
        push_step(&mut path, frame.name, frame.index);
    }
    path
}

/// The path of something inside of the innermost of these elements.
pub(super) fn path_below(frames: &[Frame<'_>], name: &str) -> String {
    let mut path = if frames.is_empty() { String::new() } else { path(frames) };
    push_step(&mut path, name, 0);
    path
}

/// The name for paths: names that no schema knows could be anything.
pub(super) fn public_name(local: &str) -> &'static str {
    automaton::known_name(local).unwrap_or("*")
}

fn push_step(path: &mut String, name: &str, index: u32) {
    path.push('/');
    path.push_str(name);
    if index > 0 {
        // Writing to a string cannot fail.
        let _ = write!(path, "[{index}]");
    }
}
