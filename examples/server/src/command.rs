//! The commands besides `serve`, `work` and `demo`.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, Write};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_audit::export::verify_bundle;
use ksef_audit::query::Filter;
use ksef_audit::{
    Checkpoints, Demo, EnvironmentType, ExportRequest, Production, Tenant, Test, Verification,
};
use ksef_client::xades::UpoSignatureVerifier;
use ksef_core::{Clock as _, Environment, Secret, SystemClock, TenantId, Timestamp};

use crate::app::file_name;
use crate::config::Config;
use crate::onboarding::{self, NewCompany};
use crate::random::random;
use crate::safe::{self, Safe};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Who takes away what is exported on the command line, in the log.
pub(crate) const OPERATOR: &str = "operator";

/// Does the same with the ledger of every company, or of the one that is named.
macro_rules! each_ledger {
    ($config:expr, $tenant:expr, $function:ident $(, $argument:expr)*) => {{
        let safe = Safe::open($config).await?;
        let mut found = false;
        let mut is_well = true;
        for scope in safe.scopes().await? {
            let tenant = scope.tenant();
            if $tenant.is_some_and(|wanted| wanted != tenant) {
                continue;
            }
            found = true;
            let backend = &*safe.registry;
            is_well &= match scope.environment() {
                Environment::Test => {
                    $function(Tenant::<Test>::open(backend, tenant).await? $(, $argument)*).await?
                }
                Environment::Demo => {
                    $function(Tenant::<Demo>::open(backend, tenant).await? $(, $argument)*).await?
                }
                Environment::Production => {
                    let ledger = Tenant::<Production>::open(backend, tenant).await?;
                    $function(ledger $(, $argument)*).await?
                }
            };
        }
        if found || $tenant.is_none() { Ok(is_well) } else { Err("there is no such company".into()) }
    }};
}
pub(crate) use each_ledger;

/// Verifies everything that is kept; false if something is not as it was recorded.
pub(crate) async fn verify(config: &Config, tenant: Option<TenantId>) -> Result<bool> {
    let checkpoints = config.checkpoints()?;
    each_ledger!(config, tenant, verify_one, &checkpoints)
}

pub(crate) async fn verify_one<E: EnvironmentType>(
    ledger: Tenant<E>,
    checkpoints: &Checkpoints,
) -> Result<bool> {
    let verifier = Arc::new(UpoSignatureVerifier::new());
    let verified = checkpoints.verify(&ledger, Some(verifier)).await?;
    Ok(tell(&ledger, &verified))
}

/// Says what a verification found; whether all is as it was recorded.
pub(crate) fn tell<E: EnvironmentType>(ledger: &Tenant<E>, verified: &Verification) -> bool {
    println!(
        "{} {}: {} entries, {} documents, {} receipts; {} findings",
        ledger.tenant(),
        E::ENVIRONMENT,
        verified.entries,
        verified.documents,
        verified.receipts,
        verified.findings.len(),
    );
    for finding in &verified.findings {
        println!("  {finding}");
    }
    verified.is_clean()
}

/// Writes the audit log, the receipts and an evidence bundle into a folder, by company.
pub(crate) async fn export(
    config: &Config,
    tenant: Option<TenantId>,
    folder: &Path,
) -> Result<bool> {
    let checkpoints = config.checkpoints()?;
    each_ledger!(config, tenant, export_one, (&checkpoints, SystemClock.now()), folder)
}

pub(crate) async fn export_one<E: EnvironmentType>(
    ledger: Tenant<E>,
    (checkpoints, now): (&Checkpoints, Timestamp),
    folder: &Path,
) -> Result<bool> {
    let folder = folder.join(ledger.tenant().to_string());
    fs::create_dir_all(&folder)?;
    let path = |what| folder.join(file_name(E::ENVIRONMENT, what));
    // Whoever reads the log sees that it was the operator of the server.
    let request = ExportRequest { filter: Filter::default(), person: OPERATOR, now };
    ledger.export_csv(&request, &mut File::create(path("audit.csv"))?).await?;
    ledger.export_upos(&request, &mut File::create(path("receipts.zip"))?).await?;
    let evidence = path("evidence.zip");
    ledger.export_bundle(&request, checkpoints, &mut File::create(&evidence)?).await?;
    let verifier = UpoSignatureVerifier::new();
    let keys = [checkpoints.signer().verifier_key().clone()];
    let report = verify_bundle(&fs::read(&evidence)?, &keys, Some(&verifier));
    println!(
        "{}: the evidence bundle has {} records, {} documents, {} receipts; {} findings",
        folder.display(),
        report.records,
        report.documents,
        report.receipts,
        report.findings.len(),
    );
    for finding in &report.findings {
        println!("  {finding}");
    }
    Ok(report.is_sound())
}

/// Brings the ledgers to the shape that this version needs; those of SQLite by opening them.
///
/// The configuration and its keys are made, if they are not there.
pub(crate) async fn migrate(file: &Path) -> Result<bool> {
    let config = config(file)?;
    safe::migrate(&config).await?;
    let everyone: Option<TenantId> = None;
    each_ledger!(&config, everyone, migrate_one)
}

async fn migrate_one<E: EnvironmentType>(ledger: Tenant<E>) -> Result<bool> {
    println!("{} {}: ready", ledger.tenant(), E::ENVIRONMENT);
    Ok(true)
}

/// Makes a company in TEST, with the password of its owner on the standard input. The configuration
/// and its keys are made too, if they are not there.
pub(crate) async fn create_tenant(file: &Path, company: NewCompany) -> Result<()> {
    let mut password = String::new();
    io::stdin().lock().read_line(&mut password)?;
    let password = Secret::new(password.trim_end_matches(['\r', '\n']).to_owned());
    let safe = Safe::open(&config(file)?).await?;
    let tenant = TenantId::from_bytes(random()?)?;
    onboarding::create(&safe, tenant, &company, &password, SystemClock.now()).await?;
    println!("The company {tenant} is there, in the environment TEST. Next:");
    println!("  ksef-server serve --config {}", file.display());
    println!("and {} logs in, and connects it to KSeF and to Stripe.", company.owner);
    Ok(())
}

/// The configuration. Where there is none, one for trying out is made.
fn config(file: &Path) -> Result<Config> {
    if !file.exists() {
        write_config(file)?;
    }
    Ok(Config::read(file)?)
}

/// A configuration for trying out, with new keys beside it.
fn write_config(file: &Path) -> Result<()> {
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    let (keys, checkpoint_key) = (folder.join("keys.txt"), folder.join("checkpoint-key.txt"));
    let text = "listen = \"127.0.0.1:8080\"\ndata = \"data\"\nkeys = { file = \"keys.txt\" }\n\n\
        [checkpoints]\nname = \"ksef-server\"\nkey = { file = \"checkpoint-key.txt\" }\n\
        folder = \"checkpoints\"\n";
    private(&checkpoint_key, &STANDARD.encode(random::<32>()?))?;
    private(&keys, &format!("first {}\n", STANDARD.encode(random::<32>()?)))?;
    private(file, text)?;
    println!("Keep {} safe: what it sealed, nothing else opens.", keys.display());
    Ok(())
}

/// Writes a new file that its owner alone can read.
pub(crate) fn private(path: &Path, content: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
