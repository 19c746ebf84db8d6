//! The connection to KSeF: it is verified there before it is recorded.

use std::collections::BTreeMap;

use ksef_audit::secrets::{
    ConnectionError, ConnectionStatus, ConnectionUpdate, LoginMethod, SecretName, SecretUpdate,
    Vault,
};
use ksef_audit::store::Scope;
use ksef_audit::{CompanyProfile, EnvironmentType, Error, Tenant};
use ksef_client::AuthSession;
use ksef_client::permissions::{Permission, PersonalQuery};
use ksef_core::submission::Decision;
use ksef_core::{Environment, Nip, Secret, Timestamp};

use super::{OnboardingError, Result};
use crate::app::{AnyCompany, App, chain, each};
use crate::ksef::{Material, Secrets};
use crate::settings::{self, User};

/// What somebody enters about the login to KSeF.
#[derive(Debug)]
pub(crate) struct KsefUpdate {
    pub(crate) method: LoginMethod,
    /// A blank field keeps what is stored.
    pub(crate) secrets: BTreeMap<SecretName, SecretUpdate>,
    /// The NIP, typed by whoever goes to production.
    pub(crate) typed_nip: Option<String>,
    /// What happened before this is not filed; where it is not said, what happened before now.
    /// It counts when the environment is entered, and not later.
    pub(crate) files_from: Option<Timestamp>,
}

/// What a company takes along into another environment.
#[derive(Debug)]
pub(crate) struct Luggage {
    nip: Nip,
    pub(crate) profile: CompanyProfile,
    policies: serde_json::Map<String, serde_json::Value>,
    users: Vec<User>,
}

/// Logs in to KSeF with what was entered, and where a field was left blank, with what is stored.
/// When KSeF has taken it, it is recorded. Otherwise nothing has changed.
pub(crate) async fn connect_ksef<E: EnvironmentType>(
    app: &App,
    from: &AnyCompany,
    update: KsefUpdate,
    (decision, now): (&Decision, Timestamp),
) -> Result<()> {
    let luggage = luggage(from).await?;
    let scope = Scope::new(from.scope().tenant(), E::ENVIRONMENT);
    let is_new = app.company(scope).is_none();
    let typed = update.typed_nip.as_deref();
    if is_new && E::ENVIRONMENT == Environment::Production && typed != Some(luggage.nip.as_str()) {
        return Err(OnboardingError::TypedNip);
    }
    let entered = update.secrets.iter();
    let is_other = |(name, secret): &(&SecretName, &SecretUpdate)| {
        name.method() != update.method && matches!(secret, SecretUpdate::Replace(_))
    };
    if let Some((name, _)) = entered.clone().find(is_other) {
        return Err(Error::from(ConnectionError::OtherMethod(*name)).into());
    }
    // A scope that is not there is not made before KSeF has said yes.
    let mut secrets =
        if is_new { Secrets::new() } else { stored::<E>(app, scope, update.method).await? };
    for (name, secret) in &update.secrets {
        if let SecretUpdate::Replace(secret) = secret {
            secrets.insert(*name, secret.clone_secret());
        }
    }
    let material = Material::new(update.method, &secrets)?;
    let expires_at = material.expires_at()?;
    let rights = Rights::of(&material, luggage.nip);
    let ksef = app.opening().ksef::<E>(luggage.nip, Some(material), None)?;
    let login = ksef.login(now).await?;
    let missing = rights.missing(&login).await;
    ksef.log_out().await;

    let ledger: Tenant<E> = Tenant::open(&*app.safe.registry, scope.tenant()).await?;
    let files_from = update.files_from.unwrap_or(now);
    if is_new {
        enter(app, &ledger, &luggage, files_from, (decision, now)).await?;
    }
    let KsefUpdate { method, secrets, .. } = update;
    let change = ConnectionUpdate { method, expires_at, secrets };
    let vault = app.opening().vault(&ledger).await?;
    ledger.change_connection(change, &vault, decision, now).await?;
    ledger.note_login(ConnectionStatus::Working { since: now }, now).await?;
    let before = settings::MISSING_RIGHTS.read(&ledger).await?;
    let missing = vec![settings::MISSING_RIGHTS.set(before.version, &missing)?];
    ledger.change_application(missing, &app.safe.vault, decision, now).await?;
    if is_new {
        // Without a profile it counts as no company, so this comes last.
        ledger.change_profile(0, &luggage.profile, decision, now).await?;
    }
    Ok(())
}

/// What a company takes along from where it is.
pub(crate) async fn luggage(from: &AnyCompany) -> Result<Luggage, Error> {
    const NONE: Error = Error::NotFound { what: "profile" };
    each!(from, served => {
        let ledger = &served.company.ledger;
        let (_, profile) = ledger.profile().await?.ok_or(NONE)?;
        let policies = settings::POLICIES.read(ledger).await?.value;
        Ok(Luggage { nip: profile.nip, profile, policies, users: served.users.clone() })
    })
}

/// The stored secrets of the method.
async fn stored<E: EnvironmentType>(
    app: &App,
    scope: Scope,
    method: LoginMethod,
) -> Result<Secrets> {
    let ledger: Tenant<E> = Tenant::open(&*app.safe.registry, scope.tenant()).await?;
    Ok(app.opening().secrets(&ledger, method).await?)
}

/// Keeps the secrets of the connection where the other vault keeps them.
pub(super) async fn move_secrets<E: EnvironmentType>(
    ledger: &Tenant<E>,
    (from, to): (&Vault, &Vault),
    (decision, now): (&Decision, Timestamp),
) -> Result<(), Error> {
    let Some(connection) = ledger.connection().await? else { return Ok(()) };
    let mut secrets = BTreeMap::new();
    for name in connection.stored() {
        let secret = ledger.secret(name, from).await?;
        secrets.extend(secret.map(|secret| (name, SecretUpdate::Replace(secret))));
    }
    let (method, expires_at) = (connection.method(), connection.expires_at());
    let update = ConnectionUpdate { method, expires_at, secrets };
    ledger.change_connection(update, to, decision, now).await?;
    // The same secrets work as well as before.
    ledger.note_login(connection.status(), now).await
}

/// The company enters an environment, where it files what happens from that time on.
pub(crate) async fn enter<E: EnvironmentType>(
    app: &App,
    ledger: &Tenant<E>,
    luggage: &Luggage,
    files_from: Timestamp,
    (decision, now): (&Decision, Timestamp),
) -> Result<(), Error> {
    let users = settings::USERS.read(ledger).await?.version;
    let policies = settings::POLICIES.read(ledger).await?.version;
    let before = settings::FILES_FROM.read(ledger).await?.version;
    let changes = vec![
        settings::USERS.set(users, &luggage.users)?,
        settings::POLICIES.set(policies, &luggage.policies)?,
        settings::FILES_FROM.set(before, &Some(files_from))?,
    ];
    ledger.change_application(changes, &app.safe.vault, decision, now).await
}

/// What is to be asked about the rights of a login.
enum Rights {
    /// The owner has them all.
    Owner,
    /// Those that its token has.
    Token(ksef_core::ReferenceNumber),
    /// Those that were granted to the subject of the certificate.
    Granted,
}

impl Rights {
    fn of(material: &Material, nip: Nip) -> Self {
        match material.token_reference() {
            Some(token) => Self::Token(token),
            None if material.is_of(nip) => Self::Owner,
            None => Self::Granted,
        }
    }

    /// Of the rights that are needed, those that are missing. Where KSeF does not tell, none are.
    async fn missing(&self, login: &AuthSession) -> Vec<String> {
        const NEEDED: [Permission; 2] = [Permission::InvoiceRead, Permission::InvoiceWrite];
        let held = match self {
            Self::Owner => return Vec::new(),
            Self::Token(token) => {
                login.tokens().status(*token).await.map(|token| token.requested_permissions)
            }
            Self::Granted => granted(login).await,
        };
        match held {
            Ok(held) if !held.is_empty() => NEEDED
                .into_iter()
                .filter(|needed| !held.contains(needed))
                .map(|missing| missing.as_str().to_owned())
                .collect(),
            Ok(_) => Vec::new(),
            Err(error) => {
                tracing::warn!(error = chain(&error), "the rights of a login are not known");
                Vec::new()
            }
        }
    }
}

async fn granted(login: &AuthSession) -> Result<Vec<Permission>, ksef_client::Error> {
    let permissions = login.permissions();
    let mut held = permissions.owner().await?;
    let personal = permissions.query_personal(&PersonalQuery::new()).all().await?;
    held.extend(personal.into_iter().map(|it| it.permission_scope));
    Ok(held)
}

/// What a PKCS#12 archive holds, as the secrets of a connection.
pub(crate) fn from_archive(
    archive: Vec<u8>,
    password: &Secret<String>,
) -> Result<BTreeMap<SecretName, SecretUpdate>> {
    let certificate = crate::ksef::certificate_of(&archive, password)?;
    let password = password.expose().clone().into_bytes();
    let secrets = [
        (SecretName::Certificate, certificate),
        (SecretName::PrivateKey, archive),
        (SecretName::PrivateKeyPassword, password),
    ];
    let replace = |(name, value)| (name, SecretUpdate::Replace(Secret::new(value)));
    Ok(secrets.into_iter().map(replace).collect())
}
