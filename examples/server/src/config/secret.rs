//! `SecretSource`, where a secret stands.

use std::path::{Path, PathBuf};
use std::{env, fs};

use ksef_core::Secret;
use serde::Deserialize;

/// Where a secret stands: in a file, or in an environment variable.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretSource {
    file: Option<PathBuf>,
    env: Option<String>,
}

impl SecretSource {
    /// The file that it is in, if it is one.
    pub(super) fn file(&self, folder: &Path) -> Option<PathBuf> {
        self.file.as_ref().map(|file| folder.join(file))
    }

    /// The secret, without white space around it.
    pub(super) fn read(&self, folder: &Path) -> Result<Secret<String>, String> {
        let text = match (&self.file, &self.env) {
            (Some(file), None) => {
                let file = folder.join(file);
                fs::read_to_string(&file).map_err(|error| {
                    format!("the file {} cannot be read ({error})", file.display())
                })?
            }
            (None, Some(name)) => env::var(name)
                .map_err(|_| format!("set the environment variable {name} to the secret"))?,
            _ => return Err("it takes { file = \"…\" } or { env = \"…\" }, one of them".to_owned()),
        };
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty; put the secret there".to_owned());
        }
        Ok(Secret::new(text.to_owned()))
    }
}
