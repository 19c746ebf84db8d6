//! What can be asked of the audit log: filters, pages, counts.

use std::collections::{BTreeMap, BTreeSet};

use ksef_core::{DocumentType, InvoiceDate, Nip, SubmissionStatus, Timestamp};

use crate::Row;
use crate::store::Key;

/// Which lines of the audit log are wanted. Everything that is set must hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built with struct update syntax")]
pub struct Filter {
    /// Days, of one of the dates.
    pub dates: Option<Dates>,
    /// One of these statuses; any if there is none.
    pub statuses: BTreeSet<SubmissionStatus>,
    /// This type of document.
    pub document_type: Option<DocumentType>,
    /// A part of the order reference or of the source's id, in any case.
    pub order_reference: Option<String>,
    /// The KSeF number, or its beginning.
    pub ksef_number: Option<String>,
    /// The buyer's NIP.
    pub nip: Option<Nip>,
    /// The second system's id, in full.
    pub fakturownia_id: Option<String>,
}

/// A range of days in Poland.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a range of a date")]
pub struct Dates {
    /// Which date.
    pub of: DateOf,
    /// The first day.
    pub from: InvoiceDate,
    /// The last day.
    pub to: InvoiceDate,
}

/// A date of a submission.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the three dates that people ask for")]
pub enum DateOf {
    /// When the first request left.
    #[default]
    Submitted,
    /// The date of issue, `P_1`.
    Issue,
    /// When KSeF accepted it.
    Accepted,
}

/// A page of the audit log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct PageRequest {
    /// Which lines.
    pub filter: Filter,
    /// Where the page before ended; `None` for the newest.
    pub after: Option<Cursor>,
    /// The most lines.
    pub limit: u32,
}

impl PageRequest {
    /// Where the next page begins, if there may be one after these rows.
    pub(crate) fn next(&self, rows: &[(Key, Row)]) -> Option<Cursor> {
        let is_full = rows.len() == usize::try_from(self.limit).unwrap_or(usize::MAX);
        let (key, row) = rows.last().filter(|_| is_full)?;
        Some(self.filter.cursor(key.number(), row))
    }

    /// How many lines the filter leaves on all pages, if these rows of the first one tell.
    pub(crate) fn count_of_all(&self, rows: &[(Key, Row)]) -> Option<u32> {
        let count = u32::try_from(rows.len()).ok()?;
        (self.after.is_none() && count < self.limit).then_some(count)
    }
}

/// Where a page ended. The next one begins there, whatever was recorded in the meantime.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "a place in the order of the lines")]
pub struct Cursor {
    /// The date by which the lines are ordered, empty if they are ordered by number alone.
    pub date: String,
    /// The number of the last submission.
    pub number: u64,
}

/// How many submissions there are, by status.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts(BTreeMap<SubmissionStatus, u64>);

impl Counts {
    /// Counts `count` more with this status.
    pub fn add(&mut self, status: SubmissionStatus, count: u64) {
        // A status that nothing has any more is like one that nothing had.
        if count > 0 {
            *self.0.entry(status).or_default() += count;
        }
    }

    /// How many have this status.
    #[must_use]
    pub fn of(&self, status: SubmissionStatus) -> u64 {
        self.0.get(&status).copied().unwrap_or_default()
    }

    /// How many there are.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.values().sum()
    }
}

impl DateOf {
    /// The date in a row, as stores keep and order it.
    #[must_use]
    pub fn in_row(self, row: &Row) -> Option<String> {
        match self {
            Self::Submitted => row.submitted_at.map(|at| at.to_string()),
            Self::Issue => row.p_1.map(|date| date.to_string()),
            Self::Accepted => row.accepted_at.map(|at| at.to_string()),
        }
    }
}

impl Dates {
    /// The bounds of the range as stores keep them: from the first, to before the second.
    #[must_use]
    pub fn bounds(self) -> (String, String) {
        let after = self.to.checked_add_days(1).unwrap_or(InvoiceDate::MAX);
        match self.of {
            DateOf::Issue => (self.from.to_string(), after.to_string()),
            DateOf::Submitted | DateOf::Accepted => {
                let text = |date: InvoiceDate| -> Timestamp { date.start_in_warsaw() };
                (text(self.from).to_string(), text(after).to_string())
            }
        }
    }
}

impl Filter {
    /// Whether a row is wanted. Stores may find rows in any way; this is what they must find.
    #[must_use]
    pub fn matches(&self, row: &Row) -> bool {
        let in_range = |dates: Dates| {
            let (from, before) = dates.bounds();
            dates.of.in_row(row).is_some_and(|date| from <= date && date < before)
        };
        let begins = |prefix: &String| {
            row.ksef_number.is_some_and(|number| number.as_str().starts_with(prefix.as_str()))
        };
        self.dates.is_none_or(in_range)
            && (self.statuses.is_empty() || self.statuses.contains(&row.status))
            && self.document_type.is_none_or(|wanted| row.document_type == Some(wanted))
            && self
                .order_reference
                .as_ref()
                .is_none_or(|part| searched(row).contains(&folded(part)))
            && self.ksef_number.as_ref().is_none_or(begins)
            && self.nip.is_none_or(|wanted| row.nip == Some(wanted))
            && self.fakturownia_id.as_ref().is_none_or(|id| row.fakturownia_id.as_ref() == Some(id))
    }

    /// Where a row stands in the order of the lines.
    #[must_use]
    pub fn cursor(&self, number: u64, row: &Row) -> Cursor {
        let date = self.dates.and_then(|dates| dates.of.in_row(row)).unwrap_or_default();
        Cursor { date, number }
    }
}

/// The text in which parts of an order reference are looked for, for backends that keep it.
#[must_use]
pub fn searched(row: &Row) -> String {
    let parts = [&row.order_reference, &row.source_id].into_iter().flatten();
    folded(&parts.map(String::as_str).collect::<Vec<_>>().join("\n"))
}

/// Text without the difference of case.
#[must_use]
pub fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// All groups of three characters in a text, each once: what a backend finds parts by.
#[must_use]
pub fn trigrams(text: &str) -> BTreeSet<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(3).map(|three| three.iter().collect()).collect()
}

/// What a text is found by: its groups of three characters, and those that begin with its last
/// characters, so that a part of one or two is the beginning of a group as well; and the
/// [`name_term`] of each of its lines.
#[must_use]
pub fn index_trigrams(text: &str) -> BTreeSet<String> {
    if text.is_empty() {
        return BTreeSet::new();
    }
    let mut all = trigrams(&format!("{text}\n\n"));
    all.extend(text.split('\n').map(name_term));
    all
}

/// How many characters of a name are in its term.
const NAME: usize = 100;

/// What an order reference, or the id of a source, is found by as a whole: the beginning of its first
/// line, behind a character that no text has. Names that are found by the same term may still differ.
#[must_use]
pub fn name_term(name: &str) -> String {
    let name = folded(name);
    let beginning = name.chars().take_while(|character| *character != '\n').take(NAME);
    core::iter::once('\u{1}').chain(beginning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_short_part_of_a_text_begins_a_group() {
        let text = "fv/żół";
        let all = index_trigrams(text);
        for part in ["f", "v/", "ół", "ł", "ż"] {
            assert!(all.iter().any(|gram| gram.starts_with(part)), "{part}");
        }
        assert!(index_trigrams("").is_empty());
        assert_eq!(index_trigrams("a"), ["\u{1}a", "a\n\n"].map(str::to_owned).into());
    }

    #[test]
    fn a_name_is_found_by_one_term_however_long_it_is() {
        let long = "Ż".repeat(300);
        for name in ["FV/1", "a", &long, "two\nlines"] {
            let term = name_term(name);
            assert!(term.chars().count() <= 101);
            assert!(index_trigrams(&folded(&format!("{name}\nin_1"))).contains(&term), "{name}");
            assert!(index_trigrams(&folded(&format!("FV/2\n{name}"))).contains(&term), "{name}");
            assert!(!index_trigrams(&folded(&format!("{name}x"))).contains(&name_term("FV/1")));
        }
    }

    #[test]
    fn a_text_contains_every_trigram_of_its_parts() {
        let all = trigrams("fv/żółć/2026");
        assert!(trigrams("żółć/2").is_subset(&all));
        assert!(!trigrams("2027").is_subset(&all));
        assert!(trigrams("fv").is_empty());
    }

    #[test]
    fn a_day_is_a_day_in_poland() {
        let day = "2026-03-29".parse().unwrap();
        let dates = Dates { of: DateOf::Submitted, from: day, to: day };
        let (from, before) = dates.bounds();
        assert_eq!(from, "2026-03-28T23:00:00.0000000+00:00");
        assert_eq!(before, "2026-03-29T22:00:00.0000000+00:00");
    }
}
