//! The configuration of the server as a whole: a file, and environment variables that override some
//! of it. What concerns a company stands in its ledger, see `settings`.

mod secret;

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
use ksef_core::{Endpoints, Environment, Secret};
use serde::{Deserialize, Deserializer};

use crate::logging::Format;
use crate::notify::Receiver;
use crate::worker::Pace;
pub(crate) use secret::SecretSource;

/// The variables that override keys of the file.
pub(crate) const OVERRIDES: [&str; 5] = [
    "KSEF_SERVER_LISTEN",
    "KSEF_SERVER_DATA",
    "KSEF_SERVER_PUBLIC_URL",
    "KSEF_SERVER_DATABASE",
    "KSEF_SERVER_DOCUMENTS",
];

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

/// Where the key-encryption keys stand.
#[derive(Debug)]
pub(crate) struct KeySource {
    source: SecretSource,
    folder: PathBuf,
}

impl KeySource {
    /// The text of the keys.
    pub(crate) fn read(&self) -> Result<Secret<String>, ConfigError> {
        self.source.read(&self.folder).map_err(|mend| ConfigError::new("keys", mend))
    }

    /// The file that they are in, if it is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.source.file(&self.folder)
    }
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default = "default_listen")]
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) data: PathBuf,
    /// The address of a PostgreSQL, with the role of the application.
    #[serde(default, deserialize_with = "secret")]
    pub(crate) database: Option<Secret<String>>,
    /// The address of an object store.
    pub(crate) documents: Option<String>,
    keys: SecretSource,
    checkpoints: CheckpointsConfig,
    #[serde(default)]
    worker: WorkerConfig,
    notify: Option<NotifyConfig>,
    stripe_app: Option<StripeAppConfig>,
    sandbox: Option<SandboxConfig>,
    /// How the lines of the program's own log look.
    #[serde(default)]
    pub(crate) log: Format,
    /// What paths are relative to.
    #[serde(skip)]
    folder: PathBuf,
}

/// The program that is told what needs a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NotifyConfig {
    url: String,
    secret: SecretSource,
}

/// An app of Stripe, which companies install in their accounts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StripeAppConfig {
    key: Option<SecretSource>,
    test_key: Option<SecretSource>,
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

/// A KSeF of one's own, in the place of the Ministry's TEST.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SandboxConfig {
    ksef_api: String,
    #[serde(default)]
    without_limits: bool,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Option::deserialize(from)?.map(Secret::new))
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
        Self::read_with(file, |name| env::var(name).ok())
    }

    /// Reads the file, and what overrides it.
    pub(crate) fn read_with(
        file: &Path,
        value: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(file).map_err(|error| {
            ConfigError::new(file.display(), format!("it cannot be read ({error})"))
        })?;
        let mut config = Self::parse(&text)?;
        config.folder = file.parent().map(Path::to_owned).unwrap_or_default();
        config.override_from(value)?;
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
        let [listen, data, public_url, database, documents] = OVERRIDES;
        if let Some(text) = value(listen) {
            self.listen = text.parse().map_err(|_| {
                ConfigError::new(listen, "it takes an address and a port, as 127.0.0.1:8080")
            })?;
        }
        if let Some(folder) = value(data) {
            self.data = folder.into();
        }
        self.public_url = value(public_url).or_else(|| self.public_url.take());
        self.database = value(database).map(Secret::new).or_else(|| self.database.take());
        self.documents = value(documents).or_else(|| self.documents.take());
        Ok(())
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.endpoints(Environment::Test)?;
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

    /// The addresses of KSeF. In TEST they may be those of a sandbox.
    pub(crate) fn endpoints(&self, environment: Environment) -> Result<Endpoints, ConfigError> {
        match &self.sandbox {
            Some(sandbox) if environment == Environment::Test => {
                Endpoints::custom(environment, &sandbox.ksef_api)
                    .map_err(|error| ConfigError::new("sandbox.ksef_api", error))
            }
            _ => Ok(Endpoints::official(environment)),
        }
    }

    /// Whether this is a KSeF that counts no requests.
    pub(crate) fn is_without_limits(&self, environment: Environment) -> bool {
        let is_without = self.sandbox.as_ref().is_some_and(|sandbox| sandbox.without_limits);
        is_without && environment == Environment::Test
    }

    /// Where the key-encryption keys stand.
    pub(crate) fn keys(&self) -> KeySource {
        KeySource { source: self.keys.clone(), folder: self.folder.clone() }
    }

    /// The program that is told what needs a person, if there is one.
    pub(crate) fn receiver(&self) -> Result<Option<Receiver>, ConfigError> {
        let Some(NotifyConfig { url, secret }) = &self.notify else { return Ok(None) };
        let secret = self.secret("notify.secret", secret)?;
        let receiver = Receiver::new(url, secret.expose());
        receiver.map(Some).map_err(|error| ConfigError::new("notify.url", error))
    }

    /// The key of the app of Stripe, if there is one for companies in this environment.
    pub(crate) fn stripe_app(
        &self,
        environment: Environment,
    ) -> Result<Option<Secret<String>>, ConfigError> {
        let Some(StripeAppConfig { key, test_key }) = &self.stripe_app else { return Ok(None) };
        let (place, source) = match environment {
            Environment::Production => ("stripe_app.key", key),
            _ => ("stripe_app.test_key", test_key),
        };
        source.as_ref().map(|source| self.secret(place, source)).transpose()
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
        assert!(config.database.is_none() && config.documents.is_none());
        assert_eq!(config.pace().concurrency, Pace::default().concurrency);
    }

    #[test]
    fn what_is_wrong_is_named_in_one_line() {
        let sandbox = "[sandbox]\nksef_api = \"ftp://127.0.0.1\"\n[worker]";
        for (from, to, key) in [
            ("listen = \"127.0.0.1:8080\"", "listen = 8080", "listen"),
            ("lease_ms = 120000", "lease_ms = 1", "worker"),
            ("data = \"data\"", "dta = \"data\"", "dta"),
            ("data = \"data\"", "data = \"data\"\ndatabase = 5432", "database"),
            ("[worker]", "[[company]]\n[worker]", "company"),
            ("[worker]", sandbox, "sandbox.ksef_api"),
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
