//! Opens a company from its settings.

use std::sync::Arc;
use std::time::Duration;

use ksef_audit::secrets::{LoginMethod, Vault};
use ksef_audit::store::Scope;
use ksef_audit::{CompanyProfile, Demo, EnvironmentType, Production, Tenant, Test};
use ksef_client::limits::Limiter;
use ksef_client::{Client, PollPolicy, RetryPolicy};
use ksef_core::{Clock, Environment, Nip, TenantId};
use ksef_stripe::Profile;
use ksef_stripe::fetch::{ApiKey, BaseAddress, FetchError};
use ksef_stripe::webhook::{Webhook, WebhookSecret};
use serde_json::{Map, Value};

use crate::app::{AnyCompany, Endpoint, Served};
use crate::company::Company;
use crate::config::{Config, ConfigError};
use crate::ksef::{Ksef, Material, MaterialError, Secrets};
use crate::limits::limiter;
use crate::safe::Safe;
use crate::settings::{self, StripeAccount};
use crate::sources::Sources;

/// How long a sandbox is waited for, which answers within milliseconds.
const SANDBOX_PAUSE: Duration = Duration::from_millis(5);

/// Why a company was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("its ledger or its settings cannot be read")]
    Ledger(#[from] ksef_audit::Error),
    #[error("its policies are not those of a profile: {0}")]
    Policies(serde_json::Error),
    #[error("its connection to KSeF cannot be used")]
    Material(#[from] MaterialError),
    #[error("its connection to KSeF cannot be made")]
    Client(#[from] ksef_client::Error),
    #[error("its connection to Stripe cannot be made")]
    Stripe(#[from] FetchError),
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// What is needed to open companies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) config: &'a Config,
    pub(crate) safe: &'a Safe,
    pub(crate) clock: &'a Arc<dyn Clock>,
}

impl OpenError {
    /// Whether the keys of the configuration are not those that sealed its secrets.
    pub(crate) const fn is_about_keys(&self) -> bool {
        matches!(self, Self::Ledger(ksef_audit::Error::Seal(_)))
    }
}

impl Opening<'_> {
    /// The company as it is set now; `None` if it has no profile yet.
    pub(crate) async fn company(&self, scope: Scope) -> Result<Option<AnyCompany>, OpenError> {
        let tenant = scope.tenant();
        Ok(match scope.environment() {
            Environment::Test => self.open::<Test>(tenant).await?.map(AnyCompany::Test),
            Environment::Demo => self.open::<Demo>(tenant).await?.map(AnyCompany::Demo),
            Environment::Production => {
                self.open::<Production>(tenant).await?.map(AnyCompany::Production)
            }
        })
    }

    async fn open<E: EnvironmentType>(
        &self,
        tenant: TenantId,
    ) -> Result<Option<Arc<Served<E>>>, OpenError> {
        let ledger: Tenant<E> = Tenant::open(&*self.safe.registry, tenant).await?;
        let Some((_, profile)) = ledger.profile().await? else { return Ok(None) };
        let keys = ledger.data_keys(&self.safe.vault, self.clock.now()).await?;
        // What changes while the rest is read is read again.
        let changes = ledger.setting_changes().await?;
        let policies = settings::POLICIES.read(&ledger).await?.value;
        let connection = ledger.connection().await?;
        let material = match &connection {
            Some(connection) => Some(self.material(&ledger, connection.method()).await?),
            None => None,
        };
        let (sources, webhook) = self.stripe(&ledger).await?.unzip();
        let limiter = limiter(ledger.clone(), Arc::clone(self.clock));
        let company = Company {
            profile: seller(&profile, policies).map_err(OpenError::Policies)?,
            files_from: settings::FILES_FROM.read(&ledger).await?.value,
            ksef: self.ksef::<E>(profile.nip, material, Some(limiter))?,
            keys,
            sources,
            clock: Arc::clone(self.clock),
            ledger,
        };
        Ok(Some(Arc::new(Served {
            webhook,
            api_key: settings::API_KEY.read(&company.ledger).await?.value,
            users: settings::USERS.read(&company.ledger).await?.value,
            connection,
            changes,
            company: Arc::new(company),
            verified: tokio::sync::Mutex::default(),
        })))
    }

    async fn material<E: EnvironmentType>(
        &self,
        ledger: &Tenant<E>,
        method: LoginMethod,
    ) -> Result<Material, OpenError> {
        Ok(Material::new(method, &self.secrets(ledger, method).await?)?)
    }

    /// The stored secrets of the method.
    pub(crate) async fn secrets<E: EnvironmentType>(
        &self,
        ledger: &Tenant<E>,
        method: LoginMethod,
    ) -> Result<Secrets, OpenError> {
        let (vault, mut secrets) = (self.vault(ledger).await?, Secrets::new());
        for name in method.material() {
            secrets.extend(ledger.secret(name, &vault).await?.map(|it| (name, it)));
        }
        Ok(secrets)
    }

    /// What keeps the secrets of the connection to KSeF: where the company has the app of Stripe, that
    /// is asked first.
    pub(crate) async fn vault<E: EnvironmentType>(
        &self,
        ledger: &Tenant<E>,
    ) -> Result<Vault, OpenError> {
        let vault = self.safe.vault.clone();
        let account = settings::STRIPE.read(ledger).await?.value;
        let Some(account) = account.filter(|account| account.has_app) else { return Ok(vault) };
        let store = self.app_sources::<E>(&account)?.into_secret_store();
        Ok(vault.with_outside(Arc::new(store)))
    }

    /// An account in which the app is installed.
    pub(crate) fn app_sources<E: EnvironmentType>(
        &self,
        account: &StripeAccount,
    ) -> Result<Sources, OpenError> {
        let key = self
            .config
            .stripe_app(E::ENVIRONMENT)?
            .ok_or_else(|| ConfigError::new("stripe_app", "a company has the app; set its key"))?;
        let sources = self.sources(account, key.expose().as_str())?;
        Ok(sources.for_account(account.account.as_deref().unwrap_or_default())?)
    }

    /// A way to KSeF with this material, and with the limiter of the company where it has one yet.
    pub(crate) fn ksef<E: EnvironmentType>(
        &self,
        nip: Nip,
        material: Option<Material>,
        limiter: Option<Limiter>,
    ) -> Result<Ksef, OpenError> {
        let mut client = Client::builder_for(self.config.endpoints(E::ENVIRONMENT)?)
            .clock(Arc::clone(self.clock))
            .user_agent(concat!("ksef-server/", env!("CARGO_PKG_VERSION")));
        if let Some(limiter) = limiter {
            client = client.limiter(limiter);
        }
        let mut poll = PollPolicy::new();
        if self.config.is_without_limits(E::ENVIRONMENT) {
            client = client.without_limiter().retry(RetryPolicy::new().first_pause(SANDBOX_PAUSE));
            poll = poll.first_pause(SANDBOX_PAUSE);
        }
        Ok(Ksef::new(client.build()?, nip, material, (poll, self.config.pace().patience)))
    }

    async fn stripe<E: EnvironmentType>(
        &self,
        ledger: &Tenant<E>,
    ) -> Result<Option<(Sources, Endpoint)>, OpenError> {
        let Some(account) = settings::STRIPE.read(ledger).await?.value else { return Ok(None) };
        let vault = &self.safe.vault;
        let sources = if account.has_app {
            self.app_sources::<E>(&account)?
        } else {
            let key = ledger.application_secret(settings::STRIPE_KEY, vault).await?;
            let Some(key) = key else { return Ok(None) };
            self.sources(&account, String::from_utf8_lossy(key.expose()))?
        };
        let secrets = ledger.application_secret(settings::WEBHOOK_SECRETS, vault).await?;
        let secrets = secrets.map(|secrets| String::from_utf8_lossy(secrets.expose()).into_owned());
        let secrets = secrets.unwrap_or_default();
        let webhook = Webhook::new(secrets.lines().map(WebhookSecret::new));
        Ok(Some((sources, Endpoint { path: account.endpoint, webhook })))
    }

    /// An account of Stripe, with this key.
    pub(crate) fn sources(
        &self,
        account: &StripeAccount,
        key: impl Into<String>,
    ) -> Result<Sources, FetchError> {
        let double = account.doubles.as_deref().map(BaseAddress::new).transpose()?;
        let stripe = double.clone().unwrap_or_else(BaseAddress::stripe);
        let nbp = double.unwrap_or_else(BaseAddress::nbp);
        Sources::new(ApiKey::new(key)?, stripe, nbp, Arc::clone(self.clock))
    }
}

/// Who sells, and how he wants it done.
pub(crate) fn seller(
    company: &CompanyProfile,
    mut policies: Map<String, Value>,
) -> Result<Profile, serde_json::Error> {
    let CompanyProfile { nip, name, country, address_line_1, address_line_2 } = company;
    let who = [
        ("nip", Value::from(nip.as_str())),
        ("name", name.as_str().into()),
        ("country", country.as_str().into()),
        ("address", address_line_1.as_str().into()),
        ("address_2", address_line_2.clone().into()),
    ];
    policies.extend(who.map(|(key, value)| (key.to_owned(), value)));
    serde_json::from_value(Value::Object(policies))
}
