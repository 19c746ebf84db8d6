//! What an application keeps for a tenant besides: values and secrets under names of its own.

use ksef_core::submission::{Decision, ReasonCode};
use ksef_core::{Secret, Timestamp};
use serde_json::Value;

use super::Tenant;
use crate::Error;
use crate::environment::EnvironmentType;
use crate::secrets::{DataKeys, SecretName, Vault};
use crate::setting::{Draft, MAX_CONFLICTS, change, setting};

const APPLICATION: &str = "application.";

/// A change of what an application keeps for a tenant.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a value is set, a secret is kept or destroyed")]
pub enum ApplicationChange {
    /// A value takes the place of the one that was read.
    Set {
        /// Its name.
        name: ReasonCode,
        /// The version that was read, 0 where nothing was set.
        after: u32,
        /// The value.
        value: Value,
    },
    /// A secret takes the place of what was kept under its name.
    Keep {
        /// Its name, which is none of the connection's.
        name: ReasonCode,
        /// The secret.
        secret: Secret<Vec<u8>>,
    },
    /// What was kept under this name is destroyed.
    Destroy {
        /// Its name, which is none of the connection's.
        name: ReasonCode,
    },
}

impl<E: EnvironmentType> Tenant<E> {
    /// What the application has set under a name, with its version; 0 and null where it never did.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn application_setting(&self, name: ReasonCode) -> Result<(u32, Value), Error> {
        const UNREADABLE: Error = Error::Damaged { finding: "a setting cannot be read" };
        let setting = setting(self.store(), &name_of(name)).await?;
        let Some(value) = setting.value else { return Ok((setting.version, Value::Null)) };
        let value = serde_json::from_slice(&value).map_err(|_| UNREADABLE)?;
        Ok((setting.version, value))
    }

    /// The secret that the application keeps under a name; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Seal`] if it does not open with the keys at hand.
    pub async fn application_secret(
        &self,
        name: ReasonCode,
        vault: &Vault,
    ) -> Result<Option<Secret<Vec<u8>>>, Error> {
        vault.fetch(self.store(), application_secret(name)?).await
    }

    /// Makes all of the changes, or none. The values, the secrets and the entries of the log are
    /// recorded together; a value that stays as it is has none.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if a value has another version than the one that was read,
    /// [`Error::Invalid`] for the name of a secret of the connection.
    pub async fn change_application(
        &self,
        changes: Vec<ApplicationChange>,
        vault: &Vault,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (mut drafts, mut secrets) = (Vec::new(), Vec::new());
        for each in changes {
            match each {
                ApplicationChange::Set { name, after, value } => {
                    let name = name_of(name);
                    let before = setting(self.store(), &name).await?;
                    if before.version != after {
                        return Err(Error::Conflict);
                    }
                    let value = value.to_string().into_bytes();
                    if before.value.as_ref() != Some(&value) {
                        drafts.push(Draft::set(name, &before, value, Some(decision.clone())));
                    }
                }
                ApplicationChange::Keep { name, secret } => {
                    secrets.push((application_secret(name)?, secret));
                }
                ApplicationChange::Destroy { name } => {
                    let name = application_secret(name)?;
                    drafts.extend(vault.destroy(self.store(), name, Some(decision)).await?);
                }
            }
        }
        drafts.extend(vault.put(self.store(), secrets, Some(decision)).await?);
        change(self.store(), drafts, now).await
    }

    /// How many changes of settings and secrets there were. Who keeps a copy of them reads them
    /// again when this has grown.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn setting_changes(&self) -> Result<u64, Error> {
        let settings = self.store().settings("").await?;
        Ok(settings.iter().map(|(_, setting)| u64::from(setting.version)).sum())
    }

    /// The data keys, open, with which an application seals what it keeps itself, above all the
    /// keys of sessions ([`Tenant::keep_session_key`]). Where there is none yet, one is made.
    ///
    /// # Errors
    ///
    /// [`Error::Seal`] if they do not open with the key-encryption keys at hand.
    pub async fn data_keys(&self, vault: &Vault, now: Timestamp) -> Result<DataKeys, Error> {
        for _ in 0..MAX_CONFLICTS {
            let (keys, first) = vault.keys(self.store()).await?;
            match change(self.store(), first, now).await {
                Err(Error::Conflict) => {}
                done => return done.map(|()| keys),
            }
        }
        Err(Error::Conflict)
    }
}

fn name_of(name: ReasonCode) -> String {
    format!("{APPLICATION}{}", name.as_str())
}

/// The connection and the application keep their secrets beside each other.
fn application_secret(name: ReasonCode) -> Result<ReasonCode, Error> {
    if SecretName::ALL.iter().any(|own| own.code() == name) {
        return Err(Error::Invalid { reason: "this is the name of a secret of the connection" });
    }
    Ok(name)
}
