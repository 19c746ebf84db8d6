//! A double of Stripe and of the National Bank on this machine, for tests and demonstrations.
//!
//! [`Stub`] listens on 127.0.0.1 and answers every request that [`fetch`](crate::fetch) makes, the
//! way the two APIs document it: it cuts lists into pages and embedded lines after the tenth, wants
//! a key and its permissions, knows accounts and idempotency keys, and has no rate for a day without
//! a table. What it holds you put in; what goes wrong you say by [`Fault`]; what was asked you read
//! back. It has no clock and no chance: the same calls give the same answers.
//!
#![cfg_attr(feature = "reqwest", doc = "```")]
#![cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
//! use std::sync::Arc;
//!
//! use ksef_stripe::fetch::{ApiKey, Caller, ReqwestTransport, Stripe, TokioTimer};
//! use ksef_stripe::stub::{Fault, FaultKind, Stub};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let stub = Stub::start().await?;
//! stub.put(json!({ "object": "tax_rate", "id": "txr_23", "percentage": 23, "country": "PL" }))?;
//! stub.add_fault(Fault::new(FaultKind::TooManyRequests { retry_after: "0".into() }).times(1));
//!
//! let transport = Arc::new(ReqwestTransport::new(&[stub.base()])?);
//! let caller = Caller::new(transport, Arc::new(TokioTimer));
//! let stripe = Stripe::new(caller, stub.base(), ApiKey::new("rk_test_1")?);
//! assert!(!stripe.tax_rate("txr_23").await?.is_empty());
//! assert_eq!(stub.requests().len(), 2);
//! # stub.stop().await;
//! # Ok(())
//! # }
//! ```

mod fault;
mod national_bank;
mod page;
mod reply;
mod request;
mod server;
mod store;
mod stripe;
mod webhook;

use core::fmt;
use std::io;
use std::sync::Arc;

use ksef_core::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::ExchangeRate;
use crate::fetch::BaseAddress;
use crate::webhook::WebhookSecret;
use server::Shared;

pub use fault::{Fault, FaultKind};
pub use request::SeenRequest;
pub use webhook::Delivery;

/// Stripe and the National Bank behind one socket. It ends when this is dropped, or by
/// [`Stub::stop`].
pub struct Stub {
    shared: Arc<Shared>,
    base: BaseAddress,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

/// Shows where it listens, and nothing of what it holds.
impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stub").field("base", &self.base).finish_non_exhaustive()
    }
}

/// Why the stub does not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StubError {
    /// The address cannot be listened on.
    #[error("no address of this machine can be listened on")]
    Listen(#[source] io::Error),
    /// The object lacks what every object of Stripe has.
    #[error("an object needs its `id` and its `object`")]
    Object,
    /// There is no object or event with this id.
    #[error("there is no `{0}`; put it in first")]
    Missing(String),
}

impl Stub {
    /// Starts on a free port, on the Tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// [`StubError::Listen`].
    pub async fn start() -> Result<Self, StubError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(StubError::Listen)?;
        let address = listener.local_addr().map_err(StubError::Listen)?;
        let base = BaseAddress::of_this_machine(address);
        let shared = Arc::new(Shared::default());
        let (stop, stopping) = watch::channel(false);
        let server = tokio::spawn(server::accept(listener, Arc::clone(&shared), stopping));
        Ok(Self { shared, base, stop, server })
    }

    /// The address of both APIs.
    #[must_use]
    pub fn base(&self) -> BaseAddress {
        self.base.clone()
    }

    /// Takes no more connections and waits for the requests that are under way.
    pub async fn stop(self) {
        // Nobody listens any more if the server has ended by itself.
        let _ = self.stop.send(true);
        let _ = self.server.await;
    }

    /// Puts an object of Stripe in, or another one in its place: an invoice, a credit note, a tax
    /// rate, an event. It is given out as it would be with everything expanded; what a request does
    /// not expand is left out. An invoice has all its lines here, and gives out ten.
    ///
    /// # Errors
    ///
    /// [`StubError::Object`].
    pub fn put(&self, object: Value) -> Result<(), StubError> {
        self.shared.stripe().put(None, object)
    }

    /// The same for a connected account (`acct_…`), for which a request has to name it.
    ///
    /// # Errors
    ///
    /// [`StubError::Object`].
    pub fn put_for(&self, account: &str, object: Value) -> Result<(), StubError> {
        self.shared.stripe().put(Some(account), object)
    }

    /// The object with this id as it is now, whichever account it is of.
    #[must_use]
    pub fn object(&self, id: &str) -> Option<Value> {
        self.shared.stripe().object(id).cloned()
    }

    /// Gives the key these permissions alone, such as `invoice_read`. Before it has all.
    pub fn restrict_key<P: Into<String>>(&self, permissions: impl IntoIterator<Item = P>) {
        let permissions = permissions.into_iter().map(Into::into).collect();
        self.shared.stripe().permissions = Some(permissions);
    }

    /// Something happens to an object: the event is kept, and this is its webhook.
    ///
    /// # Errors
    ///
    /// [`StubError::Missing`] for an object that was not put in.
    pub fn happen(
        &self,
        event_type: &str,
        object_id: &str,
        secret: &WebhookSecret,
        at: Timestamp,
    ) -> Result<Delivery, StubError> {
        let event = self.shared.stripe().happen(event_type, object_id, at)?;
        self.deliver(&event, secret, at)
    }

    /// The webhook of an event that is kept, signed anew as with each attempt of Stripe.
    ///
    /// # Errors
    ///
    /// [`StubError::Missing`] for an event that is not kept.
    pub fn deliver(
        &self,
        event_id: &str,
        secret: &WebhookSecret,
        at: Timestamp,
    ) -> Result<Delivery, StubError> {
        let stripe = self.shared.stripe();
        let event =
            stripe.object(event_id).ok_or_else(|| StubError::Missing(event_id.to_owned()))?;
        Ok(Delivery::of(event_id, event, secret, at))
    }

    /// Every endpoint has taken the event, which counts as delivered from now on.
    ///
    /// # Errors
    ///
    /// [`StubError::Missing`] for an event that is not kept.
    pub fn mark_delivered(&self, event_id: &str) -> Result<(), StubError> {
        self.shared.stripe().mark_delivered(event_id)
    }

    /// The National Bank publishes a rate in table A.
    pub fn publish(&self, rate: &ExchangeRate) {
        self.shared.national_bank().publish(rate);
    }

    /// From now on this goes wrong. Of several faults the first that fits happens.
    pub fn add_fault(&self, fault: Fault) {
        self.shared.faults().push(fault);
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// The requests that came, in their order, those that failed among them.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.shared.seen().clone()
    }

    /// Forgets the requests that came.
    pub fn forget_requests(&self) {
        self.shared.seen().clear();
    }
}
