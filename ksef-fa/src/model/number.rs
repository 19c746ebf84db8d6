//! Numbers of lines, whole numbers, points in time, and the values that come from `ksef-core`.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use ksef_core::{
    Amount, Currency, InternalId, InvoiceDate, InvoiceKind, Nip, ParseError, ParseErrorReason,
    Quantity, Timestamp, UnitPrice,
};

#[cfg(feature = "serde")]
use super::declare::value_in_json;
use super::declare::{Value, content_is_value};
use super::written::{Spelled, significant};
use crate::xml::writer::Writer;

/// The number of a line, from 1 to 99 999 999 999 999.
///
/// Schema: `TNaturalny`, FA(2) and FA(3).
///
/// ```
/// use ksef_fa::model::LineNumber;
///
/// let number = LineNumber::try_from(12)?;
/// assert_eq!(number.get(), 12);
/// assert!(LineNumber::try_from(0).is_err());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[doc(alias = "TNaturalny")]
pub struct LineNumber(u64);

impl LineNumber {
    const EXPECTED: &'static str = "line number";

    /// The number of the first line.
    pub const FIRST: Self = Self(1);
    /// The greatest number.
    pub const MAX: Self = Self(99_999_999_999_999);

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number that follows; `None` after the greatest.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::try_from(self.0 + 1).ok()
    }
}

impl TryFrom<u64> for LineNumber {
    type Error = ParseError;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        if number == 0 || number > Self::MAX.0 {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange));
        }
        Ok(Self(number))
    }
}

impl FromStr for LineNumber {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        if text.is_empty() {
            return Err(error(ParseErrorReason::Empty));
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error(ParseErrorReason::Character));
        }
        let number: u64 = text.parse().map_err(|_| error(ParseErrorReason::OutOfRange))?;
        number.try_into()
    }
}

impl fmt::Display for LineNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Spelled for LineNumber {
    fn parse(text: &str) -> Option<Self> {
        significant(text).parse().ok()
    }

    fn canonical(self) -> Cow<'static, str> {
        self.0.to_string().into()
    }
}

/// A whole number, which may be negative and of any size.
///
/// Schema: `TerminPlatnosci/TerminOpis/Ilosc`, `xsd:integer`, FA(3) only.
///
/// ```
/// use ksef_fa::model::WholeNumber;
///
/// assert_eq!(WholeNumber::from(14).to_i64(), Some(14));
///
/// let number: WholeNumber = "+014".parse()?;
/// assert_eq!((number.as_str(), number.to_i64()), ("+014", Some(14)));
/// assert!("14 days".parse::<WholeNumber>().is_err());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct WholeNumber(Box<str>);

impl WholeNumber {
    const EXPECTED: &'static str = "whole number";

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, unless it is too large.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

impl From<i64> for WholeNumber {
    fn from(number: i64) -> Self {
        Self(number.to_string().into())
    }
}

impl FromStr for WholeNumber {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let reason = if text.is_empty() {
            ParseErrorReason::Empty
        } else if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            ParseErrorReason::Character
        } else {
            return Ok(Self(text.into()));
        };
        Err(ParseError::new(Self::EXPECTED, reason))
    }
}

impl fmt::Display for WholeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A date and time, with or without a time zone, kept as the text that it was read in.
///
/// Schema: `TDataCzas`, `xsd:dateTime`, FA(2) and FA(3). The text is what makes two of them equal.
///
/// ```
/// use ksef_fa::model::DateTime;
///
/// let created: DateTime = "2026-02-01T09:30:47.5+01:00".parse()?;
/// assert_eq!(created.to_string(), "2026-02-01T09:30:47.5+01:00");
/// assert!(created.to_timestamp().is_some());
///
/// let local: DateTime = "2026-02-01T09:30:47".parse()?;
/// assert_eq!(local.to_timestamp(), None);
/// assert!("2026-02-30T09:30:47Z".parse::<DateTime>().is_err());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
#[doc(alias = "TDataCzas")]
pub struct DateTime(Box<str>);

impl DateTime {
    const EXPECTED: &'static str = "date and time of the form YYYY-MM-DDThh:mm:ssZ";

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instant, with up to seven decimals. `None` where there is no time zone, or for what the
    /// schema's type has and [`Timestamp`] does not, such as the hour 24.
    #[must_use]
    pub fn to_timestamp(&self) -> Option<Timestamp> {
        self.0.parse().ok()
    }
}

impl From<Timestamp> for DateTime {
    /// In UTC, in whole seconds.
    fn from(timestamp: Timestamp) -> Self {
        let mut text = timestamp.to_string();
        text.truncate("YYYY-MM-DDThh:mm:ss".len());
        text.push('Z');
        Self(text.into())
    }
}

impl FromStr for DateTime {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        if text.is_empty() {
            return Err(error(ParseErrorReason::Empty));
        }
        let has_zone = text.get(19..).unwrap_or_default().contains(['Z', '+', '-']);
        let zone = if has_zone { "" } else { "Z" };
        let result = format!("{text}{zone}").parse::<Timestamp>();
        result.map_err(|cause| error(cause.reason()))?;
        Ok(Self(text.into()))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateTime({})", self.0)
    }
}

/// Makes types that are kept as the text that they were read in a [`Value`].
macro_rules! kept_as_text {
    ($($type:ident)+) => {$(
        impl Value for $type {
            fn from_text(text: Cow<'_, str>) -> Option<Self> {
                Some(Self(text.into()))
            }

            fn write_text(&self, writer: &mut Writer) {
                writer.text(self.as_str());
            }
        }

        content_is_value!($type);
        #[cfg(feature = "serde")]
        value_in_json!($type, |text| text.as_str().into());
    )+};
}

kept_as_text!(WholeNumber DateTime);

/// Makes types of `ksef-core` that print what they were parsed from a [`Value`].
macro_rules! printed {
    ($($type:ident by $parse:expr;)+) => {$(
        impl Value for $type {
            fn from_text(text: Cow<'_, str>) -> Option<Self> {
                let parse: fn(&str) -> Result<Self, ParseError> = $parse;
                parse(&text).ok()
            }

            fn write_text(&self, writer: &mut Writer) {
                writer.plain(self);
            }
        }

        content_is_value!($type);
    )+};
}

printed! {
    Amount by Self::from_str;
    Quantity by Self::from_str;
    UnitPrice by Self::from_str;
    InvoiceDate by Self::from_str;
    Currency by Self::from_str;
    InvoiceKind by Self::from_str;
    // KSeF checks the check digits in Production only, and the schema never does.
    Nip by Self::for_test_environment;
    InternalId by Self::for_test_environment;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_becomes_whole_seconds_in_utc() {
        let instant: Timestamp = "2026-06-30T22:00:00.7+00:00".parse().unwrap();
        assert_eq!(DateTime::from(instant).as_str(), "2026-06-30T22:00:00Z");
    }

    #[test]
    fn every_kind_of_bad_line_number_has_its_reason() {
        let reason = |text: &str| text.parse::<LineNumber>().unwrap_err().reason();
        assert_eq!(reason(""), ParseErrorReason::Empty);
        assert_eq!(reason("+1"), ParseErrorReason::Character);
        assert_eq!(reason("0"), ParseErrorReason::OutOfRange);
        assert_eq!(reason("100000000000000"), ParseErrorReason::OutOfRange);
        assert_eq!(LineNumber::MAX.next(), None);
    }
}
