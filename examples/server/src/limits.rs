//! The budget of requests, which all processes of a company share through its ledger.

use std::sync::Arc;

use ksef_audit::{EnvironmentType, Tenant};
use ksef_client::limits::{Counter, CounterState, Limiter, LimiterStore, LimiterStoreError};
use ksef_core::Clock;
use ksef_core::port::BoxFuture;
use tokio::sync::Mutex;

/// A limiter of all processes that work for the company.
pub(crate) fn limiter<E: EnvironmentType>(ledger: Tenant<E>, clock: Arc<dyn Clock>) -> Limiter {
    let counters = Counters { ledger, turn: Mutex::default() };
    Limiter::with_store(E::ENVIRONMENT, clock, Arc::new(counters))
}

/// The counters of requests, in what the processes share.
#[derive(Debug)]
struct Counters<E: EnvironmentType> {
    ledger: Tenant<E>,
    /// Within a process nobody has to try twice.
    turn: Mutex<()>,
}

impl<E: EnvironmentType> Counters<E> {
    async fn change(
        &self,
        counter: &Counter,
        change: &mut (dyn FnMut(&mut CounterState) + Send),
    ) -> Result<(), LimiterStoreError> {
        let _turn = self.turn.lock().await;
        let mut fault = None;
        let update = |before: Option<&[u8]>| {
            let state = before.map_or_else(|| Ok(CounterState::default()), serde_json::from_slice);
            let state = state.and_then(|mut state| {
                change(&mut state);
                serde_json::to_vec(&state)
            });
            state.map_err(|error| fault = Some(error)).ok()
        };
        let shared = self.ledger.share(&counter.to_string(), update).await;
        shared.map_err(LimiterStoreError::new)?;
        fault.map_or(Ok(()), |error| Err(LimiterStoreError::new(error)))
    }
}

impl<E: EnvironmentType> LimiterStore for Counters<E> {
    fn update<'a>(
        &'a self,
        counter: &'a Counter,
        change: &'a mut (dyn FnMut(&mut CounterState) + Send),
    ) -> BoxFuture<'a, Result<(), LimiterStoreError>> {
        Box::pin(self.change(counter, change))
    }
}
