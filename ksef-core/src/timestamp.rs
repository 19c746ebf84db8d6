//! `Timestamp`, an instant with the resolution of the API, and Polish time.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::text::{debug_as_text, serde_as_text};
use crate::{InvoiceDate, ParseError, ParseErrorReason};

/// Polish time. The macro puts the rules into the program when it is compiled: no time zone
/// directory is read at run time, because plain container images have none, and then the day of
/// an invoice would silently be the day in Greenwich.
static WARSAW: TimeZone = jiff::tz::get!("Europe/Warsaw");

/// Nanoseconds in the smallest step, the seventh decimal of a second.
const STEP: i128 = 100;

/// An instant, in steps of 100 nanoseconds, from the start of 1990 in Poland to the end of
/// 2050-01-01 in UTC.
///
/// KSeF writes `2025-10-02T19:17:58.6776534+00:00`: seven decimals and the offset of UTC as
/// numbers. That is what `Display` writes, always of the same length, so that the order of the
/// texts is the order of the instants. Parsing takes RFC 3339 with upper-case `T` and `Z`, any
/// offset (it is mandatory) and any number of decimals, since some answers of the API have six
/// and `DataWytworzeniaFa` may have more than seven; those beyond the seventh are cut off.
///
/// The bounds are those of [`InvoiceDate`] and of the schema's `TDataCzas`, whichever is wider.
///
/// ```
/// use ksef_core::{ParseErrorReason, Timestamp};
///
/// let instant: Timestamp = "2026-01-01T00:30:00+01:00".parse()?;
/// assert_eq!(instant.to_string(), "2025-12-31T23:30:00.0000000+00:00");
/// assert_eq!(instant.warsaw_date().to_string(), "2026-01-01");
///
/// let error = "2026-01-01T00:30:00".parse::<Timestamp>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Length);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    const EXPECTED: &'static str = "timestamp of the form YYYY-MM-DDThh:mm:ss with an offset";

    /// The start of 1990-01-01 in Poland.
    pub const MIN: Self = Self(jiff::Timestamp::constant(631_148_400, 0));
    /// The last step of 2050-01-01 in UTC.
    pub const MAX: Self = Self(jiff::Timestamp::constant(2_524_694_399, 999_999_900));

    /// The instant so many milliseconds after 1970 began in UTC.
    ///
    /// ```
    /// use ksef_core::Timestamp;
    ///
    /// let instant = Timestamp::from_unix_milliseconds(1_759_432_678_677)?;
    /// assert_eq!(instant.to_string(), "2025-10-02T19:17:58.6770000+00:00");
    /// assert!(Timestamp::from_unix_milliseconds(0).is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the instant lies outside of the bounds.
    pub fn from_unix_milliseconds(milliseconds: i64) -> Result<Self, ParseError> {
        Self::from_nanoseconds(i128::from(milliseconds) * 1_000_000).ok_or_else(Self::out_of_range)
    }

    /// Whole milliseconds since 1970 began in UTC.
    #[must_use]
    pub fn as_unix_milliseconds(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The instant so much later, cut to 100 nanoseconds; `None` beyond the bounds.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let nanoseconds = i128::try_from(duration.as_nanos()).ok()?;
        Self::from_nanoseconds(self.0.as_nanosecond() + nanoseconds)
    }

    /// The instant so much earlier, cut to 100 nanoseconds; `None` beyond the bounds.
    #[must_use]
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        let nanoseconds = i128::try_from(duration.as_nanos()).ok()?;
        Self::from_nanoseconds(self.0.as_nanosecond() - nanoseconds)
    }

    /// How much later this is than `earlier`; `None` if `earlier` is the later of the two.
    ///
    /// ```
    /// use core::time::Duration;
    /// use ksef_core::Timestamp;
    ///
    /// let sent: Timestamp = "2026-11-20T12:00:00Z".parse()?;
    /// let accepted: Timestamp = "2026-11-20T12:00:01.5Z".parse()?;
    /// assert_eq!(accepted.duration_since(sent), Some(Duration::from_millis(1500)));
    /// assert_eq!(sent.duration_since(accepted), None);
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn duration_since(self, earlier: Self) -> Option<Duration> {
        Duration::try_from(self.0.duration_since(earlier.0)).ok()
    }

    /// How much later this is than `earlier`, or zero.
    #[must_use]
    pub fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.duration_since(earlier).unwrap_or_default()
    }

    /// The day in Poland.
    ///
    /// In the last hour that a timestamp holds 2050-01-02 has begun in Poland, which is no
    /// [`InvoiceDate`] any more; the day stays 2050-01-01 then.
    ///
    /// ```
    /// use ksef_core::Timestamp;
    ///
    /// let instant: Timestamp = "2026-03-31T22:00:00Z".parse()?;
    /// assert_eq!(instant.warsaw_date().to_string(), "2026-04-01");
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn warsaw_date(self) -> InvoiceDate {
        InvoiceDate::from_civil(self.civil_in_warsaw().date()).unwrap_or(InvoiceDate::MAX)
    }

    /// The time in Poland with its offset, in ISO 8601 with milliseconds.
    ///
    /// ```
    /// use ksef_core::Timestamp;
    ///
    /// let instant: Timestamp = "2026-03-29T01:00:00Z".parse()?;
    /// assert_eq!(instant.warsaw().to_string(), "2026-03-29T03:00:00.000+02:00");
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn warsaw(self) -> impl fmt::Display {
        WarsawTime { local: self.civil_in_warsaw(), offset: WARSAW.to_offset(self.0) }
    }

    /// The instant so many nanoseconds after 1970 began in UTC, cut to a step.
    pub(crate) fn from_nanoseconds(nanoseconds: i128) -> Option<Self> {
        let whole = nanoseconds.div_euclid(STEP) * STEP;
        let instant = Self(jiff::Timestamp::from_nanosecond(whole).ok()?);
        (Self::MIN <= instant && instant <= Self::MAX).then_some(instant)
    }

    /// The day in UTC, or the first one where that lies before it.
    pub(crate) fn utc_date(self) -> InvoiceDate {
        InvoiceDate::from_civil(Offset::UTC.to_datetime(self.0).date()).unwrap_or(InvoiceDate::MIN)
    }

    /// The instant so long after the day began in UTC.
    pub(crate) fn in_utc_day(date: InvoiceDate, time: Duration) -> Option<Self> {
        let midnight = date.to_civil().to_datetime(Time::midnight());
        let midnight = Offset::UTC.to_timestamp(midnight).ok()?;
        Self::from_nanoseconds(midnight.as_nanosecond())?.checked_add(time)
    }

    pub(crate) fn start_of_day_in_warsaw(date: InvoiceDate) -> Self {
        let midnight = date.to_civil().to_datetime(Time::midnight());
        let offset = match WARSAW.to_ambiguous_timestamp(midnight).offset() {
            // Polish clocks change between 01:00 and 03:00, so midnight is never ambiguous.
            AmbiguousOffset::Unambiguous { offset: before }
            | AmbiguousOffset::Gap { before, .. }
            | AmbiguousOffset::Fold { before, .. } => before,
        };
        // Every start of an `InvoiceDate` lies within the bounds, so the default is never taken.
        offset.to_timestamp(midnight).map_or(Self::MIN, Self)
    }

    fn civil_in_warsaw(self) -> DateTime {
        WARSAW.to_datetime(self.0)
    }

    const fn out_of_range() -> ParseError {
        ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange)
    }
}

impl FromStr for Timestamp {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| Err(ParseError::new(Self::EXPECTED, reason));
        if text.is_empty() {
            return error(ParseErrorReason::Empty);
        }
        if text.chars().count() < "YYYY-MM-DDThh:mm:ssZ".len() {
            return error(ParseErrorReason::Length);
        }
        let is_allowed = |byte: u8| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte);
        if !text.bytes().all(is_allowed) {
            return error(ParseErrorReason::Character);
        }
        let parts = Parts::parse(text).map_err(|reason| ParseError::new(Self::EXPECTED, reason))?;
        parts.to_timestamp().ok_or_else(Self::out_of_range)
    }
}

/// The numbers of a timestamp, each of the right form but not yet in its range.
struct Parts {
    year: i16,
    /// Month, day, hour, minute, second.
    fields: [i8; 5],
    nanoseconds: i32,
    /// Seconds east of Greenwich.
    offset: i32,
}

impl Parts {
    /// Takes ASCII text of at least 20 characters.
    fn parse(text: &str) -> Result<Self, ParseErrorReason> {
        let format = ParseErrorReason::Format;
        let (start, rest) = text.split_at_checked(19).ok_or(format)?;
        if !has_form(start, "0000-00-00T00:00:00") {
            return Err(format);
        }
        let mut fields = [0; 5];
        for (field, from) in fields.iter_mut().zip([5, 8, 11, 14, 17]) {
            *field = number(start, from, 2).ok_or(format)?;
        }
        let (nanoseconds, rest) = split_fraction(rest).ok_or(format)?;
        if rest.len() > "+00:00".len() {
            return Err(ParseErrorReason::Length);
        }
        let offset = parse_offset(rest)?;
        Ok(Self { year: number(start, 0, 4).ok_or(format)?, fields, nanoseconds, offset })
    }

    fn to_timestamp(&self) -> Option<Timestamp> {
        let [month, day, hour, minute, second] = self.fields;
        let local =
            DateTime::new(self.year, month, day, hour, minute, second, self.nanoseconds).ok()?;
        let instant = Offset::from_seconds(self.offset).ok()?.to_timestamp(local).ok()?;
        Timestamp::from_nanoseconds(instant.as_nanosecond())
    }
}

/// Whether the text has a digit for every `0` of the form, and the form's character elsewhere.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(byte, form)| {
        if form == b'0' { u8::is_ascii_digit(&byte) } else { byte == form }
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

fn number<T: FromStr>(text: &str, start: usize, length: usize) -> Option<T> {
    text.get(start..start + length)?.parse().ok()
}

/// The nanoseconds of `.6776534` cut to steps, and what follows. Zero where there is no point.
fn split_fraction(text: &str) -> Option<(i32, &str)> {
    let Some(text) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = text.len() - rest.len();
    let steps: i32 = text.get(..digits.min(7))?.parse().ok()?;
    let missing = 9 - digits.min(7);
    Some((steps * 10_i32.pow(u32::try_from(missing).ok()?), rest))
}

/// Seconds east of Greenwich for `Z`, `+01:00`, `-03:30`.
fn parse_offset(text: &str) -> Result<i32, ParseErrorReason> {
    if text == "Z" {
        return Ok(0);
    }
    let sign = match text.bytes().next() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(ParseErrorReason::Format),
    };
    let hours_and_minutes = text.get(1..).filter(|text| has_form(text, "00:00"));
    let text = hours_and_minutes.ok_or(ParseErrorReason::Format)?;
    match (number::<i32>(text, 0, 2), number::<i32>(text, 3, 2)) {
        (Some(hours @ 0..24), Some(minutes @ 0..60)) => Ok(sign * (hours * 3600 + minutes * 60)),
        _ => Err(ParseErrorReason::OutOfRange),
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = Offset::UTC.to_datetime(self.0);
        write_seconds(f, utc)?;
        write!(f, ".{:07}+00:00", utc.subsec_nanosecond() / 100)
    }
}

fn write_seconds(f: &mut fmt::Formatter<'_>, local: DateTime) -> fmt::Result {
    let (date, time) = (local.date(), local.time());
    write!(f, "{:04}-{:02}-{:02}T", date.year(), date.month(), date.day())?;
    write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

struct WarsawTime {
    local: DateTime,
    offset: Offset,
}

impl fmt::Display for WarsawTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(f, self.local)?;
        // Poland is one hour ahead of UTC, or two in summer.
        write!(f, ".{:03}+{:02}:00", self.local.millisecond(), self.offset.seconds() / 3600)
    }
}

impl TryFrom<&str> for Timestamp {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

debug_as_text!(Timestamp);
serde_as_text!(Timestamp);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for Timestamp {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        let steps = Self::MIN.0.as_nanosecond() / STEP..=Self::MAX.0.as_nanosecond() / STEP;
        steps.prop_map(|step| Self::from_nanoseconds(step * STEP).unwrap_or(Self::MIN)).boxed()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    fn timestamp(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn warsaw(text: &str) -> String {
        timestamp(text).warsaw().to_string()
    }

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<Timestamp>("2025-10-02T19:17:58.6776534+00:00");
        for text in
            ["2025-10-02", "2025-10-02T19:17Z", "2025-10-02T19:17:58", "2025-10-02T9:17:58Z"]
        {
            assert_eq!(reason::<Timestamp>(text), ParseErrorReason::Length, "{text}");
        }
        for text in ["2025-10-02 19:17:58Z", "2025-10-02t19:17:58Z", "2025-10-02T19:17:58z"] {
            assert_eq!(reason::<Timestamp>(text), ParseErrorReason::Character, "{text}");
        }
    }

    #[test]
    fn a_part_too_few_or_too_many_is_refused() {
        for text in [
            "2025-10-02T19:17:58.6776534",
            "2025-10-02T19:17:58.Z",
            "2025-10-02T19:17:58..1Z",
            "2025-10-02T19:17:58+0100",
            "2025-10-02T19:17:58+01",
            "2025-10-02T19:17:58.+01:00",
            "2025-10-02T19:17:58.-1Z",
            "-025-10-02T19:17:58Z",
            "2025-10-02T19:-7:58Z",
            "20251002T191758.000Z",
        ] {
            assert_eq!(reason::<Timestamp>(text), ParseErrorReason::Format, "{text}");
        }
        for text in ["2025-10-02T19:17:58+01:00Z", "2025-10-02T19:17:58Z+01:00"] {
            assert_eq!(reason::<Timestamp>(text), ParseErrorReason::Length, "{text}");
        }
        for text in [
            "2025-02-29T00:00:00Z",
            "2025-10-02T24:00:00Z",
            "2025-10-02T23:60:00Z",
            "2025-10-02T23:59:60Z",
            "2025-10-02T19:17:58+24:00",
            "2025-10-02T19:17:58+23:60",
            "1970-01-01T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
            "0000-01-01T00:00:00+23:59",
        ] {
            assert_eq!(reason::<Timestamp>(text), ParseErrorReason::OutOfRange, "{text}");
        }
    }

    #[test]
    fn any_number_of_decimals_is_read_and_cut_after_the_seventh() {
        let printed = |text: &str| timestamp(text).to_string();
        assert_eq!(printed("2025-10-02T19:17:58Z"), "2025-10-02T19:17:58.0000000+00:00");
        assert_eq!(printed("2025-10-02T19:17:58.1Z"), "2025-10-02T19:17:58.1000000+00:00");
        assert_eq!(printed("2025-10-02T19:17:58.677653Z"), "2025-10-02T19:17:58.6776530+00:00");
        assert_eq!(
            printed("2025-10-02T19:17:58.677653499999Z"),
            "2025-10-02T19:17:58.6776534+00:00"
        );
        let long = format!("2025-12-31T23:59:59.{}Z", "9".repeat(10_000));
        assert_eq!(printed(&long), "2025-12-31T23:59:59.9999999+00:00");
    }

    #[test]
    fn the_bounds_are_instants_and_their_neighbours_are_not() {
        assert_eq!(timestamp("1990-01-01T00:00:00+01:00"), Timestamp::MIN);
        assert_eq!(timestamp("2050-01-01T23:59:59.9999999Z"), Timestamp::MAX);
        assert!("1989-12-31T22:59:59.9999999Z".parse::<Timestamp>().is_err());
        assert!("2050-01-02T00:00:00Z".parse::<Timestamp>().is_err());
        assert_eq!(Timestamp::MIN.warsaw_date(), InvoiceDate::MIN);
        assert_eq!(Timestamp::MAX.warsaw_date(), InvoiceDate::MAX);
        assert_eq!(Timestamp::MIN, InvoiceDate::MIN.start_in_warsaw());
        let step = Duration::from_nanos(100);
        assert_eq!(Timestamp::MAX.checked_add(step), None);
        assert_eq!(Timestamp::MIN.checked_sub(step), None);
        assert_eq!(Timestamp::MIN.checked_add(Duration::MAX), None);
        assert_eq!(Timestamp::MAX.checked_sub(Duration::MAX), None);
        assert!(Timestamp::from_unix_milliseconds(i64::MAX).is_err());
        assert!(Timestamp::from_unix_milliseconds(i64::MIN).is_err());
    }

    #[test]
    fn polish_clocks_skip_an_hour_in_march_and_repeat_one_in_october() {
        assert_eq!(warsaw("2026-03-29T00:59:59.9999999Z"), "2026-03-29T01:59:59.999+01:00");
        assert_eq!(warsaw("2026-03-29T01:00:00Z"), "2026-03-29T03:00:00.000+02:00");
        assert_eq!(warsaw("2026-10-25T00:30:00Z"), "2026-10-25T02:30:00.000+02:00");
        assert_eq!(warsaw("2026-10-25T01:30:00Z"), "2026-10-25T02:30:00.000+01:00");
        assert_eq!(warsaw("2049-07-01T12:00:00Z"), "2049-07-01T14:00:00.000+02:00");
    }

    #[test]
    fn the_day_changes_at_midnight_in_warsaw_and_not_in_greenwich() {
        let day = |text: &str| timestamp(text).warsaw_date().to_string();
        assert_eq!(day("2026-12-31T22:59:59.9999999Z"), "2026-12-31");
        assert_eq!(day("2026-12-31T23:00:00Z"), "2027-01-01");
        assert_eq!(day("2026-06-30T21:59:59.9999999Z"), "2026-06-30");
        assert_eq!(day("2026-06-30T22:00:00Z"), "2026-07-01");
        assert_eq!(day("2026-03-28T23:00:00Z"), "2026-03-29");
        assert_eq!(day("2026-03-29T22:00:00Z"), "2026-03-30");
    }

    #[test]
    fn days_with_a_clock_change_are_23_and_25_hours_long() {
        let hours = |year, month, day| {
            let start = InvoiceDate::new(year, month, day).unwrap();
            let end = start.checked_add_days(1).unwrap().start_in_warsaw();
            end.duration_since(start.start_in_warsaw()).unwrap().as_secs() / 3600
        };
        assert_eq!(hours(2026, 3, 29), 23);
        assert_eq!(hours(2026, 10, 25), 25);
        assert_eq!(hours(2026, 11, 20), 24);
    }

    #[test]
    fn durations_below_a_step_are_cut() {
        let instant = timestamp("2026-11-20T12:00:00Z");
        assert_eq!(instant.checked_add(Duration::from_nanos(199)), {
            instant.checked_add(Duration::from_nanos(100))
        });
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_to_the_same_instant(
            nanoseconds in 631_148_400_000_000_000_i128..2_524_694_400_000_000_000,
        ) {
            let instant = Timestamp::from_nanoseconds(nanoseconds).unwrap();
            prop_assert_eq!(instant.to_string().parse(), Ok(instant));
            let whole = Timestamp::from_unix_milliseconds(instant.as_unix_milliseconds()).unwrap();
            prop_assert!(instant.duration_since(whole) < Some(Duration::from_millis(1)));
            prop_assert_eq!(timestamp(&instant.warsaw().to_string()), whole);
        }

        #[test]
        fn the_order_of_texts_is_the_order_of_instants(
            first in 631_148_400_000_000_000_i128..2_524_694_400_000_000_000,
            second in 631_148_400_000_000_000_i128..2_524_694_400_000_000_000,
        ) {
            let first = Timestamp::from_nanoseconds(first).unwrap();
            let second = Timestamp::from_nanoseconds(second).unwrap();
            prop_assert_eq!(first.cmp(&second), first.to_string().cmp(&second.to_string()));
            let apart = first.max(second).saturating_duration_since(first.min(second));
            prop_assert_eq!(first.min(second).checked_add(apart), Some(first.max(second)));
            prop_assert_eq!(first.max(second).checked_sub(apart), Some(first.min(second)));
        }
    }
}
