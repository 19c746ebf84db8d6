//! What the program says of itself, on the standard error: no bodies, no secrets, no personal data.

use std::{env, io};

use serde::Deserialize;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

use crate::config::ConfigError;

/// The variable that says which part of the program may say how much.
const VARIABLE: &str = "KSEF_SERVER_LOG";

/// What is said where the variable is not set.
const DEFAULT: &str = "warn,ksef_server=info";

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// Starts to say it.
pub(crate) fn start(format: Format) -> Result<(), ConfigError> {
    let filter = env::var(VARIABLE).unwrap_or_else(|_| DEFAULT.to_owned());
    let filter: Targets = filter.parse().map_err(|_| {
        ConfigError::new(VARIABLE, "it takes targets and levels, as warn,ksef_server=debug")
    })?;
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let started = registry().with(filter).with(lines).try_init();
    started.map_err(|error| ConfigError::new("log", error))
}
