//! `LimiterStore`, where counters are kept.

use core::fmt;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ksef_core::port::{BoxError, BoxFuture};
use ksef_core::{ContextIdentifier, Environment};

use super::{CounterState, RateGroup};

/// Which requests are counted together.
///
/// Its `Display` is a stable key for a table. It contains the context's number.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Counter {
    /// Where the requests go.
    pub environment: Environment,
    /// The context of the token; none for the groups `anonymous` and `global`.
    pub context: Option<ContextIdentifier>,
    /// The group.
    pub group: RateGroup,
    /// In the group `other`, where each operation has a counter of its own.
    pub operation: Option<&'static str>,
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.environment)?;
        if let Some(context) = &self.context {
            write!(f, "{context} ")?;
        }
        f.write_str(self.group.as_str())?;
        self.operation.map_or(Ok(()), |operation| write!(f, " {operation}"))
    }
}

/// Where counters are kept: in memory, or in a table that several processes share.
///
/// KSeF counts by context and address, so processes behind one address spend one budget. Their
/// clocks have to agree to within the time that a request takes.
pub trait LimiterStore: fmt::Debug + Send + Sync {
    /// Reads the state of the counter, the default if there is none, changes it, and writes it
    /// back; nobody else does so in between.
    ///
    /// `change` may be called again if what was read was outdated; its last call counts.
    fn update<'a>(
        &'a self,
        counter: &'a Counter,
        change: &'a mut (dyn FnMut(&mut CounterState) + Send),
    ) -> BoxFuture<'a, Result<(), LimiterStoreError>>;
}

/// The counters could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the counters of requests could not be read or written")]
pub struct LimiterStoreError {
    source: BoxError,
}

impl LimiterStoreError {
    /// An error with its cause.
    #[must_use]
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self { source: source.into() }
    }
}

/// Counters in memory, for one process.
#[derive(Debug, Default)]
pub struct InMemoryLimiterStore {
    counters: Mutex<HashMap<Counter, CounterState>>,
}

impl LimiterStore for InMemoryLimiterStore {
    fn update<'a>(
        &'a self,
        counter: &'a Counter,
        change: &'a mut (dyn FnMut(&mut CounterState) + Send),
    ) -> BoxFuture<'a, Result<(), LimiterStoreError>> {
        // A panic elsewhere cannot leave a state half written.
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        change(counters.entry(counter.clone()).or_default());
        Box::pin(core::future::ready(Ok(())))
    }
}
