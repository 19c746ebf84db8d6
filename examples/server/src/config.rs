//! The configuration: a file, and environment variables that override some of it.

mod secret;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_audit::Checkpoints;
use ksef_audit::log::{CheckpointSigner, FileSink};
use ksef_core::{Endpoints, Environment, Secret, TenantId, Timestamp};
use ksef_stripe::Profile;
use serde::Deserialize;

use crate::logging::Format;
use crate::worker::Pace;
pub(crate) use secret::SecretSource;

/// What keeps the server from starting: one line that names the key and the mend.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {mend}")]
pub(crate) struct ConfigError {
    place: String,
    mend: String,
}

impl ConfigError {
    pub(crate) fn new(place: impl Display, mend: impl Display) -> Self {
        // One line, whatever the cause says.
        let mend = mend.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { place: place.to_string(), mend }
    }
}

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default = "default_listen")]
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) data: PathBuf,
    keys: SecretSource,
    checkpoints: CheckpointsConfig,
    #[serde(default)]
    worker: WorkerConfig,
    /// How the lines of the program's own log look.
    #[serde(default)]
    pub(crate) log: Format,
    #[serde(default)]
    pub(crate) company: Vec<CompanyConfig>,
    /// What paths are relative to.
    #[serde(skip)]
    folder: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointsConfig {
    name: String,
    key: SecretSource,
    folder: PathBuf,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WorkerConfig {
    lease_ms: u64,
    concurrency: u32,
    idle_ms: u64,
    patience_ms: u64,
}

/// A company in an environment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompanyConfig {
    pub(crate) tenant: TenantId,
    environment: String,
    ksef_token: SecretSource,
    ksef_api: Option<String>,
    #[serde(default)]
    pub(crate) without_limits: bool,
    pub(crate) profile: Profile,
    pub(crate) files_from: Option<Timestamp>,
    pub(crate) stripe: Option<StripeConfig>,
    api: Option<ApiConfig>,
    #[serde(default)]
    pub(crate) user: Vec<User>,
}

/// A company's account of Stripe.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StripeConfig {
    pub(crate) endpoint: String,
    pub(crate) webhook_secrets: Vec<SecretSource>,
    pub(crate) key: SecretSource,
    pub(crate) api: Option<String>,
    pub(crate) nbp_api: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiConfig {
    key: SecretSource,
}

/// Somebody who may log in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) password_hash: String,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Everything.
    Owner,
    /// Read.
    Accountant,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

impl Default for WorkerConfig {
    fn default() -> Self {
        let Pace { lease, concurrency, idle, patience } = Pace::default();
        let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(0);
        Self {
            lease_ms: milliseconds(lease),
            concurrency,
            idle_ms: milliseconds(idle),
            patience_ms: milliseconds(patience),
        }
    }
}

impl Config {
    /// Reads the file and the environment.
    pub(crate) fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(file).map_err(|error| {
            ConfigError::new(file.display(), format!("it cannot be read ({error})"))
        })?;
        let mut config = Self::parse(&text)?;
        config.folder = file.parent().map(Path::to_owned).unwrap_or_default();
        config.override_from(|name| env::var(name).ok())?;
        config.data = config.folder.join(&config.data);
        Ok(config)
    }

    fn parse(text: &str) -> Result<Self, ConfigError> {
        let document = toml::Deserializer::parse(text);
        let document = document.map_err(|error| ConfigError::new("the file", error.message()))?;
        let config: Self = serde_path_to_error::deserialize(document).map_err(|error| {
            let path = error.path().to_string();
            ConfigError::new(path, error.inner().message())
        })?;
        config.check()?;
        Ok(config)
    }

    fn override_from(&mut self, value: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        if let Some(listen) = value("KSEF_SERVER_LISTEN") {
            self.listen = listen.parse().map_err(|_| {
                let mend = "it takes an address and a port, as 127.0.0.1:8080";
                ConfigError::new("KSEF_SERVER_LISTEN", mend)
            })?;
        }
        if let Some(data) = value("KSEF_SERVER_DATA") {
            self.data = data.into();
        }
        if let Some(url) = value("KSEF_SERVER_PUBLIC_URL") {
            self.public_url = Some(url);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), ConfigError> {
        let mut tenants = BTreeSet::new();
        let mut endpoints = BTreeSet::new();
        let mut users = BTreeSet::new();
        for (index, company) in self.company.iter().enumerate() {
            let place = |key: &str| format!("company[{index}].{key}");
            let environment = company
                .environment()
                .map_err(|mend| ConfigError::new(place("environment"), mend))?;
            company.endpoints().map_err(|mend| ConfigError::new(place("ksef_api"), mend))?;
            if !company.profile.nip.has_valid_check_digit() {
                let mend = "the check digit of the NIP is wrong; correct a digit";
                return Err(ConfigError::new(place("profile.nip"), mend));
            }
            if environment == Environment::Production && company.files_from.is_none() {
                let mend = "production needs the time from which on invoices are filed, \
                            as \"2026-11-20T00:00:00+01:00\"";
                return Err(ConfigError::new(place("files_from"), mend));
            }
            if !tenants.insert((company.tenant, environment)) {
                let mend = "another company has this tenant and environment; each stands once";
                return Err(ConfigError::new(place("tenant"), mend));
            }
            if let Some(stripe) = &company.stripe {
                stripe.check().map_err(|mend| ConfigError::new(place("stripe.endpoint"), mend))?;
                if !endpoints.insert(stripe.endpoint.as_str()) {
                    let mend = "another company has this endpoint; make up a new one";
                    return Err(ConfigError::new(place("stripe.endpoint"), mend));
                }
            }
            for user in &company.user {
                if !users.insert(user.name.as_str()) {
                    let mend = format!("{} stands twice; a name is of one user", user.name);
                    return Err(ConfigError::new(place("user"), mend));
                }
            }
        }
        if self.worker.concurrency == 0 || self.worker.lease_ms < 1_000 {
            let mend = "concurrency is at least 1, lease_ms at least 1000";
            return Err(ConfigError::new("worker", mend));
        }
        Ok(())
    }

    pub(crate) fn pace(&self) -> Pace {
        let WorkerConfig { lease_ms, concurrency, idle_ms, patience_ms } = self.worker;
        Pace {
            lease: Duration::from_millis(lease_ms),
            concurrency,
            idle: Duration::from_millis(idle_ms),
            patience: Duration::from_millis(patience_ms),
        }
    }

    /// The text of the key-encryption keys.
    pub(crate) fn keys(&self) -> Result<Secret<String>, ConfigError> {
        self.secret("keys", &self.keys)
    }

    /// The signed heads of the logs, kept apart from them.
    pub(crate) fn checkpoints(&self) -> Result<Checkpoints, ConfigError> {
        let CheckpointsConfig { name, key, folder } = &self.checkpoints;
        let place = "checkpoints.key";
        let seed = STANDARD.decode(self.secret(place, key)?.expose());
        let seed = seed.ok().and_then(|seed| seed.try_into().ok());
        let seed = seed.ok_or_else(|| ConfigError::new(place, "it takes 32 bytes in Base64"))?;
        let signer = CheckpointSigner::new(name, &Secret::new(seed)).map_err(|_| {
            ConfigError::new("checkpoints.name", "it takes a name without spaces and +")
        })?;
        let folder = self.folder.join(folder);
        fs::create_dir_all(&folder)
            .map_err(|error| ConfigError::new("checkpoints.folder", error))?;
        Ok(Checkpoints::new(name, signer, Arc::new(FileSink::new(folder))))
    }

    /// A secret, whose key in the file is `place`.
    pub(crate) fn secret(
        &self,
        place: &str,
        source: &SecretSource,
    ) -> Result<Secret<String>, ConfigError> {
        source.read(&self.folder).map_err(|mend| ConfigError::new(place, mend))
    }
}

impl CompanyConfig {
    pub(crate) fn environment(&self) -> Result<Environment, &'static str> {
        match self.environment.as_str() {
            "test" => Ok(Environment::Test),
            "demo" => Ok(Environment::Demo),
            "production" => Ok(Environment::Production),
            _ => Err("it takes test, demo or production"),
        }
    }

    pub(crate) fn endpoints(&self) -> Result<Endpoints, String> {
        let environment = self.environment()?;
        match &self.ksef_api {
            None => Ok(Endpoints::official(environment)),
            Some(api) => Endpoints::custom(environment, api).map_err(|error| error.to_string()),
        }
    }

    pub(crate) const fn token(&self) -> &SecretSource {
        &self.ksef_token
    }

    pub(crate) fn api_key(&self) -> Option<&SecretSource> {
        self.api.as_ref().map(|api| &api.key)
    }
}

impl StripeConfig {
    fn check(&self) -> Result<(), &'static str> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let length = self.endpoint.len();
        if (16..=100).contains(&length) && self.endpoint.bytes().all(is_allowed) {
            return Ok(());
        }
        Err("it takes 16 to 100 letters, digits, - and _, which nobody can guess")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../server.example.toml");

    fn complaint(from: &str, to: &str) -> String {
        assert!(EXAMPLE.contains(from), "{from}");
        Config::parse(&EXAMPLE.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn the_example_is_a_configuration() {
        let config = Config::parse(EXAMPLE).unwrap();
        assert_eq!(config.company.len(), 1);
        assert_eq!(config.pace().concurrency, Pace::default().concurrency);
    }

    #[test]
    fn what_is_wrong_is_named_in_one_line() {
        for (from, to, key) in [
            ("environment = \"test\"", "environment = \"prod\"", "company[0].environment"),
            ("environment = \"test\"", "environment = \"production\"", "company[0].files_from"),
            ("# ksef_api = \"http:", "ksef_api = \"ftp:", "company[0].ksef_api"),
            ("nip = \"5265877635\"", "nip = \"5265877636\"", "company[0].profile.nip"),
            ("listen = \"127.0.0.1:8080\"", "listen = 8080", "listen"),
            ("role = \"owner\"", "role = \"boss\"", "company[0].user[0].role"),
            ("wh_9f86d081884c7d659a2feaa0c55ad015", "short", "company[0].stripe.endpoint"),
            ("lease_ms = 120000", "lease_ms = 1", "worker"),
            ("data = \"data\"", "dta = \"data\"", "dta"),
        ] {
            let line = complaint(from, to);
            assert!(line.starts_with(key), "{line}");
            assert!(!line.contains('\n') && line.len() > key.len() + 10, "{line}");
        }
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let mut config = Config::parse(EXAMPLE).unwrap();
        config
            .override_from(|name| (name == "KSEF_SERVER_LISTEN").then(|| "[::1]:1".into()))
            .unwrap();
        assert_eq!(config.listen.to_string(), "[::1]:1");
        let error = config.override_from(|_| Some("nowhere".to_owned())).unwrap_err();
        assert!(error.to_string().starts_with("KSEF_SERVER_LISTEN: "));
    }
}
