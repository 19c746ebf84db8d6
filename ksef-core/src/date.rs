//! `InvoiceDate`, a civil date within the bounds of the schema.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use jiff::Span;
use jiff::civil::Date;

use crate::text::{InlineText, debug_as_text, serde_as_text};
use crate::{ParseError, ParseErrorReason, Timestamp};

/// A day in Poland as invoices write it, `YYYY-MM-DD`, from 1990-01-01 to 2050-01-01.
///
/// Those bounds are the widest of the schema's date types (XSD FA(3) `TDataU`, for the dates of a
/// contract or an order). Other elements start later: `TDataT` (`P_1`, `P_6`) in 2006 and `TData`
/// (payments) in July 2016; where a date stands in an invoice is for `ksef-fa` to check. The form
/// is strict, and unlike `xsd:date` it has no time zone: the schema's pattern allows none.
///
/// ```
/// use ksef_core::{InvoiceDate, ParseErrorReason};
///
/// let date: InvoiceDate = "2026-02-28".parse()?;
/// assert_eq!(date.checked_add_days(1).map(|day| day.to_string()), Some("2026-03-01".to_owned()));
///
/// let error = "2026-02-29".parse::<InvoiceDate>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::OutOfRange);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct InvoiceDate(Date);

impl InvoiceDate {
    const EXPECTED: &'static str = "date of the form YYYY-MM-DD";

    /// The first day of the schema's widest date type.
    pub const MIN: Self = Self(Date::constant(1990, 1, 1));
    /// The last day of all of the schema's date types.
    pub const MAX: Self = Self(Date::constant(2050, 1, 1));

    /// The day of a year, month and day.
    ///
    /// ```
    /// use ksef_core::InvoiceDate;
    ///
    /// assert_eq!(InvoiceDate::new(2026, 11, 9)?.to_string(), "2026-11-09");
    /// assert!(InvoiceDate::new(2026, 11, 31).is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no such day, or it lies outside of the bounds.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, ParseError> {
        let date = Date::new(year, month, day);
        date.map_or_else(|_| Err(Self::out_of_range()), Self::from_civil)
    }

    /// The same day, from `jiff`'s civil date.
    ///
    /// # Errors
    ///
    /// When the day lies outside of the bounds.
    pub fn from_civil(date: Date) -> Result<Self, ParseError> {
        let date = Self(date);
        if date < Self::MIN || date > Self::MAX { Err(Self::out_of_range()) } else { Ok(date) }
    }

    /// The same day as `jiff`'s civil date.
    #[must_use]
    pub const fn to_civil(self) -> Date {
        self.0
    }

    /// The year, 1990 to 2050.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The day so many days later, or earlier if negative; `None` beyond the bounds.
    #[must_use]
    pub fn checked_add_days(self, days: i64) -> Option<Self> {
        let days = Span::new().try_days(days).ok()?;
        Self::from_civil(self.0.checked_add(days).ok()?).ok()
    }

    /// How many days later `other` is; negative if it is earlier.
    ///
    /// ```
    /// use ksef_core::InvoiceDate;
    ///
    /// let issued: InvoiceDate = "2026-12-31".parse()?;
    /// assert_eq!(issued.days_until("2027-01-14".parse()?), 14);
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn days_until(self, other: Self) -> i64 {
        self.0.duration_until(other.0).as_hours() / 24
    }

    /// The first instant of the day in Poland.
    ///
    /// ```
    /// use ksef_core::InvoiceDate;
    ///
    /// let date: InvoiceDate = "2026-07-01".parse()?;
    /// assert_eq!(date.start_in_warsaw().to_string(), "2026-06-30T22:00:00.0000000+00:00");
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn start_in_warsaw(self) -> Timestamp {
        Timestamp::start_of_day_in_warsaw(self)
    }

    /// The first instant of the day in UTC, one or two hours after it began in Poland.
    ///
    /// ```
    /// use ksef_core::InvoiceDate;
    ///
    /// let date: InvoiceDate = "2026-07-01".parse()?;
    /// assert_eq!(date.start_in_utc().to_string(), "2026-07-01T00:00:00.0000000+00:00");
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn start_in_utc(self) -> Timestamp {
        // Every day of this type lies within the bounds, so the default is never taken.
        Timestamp::in_utc_day(self, Duration::ZERO).unwrap_or(Timestamp::MIN)
    }

    const fn out_of_range() -> ParseError {
        ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange)
    }
}

impl FromStr for InvoiceDate {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        let text = InlineText::<10>::parse::<10>(text, Self::EXPECTED, is_allowed)?;
        let parts = (text.slice(0, 4).parse(), text.slice(5, 7).parse(), text.slice(8, 10).parse());
        let hyphens = [text.slice(4, 5), text.slice(7, 8)];
        // A part that starts with a hyphen would be read as a negative number.
        let is_part = |start, end| !text.slice(start, end).contains('-');
        match parts {
            (Ok(year), Ok(month), Ok(day))
                if hyphens == ["-", "-"] && is_part(0, 4) && is_part(5, 7) && is_part(8, 10) =>
            {
                Self::new(year, month, day)
            }
            _ => Err(ParseError::new(Self::EXPECTED, ParseErrorReason::Format)),
        }
    }
}

impl fmt::Display for InvoiceDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

impl TryFrom<&str> for InvoiceDate {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

debug_as_text!(InvoiceDate);
serde_as_text!(InvoiceDate);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for InvoiceDate {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        let days = 0..=Self::MIN.days_until(Self::MAX);
        days.prop_map(|days| Self::MIN.checked_add_days(days).unwrap_or(Self::MIN)).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    fn date(text: &str) -> InvoiceDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<InvoiceDate>("2026-11-20");
        for text in ["2026/11/20", "20.11.2026", "2026-11-2a"] {
            assert_eq!(reason::<InvoiceDate>(text), ParseErrorReason::Character, "{text}");
        }
        for text in ["20-11-2026", "2026-11--1", "2026--1-11", "-026-01-01", "2026111111"] {
            assert_eq!(reason::<InvoiceDate>(text), ParseErrorReason::Format, "{text}");
        }
        for text in ["2026-1-1", "2026-11-20Z", "2026-11-20+01:00", "12026-11-20"] {
            assert_eq!(reason::<InvoiceDate>(text), ParseErrorReason::Length, "{text}");
        }
        for text in ["2026-00-01", "2026-13-01", "2026-04-31", "2026-01-00", "2100-02-29"] {
            assert_eq!(reason::<InvoiceDate>(text), ParseErrorReason::OutOfRange, "{text}");
        }
    }

    #[test]
    fn the_bounds_are_days_and_their_neighbours_are_not() {
        assert_eq!(date("1990-01-01"), InvoiceDate::MIN);
        assert_eq!(date("2050-01-01"), InvoiceDate::MAX);
        assert_eq!(reason::<InvoiceDate>("1989-12-31"), ParseErrorReason::OutOfRange);
        assert_eq!(reason::<InvoiceDate>("2050-01-02"), ParseErrorReason::OutOfRange);
        assert_eq!(InvoiceDate::MAX.checked_add_days(1), None);
        assert_eq!(InvoiceDate::MIN.checked_add_days(-1), None);
        assert_eq!(InvoiceDate::MIN.checked_add_days(i64::MAX), None);
        assert_eq!(InvoiceDate::MIN.checked_add_days(i64::MIN), None);
    }

    #[test]
    fn days_are_counted_over_leap_days_and_clock_changes() {
        assert_eq!(date("2028-02-28").days_until(date("2028-03-01")), 2);
        assert_eq!(date("2026-03-28").days_until(date("2026-03-30")), 2);
        assert_eq!(date("2026-10-26").days_until(date("2026-10-24")), -2);
        let days = InvoiceDate::MIN.days_until(InvoiceDate::MAX);
        assert_eq!(InvoiceDate::MIN.checked_add_days(days), Some(InvoiceDate::MAX));
    }

    #[test]
    fn every_day_prints_and_parses_itself_and_starts_on_itself() {
        let mut day = Some(InvoiceDate::MIN);
        while let Some(current) = day {
            assert_eq!(current.to_string().parse(), Ok(current));
            let start = current.start_in_warsaw();
            assert_eq!(start.warsaw_date(), current);
            let before = start.checked_sub(Duration::from_nanos(100));
            let yesterday = current.checked_add_days(-1);
            assert_eq!(before.map(|instant| instant.warsaw_date()), yesterday);
            day = current.checked_add_days(1);
        }
    }
}
