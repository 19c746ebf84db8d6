//! What is set, shared and kept secret.

use std::sync::Arc;

use ksef_core::submission::{Decision, ReasonCode};
use ksef_core::{Secret, Sha256Digest, TenantId, Timestamp};
use serde_json::Value;

use super::world::{Outcome, World, check, clean};
use crate::entry::{Body, Change};
use crate::secrets::{KeyRing, SecretName, Vault};
use crate::store::{Backend, Commit, Notice, Scope, Setting, SettingChange};
use crate::{ApplicationChange, Entry, EnvironmentType as _, Error, Tenant, Test, VerifyOptions};

/// A setting is changed from the version that was read, and the log tells of it.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn settings_change_one_version_at_a_time(backend: &dyn Backend) -> Outcome {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let scope = Scope::new(TenantId::from_bytes([18; 16])?, Test::ENVIRONMENT);
    let store = backend.open(scope).await?;
    let notice = |name: &str, expected: u32, value: Option<&[u8]>| Notice {
        entry: Entry::new(
            now,
            Body::Changed(Change {
                setting: name.to_owned(),
                version: expected + 1,
                what: ReasonCode::from_static("changed"),
                digest: value.map(Sha256Digest::of),
                decision: None,
            }),
        ),
        change: Some(SettingChange {
            name: name.to_owned(),
            expected,
            value: value.map(<[u8]>::to_vec),
        }),
    };
    let commit = |notices: Vec<Notice>| Commit { notices, ..Commit::default() };
    store.commit(commit(vec![notice("a_%", 0, Some(b"1")), notice("b", 0, None)])).await?;
    store.commit(commit(vec![notice("a_%", 1, Some(b"2"))])).await?;
    for stale in [0, 1, 3] {
        let both = vec![notice("c", 0, Some(b"1")), notice("a_%", stale, Some(b"3"))];
        let refused = store.commit(commit(both)).await;
        check(matches!(refused, Err(Error::Conflict)), "a stale version was replaced")?;
    }
    let setting = |version, value: Option<&[u8]>| Setting { version, value: value.map(Into::into) };
    let kept = vec![("a_%".to_owned(), setting(2, Some(b"2"))), ("b".to_owned(), setting(1, None))];
    check(store.settings("").await? == kept, "the settings are not what was set")?;
    let one = store.settings("a_").await?;
    check(one.iter().eq(kept.first()), "a prefix finds other settings")?;
    check(store.settings("a%").await?.is_empty(), "a prefix is taken for a pattern")?;

    let changes = store.notices(0, 10).await?;
    let names: Vec<_> = changes.iter().filter_map(changed).collect();
    check(names == ["a_%", "b", "a_%"], "the log does not tell of each change")?;
    let second = store.notices(1, 1).await?;
    check(second.iter().eq(changes.get(1)), "notices are not found by their place")?;
    let tenant: Tenant<Test> = Tenant::open(backend, scope.tenant()).await?;
    clean(&tenant.verify(&VerifyOptions::default()).await?)
}

/// Of those who change what is shared, each has seen what the one before left.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn what_is_shared_is_changed_by_one_at_a_time(backend: &dyn Backend) -> Outcome {
    let tenant: Tenant<Test> = Tenant::open(backend, TenantId::from_bytes([20; 16])?).await?;
    let head = tenant.head().await?;
    check(tenant.shared("count").await?.is_none(), "something is shared at first")?;
    for count in 1..=3_u8 {
        let add = |before: Option<&[u8]>| {
            let before = before.and_then(|before| before.first().copied()).unwrap_or_default();
            Some(vec![before + 1])
        };
        tenant.share("count", add).await?;
        check(tenant.shared("count").await? == Some(vec![count]), "a change was lost")?;
    }
    let store = backend.open(Scope::new(tenant.tenant(), Test::ENVIRONMENT)).await?;
    for stale in [0, 1, 2, 4] {
        let change =
            SettingChange { name: "count".to_owned(), expected: stale, value: Some(vec![9]) };
        let refused = store.share(change).await;
        check(matches!(refused, Err(Error::Conflict)), "a stale value was replaced")?;
    }
    check(tenant.shared("other").await?.is_none(), "another name is set")?;
    check(tenant.head().await? == head, "the log tells of it")
}

/// An application's values and secrets change all at once or not at all, and a stale one not.
///
/// # Errors
///
/// What the backend does not do.
pub async fn an_application_keeps_values_and_secrets(backend: &dyn Backend) -> Outcome {
    const VALUE: ReasonCode = ReasonCode::from_static("policies");
    const SECRET: ReasonCode = ReasonCode::from_static("webhook_secret");
    let world = World::<Test>::new(backend, 19).await?;
    let vault = Vault::new(Arc::new(KeyRing::generate("first".parse()?)?));
    let decision = Decision::new("anna", "onboarding")?;
    let set =
        |after, value: &str| ApplicationChange::Set { name: VALUE, after, value: value.into() };
    let keep = |text: &str| ApplicationChange::Keep {
        name: SECRET,
        secret: Secret::new(text.as_bytes().to_vec()),
    };
    let change = async |changes| {
        world.tenant.change_application(changes, &vault, &decision, world.now).await
    };
    check(world.tenant.setting_changes().await? == 0, "nothing was set")?;
    check(world.tenant.application_setting(VALUE).await? == (0, Value::Null), "there is none")?;
    change(vec![set(0, "one"), keep("first")]).await?;
    let changes = world.tenant.setting_changes().await?;
    let stale = change(vec![keep("second"), set(0, "two")]).await;
    check(matches!(stale, Err(Error::Conflict)), "a stale value was replaced")?;
    let foreign = ApplicationChange::Destroy { name: SecretName::KsefToken.code() };
    let foreign = change(vec![set(1, "two"), foreign]).await;
    check(matches!(foreign, Err(Error::Invalid { .. })), "a secret of the connection was reached")?;
    check(world.tenant.setting_changes().await? == changes, "what is refused changes nothing")?;
    check(world.tenant.application_setting(VALUE).await? == (1, "one".into()), "the first value")?;
    let kept = world.tenant.application_secret(SECRET, &vault).await?;
    check(kept.is_some_and(|it| it.expose() == b"first"), "the first secret")?;

    change(vec![set(1, "one"), ApplicationChange::Destroy { name: SECRET }]).await?;
    check(world.tenant.setting_changes().await? == changes + 1, "the same value is no change")?;
    let kept = world.tenant.application_secret(SECRET, &vault).await?;
    check(kept.is_none(), "a destroyed secret is there")?;
    let keys = world.tenant.data_keys(&vault, world.now).await?;
    let again = world.tenant.data_keys(&vault, world.now).await?;
    check(keys.current_version() == again.current_version(), "there is one data key")?;
    clean(&world.tenant.verify(&VerifyOptions::default()).await?)
}

fn changed(entry: &Entry) -> Option<&str> {
    match &entry.body {
        Body::Changed(change) => Some(&change.setting),
        _ => None,
    }
}
