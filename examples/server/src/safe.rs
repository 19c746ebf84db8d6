//! `Safe`, where everything is kept: the ledgers of all companies, and what opens their secrets.

use std::env;
use std::sync::Arc;

use ksef_audit::registry::Registry;
use ksef_audit::secrets::Vault;
use ksef_audit::store::Scope;
use ksef_audit::{Error, Postgres, Sqlite, WithObjects};
use ksef_core::Secret;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreScheme};
use url::Url;

use crate::app::chain;
use crate::config::{Config, ConfigError};
use crate::keys::Keys;

/// Documents of more bytes than this go into the object store, if there is one.
const LARGEST_INLINE: usize = 64 * 1024;

/// How many companies are asked for at once.
const PAGE: u32 = 1_000;

/// The address of the database as its owner, for `migrate` alone.
const OWNER: &str = "KSEF_SERVER_DATABASE_OWNER";

/// Where everything is kept.
#[derive(Clone, Debug)]
pub(crate) struct Safe {
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) vault: Vault,
}

impl Safe {
    /// Opens what the configuration names.
    pub(crate) async fn open(config: &Config) -> Result<Self, ConfigError> {
        let keys = Keys::read(config.keys())?;
        let registry = registry(config).await?;
        Ok(Self { registry, vault: Vault::new(Arc::new(keys)) })
    }

    /// Every company in each of its environments.
    pub(crate) async fn scopes(&self) -> Result<Vec<Scope>, Error> {
        let mut scopes = Vec::new();
        loop {
            let found = self.registry.scopes(scopes.last().copied(), PAGE).await?;
            if found.is_empty() {
                return Ok(scopes);
            }
            scopes.extend(found);
        }
    }
}

/// Makes the tables of PostgreSQL, or brings them up to date. SQLite does so when it opens a ledger.
pub(crate) async fn migrate(config: &Config) -> Result<(), ConfigError> {
    let Some(database) = &config.database else { return Ok(()) };
    let role = Url::parse(database.expose()).ok().map(|url| url.username().to_owned());
    let role = role.filter(|role| !role.is_empty()).ok_or_else(|| {
        ConfigError::new("database", "it takes postgres://role@host/database, with the role")
    })?;
    let owner = env::var(OWNER).map_err(|_| {
        ConfigError::new(OWNER, "set it to the address of the database, as the owner of the tables")
    })?;
    let migrated = Postgres::migrate(&owner, &role).await;
    migrated.map_err(|error| ConfigError::new(OWNER, chain(&error)))
}

async fn registry(config: &Config) -> Result<Arc<dyn Registry>, ConfigError> {
    match &config.database {
        Some(address) => {
            let postgres = postgres(address).await;
            let postgres = postgres.map_err(|error| ConfigError::new("database", chain(&error)))?;
            with_documents(config, postgres).await
        }
        None => {
            let sqlite = Sqlite::open(&config.data).await;
            let sqlite = sqlite.map_err(|error| ConfigError::new("data", chain(&error)))?;
            with_documents(config, sqlite).await
        }
    }
}

async fn postgres(address: &Secret<String>) -> Result<Postgres, Error> {
    Postgres::open(address.expose()).await
}

async fn with_documents(
    config: &Config,
    backend: impl Registry + 'static,
) -> Result<Arc<dyn Registry>, ConfigError> {
    let Some(address) = &config.documents else { return Ok(Arc::new(backend)) };
    let objects = objects(address).map_err(|mend| ConfigError::new("documents", mend))?;
    let backend = WithObjects::new(backend, objects, LARGEST_INLINE).await;
    Ok(Arc::new(backend.map_err(|error| ConfigError::new("documents", chain(&error)))?))
}

fn objects(address: &str) -> Result<Arc<dyn ObjectStore>, String> {
    const MEND: &str = "it takes s3://bucket/folder or file:///folder";
    let url = Url::parse(address).map_err(|_| MEND)?;
    let (scheme, path) = ObjectStoreScheme::parse(&url).map_err(|_| MEND)?;
    match scheme {
        ObjectStoreScheme::Local => {
            let folder = url.to_file_path().map_err(|()| MEND)?;
            std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            let folder = LocalFileSystem::new_with_prefix(folder);
            // Without this nothing is durable.
            Ok(Arc::new(folder.map_err(|error| chain(&error))?.with_fsync(true)))
        }
        ObjectStoreScheme::AmazonS3 => {
            let bucket = AmazonS3Builder::from_env().with_url(address).build();
            let bucket = bucket.map_err(|error| chain(&error))?;
            Ok(Arc::new(PrefixStore::new(bucket, path)))
        }
        _ => Err(MEND.to_owned()),
    }
}
