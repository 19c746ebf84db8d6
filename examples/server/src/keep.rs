//! `backup`, `restore` and `rotate-keys`: what keeps everything that is kept.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_audit::backup::Backups;
use ksef_audit::log::TreeHead;
use ksef_audit::secrets::{KeyId, Vault};
use ksef_audit::store::Scope;
use ksef_audit::{Checkpoints, Demo, EnvironmentType, Production, Tenant, Test, VerifyOptions};
use ksef_client::xades::UpoSignatureVerifier;
use ksef_core::submission::Decision;
use ksef_core::{Clock as _, Environment, SystemClock, TenantId, Timestamp};

use crate::command::{OPERATOR, each_ledger, private, tell};
use crate::config::Config;
use crate::random::random;
use crate::safe::Safe;
use crate::settings;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Writes what was recorded since the last backup.
pub(crate) async fn backup(config: &Config, tenant: Option<TenantId>, to: &Path) -> Result<bool> {
    let backups = Backups::in_folder(to).await?;
    each_ledger!(config, tenant, backup_one, &backups)
}

async fn backup_one<E: EnvironmentType>(ledger: Tenant<E>, backups: &Backups) -> Result<bool> {
    let written = backups.backup(&ledger).await?;
    println!(
        "{} {}: {} new records, {} new documents; {} entries with the root {}",
        ledger.tenant(),
        E::ENVIRONMENT,
        written.records,
        written.documents,
        written.head.size,
        written.head.root.to_hex(),
    );
    Ok(true)
}

/// Brings the newest backups back, into ledgers that are empty, and verifies all of it; false if
/// something is not as it was recorded.
pub(crate) async fn restore(
    config: &Config,
    tenant: Option<TenantId>,
    from: &Path,
) -> Result<bool> {
    let (safe, checkpoints) = (Safe::open(config).await?, config.checkpoints()?);
    let backups = Backups::in_folder(from).await?;
    let (mut found, mut is_well) = (false, true);
    for scope in backups.scopes().await? {
        let id = scope.tenant();
        if tenant.is_some_and(|wanted| wanted != id) {
            continue;
        }
        found = true;
        let (backend, from) = (&*safe.registry, (&safe, &backups, &checkpoints));
        is_well &= match scope.environment() {
            Environment::Test => {
                restore_one(Tenant::<Test>::open(backend, id).await?, from).await?
            }
            Environment::Demo => {
                restore_one(Tenant::<Demo>::open(backend, id).await?, from).await?
            }
            Environment::Production => {
                restore_one(Tenant::<Production>::open(backend, id).await?, from).await?
            }
        };
    }
    if found { Ok(is_well) } else { Err("there is no such backup".into()) }
}

async fn restore_one<E: EnvironmentType>(
    ledger: Tenant<E>,
    (safe, backups, checkpoints): (&Safe, &Backups, &Checkpoints),
) -> Result<bool> {
    // What was recorded after the backup, and is gone, the checkpoints tell.
    let kept = checkpoints.kept(&ledger).await?;
    let heads: Vec<TreeHead> = kept.iter().map(|it| it.checkpoint().head).collect();
    let verifier = Arc::new(UpoSignatureVerifier::new());
    let options = VerifyOptions { receipts: Some(verifier), known_heads: &heads };
    let verified = backups.restore(&ledger, &options).await?;
    // Whose endpoint it is, the registry says, of which there is no backup.
    if let Some(account) = settings::STRIPE.read(&ledger).await?.value {
        let scope = Scope::new(ledger.tenant(), E::ENVIRONMENT);
        safe.registry.assign(&account.endpoint.parse()?, scope).await?;
    }
    Ok(tell(&ledger, &verified))
}

/// Seals the data keys with the current key-encryption key, makes new data keys and seals all
/// secrets with them, while servers and workers go on. With a name, that key is made first.
pub(crate) async fn rotate_keys(config: &Config, new: Option<&KeyId>) -> Result<bool> {
    if let Some(name) = new {
        let file = config
            .keys()
            .file()
            .ok_or("the keys are in no file; put the new one first yourself")?;
        add_key(&file, name)?;
    }
    let vault = Safe::open(config).await?.vault;
    let everyone: Option<TenantId> = None;
    let reason = "the keys are rotated";
    let by = (Decision::new(OPERATOR, reason)?, SystemClock.now());
    let is_well: Result<bool> = each_ledger!(config, everyone, rotate_one, &vault, &by);
    println!(
        "A key-encryption key that is no longer the first opens older backups, and nothing else."
    );
    is_well
}

async fn rotate_one<E: EnvironmentType>(
    ledger: Tenant<E>,
    vault: &Vault,
    (decision, now): &(Decision, Timestamp),
) -> Result<bool> {
    let rewrapped = ledger.rewrap_data_keys(vault, *now).await?;
    let version = match ledger.rotate_data_key(vault, decision, *now).await {
        Ok(version) => version.to_string(),
        Err(ksef_audit::Error::NotFound { .. }) => "none yet".to_owned(),
        Err(error) => return Err(error.into()),
    };
    println!(
        "{} {}: {rewrapped} data keys sealed anew; the current data key is {version}",
        ledger.tenant(),
        E::ENVIRONMENT,
    );
    Ok(true)
}

/// Puts a new key first into the file: all of it, or nothing.
fn add_key(file: &Path, name: &KeyId) -> Result<()> {
    let before = fs::read_to_string(file)?;
    let taken = |line: &str| line.split_ascii_whitespace().next() == Some(name.as_str());
    if before.lines().any(taken) {
        return Err(format!("there is a key {name} already; choose another name").into());
    }
    let new = file.with_extension(format!("{}.new", std::process::id()));
    let text = format!("{name} {}\n{before}", STANDARD.encode(random::<32>()?));
    private(&new, &text)?;
    let done = fs::rename(&new, file);
    if done.is_err() {
        let _ = fs::remove_file(&new);
    }
    done?;
    sync_folder(file)?;
    Ok(())
}

/// The name of the file is durable only then.
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}
