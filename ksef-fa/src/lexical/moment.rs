//! Dates and times of XML Schema.

use core::cmp::Ordering;

const DAY: i64 = 24 * 60 * 60;

/// A point in time, exact to whatever fraction of a second is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    /// Since the year 1970, in UTC or, without a zone, in the unknown one.
    seconds: i64,
    /// The digits after the point, without zeros at their end.
    fraction: &'a str,
    has_zone: bool,
}

/// The form of `xsd:date`.
pub(super) fn date(text: &str) -> Option<Moment<'_>> {
    let (date, zone) = split_zone(text);
    let seconds = days(date)? * DAY - zone.unwrap_or(0);
    Some(Moment { seconds, fraction: "", has_zone: zone.is_some() })
}

/// The form of `xsd:dateTime`.
pub(super) fn date_time(text: &str) -> Option<Moment<'_>> {
    let (date, rest) = text.split_once('T')?;
    let (time, zone) = split_zone(rest);
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, digits(fraction)?.trim_end_matches('0')),
        None => (time, ""),
    };
    let time = seconds(time).filter(|time| *time < DAY || fraction.is_empty())?;
    let seconds = days(date)? * DAY + time - zone.unwrap_or(0);
    Some(Moment { seconds, fraction, has_zone: zone.is_some() })
}

impl Moment<'_> {
    /// The order of the two; none where they are the same but for a zone that only one of them has.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        let order =
            self.seconds.cmp(&other.seconds).then_with(|| self.fraction.cmp(other.fraction));
        (order.is_ne() || self.has_zone == other.has_zone).then_some(order)
    }
}

/// What stands before the zone, and the seconds that the zone is ahead of UTC.
fn split_zone(text: &str) -> (&str, Option<i64>) {
    if let Some(before) = text.strip_suffix('Z') {
        return (before, Some(0));
    }
    let split = text.len().checked_sub(6).and_then(|at| text.split_at_checked(at));
    match split.map(|(before, zone)| (before, offset(zone))) {
        Some((before, Some(offset))) => (before, Some(offset)),
        _ => (text, None),
    }
}

fn offset(zone: &str) -> Option<i64> {
    let ahead = zone.strip_prefix('+');
    let (hours, minutes) = ahead.or_else(|| zone.strip_prefix('-'))?.split_once(':')?;
    let minutes = two_digits(hours)? * 60 + two_digits(minutes).filter(|minutes| *minutes < 60)?;
    let offset = minutes * 60;
    (minutes <= 14 * 60).then_some(if ahead.is_some() { offset } else { -offset })
}

/// The seconds since midnight of `hh:mm:ss`, up to the midnight that ends the day.
fn seconds(time: &str) -> Option<i64> {
    let mut parts = time.splitn(3, ':').map(two_digits);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let seconds = (hour * 60 + minute) * 60 + second;
    (minute < 60 && second < 60 && seconds <= DAY).then_some(seconds)
}

/// The days since the year 1970 of a date of the Gregorian calendar.
fn days(date: &str) -> Option<i64> {
    let after_sign = date.strip_prefix('-');
    let mut parts = after_sign.unwrap_or(date).splitn(3, '-');
    let year = year(parts.next()?)?;
    let year = if after_sign.is_some() { -year } else { year };
    let (month, day) = (two_digits(parts.next()?)?, two_digits(parts.next()?)?);
    (1..=length_of_month(year, month)?).contains(&day).then(|| days_before(year, month) + day - 1)
}

/// At least four digits, more only if the first is not zero, and not the year 0.
fn year(text: &str) -> Option<i64> {
    let is_well_formed = text.len() == 4 || (text.len() > 4 && !text.starts_with('0'));
    // Nine digits keep what is computed from them small.
    let year = digits(text).filter(|text| text.len() <= 9)?.parse().ok()?;
    (is_well_formed && year > 0).then_some(year)
}

fn length_of_month(year: i64, month: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap { 29 } else { 28 }),
        _ => None,
    }
}

/// From the year 1970 to the first day of a month, counted in years that begin in March.
fn days_before(year: i64, month: i64) -> i64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 - 719_468
}

fn two_digits(text: &str) -> Option<i64> {
    match text.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        }
        _ => None,
    }
}

/// One ASCII digit or more.
fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}
