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

#[cfg(test)]
mod tests {
    use ksef_audit::{Sqlite, Test};
    use ksef_client::limits::{Admission, LimitedRequest, RateGroup};
    use ksef_core::{ContextIdentifier, FixedClock, TenantId};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn processes_spend_one_budget() {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> =
            Arc::new(FixedClock::at("2026-11-20T12:00:00Z".parse().unwrap()));
        let context: ContextIdentifier = "Nip/5265877635".parse().unwrap();
        let send = LimitedRequest::new(context, RateGroup::InvoiceSend, "send");
        let mut tasks = tokio::task::JoinSet::new();
        // Each has the files open for itself, as a process has.
        for _ in 0..4 {
            let ledgers = Sqlite::open(folder.path()).await.unwrap();
            let tenant = TenantId::from_bytes([4; 16]).unwrap();
            let ledger = Tenant::<Test>::open(&ledgers, tenant).await.unwrap();
            let limiter = limiter(ledger, Arc::clone(&clock));
            for _ in 0..8 {
                let limiter = limiter.clone();
                tasks.spawn(async move {
                    let admission = limiter.try_acquire(&send).await.unwrap();
                    let Admission::Granted(permit) = admission else { return 0 };
                    permit.complete().await.unwrap();
                    1
                });
            }
        }
        // Ten in a second.
        assert_eq!(tasks.join_all().await.into_iter().sum::<u32>(), 10);
    }
}
