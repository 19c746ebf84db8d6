//! `Client`, the way to one KSeF.

mod builder;

use std::sync::Arc;

use ksef_core::port::UpoVerifier;
use ksef_core::{Endpoints, Environment, Timestamp};

pub use self::builder::ClientBuilder;
use crate::error::Error;
use crate::limits::SessionLimits;
use crate::pipeline::Pipeline;
use crate::public_keys::{self, PublicKey, PublicKeyUsage, PublicKeys};

/// The way to one KSeF: the Ministry's in one environment, or a sandbox.
///
/// It is cheap to clone, and its clones share connections, public keys and limits. It has no
/// login; [`Client::authenticate`] gives one.
///
/// ```no_run
/// use ksef_client::{Client, Credentials, PollPolicy};
/// use ksef_core::{Environment, Secret};
///
/// # async fn example() -> Result<(), ksef_client::Error> {
/// let client = Client::builder(Environment::Test).build()?;
/// let token = Credentials::ksef_token(Secret::new("20251116-EC-…".to_owned()))?;
/// # let context = ksef_core::ContextIdentifier::Nip("5265877635".parse().unwrap());
/// let login = client.authenticate(context, token, &PollPolicy::default()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pipeline: Pipeline,
    public_keys: PublicKeys,
    session_limits: SessionLimits,
    upo_verifier: Option<Arc<dyn UpoVerifier>>,
}

impl Client {
    /// Begins with the Ministry's addresses of this environment.
    pub fn builder(environment: Environment) -> ClientBuilder {
        Self::builder_for(Endpoints::official(environment))
    }

    /// Begins with these addresses, for example those of a sandbox.
    pub fn builder_for(endpoints: Endpoints) -> ClientBuilder {
        ClientBuilder::new(endpoints)
    }

    /// The environment that it talks to.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.endpoints().environment()
    }

    /// The addresses that it talks to.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.0.pipeline.endpoints
    }

    /// The keys that KSeF lists for encryption, those of unknown kinds left out
    /// (`GET /security/public-key-certificates`).
    ///
    /// The client fetches and chooses them by itself; this is for whoever wants to see them.
    ///
    /// # Errors
    ///
    /// As every request that reads: [`Error::Refused`] or [`Error::NoAnswer`].
    pub async fn public_keys(&self) -> Result<Vec<PublicKey>, Error> {
        public_keys::fetch(&self.0.pipeline).await
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.0.pipeline
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.pipeline.clock.now()
    }

    pub(crate) fn session_limits(&self) -> &SessionLimits {
        &self.0.session_limits
    }

    pub(crate) fn upo_verifier(&self) -> Option<&dyn UpoVerifier> {
        self.0.upo_verifier.as_deref()
    }

    pub(crate) async fn public_key(&self, usage: PublicKeyUsage) -> Result<PublicKey, Error> {
        self.0.public_keys.current(&self.0.pipeline, usage).await
    }

    pub(crate) async fn forget_public_keys(&self) {
        self.0.public_keys.forget().await;
    }
}
