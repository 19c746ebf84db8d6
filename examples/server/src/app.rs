//! `App`, the server: its companies, open, and who may log in.

use std::sync::Arc;

use ksef_audit::secrets::KeyRing;
use ksef_audit::{
    Checkpoints, Demo, EnvironmentType, Production, Sqlite, Tenant, Test, Verification,
};
use ksef_client::limits::Limiter;
use ksef_client::{Client, PollPolicy, RetryPolicy};
use ksef_core::{Clock, Environment, Secret, Timestamp};
use ksef_stripe::fetch::{ApiKey, BaseAddress};
use ksef_stripe::webhook::{Webhook, WebhookSecret};

use tokio::sync::Mutex;

use crate::company::Company;
use crate::config::{CompanyConfig, Config, ConfigError, User};
use crate::keys::data_keys;
use crate::ksef::Ksef;
use crate::limits::limiter;
use crate::sources::Sources;

/// How long a sandbox is waited for, which answers within milliseconds.
const SANDBOX_PAUSE: core::time::Duration = core::time::Duration::from_millis(5);

/// The server: its companies, open.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) companies: Vec<AnyCompany>,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A company, in whichever environment.
#[derive(Clone, Debug)]
pub(crate) enum AnyCompany {
    Test(Arc<Served<Test>>),
    Demo(Arc<Served<Demo>>),
    Production(Arc<Served<Production>>),
}

/// Does the same with a company of any environment.
macro_rules! each {
    ($company:expr, $served:ident => $body:expr) => {
        match $company {
            $crate::app::AnyCompany::Test($served) => $body,
            $crate::app::AnyCompany::Demo($served) => $body,
            $crate::app::AnyCompany::Production($served) => $body,
        }
    };
}
pub(crate) use each;

/// A company with the ways in which things come to it.
#[derive(Debug)]
pub(crate) struct Served<E: EnvironmentType> {
    pub(crate) company: Arc<Company<E>>,
    pub(crate) webhook: Option<Endpoint>,
    pub(crate) api_key: Option<Secret<String>>,
    pub(crate) users: Vec<User>,
    /// What the last verification of the log found, and when.
    pub(crate) verified: Mutex<Option<(Timestamp, Verification)>>,
}

/// Where Stripe sends a company's events.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The end of its address.
    path: String,
    pub(crate) webhook: Webhook,
}

impl<E: EnvironmentType> Served<E> {
    /// Whether nothing of it has legal force.
    pub(crate) fn is_for_test(&self) -> bool {
        E::ENVIRONMENT != Environment::Production
    }

    /// Verifies the log, for the pages to show.
    pub(crate) async fn verify(&self) {
        let verified = self.company.ledger.verify_log(&[]).await;
        match verified {
            Ok(verified) => {
                *self.verified.lock().await = Some((self.company.now(), verified));
            }
            Err(error) => tracing::warn!(error = chain(&error), "the log was not verified"),
        }
    }

    /// The name of an exported file. One of TEST or DEMO says so.
    pub(crate) fn file_name(&self, what: &str) -> String {
        file_name(E::ENVIRONMENT, what)
    }
}

/// The name of an exported file. One of TEST or DEMO says so.
pub(crate) fn file_name(environment: Environment, what: &str) -> String {
    match environment {
        Environment::Production => what.to_owned(),
        _ => format!("{environment}-{what}"),
    }
}

impl App {
    /// Opens everything that the configuration names.
    pub(crate) async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let ring = KeyRing::parse(config.keys()?.expose());
        let ring = ring.map_err(|error| ConfigError::new("keys", error))?;
        let ledgers = Sqlite::open(&config.data).await;
        let ledgers = ledgers.map_err(|error| ConfigError::new("data", chain(&error)))?;
        let mut companies = Vec::new();
        for (index, company) in config.company.iter().enumerate() {
            let place = format!("company[{index}]");
            let environment = company.environment();
            let environment = environment.map_err(|mend| ConfigError::new(&place, mend))?;
            let opening = Opening { config: &config, company, place, ring: &ring, clock: &clock };
            companies.push(match environment {
                Environment::Test => AnyCompany::Test(opening.open(&ledgers).await?),
                Environment::Demo => AnyCompany::Demo(opening.open(&ledgers).await?),
                Environment::Production => AnyCompany::Production(opening.open(&ledgers).await?),
            });
        }
        let checkpoints = config.checkpoints()?;
        Ok(Self { config, companies, checkpoints, clock })
    }

    /// The company whose webhook endpoint this is.
    pub(crate) fn of_endpoint(&self, endpoint: &str) -> Option<&AnyCompany> {
        self.companies.iter().find(|company| {
            each!(company, served => {
                served.webhook.as_ref().is_some_and(|own| own.path == endpoint)
            })
        })
    }
}

/// What is needed to open a company.
struct Opening<'a> {
    config: &'a Config,
    company: &'a CompanyConfig,
    place: String,
    ring: &'a KeyRing,
    clock: &'a Arc<dyn Clock>,
}

impl Opening<'_> {
    async fn open<E: EnvironmentType>(
        &self,
        ledgers: &Sqlite,
    ) -> Result<Arc<Served<E>>, ConfigError> {
        let tenant = self.company.tenant;
        let ledger = Tenant::open(ledgers, tenant).await;
        let ledger = ledger.map_err(|error| self.error("tenant", chain(&error)))?;
        let limiter = limiter(ledger.clone(), Arc::clone(self.clock));
        let owner = (tenant, E::ENVIRONMENT);
        let keys = data_keys(&self.config.data, owner, self.ring).await;
        let keys = keys.map_err(|error| self.error("tenant", chain(&error)))?;
        let (sources, webhook) = self.stripe()?.unzip();
        let api_key = self.company.api_key().map(|source| self.secret("api.key", source));
        let company = Company {
            ledger,
            profile: self.company.profile.clone(),
            files_from: self.company.files_from,
            ksef: self.ksef(limiter)?,
            keys,
            sources,
            clock: Arc::clone(self.clock),
        };
        Ok(Arc::new(Served {
            company: Arc::new(company),
            webhook,
            api_key: api_key.transpose()?,
            users: self.company.user.clone(),
            verified: Mutex::default(),
        }))
    }

    fn ksef(&self, limiter: Limiter) -> Result<Ksef, ConfigError> {
        let endpoints = self.company.endpoints().map_err(|mend| self.error("ksef_api", mend))?;
        let mut client = Client::builder_for(endpoints)
            .clock(Arc::clone(self.clock))
            .limiter(limiter)
            .user_agent(concat!("ksef-server/", env!("CARGO_PKG_VERSION")));
        let mut poll = PollPolicy::new();
        if self.company.without_limits {
            client = client.without_limiter().retry(RetryPolicy::new().first_pause(SANDBOX_PAUSE));
            poll = poll.first_pause(SANDBOX_PAUSE);
        }
        let client = client.build().map_err(|error| self.error("ksef_api", chain(&error)))?;
        let token = self.secret("ksef_token", self.company.token())?;
        Ok(Ksef::new(client, self.company.profile.nip, token, poll))
    }

    fn stripe(&self) -> Result<Option<(Sources, Endpoint)>, ConfigError> {
        let Some(stripe) = &self.company.stripe else { return Ok(None) };
        let address = |key: &str, own: &Option<String>, official: fn() -> BaseAddress| match own {
            None => Ok(official()),
            Some(own) => {
                BaseAddress::new(own.as_str()).map_err(|error| self.error(key, chain(&error)))
            }
        };
        let key = self.secret("stripe.key", &stripe.key)?;
        let key = ApiKey::new(key.expose().clone());
        let key = key.map_err(|error| self.error("stripe.key", chain(&error)))?;
        let base = address("stripe.api", &stripe.api, BaseAddress::stripe)?;
        let nbp = address("stripe.nbp_api", &stripe.nbp_api, BaseAddress::nbp)?;
        let sources = Sources::new(key, base, nbp, Arc::clone(self.clock));
        let sources = sources.map_err(|error| self.error("stripe.api", chain(&error)))?;
        let secrets = stripe.webhook_secrets.iter().map(|source| {
            let secret = self.secret("stripe.webhook_secrets", source)?;
            Ok(WebhookSecret::new(secret.expose().as_str()))
        });
        let secrets = secrets.collect::<Result<Vec<_>, ConfigError>>()?;
        let path = stripe.endpoint.clone();
        Ok(Some((sources, Endpoint { path, webhook: Webhook::new(secrets) })))
    }

    fn secret(
        &self,
        key: &str,
        source: &crate::config::SecretSource,
    ) -> Result<Secret<String>, ConfigError> {
        self.config.secret(&format!("{}.{key}", self.place), source)
    }

    fn error(&self, key: &str, mend: impl core::fmt::Display) -> ConfigError {
        ConfigError::new(format!("{}.{key}", self.place), mend)
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &(dyn core::error::Error + 'static)) -> String {
    let causes = core::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
