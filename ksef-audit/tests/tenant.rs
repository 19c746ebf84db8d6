//! What a tenant has besides submissions: secrets, a profile, exports, checkpoints, backups.

#![expect(clippy::unwrap_used, reason = "a test that meets what cannot be is red")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ksef_audit::backup::Backups;
use ksef_audit::export::verify_bundle;
use ksef_audit::log::{CheckpointSigner, FileSink};
use ksef_audit::query::Filter;
use ksef_audit::registry::{Registry, sweep};
use ksef_audit::retention::Policy;
use ksef_audit::secrets::{
    ConnectionStatus, ConnectionUpdate, KeyRing, LoginMethod, SealedSecrets, SecretName,
    SecretUpdate, Vault,
};
use ksef_audit::store::{Backend, Scope};
use ksef_audit::{
    Checkpoints, CompanyProfile, Error, ExportRequest, Finding, First, InMemory, NewSubmission,
    Source, Sqlite, SubmissionId, Tenant, Test, VerifyOptions,
};
use ksef_core::port::{InMemorySecretStore, SecretKey, SecretStore as _};
use ksef_core::submission::{Decision, ReasonCode};
use ksef_core::{Environment, FixedClock, Secret, TenantId, Timestamp};

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn id() -> TenantId {
    TenantId::from_bytes([1; 16]).unwrap()
}

fn decision() -> Decision {
    Decision::new("Anna Nowak", "the yearly change").unwrap()
}

fn ring() -> KeyRing {
    KeyRing::parse("key-1 CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=").unwrap()
}

fn vault() -> Vault {
    Vault::new(Arc::new(ring()))
}

fn token(value: &str) -> ConnectionUpdate {
    let secrets = BTreeMap::from([(SecretName::KsefToken, SecretUpdate::from_form(value))]);
    ConnectionUpdate { method: LoginMethod::KsefToken, expires_at: None, secrets }
}

fn certificate(value: &str) -> ConnectionUpdate {
    let names = [SecretName::Certificate, SecretName::PrivateKey];
    let secrets = names.map(|name| (name, SecretUpdate::from_form(value)));
    ConnectionUpdate {
        method: LoginMethod::Certificate,
        expires_at: Some(now()),
        secrets: BTreeMap::from(secrets),
    }
}

fn profile(name: &str) -> CompanyProfile {
    CompanyProfile {
        nip: "5265877635".parse().unwrap(),
        name: name.to_owned(),
        country: "PL".to_owned(),
        address_line_1: "ul. Prosta 1, 00-001 Warszawa".to_owned(),
        address_line_2: None,
    }
}

async fn skipped(tenant: &Tenant<Test>, key: &str) -> SubmissionId<Test> {
    let source = Source {
        kind: ReasonCode::from_static("stripe_invoice"),
        id: format!("in_{key}"),
        bytes: format!("{{\"id\":\"in_{key}\"}}").into_bytes().into(),
    };
    let first = First::Skipped(ReasonCode::from_static("b2c"));
    let new = NewSubmission { idempotency_key: key.to_owned(), source, first };
    tenant.submit(new, now()).await.unwrap()
}

async fn secret(tenant: &Tenant<Test>, name: SecretName, vault: &Vault) -> Option<Vec<u8>> {
    let secret = tenant.secret(name, vault).await.unwrap();
    secret.map(|secret| secret.expose().clone())
}

async fn clean(tenant: &Tenant<Test>) {
    let verification = tenant.verify(&VerifyOptions::default()).await.unwrap();
    assert!(verification.is_clean(), "{:?}", verification.findings);
}

/// All bytes of all files in a folder.
fn bytes_of(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        all.extend(if path.is_dir() { bytes_of(&path) } else { std::fs::read(&path).unwrap() });
    }
    all
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

async fn connection_goes_through_its_life(tenant: &Tenant<Test>) {
    let (vault, why) = (vault(), decision());
    assert_eq!(tenant.connection().await.unwrap(), None);
    let missing = tenant.change_connection(token(""), &vault, &why, now()).await;
    assert!(matches!(missing, Err(Error::Connection(_))));
    tenant.change_connection(token("CANARY-token"), &vault, &why, now()).await.unwrap();
    tenant.change_connection(token("  "), &vault, &why, now()).await.unwrap();
    assert_eq!(secret(tenant, SecretName::KsefToken, &vault).await.unwrap(), b"CANARY-token");

    let working = ConnectionStatus::Working { since: now() };
    tenant.note_login(working, now()).await.unwrap();
    assert_eq!(tenant.connection().await.unwrap().unwrap().status(), working);

    tenant.change_connection(certificate("CANARY-key"), &vault, &why, now()).await.unwrap();
    assert_eq!(secret(tenant, SecretName::KsefToken, &vault).await, None);
    let back = tenant.change_connection(token(""), &vault, &why, now()).await;
    assert!(matches!(back, Err(Error::Connection(_))), "a destroyed secret does not come back");
    let connection = tenant.connection().await.unwrap().unwrap();
    assert_eq!(connection.method(), LoginMethod::Certificate);
    assert_eq!(connection.expires_at(), Some(now()));
    assert_eq!(connection.status(), ConnectionStatus::Unverified);
    clean(tenant).await;
}

#[tokio::test]
async fn a_connection_keeps_replaces_and_destroys_its_secrets() {
    let memory = InMemory::new();
    connection_goes_through_its_life(&Tenant::open(&memory, id()).await.unwrap()).await;

    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(folder.path()).await.unwrap();
    let tenant = Tenant::open(&sqlite, id()).await.unwrap();
    connection_goes_through_its_life(&tenant).await;
    let files = bytes_of(folder.path());
    assert!(contains(&files, b"connection") && !contains(&files, b"CANARY"));
    let entries = format!("{:?}", tenant.notices(0, 100).await.unwrap());
    assert!(entries.contains("secret.ksef_token") && !entries.contains("CANARY"));
}

#[tokio::test]
async fn both_keys_are_rotated_while_secrets_are_read() {
    let memory = InMemory::new();
    let tenant: Tenant<Test> = Tenant::open(&memory, id()).await.unwrap();
    let (first, why) = (vault(), decision());
    tenant.change_connection(token("CANARY"), &first, &why, now()).await.unwrap();
    assert_eq!(tenant.rotate_data_key(&first, &why, now()).await.unwrap(), 2);
    assert_eq!(secret(&tenant, SecretName::KsefToken, &first).await.unwrap(), b"CANARY");

    let second = ring().with("key-2".parse().unwrap(), Secret::new([9; 32]));
    let second = Vault::new(Arc::new(second));
    assert_eq!(tenant.rewrap_data_keys(&second, now()).await.unwrap(), 2);
    assert_eq!(tenant.rewrap_data_keys(&second, now()).await.unwrap(), 0);
    assert_eq!(secret(&tenant, SecretName::KsefToken, &second).await.unwrap(), b"CANARY");
    let error = tenant.secret(SecretName::KsefToken, &first).await.unwrap_err();
    assert!(matches!(error, Error::Seal(_)), "the key before opens nothing any more");
    clean(&tenant).await;
}

#[tokio::test]
async fn a_store_outside_is_asked_first_and_ours_takes_what_it_does_not() {
    let memory = Arc::new(InMemory::new());
    let outside = Arc::new(InMemorySecretStore::new());
    let vault = vault().with_outside(Arc::clone(&outside) as _);
    let tenant: Tenant<Test> = Tenant::open(&*memory, id()).await.unwrap();
    tenant.change_connection(token("CANARY"), &vault, &decision(), now()).await.unwrap();
    let key = SecretKey::new(id(), Environment::Test, SecretName::KsefToken.code());
    assert_eq!(outside.fetch(&key).await.unwrap().unwrap().expose(), b"CANARY");
    assert_eq!(secret(&tenant, SecretName::KsefToken, &vault).await.unwrap(), b"CANARY");
    tenant.change_connection(certificate("other"), &vault, &decision(), now()).await.unwrap();
    assert!(outside.fetch(&key).await.unwrap().is_none(), "a switch destroys outside as well");

    let clock = Arc::new(FixedClock::at(now()));
    let sealed = SealedSecrets::new(memory, self::vault(), clock);
    let key = SecretKey::new(id(), Environment::Test, ReasonCode::from_static("webhook"));
    let elsewhere = SecretKey::new(id(), Environment::Demo, key.name);
    sealed.put(&key, Secret::new(b"one".to_vec())).await.unwrap();
    sealed.put(&key, Secret::new(b"two".to_vec())).await.unwrap();
    assert_eq!(sealed.fetch(&key).await.unwrap().unwrap().expose(), b"two");
    assert!(sealed.fetch(&elsewhere).await.unwrap().is_none());
    sealed.destroy(&key).await.unwrap();
    sealed.destroy(&key).await.unwrap();
    assert!(sealed.fetch(&key).await.unwrap().is_none());
    clean(&tenant).await;
}

#[tokio::test]
async fn versions_of_the_profile_stay() {
    let memory = InMemory::new();
    let tenant: Tenant<Test> = Tenant::open(&memory, id()).await.unwrap();
    for number in 0..12 {
        let profile = profile(&format!("Company {number}"));
        let version = tenant.change_profile(number, &profile, &decision(), now()).await.unwrap();
        assert_eq!(version, number + 1);
    }
    let stale = tenant.change_profile(3, &profile("Other"), &decision(), now()).await;
    assert!(matches!(stale, Err(Error::Conflict)));
    let blank = tenant.change_profile(12, &profile(""), &decision(), now()).await;
    assert!(matches!(blank, Err(Error::Invalid { .. })));
    assert_eq!(tenant.profile().await.unwrap(), Some((12, profile("Company 11"))));
    let versions = tenant.profile_versions().await.unwrap();
    assert_eq!(versions.len(), 12);
    assert_eq!(versions[0], (1, profile("Company 0")));
    clean(&tenant).await;
}

#[tokio::test]
async fn keys_are_destroyed_only_when_nothing_has_to_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(folder.path()).await.unwrap();
    let tenant: Tenant<Test> = Tenant::open(&sqlite, id()).await.unwrap();
    let (vault, why, policy) = (vault(), decision(), Policy::default());
    tenant.change_connection(token("CANARY"), &vault, &why, now()).await.unwrap();
    let id = skipped(&tenant, "one").await;
    let refused = tenant.destroy_keys(&policy, &why, now()).await;
    assert!(matches!(refused, Err(Error::StillRetained(_))), "kept until 2028");
    let later = "2040-01-01T12:00:00Z".parse().unwrap();
    tenant.hold(id, &why, now()).await.unwrap();
    tenant.hold(id, &why, now()).await.unwrap();
    assert!(tenant.holds().await.unwrap().contains(&id.number()));
    let held = tenant.destroy_keys(&policy, &why, later).await;
    assert!(matches!(held, Err(Error::StillRetained(_))), "held");
    tenant.lift_hold(id, &why, later).await.unwrap();
    assert!(matches!(tenant.lift_hold(id, &why, later).await, Err(Error::NotFound { .. })));

    assert!(contains(&bytes_of(folder.path()), b"key-1\n"));
    tenant.destroy_keys(&policy, &why, later).await.unwrap();
    assert_eq!(tenant.connection().await.unwrap(), None);
    assert_eq!(secret(&tenant, SecretName::KsefToken, &vault).await, None);
    clean(&tenant).await;
    // The writer is done with its log of writes before it takes the next job.
    tenant.note_look(None, ReasonCode::from_static("report"), "Anna Nowak", later).await.unwrap();
    assert!(!contains(&bytes_of(folder.path()), b"key-1\n"), "the wrapped key is in a file");
    tenant.change_connection(token("anew"), &vault, &why, later).await.unwrap();
    assert_eq!(secret(&tenant, SecretName::KsefToken, &vault).await.unwrap(), b"anew");
}

fn checkpoints(folder: &Path) -> Checkpoints {
    let signer = CheckpointSigner::new("audit.example.com", &Secret::new([3; 32])).unwrap();
    Checkpoints::new("audit.example.com", signer, Arc::new(FileSink::new(folder)))
}

#[tokio::test]
async fn checkpoints_are_kept_at_intervals_and_show_what_was_rolled_back() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), InMemory::new());
    let tenant: Tenant<Test> = Tenant::open(&memory, id()).await.unwrap();
    let checkpoints = checkpoints(folder.path());
    skipped(&tenant, "one").await;
    assert!(checkpoints.keep(&tenant, now()).await.unwrap().is_some());
    assert!(checkpoints.keep(&tenant, now()).await.unwrap().is_none(), "nothing is new");
    skipped(&tenant, "two").await;
    assert!(checkpoints.keep(&tenant, now()).await.unwrap().is_none(), "it is not time yet");
    let later = now().checked_add(core::time::Duration::from_secs(60)).unwrap();
    assert!(checkpoints.keep(&tenant, later).await.unwrap().is_some());
    assert!(checkpoints.verify(&tenant, None).await.unwrap().is_clean());

    let empty = InMemory::new();
    let rolled_back: Tenant<Test> = Tenant::open(&empty, id()).await.unwrap();
    skipped(&rolled_back, "one").await;
    let found = checkpoints.verify(&rolled_back, None).await.unwrap().findings;
    assert!(matches!(found[..], [Finding::Log(_)]), "{found:?}");
    skipped(&rolled_back, "three").await;
    let fork = self::checkpoints(folder.path()).keep(&rolled_back, now()).await;
    assert!(matches!(fork, Err(Error::Checkpoint(_))), "the log has two histories");

    let other = CheckpointSigner::new("audit.example.com", &Secret::new([4; 32])).unwrap();
    let sink = Arc::new(FileSink::new(folder.path()));
    let distrusting = Checkpoints::new("audit.example.com", other, sink);
    let found = distrusting.verify(&tenant, None).await.unwrap().findings;
    assert_eq!(found, [Finding::ForgedCheckpoint]);
}

#[tokio::test]
async fn exports_are_of_the_filter_and_leave_a_trace() {
    let (folder, memory) = (tempfile::tempdir().unwrap(), InMemory::new());
    let tenant: Tenant<Test> = Tenant::open(&memory, id()).await.unwrap();
    for key in ["one", "two", "three"] {
        skipped(&tenant, key).await;
    }
    let checkpoints = checkpoints(folder.path());
    checkpoints.keep(&tenant, now()).await.unwrap();
    let order_reference = Some("in_t".to_owned());
    let filter = Filter { order_reference, ..Filter::default() };
    let request = ExportRequest { filter, person: "Anna Nowak", now: now() };
    let (mut csv, mut again) = (Vec::new(), Vec::new());
    tenant.export_csv(&request, &mut csv).await.unwrap();
    tenant.export_csv(&request, &mut again).await.unwrap();
    assert_eq!(csv, again);
    let lines = String::from_utf8(csv).unwrap();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(lines.contains("in_two") && lines.contains("in_three") && !lines.contains("in_one"));

    for is_upo in [true, false] {
        let mut zip = Vec::new();
        match is_upo {
            true => tenant.export_upos(&request, &mut zip).await.unwrap(),
            false => tenant.export_invoices(&request, &mut zip).await.unwrap(),
        }
        assert!(zip.starts_with(b"PK"), "an archive, if an empty one");
    }
    let mut bundle = Vec::new();
    tenant.export_bundle(&request, &checkpoints, &mut bundle).await.unwrap();
    let keys = [checkpoints.signer().verifier_key().clone()];
    let report = verify_bundle(&bundle, &keys, None);
    assert!(report.is_sound(), "{report:?}");
    let looks = tenant.notices(0, 100).await.unwrap();
    assert_eq!(looks.len(), 5, "each export leaves an entry");
    clean(&tenant).await;
}

#[tokio::test]
async fn a_lost_registry_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let scope = Scope::new(id(), Environment::Test);
    {
        let sqlite = Sqlite::open(folder.path()).await.unwrap();
        let tenant: Tenant<Test> = Tenant::open(&sqlite, id()).await.unwrap();
        skipped(&tenant, "one").await;
    }
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.to_string_lossy().contains("registry") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let sqlite = Sqlite::open(folder.path()).await.unwrap();
    assert_eq!(sqlite.scopes(None, 10).await.unwrap(), [scope]);
    assert!(sweep(&sqlite, now()).await.unwrap().due.is_empty());
}

#[tokio::test]
async fn a_backup_is_restored_into_any_backend_and_goes_on() {
    let folders: [_; 3] = core::array::from_fn(|_| tempfile::tempdir().unwrap());
    let source = Sqlite::open(folders[0].path()).await.unwrap();
    let tenant: Tenant<Test> = Tenant::open(&source, id()).await.unwrap();
    let (vault, why) = (vault(), decision());
    let backups = Backups::in_folder(folders[1].path()).await.unwrap();
    let memory: Arc<dyn Backend> = Arc::new(InMemory::new());
    let sqlite: Arc<dyn Backend> = Arc::new(Sqlite::open(folders[2].path()).await.unwrap());
    for round in 0..3 {
        tenant.change_connection(token(&format!("T{round}")), &vault, &why, now()).await.unwrap();
        tenant.change_profile(round, &profile("Company"), &why, now()).await.unwrap();
        for number in 0..250 {
            skipped(&tenant, &format!("{round}.{number}")).await;
        }
        let session = "20251002-SO-190FB15002-242991F8C9-6B".parse().unwrap();
        tenant.keep_session_key(session, b"sealed".to_vec()).await.unwrap();
        let written = backups.backup(&tenant).await.unwrap();
        assert_eq!(written.documents, 250, "what is there already is not written again");
        assert_eq!(written.head, tenant.head().await.unwrap());
        assert_eq!(backups.backup(&tenant).await.unwrap().records, 0);
        for backend in [&memory, &sqlite] {
            let restored: Tenant<Test> = Tenant::open(&**backend, id()).await.unwrap();
            let verification = backups.restore(&restored, &VerifyOptions::default()).await.unwrap();
            assert!(verification.is_clean(), "{:?}", verification.findings);
            assert_eq!(restored.head().await.unwrap(), written.head);
            let token = secret(&restored, SecretName::KsefToken, &vault).await.unwrap();
            assert_eq!(token, format!("T{round}").into_bytes());
            assert_eq!(restored.profile().await.unwrap(), tenant.profile().await.unwrap());
        }
    }
    let other = InMemory::new();
    let stranger: Tenant<Test> = Tenant::open(&other, id()).await.unwrap();
    skipped(&stranger, "of another history").await;
    let mixed = backups.restore(&stranger, &VerifyOptions::default()).await;
    assert!(matches!(mixed, Err(Error::Damaged { .. })));
    let mixed = backups.backup(&stranger).await;
    assert!(matches!(mixed, Err(Error::Damaged { .. })), "and is not backed up on top of it");
}
