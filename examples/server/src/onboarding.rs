//! Setting up a company: what the pages, `create-tenant` and the demo do alike.

mod connection;

use std::io;

use ksef_audit::registry::EndpointId;
use ksef_audit::secrets::SecretName;
use ksef_audit::store::Scope;
use ksef_audit::{
    ApplicationChange, CompanyProfile, Demo, EnvironmentType, Error, Production, Tenant, Test,
};
use ksef_core::port::{SecretKey, SecretStore as _};
use ksef_core::submission::Decision;
use ksef_core::{Environment, Nip, ParseError, Secret, Sha256Digest, TenantId, Timestamp};
use ksef_stripe::fetch::{ApiKey, FetchError};

use connection::move_secrets;
pub(crate) use connection::{KsefUpdate, connect_ksef, from_archive};
#[cfg(test)]
pub(crate) use connection::{enter, luggage};

use crate::app::App;
use crate::ksef::{LoginError, MaterialError};
use crate::opening::OpenError;
use crate::random::hex;
use crate::safe::Safe;
use crate::settings::{self, Role, StripeAccount, User};
use crate::web::hash_password;

/// How many characters a password has at least.
const SHORTEST_PASSWORD: usize = 12;

/// A company as it is made.
#[derive(Clone, Debug)]
pub(crate) struct NewCompany {
    pub(crate) nip: Nip,
    pub(crate) name: String,
    pub(crate) address: String,
    /// The name of whoever sets up the rest.
    pub(crate) owner: String,
}

/// What a person enters about Stripe. What is none stays as it is.
#[derive(Debug, Default)]
pub(crate) struct StripeUpdate {
    /// `acct_…`
    pub(crate) account: Option<String>,
    /// The end of the address of the webhook; where there is none yet, one is made up.
    pub(crate) endpoint: Option<EndpointId>,
    pub(crate) key: Option<Secret<String>>,
    /// See [`StripeAccount::has_app`].
    pub(crate) has_app: Option<bool>,
    /// A line each.
    pub(crate) webhook_secrets: Option<Secret<String>>,
    /// See [`StripeAccount::doubles`].
    pub(crate) doubles: Option<String>,
}

/// Why something was not set up. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OnboardingError {
    #[error("the check digit of the NIP is wrong; correct a digit")]
    Nip,
    #[error("a password has at least {SHORTEST_PASSWORD} characters")]
    Password,
    #[error("somebody else logs in as {0}; take another name")]
    NameTaken(String),
    #[error("a name is needed; enter it")]
    Name,
    #[error("the last owner stays, since nobody else could set anything up")]
    LastOwner,
    #[error("the key to Stripe is needed; enter it")]
    StripeKeyMissing,
    #[error(
        "a key to live payments goes with PRODUCTION alone, and one for tests with TEST or DEMO"
    )]
    StripeMode,
    #[error(transparent)]
    StripeKey(#[from] FetchError),
    #[error("Stripe did not accept the key")]
    Stripe(#[source] FetchError),
    #[error("the NIP that was typed is not that of the company; production needs it")]
    TypedNip,
    #[error("there are documents of this NIP; another company has an account of its own")]
    FixedNip,
    #[error("the time from which on invoices are filed is a date, as 2026-11-20")]
    FilesFrom,
    #[error("these are not the policies of a profile: {0}")]
    Policies(serde_json::Error),
    #[error(transparent)]
    Material(#[from] MaterialError),
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error("there is no way to KSeF")]
    Open(#[from] OpenError),
    #[error(transparent)]
    Text(#[from] ParseError),
    #[error("it could not be recorded")]
    Ledger(#[from] Error),
    #[error(transparent)]
    Random(#[from] io::Error),
}

type Result<T, E = OnboardingError> = std::result::Result<T, E>;

/// Makes a company in TEST, whose owner has this password.
pub(crate) async fn create(
    safe: &Safe,
    tenant: TenantId,
    new: &NewCompany,
    password: &Secret<String>,
    now: Timestamp,
) -> Result<Tenant<Test>> {
    let NewCompany { nip, name, address, owner } = new;
    if !nip.has_valid_check_digit() {
        return Err(OnboardingError::Nip);
    }
    let decision = Decision::new("operator", "create-tenant")?;
    let owner = user(safe, tenant, (owner, Role::Owner), password).await?;
    let ledger: Tenant<Test> = Tenant::open(&*safe.registry, tenant).await?;
    let users = settings::USERS.set(0, &vec![owner])?;
    ledger.change_application(vec![users], &safe.vault, &decision, now).await?;
    // Without a profile it counts as no company, so this comes last.
    let profile = CompanyProfile {
        nip: *nip,
        name: name.clone(),
        country: "PL".to_owned(),
        address_line_1: address.clone(),
        address_line_2: None,
    };
    ledger.change_profile(0, &profile, &decision, now).await?;
    Ok(ledger)
}

/// Somebody else may log in, under a name that nobody of another company has.
pub(crate) async fn add_user<E: EnvironmentType>(
    safe: &Safe,
    ledger: &Tenant<E>,
    (name, role): (&str, Role),
    password: &Secret<String>,
    (decision, now): (&Decision, Timestamp),
) -> Result<()> {
    let mut users = settings::USERS.read(ledger).await?;
    if users.value.iter().any(|user| user.name == name) {
        return Err(OnboardingError::NameTaken(name.to_owned()));
    }
    users.value.push(user(safe, ledger.tenant(), (name, role), password).await?);
    let users = settings::USERS.set(users.version, &users.value)?;
    Ok(ledger.change_application(vec![users], &safe.vault, decision, now).await?)
}

async fn user(
    safe: &Safe,
    tenant: TenantId,
    (name, role): (&str, Role),
    password: &Secret<String>,
) -> Result<User> {
    let password_hash = hash(password)?;
    if is_elsewhere(safe, tenant, name).await? {
        return Err(OnboardingError::NameTaken(name.to_owned()));
    }
    Ok(User { name: name.to_owned(), role, password_hash })
}

/// Somebody has another password from now on.
pub(crate) async fn set_password<E: EnvironmentType>(
    safe: &Safe,
    ledger: &Tenant<E>,
    name: &str,
    password: &Secret<String>,
    (decision, now): (&Decision, Timestamp),
) -> Result<()> {
    let hash = hash(password)?;
    let mut users = settings::USERS.read(ledger).await?;
    let user = users.value.iter_mut().find(|user| user.name == name);
    user.ok_or(OnboardingError::Name)?.password_hash = hash;
    let users = settings::USERS.set(users.version, &users.value)?;
    Ok(ledger.change_application(vec![users], &safe.vault, decision, now).await?)
}

/// Somebody may not log in any more.
pub(crate) async fn remove_user<E: EnvironmentType>(
    safe: &Safe,
    ledger: &Tenant<E>,
    name: &str,
    (decision, now): (&Decision, Timestamp),
) -> Result<()> {
    let mut users = settings::USERS.read(ledger).await?;
    users.value.retain(|user| user.name != name);
    if !users.value.iter().any(User::is_owner) {
        return Err(OnboardingError::LastOwner);
    }
    let users = settings::USERS.set(users.version, &users.value)?;
    Ok(ledger.change_application(vec![users], &safe.vault, decision, now).await?)
}

fn hash(password: &Secret<String>) -> Result<String> {
    if password.expose().chars().count() < SHORTEST_PASSWORD {
        return Err(OnboardingError::Password);
    }
    Ok(hash_password(password.expose())?)
}

async fn is_elsewhere(safe: &Safe, tenant: TenantId, name: &str) -> Result<bool> {
    for scope in safe.scopes().await? {
        if scope.tenant() == tenant {
            continue;
        }
        let users = match scope.environment() {
            Environment::Test => users::<Test>(safe, scope).await?,
            Environment::Demo => users::<Demo>(safe, scope).await?,
            Environment::Production => users::<Production>(safe, scope).await?,
        };
        if users.iter().any(|user| user.name == name) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn users<E: EnvironmentType>(safe: &Safe, scope: Scope) -> Result<Vec<User>, Error> {
    let ledger: Tenant<E> = Tenant::open(&*safe.registry, scope.tenant()).await?;
    Ok(settings::USERS.read(&ledger).await?.value)
}

/// Sets the account of Stripe up, or changes it.
pub(crate) async fn connect_stripe<E: EnvironmentType>(
    safe: &Safe,
    ledger: &Tenant<E>,
    update: StripeUpdate,
    (decision, now): (&Decision, Timestamp),
) -> Result<()> {
    let StripeUpdate { account, endpoint, key, has_app, webhook_secrets, doubles } = update;
    let before = settings::STRIPE.read(ledger).await?;
    if before.value.is_none() && key.is_none() && has_app != Some(true) {
        return Err(OnboardingError::StripeKeyMissing);
    }
    if let Some(key) = &key {
        check_stripe_key::<E>(key)?;
    }
    let known = before.value.unwrap_or_default();
    let endpoint = match endpoint {
        Some(endpoint) => endpoint,
        None if known.endpoint.is_empty() => format!("wh_{}", hex::<16>()?).parse()?,
        None => known.endpoint.parse()?,
    };
    let account = StripeAccount {
        account: account.or(known.account),
        endpoint: endpoint.as_str().to_owned(),
        has_app: has_app.unwrap_or(known.has_app),
        doubles: doubles.or(known.doubles),
    };
    let mut changes = vec![settings::STRIPE.set(before.version, &Some(account))?];
    let secrets = [(settings::STRIPE_KEY, key), (settings::WEBHOOK_SECRETS, webhook_secrets)];
    for (name, secret) in secrets {
        changes.extend(secret.map(|secret| {
            let secret = Secret::new(secret.expose().clone().into_bytes());
            ApplicationChange::Keep { name, secret }
        }));
    }
    let scope = Scope::new(ledger.tenant(), E::ENVIRONMENT);
    safe.registry.assign(&endpoint, scope).await?;
    Ok(ledger.change_application(changes, &safe.vault, decision, now).await?)
}

/// Changes the account of Stripe. The secrets of the connection to KSeF come along: those of a company
/// with the app are in the store of its account.
pub(crate) async fn change_stripe<E: EnvironmentType>(
    app: &App,
    ledger: &Tenant<E>,
    update: StripeUpdate,
    by: (&Decision, Timestamp),
) -> Result<()> {
    let (opening, sealed) = (app.opening(), &app.safe.vault);
    let known = settings::STRIPE.read(ledger).await?.value.unwrap_or_default();
    let has_app = update.has_app.unwrap_or(known.has_app);
    let account = update.account.clone().or_else(|| known.account.clone());
    if has_app && account.is_none() {
        return Err(OnboardingError::StripeKeyMissing);
    }
    if (has_app, account) == (known.has_app, known.account.clone()) {
        return connect_stripe(&app.safe, ledger, update, by).await;
    }
    if known.has_app {
        // As long as it is known that they are there, they can be had.
        move_secrets(ledger, (&opening.vault(ledger).await?, sealed), by).await?;
        let store = opening.app_sources::<E>(&known)?.into_secret_store();
        for name in SecretName::ALL {
            let key = SecretKey::new(ledger.tenant(), E::ENVIRONMENT, name.code());
            store.destroy(&key).await.map_err(Error::from)?;
        }
    }
    connect_stripe(&app.safe, ledger, update, by).await?;
    if has_app {
        move_secrets(ledger, (sealed, &opening.vault(ledger).await?), by).await?;
    }
    Ok(())
}

/// That it is a key, and one that goes with the environment.
pub(crate) fn check_stripe_key<E: EnvironmentType>(key: &Secret<String>) -> Result<()> {
    let is_live = ApiKey::new(key.expose().as_str())?.is_live();
    if is_live == (E::ENVIRONMENT == Environment::Production) {
        Ok(())
    } else {
        Err(OnboardingError::StripeMode)
    }
}

/// Makes a new key for programs. It is told this once; what was one before is none any more.
pub(crate) async fn new_api_key<E: EnvironmentType>(
    safe: &Safe,
    ledger: &Tenant<E>,
    (decision, now): (&Decision, Timestamp),
) -> Result<Secret<String>> {
    let key = Secret::new(format!("ksef_{}", hex::<32>()?));
    let before = settings::API_KEY.read(ledger).await?;
    let digest = Sha256Digest::of(key.expose().as_bytes());
    let changes = vec![settings::API_KEY.set(before.version, &Some(digest))?];
    ledger.change_application(changes, &safe.vault, decision, now).await?;
    Ok(key)
}
