//! The demo: a day's invoices and credit notes of two companies, from Stripe to their receipts.

mod clock;
mod day;
mod doubles;
mod objects;
mod order;
mod report;

use std::error::Error;
use std::fs;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ksef_audit::Test;
use ksef_audit::query::Filter;
use ksef_client::{OutgoingInvoice, PollPolicy};
use ksef_core::{TenantId, Timestamp};
use ksef_sandbox::{Config, Delays, Fault, FaultKind, Handle, Operation, Permission, Sandbox};
use ksef_stripe::webhook::{Webhook, WebhookSecret};
use serde_json::json;
use tokio::time::Instant;

use crate::company::Company;
use crate::export;
use crate::intake::Received;
use crate::mapping::STRIPE_INVOICE;
use crate::worker::{Pace, Worker};
use clock::DayClock;
use day::{COMPANIES, Cast, Row};
use doubles::Doubles;
use order::Order;
use report::Report;

/// Where everything is written.
const FOLDER: &str = "target/demo";

/// The same mishaps in every run.
const SEED: u64 = 2_026;

/// How many invoices KSeF has accepted when the first worker is killed.
const KILL_AFTER: usize = 9;

/// What the demo takes at most.
const PATIENCE: Duration = Duration::from_secs(120);

/// The sandbox answers within milliseconds, and nobody waits long for a worker that was killed.
const PACE: Pace = Pace {
    lease: Duration::from_secs(4),
    concurrency: 4,
    idle: Duration::from_millis(20),
    patience: Duration::from_secs(1),
};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Runs the demo and says how it went.
pub(crate) async fn run() -> Result<bool> {
    let began = Instant::now();
    let folder = Path::new(FOLDER);
    empty(folder)?;
    let clock = DayClock::starting_at(morning()?);
    let ksef = start_sandbox(&clock).await?;
    let order = order(&ksef, clock, folder).await?;
    let companies = order.companies().await?;
    let count: usize = COMPANIES.iter().map(|cast| cast.day.len()).sum();
    println!(
        "{count} objects of Stripe arrive for two companies; KSeF is a sandbox and has a bad day."
    );

    for (company, cast) in companies.iter().zip(&COMPANIES) {
        take_number(company, cast).await?;
        receive_all(company, cast).await?;
    }
    set_faults(ksef.sandbox());
    kill_in_the_middle(&ksef, &order, &companies).await?;
    println!("The worker was killed while it was sending. Another one goes on.");
    let worker = start_worker(&order)?;
    let has_ended = wait(&companies).await?;
    end_worker(worker).await?;

    let mut all_well = has_ended;
    println!();
    let accepted = ksef.sandbox().accepted();
    for (company, cast) in companies.iter().zip(COMPANIES) {
        all_well &= Report::new(company, cast, &accepted).print().await?;
    }
    for (company, cast) in companies.iter().zip(&COMPANIES) {
        take_away(company, &folder.join(cast.nip)).await?;
        company.ksef.log_out().await;
    }
    ksef.stop().await;
    println!(
        "{} It took {} s; everything is in {FOLDER}.",
        if all_well { "Everything ended as it has to." } else { "NOT EVERYTHING IS WELL." },
        began.elapsed().as_secs(),
    );
    Ok(all_well)
}

/// A worker, in a process of its own. It ends with its standard input.
pub(crate) async fn work() -> Result<()> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    let (end, ended) = tokio::sync::watch::channel(());
    std::thread::spawn(move || {
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        drop(end);
    });
    let mut workers = tokio::task::JoinSet::new();
    for company in order.companies().await? {
        let name = format!("demo-{}", std::process::id());
        let mut ended = ended.clone();
        let worker = Arc::new(Worker::new(company, name, PACE));
        workers.spawn(worker.run(async move {
            let _ = ended.changed().await;
        }));
    }
    workers.join_all().await;
    Ok(())
}

/// Writes what an accountant takes away.
async fn take_away(company: &Company<Test>, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let create = |what| fs::File::create(folder.join(export::file_name::<Test>(what)));
    let all = Filter::default();
    export::csv(&company.ledger, &all, create("audit.csv")?).await?.sync_all()?;
    export::receipts(&company.ledger, &all, create("receipts.zip")?).await?.sync_all()?;
    Ok(())
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

async fn start_sandbox(clock: &DayClock) -> Result<Handle> {
    let mut config = Config::default();
    config.clock = Arc::new(clock.clone());
    config.delays = Delays::each(Duration::from_millis(2));
    // Limits by the hour would make this a demo of waiting.
    config.rate_limits = false;
    config.seed = Some(SEED);
    Ok(Sandbox::start(config).await?)
}

async fn order(ksef: &Handle, clock: DayClock, folder: &Path) -> Result<Order> {
    let mut tokens = Vec::new();
    for cast in COMPANIES {
        let permissions = [Permission::InvoiceRead, Permission::InvoiceWrite];
        let token = ksef.sandbox().create_token(cast.nip.parse()?, permissions);
        tokens.push((TenantId::from_bytes(cast.tenant)?, token));
    }
    let api = format!("{}/v2", ksef.base_url());
    Order::new(api, clock, folder.join("ledger"), tokens).await
}

/// Somebody has filed another document under a number of ours, before us and elsewhere.
async fn take_number(company: &Company<Test>, cast: &Cast) -> Result<()> {
    let Some(row) = cast.day.iter().find(|row| row.is_number_taken()) else { return Ok(()) };
    let object = row.sale.object(row.number, company.now().as_unix_milliseconds() / 1000);
    let object = object.to_string().replace("Nabywca S.A.", "Kto inny S.A.");
    let first = company.map(STRIPE_INVOICE, object.as_bytes(), None).await?;
    let ksef_audit::First::Prepared(prepared) = first else {
        return Err("it is not mapped".into());
    };
    let login = company.ksef.login().await?;
    let session = login.open_online(prepared.description.form_code).await?;
    let mut submission = session.send(OutgoingInvoice::read(prepared.xml)?).await?;
    submission.accepted(&PollPolicy::new().first_pause(Duration::from_millis(5))).await?;
    session.close().await?;
    Ok(())
}

/// Stripe sends an event about each object, and about some of them twice.
async fn receive_all(company: &Company<Test>, cast: &Cast) -> Result<()> {
    let secret = WebhookSecret::new("whsec_of_the_demo_and_nothing_else");
    let webhook = Webhook::new([secret.clone()]);
    let doubles = Doubles::new(cast.day, company.now());
    let again = cast.day.iter().step_by(5);
    for row in cast.day.iter().chain(again) {
        let body = event(row, &doubles, company.now())?;
        let signature = secret.sign(&body, company.now());
        let received = company.receive(&webhook, &body, &signature).await?;
        if received != Received::Recorded {
            return Err(format!("the event about {} was ignored", row.number).into());
        }
    }
    Ok(())
}

/// The body of a webhook.
fn event(row: &Row, doubles: &Doubles, now: Timestamp) -> Result<Vec<u8>> {
    let name = if row.is_credit_note() { "credit_note.created" } else { "invoice.finalized" };
    let event = json!({
        "id": format!("evt_{}", row.number), "object": "event", "type": name,
        "created": now.as_unix_milliseconds() / 1000, "livemode": false,
        "data": { "object": doubles.get(&row.id()) },
    });
    Ok(serde_json::to_vec(&event)?)
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

/// Waits until some invoices are accepted, and kills the worker that is sending the others.
async fn kill_in_the_middle(
    ksef: &Handle,
    order: &Order,
    companies: &[Arc<Company<Test>>],
) -> Result<()> {
    let mut worker = start_worker(order)?;
    let count = ksef.sandbox().accepted().len() + KILL_AFTER;
    while ksef.sandbox().accepted().len() < count {
        if let Some(status) = worker.try_wait()? {
            return Err(format!("the worker ended by itself: {status}").into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    worker.kill()?;
    worker.wait()?;
    println!("{} documents have not ended yet.", open(companies).await?);
    Ok(())
}

/// Waits until everything has ended; false if it takes too long.
async fn wait(companies: &[Arc<Company<Test>>]) -> Result<bool> {
    let began = Instant::now();
    let mut told = usize::MAX;
    while began.elapsed() < PATIENCE {
        let open = open(companies).await?;
        if open == 0 {
            return Ok(true);
        }
        if open + 5 <= told {
            println!("{open} documents have not ended yet.");
            told = open;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(false)
}

async fn open(companies: &[Arc<Company<Test>>]) -> Result<usize> {
    let mut open = 0;
    for (company, cast) in companies.iter().zip(&COMPANIES) {
        open += Report::open(company, cast).await?;
    }
    Ok(open)
}

fn start_worker(order: &Order) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut worker = command.arg("demo-worker").stdin(Stdio::piped()).spawn()?;
    let input = worker.stdin.as_mut().ok_or("the worker hears nothing")?;
    writeln!(input, "{}", serde_json::to_string(order)?)?;
    Ok(worker)
}

/// Lets a worker end what it has begun.
async fn end_worker(mut worker: Child) -> Result<()> {
    drop(worker.stdin.take());
    let status = tokio::task::spawn_blocking(move || worker.wait()).await??;
    if status.success() { Ok(()) } else { Err(format!("a worker ended with {status}").into()) }
}
