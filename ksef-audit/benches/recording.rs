//! How fast submissions are recorded, beside a raw loop in the same run, and how fast filters are.
//!
//! `cargo bench -p ksef-audit --features sqlite --bench recording` prints a line per figure.
//! `KSEF_BENCH_SUBMISSIONS` and `KSEF_BENCH_ROWS` set how many are recorded and searched.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ksef_audit::entry::Description;
use ksef_audit::query::{DateOf, Dates, Filter, PageRequest};
use ksef_audit::{First, NewSubmission, Prepared, Source, Sqlite, Tenant, Test};
use ksef_core::submission::{ReasonCode, WhenLate};
use ksef_core::{
    DocumentType, FormCode, InvoiceXml, Sha256Digest, SubmissionStatus, TenantId, Timestamp,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

type Failure = Box<dyn core::error::Error + Send + Sync>;

const PRODUCERS: u64 = 16;
const DOCUMENT_BYTES: usize = 5_000;

fn setting(name: &str, default: u64) -> Result<u64, Failure> {
    std::env::var(name).map_or(Ok(default), |text| Ok(text.parse()?))
}

fn main() -> Result<(), Failure> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build()?.block_on(measure())
}

async fn measure() -> Result<(), Failure> {
    let count = setting("KSEF_BENCH_SUBMISSIONS", 3_000)?;
    let rows = setting("KSEF_BENCH_ROWS", 1_000_000)?;
    let folder = tempfile::tempdir()?;
    let raw = raw_loop(&folder.path().join("raw.sqlite"), count).await?;
    let backend = Sqlite::open(folder.path()).await?;
    let (one, _) = record(&backend, 1, 1, count, DOCUMENT_BYTES).await?;
    let (many, worst) = record(&backend, 2, PRODUCERS, count, DOCUMENT_BYTES).await?;
    let mut out = io::stdout();
    writeln!(out, "raw loop: {raw}/s")?;
    writeln!(out, "one producer: {one}/s, {} % of the raw loop", 100 * one / raw.max(1))?;
    let times = 100 * many / one.max(1);
    writeln!(
        out,
        "{PRODUCERS} producers: {many}/s, {times} % of one; worst {} ms",
        worst.as_millis()
    )?;
    record(&backend, 3, 128, rows, 40).await?;
    let tenant = Tenant::<Test>::open(&backend, tenant_id(3)?).await?;
    for (name, filter) in filters()? {
        let (median, p99) = search(&tenant, &filter).await?;
        let (median, p99) = (median.as_micros(), p99.as_micros());
        writeln!(out, "{name} over {rows} rows: median {median} µs, p99 {p99} µs")?;
    }
    Ok(())
}

fn tenant_id(number: u8) -> Result<TenantId, Failure> {
    Ok(TenantId::from_bytes([number; 16])?)
}

/// One row of the same size a transaction, with the same durability.
async fn raw_loop(file: &Path, count: u64) -> Result<u64, Failure> {
    let mut connection = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await?;
    let sql = "CREATE TABLE raw (tenant TEXT, hash BLOB, body BLOB, UNIQUE (tenant, hash))";
    sqlx::raw_sql(sql).execute(&mut connection).await?;
    let start = Instant::now();
    for number in 0..count {
        let body = document(number, DOCUMENT_BYTES);
        sqlx::query("INSERT INTO raw VALUES ('tenant', ?, ?)")
            .bind(Sha256Digest::of(&body).as_bytes().to_vec())
            .bind(body)
            .execute(&mut connection)
            .await?;
    }
    let rate = per_second(count, start.elapsed());
    connection.close().await?;
    Ok(rate)
}

fn per_second(count: u64, time: Duration) -> u64 {
    let rate = u128::from(count) * 1_000_000 / time.as_micros().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

fn document(number: u64, size: usize) -> Vec<u8> {
    let mut text = format!("<Faktura>{number}").into_bytes();
    text.resize(size.max(text.len()), b'x');
    text
}

fn new_submission(number: u64, size: usize) -> Result<NewSubmission, Failure> {
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
        xml: InvoiceXml::new(document(number, size))?,
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
    backend: &Sqlite,
    tenant: u8,
    producers: u64,
    count: u64,
    size: usize,
) -> Result<(u64, Duration), Failure> {
    let tenant = Tenant::<Test>::open(backend, tenant_id(tenant)?).await?;
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let start = Instant::now();
    let produce = |producer: u64| {
        let tenant = tenant.clone();
        tokio::spawn(async move {
            let mut worst = Duration::ZERO;
            for number in (producer..count).step_by(usize::try_from(producers)?) {
                let new = new_submission(number, size)?;
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

fn filters() -> Result<Vec<(&'static str, Filter)>, Failure> {
    let all = Filter::default;
    let dates = Dates { of: DateOf::Issue, from: "2026-05-01".parse()?, to: "2026-05-31".parse()? };
    let one_of = [SubmissionStatus::Pending, SubmissionStatus::Failed];
    Ok(vec![
        ("no filter", all()),
        ("dates", Filter { dates: Some(dates), ..all() }),
        ("statuses", Filter { statuses: one_of.into(), ..all() }),
        ("no such status", Filter { statuses: [SubmissionStatus::Failed].into(), ..all() }),
        ("type", Filter { document_type: Some(DocumentType::Vat), ..all() }),
        ("reference", Filter { order_reference: Some("fv/77777".to_owned()), ..all() }),
        ("common part", Filter { order_reference: Some("2026".to_owned()), ..all() }),
        ("KSeF number", Filter { ksef_number: Some("5265877635-2026".to_owned()), ..all() }),
        ("NIP", Filter { nip: Some("5265877635".parse()?), ..all() }),
        ("Fakturownia id", Filter { fakturownia_id: Some("77777".to_owned()), ..all() }),
    ])
}

/// A page and its count, as the page of the audit log asks for them.
async fn search(tenant: &Tenant<Test>, filter: &Filter) -> Result<(Duration, Duration), Failure> {
    let request = Arc::new(PageRequest { filter: filter.clone(), after: None, limit: 50 });
    let mut times = Vec::new();
    for _ in 0..200 {
        let begin = Instant::now();
        tenant.page(&request).await?;
        tenant.count(filter).await?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    Ok((at(50), at(99)))
}
