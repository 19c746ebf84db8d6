//! The client over the sandbox without a socket, in one virtual time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_client::{
    AuthSession, Client, ClientBuilder, Credentials, OutgoingInvoice, PollPolicy, Timer, Transport,
    TransportError,
};
use ksef_core::port::BoxFuture;
use ksef_core::{
    Clock, ContextIdentifier, Endpoints, Environment, FormCode, InvoiceXml, SystemClock, Timestamp,
};
use ksef_sandbox::{Config, Delays, Dropped, Sandbox};
use libtest_mimic::Failed;

use crate::contract::Inspector;
use crate::sandbox::{InvoiceText, NIP, keys, now};

/// Where the sandbox says that it is.
const PUBLIC_URL: &str = "http://127.0.0.1:8090";

/// A sandbox whose clock is moved by nothing but the waiting of its clients.
#[derive(Clone, Debug)]
pub struct World {
    sandbox: Sandbox,
    requests: Arc<Mutex<Vec<String>>>,
    refusals_for_pace: Arc<AtomicUsize>,
    inspector: Option<Arc<Inspector>>,
}

impl World {
    /// A sandbox with real delays and limits, whose clock stands at [`crate::sandbox::NOW`], but
    /// for the change.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn new(change: impl FnOnce(&mut Config)) -> Result<Self, Failed> {
        let mut config = Config::default();
        config.keys = Some(keys()?);
        config.delays = Delays::REAL;
        config.seed = Some(1);
        config.public_url = Some(PUBLIC_URL.to_owned());
        change(&mut config);
        let sandbox = Sandbox::new(config)?;
        sandbox.freeze(now()?);
        let (requests, refusals_for_pace) = (Arc::default(), Arc::default());
        Ok(Self { sandbox, requests, refusals_for_pace, inspector: None })
    }

    /// The same with every exchange held against the contract.
    #[must_use]
    pub fn inspected(self, inspector: Arc<Inspector>) -> Self {
        Self { inspector: Some(inspector), ..self }
    }

    /// The sandbox, for its faults and its ledger.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// A builder for a client of this sandbox.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn builder(&self) -> Result<ClientBuilder, Failed> {
        let endpoints = Endpoints::custom(Environment::Test, &format!("{PUBLIC_URL}/v2"))?;
        Ok(Client::builder_for(endpoints)
            .transport(self.clone())
            .timer(self.clone())
            .clock(Arc::new(self.clone()))
            .jitter_seed(1))
    }

    /// A client of this sandbox.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn client(&self) -> Result<Client, Failed> {
        Ok(self.builder()?.build()?)
    }

    /// The seal of the taxpayer with the NIP of the tests.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn seal(&self) -> Result<Credentials, Failed> {
        let identity = TestCertificate::seal(NIP.parse()?).build(KeyKind::P256, self.now())?;
        Ok(Credentials::signer(identity.signing_key()?))
    }

    /// A login with [`World::seal`].
    ///
    /// # Errors
    ///
    /// When it fails.
    pub async fn log_in(&self) -> Result<AuthSession, Failed> {
        let client = self.client()?;
        Ok(client.authenticate(context()?, self.seal()?, &PollPolicy::default()).await?)
    }

    /// The operations that were asked for so far, as `POST /v2/auth/challenge`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests were answered with 429.
    #[must_use]
    pub fn refusals_for_pace(&self) -> usize {
        self.refusals_for_pace.load(Ordering::Relaxed)
    }

    /// How many requests there were whose method and path end so.
    #[must_use]
    pub fn count(&self, ending: &str) -> usize {
        self.requests().iter().filter(|request| request.ends_with(ending)).count()
    }
}

impl World {
    fn exchange(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Dropped> {
        let answer = self.sandbox.handle(request);
        if answer.as_ref().is_ok_and(|response| response.status() == 429) {
            self.refusals_for_pace.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(inspector) = &self.inspector {
            inspector.request(request);
            match &answer {
                Ok(response) => inspector.answer(request, response),
                Err(Dropped) => inspector.dropped(),
            }
        }
        answer
    }
}

/// The context of the tests.
///
/// # Errors
///
/// Never.
pub fn context() -> Result<ContextIdentifier, Failed> {
    Ok(ContextIdentifier::Nip(NIP.parse()?))
}

/// An invoice of the day with this number.
///
/// # Errors
///
/// Never.
pub fn invoice(number: &str) -> Result<OutgoingInvoice, Failed> {
    let xml = InvoiceXml::new(InvoiceText::new(number).as_bytes())?;
    Ok(OutgoingInvoice::new(FormCode::Fa3, xml, NIP.parse()?, now()?.warsaw_date()))
}

impl Transport for World {
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let line = format!("{} {}", request.method(), request.uri().path());
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        let answer = self.exchange(&request).map_err(TransportError::answer_lost);
        Box::pin(core::future::ready(answer))
    }
}

impl Timer for World {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.sandbox.advance(duration);
        Box::pin(core::future::ready(()))
    }
}

/// The system's clock, moved: processes that are given the same offset show the same time.
#[derive(Clone, Copy, Debug)]
pub struct ShiftedClock {
    /// How far it is behind the system's clock, in milliseconds; negative if it is ahead.
    behind: i64,
}

impl ShiftedClock {
    /// Shows [`crate::sandbox::NOW`] now.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn starting_now() -> Result<Self, Failed> {
        let system = SystemClock.now().as_unix_milliseconds();
        Ok(Self { behind: system.saturating_sub(now()?.as_unix_milliseconds()) })
    }

    /// The clock with an [`offset`](Self::offset).
    #[must_use]
    pub const fn with_offset(offset: i64) -> Self {
        Self { behind: offset }
    }

    /// What another process needs to show the same time.
    #[must_use]
    pub const fn offset(&self) -> i64 {
        self.behind
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        let (system, by) = (SystemClock.now(), Duration::from_millis(self.behind.unsigned_abs()));
        let moved = if self.behind < 0 { system.checked_add(by) } else { system.checked_sub(by) };
        moved.unwrap_or(system)
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.sandbox.now()
    }
}
