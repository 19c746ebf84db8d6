//! Changing what holds for a tenant as a whole, and reading it.

use ksef_core::submission::{Decision, ReasonCode};
use ksef_core::{Sha256Digest, Timestamp};

use crate::entry::{Body, Change};
use crate::store::{Commit, Notice, Setting, SettingChange, Store};
use crate::{Entry, Error};

/// How often a change is tried again that lost against another one.
pub(crate) const MAX_CONFLICTS: u32 = 16;

pub(crate) const CREATED: ReasonCode = ReasonCode::from_static("created");
pub(crate) const REPLACED: ReasonCode = ReasonCode::from_static("replaced");
pub(crate) const DESTROYED: ReasonCode = ReasonCode::from_static("destroyed");

/// A change that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// The name of the setting.
    pub(crate) name: String,
    /// The version that it must have.
    pub(crate) expected: u32,
    /// Its new value; none destroys it.
    pub(crate) value: Option<Vec<u8>>,
    /// What is done to it.
    pub(crate) what: ReasonCode,
    /// Who decided so, where it was a person.
    pub(crate) decision: Option<Decision>,
}

impl Draft {
    /// The first value, or the one that takes the place of `before`.
    pub(crate) fn set(
        name: String,
        before: &Setting,
        value: Vec<u8>,
        decision: Option<Decision>,
    ) -> Self {
        let what = if before.value.is_none() { CREATED } else { REPLACED };
        Self { name, expected: before.version, value: Some(value), what, decision }
    }

    /// The end of what is set, if something is.
    pub(crate) fn destroy(
        name: String,
        before: &Setting,
        decision: Option<Decision>,
    ) -> Option<Self> {
        before.value.as_ref()?;
        let expected = before.version;
        Some(Self { name, expected, value: None, what: DESTROYED, decision })
    }

    fn notice(self, now: Timestamp) -> Notice {
        let Self { name, expected, value, what, decision } = self;
        let digest = value.as_deref().map(Sha256Digest::of);
        let version = expected.saturating_add(1);
        let change = Change { setting: name.clone(), version, what, digest, decision };
        Notice {
            entry: Entry::new(now, Body::Changed(change)),
            change: Some(SettingChange { name, expected, value }),
        }
    }
}

/// What is set under a name.
pub(crate) async fn setting(store: &dyn Store, name: &str) -> Result<Setting, Error> {
    let found = store.settings(name).await?;
    let ours = found.into_iter().find(|(found, _)| found == name);
    Ok(ours.map(|(_, setting)| setting).unwrap_or_default())
}

/// Makes all of the changes, or none.
pub(crate) async fn change(
    store: &dyn Store,
    drafts: impl IntoIterator<Item = Draft>,
    now: Timestamp,
) -> Result<(), Error> {
    let notices: Vec<_> = drafts.into_iter().map(|draft| draft.notice(now)).collect();
    if !notices.is_empty() {
        store.commit(Commit { notices, ..Commit::default() }).await?;
    }
    Ok(())
}
