//! `Table`, records by their key, with a note of which changed since they were last saved.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

/// Records by key, in the order of the keys.
#[derive(Clone, Debug)]
pub(crate) struct Table<V> {
    rows: BTreeMap<String, V>,
    /// Keys of rows that were inserted, changed or removed.
    changed: BTreeSet<String>,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), changed: BTreeSet::new() }
    }
}

impl<V> Table<V> {
    pub(crate) fn get(&self, key: impl AsRef<str>) -> Option<&V> {
        self.rows.get(key.as_ref())
    }

    /// The record to be changed; it counts as changed from here on.
    pub(crate) fn get_mut(&mut self, key: impl AsRef<str>) -> Option<&mut V> {
        let row = self.rows.get_mut(key.as_ref())?;
        self.changed.insert(key.as_ref().to_owned());
        Some(row)
    }

    pub(crate) fn contains(&self, key: impl AsRef<str>) -> bool {
        self.rows.contains_key(key.as_ref())
    }

    /// Puts the record in, in place of the one with this key.
    pub(crate) fn insert(&mut self, key: impl Into<String>, row: V) {
        let key = key.into();
        self.changed.insert(key.clone());
        self.rows.insert(key, row);
    }

    pub(crate) fn remove(&mut self, key: impl AsRef<str>) -> Option<V> {
        self.changed.insert(key.as_ref().to_owned());
        self.rows.remove(key.as_ref())
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

    /// What changed since this was last asked: the keys, with the record unless it was removed.
    pub(crate) fn take_changes(&mut self) -> Vec<(String, Option<&V>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|key| (key.clone(), self.rows.get(&key))).collect()
    }
}
