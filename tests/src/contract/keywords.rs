//! Reading the file so that nothing in it is passed over: what is taken is known, what remains is refused.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::ContractError;

/// An object of the file, whose keywords are taken one after the other.
pub(super) struct Keywords {
    place: String,
    rest: Map<String, Value>,
}

impl Keywords {
    pub(super) fn of(value: Value, place: &str) -> Result<Self, ContractError> {
        match value {
            Value::Object(rest) => Ok(Self { place: place.to_owned(), rest }),
            _ => Err(unfamiliar(place, "no object")),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn has(&self, keyword: &str) -> bool {
        self.rest.contains_key(keyword)
    }

    pub(super) fn take<T: DeserializeOwned>(
        &mut self,
        keyword: &str,
    ) -> Result<Option<T>, ContractError> {
        let value = self.rest.remove(keyword);
        let read = value.map(serde_json::from_value).transpose();
        read.map_err(|error| unfamiliar(&self.place, &format!("{keyword}: {error}")))
    }

    pub(super) fn require<T: DeserializeOwned>(
        &mut self,
        keyword: &str,
    ) -> Result<T, ContractError> {
        self.take(keyword)?.ok_or_else(|| unfamiliar(&self.place, &format!("no {keyword}")))
    }

    /// The members of an object, such as `properties`; none where the keyword is absent.
    pub(super) fn members(&mut self, keyword: &str) -> Result<Map<String, Value>, ContractError> {
        Ok(self.take(keyword)?.unwrap_or_default())
    }

    /// A value somewhere below, which is not taken by that.
    pub(super) fn peek(&self, pointer: &str) -> Option<&Value> {
        let (keyword, below) = pointer.strip_prefix('/')?.split_once('/')?;
        self.rest.get(keyword)?.pointer(&format!("/{below}"))
    }

    /// All that is left, for an object whose keys are names.
    pub(super) fn all(self) -> Map<String, Value> {
        self.rest
    }

    /// Passes over keywords that say nothing about what is valid.
    pub(super) fn ignore(&mut self, keywords: &[&str]) {
        for keyword in keywords {
            self.rest.remove(*keyword);
        }
    }

    /// Ends the reading.
    pub(super) fn finish(self) -> Result<(), ContractError> {
        match self.rest.keys().next() {
            None => Ok(()),
            Some(keyword) => Err(unfamiliar(&self.place, keyword)),
        }
    }
}

pub(super) fn unfamiliar(place: &str, what: &str) -> ContractError {
    ContractError::Unfamiliar { place: place.to_owned(), what: what.to_owned() }
}
