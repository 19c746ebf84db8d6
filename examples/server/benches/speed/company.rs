//! A company with a KSeF and a Stripe of its own, and the program that works for it.

use core::ops::Range;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ksef_audit::registry::Registry;
use ksef_audit::secrets::{
    ConnectionUpdate, KeyRing, LoginMethod, SecretName, SecretUpdate, Vault,
};
use ksef_audit::{ApplicationChange, Postgres, Sqlite, Tenant, Test};
use ksef_core::submission::{Decision, ReasonCode};
use ksef_core::{Clock as _, Nip, Secret, SubmissionStatus, SystemClock};
use ksef_sandbox::{Config, Delays, Handle, Permission, Sandbox};
use ksef_stripe::stub::Stub;
use ksef_stripe::webhook::WebhookSecret;
use ksef_tests::postgres::{APPLICATION, Database, OWNER, SUPERUSER, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Failure;
use crate::distance::Distance;
use crate::objects::{Sale, tax_rates};
use crate::program::{self, Program};

pub(crate) const NIP: &str = "5265877635";
pub(crate) const OWNER_NAME: &str = "anna";
pub(crate) const PASSWORD: &str = "a long password";
const WEBHOOK_SECRET: &str = "whsec_00000000000000000000000000000000";

/// How many companies there can be.
const MOST: u32 = 9;

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long nothing may be accepted.
const PATIENCE: Duration = Duration::from_secs(30);

/// A webhook: its body and its header `Stripe-Signature`.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) path: Arc<str>,
    pub(crate) body: Vec<u8>,
    pub(crate) signature: String,
}

/// A folder or database of companies, and their KSeF.
struct Installation {
    ksef: Handle,
    database: Option<Database>,
    folder: TempDir,
}

/// A company that is set up, but for its connection to KSeF.
pub(crate) struct Company {
    pub(crate) ledger: Tenant<Test>,
    nip: Nip,
    endpoint: String,
    stripe: Stub,
    vault: Vault,
    installation: Arc<Installation>,
}

impl Company {
    /// In SQLite.
    pub(crate) async fn new() -> Result<Self, Failure> {
        Self::with(|_| Ok(())).await
    }

    /// The same with what is written into the folder of its ledger first.
    pub(crate) async fn with(
        write: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        Self::first(Installation::new(None, Duration::ZERO).await?, write).await
    }

    async fn first(
        installation: Installation,
        write: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let nip = NIP.parse()?;
        installation.create(nip, OWNER_NAME)?;
        write(&installation.data())?;
        installation.connect()?;
        Self::of(Arc::new(installation), nip, 0).await
    }

    /// So many companies in a database of this server, whose KSeF is so far away.
    pub(crate) async fn several(
        postgres: &Server,
        count: u32,
        each_way: Duration,
    ) -> Result<Vec<Self>, Failure> {
        let installation = Installation::new(Some(postgres), each_way).await?;
        let first = Self::first(installation, |_| Ok(())).await?;
        let installation = Arc::clone(&first.installation);
        let mut companies = vec![first];
        for number in 1..count {
            let nip = nip(number)?;
            installation.create(nip, &format!("{OWNER_NAME} {number}"))?;
            let company = Self::of(Arc::clone(&installation), nip, number).await?;
            companies.push(company);
        }
        Ok(companies)
    }

    /// The one that was made last, after so many others.
    async fn of(installation: Arc<Installation>, nip: Nip, number: u32) -> Result<Self, Failure> {
        let registry = installation.registry().await?;
        let mut found = None;
        for scope in registry.scopes(None, MOST).await? {
            let ledger = Tenant::<Test>::open(&*registry, scope.tenant()).await?;
            if ledger.profile().await?.is_some_and(|(_, profile)| profile.nip == nip) {
                found = Some((scope, ledger));
            }
        }
        let (scope, ledger) = found.ok_or("no company")?;
        let keys = KeyRing::from_file(&installation.folder.path().join("keys.txt"))?;
        let (stripe, vault) = (Stub::start().await?, Vault::new(Arc::new(keys)));
        for rate in tax_rates() {
            stripe.put(rate)?;
        }
        let endpoint = format!("wh_of_the_company_that_is_measured_{number}");
        registry.assign(&endpoint.parse()?, scope).await?;
        let company = Self { ledger, nip, endpoint, stripe, vault, installation };
        company.connect_stripe().await?;
        Ok(company)
    }

    /// What an owner enters on the pages; the address of a double cannot be entered there.
    async fn connect_stripe(&self) -> Result<(), Failure> {
        let doubles = self.stripe.base().as_str().to_owned();
        let stripe = json!({ "account": null, "endpoint": self.endpoint, "doubles": doubles });
        let changes = vec![
            set("policies", json!({ "policies": { "supplies": "service" } })),
            set("stripe", stripe),
            keep("stripe_key", "rk_test_000000000000"),
            keep("stripe_webhook_secrets", WEBHOOK_SECRET),
        ];
        let now = SystemClock.now();
        Ok(self.ledger.change_application(changes, &self.vault, &decision()?, now).await?)
    }

    /// From now on workers send what is there.
    pub(crate) async fn connect_ksef(&self) -> Result<(), Failure> {
        let permissions = [Permission::InvoiceRead, Permission::InvoiceWrite];
        let token = self.installation.ksef.sandbox().create_token(self.nip, permissions);
        let token = SecretUpdate::from_form(token.expose().as_str());
        let update = ConnectionUpdate {
            method: LoginMethod::KsefToken,
            expires_at: None,
            secrets: [(SecretName::KsefToken, token)].into(),
        };
        let now = SystemClock.now();
        self.ledger.change_connection(update, &self.vault, &decision()?, now).await?;
        Ok(())
    }

    /// Starts `serve` or `work`.
    pub(crate) fn start(&self, what: &str) -> Result<Program, Failure> {
        Program::start(
            self.installation.folder.path(),
            self.installation.address().as_deref(),
            what,
        )
    }

    /// What PostgreSQL does by itself within minutes: without it, the plans are those for empty tables.
    pub(crate) fn analyze(&self, postgres: Option<&Server>) -> Result<(), Failure> {
        if let (Some(server), Some(database)) = (postgres, &self.installation.database) {
            server.execute(database, SUPERUSER, "ANALYZE")?;
        }
        Ok(())
    }

    /// Waits until so many invoices are accepted, in all.
    pub(crate) async fn until_accepted(&self, all: u64) -> Result<(), Failure> {
        let (mut accepted, mut last) = (0, Instant::now());
        while accepted < all {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = self.accepted().await?;
            if now > accepted {
                (accepted, last) = (now, Instant::now());
            } else if last.elapsed() > PATIENCE {
                return Err(format!("{accepted} of {all} invoices are accepted").into());
            }
        }
        Ok(())
    }

    pub(crate) async fn accepted(&self) -> Result<u64, Failure> {
        Ok(self.ledger.counts().await?.of(SubmissionStatus::Accepted))
    }

    /// New invoices, as Stripe tells of them. The double keeps no events: it would look through all
    /// of them whenever it is asked for an invoice.
    pub(crate) fn deliveries(&self, numbers: Range<usize>) -> Result<Vec<Delivery>, Failure> {
        let (secret, now) = (WebhookSecret::new(WEBHOOK_SECRET), SystemClock.now());
        let at = now.as_unix_milliseconds() / 1000;
        let path: Arc<str> = format!("/webhooks/stripe/{}", self.endpoint).into();
        let delivery = |number| {
            let invoice = Sale::Plain.object(&format!("FV-{number:07}"), at);
            let event = json!({
                "id": format!("evt_{number}"), "object": "event", "type": "invoice.finalized",
                "created": at, "livemode": false, "data": { "object": invoice },
            });
            self.stripe.put(invoice)?;
            let body = event.to_string().into_bytes();
            let signature = secret.sign(&body, now);
            Ok(Delivery { path: Arc::clone(&path), body, signature })
        };
        numbers.map(delivery).collect()
    }
}

impl Installation {
    async fn new(postgres: Option<&Server>, each_way: Duration) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let database = match postgres {
            Some(server) => {
                let database = server.database()?;
                Postgres::migrate(&database.address(OWNER), APPLICATION).await?;
                Some(database)
            }
            None => None,
        };
        Ok(Self { ksef: start_sandbox(each_way).await?, database, folder })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn address(&self) -> Option<String> {
        self.database.as_ref().map(|database| database.address(APPLICATION))
    }

    fn create(&self, nip: Nip, owner: &str) -> Result<(), Failure> {
        let nip = nip.to_string();
        let name = ["create-tenant", "--nip", &nip, "--name", "Przykładowa sp. z o.o."];
        let more = ["--address", "ul. Przykładowa 1, 00-001 Warszawa", "--owner", owner];
        let arguments = [name.as_slice(), &more].concat();
        program::run(self.folder.path(), self.address().as_deref(), &arguments, PASSWORD)
    }

    /// Writes into the configuration where KSeF is.
    fn connect(&self) -> Result<(), Failure> {
        let file = self.folder.path().join("server.toml");
        let mut file = OpenOptions::new().append(true).open(file)?;
        let api = format!("ksef_api = \"{}/v2\"", self.ksef.base_url());
        writeln!(file, "\n[sandbox]\n{api}\nwithout_limits = true")?;
        if let Ok(at_once) = std::env::var("KSEF_BENCH_CONCURRENCY") {
            writeln!(file, "\n[worker]\nconcurrency = {at_once}")?;
        }
        Ok(())
    }

    async fn registry(&self) -> Result<Arc<dyn Registry>, Failure> {
        Ok(match self.address() {
            Some(address) => Arc::new(Postgres::open(&address).await?),
            None => Arc::new(Sqlite::open(self.data()).await?),
        })
    }
}

/// A NIP for each number: nine digits, and the one that their weights ask for.
fn nip(number: u32) -> Result<Nip, Failure> {
    let nine = 526_587_763 + number;
    let fits = (0..10).find_map(|last| format!("{nine}{last}").parse().ok());
    Ok(fits.ok_or("these nine digits have no tenth")?)
}

async fn start_sandbox(each_way: Duration) -> Result<Handle, Failure> {
    let mut config = Config::default();
    config.delays = Delays::NONE;
    config.rate_limits = false;
    if each_way.is_zero() {
        return Ok(Sandbox::start(config).await?);
    }
    let distance = Distance::new(each_way).await?;
    config.public_url = Some(format!("http://{}", distance.address()?));
    let ksef = Sandbox::start(config).await?;
    distance.lead_to(ksef.address());
    Ok(ksef)
}

fn decision() -> Result<Decision, Failure> {
    Ok(Decision::new(OWNER_NAME, "a measurement")?)
}

fn set(name: &'static str, value: Value) -> ApplicationChange {
    ApplicationChange::Set { name: ReasonCode::from_static(name), after: 0, value }
}

fn keep(name: &'static str, secret: &str) -> ApplicationChange {
    let secret = Secret::new(secret.as_bytes().to_vec());
    ApplicationChange::Keep { name: ReasonCode::from_static(name), secret }
}
