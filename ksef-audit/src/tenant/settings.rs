//! What holds for the tenant as a whole: its connection, its profile, its keys, holds, looks.

use std::collections::BTreeSet;

use ksef_core::submission::{Decision, ReasonCode};
use ksef_core::{Secret, Timestamp};

use super::{SubmissionId, Tenant};
use crate::Error;
use crate::entry::{Body, Entry, Look};
use crate::environment::EnvironmentType;
use crate::profile::CompanyProfile;
use crate::secrets::{
    Connection, ConnectionStatus, ConnectionUpdate, KeyRetirement, SecretChange, SecretName, Vault,
};
use crate::setting::{Draft, MAX_CONFLICTS, change, setting};
use crate::store::{Commit, Notice, Setting};

pub(crate) const CONNECTION: &str = "connection";
const PROFILE: &str = "profile.";
const HOLD: &str = "hold.";
const UNREADABLE: Error = Error::Damaged { finding: "a setting cannot be read" };

impl<E: EnvironmentType> Tenant<E> {
    /// The login to KSeF as it may be shown; `None` if none was set up.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn connection(&self) -> Result<Option<Connection>, Error> {
        let setting = setting(self.store(), CONNECTION).await?;
        setting.value.as_deref().map(read_connection).transpose()
    }

    /// Sets the connection up, or changes it: a blank field keeps, a value replaces, and switching
    /// the login method destroys the material of the other. The connection, its secrets and the
    /// entries of the log are recorded together.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if something is missing; nothing has changed then.
    pub async fn change_connection(
        &self,
        update: ConnectionUpdate,
        vault: &Vault,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<Connection, Error> {
        let before = setting(self.store(), CONNECTION).await?;
        let (changed, changes) = match before.value.as_deref().map(read_connection).transpose()? {
            Some(connection) => connection.change(update)?,
            None => Connection::create(E::ENVIRONMENT, update)?,
        };
        let mut drafts = Vec::new();
        let mut put = Vec::new();
        for each in changes {
            match each {
                SecretChange::Put(name, value) => put.push((name.code(), value)),
                SecretChange::Destroy(name) => {
                    let gone = vault.destroy(self.store(), name.code(), Some(decision)).await?;
                    drafts.extend(gone);
                }
            }
        }
        drafts.extend(vault.put(self.store(), put, Some(decision)).await?);
        let value = changed.to_bytes();
        if before.value.as_ref() != Some(&value) {
            let decision = Some(decision.clone());
            drafts.push(Draft::set(CONNECTION.to_owned(), &before, value, decision));
        }
        change(self.store(), drafts, now).await?;
        Ok(changed)
    }

    /// Records how a login with the connection went.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no connection.
    pub async fn note_login(&self, status: ConnectionStatus, now: Timestamp) -> Result<(), Error> {
        for _ in 0..MAX_CONFLICTS {
            let before = setting(self.store(), CONNECTION).await?;
            let stored = before.value.as_deref().ok_or(Error::NotFound { what: "connection" })?;
            let connection = read_connection(stored)?;
            if connection.status() == status {
                return Ok(());
            }
            let value = connection.with_status(status).to_bytes();
            let draft = Draft::set(CONNECTION.to_owned(), &before, value, None);
            match change(self.store(), [draft], now).await {
                Err(Error::Conflict) => {}
                done => return done,
            }
        }
        Err(Error::Conflict)
    }

    /// A secret of the connection, to log in with; `None` if it is not stored.
    ///
    /// # Errors
    ///
    /// [`Error::Seal`] if it does not open with the keys at hand.
    pub async fn secret(
        &self,
        name: SecretName,
        vault: &Vault,
    ) -> Result<Option<Secret<Vec<u8>>>, Error> {
        vault.fetch(self.store(), name.code()).await
    }

    /// Seals the data keys with the current key-encryption key, after a new one was put first in
    /// the provider. Reading goes on all the time. Returns how many keys were sealed anew.
    ///
    /// # Errors
    ///
    /// When the provider does not have the key before. What was done stays done.
    pub async fn rewrap_data_keys(&self, vault: &Vault, now: Timestamp) -> Result<u32, Error> {
        vault.rewrap(self.store(), now).await
    }

    /// Makes a new data key and seals every secret with it. Reading goes on all the time. Older
    /// keys stay until [`Tenant::retire_data_keys`]. Returns the version of the new key.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no data key yet. What was done stays done.
    pub async fn rotate_data_key(
        &self,
        vault: &Vault,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<u32, Error> {
        vault.rotate(self.store(), decision, now).await
    }

    /// Destroys the data keys that seal nothing any more, on a person's word, and says what became of
    /// each. The log has an entry for every key that is destroyed.
    ///
    /// A key stays while a secret is sealed with it, or the key of a session that has submissions in
    /// PENDING, SIGNING or SUBMITTED; keys of other sessions cannot be opened without it, and nobody
    /// goes on with those. It also stays for a day after the next one was made, so that nothing is
    /// sealed with it at the same time: whoever keeps open [`DataKeys`](crate::secrets::DataKeys) in
    /// memory opens them again within that time.
    ///
    /// # Errors
    ///
    /// When the store fails. Then no key is destroyed.
    pub async fn retire_data_keys(
        &self,
        vault: &Vault,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<KeyRetirement, Error> {
        vault.retire(self.store(), decision, now).await
    }

    /// The newest version of the company's profile, with its number from 1; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn profile(&self) -> Result<Option<(u32, CompanyProfile)>, Error> {
        Ok(self.profile_versions().await?.pop())
    }

    /// All versions of the company's profile, the oldest first. None of them is ever changed.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn profile_versions(&self) -> Result<Vec<(u32, CompanyProfile)>, Error> {
        let mut versions = Vec::new();
        for (name, setting) in self.store().settings(PROFILE).await? {
            let number = name.strip_prefix(PROFILE).and_then(|number| number.parse().ok());
            let profile = setting.value.as_deref().and_then(CompanyProfile::from_bytes);
            versions.push((number.ok_or(UNREADABLE)?, profile.ok_or(UNREADABLE)?));
        }
        versions.sort_unstable_by_key(|(number, _)| *number);
        Ok(versions)
    }

    /// Records a next version of the company's profile; `after` is the number of the one that the
    /// person has seen, 0 for the first. Returns its number.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if there is a newer one, [`Error::Invalid`] if a line is missing.
    pub async fn change_profile(
        &self,
        after: u32,
        profile: &CompanyProfile,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<u32, Error> {
        profile.check()?;
        let newest = self.profile().await?.map_or(0, |(number, _)| number);
        if newest != after {
            return Err(Error::Conflict);
        }
        let next = after.saturating_add(1);
        let name = format!("{PROFILE}{next}");
        let decision = Some(decision.clone());
        let draft = Draft::set(name, &Setting::default(), profile.to_bytes(), decision);
        change(self.store(), [draft], now).await?;
        Ok(next)
    }

    /// A person orders to keep a submission until further notice.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is not of this tenant.
    pub async fn hold(
        &self,
        id: SubmissionId<E>,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.store().row(id.key()).await?;
        let name = format!("{HOLD}{}", id.number());
        let before = setting(self.store(), &name).await?;
        if before.value.is_some() {
            return Ok(());
        }
        let draft = Draft::set(name, &before, b"held".to_vec(), Some(decision.clone()));
        change(self.store(), [draft], now).await
    }

    /// A person ends a hold.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is not held.
    pub async fn lift_hold(
        &self,
        id: SubmissionId<E>,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<(), Error> {
        let name = format!("{HOLD}{}", id.number());
        let before = setting(self.store(), &name).await?;
        let draft = Draft::destroy(name, &before, Some(decision.clone()));
        change(self.store(), [draft.ok_or(Error::NotFound { what: "hold" })?], now).await
    }

    /// The numbers of the submissions that are held.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn holds(&self) -> Result<BTreeSet<u64>, Error> {
        let settings = self.store().settings(HOLD).await?.into_iter();
        let held = settings.filter(|(_, setting)| setting.value.is_some());
        held.map(|(name, _)| {
            name.strip_prefix(HOLD).and_then(|number| number.parse().ok()).ok_or(UNREADABLE)
        })
        .collect()
    }

    /// Records that a person looked at something of a submission, or, without one, took an export
    /// away.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is not of this tenant, [`Error::Invalid`] without a name.
    pub async fn note_look(
        &self,
        id: Option<SubmissionId<E>>,
        what: ReasonCode,
        person: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        if let Some(id) = id {
            self.store().row(id.key()).await?;
        }
        let submission = id.map(SubmissionId::number);
        let look = Look { what, submission, person: person.to_owned() };
        let entry = Entry::new(now, Body::Looked(look));
        let notices = vec![Notice { entry, change: None }];
        self.store().commit(Commit { notices, ..Commit::default() }).await?;
        Ok(())
    }

    /// What the log has about the tenant as a whole, changes and looks, from the `from`-th on in
    /// their order, counted from 0, at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn notices(&self, from: u64, limit: u32) -> Result<Vec<Entry>, Error> {
        self.store().notices(from, limit).await
    }
}

fn read_connection(bytes: &[u8]) -> Result<Connection, Error> {
    Connection::from_bytes(bytes).ok_or(UNREADABLE)
}
