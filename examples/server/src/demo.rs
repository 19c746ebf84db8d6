//! The demo: a day's invoices and credit notes of a company, from Stripe to their receipts.

mod clock;
mod day;
mod folder;
mod intake;
mod objects;
mod report;
mod worker;

use std::error::Error;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ksef_core::{Nip, Secret};
use ksef_sandbox::{Config, Delays, Fault, FaultKind, Handle, Operation, Permission, Sandbox};

use clock::DayClock;
use day::{DAY, Row, SELLER};
use folder::Folder;
use intake::Intake;

/// Where everything is written.
const FOLDER: &str = "target/demo";

/// The same mishaps in every run.
const SEED: u64 = 2_026;

/// How many invoices KSeF has accepted when the first worker is killed.
const KILL_AFTER: usize = 7;

/// The environment variable in which a worker finds the token: the command line is for all to see.
const TOKEN: &str = "KSEF_DEMO_TOKEN";

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Runs the demo and says how it went.
pub(crate) fn run() -> ExitCode {
    end(runtime().and_then(|runtime| runtime.block_on(demo())))
}

/// A worker, in a process of its own.
pub(crate) fn work(api: &str, nip: &str, offset: &str) -> ExitCode {
    let work = async {
        let token = Secret::new(std::env::var(TOKEN)?);
        let clock = DayClock::with_offset(offset.parse()?);
        worker::work(api, nip.parse()?, token, clock, &Folder::at(FOLDER)).await?;
        Ok(true)
    };
    end(runtime().and_then(|runtime| runtime.block_on(work)))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

fn end(result: Result<bool>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn demo() -> Result<bool> {
    let folder = Folder::empty(FOLDER)?;
    let clock = DayClock::starting_at(day::NINE_IN_WARSAW.parse()?);
    let nip: Nip = SELLER.parse()?;
    let ksef = start_sandbox(&clock).await?;
    let token =
        ksef.sandbox().create_token(nip, [Permission::InvoiceRead, Permission::InvoiceWrite]);
    let workers = Workers { api: format!("{}/v2", ksef.base_url()), nip, token, clock };
    println!("{} objects of Stripe arrive; KSeF is a sandbox and has a bad day.\n", DAY.len());

    let mut intake = Intake::new(nip, &workers.clock, &folder)?;
    take_number(&ksef, &workers, &intake).await?;
    set_faults(ksef.sandbox());
    for row in DAY.iter().filter(|row| !row.is_credit_note()) {
        intake.receive(row)?;
    }
    kill_in_the_middle(&ksef, &workers).await?;
    println!("The worker was killed while it was sending. Another one goes on.\n");
    workers.run().await?;

    // A correction names the KSeF number of what it corrects.
    for row in DAY.iter().filter(|row| row.is_credit_note()) {
        intake.receive(row)?;
    }
    workers.run().await?;
    let all_well = report::print(DAY, &intake, &folder, &ksef.sandbox().accepted())?;
    ksef.stop().await;
    Ok(all_well)
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

/// Somebody has filed another document under a number of ours, before us and elsewhere.
async fn take_number(ksef: &Handle, workers: &Workers, intake: &Intake<'_>) -> Result<()> {
    let taken: Option<&Row> = DAY.iter().find(|row| row.is_number_taken());
    let Some(row) = taken else { return Ok(()) };
    let elsewhere = Folder::empty(&format!("{FOLDER}/elsewhere"))?;
    let xml = intake.same_number_elsewhere(row)?;
    elsewhere.store_document(row.number, &xml)?;
    worker::work(&workers.api, workers.nip, workers.token(), workers.clock.clone(), &elsewhere)
        .await?;
    debug_assert_eq!(ksef.sandbox().accepted().len(), 1);
    Ok(())
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
async fn kill_in_the_middle(ksef: &Handle, workers: &Workers) -> Result<()> {
    let mut worker = workers.start()?;
    while ksef.sandbox().accepted().len() < KILL_AFTER {
        if let Some(status) = worker.try_wait()? {
            return Err(format!("the worker ended by itself: {status}").into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    worker.kill()?;
    worker.wait()?;
    Ok(())
}

/// What a worker has to know.
struct Workers {
    api: String,
    nip: Nip,
    token: Secret<String>,
    clock: DayClock,
}

impl Workers {
    fn token(&self) -> Secret<String> {
        Secret::new(self.token.expose().clone())
    }

    fn start(&self) -> Result<Child> {
        let program: PathBuf = std::env::current_exe()?;
        let mut command = Command::new(program);
        command
            .args(["demo-worker", &self.api, self.nip.as_str(), &self.clock.offset().to_string()])
            .env(TOKEN, self.token.expose())
            .stdin(Stdio::null());
        Ok(command.spawn()?)
    }

    /// Runs a worker to its end.
    async fn run(&self) -> Result<()> {
        let mut worker = self.start()?;
        let status = tokio::task::spawn_blocking(move || worker.wait()).await??;
        if status.success() { Ok(()) } else { Err(format!("a worker ended with {status}").into()) }
    }
}
