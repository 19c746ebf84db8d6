//! Limits of KSeF: how much may be sent, and how often.
//!
//! KSeF API, `limity/limity-api.md`: requests are counted by group, for each pair of context and
//! address, in three sliding windows at once (a second, 60 seconds, 60 minutes). Who exceeds one
//! is answered 429 and blocked, longer each time. A [`Limiter`] waits before a request so that
//! this does not happen, in one process or, by a shared [`LimiterStore`], in many.
//!
//! ```
//! use std::sync::Arc;
//!
//! use ksef_client::limits::{Admission, LimitedRequest, Limiter, RateGroup, RateLimits};
//! use ksef_core::{Environment, FixedClock};
//!
//! # fn block_on<F: Future>(future: F) -> F::Output {
//! #     let mut future = std::pin::pin!(future);
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     loop {
//! #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
//! #             return output;
//! #         }
//! #     }
//! # }
//! # block_on(async {
//! let clock = Arc::new(FixedClock::at("2026-11-20T12:00:00Z".parse()?));
//! let limiter = Limiter::new(Environment::Test, clock);
//! let send = LimitedRequest::new("Nip/5265877635".parse()?, RateGroup::InvoiceSend, "send");
//! for _ in 0..10 {
//!     let Admission::Granted(permit) = limiter.try_acquire(&send).await? else { unreachable!() };
//!     // Here the request is made.
//!     permit.complete().await?;
//! }
//! // The eleventh within a second has to wait.
//! assert!(matches!(limiter.try_acquire(&send).await?, Admission::Wait(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//!
//! let plan = RateLimits::default().plan(340, 10_000);
//! assert_eq!(plan.to_string(), "340 invoices: 1 h 53 min online, or one batch");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod counter;
#[cfg(feature = "client")]
mod effective;
mod limiter;
mod plan;
mod rate_limits;
mod session_limits;
mod store;
#[cfg(test)]
mod tests;

pub use counter::CounterState;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use effective::{ContextLimits, SubjectLimits};
pub use limiter::{Admission, LimitedRequest, Limiter, Permit};
pub use plan::SendPlan;
pub use rate_limits::{RateGroup, RateLimit, RateLimits};
pub use session_limits::{DocumentTooLarge, SessionLimits};
pub use store::{Counter, InMemoryLimiterStore, LimiterStore, LimiterStoreError};
