//! `Limiter`, which waits so that KSeF does not refuse.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use ksef_core::{Clock, ContextIdentifier, Environment};

use super::{
    Counter, InMemoryLimiterStore, LimiterStore, LimiterStoreError, RateGroup, RateLimits, SendPlan,
};

/// Asks before each request whether it fits into the limits.
///
/// Clones share their counters. Nothing here sleeps by itself or needs a runtime: the time comes
/// from a [`Clock`], and who waits says how.
#[derive(Clone, Debug)]
pub struct Limiter {
    environment: Environment,
    clock: Arc<dyn Clock>,
    store: Arc<dyn LimiterStore>,
    learned: Arc<RwLock<HashMap<ContextIdentifier, RateLimits>>>,
}

/// A request, as far as limits go.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct LimitedRequest {
    context: Option<ContextIdentifier>,
    group: RateGroup,
    operation: &'static str,
}

/// Whether a request may be made.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a request may be made, or not yet")]
pub enum Admission {
    /// It may be made now.
    Granted(Permit),
    /// It may be asked again after this time at the earliest.
    Wait(Duration),
}

/// Leave to make one request. Its end is to be told.
///
/// Where it is not, because a process or a task ended, the request counts as made after some
/// minutes, so that limits are kept all the same.
#[derive(Debug)]
#[must_use = "tell when the request was answered: `complete`"]
pub struct Permit {
    limiter: Limiter,
    reserved: Vec<(Counter, u64)>,
}

impl LimitedRequest {
    /// A request with an access token of this context. `operation` is a name that is always the
    /// same for the same operation; it matters in the group `other` only.
    #[must_use]
    pub const fn new(
        context: ContextIdentifier,
        group: RateGroup,
        operation: &'static str,
    ) -> Self {
        Self { context: Some(context), group, operation }
    }

    /// A request without an access token.
    #[must_use]
    pub const fn anonymous(operation: &'static str) -> Self {
        Self { context: None, group: RateGroup::Anonymous, operation }
    }

    /// The counters that it spends: that of everything, and its own.
    fn counters(&self, environment: Environment) -> [Counter; 2] {
        let operation = (self.group == RateGroup::Other).then_some(self.operation);
        let (context, group) = (self.context, self.group);
        [
            Counter { environment, context: None, group: RateGroup::Global, operation: None },
            Counter { environment, context, group, operation },
        ]
    }
}

impl Limiter {
    /// A limiter of this process alone.
    #[must_use]
    pub fn new(environment: Environment, clock: Arc<dyn Clock>) -> Self {
        Self::with_store(environment, clock, Arc::new(InMemoryLimiterStore::default()))
    }

    /// A limiter of all processes that share the store.
    #[must_use]
    pub fn with_store(
        environment: Environment,
        clock: Arc<dyn Clock>,
        store: Arc<dyn LimiterStore>,
    ) -> Self {
        Self { environment, clock, store, learned: Arc::default() }
    }

    /// Keeps to these limits in this context from now on: the answer of `GET /rate-limits`.
    pub fn learn(&self, context: ContextIdentifier, limits: RateLimits) {
        self.learned.write().unwrap_or_else(PoisonError::into_inner).insert(context, limits);
    }

    /// The limits that are kept to; those of production, if none were learned.
    #[must_use]
    pub fn limits(&self, context: Option<ContextIdentifier>) -> RateLimits {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        context.and_then(|context| learned.get(&context).cloned()).unwrap_or_default()
    }

    /// Reserves a request, or says how long to wait.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn try_acquire(
        &self,
        request: &LimitedRequest,
    ) -> Result<Admission, LimiterStoreError> {
        let limits = self.limits(request.context);
        let mut permit = Permit { limiter: self.clone(), reserved: Vec::new() };
        for counter in request.counters(self.environment) {
            let limit = limits.of(counter.group);
            if limit.is_unlimited() {
                continue;
            }
            let now = self.clock.now();
            let mut reserved = Ok(0);
            let mut reserve = |state: &mut super::CounterState| {
                reserved = state.reserve(limit, now);
            };
            self.store.update(&counter, &mut reserve).await?;
            match reserved {
                Ok(number) => permit.reserved.push((counter, number)),
                Err(wait) => {
                    permit.cancel().await?;
                    return Ok(Admission::Wait(wait));
                }
            }
        }
        Ok(Admission::Granted(permit))
    }

    /// Reserves a request, waiting as often and as long as it takes. `sleep` is the runtime's,
    /// as `tokio::time::sleep`.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn acquire<F: Future<Output = ()> + Send>(
        &self,
        request: &LimitedRequest,
        sleep: impl Fn(Duration) -> F + Send + Sync,
    ) -> Result<Permit, LimiterStoreError> {
        loop {
            match self.try_acquire(request).await? {
                Admission::Granted(permit) => return Ok(permit),
                Admission::Wait(wait) => sleep(wait).await,
            }
        }
    }

    /// How long it takes to send so many invoices from now on, given what was sent before.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn plan(
        &self,
        context: ContextIdentifier,
        invoices: u32,
        invoices_per_batch: u32,
    ) -> Result<SendPlan, LimiterStoreError> {
        let request = LimitedRequest::new(context, RateGroup::InvoiceSend, "");
        let [_, counter] = request.counters(self.environment);
        let mut found = super::CounterState::default();
        self.store.update(&counter, &mut |state| found = state.clone()).await?;
        let limit = self.limits(Some(context)).of(RateGroup::InvoiceSend);
        Ok(SendPlan::new(invoices, invoices_per_batch, limit, found, self.clock.now()))
    }

    async fn change(
        &self,
        counter: &Counter,
        mut change: impl FnMut(&mut super::CounterState) + Send,
    ) -> Result<(), LimiterStoreError> {
        self.store.update(counter, &mut change).await
    }
}

impl Permit {
    /// The request was answered, or given up.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn complete(self) -> Result<(), LimiterStoreError> {
        for (counter, number) in &self.reserved {
            let now = self.limiter.clock.now();
            self.limiter.change(counter, |state| state.complete(*number, now)).await?;
        }
        Ok(())
    }

    /// The request was answered with 429 and this `Retry-After`: somebody else spends the same
    /// budget. Nobody who shares the store sends such a request before that time has passed.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn refused(self, retry_after: Duration) -> Result<(), LimiterStoreError> {
        for (counter, number) in &self.reserved {
            let now = self.limiter.clock.now();
            self.limiter.change(counter, |state| state.block(*number, retry_after, now)).await?;
        }
        Ok(())
    }

    /// The request was not made.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn cancel(self) -> Result<(), LimiterStoreError> {
        for (counter, number) in &self.reserved {
            let cancel = |state: &mut super::CounterState| {
                state.cancel(*number);
            };
            self.limiter.change(counter, cancel).await?;
        }
        Ok(())
    }
}
