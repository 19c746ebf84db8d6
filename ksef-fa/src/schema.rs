//! The official schemas as tables, in our own words: one row for each element.
//!
//! Everything else hangs on these tables: the validator walks them, the model's structs are held
//! to them by a test, generators of test documents read them. A suite of the test package reads
//! the official XSD files and requires that they say the same, row by row.
//!
//! The XSDs use a small part of XML Schema, and so do the tables: sequences and choices (of which
//! only whole ones are optional), elements with a least and a greatest number, fixed attributes,
//! and simple types by restriction (with one union).

/// An element as one row of a table.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tables are written with it")]
pub struct Element {
    /// The official name, for example `P_13_1`.
    pub name: &'static str,
    /// How often it occurs at least.
    pub min: u32,
    /// How often it occurs at most; [`UNBOUNDED`] where the schema sets no limit.
    pub max: u32,
    /// What it contains.
    pub content: Content,
}

/// No greatest number of occurrences.
pub const UNBOUNDED: u32 = u32::MAX;

/// What an element contains.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the schemas have these two")]
pub enum Content {
    /// Text.
    Simple(&'static SimpleType),
    /// Other elements, or text with attributes.
    Complex(&'static ComplexType),
}

/// A node of a content model.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the schemas have these three")]
pub enum Particle {
    /// An element.
    Element(Element),
    /// All of the items in this order; or, if `min` is 0, nothing.
    Sequence {
        /// 0 or 1.
        min: u32,
        /// The items.
        items: &'static [Self],
    },
    /// One of the items; or, if `min` is 0, nothing.
    Choice {
        /// 0 or 1.
        min: u32,
        /// The items.
        items: &'static [Self],
    },
}

/// A type with attributes or child elements.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tables are written with it")]
pub struct ComplexType {
    /// The official name, empty for an anonymous type.
    pub name: &'static str,
    /// The attributes.
    pub attributes: &'static [Attribute],
    /// What is inside.
    pub body: Body,
}

/// What is inside of a complex type.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the schemas have these two")]
pub enum Body {
    /// Child elements.
    Children(Particle),
    /// Text (`simpleContent`).
    Text(&'static SimpleType),
}

/// An attribute.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tables are written with it")]
pub struct Attribute {
    /// The name.
    pub name: &'static str,
    /// The type of its value.
    pub value: &'static SimpleType,
    /// Whether it must be there.
    pub required: bool,
    /// The only value it may have.
    pub fixed: Option<&'static str>,
}

/// A type of text: a base and what restricts it, the facets of all steps of derivation together.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tables are written with it")]
pub struct SimpleType {
    /// The official name, empty for an anonymous type.
    pub name: &'static str,
    /// The built-in type it restricts.
    pub base: Base,
    /// The fewest characters.
    pub min_length: Option<u32>,
    /// The most characters.
    pub max_length: Option<u32>,
    /// The most digits.
    pub total_digits: Option<u32>,
    /// The most digits after the point.
    pub fraction_digits: Option<u32>,
    /// The least value, as the schema writes it.
    pub min_inclusive: Option<&'static str>,
    /// The greatest value, as the schema writes it.
    pub max_inclusive: Option<&'static str>,
    /// The value that all are greater than, as the schema writes it.
    pub min_exclusive: Option<&'static str>,
    /// Patterns, all of which the text must match.
    pub patterns: &'static [Pattern],
    /// The only values, empty where all are allowed.
    pub values: &'static [&'static str],
    /// The only value of an element that is declared as fixed.
    pub fixed: Option<&'static str>,
}

/// A built-in type of XML Schema.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Base {
    /// `xsd:string`: white space is kept.
    String,
    /// `xsd:normalizedString`: white space becomes blanks.
    NormalizedString,
    /// `xsd:token`: white space is collapsed.
    Token,
    /// `xsd:decimal`.
    Decimal,
    /// `xsd:integer`.
    Integer,
    /// `xsd:nonNegativeInteger`.
    NonNegativeInteger,
    /// `xsd:byte`.
    Byte,
    /// `xsd:date`.
    Date,
    /// `xsd:dateTime`.
    DateTime,
    /// One of several types.
    Union(&'static [&'static SimpleType]),
}

/// A pattern: the official regular expression, and our own code that matches it.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "tables are written with it")]
pub struct Pattern {
    /// The expression, as the schema writes it.
    pub expression: &'static str,
    /// Whether the text, white space handled, matches it as a whole.
    pub matches: fn(&str) -> bool,
}

impl core::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Pattern({:?})", self.expression)
    }
}
