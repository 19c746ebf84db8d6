//! When: the date of issue, the supply, payment.

use ksef_core::{InvoiceDate, Timestamp};

use super::Work;
use crate::code::Code;
use crate::model::{Invoice, Line, Period};
use crate::policy::IssueDate;

/// When a line is supplied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Supply {
    /// On a day.
    On(InvoiceDate),
    /// From a day to a day.
    Over(InvoiceDate, InvoiceDate),
}

impl Supply {
    /// The last day, which is the one that counts for tax (art. 19a(3) of the VAT act).
    pub(super) const fn end(self) -> InvoiceDate {
        match self {
            Self::On(day) | Self::Over(_, day) => day,
        }
    }
}

/// When the lines of an invoice are supplied.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Supplies {
    /// Nothing says it.
    Unknown,
    /// All of them then.
    Together(Supply),
    /// Each on its own day; shipping and lines without a period on the last of them.
    Apart(Vec<InvoiceDate>),
}

impl Supplies {
    /// Of what is given for each row, in their order.
    pub(super) fn of(supplies: &[Option<Supply>]) -> Self {
        let mut known = supplies.iter().flatten();
        let Some(first) = known.next() else { return Self::Unknown };
        if known.all(|supply| supply == first) {
            return Self::Together(*first);
        }
        let last = supplies.iter().flatten().map(|supply| supply.end()).max();
        let Some(last) = last else { return Self::Unknown };
        let ends = supplies.iter().map(|supply| supply.map_or(last, Supply::end));
        Self::Apart(ends.collect())
    }
}

/// The day in Poland of a time in Unix seconds.
pub(super) fn warsaw_date(seconds: i64) -> Option<InvoiceDate> {
    let instant = Timestamp::from_unix_milliseconds(seconds.checked_mul(1000)?).ok()?;
    Some(instant.warsaw_date())
}

impl Work<'_> {
    /// `P_1`.
    pub(super) fn issue_date(
        &mut self,
        effective_at: Option<i64>,
        otherwise: (Option<i64>, &str),
    ) -> Option<InvoiceDate> {
        let (seconds, pointer) = match effective_at {
            Some(seconds) => (Some(seconds), "/effective_at"),
            None => otherwise,
        };
        let Some(date) = seconds.and_then(warsaw_date) else {
            self.problems.push(Code::MissingDate, pointer);
            return None;
        };
        let today = self.context.today();
        if date > today {
            self.problems.push(Code::FutureDate, pointer);
        }
        match self.context.policies().issue_date {
            IssueDate::SubmissionDate => Some(today),
            IssueDate::DocumentDate => {
                if date.next_working_day().is_none_or(|last| last < today) {
                    self.problems.push(Code::DateOutsideOfflineWindow, pointer);
                }
                Some(date)
            }
        }
    }

    /// When a line is supplied, if it says so.
    pub(super) fn supply(&mut self, line: &Line, pointer: &str) -> Option<Supply> {
        let supply = supply(line.period?);
        if supply.is_none() {
            self.problems.push(Code::PeriodOrder, format!("{pointer}/period"));
        }
        supply
    }

    /// The day in Poland of a time that is there.
    pub(super) fn day(&mut self, seconds: Option<i64>, pointer: &str) -> Option<InvoiceDate> {
        let seconds = seconds?;
        let day = warsaw_date(seconds);
        if day.is_none() {
            self.problems.push(Code::MissingDate, pointer);
        }
        day
    }

    /// When the invoice was paid, if it is paid now.
    pub(super) fn paid_on(&mut self, invoice: &Invoice) -> Option<InvoiceDate> {
        let is_paid = invoice.status.as_deref() == Some("paid");
        let paid_at = invoice.paid_at.filter(|_| is_paid);
        self.day(paid_at, "/status_transitions/paid_at")
    }
}

/// `None` where the period ends before it starts, or lies outside of what an invoice can say.
pub(super) fn supply(period: Period) -> Option<Supply> {
    let start = warsaw_date(period.start)?;
    if period.end < period.start {
        return None;
    }
    // The end is the first second that is not in the period any more.
    let last_second = if period.end > period.start { period.end - 1 } else { period.end };
    let end = warsaw_date(last_second)?;
    Some(if start == end { Supply::On(start) } else { Supply::Over(start, end) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> InvoiceDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_half_hour_of_a_year_in_utc_is_the_next_year_in_poland() {
        let seconds = "2026-12-31T23:30:00Z".parse::<Timestamp>().unwrap().as_unix_milliseconds();
        assert_eq!(warsaw_date(seconds / 1000), Some(day("2027-01-01")));
    }

    #[test]
    fn a_month_ends_on_its_last_day_also_where_clocks_change() {
        let seconds = |text: &str| text.parse::<Timestamp>().unwrap().as_unix_milliseconds() / 1000;
        let cases = [
            ("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z", "2026-03-01", "2026-03-31"),
            ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z", "2026-10-01", "2026-10-31"),
        ];
        for (start, end, from, to) in cases {
            let period = Period { start: seconds(start), end: seconds(end) };
            assert_eq!(supply(period), Some(Supply::Over(day(from), day(to))));
        }
    }
}
