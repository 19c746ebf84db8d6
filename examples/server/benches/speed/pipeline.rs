//! How many invoices a second go from their webhook to ACCEPTED, with their receipts.

use std::time::{Duration, Instant};
use std::{process, thread};

use ksef_tests::postgres::{Server, programs};

use crate::company::Company;
use crate::program::Program;
use crate::{Failure, cores, feed, setting};

const CONNECTIONS: usize = 16;

/// How many are taken to the end first, so that sessions are open and files have grown.
const WARM: usize = 200;

/// How many processes work for the companies.
const WORKERS: [usize; 3] = [1, 2, 4];

/// How many milliseconds the way to a KSeF takes that is not on the same machine, and the way back.
const FAR: usize = 25;

pub(crate) async fn measure() -> Result<(), Failure> {
    let count = setting("KSEF_BENCH_INVOICES", 2_000)?;
    one("SQLite", None, &[Company::new().await?], (1, count)).await?;
    if programs().is_none() {
        println!("pipeline on PostgreSQL: left out, for the programs of PostgreSQL are missing");
        return Ok(());
    }
    let postgres = Server::start()?;
    let companies = u32::try_from(setting("KSEF_BENCH_COMPANIES", 1)?)?;
    let far = Duration::from_millis(setting("KSEF_BENCH_DISTANCE", FAR)?.try_into()?);
    for (name, each_way) in [("PostgreSQL", Duration::ZERO), ("PostgreSQL, KSeF far away", far)] {
        for workers in WORKERS {
            let companies = Company::several(&postgres, companies, each_way).await?;
            one(name, Some(&postgres), &companies, (workers, count)).await?;
        }
    }
    Ok(())
}

async fn one(
    name: &str,
    postgres: Option<&Server>,
    companies: &[Company],
    (workers, count): (usize, usize),
) -> Result<(), Failure> {
    let company = companies.first().ok_or("no company")?;
    for company in companies {
        company.connect_ksef().await?;
    }
    let mut server = company.start("serve")?;
    let address = server.address()?;
    // The server works as well.
    let others =
        (1..workers).map(|_| company.start("work")).collect::<Result<Vec<Program>, _>>()?;
    let each = count / companies.len();
    take(companies, &address, 0..WARM).await?;
    company.analyze(postgres)?;
    let programs: Vec<_> = others.iter().chain([&server]).map(Program::process).collect();
    let computed = || -> Result<_, Failure> {
        // Each connection is a process, and there are ever more.
        let database = postgres.map_or_else(|| Ok(Vec::new()), Server::processes)?;
        Ok([&programs, &database, &vec![process::id()]].map(|it| cores::computed(it)))
    };
    let [workers_before, database_before, doubles_before] = computed()?;
    let (answered, took) = take(companies, &address, WARM..WARM + each).await?;
    let rate = u128::try_from(each * companies.len())? * 1_000 / took.as_millis().max(1);
    println!(
        "pipeline on {name}, {} companies, {workers} workers: {each} invoices each in {took:.1?}, the \
         webhooks in {answered:.1?}: {rate} a second (asked: at least 100)",
        companies.len()
    );
    let [workers, database, doubles] = computed()?;
    let share = |computed: Duration, before: Duration| {
        computed.saturating_sub(before).as_millis() * 100 / took.as_millis().max(1)
    };
    println!(
        "  of a core: the workers {} %, PostgreSQL {} %, KSeF, Stripe and whoever asks {} %; there are \
         {} cores",
        share(workers, workers_before),
        share(database, database_before),
        share(doubles, doubles_before),
        thread::available_parallelism()?
    );
    drop(others);
    Ok(())
}

/// Sends webhooks as fast as they are answered, and waits until all invoices are accepted. Returns
/// how long each took, from the first webhook on.
async fn take(
    companies: &[Company],
    address: &str,
    numbers: core::ops::Range<usize>,
) -> Result<(Duration, Duration), Failure> {
    let (all, address) = (u64::try_from(numbers.end)?, address.to_owned());
    let mut deliveries = Vec::new();
    for company in companies {
        deliveries.push(company.deliveries(numbers.clone())?.into_iter());
    }
    let turns =
        numbers.flat_map(|_| deliveries.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>());
    let deliveries: Vec<_> = turns.collect();
    let begin = Instant::now();
    let feeding = tokio::task::spawn_blocking(move || {
        feed::send(&address, &deliveries, (CONNECTIONS, feed::AT_ONCE)).map(|_| begin.elapsed())
    });
    for company in companies {
        company.until_accepted(all).await?;
    }
    Ok((feeding.await??, begin.elapsed()))
}
