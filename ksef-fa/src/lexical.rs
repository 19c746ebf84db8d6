//! Whether a text is a value of a simple type, as libxml2 sees it.
//!
//! White space is handled first, then the form of the built-in type is required, then the facets.
//! A `dateTime` without a time zone is compared with the bounds as libxml2 does it: as if it were
//! UTC, and refused where it would equal one. Where libxml2 is at fault we follow XML Schema; the
//! largest case is that blanks around a `dateTime` do not matter. The suite `schema` of the test
//! package lists every such case.

use std::borrow::Cow;

use crate::schema::{Attribute, Base, SimpleType, WhiteSpace};
use moment::Moment;
use number::Number;

mod moment;
mod number;

/// The first facet of a simple type that a text does not satisfy.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Fault {
    /// Not of the form of the built-in type, for example a `xsd:date` on the 30th of February.
    Lexical,
    /// Too few characters.
    MinLength,
    /// Too many characters.
    MaxLength,
    /// Too many digits.
    TotalDigits,
    /// Too many digits after the point.
    FractionDigits,
    /// Less than the least value.
    MinInclusive,
    /// Greater than the greatest value.
    MaxInclusive,
    /// Not greater than the value that all are greater than.
    MinExclusive,
    /// Does not match a pattern.
    Pattern,
    /// None of the only values.
    Enumeration,
    /// Not the fixed value.
    Fixed,
}

impl SimpleType {
    /// The value that a text stands for, white space handled, or why it stands for none.
    ///
    /// The text is the character data of an element or the value of an attribute. An empty element
    /// that is declared as fixed has the fixed value.
    ///
    /// ```
    /// use ksef_fa::lexical::Fault;
    /// use ksef_fa::Schema;
    /// use ksef_fa::schema::{Content, SimpleType};
    ///
    /// fn type_of(path: &str) -> &'static SimpleType {
    ///     match Schema::Fa3.element(path).map(|element| element.content) {
    ///         Some(Content::Simple(simple)) => simple,
    ///         _ => panic!("{path} has no simple type"),
    ///     }
    /// }
    ///
    /// let rate = type_of("Fa/FaWiersz/P_12");
    /// assert_eq!(rate.check(" 0  KR ")?, "0 KR");
    /// assert_eq!(rate.check("0"), Err(Fault::Enumeration));
    ///
    /// let amount = type_of("Fa/P_15");
    /// assert_eq!(amount.check("123.45")?, "123.45");
    /// assert_eq!(amount.check("123.456"), Err(Fault::FractionDigits));
    /// assert_eq!(amount.check("+123.45"), Err(Fault::Pattern));
    ///
    /// assert_eq!(type_of("Podmiot1/PrefiksPodatnika").check("")?, "PL");
    /// # Ok::<(), Fault>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first facet that is not satisfied.
    pub fn check<'a>(&self, raw: &'a str) -> Result<Cow<'a, str>, Fault> {
        if let (Some(fixed), true) = (self.fixed, raw.is_empty()) {
            return Ok(Cow::Borrowed(fixed));
        }
        let value = self.white_space.handle(raw);
        self.check_value(&value)?;
        Ok(value)
    }

    /// Whether a value that [`check`](Self::check) gave is too long when it is counted in units of
    /// UTF-16, as .NET counts, although it has few enough characters.
    ///
    /// ```
    /// use ksef_fa::Schema;
    /// use ksef_fa::schema::Content;
    ///
    /// let Some(element) = Schema::Fa3.element("Fa/P_2") else { unreachable!() };
    /// let Content::Simple(up_to_256) = element.content else { unreachable!() };
    /// let value = "🧾".repeat(200);
    /// assert!(up_to_256.check(&value).is_ok());
    /// assert!(up_to_256.utf16_too_long(&value));
    /// assert!(!up_to_256.utf16_too_long(&"ż".repeat(200)));
    /// ```
    #[must_use]
    pub fn utf16_too_long(&self, value: &str) -> bool {
        let Some(max) = self.max_length else {
            return false;
        };
        // A unit of UTF-16 takes at least one byte of UTF-8.
        let max = size(max);
        value.len() > max && value.encode_utf16().count() > max && value.chars().count() <= max
    }

    fn check_value(&self, text: &str) -> Result<(), Fault> {
        if self.lists(text) {
            return self.check_fixed(text);
        }
        match self.base {
            Base::String | Base::NormalizedString | Base::Token => self.check_length(text)?,
            Base::Decimal | Base::Integer | Base::NonNegativeInteger | Base::Byte => {
                self.check_number(text)?;
            }
            Base::Date => self.check_moment(moment::date, text)?,
            Base::DateTime => self.check_moment(moment::date_time, text)?,
            Base::Union(members) => check_members(members, text)?,
        }
        holds(self.patterns.iter().all(|pattern| (pattern.matches)(text)), Fault::Pattern)?;
        let is_listed =
            self.values.is_empty() || self.values.iter().any(|v| self.are_equal(v, text));
        holds(is_listed, Fault::Enumeration)?;
        self.check_fixed(text)
    }

    fn check_fixed(&self, text: &str) -> Result<(), Fault> {
        holds(self.fixed.is_none_or(|value| self.are_equal(value, text)), Fault::Fixed)
    }

    /// Whether a text is one of the values as they are listed, which satisfy all other facets.
    fn lists(&self, text: &str) -> bool {
        let first = text.as_bytes().first();
        self.values.iter().any(|value| value.as_bytes().first() == first && *value == text)
    }

    fn check_length(&self, text: &str) -> Result<(), Fault> {
        // There are as many characters as bytes at most, and a quarter of them at least.
        if let Some(max) = self.max_length
            && text.len() > size(max)
        {
            holds(text.chars().count() <= size(max), Fault::MaxLength)?;
        }
        match self.min_length {
            Some(min) if text.len() / 4 < size(min) => {
                holds(text.chars().count() >= size(min), Fault::MinLength)
            }
            _ => Ok(()),
        }
    }

    fn check_number(&self, text: &str) -> Result<(), Fault> {
        let number = Number::parse(text).ok_or(Fault::Lexical)?;
        holds(is_of_base(number, self.base, text), Fault::Lexical)?;
        let at_most = |limit: Option<u32>, count| limit.is_none_or(|limit| count <= size(limit));
        holds(at_most(self.fraction_digits, number.fraction_digits()), Fault::FractionDigits)?;
        holds(at_most(self.total_digits, number.total_digits()), Fault::TotalDigits)?;
        let bound = |bound: Option<&'static str>| bound.and_then(Number::parse);
        holds(bound(self.min_inclusive).is_none_or(|min| number >= min), Fault::MinInclusive)?;
        holds(bound(self.max_inclusive).is_none_or(|max| number <= max), Fault::MaxInclusive)?;
        holds(bound(self.min_exclusive).is_none_or(|min| number > min), Fault::MinExclusive)
    }

    fn check_moment(&self, parse: fn(&str) -> Option<Moment<'_>>, text: &str) -> Result<(), Fault> {
        let moment = parse(text).ok_or(Fault::Lexical)?;
        let bound = |bound: Option<&'static str>| bound.and_then(parse);
        let is_at_least = |min| moment.compare(&min).is_some_and(|order| order.is_ge());
        let is_at_most = |max| moment.compare(&max).is_some_and(|order| order.is_le());
        holds(bound(self.min_inclusive).is_none_or(is_at_least), Fault::MinInclusive)?;
        holds(bound(self.max_inclusive).is_none_or(is_at_most), Fault::MaxInclusive)
    }

    /// Whether two texts are the same value: numbers are, however they are written.
    fn are_equal(&self, one: &str, other: &str) -> bool {
        match self.base {
            Base::Decimal | Base::Integer | Base::NonNegativeInteger | Base::Byte => {
                Number::parse(one) == Number::parse(other)
            }
            _ => one == other,
        }
    }
}

impl Attribute {
    /// The value that the text of the attribute stands for, or why it stands for none.
    ///
    /// # Errors
    ///
    /// The first facet of its type that is not satisfied, or [`Fault::Fixed`].
    pub fn check<'a>(&self, raw: &'a str) -> Result<Cow<'a, str>, Fault> {
        let value = self.value.check(raw)?;
        holds(self.fixed.is_none_or(|fixed| value == fixed), Fault::Fixed)?;
        Ok(value)
    }
}

impl WhiteSpace {
    /// The text with its white space handled.
    ///
    /// A no-break space is no white space.
    ///
    /// ```
    /// use ksef_fa::schema::WhiteSpace;
    ///
    /// assert_eq!(WhiteSpace::Preserve.handle("\ta  b "), "\ta  b ");
    /// assert_eq!(WhiteSpace::Replace.handle("\ta  b "), " a  b ");
    /// assert_eq!(WhiteSpace::Collapse.handle("\ta  b "), "a b");
    /// ```
    #[must_use]
    pub fn handle(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Preserve => Cow::Borrowed(text),
            Self::Replace => replace(text),
            Self::Collapse => collapse(text),
        }
    }
}

fn replace(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r')) {
        Cow::Owned(text.replace(['\t', '\n', '\r'], " "))
    } else {
        Cow::Borrowed(text)
    }
}

fn collapse(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(is_white_space);
    let mut before = 0;
    let is_collapsed = text.bytes().all(|byte| {
        let is_run = before == b' ' && byte == b' ';
        before = byte;
        !is_run && !matches!(byte, b'\t' | b'\n' | b'\r')
    });
    if is_collapsed {
        return Cow::Borrowed(text);
    }
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split(is_white_space).filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    Cow::Owned(collapsed)
}

const fn is_white_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// The members handle white space themselves; the fault is that of the last one.
fn check_members(members: &[&SimpleType], text: &str) -> Result<(), Fault> {
    let mut result = Err(Fault::Lexical);
    for member in members {
        result = member.check(text).map(drop);
        if result.is_ok() {
            break;
        }
    }
    result
}

fn is_of_base(number: Number<'_>, base: Base, text: &str) -> bool {
    match base {
        Base::Decimal => true,
        Base::NonNegativeInteger => !text.contains('.') && !number.is_negative(),
        Base::Byte => text.parse::<i8>().is_ok(),
        _ => !text.contains('.'),
    }
}

const fn holds(condition: bool, fault: Fault) -> Result<(), Fault> {
    if condition { Ok(()) } else { Err(fault) }
}

/// A number of the tables, which are small.
fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
