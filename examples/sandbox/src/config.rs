//! `Config`, what a sandbox is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ksef_client::xades::{Native, SignatureBackend};
use ksef_core::{Clock, Environment, SystemClock};

use crate::keys::Keys;

/// How a sandbox behaves. Start from [`Config::default`] and change what matters.
///
/// ```
/// use ksef_sandbox::{Config, Delays};
///
/// let mut config = Config::default();
/// config.delays = Delays::NONE;
/// assert!(config.listen.ip().is_loopback());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where the server listens; port 0 takes a free one. `127.0.0.1:0` by default.
    pub listen: SocketAddr,
    /// Scheme, host and port of the links that are handed out; `http://` and the address of the
    /// server by default. Port 0 stands for the port on which the server listens.
    pub public_url: Option<String>,
    /// Which environment is played: what is checked, and what the receipts say. TEST by default.
    ///
    /// DEMO and production accept no self-signed certificates in truth; the sandbox does.
    pub environment: Environment,
    /// How long things take, see [`Delays`].
    pub delays: Delays,
    /// Whether requests are limited as KSeF does; they are by default.
    pub rate_limits: bool,
    /// How long an access token is good for; 15 minutes by default.
    pub access_token_lifetime: Duration,
    /// Where the time comes from; the system's clock by default.
    pub clock: Arc<dyn Clock>,
    /// The keys; made at the start by default. Sandboxes may share them.
    pub keys: Option<Arc<Keys>>,
    /// What checks the signatures of logins; `ksef_client::xades::Native` by default.
    pub signature_backend: Arc<dyn SignatureBackend>,
    /// The directory that keeps the state across a restart; memory alone by default.
    pub state: Option<PathBuf>,
    /// From what the reference numbers' and KSeF numbers' opaque parts are drawn, so that a run
    /// can be repeated; different at each start by default.
    pub seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            environment: Environment::Test,
            delays: Delays::REAL,
            rate_limits: true,
            access_token_lifetime: Duration::from_secs(900),
            clock: Arc::new(SystemClock),
            keys: None,
            signature_backend: Arc::new(Native),
            state: None,
            seed: None,
        }
    }
}

/// How long after its cause something becomes visible.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Delays {
    /// From a login to its final status.
    pub authentication: Duration,
    /// From the opening of a session to status 415, if its key cannot be decrypted.
    pub session_key: Duration,
    /// From the receipt of an invoice to status 150.
    pub invoice_processing: Duration,
    /// From the receipt of an invoice to its final status.
    pub invoice: Duration,
    /// From the last final invoice, or the closing if that is later, to the end of the session.
    pub session: Duration,
    /// From the closing of a batch session to the final status of its invoices.
    pub batch: Duration,
    /// From the acceptance of an invoice to its permanent storage.
    pub permanent_storage: Duration,
    /// How far the high-water mark of permanent storage lies behind the clock.
    pub high_water_mark: Duration,
    /// From the order of an export to its package.
    pub export: Duration,
    /// From the order of a token or a permission to its effect.
    pub administration: Duration,
}

impl Delays {
    /// About what was observed on the real system.
    pub const REAL: Self = Self {
        authentication: Duration::from_millis(500),
        session_key: Duration::from_millis(200),
        invoice_processing: Duration::from_millis(50),
        invoice: Duration::from_millis(300),
        session: Duration::from_millis(500),
        batch: Duration::from_millis(1500),
        permanent_storage: Duration::from_secs(2),
        high_water_mark: Duration::from_secs(5),
        export: Duration::from_secs(2),
        administration: Duration::from_millis(200),
    };

    /// Everything at once.
    pub const NONE: Self = Self::each(Duration::ZERO);

    /// Each of them so long.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use ksef_sandbox::Delays;
    ///
    /// assert_eq!(Delays::each(Duration::ZERO), Delays::NONE);
    /// ```
    #[must_use]
    pub const fn each(delay: Duration) -> Self {
        Self {
            authentication: delay,
            session_key: delay,
            invoice_processing: delay,
            invoice: delay,
            session: delay,
            batch: delay,
            permanent_storage: delay,
            high_water_mark: delay,
            export: delay,
            administration: delay,
        }
    }
}
