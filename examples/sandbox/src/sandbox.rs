//! `Sandbox`, a KSeF in memory, and what all requests share.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use ksef_core::{Clock, Timestamp};

use crate::clock::{ClockSetting, SandboxClock};
use crate::config::Config;
use crate::faults::{ArmedFault, Fault};
use crate::invoices::AcceptedInvoice;
use crate::keys::{KeyParts, Keys, KeysError};
use crate::limiter::Limiter;
use crate::persist::{StateError, StateFile};
use crate::router::Router;
use crate::world::{World, WorldGuard};

/// A KSeF on one's own machine; clones are the same one.
///
/// [`Sandbox::handle`] answers a request without a socket, which is how simulations use it;
/// [`Sandbox::start`] puts it behind one.
///
/// ```
/// use bytes::Bytes;
/// use ksef_sandbox::{Config, Sandbox};
///
/// let sandbox = Sandbox::new(Config::default())?;
/// let request = http::Request::post("/v2/auth/challenge").body(Bytes::new())?;
/// let answer = sandbox.handle(&request)?;
/// assert_eq!(answer.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sandbox(pub(crate) Arc<Shared>);

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) keys: Arc<Keys>,
    pub(crate) clock: SandboxClock,
    pub(crate) limiter: Mutex<Limiter>,
    pub(crate) router: Router,
    public_url: String,
    pub(crate) state: Option<StateFile>,
    world: Mutex<World>,
}

/// The key of the one record in the table of the keys.
const KEYS: &str = "keys";

/// The key of the one record in the table of the clock.
const CLOCK: &str = "clock";

/// Why a sandbox cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The keys could not be made.
    #[error("the keys of the sandbox could not be made")]
    Keys(#[from] KeysError),
    /// The address could not be listened on; take another or port 0.
    #[error("the address cannot be listened on, take another or port 0")]
    Listen(#[source] std::io::Error),
    /// The state cannot be kept.
    #[error("the state of the sandbox cannot be kept")]
    State(#[from] StateError),
}

/// The connection is to be closed without an answer, as a fault asks for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the connection was dropped, as a fault asked for it")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say about it")]
pub struct Dropped;

/// An extension of a request: the address that it comes from; 127.0.0.1 without it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it is this address and nothing else")]
pub struct ClientAddress(pub IpAddr);

/// An extension of an answer: how long it is held back, as a fault asks for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it is this time and nothing else")]
pub struct HeldBack(pub Duration);

impl Sandbox {
    /// A sandbox without a socket.
    ///
    /// # Errors
    ///
    /// When the keys cannot be made, or the state cannot be read.
    pub fn new(config: Config) -> Result<Self, StartError> {
        let clock = SandboxClock::new(Arc::clone(&config.clock));
        let mut world = World::new(config.seed);
        let state = match &config.state {
            Some(directory) => Some(StateFile::open(directory, &mut world)?),
            None => None,
        };
        if let Some(&setting) = world.clock.get(CLOCK) {
            clock.apply(setting);
        }
        let keys = match &config.keys {
            Some(keys) => Arc::clone(keys),
            None => Arc::new(kept_keys(&mut world, clock.now())?),
        };
        let public_url = public_url(&config);
        let world = Mutex::new(world);
        let router = Router::new();
        let limiter = Mutex::default();
        let shared = Shared { config, keys, clock, limiter, router, public_url, state, world };
        Ok(Self(Arc::new(shared)))
    }

    /// Answers a request.
    ///
    /// # Errors
    ///
    /// [`Dropped`] if a fault asks for the connection to be closed without an answer.
    pub fn handle(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Dropped> {
        let answer = self.0.router.answer(&self.0, request);
        match self.0.save() {
            Ok(()) => answer,
            Err(error) => Ok(not_saved(&error)),
        }
    }

    /// The time that the sandbox shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Moves the sandbox's clock ahead.
    pub fn advance(&self, by: Duration) {
        self.0.set_clock(self.0.clock.advanced(by));
    }

    /// Stops the sandbox's clock at this time; it is moved by [`Sandbox::advance`] from here on.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use ksef_core::Timestamp;
    /// use ksef_sandbox::{Config, Sandbox};
    ///
    /// let sandbox = Sandbox::new(Config::default())?;
    /// let noon: Timestamp = "2026-11-20T12:00:00Z".parse()?;
    /// sandbox.freeze(noon);
    /// sandbox.advance(Duration::from_secs(3600));
    /// assert_eq!(sandbox.now(), "2026-11-20T13:00:00Z".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn freeze(&self, now: Timestamp) {
        self.0.set_clock(ClockSetting::Still(now));
    }

    /// Sets the sandbox's clock to this time, from which it goes on.
    pub fn set_time(&self, now: Timestamp) {
        self.0.set_clock(self.0.clock.going_from(now));
    }

    /// Turns a fault on and returns its number.
    #[expect(clippy::must_use_candidate, reason = "most faults are never turned off by number")]
    pub fn add_fault(&self, fault: Fault) -> u64 {
        self.0.world().faults.add(fault)
    }

    /// Turns the fault of this number off; `false` if there is none.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn remove_fault(&self, id: u64) -> bool {
        self.0.world().faults.remove(id)
    }

    /// Turns all faults off.
    pub fn clear_faults(&self) {
        self.0.world().faults.clear();
    }

    /// The faults that are on, in the order in which they were turned on.
    ///
    /// ```
    /// use ksef_sandbox::{Config, Fault, FaultKind, Sandbox};
    ///
    /// let sandbox = Sandbox::new(Config::default())?;
    /// sandbox.add_fault(Fault::always(FaultKind::Html).times(3));
    /// let [armed] = &sandbox.faults()[..] else { panic!("one fault is on") };
    /// assert_eq!((armed.fired, armed.fault.count), (0, Some(3)));
    /// sandbox.clear_faults();
    /// assert!(sandbox.faults().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn faults(&self) -> Vec<ArmedFault> {
        self.0.world().faults.list().values().cloned().collect()
    }

    /// What was truly accepted, in the order of acceptance, whether or not its sender knows yet.
    ///
    /// ```
    /// use ksef_sandbox::{Config, Sandbox};
    ///
    /// let sandbox = Sandbox::new(Config::default())?;
    /// let numbers: Vec<_> = sandbox.accepted().iter().map(|it| it.ksef_number).collect();
    /// assert!(numbers.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn accepted(&self) -> Vec<AcceptedInvoice> {
        AcceptedInvoice::all(&self.0.world())
    }

    /// Scheme, host and port of the links that are handed out.
    ///
    /// ```
    /// use ksef_sandbox::{Config, Sandbox};
    ///
    /// let mut config = Config::default();
    /// config.public_url = Some("https://ksef.example/".to_owned());
    /// assert_eq!(Sandbox::new(config)?.public_url(), "https://ksef.example");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.0.public_url()
    }
}

impl Shared {
    pub(crate) fn world(&self) -> WorldGuard<'_> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn public_url(&self) -> &str {
        &self.public_url
    }

    pub(crate) fn set_clock(&self, setting: ClockSetting) {
        self.world().clock.insert(CLOCK, setting);
        self.clock.apply(setting);
    }

    /// Writes what changed to the state file, if there is one.
    pub(crate) fn save(&self) -> Result<(), StateError> {
        self.state.as_ref().map_or(Ok(()), |file| file.save(|| self.world()))
    }
}

fn public_url(config: &Config) -> String {
    let Some(url) = &config.public_url else {
        return format!("http://{}", config.listen);
    };
    let url = url.trim_end_matches('/');
    match url.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", config.listen.port()),
        None => url.to_owned(),
    }
}

/// The keys of the state file; made now if it has none.
fn kept_keys(world: &mut World, now: Timestamp) -> Result<Keys, KeysError> {
    if let Some(parts) = world.keys.get(KEYS) {
        return Keys::from_parts(parts);
    }
    let parts = KeyParts::generate(now)?;
    let keys = Keys::from_parts(&parts)?;
    world.keys.insert(KEYS, parts);
    Ok(keys)
}

fn not_saved(error: &StateError) -> Response<Bytes> {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    let mut response = Response::new(Bytes::from(format!("{error}{cause}\n")));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

impl ClientAddress {
    pub(crate) fn of(request: &Request<Bytes>) -> IpAddr {
        let extension = request.extensions().get::<Self>();
        extension.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.0)
    }
}
