//! Working days in Poland, for the window in which a document of an earlier date may be sent.

use crate::InvoiceDate;

/// Days off that have a date: act of 18 January 1951 on days off; Christmas Eve since 2025.
const FIXED: [(i8, i8); 10] =
    [(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 24), (12, 25), (12, 26)];
/// Days off that depend on Easter Sunday: Easter Monday and Corpus Christi. The others are Sundays.
const AFTER_EASTER: [i64; 2] = [1, 60];

/// A Saturday.
const SATURDAY: (i16, i8, i8) = (2000, 1, 1);

impl InvoiceDate {
    /// The next working day after this day in Poland: the last day on which a document of this date
    /// may be sent as issued offline (offline24; VAT act, art. 106nda). Saturdays, Sundays and the
    /// days off of the act of 18 January 1951 are none.
    ///
    /// ```
    /// use ksef_core::InvoiceDate;
    ///
    /// let friday: InvoiceDate = "2026-11-20".parse()?;
    /// assert_eq!(friday.next_working_day(), "2026-11-23".parse().ok());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// `None` beyond [`InvoiceDate::MAX`].
    #[must_use]
    pub fn next_working_day(self) -> Option<Self> {
        let mut next = self.checked_add_days(1)?;
        while is_off(next) {
            next = next.checked_add_days(1)?;
        }
        Some(next)
    }
}

fn is_off(day: InvoiceDate) -> bool {
    let (year, month, of_month) = SATURDAY;
    let since_saturday =
        InvoiceDate::new(year, month, of_month).map_or(0, |saturday| saturday.days_until(day));
    let is_weekend = since_saturday.rem_euclid(7) < 2;
    let is_fixed = FIXED.contains(&(day.month(), day.day()));
    let is_after_easter =
        easter(day.year()).is_some_and(|easter| AFTER_EASTER.contains(&easter.days_until(day)));
    is_weekend || is_fixed || is_after_easter
}

/// Easter Sunday by the Gregorian computus.
fn easter(year: i16) -> Option<InvoiceDate> {
    let y = i32::from(year);
    let (golden, century) = (y % 19, y / 100);
    let correction = (century - century / 4 - (8 * century + 13) / 25 + 19 * golden + 15) % 30;
    let epact =
        correction - (correction / 28) * (1 - (29 / (correction + 1)) * ((21 - golden) / 11));
    let weekday = (y + y / 4 + epact + 2 - century + century / 4) % 7;
    let distance = epact - weekday;
    let month = 3 + (distance + 40) / 44;
    let day = distance + 28 - 31 * (month / 4);
    InvoiceDate::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> InvoiceDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_is_on_the_days_of_the_calendar() {
        let known =
            ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2049-04-18"];
        for day in known {
            assert_eq!(easter(date(day).year()), Some(date(day)), "{day}");
        }
    }

    #[test]
    fn weekends_and_days_off_are_passed_over() {
        let known = [
            ("2026-11-20", "2026-11-23"),
            ("2026-11-17", "2026-11-18"),
            ("2026-04-03", "2026-04-07"),
            ("2026-06-03", "2026-06-05"),
            ("2026-12-23", "2026-12-28"),
            ("2026-12-31", "2027-01-04"),
        ];
        for (day, next) in known {
            assert_eq!(date(day).next_working_day(), Some(date(next)), "{day}");
        }
    }
}
