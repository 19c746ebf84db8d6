//! The data key of a company, which seals the keys of its sessions.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_audit::secrets::{DataKeys, KeyProvider, Owner, SealError, WrappedKey};
use ksef_core::{Environment, TenantId};
use serde::{Deserialize, Serialize};

/// A data key as it is kept beside the ledger: sealed by a key from outside.
#[derive(Deserialize, Serialize)]
struct Kept {
    version: u32,
    key_id: String,
    key: String,
}

/// Opens the data keys of a company. The first time, it makes one.
pub(crate) async fn data_keys(
    folder: &Path,
    (tenant, environment): (TenantId, Environment),
    provider: &dyn KeyProvider,
) -> Result<DataKeys, SealError> {
    let owner = Owner::new(tenant, environment);
    let file = file(folder, tenant, environment);
    if let Some(keys) = open(&file, owner, provider).await? {
        return Ok(keys);
    }
    let (keys, wrapped) = DataKeys::create(owner, provider).await?;
    match keep(&file, &wrapped) {
        Ok(()) => Ok(keys),
        // Another process was first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            open(&file, owner, provider).await?.ok_or(SealError::Malformed)
        }
        Err(error) => Err(unavailable(error)),
    }
}

async fn open(
    file: &Path,
    owner: Owner,
    provider: &dyn KeyProvider,
) -> Result<Option<DataKeys>, SealError> {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unavailable(error)),
    };
    let kept: Kept = serde_json::from_slice(&text).map_err(|_| SealError::Malformed)?;
    let key_id = kept.key_id.parse().map_err(|_| SealError::Malformed)?;
    let bytes = STANDARD.decode(&kept.key).map_err(|_| SealError::Malformed)?;
    let wrapped = WrappedKey { version: kept.version, key_id, bytes };
    DataKeys::unlock(owner, provider, &[wrapped]).await.map(Some)
}

/// All of it under its name, or nothing.
fn keep(file: &Path, wrapped: &WrappedKey) -> io::Result<()> {
    let kept = Kept {
        version: wrapped.version,
        key_id: wrapped.key_id.to_string(),
        key: STANDARD.encode(&wrapped.bytes),
    };
    let new = file.with_extension(format!("{}.new", std::process::id()));
    let mut written = OpenOptions::new().write(true).create(true).truncate(true).open(&new)?;
    written.write_all(&serde_json::to_vec(&kept)?)?;
    written.sync_all()?;
    let linked = fs::hard_link(&new, file);
    fs::remove_file(&new)?;
    linked
}

fn file(folder: &Path, tenant: TenantId, environment: Environment) -> PathBuf {
    folder.join(format!("{tenant}.{}.key", environment.as_str().to_lowercase()))
}

fn unavailable(error: io::Error) -> SealError {
    SealError::Unavailable { source: error.into() }
}
