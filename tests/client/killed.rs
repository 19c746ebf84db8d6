//! Real processes over real sockets, killed by SIGKILL while they send.
//!
//! `KSEF_KILLED_RUNS` says how many invoices are sent, each by a process that is killed up to
//! three times at random moments; KSeF loses answers meanwhile.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ksef_core::Secret;
use ksef_core::submission::simulation::Random;
use ksef_sandbox::{Config, Delays, Fault, FaultKind, Operation, Permission, Sandbox};
use ksef_tests::client::{ShiftedClock, invoice};
use ksef_tests::sandbox::{NIP, config};
use libtest_mimic::Failed;
use tokio::runtime::Builder;

use crate::seeded::setting;

const RUNS: u64 = 200;

/// How often a process is killed at most; then one is left to come to its end.
const KILLS: u64 = 3;

/// How often a process may give up before that counts as a failure: answers are lost at random.
const ATTEMPTS: u64 = 20;

const SEED: u64 = 7;

/// With this code a sender ends when KSeF is shown not to have the invoice after all that it may do itself.
const SHOWN_NOT_THERE: i32 = 3;

/// The number of the invoice whose sending is timed, and not killed.
const UNDISTURBED: &str = "FV-undisturbed";

/// What the senders have to know of the sandbox.
struct Target {
    api: String,
    clock: ShiftedClock,
    token: Secret<String>,
    /// The least time that a sender took which nobody killed, in microseconds. One that had to ask
    /// again took many times as long, and in that time nobody would be killed early enough.
    whole: AtomicU64,
}

/// When a process is killed.
#[derive(Clone, Copy)]
enum Moment {
    AfterStart(Duration),
    /// After it has written down what it needs to go on. However busy the machine is, some die there.
    AfterKeeping(Duration),
}

#[derive(Debug, Default)]
struct Tally {
    killed_before_anything_was_kept: AtomicU64,
    killed_with_something_kept: AtomicU64,
}

impl Target {
    fn start(&self, invoice: &Path) -> Result<Child, Failed> {
        Ok(Command::new(env!("CARGO_BIN_EXE_sender"))
            .args([&self.api, &self.clock.offset().to_string()])
            .arg(invoice)
            .env("KSEF_TOKEN", self.token.expose())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::options().append(true).create(true).open(complaints(invoice))?)
            .spawn()?)
    }

    /// Whether it came to its end by itself, and well. Where KSeF is shown not to have the invoice, the
    /// person who is asked then sends it anew; a wrong showing would leave it there twice.
    fn is_sent(&self, invoice: &Path) -> Result<bool, Failed> {
        let ended = self.start(invoice)?.wait()?;
        if ended.code() == Some(SHOWN_NOT_THERE) {
            std::fs::remove_file(submission(invoice))?;
        }
        Ok(ended.success())
    }

    /// Starts a sender and kills it at this moment, unless it has ended by then.
    fn kill(&self, moment: Moment, invoice: &Path, tally: &Tally) -> Result<(), Failed> {
        let mut sender = self.start(invoice)?;
        let submission = submission(invoice);
        let time = match moment {
            Moment::AfterStart(time) => time,
            Moment::AfterKeeping(time) => {
                while !submission.exists() && sender.try_wait()?.is_none() {
                    thread::sleep(Duration::from_micros(200));
                }
                time
            }
        };
        thread::sleep(time);
        if sender.try_wait()?.is_some() {
            return Ok(());
        }
        sender.kill()?;
        sender.wait()?;
        let count = if submission.exists() {
            &tally.killed_with_something_kept
        } else {
            &tally.killed_before_anything_was_kept
        };
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// What is kept of sending an invoice.
fn submission(invoice: &Path) -> PathBuf {
    invoice.with_extension("xml.submission")
}

/// What the senders of an invoice complain about.
fn complaints(invoice: &Path) -> PathBuf {
    invoice.with_extension("complaints")
}

fn store(folder: &Path, number: &str) -> Result<PathBuf, Failed> {
    let path = folder.join(format!("{number}.xml"));
    std::fs::write(&path, invoice(number)?.xml().as_bytes())?;
    Ok(path)
}

fn set_faults(sandbox: &Sandbox) {
    let send = Operation::SendInvoice;
    for fault in [
        Fault::always(FaultKind::DropAfter).at(send).in_thousandths(150, SEED),
        Fault::always(FaultKind::DropBefore).at(send).in_thousandths(100, SEED),
        Fault::always(FaultKind::ServerError { status: 503 }).in_thousandths(30, SEED),
        Fault::always(FaultKind::Html).in_thousandths(10, SEED),
    ] {
        sandbox.add_fault(fault);
    }
}

fn one_run(run: u64, target: &Target, folder: &Path, tally: &Tally) -> Result<(), Failed> {
    let mut random = Random::new(run);
    let path = store(folder, &format!("FV-{run}"))?;
    let kills = random.below(KILLS + 1);
    for _ in 0..kills {
        let limit = target.whole.load(Ordering::Relaxed);
        let moment = match random.below(2) {
            0 => Moment::AfterStart(Duration::from_micros(random.below(limit))),
            _ => Moment::AfterKeeping(Duration::from_micros(random.below(limit / 2))),
        };
        target.kill(moment, &path, tally)?;
    }
    let started = Instant::now();
    if until_sent(target, &path)? {
        if kills == 0 {
            target.whole.fetch_min(microseconds(started)?, Ordering::Relaxed);
        }
        return Ok(());
    }
    let complaints = std::fs::read_to_string(complaints(&path))?;
    Err(format!("run {run} does not come to an end: {complaints}").into())
}

fn until_sent(target: &Target, invoice: &Path) -> Result<bool, Failed> {
    for _ in 0..ATTEMPTS {
        if target.is_sent(invoice)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn microseconds(since: Instant) -> Result<u64, Failed> {
    Ok(u64::try_from(since.elapsed().as_micros())?)
}

fn send_undisturbed(target: &Target, folder: &Path) -> Result<(), Failed> {
    let path = store(folder, UNDISTURBED)?;
    let started = Instant::now();
    if !until_sent(target, &path)? {
        return Err("it does not send".into());
    }
    target.whole.store(microseconds(started)?, Ordering::Relaxed);
    Ok(())
}

/// What the sandbox holds in the end has each number once.
fn judge(runs: u64, held: impl Iterator<Item = String>) -> Result<(), Failed> {
    let mut times = BTreeMap::<String, u64>::new();
    for number in held {
        *times.entry(number).or_default() += 1;
    }
    let numbers = (0..runs).map(|run| format!("FV-{run}")).chain([UNDISTURBED.to_owned()]);
    let expected: BTreeMap<String, u64> = numbers.map(|number| (number, 1)).collect();
    if times == expected {
        return Ok(());
    }
    times.retain(|number, times| expected.get(number) != Some(times));
    Err(format!("not once each; {} of {}, and {times:?}", times.len(), expected.len()).into())
}

/// Four at a time, each with its own numbers.
fn send_all(runs: u64, target: &Target, folder: &Path) -> Result<Tally, Failed> {
    send_undisturbed(target, folder)?;
    let (tally, next) = (Tally::default(), AtomicU64::new(0));
    let worker = || -> Result<(), Failed> {
        loop {
            let run = next.fetch_add(1, Ordering::Relaxed);
            if run >= runs {
                return Ok(());
            }
            one_run(run, target, folder, &tally)?;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "it panicked")?)
    })?;
    Ok(tally)
}

fn all_runs(runs: u64) -> Result<(), Failed> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let clock = ShiftedClock::starting_now()?;
    let config = config(|config: &mut Config| {
        config.clock = Arc::new(clock);
        config.delays = Delays::each(Duration::from_millis(1));
    })?;
    let server = runtime.block_on(Sandbox::start(config))?;
    let permissions = [Permission::InvoiceWrite, Permission::InvoiceRead];
    let token = server.sandbox().create_token(NIP.parse()?, permissions);
    let target =
        Target { api: format!("{}/v2", server.base_url()), clock, token, whole: AtomicU64::new(0) };
    let folder = tempfile::tempdir()?;
    set_faults(server.sandbox());
    let tally = send_all(runs, &target, folder.path())?;
    let held = server.sandbox().accepted().into_iter().map(|held| held.invoice_number);
    judge(runs, held)?;
    runtime.block_on(server.stop());
    let kills = [&tally.killed_before_anything_was_kept, &tally.killed_with_something_kept];
    let are_enough = kills.iter().all(|kills| kills.load(Ordering::Relaxed) * 10 > runs);
    if runs < 100 || are_enough { Ok(()) } else { Err(format!("too few: {tally:?}").into()) }
}

#[test]
fn processes_that_are_killed_anywhere_lose_no_invoice_and_send_none_twice() {
    all_runs(setting("KSEF_KILLED_RUNS", RUNS)).unwrap();
}
