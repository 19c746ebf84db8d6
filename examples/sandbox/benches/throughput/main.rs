//! How fast the sandbox is, and how much memory an invoice takes.
//!
//! Starts the program and uses it over loopback sockets: eight clients send invoices online and fetch the
//! status and the receipt of each, then one sends a batch of 10,000. It ends with an error where a figure misses
//! its limit. `cargo bench -p ksef-sandbox`; `KSEF_INVOICES` changes how many are sent online.
#![expect(clippy::print_stdout, reason = "it prints figures")]
#![expect(clippy::indexing_slicing, reason = "what a JSON value lacks is null")]

mod http;
mod ksef;
mod program;

use std::env;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use crate::ksef::Client;
use crate::program::Program;

type Failure = Box<dyn Error + Send + Sync>;

const CLIENTS: u32 = 8;
const ONLINE: u32 = 6_000;
const BATCH: u32 = 10_000;

/// The limits: invoices a second, the time of the batch, bytes of memory an invoice.
const LEAST_RATE: u128 = 300;
const LONGEST_BATCH: Duration = Duration::from_secs(60);
const MOST_MEMORY: u64 = 20_000;

fn main() -> Result<(), Failure> {
    // `cargo test --benches` only wants to see that it runs.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let online = match env::var("KSEF_INVOICES") {
        Ok(count) => count.parse()?,
        Err(_) => ONLINE,
    };
    let (online, batch) = if is_bench { (online, BATCH) } else { (CLIENTS * 2, 20) };
    let program = Program::start()?;
    println!("documents of {} bytes", ksef::document("1")?.len());

    // Whatever is allocated once is there before the memory is looked at.
    send_online(&program, "warm", CLIENTS * 20)?;
    let before = program.memory()?;
    let started = Instant::now();
    send_online(&program, "online", online)?;
    let took = started.elapsed();
    let rate = u128::from(online) * 1_000 / took.as_millis().max(1);
    println!(
        "online: {online} invoices from {CLIENTS} clients, each with its status and receipt, in \
         {took:.1?}: {rate} a second (at least {LEAST_RATE})"
    );
    let growth = program.memory()?.saturating_sub(before) / u64::from(online);
    println!("memory: {growth} bytes an online invoice (at most {MOST_MEMORY})");

    let took = send_batch(&program, batch)?;
    println!("batch: {batch} invoices in {took:.1?} (at most {LONGEST_BATCH:?})");
    let both = program.memory()?.saturating_sub(before) / u64::from(online + batch);
    println!("memory: {both} bytes an invoice, online and batch");

    let is_missed = rate < LEAST_RATE || took > LONGEST_BATCH || growth.max(both) > MOST_MEMORY;
    if is_bench && is_missed { Err("a limit is missed".into()) } else { Ok(()) }
}

/// Sends so many invoices from all clients at once, in a session each.
fn send_online(program: &Program, name: &str, count: u32) -> Result<(), Failure> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || -> Result<(), Failure> {
                    let mut ksef = Client::log_in(program)?;
                    let session = ksef.open_online()?;
                    for number in 0..count / CLIENTS {
                        let xml = ksef::document(&format!("{name}/{client}/{number}"))?;
                        let sent = ksef.send(&session, xml.as_bytes())?;
                        ksef.receipt_of(&session, &sent)?;
                    }
                    ksef.close_online(&session)
                })
            })
            .collect();
        let joined = clients.into_iter().map(|client| client.join());
        joined.into_iter().try_for_each(|ended| ended.map_err(|_| "a client panicked")?)
    })
}

/// From the opening of the session until its last receipt is there; packing is not counted.
fn send_batch(program: &Program, count: u32) -> Result<Duration, Failure> {
    let mut ksef = Client::log_in(program)?;
    let package = ksef::package(count)?;
    let started = Instant::now();
    let session = ksef.send_batch(&package)?;
    let receipts = ksef.receipts_of(&session, count)?;
    let took = started.elapsed();
    println!("batch: {} bytes packed, {receipts} bytes of receipts", package.len());
    Ok(took)
}
