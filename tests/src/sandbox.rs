//! The sandbox as proof suites use it: no exchange goes unchecked.
//!
//! [`CheckedSandbox`] holds every answer against the contract, [`Client`] is a small client on top, for tests
//! alone: it encrypts, signs and packs with code of its own, so that the sandbox is not judged by itself.
//! A test ends with [`CheckedSandbox::verdict`]. The sandbox is asked directly, behind a socket, or in another
//! process.

mod answer;
mod batch;
mod client;
mod documents;
mod encryption;
mod login;
mod planted;
mod socket;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use ksef_core::Timestamp;
use ksef_sandbox::{Config, Delays, Dropped, Handle, Keys, Sandbox};
use libtest_mimic::Failed;
use tokio::runtime::{Builder, Runtime};

use crate::contract::{Contract, Coverage, Inspector};

pub use self::answer::{Answer, Status};
pub use self::batch::{BatchOrder, Compression, Package};
pub use self::client::{Client, request, sealed};
pub use self::documents::{InvoiceText, NIP, OTHER_NIP};
pub use self::encryption::{DocumentKey, encrypt_to};
pub use self::login::{Login, PublicKey, Usage};

/// The time at which the clock of a [`CheckedSandbox`] stands.
pub const NOW: &str = "2026-11-20T12:00:00Z";

/// A sandbox of which every answer is checked.
#[derive(Debug)]
pub struct CheckedSandbox {
    way: Way,
    inspector: Inspector,
}

/// How the sandbox is asked.
#[derive(Debug)]
enum Way {
    Direct(Sandbox),
    /// The server stops when its runtime does.
    Socket(Handle, #[expect(dead_code, reason = "the server runs on it")] Runtime),
    Elsewhere(SocketAddr),
}

/// The keys that all sandboxes of a process share, since RSA keys are slow to make.
///
/// # Errors
///
/// When they cannot be made.
pub fn keys() -> Result<Arc<Keys>, Failed> {
    static KEYS: OnceLock<Arc<Keys>> = OnceLock::new();
    if let Some(keys) = KEYS.get() {
        return Ok(Arc::clone(keys));
    }
    let keys = Arc::new(Keys::generate(now()?)?);
    Ok(Arc::clone(KEYS.get_or_init(|| keys)))
}

/// [`NOW`].
///
/// # Errors
///
/// Never.
pub fn now() -> Result<Timestamp, Failed> {
    Ok(NOW.parse()?)
}

/// What all sandboxes of tests have in common, but for the change.
///
/// # Errors
///
/// When the keys cannot be made.
pub fn config(change: impl FnOnce(&mut Config)) -> Result<Config, Failed> {
    let mut config = Config::default();
    config.keys = Some(keys()?);
    config.delays = Delays::NONE;
    config.rate_limits = false;
    config.seed = Some(1);
    change(&mut config);
    Ok(config)
}

impl CheckedSandbox {
    /// A sandbox whose clock stands at [`NOW`], with no delays, no limits and the shared keys, but for the change.
    ///
    /// # Errors
    ///
    /// When there is no contract to check against, or the sandbox does not start.
    pub fn new(change: impl FnOnce(&mut Config)) -> Result<Self, Failed> {
        let sandbox = Sandbox::new(config(change)?)?;
        sandbox.freeze(now()?);
        Self::asked(Way::Direct(sandbox))
    }

    /// The same behind a socket of this process.
    ///
    /// # Errors
    ///
    /// As [`CheckedSandbox::new`].
    pub fn behind_a_socket(change: impl FnOnce(&mut Config)) -> Result<Self, Failed> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let handle = runtime.block_on(Sandbox::start(config(change)?))?;
        handle.sandbox().freeze(now()?);
        Self::asked(Way::Socket(handle, runtime))
    }

    /// The sandbox that listens there, perhaps in another process.
    ///
    /// # Errors
    ///
    /// When there is no contract to check against.
    pub fn at(address: SocketAddr) -> Result<Self, Failed> {
        Self::asked(Way::Elsewhere(address))
    }

    fn asked(way: Way) -> Result<Self, Failed> {
        Ok(Self { way, inspector: Inspector::of_server(&Contract::load()?) })
    }

    /// The same with answers excused that the test asks to be wrong, see [`Inspector::excusing`].
    #[must_use]
    pub fn excusing(
        self,
        excuse: fn(&Request<Bytes>, &Response<Bytes>) -> Option<&'static str>,
    ) -> Self {
        Self { inspector: self.inspector.excusing(excuse), ..self }
    }

    /// The sandbox itself, for its clock, its faults and its ledger.
    ///
    /// # Panics
    ///
    /// When it is in another process.
    #[must_use]
    #[expect(clippy::panic, reason = "a test that asks for it has a mistake")]
    pub fn sandbox(&self) -> &Sandbox {
        match &self.way {
            Way::Direct(sandbox) => sandbox,
            Way::Socket(handle, _) => handle.sandbox(),
            Way::Elsewhere(address) => panic!("the sandbox at {address} is in another process"),
        }
    }

    /// Where it listens; `None` if it is asked directly.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.way {
            Way::Direct(_) => None,
            Way::Socket(handle, _) => Some(handle.address()),
            Way::Elsewhere(address) => Some(*address),
        }
    }

    /// The time that the sandbox shows.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn now(&self) -> Result<Timestamp, Failed> {
        let clock = Request::get("/sandbox/clock").body(Bytes::new())?;
        Ok(self.ask(&clock)?.expect(200)?.text("/now")?.parse()?)
    }

    /// Sends a request, and has its answer checked.
    ///
    /// # Errors
    ///
    /// [`Dropped`], where a fault asks for it.
    pub fn send(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Dropped> {
        self.inspector.request(request);
        let answer = match &self.way {
            Way::Direct(sandbox) => sandbox.handle(request),
            Way::Socket(handle, _) => socket::exchange(handle.address(), request),
            Way::Elsewhere(address) => socket::exchange(*address, request),
        };
        let answer = answer.map(|answer| planted::answer(request, answer));
        match &answer {
            Ok(response) => self.inspector.answer(request, response),
            Err(Dropped) => self.inspector.dropped(),
        }
        answer
    }

    /// Sends a request that is answered.
    ///
    /// # Errors
    ///
    /// When the connection is dropped.
    pub fn ask(&self, request: &Request<Bytes>) -> Result<Answer, Failed> {
        Ok(Answer::of(self.send(request)?))
    }

    /// Fetches what a link is for.
    ///
    /// # Errors
    ///
    /// When the link is none, or the connection is dropped.
    pub fn follow(&self, link: &str) -> Result<Answer, Failed> {
        self.ask(&Request::get(link).body(Bytes::new())?)
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.sandbox().advance(by);
    }

    /// What occurred, if nothing broke the contract.
    ///
    /// # Errors
    ///
    /// Each violation, with its operation and place.
    pub fn verdict(&self) -> Result<Coverage, Failed> {
        Ok(self.inspector.verdict()?)
    }
}
