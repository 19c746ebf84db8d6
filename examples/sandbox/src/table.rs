//! `Table`, records by their key, with a note of which changed since they were last saved.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Records by key, in the order of the keys.
#[derive(Clone, Debug)]
pub(crate) struct Table<V> {
    rows: BTreeMap<String, V>,
    /// Keys of rows that were inserted, changed or removed; `None` if nobody wants to know.
    changed: Option<BTreeSet<String>>,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), changed: None }
    }
}

impl<V> Table<V> {
    pub(crate) fn get(&self, key: impl AsRef<str>) -> Option<&V> {
        self.rows.get(key.as_ref())
    }

    /// The record to be changed; it counts as changed from here on.
    pub(crate) fn get_mut(&mut self, key: impl AsRef<str>) -> Option<&mut V> {
        let row = self.rows.get_mut(key.as_ref())?;
        note(&mut self.changed, key.as_ref());
        Some(row)
    }

    pub(crate) fn contains(&self, key: impl AsRef<str>) -> bool {
        self.rows.contains_key(key.as_ref())
    }

    /// Puts the record in, in place of the one with this key.
    pub(crate) fn insert(&mut self, key: impl Into<String>, row: V) {
        let key = key.into();
        note(&mut self.changed, &key);
        self.rows.insert(key, row);
    }

    pub(crate) fn remove(&mut self, key: impl AsRef<str>) -> Option<V> {
        let row = self.rows.remove(key.as_ref())?;
        note(&mut self.changed, key.as_ref());
        Some(row)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &V)> {
        self.rows.iter().map(|(key, row)| (key.borrow(), row))
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.rows.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

fn note(changed: &mut Option<BTreeSet<String>>, key: &str) {
    if let Some(changed) = changed {
        changed.insert(key.to_owned());
    }
}

/// What became of a record: its JSON, or `None` if it was removed.
pub(crate) type Change = (String, Option<String>);

/// A table as the state file sees it, whatever its records are.
pub(crate) trait Rows {
    /// Puts a record in that was saved.
    fn load(&mut self, key: String, json: &str) -> Result<(), serde_json::Error>;

    /// Takes note of changes from here on.
    fn note_changes(&mut self);

    /// What changed since this was last asked.
    fn take_changes(&mut self) -> Result<Vec<Change>, serde_json::Error>;
}

impl<V: DeserializeOwned + Serialize> Rows for Table<V> {
    fn load(&mut self, key: String, json: &str) -> Result<(), serde_json::Error> {
        self.rows.insert(key, serde_json::from_str(json)?);
        Ok(())
    }

    fn note_changes(&mut self) {
        self.changed.get_or_insert_default();
    }

    fn take_changes(&mut self) -> Result<Vec<Change>, serde_json::Error> {
        let changed = self.changed.as_mut().map(std::mem::take).unwrap_or_default();
        let change = |key: String| {
            let row = self.rows.get(&key).map(serde_json::to_string).transpose()?;
            Ok((key, row))
        };
        changed.into_iter().map(change).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, Table};

    #[test]
    fn only_changes_since_the_last_question_are_told() {
        let mut table = Table::default();
        table.note_changes();
        table.insert("a", 1);
        table.insert("b", 2);
        assert_eq!(
            table.take_changes().unwrap(),
            [("a".to_owned(), Some("1".to_owned())), ("b".to_owned(), Some("2".to_owned()))]
        );
        assert!(table.take_changes().unwrap().is_empty());

        *table.get_mut("a").unwrap() = 3;
        table.remove("b");
        table.remove("never there");
        assert_eq!(
            table.take_changes().unwrap(),
            [("a".to_owned(), Some("3".to_owned())), ("b".to_owned(), None)]
        );
    }

    #[test]
    fn a_table_that_nobody_saves_remembers_no_changes() {
        let mut table = Table::default();
        table.insert("a", 1);
        assert!(table.changed.is_none());
        assert!(table.take_changes().unwrap().is_empty());
    }

    #[test]
    fn what_is_loaded_is_no_change() {
        let mut table = Table::<u32>::default();
        table.note_changes();
        table.load("a".to_owned(), "1").unwrap();
        assert_eq!(table.get("a"), Some(&1));
        assert!(table.take_changes().unwrap().is_empty());
        assert!(table.load("b".to_owned(), "no number").is_err());
    }
}
