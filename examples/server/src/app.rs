//! `App`, the server: its companies, open, and who may log in.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ksef_audit::secrets::Connection;
use ksef_audit::store::Scope;
use ksef_audit::{Checkpoints, Demo, EnvironmentType, Error, Production, Test, Verification};
use ksef_core::{Clock, Environment, Sha256Digest, Timestamp};
use ksef_stripe::webhook::Webhook;
use tokio::sync::{Mutex, watch};

use crate::company::Company;
use crate::config::{Config, ConfigError};
use crate::notify::Receiver;
use crate::opening::Opening;
use crate::safe::Safe;
use crate::settings::User;

/// How soon a change that another process made is seen.
const FOLLOW_EVERY: Duration = Duration::from_secs(2);

/// The companies that are open at a moment.
pub(crate) type Companies = Arc<Vec<AnyCompany>>;

/// The server.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) safe: Safe,
    pub(crate) checkpoints: Checkpoints,
    /// The program that is told what needs a person.
    pub(crate) receiver: Option<Receiver>,
    pub(crate) clock: Arc<dyn Clock>,
    companies: watch::Sender<Companies>,
    /// One reading of all settings at a time.
    reading: Mutex<()>,
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
        match &$company {
            $crate::app::AnyCompany::Test($served) => $body,
            $crate::app::AnyCompany::Demo($served) => $body,
            $crate::app::AnyCompany::Production($served) => $body,
        }
    };
}
pub(crate) use each;

/// A company with the ways in which things come to it, as it was set when it was opened.
#[derive(Debug)]
pub(crate) struct Served<E: EnvironmentType> {
    pub(crate) company: Arc<Company<E>>,
    pub(crate) webhook: Option<Endpoint>,
    pub(crate) api_key: Option<Sha256Digest>,
    pub(crate) users: Vec<User>,
    /// The login to KSeF as it may be shown.
    pub(crate) connection: Option<Connection>,
    /// How many changes of its settings there had been.
    pub(crate) changes: u64,
    /// What the last verification of the log found, and when.
    pub(crate) verified: Mutex<Option<(Timestamp, Verification)>>,
}

/// Where Stripe sends a company's events.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The end of its address.
    pub(crate) path: String,
    pub(crate) webhook: Webhook,
}

impl AnyCompany {
    /// Whose it is, and in which environment.
    pub(crate) fn scope(&self) -> Scope {
        each!(self, served => served.scope())
    }

    /// Whether it is the same, and not opened anew since.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Test(one), Self::Test(two)) => Arc::ptr_eq(one, two),
            (Self::Demo(one), Self::Demo(two)) => Arc::ptr_eq(one, two),
            (Self::Production(one), Self::Production(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }
}

impl<E: EnvironmentType> Served<E> {
    fn scope(&self) -> Scope {
        Scope::new(self.company.ledger.tenant(), E::ENVIRONMENT)
    }

    /// Whether nothing of it has legal force.
    pub(crate) fn is_for_test(&self) -> bool {
        E::ENVIRONMENT != Environment::Production
    }

    /// Whether nothing was set since it was opened.
    async fn is_current(&self) -> Result<bool, Error> {
        Ok(self.company.ledger.setting_changes().await? == self.changes)
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
    /// Opens everything that the configuration names, and the companies that are kept there.
    pub(crate) async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let safe = Safe::open(&config).await?;
        let (checkpoints, receiver) = (config.checkpoints()?, config.receiver()?);
        let (companies, reading) = (watch::Sender::default(), Mutex::default());
        let app = Self { config, safe, checkpoints, receiver, clock, companies, reading };
        app.reload().await?;
        Ok(app)
    }

    /// The companies as they are now.
    pub(crate) fn companies(&self) -> Companies {
        Arc::clone(&self.companies.borrow())
    }

    /// Tells when there are other companies, or one of them was set otherwise.
    pub(crate) fn changes(&self) -> watch::Receiver<Companies> {
        self.companies.subscribe()
    }

    /// The company of this scope, if it is open.
    pub(crate) fn company(&self, scope: Scope) -> Option<AnyCompany> {
        self.companies().iter().find(|company| company.scope() == scope).cloned()
    }

    /// The company whose webhook endpoint this is.
    pub(crate) fn of_endpoint(&self, endpoint: &str) -> Option<AnyCompany> {
        let has_it = |company: &&AnyCompany| {
            each!(company, served => {
                served.webhook.as_ref().is_some_and(|own| own.path == endpoint)
            })
        };
        self.companies().iter().find(has_it).cloned()
    }

    /// What opens companies.
    pub(crate) const fn opening(&self) -> Opening<'_> {
        Opening { config: &self.config, safe: &self.safe, clock: &self.clock }
    }

    /// Opens the companies that are new, and those that were set otherwise since they were opened.
    ///
    /// One that cannot be opened stays as it was, and keeps no other from being opened.
    pub(crate) async fn reload(&self) -> Result<(), ConfigError> {
        let _alone = self.reading.lock().await;
        let scopes = self.safe.scopes().await;
        let scopes = scopes.map_err(|error| ConfigError::new("data", chain(&error)))?;
        let before = self.companies();
        let mut known: HashMap<Scope, AnyCompany> =
            before.iter().map(|company| (company.scope(), company.clone())).collect();
        let mut companies = Vec::new();
        for scope in scopes {
            let known = known.remove(&scope);
            companies.extend(self.current(scope, known).await?);
        }
        let is_same = companies.len() == before.len()
            && companies.iter().zip(&*before).all(|(one, two)| one.is(two));
        if !is_same {
            self.companies.send_replace(Arc::new(companies));
        }
        Ok(())
    }

    async fn current(
        &self,
        scope: Scope,
        known: Option<AnyCompany>,
    ) -> Result<Option<AnyCompany>, ConfigError> {
        if let Some(company) = &known
            && each!(company, served => served.is_current().await).unwrap_or(true)
        {
            return Ok(known);
        }
        match self.opening().company(scope).await {
            Ok(company) => Ok(company),
            Err(error) if known.is_none() && error.is_about_keys() => {
                let mend = format!("they do not open the secrets of {}", scope.tenant());
                Err(ConfigError::new("keys", mend))
            }
            Err(error) => {
                let (tenant, environment) = (scope.tenant(), scope.environment());
                tracing::warn!(%tenant, %environment, error = chain(&error), "it was not opened");
                Ok(known)
            }
        }
    }

    /// Sees what other processes change, until `ended`.
    pub(crate) async fn follow(self: Arc<Self>, mut ended: watch::Receiver<()>) {
        loop {
            tokio::select! {
                _ = ended.changed() => return,
                () = tokio::time::sleep(FOLLOW_EVERY) => {}
            }
            if let Err(error) = self.reload().await {
                tracing::warn!(error = chain(&error), "the companies were not read again");
            }
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &(dyn core::error::Error + 'static)) -> String {
    let causes = core::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
