//! A company whose invoices are made by number, and processes that work for it.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::Arc;

use ksef_audit::query::{Filter, PageRequest};
use ksef_audit::{Row, SubmissionId, VerifyOptions};
use ksef_client::xades::UpoSignatureVerifier;
use ksef_core::{Clock as _, SubmissionStatus};

use super::super::objects::{Sale, invoice_id, tax_rates};
use super::*;

/// How a process is told where its configuration is, and its clock.
const CONFIG: &str = "KSEF_SERVER_TEST_CONFIG";
const OFFSET: &str = "KSEF_SERVER_TEST_OFFSET";

pub(super) const CAST: Cast = Cast {
    tenant: [3; 16],
    nip: "5265877635",
    name: "Przykładowa sp. z o.o.",
    people: &[("anna", "owner")],
    day: &[],
};

/// A company whose invoices are made by number.
pub(super) struct Mill {
    pub(super) ksef: Handle,
    pub(super) stripe: Stub,
    secret: WebhookSecret,
    clock: DayClock,
    config: PathBuf,
    /// The name and the password of the owner.
    pub(super) login: (String, String),
    pub(super) app: Arc<App>,
    pub(super) company: Arc<Company<Test>>,
    _folder: TempDir,
}

impl Mill {
    /// In SQLite files of its own, or in this database.
    pub(super) async fn new(database: Option<&str>) -> Self {
        Self::made(database, false).await
    }

    /// With a KSeF that counts requests.
    pub(super) async fn with_limits() -> Self {
        Self::made(None, true).await
    }

    async fn made(database: Option<&str>, has_limits: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = DayClock::starting_at(morning().unwrap());
        let ksef = start_sandbox(&clock, has_limits).await.unwrap();
        let stripe = Stub::start().await.unwrap();
        for rate in tax_rates() {
            stripe.put(rate).unwrap();
        }
        let permissions = [Permission::InvoiceRead, Permission::InvoiceWrite];
        let token = ksef.sandbox().create_token(CAST.nip.parse().unwrap(), permissions);
        let api = format!("{}/v2", ksef.base_url());
        let mut setup = Setup::new(folder.path(), &api, database, &clock).await.unwrap();
        let secret = setup.add(&CAST, &token, &stripe.base()).await.unwrap();
        let (name, _, password) = setup.logins.swap_remove(0);
        let (config, login) = (setup.config.clone(), (name, password));
        if has_limits {
            let text = fs::read_to_string(&config).unwrap();
            fs::write(&config, text.replace("without_limits = true", "")).unwrap();
        }
        let app = open(&config, clock.clone()).await;
        let companies = app.companies();
        let Some(AnyCompany::Test(served)) = companies.first() else { panic!("no company") };
        let company = Arc::clone(&served.company);
        Self { ksef, stripe, secret, clock, config, login, app, company, _folder: folder }
    }

    /// An event about a new invoice, as Stripe sends it.
    pub(super) fn event(&self, number: usize) -> Delivery {
        let number = format!("FV-2026-{number:05}");
        let at = self.clock.now().as_unix_milliseconds() / 1000;
        self.stripe.put(Sale::Plain.object(&number, at)).unwrap();
        let id = invoice_id(&number);
        self.stripe.happen("invoice.finalized", &id, &self.secret, self.clock.now()).unwrap()
    }

    /// How a server at this address answers an event.
    pub(super) async fn post(&self, address: &str, delivery: &Delivery) -> StatusCode {
        let url = format!("{address}/webhooks/stripe/{}", CAST.endpoint());
        let request = Request::post(url).header("stripe-signature", &delivery.signature);
        let request = request.body(delivery.body.clone()).unwrap();
        ReqwestTransport::new(&[]).unwrap().call(request).await.unwrap().status()
    }

    /// A process of its own, which is one of the tests below.
    pub(super) fn start(&self, role: &str) -> Child {
        let mut command = Command::new(env::current_exe().unwrap());
        self.play(&mut command, role).stdout(Stdio::null()).spawn().unwrap()
    }

    /// The same, with room for files of this many blocks of 512 bytes alone.
    pub(super) fn start_short_of_room(&self, role: &str, blocks: u32) -> Child {
        let mut shell = Command::new("sh");
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell.arg("-c").arg(limit).arg(env::current_exe().unwrap());
        self.play(&mut shell, role).stdout(Stdio::piped()).spawn().unwrap()
    }

    fn play<'a>(&self, command: &'a mut Command, role: &str) -> &'a mut Command {
        let role = format!("demo::tests::mill::{role}");
        command
            .args(["--exact", &role, "--ignored", "--nocapture", "--quiet"])
            .env(CONFIG, &self.config)
            .env(OFFSET, self.clock.offset().to_string())
            .stdin(Stdio::piped())
    }

    pub(super) async fn accepted(&self) -> usize {
        let counts = self.company.ledger.counts().await.unwrap();
        usize::try_from(counts.of(SubmissionStatus::Accepted)).unwrap()
    }

    /// What is recorded of those that are not accepted.
    pub(super) async fn not_accepted(&self) -> Vec<Row> {
        let statuses = SubmissionStatus::ALL.into_iter();
        let others = statuses.filter(|status| *status != SubmissionStatus::Accepted).collect();
        self.lines(others).await.into_iter().map(|(_, row)| row).collect()
    }

    /// The person who is asked orders that what is terminated is sent again.
    pub(super) async fn retry_terminated(&self) {
        person::retry_terminated(&self.company, "anna").await.unwrap();
    }

    async fn lines(&self, statuses: BTreeSet<SubmissionStatus>) -> Vec<(SubmissionId<Test>, Row)> {
        let filter = Filter { statuses, ..Filter::default() };
        let request = PageRequest { filter, after: None, limit: 500 };
        self.company.ledger.page(&request).await.unwrap().lines
    }

    /// KSeF has each of them once, and the ledger says the same of each.
    pub(super) async fn agrees(&self, invoices: usize) {
        let held = self.ksef.sandbox().accepted();
        let mut held: BTreeMap<_, _> = held.iter().map(|held| (held.ksef_number, held)).collect();
        assert_eq!(held.len(), invoices, "documents at KSeF");
        let mut request = PageRequest { filter: Filter::default(), after: None, limit: 500 };
        loop {
            let page = self.company.ledger.page(&request).await.unwrap();
            for (id, row) in page.lines {
                let number = id.number();
                assert_eq!(row.status, SubmissionStatus::Accepted, "{number}: {:?}", row.error);
                let held = held.remove(&row.ksef_number.unwrap()).unwrap();
                assert_eq!(row.digest, Some(held.invoice_hash), "{number}");
                assert_eq!(row.order_reference.as_deref(), Some(held.invoice_number.as_str()));
                assert!(row.receipt.is_some(), "{number}");
            }
            request.after = page.next;
            if request.after.is_none() {
                break;
            }
        }
        assert!(held.is_empty(), "KSeF has documents that the ledger does not know");
        let verifier = Arc::new(UpoSignatureVerifier::new());
        let options = VerifyOptions { receipts: Some(verifier), ..VerifyOptions::default() };
        let verified = self.company.ledger.verify(&options).await.unwrap();
        assert!(verified.is_clean(), "{:?}", verified.findings);
    }
}

/// What a process of its own is told by its environment.
async fn app() -> Arc<App> {
    let config = PathBuf::from(env::var_os(CONFIG).unwrap());
    let offset = env::var(OFFSET).unwrap().parse().unwrap();
    open(&config, DayClock::with_offset(offset)).await
}

async fn open(config: &Path, clock: DayClock) -> Arc<App> {
    Arc::new(App::open(setup::read(config).unwrap(), Arc::new(clock)).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process of other tests"]
async fn a_worker() {
    serve::work(app().await, crate::end_of_input()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process of other tests"]
async fn a_server() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    println!("\naddress http://{}", listener.local_addr().unwrap());
    serve::answer(app().await, listener, crate::end_of_input()).await.unwrap();
}
