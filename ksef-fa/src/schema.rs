//! The official schemas as tables, in our own words: one row for each element.
//!
//! Everything else hangs on these tables: the validator walks them, the model's structs are held
//! to them by a test, generators of test documents read them. A suite of the test package reads
//! the official XSD files and requires that they say the same, row by row.
//!
//! The XSDs use a small part of XML Schema, and so do the tables: sequences and choices (of which
//! only whole ones are optional), elements with a least and a greatest number, fixed attributes,
//! and simple types by restriction (with one union).
//!
//! ```
//! use ksef_fa::Schema;
//! use ksef_fa::schema::Content;
//!
//! let line = Schema::Fa3.element("Fa/FaWiersz").unwrap();
//! assert_eq!((line.min, line.max), (0, 10_000));
//!
//! let quantity = line.child("P_8B").unwrap();
//! let Content::Simple(simple) = quantity.content else { unreachable!() };
//! assert_eq!((simple.name, simple.fraction_digits), ("TIlosci", Some(6)));
//! ```

pub(crate) mod automaton;
mod common;
mod dsl;
mod fa2;
mod fa3;
mod fa_rr1;
mod key;
mod patterns;
mod types;

use crate::Schema;

/// The namespace of the Ministry's base types, which all of the schemas import.
pub const BASE_TYPES_NAMESPACE: &str =
    "http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/";

/// The namespace of XML Schema itself.
pub const XML_SCHEMA_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema";

impl Schema {
    /// The one global element, `Faktura`, with everything below it.
    ///
    /// ```
    /// use ksef_fa::Schema;
    ///
    /// for schema in Schema::ALL {
    ///     assert_eq!(schema.root().name, "Faktura");
    /// }
    /// ```
    #[must_use]
    pub const fn root(self) -> &'static Element {
        match self {
            Self::Fa2 => &fa2::INVOICE,
            Self::Fa3 => &fa3::INVOICE,
            Self::FaRr1 => &fa_rr1::INVOICE,
        }
    }

    /// The element at a path of names below `Faktura`, for example `Fa/P_15`.
    ///
    /// ```
    /// use ksef_fa::Schema;
    ///
    /// assert!(Schema::Fa3.element("Podmiot2/JST").is_some());
    /// assert!(Schema::Fa2.element("Podmiot2/JST").is_none());
    /// ```
    #[must_use]
    pub fn element(self, path: &str) -> Option<&'static Element> {
        path.split('/').try_fold(self.root(), Element::child)
    }
}

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

impl Element {
    /// The child of that name. No content model has two of them.
    ///
    /// ```
    /// use ksef_fa::Schema;
    ///
    /// let invoice = Schema::Fa3.root();
    /// assert!(invoice.child("Naglowek").is_some());
    /// assert!(invoice.child("P_15").is_none());
    /// ```
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&'static Self> {
        match self.content {
            Content::Complex(ComplexType { body: Body::Children(children), .. }) => {
                children.element(name)
            }
            Content::Complex(_) | Content::Simple(_) => None,
        }
    }
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

impl Particle {
    /// The element of that name, wherever in the content model it stands.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<&Element> {
        match self {
            Self::Element(element) => (element.name == name).then_some(element),
            Self::Sequence { items, .. } | Self::Choice { items, .. } => {
                items.iter().find_map(|item| item.element(name))
            }
        }
    }
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
    /// Where it is declared: the same name may stand for different types there.
    pub origin: Origin,
    /// The built-in type it restricts.
    pub base: Base,
    /// What becomes of white space before anything else is looked at.
    pub white_space: WhiteSpace,
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

/// Where a simple type is declared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are these three files of types")]
pub enum Origin {
    /// In the schema itself.
    Schema,
    /// In the Ministry's base types.
    BaseTypes,
    /// In XML Schema: it is used as it is built in.
    XmlSchema,
}

impl Origin {
    /// The namespace that the names of these types are in.
    ///
    /// ```
    /// use ksef_fa::Schema;
    /// use ksef_fa::schema::Origin;
    ///
    /// assert_eq!(Origin::Schema.namespace(Schema::Fa3), Schema::Fa3.namespace());
    /// assert!(Origin::BaseTypes.namespace(Schema::Fa3).ends_with("/DefinicjeTypy/"));
    /// ```
    #[must_use]
    pub const fn namespace(self, schema: Schema) -> &'static str {
        match self {
            Self::Schema => schema.namespace(),
            Self::BaseTypes => BASE_TYPES_NAMESPACE,
            Self::XmlSchema => XML_SCHEMA_NAMESPACE,
        }
    }
}

/// What becomes of white space, which is blanks, tabs, carriage returns and line feeds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "XML Schema has these three")]
pub enum WhiteSpace {
    /// It is kept. A union keeps it too, and leaves it to its members.
    Preserve,
    /// Every character of it becomes a blank.
    Replace,
    /// Replaced, then runs of blanks become one, and those at both ends are dropped.
    Collapse,
}

/// A built-in type of XML Schema.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Base {
    /// `xsd:string`.
    String,
    /// `xsd:normalizedString`.
    NormalizedString,
    /// `xsd:token`.
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
