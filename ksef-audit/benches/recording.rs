//! How fast submissions are recorded, beside a raw loop in the same run, and beside the rows of which a
//! record consists, written by hand into the same tables: where a sync takes little, it is the writing of
//! pages that takes long, and a record has several times those of one row.
//!
//! `cargo bench -p ksef-audit --features sqlite --bench recording` prints a line per figure.
//! `KSEF_BENCH_SUBMISSIONS` sets how many are recorded. Filters are measured by the suite `storage`.

use core::ops::Range;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use ksef_audit::entry::Description;
use ksef_audit::{First, NewSubmission, Prepared, Source, Sqlite, Tenant, Test};
use ksef_core::submission::{ReasonCode, WhenLate};
use ksef_core::{DocumentType, FormCode, InvoiceXml, Sha256Digest, TenantId, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection};

type Failure = Box<dyn core::error::Error + Send + Sync>;

const PRODUCERS: u64 = 16;
const ROUNDS: u64 = 15;
const DOCUMENT_BYTES: usize = 5_000;

fn setting(name: &str, default: u64) -> Result<u64, Failure> {
    std::env::var(name).map_or(Ok(default), |text| Ok(text.parse()?))
}

fn main() -> Result<(), Failure> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build()?;
    // The loops by hand are within a task as well, like whoever records in a service: there an answer of
    // the database's thread takes longer to arrive than where a thread blocks for it.
    runtime.block_on(runtime.spawn(measure()))?
}

async fn measure() -> Result<(), Failure> {
    let count = setting("KSEF_BENCH_SUBMISSIONS", 3_000)?;
    let folder = tempfile::tempdir()?;
    let mut raw = Raw::open(&folder.path().join("raw.sqlite")).await?;
    let backend = Sqlite::open(folder.path()).await?;
    let mut by_hand = ByHand::open(&backend, folder.path()).await?;
    // Open all the time, as in a service and as the raw loop is.
    let alone = Tenant::open(&backend, TenantId::from_bytes([1; 16])?).await?;
    let shared = Tenant::open(&backend, TenantId::from_bytes([2; 16])?).await?;
    let (mut rates, mut worst) = ([const { Vec::new() }; 4], Duration::ZERO);
    // In turns, so that whatever else the machine does meets all of them.
    for round in 0..ROUNDS {
        let share = count / ROUNDS;
        let numbers = round * share..(round + 1) * share;
        let (one, _) = record(&alone, 1, numbers.clone()).await?;
        let (many, longest) = record(&shared, PRODUCERS, numbers.clone()).await?;
        let one_row = raw.insert(numbers.clone()).await?;
        let same_rows = by_hand.insert(numbers).await?;
        worst = worst.max(longest);
        for (rates, rate) in rates.iter_mut().zip([one_row, same_rows, one, many]) {
            rates.push(rate);
        }
    }
    let [raw, by_hand, one, many] = &rates;
    let mut out = io::stdout();
    writeln!(out, "raw loop: {}/s", median(raw.clone()))?;
    let (rate, part) = (median(by_hand.clone()), median(percent(by_hand, raw)));
    writeln!(out, "the same rows by hand: {rate}/s, {part} % of the raw loop")?;
    let (rate, part) = (median(one.clone()), median(percent(one, raw)));
    writeln!(out, "one producer: {rate}/s, {part} % of the raw loop")?;
    let (rate, part) = (median(many.clone()), median(percent(many, one)));
    let worst = worst.as_millis();
    writeln!(out, "{PRODUCERS} producers: {rate}/s, {part} % of one; worst {worst} ms")?;
    Ok(())
}

/// What the rates are of others, round by round.
fn percent(rates: &[u64], of: &[u64]) -> Vec<u64> {
    rates.iter().zip(of).map(|(rate, of)| 100 * rate / of.max(&1)).collect()
}

fn median(mut all: Vec<u64>) -> u64 {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// A connection with the durability of the store.
async fn connect(file: &Path) -> Result<SqliteConnection, Failure> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal);
    Ok(options.synchronous(SqliteSynchronous::Full).connect().await?)
}

/// One row of the same size a transaction, with the same durability.
struct Raw(SqliteConnection);

impl Raw {
    async fn open(file: &Path) -> Result<Self, Failure> {
        let mut connection = connect(file).await?;
        let sql = "CREATE TABLE raw (tenant TEXT, hash BLOB, body BLOB, UNIQUE (tenant, hash))";
        sqlx::raw_sql(sql).execute(&mut connection).await?;
        Ok(Self(connection))
    }

    async fn insert(&mut self, numbers: Range<u64>) -> Result<u64, Failure> {
        let (start, count) = (Instant::now(), numbers.end - numbers.start);
        for number in numbers {
            let body = document(number);
            sqlx::query("INSERT INTO raw VALUES ('tenant', ?, ?)")
                .bind(Sha256Digest::of(&body).as_bytes().to_vec())
                .bind(body)
                .execute(&mut self.0)
                .await?;
        }
        Ok(per_second(count, start.elapsed()))
    }
}

/// The rows of a record by hand, in the tables of a store: two documents, two entries of the log with its
/// head, the idempotency key, the line and the work. The database keeps its indexes and its rules with
/// them; nothing else is checked or computed.
struct ByHand(SqliteConnection);

impl ByHand {
    /// A number that a statement leaves out is to the driver a parameter without one, and takes a value
    /// from the front: so each statement has low numbers, or leaves out few.
    const INSERT: &str = "
        BEGIN IMMEDIATE;
        INSERT INTO idempotency VALUES (?2, ?1);
        INSERT INTO document VALUES (?3, 'INVOICE', ?4), (?5, 'SOURCE', ?6);
        INSERT INTO entry VALUES
            (2 * ?1 - 2, ?1, 0, zeroblob(250)), (2 * ?1 - 1, ?1, 1, zeroblob(250));
        INSERT INTO submission
            (number, entries, status, order_reference, source_id, customer, nip, document_type,
             digest, p_1, created_at, attempt, searched)
            VALUES (?1, 2, 'PENDING', ?2, ?2, ?2, '5265877635', 'VAT',
                ?3, date('2026-03-02', ?1 % 300 || ' days'), '2026-03-02T09:00:00Z', 0, ?2);
        INSERT INTO work (submission, due_at) VALUES (?1, '2026-03-02T09:00:00Z');
        UPDATE log_head SET size = 2 * ?1, frontier = zeroblob(300);
        COMMIT";

    async fn open(backend: &Sqlite, folder: &Path) -> Result<Self, Failure> {
        let id = TenantId::from_bytes([3; 16])?;
        Tenant::<Test>::open(backend, id).await?;
        Ok(Self(connect(&folder.join(format!("{id}.test.sqlite"))).await?))
    }

    async fn insert(&mut self, numbers: Range<u64>) -> Result<u64, Failure> {
        let (start, count) = (Instant::now(), numbers.end - numbers.start);
        for number in numbers {
            let (invoice, source) = (document(number), number.to_string().into_bytes());
            sqlx::query(Self::INSERT)
                .bind(i64::try_from(number)? + 1)
                .bind(format!("key {number}"))
                .bind(Sha256Digest::of(&invoice).as_bytes().to_vec())
                .bind(invoice)
                .bind(Sha256Digest::of(&source).as_bytes().to_vec())
                .bind(source)
                .execute(&mut self.0)
                .await?;
        }
        Ok(per_second(count, start.elapsed()))
    }
}

fn per_second(count: u64, time: Duration) -> u64 {
    let rate = u128::from(count) * 1_000_000 / time.as_micros().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

fn document(number: u64) -> Vec<u8> {
    let mut text = format!("<Faktura>{number}").into_bytes();
    text.resize(DOCUMENT_BYTES, b'x');
    text
}

fn new_submission(number: u64) -> Result<NewSubmission, Failure> {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let description = Description {
        order_reference: format!("FV/{number}/2026"),
        customer: format!("Customer {number}"),
        buyer: Some("5265877635".parse()?),
        seller: "7781464139".parse()?,
        form_code: FormCode::Fa3,
        document_type: DocumentType::Vat,
    };
    let prepared = Prepared {
        xml: InvoiceXml::new(document(number))?,
        description,
        p_1: now.warsaw_date().checked_add_days(i64::try_from(number % 300)?).ok_or("a date")?,
        when_late: WhenLate::Ask,
        paired: false,
    };
    let source = Source {
        kind: ReasonCode::from_static("stripe_invoice"),
        id: format!("in_{number}"),
        bytes: format!("{{\"id\":{number}}}").into_bytes().into(),
    };
    let idempotency_key = format!("key {number}");
    Ok(NewSubmission { idempotency_key, source, first: First::Prepared(prepared) })
}

/// Records with so many producers. Returns the rate and the longest wait for an acknowledgement.
async fn record(
    tenant: &Tenant<Test>,
    producers: u64,
    numbers: Range<u64>,
) -> Result<(u64, Duration), Failure> {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let (start, count) = (Instant::now(), numbers.end - numbers.start);
    let produce = |producer: u64| {
        let (tenant, numbers) = (tenant.clone(), numbers.clone());
        tokio::spawn(async move {
            let mut worst = Duration::ZERO;
            let own = numbers.skip(usize::try_from(producer)?).step_by(usize::try_from(producers)?);
            for number in own {
                let new = new_submission(number)?;
                let begin = Instant::now();
                tenant.submit(new, now).await?;
                worst = worst.max(begin.elapsed());
            }
            Ok::<_, Failure>(worst)
        })
    };
    let tasks: Vec<_> = (0..producers).map(produce).collect();
    let mut worst = Duration::ZERO;
    for task in tasks {
        worst = worst.max(task.await??);
    }
    Ok((per_second(count, start.elapsed()), worst))
}
