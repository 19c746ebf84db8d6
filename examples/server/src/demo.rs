//! The demo: a day's invoices and credit notes of two companies, from Stripe to their receipts.

mod clock;
mod day;
mod doubles;
mod objects;
mod person;
mod report;
mod setup;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, StatusCode};
use ksef_audit::Test;
use ksef_audit::store::Scope;
use ksef_client::{OutgoingInvoice, PollPolicy};
use ksef_core::{Environment, Secret, TenantId, Timestamp};
use ksef_sandbox::{Config as SandboxConfig, Delays, Fault, FaultKind, Handle, Operation};
use ksef_sandbox::{Permission, Sandbox};
use ksef_stripe::fetch::{ReqwestTransport, Transport as _};
use ksef_stripe::stub::{Delivery, Stub};
use ksef_stripe::webhook::WebhookSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::app::{AnyCompany, App};
use crate::command::{export_one, verify_one};
use crate::company::Company;
use crate::config::OVERRIDES;
use crate::mapping::STRIPE_INVOICE;
use crate::serve;
pub(crate) use clock::DayClock;
use day::{COMPANIES, Cast, Row};
use report::Report;
use setup::Setup;

/// Where everything is written.
const FOLDER: &str = "target/demo";

/// The same mishaps in every run.
const SEED: u64 = 2_026;

/// How many invoices KSeF has accepted when the first worker is killed.
const KILL_AFTER: usize = 9;

/// The event about this one is lost on the way, and found by the sweep of a worker.
const NEVER_ARRIVES: &str = "FV-2026-0005";

/// What the demo takes at most.
const PATIENCE: Duration = Duration::from_secs(120);

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// A company of the demo, and its double of Stripe.
struct Player {
    cast: Cast,
    company: Arc<Company<Test>>,
    stripe: Stub,
    secret: WebhookSecret,
}

/// What every part of the demo has.
struct Stage {
    folder: PathBuf,
    clock: DayClock,
    ksef: Handle,
    config: PathBuf,
    app: Arc<App>,
    players: Vec<Player>,
    logins: Vec<(String, &'static str, String)>,
    #[cfg_attr(not(test), expect(dead_code, reason = "programs of the tests have them"))]
    api_keys: Vec<Secret<String>>,
}

/// Runs the demo and says how it went.
pub(crate) async fn run(keep: bool, database: Option<&str>) -> Result<bool> {
    let began = Instant::now();
    let stage = Stage::set(Path::new(FOLDER), database).await?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let (end, ended) = watch::channel(());
    let server = tokio::spawn(serve::answer(Arc::clone(&stage.app), listener, ended));

    let count: usize = COMPANIES.iter().map(|cast| cast.day.len()).sum();
    println!(
        "{count} objects of Stripe arrive for two companies; KSeF is a sandbox and has a bad day."
    );
    for player in &stage.players {
        player.take_number().await?;
        player.receive_all(&address, &stage.clock).await?;
    }
    set_faults(stage.ksef.sandbox());
    stage.kill_in_the_middle().await?;
    println!("The worker was killed while it was sending. Another one goes on.");
    let worker = stage.start_worker()?;
    let has_ended = stage.wait().await?;

    println!();
    let all_well = stage.report().await? && has_ended;
    println!(
        "{} It took {} s; everything is in {FOLDER}.",
        if all_well { "Everything ended as it has to." } else { "NOT EVERYTHING IS WELL." },
        began.elapsed().as_secs(),
    );
    if keep {
        println!("\nThe audit log is at {address} until Ctrl-C. Who may log in:");
        for (name, role, password) in &stage.logins {
            println!("  {name:<6} {password}  {role}");
        }
        serve::until_told_to_end().await?;
    }
    end_worker(worker).await?;
    drop(end);
    server.await??;
    stage.ksef.stop().await;
    Ok(all_well)
}

impl Stage {
    /// Starts the sandbox and the doubles, and opens the server that is configured for them.
    async fn set(folder: &Path, database: Option<&str>) -> Result<Self> {
        empty(folder)?;
        let clock = DayClock::starting_at(morning()?);
        // Limits by the hour would make this a demo of waiting.
        let ksef = start_sandbox(&clock, false).await?;
        let api = format!("{}/v2", ksef.base_url());
        let mut setup = Setup::new(folder, &api, database, &clock).await?;
        let mut doubles = Vec::new();
        for cast in &COMPANIES {
            let permissions = [Permission::InvoiceRead, Permission::InvoiceWrite];
            let token = ksef.sandbox().create_token(cast.nip.parse()?, permissions);
            let stripe = doubles::start(cast, morning()?).await?;
            let secret = setup.add(cast, &token, &stripe.base()).await?;
            doubles.push((stripe, secret));
        }
        let Setup { config, logins, api_keys, .. } = setup;
        let app = App::open(setup::read(&config)?, Arc::new(clock.clone())).await?;
        let mut players = Vec::new();
        for (cast, (stripe, secret)) in COMPANIES.into_iter().zip(doubles) {
            let scope = Scope::new(TenantId::from_bytes(cast.tenant)?, Environment::Test);
            let Some(AnyCompany::Test(served)) = app.company(scope) else {
                return Err("a company was not opened".into());
            };
            players.push(Player { cast, company: Arc::clone(&served.company), stripe, secret });
        }
        let (app, folder) = (Arc::new(app), folder.to_owned());
        Ok(Self { folder, clock, ksef, config, app, players, logins, api_keys })
    }

    /// Waits until some invoices are accepted, and kills the worker that is sending the others.
    async fn kill_in_the_middle(&self) -> Result<()> {
        let mut worker = self.start_worker()?;
        let count = self.ksef.sandbox().accepted().len() + KILL_AFTER;
        while self.ksef.sandbox().accepted().len() < count {
            if let Some(status) = worker.try_wait()? {
                return Err(format!("the worker ended by itself: {status}").into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        worker.kill()?;
        worker.wait()?;
        println!("{} documents have not ended yet.", self.open().await?);
        Ok(())
    }

    /// Waits until everything has ended; false if it takes too long.
    async fn wait(&self) -> Result<bool> {
        let began = Instant::now();
        let mut told = usize::MAX;
        while began.elapsed() < PATIENCE {
            let open = self.open().await?;
            if open == 0 {
                return Ok(true);
            }
            if open.saturating_add(5) <= told {
                println!("{open} documents have not ended yet.");
                told = open;
            }
            self.answer().await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(false)
    }

    /// The owners answer what the machine asks when KSeF has lost a document too often.
    async fn answer(&self) -> Result<()> {
        for player in &self.players {
            let [(owner, _), ..] = player.cast.people else { continue };
            for reference in person::retry_terminated(&player.company, owner).await? {
                println!(
                    "KSeF has lost {reference} as often as it is sent alone; {owner} orders another try."
                );
            }
        }
        Ok(())
    }

    async fn open(&self) -> Result<usize> {
        let mut open = 0;
        for player in &self.players {
            open += Report::open(&player.company, &player.cast).await?;
        }
        Ok(open)
    }

    /// Tells what became of everything, and writes what an accountant takes away.
    async fn report(&self) -> Result<bool> {
        let accepted = self.ksef.sandbox().accepted();
        let mut all_well = true;
        for player in &self.players {
            all_well &= Report::new(&player.company, player.cast, &accepted).print().await?;
            let (folder, now) = (self.folder.join("exports"), self.app.clock.now());
            let ledger = player.company.ledger.clone();
            all_well &= export_one(ledger.clone(), (&self.app.checkpoints, now), &folder).await?;
            all_well &= verify_one(ledger, &self.app.checkpoints).await?;
            println!();
            player.company.ksef.log_out().await;
        }
        Ok(all_well)
    }

    /// A worker is a process of its own, as `work` is.
    fn start_worker(&self) -> Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("work").arg("--config").arg(&self.config);
        command.arg(format!("--demo-offset={}", self.clock.offset()));
        // What the environment says is for another server.
        for name in OVERRIDES {
            command.env_remove(name);
        }
        Ok(command.stdin(Stdio::piped()).spawn()?)
    }
}

impl Player {
    /// Somebody has filed another document under a number of ours, before us and elsewhere.
    async fn take_number(&self) -> Result<()> {
        let company = &self.company;
        let taken = self.cast.day.iter().find(|row| row.is_number_taken());
        let Some(row) = taken else { return Ok(()) };
        let object = row.sale.object(row.number, company.now().as_unix_milliseconds() / 1000);
        let object = object.to_string().replace("Nabywca S.A.", "Kto inny S.A.");
        let first = company.map(STRIPE_INVOICE, object.as_bytes(), None).await?;
        let ksef_audit::First::Prepared(prepared) = first else {
            return Err("it is not mapped".into());
        };
        let login = company.login().await?;
        let session = login.open_online(prepared.description.form_code).await?;
        let mut submission = session.send(OutgoingInvoice::read(prepared.xml)?).await?;
        submission.accepted(&PollPolicy::new().first_pause(Duration::from_millis(5))).await?;
        session.close().await?;
        Ok(())
    }

    /// Stripe sends an event about each object, about some of them twice, of which one never
    /// arrives; and somebody else sends one that he cannot sign.
    async fn receive_all(&self, server: &str, clock: &DayClock) -> Result<()> {
        let url = format!("{server}/webhooks/stripe/{}", self.cast.endpoint());
        let post = async |delivery: Delivery| -> Result<StatusCode> {
            let request = Request::post(&url).header("stripe-signature", delivery.signature);
            let transport = ReqwestTransport::new(&[])?;
            Ok(transport.call(request.body(delivery.body)?).await?.status())
        };
        for row in self.cast.day.iter().chain(self.cast.day.iter().step_by(5)) {
            let delivery = self.event(row, &self.secret, clock)?;
            if row.number == NEVER_ARRIVES {
                continue;
            }
            let status = post(delivery).await?;
            if status != StatusCode::OK {
                return Err(format!("the event about {} was answered {status}", row.number).into());
            }
        }
        let [first, ..] = self.cast.day else { return Ok(()) };
        let forged = self.event(first, &WebhookSecret::new("whsec_of_nobody"), clock)?;
        match post(forged).await? {
            StatusCode::BAD_REQUEST => Ok(()),
            status => Err(format!("a forged event was answered {status}").into()),
        }
    }

    fn event(&self, row: &Row, secret: &WebhookSecret, clock: &DayClock) -> Result<Delivery> {
        use ksef_core::Clock as _;
        let name = if row.is_credit_note() { "credit_note.created" } else { "invoice.finalized" };
        Ok(self.stripe.happen(name, &row.id(), secret, clock.now())?)
    }
}

fn morning() -> Result<Timestamp> {
    Ok(day::NINE_IN_WARSAW.parse()?)
}

/// Nothing of an earlier run is there.
fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(folder)
}

async fn start_sandbox(clock: &DayClock, has_limits: bool) -> Result<Handle> {
    let mut config = SandboxConfig::default();
    config.clock = Arc::new(clock.clone());
    config.delays = Delays::each(Duration::from_millis(2));
    config.rate_limits = has_limits;
    config.seed = Some(SEED);
    Ok(Sandbox::start(config).await?)
}

fn set_faults(sandbox: &Sandbox) {
    let faults = [
        Fault::always(FaultKind::DropAfter).at(Operation::SendInvoice).in_thousandths(250, SEED),
        Fault::always(FaultKind::DropBefore).at(Operation::SendInvoice).in_thousandths(100, SEED),
        Fault::always(FaultKind::ServerError { status: 503 }).in_thousandths(50, SEED),
        Fault::always(FaultKind::Html).in_thousandths(20, SEED),
    ];
    for fault in faults {
        sandbox.add_fault(fault);
    }
}

/// Lets a worker end what it has begun.
async fn end_worker(mut worker: Child) -> Result<()> {
    drop(worker.stdin.take());
    let status = tokio::task::spawn_blocking(move || worker.wait()).await??;
    if status.success() { Ok(()) } else { Err(format!("a worker ended with {status}").into()) }
}
