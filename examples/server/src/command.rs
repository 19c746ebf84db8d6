//! The commands besides `serve`, `work` and `demo`.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_audit::export::verify_bundle;
use ksef_audit::query::Filter;
use ksef_audit::{
    Checkpoints, Demo, EnvironmentType, ExportRequest, Production, Sqlite, Tenant, Test,
};
use ksef_client::xades::UpoSignatureVerifier;
use ksef_core::{Clock as _, Environment, Nip, SystemClock, TenantId, Timestamp};

use crate::app::file_name;
use crate::config::Config;
use crate::random::random;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Who takes away what is exported on the command line, in the log.
const OPERATOR: &str = "operator";

/// Does the same with the ledger of every company, or of the one that is named.
macro_rules! each_ledger {
    ($config:expr, $tenant:expr, $function:ident $(, $argument:expr)*) => {{
        let config: &Config = $config;
        let ledgers = Sqlite::open(&config.data).await?;
        let mut found = false;
        let mut is_well = true;
        for company in &config.company {
            if $tenant.is_some_and(|tenant| tenant != company.tenant) {
                continue;
            }
            found = true;
            let tenant = company.tenant;
            is_well &= match company.environment()? {
                Environment::Test => {
                    $function(Tenant::<Test>::open(&ledgers, tenant).await? $(, $argument)*).await?
                }
                Environment::Demo => {
                    $function(Tenant::<Demo>::open(&ledgers, tenant).await? $(, $argument)*).await?
                }
                Environment::Production => {
                    let ledger = Tenant::<Production>::open(&ledgers, tenant).await?;
                    $function(ledger $(, $argument)*).await?
                }
            };
        }
        if found { Ok(is_well) } else { Err("no such company in the configuration".into()) }
    }};
}

/// Verifies everything that is kept; false if something is not as it was recorded.
pub(crate) async fn verify(config: &Config, tenant: Option<TenantId>) -> Result<bool> {
    let checkpoints = config.checkpoints()?;
    each_ledger!(config, tenant, verify_one, &checkpoints)
}

pub(crate) async fn verify_one<E: EnvironmentType>(
    ledger: Tenant<E>,
    checkpoints: &Checkpoints,
) -> Result<bool> {
    let verifier = UpoSignatureVerifier::new();
    let verified = checkpoints.verify(&ledger, Some(&verifier)).await?;
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
    Ok(verified.is_clean())
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

/// Brings the ledgers to the shape that this version needs, which opening them does.
pub(crate) async fn migrate(config: &Config) -> Result<bool> {
    let everyone: Option<TenantId> = None;
    each_ledger!(config, everyone, migrate_one)
}

async fn migrate_one<E: EnvironmentType>(ledger: Tenant<E>) -> Result<bool> {
    println!("{} {}: ready", ledger.tenant(), E::ENVIRONMENT);
    Ok(true)
}

/// A company as it is made: what is asked for on the command line.
#[derive(Clone, Debug)]
pub(crate) struct NewCompany {
    pub(crate) nip: Nip,
    pub(crate) name: String,
    pub(crate) address: String,
}

/// Adds a company in TEST to the configuration, which is made if it is not there.
pub(crate) fn create_tenant(file: &Path, company: &NewCompany) -> Result<()> {
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    let (keys, checkpoint_key) = (folder.join("keys.txt"), folder.join("checkpoint-key.txt"));
    if !file.exists() {
        let text = "listen = \"127.0.0.1:8080\"\ndata = \"data\"\nkeys = { file = \"keys.txt\" }\n\n\
            [checkpoints]\nname = \"ksef-server\"\nkey = { file = \"checkpoint-key.txt\" }\n\
            folder = \"checkpoints\"\n";
        private(&checkpoint_key, &STANDARD.encode(random::<32>()?))?;
        private(&keys, &format!("first {}\n", STANDARD.encode(random::<32>()?)))?;
        private(file, text)?;
    }
    let tenant = TenantId::from_bytes(random()?)?;
    let endpoint: String = random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    // A text of JSON is one of TOML too.
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let block = format!(
        "\n[[company]]\ntenant = \"{tenant}\"\nenvironment = \"test\"\n\
         ksef_token = {{ file = \"{tenant}.ksef-token\" }}\n\n[company.profile]\nnip = \"{}\"\n\
         name = {}\naddress = {}\n\n# [company.stripe]\n# endpoint = \"wh_{endpoint}\"\n\
         # webhook_secrets = [{{ file = \"{tenant}.stripe-webhook-secret\" }}]\n\
         # key = {{ file = \"{tenant}.stripe-key\" }}\n",
        company.nip,
        text(&company.name),
        text(&company.address),
    );
    OpenOptions::new().append(true).open(file)?.write_all(block.as_bytes())?;
    println!("The company {tenant} is in {}, in the environment TEST. Next:", file.display());
    println!(
        "  1. put its KSeF token into {}",
        folder.join(format!("{tenant}.ksef-token")).display()
    );
    println!("  2. fill in [company.stripe], if it sells with Stripe");
    println!("  3. add [[company.user]] with a hash of `ksef-server hash-password`");
    println!("Keep {} safe: what it sealed, nothing else opens.", keys.display());
    Ok(())
}

/// Prints the hash of the password that stands on the standard input.
pub(crate) fn hash_password() -> Result<()> {
    let mut password = String::new();
    io::stdin().lock().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.chars().count() < 12 {
        return Err("a password has at least 12 characters".into());
    }
    println!("{}", crate::web::hash_password(password)?);
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
