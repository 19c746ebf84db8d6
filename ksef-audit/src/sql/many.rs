//! The answers to many questions at once, in the order of the questions.

use std::collections::HashMap;

use crate::store::Content;
use crate::{Entry, Error};

/// The entries of submissions. The records are those of all, each submission's in their order.
pub(crate) fn histories(
    numbers: &[Option<u64>],
    records: Vec<(i64, Vec<u8>)>,
) -> Result<Vec<Option<Vec<Entry>>>, Error> {
    let mut found: HashMap<u64, Vec<Vec<u8>>> = HashMap::new();
    for (number, record) in records {
        found.entry(number.unsigned_abs()).or_default().push(record);
    }
    let entries =
        |records: &Vec<Vec<u8>>| records.iter().map(|record| Entry::decode(record)).collect();
    let records = numbers.iter().map(|number| found.get(number.as_ref()?));
    records.map(|records| records.map(entries).transpose()).collect()
}

/// The numbers of the submissions that idempotency keys created.
pub(crate) fn numbers(keys: &[&str], found: Vec<(String, i64)>) -> Vec<Option<u64>> {
    let found: HashMap<_, _> = found.into_iter().collect();
    keys.iter().map(|key| found.get(*key).map(|number| number.unsigned_abs())).collect()
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
