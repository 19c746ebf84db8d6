//! `Written` and `Mark`, values whose schema allows several texts for one of them.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use ksef_core::Percent;

#[cfg(test)]
use super::declare::Group;
#[cfg(feature = "serde")]
use super::declare::value_in_json;
use super::declare::{Content, Source, Value, content_is_value};
use crate::SchemaVersion;
use crate::xml::writer::Writer;

/// A value of a type that the schema compares as a number, with the text in which it was read.
///
/// The schema takes `1`, `01` and `+1` for one code, and `050` for fifty percent. What is read in
/// another text than ours is written in that text again. A value that was not read has no text of
/// its own: it comes from [`From`], and setters take it without any of this.
///
/// Two of these are equal if their values are, and they compare with a bare value.
///
/// ```
/// use ksef_fa::model::{PaymentForm, Written};
///
/// let form = Written::from(PaymentForm::Transfer);
/// assert_eq!(form.value(), PaymentForm::Transfer);
/// assert_eq!(form, PaymentForm::Transfer);
/// assert_eq!(form.to_string(), "6");
/// assert_eq!(form.text(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Written<T> {
    value: T,
    // Only where it is not the text that the value has anyway.
    text: Option<Box<str>>,
}

impl<T: Copy> Written<T> {
    /// The value.
    #[must_use]
    pub const fn value(&self) -> T {
        self.value
    }
}

impl<T> Written<T> {
    /// The text in which it was read, if the value alone would be written in another one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

impl<T> From<T> for Written<T> {
    fn from(value: T) -> Self {
        Self { value, text: None }
    }
}

impl<T: PartialEq> PartialEq for Written<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: PartialEq> PartialEq<T> for Written<T> {
    fn eq(&self, other: &T) -> bool {
        self.value == *other
    }
}

impl<T: Eq> Eq for Written<T> {}

/// Writes the text that an invoice has.
impl<T: fmt::Display> fmt::Display for Written<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => f.pad(text),
            None => self.value.fmt(f),
        }
    }
}

/// A value that has several texts.
pub(crate) trait Spelled: Copy {
    /// What the text says.
    fn parse(text: &str) -> Option<Self>;

    /// The text that it is written with.
    fn canonical(self) -> Cow<'static, str>;
}

impl<T: Spelled> Value for Written<T> {
    fn from_text(text: Cow<'_, str>) -> Option<Self> {
        let value = T::parse(&text)?;
        let text = (value.canonical() != text).then(|| text.into());
        Some(Self { value, text })
    }

    fn write_text(&self, writer: &mut Writer) {
        match &self.text {
            Some(text) => writer.text(text),
            None => writer.text(&self.value.canonical()),
        }
    }
}

// An element that was empty has its value by being so; in JSON it has its value.
#[cfg(feature = "serde")]
value_in_json!(
    Written<T>,
    |written| match written.text() {
        None | Some("") => written.value.canonical(),
        Some(text) => text.into(),
    },
    [T: Spelled]
);

impl<T: Spelled> Content for Written<T> {
    #[cfg(test)]
    const CHILDREN: Option<Group> = None;

    fn read(source: &mut impl Source) -> Option<Self> {
        let written = source.value().and_then(Self::from_text)?;
        if source.was_empty() {
            return Some(Self { text: Some("".into()), ..written });
        }
        Some(written)
    }

    fn write(&self, name: &str, writer: &mut Writer) {
        writer.open(name);
        self.write_text(writer);
        writer.close(name);
    }
}

/// The digits of a whole number without what may stand before them and changes nothing.
pub(crate) fn significant(text: &str) -> &str {
    let digits = text.strip_prefix('+').unwrap_or(text).trim_start_matches('0');
    if digits.is_empty() { "0" } else { digits }
}

impl Spelled for Percent {
    fn parse(text: &str) -> Option<Self> {
        Self::from_str(text).ok()
    }

    fn canonical(self) -> Cow<'static, str> {
        self.to_string().into()
    }
}

impl Spelled for SchemaVersion {
    fn parse(text: &str) -> Option<Self> {
        match significant(text) {
            "2" => Some(Self::Fa2),
            "3" => Some(Self::Fa3),
            _ => None,
        }
    }

    fn canonical(self) -> Cow<'static, str> {
        match self {
            Self::Fa2 => "2".into(),
            Self::Fa3 => "3".into(),
        }
    }
}

/// An element that says something by being there, with the value 1.
///
/// Schema: `TWybor1`, FA(2) and FA(3). Where it is one of several to choose from, it is what the
/// variant holds; [`Mark::SET`] is all that one needs to know about it. It keeps the text in which
/// it was read, as [`Written`] does, and all marks are equal.
///
/// ```
/// use ksef_fa::model::{Exemption, Mark};
///
/// let exemption = Exemption::NotExempt(Mark::SET);
/// assert!(matches!(exemption, Exemption::NotExempt(_)));
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "TWybor1")]
pub struct Mark {
    text: Option<Box<str>>,
}

impl Mark {
    /// The mark.
    pub const SET: Self = Self { text: None };
}

impl PartialEq for Mark {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Mark {}

impl Value for Mark {
    fn from_text(text: Cow<'_, str>) -> Option<Self> {
        (significant(&text) == "1").then(|| Self { text: (text != "1").then(|| text.into()) })
    }

    fn write_text(&self, writer: &mut Writer) {
        writer.text(self.text.as_deref().unwrap_or("1"));
    }
}

content_is_value!(Mark);
#[cfg(feature = "serde")]
value_in_json!(Mark, |mark| mark.text.as_deref().unwrap_or("1").into());

#[cfg(feature = "serde")]
impl super::declare::Fixed for Mark {
    fn is_plain(&self) -> bool {
        self.text.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::YesNo;

    fn rewritten<T: Value>(text: &str) -> Option<String> {
        let mut writer = Writer::new(SchemaVersion::Fa3);
        let before = writer.len();
        T::from_text(text.into())?.write_text(&mut writer);
        let bytes = writer.into_bytes();
        Some(String::from_utf8(bytes[before..].to_vec()).unwrap())
    }

    #[test]
    fn what_was_read_is_written_in_its_own_text() {
        for text in ["1", "01", "+1", "+001"] {
            assert_eq!(rewritten::<Written<YesNo>>(text).as_deref(), Some(text));
            assert_eq!(rewritten::<Mark>(text).as_deref(), Some(text));
        }
        for text in ["050", "+50", ".5", "50.", "50.00", "50.0000000", "-0", "100"] {
            assert_eq!(rewritten::<Written<Percent>>(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_mark_is_one_and_nothing_else() {
        for text in ["2", "", "-1", "10"] {
            assert_eq!(rewritten::<Mark>(text), None);
        }
    }

    #[test]
    fn the_text_does_not_count_in_comparisons() {
        let one = Written::<YesNo>::from_text("1".into()).unwrap();
        let other = Written::<YesNo>::from_text("01".into()).unwrap();
        assert_eq!(one, other);
        assert_eq!(other, YesNo::Yes);
        assert_eq!((one.text(), other.text()), (None, Some("01")));
        assert_eq!((one.to_string(), other.to_string()), ("1".to_owned(), "01".to_owned()));
    }
}
