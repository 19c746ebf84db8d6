//! `ClientBuilder`.

use std::sync::Arc;

use http::HeaderValue;
use ksef_core::port::UpoVerifier;
use ksef_core::{Clock, Endpoints, SystemClock};

use super::{Client, Inner};
use crate::error::{Error, InputError};
use crate::limits::{Limiter, SessionLimits};
use crate::pipeline::{Jitter, Pipeline};
use crate::policy::RetryPolicy;
use crate::public_keys::PublicKeys;
use crate::timer::Timer;
use crate::transport::Transport;
use crate::warning::{SystemWarning, WarningHandler};

/// What a [`Client`] is built with. Everything but the addresses has a default.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    endpoints: Endpoints,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    timer: Option<Arc<dyn Timer>>,
    retry: RetryPolicy,
    user_agent: Option<String>,
    limiter: LimiterChoice,
    session_limits: SessionLimits,
    upo_verifier: Option<Arc<dyn UpoVerifier>>,
    warnings: Option<WarningHandler>,
    jitter: Jitter,
}

#[derive(Debug)]
enum LimiterChoice {
    Own,
    Given(Limiter),
    None,
}

impl ClientBuilder {
    pub(super) fn new(endpoints: Endpoints) -> Self {
        Self {
            endpoints,
            transport: None,
            clock: Arc::new(SystemClock),
            timer: None,
            retry: RetryPolicy::new(),
            user_agent: None,
            limiter: LimiterChoice::Own,
            session_limits: SessionLimits::PRODUCTION,
            upo_verifier: default_upo_verifier(),
            warnings: None,
            jitter: Jitter::random(),
        }
    }

    /// Another transport than the default one.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Where the time comes from; the system's clock by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How the client waits; by the timer of tokio by default.
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Some(Arc::new(timer));
        self
    }

    /// How requests are repeated that may be; [`RetryPolicy::new`] by default.
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The name and version of your program, which precede this library's in `User-Agent`.
    pub fn user_agent(mut self, program: impl Into<String>) -> Self {
        self.user_agent = Some(program.into());
        self
    }

    /// A limiter that is shared with other clients or processes behind the same address; by
    /// default the client has one of its own.
    pub fn limiter(mut self, limiter: Limiter) -> Self {
        self.limiter = LimiterChoice::Given(limiter);
        self
    }

    /// No limiter: requests leave at once, and KSeF answers with 429 if they are too many.
    pub fn without_limiter(mut self) -> Self {
        self.limiter = LimiterChoice::None;
        self
    }

    /// What documents and sessions may hold; what production admits by default.
    pub const fn session_limits(mut self, limits: SessionLimits) -> Self {
        self.session_limits = limits;
        self
    }

    /// Who verifies receipts; by default `xades::UpoSignatureVerifier` without pins, with the
    /// feature `xades`, and nobody without it.
    pub fn upo_verifier(mut self, verifier: impl UpoVerifier + 'static) -> Self {
        self.upo_verifier = Some(Arc::new(verifier));
        self
    }

    /// Who is told of the warnings that come with answers (`X-System-Warning`).
    pub fn on_system_warning(
        mut self,
        handler: impl Fn(&SystemWarning) + Send + Sync + 'static,
    ) -> Self {
        self.warnings = Some(WarningHandler::new(handler));
        self
    }

    /// What the lengths of pauses are drawn from, so that a run can be repeated; random by
    /// default.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter = Jitter::seeded(seed);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`InputError::Tls`] where the default transport finds no certificates of the system,
    /// [`InputError::Http`] where the name of the program cannot be sent, and
    /// [`InputError::NoTransport`] where there is no default and none was given.
    pub fn build(self) -> Result<Client, Error> {
        let limiter = match self.limiter {
            LimiterChoice::Own => {
                Some(Limiter::new(self.endpoints.environment(), Arc::clone(&self.clock)))
            }
            LimiterChoice::Given(limiter) => Some(limiter),
            LimiterChoice::None => None,
        };
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(&self.endpoints)?,
        };
        let pipeline = Pipeline {
            transport,
            timer: self.timer.or_else(default_timer).ok_or(InputError::NoTransport)?,
            user_agent: user_agent(self.user_agent.as_deref())?,
            endpoints: self.endpoints,
            clock: self.clock,
            retry: self.retry,
            limiter,
            jitter: self.jitter,
            warnings: self.warnings,
        };
        Ok(Client(Arc::new(Inner {
            pipeline,
            public_keys: PublicKeys::default(),
            session_limits: self.session_limits,
            upo_verifier: self.upo_verifier,
        })))
    }
}

fn user_agent(program: Option<&str>) -> Result<HeaderValue, InputError> {
    let own = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let text = program.map_or_else(|| own.to_owned(), |program| format!("{program} {own}"));
    HeaderValue::from_str(&text).map_err(|_| InputError::Http)
}

#[cfg(feature = "reqwest")]
fn default_transport(endpoints: &Endpoints) -> Result<Arc<dyn Transport>, InputError> {
    let transport = crate::transport::ReqwestTransport::new(endpoints);
    Ok(Arc::new(transport.map_err(|_| InputError::Tls)?))
}

#[cfg(not(feature = "reqwest"))]
fn default_transport(_: &Endpoints) -> Result<Arc<dyn Transport>, InputError> {
    Err(InputError::NoTransport)
}

#[cfg(feature = "reqwest")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn default_timer() -> Option<Arc<dyn Timer>> {
    Some(Arc::new(crate::timer::TokioTimer))
}

#[cfg(not(feature = "reqwest"))]
fn default_timer() -> Option<Arc<dyn Timer>> {
    None
}

#[cfg(feature = "xades")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn default_upo_verifier() -> Option<Arc<dyn UpoVerifier>> {
    Some(Arc::new(crate::xades::UpoSignatureVerifier::new()))
}

#[cfg(not(feature = "xades"))]
fn default_upo_verifier() -> Option<Arc<dyn UpoVerifier>> {
    None
}
