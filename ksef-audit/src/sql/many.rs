//! Many answers at once: to as many questions, in the order of these, or one after the other from a place on.

use std::collections::HashMap;

use super::unsigned;
use crate::query::Counts;
use crate::store::{Content, Record};
use crate::{Entry, Error, Row};

/// The entries of submissions. The records are those of all, each submission's in their order.
pub(crate) fn histories(
    numbers: &[Option<u64>],
    records: Vec<(i64, Vec<u8>)>,
) -> Result<Vec<Option<Vec<Entry>>>, Error> {
    let mut found: HashMap<u64, Vec<Vec<u8>>> = HashMap::new();
    for (number, record) in records {
        found.entry(unsigned(number)?).or_default().push(record);
    }
    let entries =
        |records: &Vec<Vec<u8>>| records.iter().map(|record| Entry::decode(record)).collect();
    let records = numbers.iter().map(|number| found.get(number.as_ref()?));
    records.map(|records| records.map(entries).transpose()).collect()
}

/// The numbers of the submissions that idempotency keys created.
pub(crate) fn numbers(keys: &[&str], found: Vec<(String, i64)>) -> Result<Vec<Option<u64>>, Error> {
    let found: HashMap<_, _> = found.into_iter().collect();
    keys.iter().map(|key| found.get(*key).copied().map(unsigned).transpose()).collect()
}

/// The records from a sequence on.
pub(crate) fn records(
    from: u64,
    rows: Vec<(i64, i64, i64, Vec<u8>)>,
) -> Result<Vec<Record>, Error> {
    let record = |(sequence, submission, position, bytes)| {
        let [sequence, submission, position] = [sequence, submission, position].map(unsigned);
        let (sequence, submission, position) = (sequence?, submission?, position?);
        Ok(Record { sequence, submission, position, bytes })
    };
    in_order(from, rows.into_iter().map(record), |record| record.sequence)
}

/// The lines from a number on.
pub(crate) fn lines(
    from: u64,
    rows: impl Iterator<Item = Result<(u64, Row), Error>>,
) -> Result<Vec<(u64, Row)>, Error> {
    in_order(from, rows, |(number, _)| *number)
}

/// What was asked for in an order. A damaged file answers in another one, and whoever goes on after
/// the last answer would never come to an end.
fn in_order<T>(
    from: u64,
    answers: impl Iterator<Item = Result<T, Error>>,
    place: impl Fn(&T) -> u64,
) -> Result<Vec<T>, Error> {
    let mut least = from;
    let answers = answers.map(|answer| {
        let answer = answer?;
        let place = place(&answer);
        if place < least {
            return Err(Error::Damaged { finding: "rows are not in their order" });
        }
        least = place + 1;
        Ok(answer)
    });
    answers.collect()
}

/// How many submissions there are of each status.
pub(crate) fn counts(rows: Vec<(String, i64)>) -> Result<Counts, Error> {
    let damaged = |_| Error::Damaged { finding: "a count cannot be read" };
    let mut counts = Counts::default();
    for (status, submissions) in rows {
        counts.add(status.parse().map_err(damaged)?, unsigned(submissions)?);
    }
    Ok(counts)
}

/// So many documents, of which some were found, each with its place among the questions.
pub(crate) fn contents(count: usize, found: Vec<(i64, Option<Vec<u8>>)>) -> Vec<Option<Content>> {
    let mut contents = vec![None; count];
    for (place, bytes) in found {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if let Some(asked) = contents.get_mut(place) {
            *asked = Some(content(bytes));
        }
    }
    contents
}

/// Where a document has no bytes, they are in an object store.
pub(crate) fn content(bytes: Option<Vec<u8>>) -> Content {
    bytes.map_or(Content::Elsewhere, |bytes| Content::Inline(bytes.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(from: u64, sequences: &[i64]) -> Result<Vec<u64>, Error> {
        let rows = sequences.iter().map(|sequence| (*sequence, 1, 0, Vec::new())).collect();
        Ok(records(from, rows)?.into_iter().map(|record| record.sequence).collect())
    }

    #[test]
    fn rows_with_gaps_are_in_their_order() {
        assert!(sequences(3, &[]).unwrap().is_empty());
        assert_eq!(sequences(3, &[3, 4, 9]).unwrap(), [3, 4, 9]);
        assert_eq!(sequences(0, &[7]).unwrap(), [7]);
    }

    #[test]
    fn rows_after_which_nobody_comes_to_an_end_are_damage() {
        for wrong in [[2, 3], [3, 3], [4, 3], [-3, 4], [3, i64::MIN]] {
            assert!(matches!(sequences(3, &wrong), Err(Error::Damaged { .. })), "{wrong:?}");
        }
    }
}
