//! How long a page takes where there are many records.

use std::time::Instant;

use ksef_core::{Clock as _, SystemClock};

use crate::company::Company;
use crate::http::Connection;
use crate::times::Times;
use crate::visitor::Visitor;
use crate::{Failure, feed, records, setting};

/// How often each page is asked for.
const TIMES: usize = 100;

/// It is asked for once.
const REPORT: &str = "/retention?policy=vat";

/// So many documents of today have gone all the way to KSeF.
const TODAY: usize = 100;

pub(crate) async fn measure() -> Result<(), Failure> {
    let records = setting("KSEF_BENCH_RECORDS", 1_000_000)?;
    let all = u64::try_from(records)?;
    let company = Company::with(|data| records::write(data, all)).await?;
    company.connect_ksef().await?;
    let mut server = company.start("serve")?;
    let address = server.address()?;
    let deliveries = company.deliveries(0..TODAY)?;
    let before = company.accepted().await?;
    let connection = Connection::open(&address)?;
    tokio::task::spawn_blocking(move || feed::send(&address, &deliveries, (4, feed::AT_ONCE)))
        .await??;
    company.until_accepted(before + u64::try_from(TODAY)?).await?;
    tokio::task::spawn_blocking(move || look(connection, records)).await?
}

fn look(connection: Connection, records: usize) -> Result<(), Failure> {
    let mut visitor = Visitor::log_in(connection)?;
    let (mut slow, mut all) = (0, Vec::new());
    let pages = pages(records);
    for path in &pages {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let begin = Instant::now();
            visitor.page(path)?;
            times.push(begin.elapsed());
        }
        all.extend_from_slice(&times);
        let times = Times::new(times);
        println!("page {path}: {}", times.told());
        slow += usize::from(times.percentile(99).as_millis() > 100);
    }
    println!(
        "pages at {records} records: {} (asked: p99 of any page at most 100 ms; {slow} of {} take \
         longer)",
        Times::new(all).told(),
        pages.len()
    );
    let begin = Instant::now();
    visitor.page(REPORT)?;
    println!(
        "page {REPORT}, which reads every record when it is asked to: {:.1?}",
        begin.elapsed()
    );
    Ok(())
}

/// What a person may open.
fn pages(records: usize) -> Vec<String> {
    let today = SystemClock.today_in_warsaw();
    let day = |days: i64| today.checked_add_days(-days).unwrap_or(today);
    let (newest, oldest) = (records + TODAY, records / 2);
    let ksef_day = format!("{}-{}", crate::company::NIP, day(100).to_string().replace('-', ""));
    let filters = [
        String::new(),
        "status=FAILED&status=TERMINATED".to_owned(),
        "status=PENDING&status=SIGNING&status=SUBMITTED".to_owned(),
        "status=ACCEPTED".to_owned(),
        "status=SKIPPED".to_owned(),
        "status=TERMINATED".to_owned(),
        format!("after={oldest}"),
        format!("from={}&to={}", day(60), day(30)),
        format!("date_of=issue&from={}&to={}", day(60), day(30)),
        format!("date_of=accepted&from={}&to={}", day(2), day(1)),
        format!("status=FAILED&date_of=issue&from={}&to={}", day(400), day(0)),
        "kind=VAT".to_owned(),
        "kind=KOR".to_owned(),
        format!("nip={}", records::OFTEN),
        format!("nip={}", records::RARE),
        format!("nip={}&kind=KOR&status=FAILED", records::OFTEN),
        "reference=fv%2F777".to_owned(),
        "reference=2026".to_owned(),
        "reference=77".to_owned(),
        "reference=zzz".to_owned(),
        "reference=99%2F2026&status=FAILED".to_owned(),
        format!("ksef_number={ksef_day}"),
        format!("ksef_number={}", crate::company::NIP),
        "fakturownia_id=77".to_owned(),
    ];
    let mut pages: Vec<_> = filters.iter().map(|filter| format!("/log?{filter}")).collect();
    pages.extend([
        format!("/documents/{newest}"),
        format!("/documents/{newest}/correction"),
        format!("/documents/{newest}/invoice.xml"),
        format!("/documents/{newest}/upo.xml"),
        format!("/retry?document={newest}"),
        "/audit".to_owned(),
        format!("/audit?from={today}&to={today}"),
        format!("/audit?from={}&to={}", day(60), day(30)),
        "/retention".to_owned(),
    ]);
    let others = ["settings/company", "settings/connection", "settings/people", "settings/stripe"];
    pages.extend(others.map(|page| format!("/{page}")));
    pages.extend(["/data-and-security", "/login", "/metrics", "/health"].map(str::to_owned));
    pages
}
