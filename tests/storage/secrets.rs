//! Secrets: sealed for their place, and found nowhere else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ksef_audit::backup::Backups;
use ksef_audit::entry::{Body, Change, Entry};
use ksef_audit::log::{CheckpointSigner, FileSink};
use ksef_audit::query::Filter;
use ksef_audit::secrets::{
    ConnectionUpdate, DataKeys, KeyRetirement, KeyRing, LoginMethod, Owner, Place, SealedSecrets,
    SecretName, SecretUpdate, Vault,
};
use ksef_audit::store::{Backend, Commit, Notice, Scope, SettingChange, Store};
use ksef_audit::{
    Checkpoints, Demo, EnvironmentType, Error, ExportRequest, InMemory, SubmissionId, Tenant, Test,
    VerifyOptions,
};
use ksef_core::port::{SecretKey, SecretStore as _};
use ksef_core::submission::{Channel, Decision, Event, Fact, ReasonCode};
use ksef_core::{
    Environment, FixedClock, ReferenceNumber, ReferenceNumberKind, Secret, Sha256Digest,
};
use ksef_tests::suite::Failed;

use crate::world::{drive, ksef, new_submission, runtime, sqlite, start, tenant, tenant_id};

const CODES: [&str; 3] = ["ksef_token", "private_key", "webhook"];

/// The text of a key-encryption key, which is a canary itself.
const KEY: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

fn vault() -> Vault {
    let ring = KeyRing::parse(&format!("key-1 {KEY}")).expect("a key");
    Vault::new(Arc::new(ring))
}

fn code(text: &'static str) -> ReasonCode {
    ReasonCode::from_static(text)
}

/// A submission that has a session, whose key is sealed with the first data key.
async fn begun(tenant: &Tenant<Test>) -> Result<SubmissionId<Test>, Failed> {
    let id = tenant.submit(new_submission("one"), start()).await?;
    let kind = ReferenceNumberKind::OnlineSession;
    let session = ReferenceNumber::new(kind, start(), 1, 1)?;
    let owner = Owner::new(tenant.tenant(), Environment::Test);
    let ring = KeyRing::parse(&format!("key-1 {KEY}"))?;
    let (keys, _) = DataKeys::create(owner, &ring).await?;
    let place = Place { table: "session_key", field: "key", record: session.as_str() };
    let sealed = keys.seal(&place, &Secret::new(b"CANARY".to_vec()))?;
    tenant.keep_session_key(session, sealed.as_bytes().to_vec()).await?;
    let ready = Fact::SessionReady { session, channel: Channel::Online };
    let events = [Fact::Claimed, ready].map(|fact| Event::new(start(), fact));
    tenant.append(id, events.into()).await?;
    Ok(id)
}

async fn keys_are_retired(backend: &dyn Backend) -> Result<(), Failed> {
    let (tenant, vault) = (tenant(backend, 1).await, vault());
    let why = Decision::new("Anna Nowak", "the yearly change")?;
    let day = |days: u64| start().checked_add(Duration::from_secs(days * 86_400)).ok_or("a day");
    assert_eq!(tenant.retire_data_keys(&vault, &why, day(9)?).await?, KeyRetirement::default());
    let token = update(LoginMethod::KsefToken, &[(SecretName::KsefToken, "CANARY-1")]);
    tenant.change_connection(token, &vault, &why, start()).await?;
    let id = begun(&tenant).await?;
    tenant.rotate_data_key(&vault, &why, start()).await?;
    let early = tenant.retire_data_keys(&vault, &why, start()).await?;
    assert_eq!((early.recent, early.destroyed), (vec![1], vec![]), "its successor is new");
    let used = tenant.retire_data_keys(&vault, &why, day(1)?).await?;
    assert_eq!((used.in_use, used.destroyed), (vec![1], vec![]), "a session is gone on with");
    let code = ReasonCode::from_static("no_session");
    let released = Fact::Released { reason: code, retry_at: day(2)? };
    let decision = Decision::new("Anna Nowak", "it is not wanted")?;
    let end = [released, Fact::MarkedFailed { decision }].map(|fact| Event::new(start(), fact));
    tenant.append(id, end.into()).await?;
    tenant.rotate_data_key(&vault, &why, day(1)?).await?;
    let done = tenant.retire_data_keys(&vault, &why, day(1)?).await?;
    assert_eq!((done.destroyed, done.recent), (vec![1], vec![2]), "nobody goes on with it");
    let again = tenant.retire_data_keys(&vault, &why, day(2)?).await?;
    assert_eq!((again.destroyed, again.in_use), (vec![2], vec![]));
    let opened = tenant.secret(SecretName::KsefToken, &vault).await?.ok_or("a secret")?;
    assert_eq!(opened.expose(), b"CANARY-1", "what is sealed with the current key is read");
    let retired =
        tenant.notices(0, 1_000).await?.into_iter().filter_map(|notice| match notice.body {
            Body::Changed(change) if change.what.as_str() == "retired" => {
                Some((change.setting, change.digest, change.decision))
            }
            _ => None,
        });
    let expected =
        ["data_key.1", "data_key.2"].map(|name| (name.to_owned(), None, Some(why.clone())));
    assert_eq!(retired.collect::<Vec<_>>(), expected, "the log says which, and on whose word");
    let verification = tenant.verify(&VerifyOptions::default()).await?;
    assert!(verification.is_clean(), "{:?}", verification.findings);
    Ok(())
}

/// A data key that was rotated away stays as long as something may be opened with it.
pub(crate) fn data_keys_are_retired() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    runtime().block_on(async {
        keys_are_retired(&InMemory::new()).await?;
        keys_are_retired(&sqlite(folder.path()).await).await
    })
}

pub(crate) fn data_keys_are_retired_in_postgresql() -> Result<(), Failed> {
    let place = crate::postgres::fresh()?;
    runtime().block_on(async { keys_are_retired(&*place.open().await?).await })
}

/// Sets a row of a store to what somebody else sealed.
async fn transplant(store: &dyn Store, name: &str, value: &[u8]) -> Result<(), Error> {
    let settings = store.settings(name).await?;
    let expected = settings.iter().find(|(it, _)| it == name).map_or(0, |(_, it)| it.version);
    let change = Change {
        setting: name.to_owned(),
        version: expected + 1,
        what: code("transplanted"),
        digest: Some(Sha256Digest::of(value)),
        decision: None,
    };
    let value = Some(value.to_vec());
    let notice = Notice {
        entry: Entry::new(start(), Body::Changed(change)),
        change: Some(SettingChange { name: name.to_owned(), expected, value }),
    };
    store.commit(Commit { notices: vec![notice], ..Commit::default() }).await?;
    Ok(())
}

/// Every sealed row into every other place, where it has the version that it was sealed for.
pub(crate) fn transplants() -> Result<(), Failed> {
    runtime().block_on(async {
        let places: Vec<_> = [1, 2, 3]
            .into_iter()
            .flat_map(|tenant| [Environment::Test, Environment::Demo].map(|it| (tenant, it)))
            .flat_map(|(tenant, environment)| CODES.map(|code| (tenant, environment, code)))
            .collect();
        let mut refused = 0;
        for from in &places {
            for to in &places {
                let backend: Arc<dyn Backend> = Arc::new(InMemory::new());
                let clock = Arc::new(FixedClock::at(start()));
                let secrets = SealedSecrets::new(Arc::clone(&backend), vault(), clock);
                let key = |(tenant, environment, name): &(u8, Environment, &'static str)| {
                    SecretKey::new(tenant_id(*tenant), *environment, code(name))
                };
                let open = |key: SecretKey| {
                    let scope = Scope::new(key.tenant, key.environment);
                    let backend = Arc::clone(&backend);
                    async move { backend.open(scope).await }
                };
                let (source, target) = (key(from), key(to));
                secrets.put(&target, Secret::new(b"one".to_vec())).await?;
                secrets.put(&source, Secret::new(b"old".to_vec())).await?;
                let name = format!("secret.{}", from.2);
                let old = open(source).await?.settings(&name).await?;
                secrets.put(&source, Secret::new(b"two".to_vec())).await?;
                let new = open(source).await?.settings(&name).await?;
                let name = format!("secret.{}", to.2);
                // Sealed for another version of the same row, or for another row.
                for moved in [&old, &new] {
                    let value = moved[0].1.value.as_ref().ok_or("a value")?;
                    transplant(&*open(target).await?, &name, value).await?;
                    assert!(secrets.fetch(&target).await.is_err(), "{from:?} opens at {to:?}");
                    refused += 1;
                }
            }
        }
        println!("{refused} transplants, none opened");
        Ok(())
    })
}

fn update(method: LoginMethod, fields: &[(SecretName, &str)]) -> ConnectionUpdate {
    let field = |(name, text): &(SecretName, &str)| (*name, SecretUpdate::from_form(*text));
    let secrets: BTreeMap<_, _> = fields.iter().map(field).collect();
    ConnectionUpdate { method, expires_at: None, secrets }
}

/// Every byte of every file below a folder, with its name.
fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Failed> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            all.extend(files(&path)?);
        } else {
            all.push((path.display().to_string(), fs::read(&path)?));
        }
    }
    Ok(all)
}

fn refuse_canaries(place: &str, bytes: &[u8]) {
    let shown = String::from_utf8_lossy(bytes);
    for canary in ["CANARY", KEY, "434e4152", "Q0FOQVJZ"] {
        assert!(!shown.contains(canary), "{canary} is in {place}");
    }
}

/// The connection of a tenant goes through every change, with a canary in each secret.
async fn change_everything<E: EnvironmentType>(tenant: &Tenant<E>) -> Result<String, Failed> {
    let (vault, why) = (vault(), Decision::new("Anna Nowak", "a change")?);
    let first = update(LoginMethod::KsefToken, &[(SecretName::KsefToken, "CANARY-1")]);
    let mut shown = format!("{first:?}");
    tenant.change_connection(first, &vault, &why, start()).await?;
    let second = update(
        LoginMethod::Certificate,
        &[
            (SecretName::Certificate, "CANARY-2"),
            (SecretName::PrivateKey, "CANARY-3"),
            (SecretName::PrivateKeyPassword, "CANARY-4"),
        ],
    );
    tenant.change_connection(second, &vault, &why, start()).await?;
    tenant.rotate_data_key(&vault, &why, start()).await?;
    let wrong = update(LoginMethod::KsefToken, &[(SecretName::PrivateKey, "CANARY-5")]);
    let refused = tenant.change_connection(wrong, &vault, &why, start()).await;
    shown += &format!("{refused:?}");
    let other = Vault::new(Arc::new(KeyRing::generate("key-1".parse()?)?));
    let unreadable = tenant.secret(SecretName::PrivateKey, &other).await;
    assert!(matches!(unreadable, Err(Error::Seal(_))), "the wrong key opens nothing");
    let opened = tenant.secret(SecretName::PrivateKey, &vault).await?.ok_or("a secret")?;
    assert_eq!(opened.expose(), b"CANARY-3");
    shown += &format!("{unreadable:?} {opened:?} {vault:?} {:?}", tenant.connection().await?);
    Ok(shown + &format!("{:?}", tenant.notices(0, 1_000).await?))
}

pub(crate) fn canaries() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let sub = |name: &str| folder.path().join(name);
    fs::create_dir(sub("checkpoints"))?;
    runtime().block_on(async {
        let backend = sqlite(&sub("store")).await;
        let tenant = tenant(&backend, 1).await;
        let demo: Tenant<Demo> = Tenant::open(&backend, tenant_id(2)).await?;
        let id = tenant.submit(new_submission("one"), start()).await?;
        drive(&tenant, id, &mut ksef(), &mut || {}).await;
        let mut shown = change_everything(&tenant).await?;
        shown += &change_everything(&demo).await?;
        refuse_canaries("what is shown", shown.as_bytes());

        let signer = CheckpointSigner::new("audit.example.com", &Secret::new([1; 32]))?;
        let sink = Arc::new(FileSink::new(sub("checkpoints")));
        let checkpoints = Checkpoints::new("audit.example.com", signer, sink);
        checkpoints.keep(&tenant, start()).await?;
        let request =
            ExportRequest { filter: Filter::default(), person: "Anna Nowak", now: start() };
        let (mut csv, mut bundle) = (Vec::new(), Vec::new());
        tenant.export_csv(&request, &mut csv).await?;
        tenant.export_bundle(&request, &checkpoints, &mut bundle).await?;
        refuse_canaries("the table", &csv);
        refuse_canaries("the bundle", &unpacked(&bundle)?);
        Backups::in_folder(&sub("backup")).await?.backup(&tenant).await?;
        // While the store is open, so that its log of writes is there as well.
        let all = files(folder.path())?;
        assert!(all.iter().any(|(name, _)| name.ends_with("-wal")), "the WAL was looked at");
        for (name, bytes) in &all {
            refuse_canaries(name, bytes);
        }
        println!("{} files without a canary", all.len());
        let verification = tenant.verify(&VerifyOptions::default()).await?;
        assert!(verification.is_clean(), "{:?}", verification.findings);
        Ok(())
    })
}

/// All files of an archive, one after the other.
fn unpacked(zip: &[u8]) -> Result<Vec<u8>, Failed> {
    use std::io::Read as _;

    let archive = rawzip::ZipArchive::from_slice(zip)?;
    let mut all = Vec::new();
    for record in archive.entries() {
        let entry = archive.get_entry(record?.wayfinder())?;
        flate2::read::DeflateDecoder::new(entry.data()).read_to_end(&mut all)?;
    }
    assert!(!all.is_empty(), "the bundle has files");
    Ok(all)
}

/// What a person enters, again and again, against a model that keeps plain values.
pub(crate) fn blank_keeps_and_a_switch_discards() -> Result<(), Failed> {
    use ksef_core::submission::simulation::Random;

    let mut random = Random::new(5);
    runtime().block_on(async {
        let backend = InMemory::new();
        let tenant: Tenant<Test> = Tenant::open(&backend, tenant_id(1)).await?;
        let (vault, why) = (vault(), Decision::new("Anna Nowak", "a change")?);
        let mut model: BTreeMap<SecretName, Vec<u8>> = BTreeMap::new();
        let (mut changed, mut refused) = (0, 0);
        for round in 0..400 {
            let method = LoginMethod::ALL[usize::try_from(random.below(2))?];
            let mut form = Vec::new();
            for name in SecretName::ALL {
                let text = match random.below(4) {
                    0 => format!("value {round} of {name:?}"),
                    1 => " \t".to_owned(),
                    _ => String::new(),
                };
                form.push((name, text));
            }
            let fields: Vec<_> = form.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let result =
                tenant.change_connection(update(method, &fields), &vault, &why, start()).await;
            if result.is_ok() {
                changed += 1;
                model.retain(|name, _| name.method() == method);
                let entered = form.into_iter().filter(|(_, text)| !text.trim().is_empty());
                model.extend(entered.map(|(name, text)| (name, text.into_bytes())));
            } else {
                refused += 1;
            }
            for name in SecretName::ALL {
                let stored = tenant.secret(name, &vault).await?;
                let stored = stored.map(|secret| secret.expose().clone());
                assert_eq!(stored.as_ref(), model.get(&name), "round {round}, {name:?}");
            }
        }
        println!("{changed} changes, {refused} refused");
        assert!(changed > 40 && refused > 40);
        let verification = tenant.verify(&VerifyOptions::default()).await?;
        assert!(verification.is_clean(), "{:?}", verification.findings);
        Ok(())
    })
}
