//! Faults on demand: what the sandbox does wrong on purpose, when, and how often.
//!
//! A fault is told as JSON, `{"kind":"delay","milliseconds":300,"count":2}`; the fields beside
//! those of its [`FaultKind`] are those of [`Fault`]. Whether it fires follows from its seed and
//! from how often it was asked, and from nothing else.

mod around;
mod kind;
mod place;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ksef_core::submission::simulation::Random;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use around::{around, response};
pub use kind::FaultKind;
pub(crate) use kind::Moment;
pub use place::Place;

/// Always, in thousandths.
const ALWAYS: u32 = 1_000;

/// Something that goes wrong, on purpose.
///
/// ```
/// use ksef_sandbox::{Config, Fault, FaultKind, Operation, Sandbox};
///
/// let sandbox = Sandbox::new(Config::default())?;
/// let fault = Fault::always(FaultKind::DropAfter).at(Operation::AuthenticationChallenge).times(1);
/// let id = sandbox.add_fault(fault);
///
/// let request = http::Request::post("/v2/auth/challenge").body(bytes::Bytes::new())?;
/// assert!(sandbox.handle(&request).is_err());
/// assert_eq!(sandbox.handle(&request)?.status(), 200);
/// assert!(sandbox.remove_fault(id));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Where; without it everywhere that the fault makes sense.
    pub operation: Option<Place>,
    /// How often it happens at most; without it there is no end.
    pub count: Option<u32>,
    /// In how many of a thousand occasions it happens.
    pub probability: u32,
    /// Which of the occasions those are.
    pub seed: u64,
}

/// The fields of a [`Fault`] beside its kind, as they are read.
#[derive(Deserialize)]
struct Occasions {
    operation: Option<Place>,
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
    armed: BTreeMap<u64, ArmedFault>,
    last_id: u64,
}

/// A fault that is on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ArmedFault {
    /// Its number.
    pub id: u64,
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
    /// How often it has happened.
    pub fired: u32,
    #[serde(skip)]
    random: Random,
}

impl Fault {
    /// The fault that happens at every occasion.
    #[must_use]
    pub const fn always(kind: FaultKind) -> Self {
        Self { kind, operation: None, count: None, probability: ALWAYS, seed: 0 }
    }

    /// The same in this place alone.
    #[must_use]
    pub fn at(self, place: impl Into<Place>) -> Self {
        Self { operation: Some(place.into()), ..self }
    }

    /// The same so many times at most.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self { count: Some(count), ..self }
    }

    /// The same in so many of a thousand occasions, which the seed picks.
    #[must_use]
    pub fn in_thousandths(self, probability: u32, seed: u64) -> Self {
        Self { probability, seed, ..self }
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
        self.kind.check()
    }
}

impl Faults {
    /// Turns a fault on and returns its number.
    pub(crate) fn add(&mut self, fault: Fault) -> u64 {
        self.last_id += 1;
        let random = Random::new(fault.seed);
        self.armed.insert(self.last_id, ArmedFault { id: self.last_id, fault, fired: 0, random });
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
    pub(crate) const fn list(&self) -> &BTreeMap<u64, ArmedFault> {
        &self.armed
    }

    /// What goes wrong now, if anything does.
    ///
    /// Of several faults the one that was turned on first happens; the others are not asked and
    /// keep their turn.
    pub(crate) fn fire(&mut self, place: Place, moment: Moment) -> Option<FaultKind> {
        self.armed.values_mut().find_map(|armed| armed.fire(place, moment))
    }
}

impl ArmedFault {
    fn fire(&mut self, place: Place, moment: Moment) -> Option<FaultKind> {
        let Fault { kind, operation: wanted, count, probability, .. } = &self.fault;
        let is_left = count.is_none_or(|count| self.fired < count);
        let is_meant = wanted.is_none_or(|wanted| wanted == place);
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
