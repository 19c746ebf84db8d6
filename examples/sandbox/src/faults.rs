//! Faults on demand: what the sandbox does wrong on purpose, when, and how often.
//!
//! A fault is told as JSON, `{"kind":"delay","milliseconds":300,"count":2}`; the fields beside
//! those of its [`FaultKind`] are those of [`Fault`]. Whether it fires follows from its seed and
//! from how often it was asked, and from nothing else.

mod kind;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ksef_core::submission::simulation::Random;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use kind::{FaultKind, Moment};

/// Always, in thousandths.
const ALWAYS: u32 = 1_000;

/// Something that goes wrong.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fault {
    #[serde(flatten)]
    pub(crate) kind: FaultKind,
    /// Method and path as the contract writes them, `POST /sessions/online`; without it every
    /// operation in which the fault makes sense.
    pub(crate) operation: Option<String>,
    /// How often it happens at most; without it there is no end.
    pub(crate) count: Option<u32>,
    /// In how many of a thousand occasions it happens.
    pub(crate) probability: u32,
    /// Which of the occasions those are.
    pub(crate) seed: u64,
}

/// The fields of a [`Fault`] beside its kind, as they are read.
#[derive(Deserialize)]
struct Occasions {
    operation: Option<String>,
    count: Option<u32>,
    probability: Option<u32>,
    #[serde(default)]
    seed: u64,
}

/// Why a fault is not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FaultError {
    #[error("the fault is not understood: {0}")]
    Json(#[from] serde_json::Error),
    #[error("`{0}` is no field of this fault")]
    UnknownField(String),
    #[error("`probability` is in thousandths, from 0 to 1000")]
    Probability,
    #[error("`operation` is a method and a path of the contract: POST /sessions/online")]
    Operation,
    #[error("`status` is from 500 to 599")]
    Status,
    #[error("`retryAfterSeconds` is at least 1")]
    RetryAfter,
    #[error("`text` is made of visible ASCII characters and spaces, and not empty")]
    Text,
}

/// The faults that are on.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: BTreeMap<u64, Armed>,
    last_id: u64,
}

/// A fault that is on, as the control API lists it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Armed {
    #[serde(flatten)]
    pub(crate) fault: Fault,
    /// How often it has happened.
    pub(crate) fired: u32,
    #[serde(skip)]
    random: Random,
}

impl Fault {
    /// The fault that always happens.
    pub(crate) const fn always(kind: FaultKind) -> Self {
        Self { kind, operation: None, count: None, probability: ALWAYS, seed: 0 }
    }

    /// Reads a fault from JSON.
    ///
    /// # Errors
    ///
    /// [`FaultError`], which names the field that is missing, unknown or out of its range.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, FaultError> {
        let value: Value = serde_json::from_slice(json)?;
        let kind = FaultKind::deserialize(&value)?;
        let Occasions { operation, count, probability, seed } = Occasions::deserialize(&value)?;
        let fault =
            Self { kind, operation, count, probability: probability.unwrap_or(ALWAYS), seed };
        fault.check()?;
        // A field that was not understood is missing when the fault is written again.
        let written = serde_json::to_value(&fault)?;
        let fields = value.as_object().into_iter().flat_map(serde_json::Map::keys);
        match fields.into_iter().find(|&field| written.get(field).is_none()) {
            Some(field) => Err(FaultError::UnknownField(field.clone())),
            None => Ok(fault),
        }
    }

    fn check(&self) -> Result<(), FaultError> {
        if self.probability > ALWAYS {
            return Err(FaultError::Probability);
        }
        if self.operation.as_deref().is_some_and(|operation| !is_operation(operation)) {
            return Err(FaultError::Operation);
        }
        self.kind.check()
    }
}

impl Faults {
    /// Turns a fault on and returns its number.
    pub(crate) fn add(&mut self, fault: Fault) -> u64 {
        self.last_id += 1;
        let random = Random::new(fault.seed);
        self.armed.insert(self.last_id, Armed { fault, fired: 0, random });
        self.last_id
    }

    /// Turns a fault off; `false` if there is none of this number.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        self.armed.remove(&id).is_some()
    }

    /// Turns all faults off.
    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// The faults that are on by their numbers, those that are used up among them.
    pub(crate) const fn list(&self) -> &BTreeMap<u64, Armed> {
        &self.armed
    }

    /// What goes wrong now, if anything does.
    ///
    /// Of several faults the one that was turned on first happens; the others are not asked and
    /// keep their turn.
    pub(crate) fn fire(&mut self, operation: &str, moment: Moment) -> Option<FaultKind> {
        self.armed.values_mut().find_map(|armed| armed.fire(operation, moment))
    }
}

impl Armed {
    fn fire(&mut self, operation: &str, moment: Moment) -> Option<FaultKind> {
        let Fault { kind, operation: wanted, count, probability, .. } = &self.fault;
        let is_left = count.is_none_or(|count| self.fired < count);
        let is_meant = wanted.as_deref().is_none_or(|wanted| wanted == operation);
        if !is_left || !is_meant || !kind.happens_at(moment) {
            return None;
        }
        if !self.random.happens(*probability) {
            return None;
        }
        self.fired = self.fired.saturating_add(1);
        Some(kind.clone())
    }
}

fn is_operation(text: &str) -> bool {
    let is_method = |method| ["GET", "POST", "PUT", "DELETE"].contains(&method);
    text.split_once(' ').is_some_and(|(method, path)| is_method(method) && path.starts_with('/'))
}
