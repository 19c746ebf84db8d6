//! The functions that the tables are written with.

use super::{
    Attribute, Base, Body, ComplexType, Content, Element, Origin, Particle, Pattern, SimpleType,
    UNBOUNDED, WhiteSpace,
};

/// An element that occurs once.
pub(super) const fn req(name: &'static str, content: Content) -> Particle {
    many(name, content, 1, 1)
}

/// An element that occurs at most once.
pub(super) const fn opt(name: &'static str, content: Content) -> Particle {
    many(name, content, 0, 1)
}

/// An element that occurs from `min` to `max` times.
pub(super) const fn many(name: &'static str, content: Content, min: u32, max: u32) -> Particle {
    Particle::Element(Element { name, min, max, content })
}

/// An element that occurs once and again, without limit.
pub(super) const fn unbounded(name: &'static str, content: Content) -> Particle {
    many(name, content, 1, UNBOUNDED)
}

/// All of the items in their order.
pub(super) const fn seq(items: &'static [Particle]) -> Particle {
    Particle::Sequence { min: 1, items }
}

/// All of the items in their order, or nothing.
pub(super) const fn opt_seq(items: &'static [Particle]) -> Particle {
    Particle::Sequence { min: 0, items }
}

/// One of the items.
pub(super) const fn choice(items: &'static [Particle]) -> Particle {
    Particle::Choice { min: 1, items }
}

/// One of the items, or nothing.
pub(super) const fn opt_choice(items: &'static [Particle]) -> Particle {
    Particle::Choice { min: 0, items }
}

/// The root of a document.
pub(super) const fn root(name: &'static str, content: Content) -> Element {
    Element { name, min: 1, max: 1, content }
}

/// A type of an official name.
pub(super) const fn named(name: &'static str, children: Particle) -> ComplexType {
    ComplexType { name, attributes: &[], body: Body::Children(children) }
}

/// A type without a name, declared where it is used.
pub(super) const fn inner(children: Particle) -> ComplexType {
    named("", children)
}

/// A type without a name that is text with attributes, or none of them.
pub(super) const fn text(
    value: &'static SimpleType,
    attributes: &'static [Attribute],
) -> ComplexType {
    ComplexType { name: "", attributes, body: Body::Text(value) }
}

impl ComplexType {
    pub(super) const fn attributes(mut self, attributes: &'static [Attribute]) -> Self {
        self.attributes = attributes;
        self
    }
}

/// A mandatory attribute of some type.
pub(super) const fn attribute(name: &'static str, value: &'static SimpleType) -> Attribute {
    Attribute { name, value, required: true, fixed: None }
}

/// A mandatory attribute with the only value it may have.
pub(super) const fn fixed_attribute(name: &'static str, fixed: &'static str) -> Attribute {
    const STRING: &SimpleType = &string("string").built_in();
    Attribute { name, value: STRING, required: true, fixed: Some(fixed) }
}

pub(super) const fn string(name: &'static str) -> SimpleType {
    simple(name, Base::String, WhiteSpace::Preserve)
}

pub(super) const fn normalized(name: &'static str) -> SimpleType {
    simple(name, Base::NormalizedString, WhiteSpace::Replace)
}

pub(super) const fn token(name: &'static str) -> SimpleType {
    simple(name, Base::Token, WhiteSpace::Collapse)
}

pub(super) const fn decimal(name: &'static str) -> SimpleType {
    simple(name, Base::Decimal, WhiteSpace::Collapse)
}

pub(super) const fn integer(name: &'static str) -> SimpleType {
    simple(name, Base::Integer, WhiteSpace::Collapse)
}

pub(super) const fn natural(name: &'static str) -> SimpleType {
    simple(name, Base::NonNegativeInteger, WhiteSpace::Collapse)
}

pub(super) const fn byte(name: &'static str) -> SimpleType {
    simple(name, Base::Byte, WhiteSpace::Collapse)
}

pub(super) const fn date(name: &'static str) -> SimpleType {
    simple(name, Base::Date, WhiteSpace::Collapse)
}

pub(super) const fn date_time(name: &'static str) -> SimpleType {
    simple(name, Base::DateTime, WhiteSpace::Collapse)
}

pub(super) const fn union(
    name: &'static str,
    members: &'static [&'static SimpleType],
) -> SimpleType {
    simple(name, Base::Union(members), WhiteSpace::Preserve)
}

const fn simple(name: &'static str, base: Base, white_space: WhiteSpace) -> SimpleType {
    SimpleType {
        name,
        origin: Origin::Schema,
        base,
        white_space,
        min_length: None,
        max_length: None,
        total_digits: None,
        fraction_digits: None,
        min_inclusive: None,
        max_inclusive: None,
        min_exclusive: None,
        patterns: &[],
        values: &[],
        fixed: None,
    }
}

impl SimpleType {
    /// Declared in the Ministry's base types.
    pub(super) const fn of_base_types(mut self) -> Self {
        self.origin = Origin::BaseTypes;
        self
    }

    /// Declared by XML Schema.
    pub(super) const fn built_in(mut self) -> Self {
        self.origin = Origin::XmlSchema;
        self
    }

    /// White space becomes blanks.
    pub(super) const fn replacing(mut self) -> Self {
        self.white_space = WhiteSpace::Replace;
        self
    }

    /// So many characters.
    pub(super) const fn length(mut self, min: u32, max: u32) -> Self {
        self.min_length = Some(min);
        self.max_length = Some(max);
        self
    }

    /// At most so many digits.
    pub(super) const fn total_digits(mut self, total: u32) -> Self {
        self.total_digits = Some(total);
        self
    }

    /// At most so many digits, and so many of them after the point.
    pub(super) const fn digits(mut self, total: u32, fraction: u32) -> Self {
        self.total_digits = Some(total);
        self.fraction_digits = Some(fraction);
        self
    }

    /// From one value to another, both included.
    pub(super) const fn between(mut self, min: &'static str, max: &'static str) -> Self {
        self.min_inclusive = Some(min);
        self.max_inclusive = Some(max);
        self
    }

    /// Greater than a value.
    pub(super) const fn above(mut self, min: &'static str) -> Self {
        self.min_exclusive = Some(min);
        self
    }

    /// Matching all of the patterns.
    pub(super) const fn patterns(mut self, patterns: &'static [Pattern]) -> Self {
        self.patterns = patterns;
        self
    }

    /// One of the values.
    pub(super) const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    /// The only value.
    pub(super) const fn fixed(mut self, value: &'static str) -> Self {
        self.fixed = Some(value);
        self
    }
}
