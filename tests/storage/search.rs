//! Many rows: every filter answers at once, and exports stay small in memory.
//!
//! `KSEF_STORAGE_ROWS` says how many rows there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs, io};

use ksef_audit::export::ExportError;
use ksef_audit::query::{DateOf, Dates, Filter, PageRequest, index_trigrams};
use ksef_audit::{COUNTED, ExportRequest, ExportSink, Row, Tenant, Test};
use ksef_core::port::BoxFuture;
use ksef_core::{
    DocumentType, InvoiceDate, KsefNumber, ReferenceNumber, ReferenceNumberKind, Sha256Digest,
    SubmissionStatus,
};
use ksef_tests::suite::{Failed, cases};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::crash::start_role;
use crate::postgres;
use crate::world::{Place, runtime, settle, start, tenant, tenant_id};

/// How long a page and its count may take.
const PATIENCE: Duration = Duration::from_millis(50);

/// How much the memory of a process may grow with an export of 1,000,000 lines or 100,000 receipts.
const MEMORY_BYTES: u64 = 64 << 20;

/// The seller's NIP, with which every KSeF number begins.
const SELLER: &str = "7781464139";

const OFTEN: &str = "5265877635";

fn asked_for_rows() -> bool {
    env::var_os("KSEF_STORAGE_ROWS").is_some()
}

fn rows(ordinary: u32) -> u64 {
    let given = env::var("KSEF_STORAGE_ROWS").ok().and_then(|rows| rows.parse().ok());
    given.unwrap_or_else(|| cases(ordinary, 1_000_000)).into()
}

/// What a column has.
#[derive(Clone, Debug)]
enum Cell {
    None,
    Number(u64),
    Text(String),
    Digest(Sha256Digest),
}

impl Cell {
    fn text<T: ToString + Copy>(text: T) -> Self {
        Self::Text(text.to_string())
    }

    fn owned(text: String) -> Self {
        Self::Text(text)
    }
}

/// The receipts of the rows: one for all, or one for each.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Receipts {
    Shared,
    Own,
}

fn receipt(number: u64, receipts: Receipts) -> Vec<u8> {
    let number = if receipts == Receipts::Own { number } else { 0 };
    format!("<Potwierdzenie>{}</Potwierdzenie>", format!("{number} ").repeat(300)).into_bytes()
}

/// The statuses of a hundred rows that follow each other.
fn status(number: u64) -> SubmissionStatus {
    match number % 100 {
        0..=3 => SubmissionStatus::Pending,
        4 | 5 => SubmissionStatus::Failed,
        6 => SubmissionStatus::Skipped,
        7 if number % 10_000 == 7 => SubmissionStatus::Terminated,
        8 => SubmissionStatus::Submitted,
        _ => SubmissionStatus::Accepted,
    }
}

/// A row out of `all`, which were issued in the course of a year.
fn line(number: u64, all: u64, receipts: Receipts) -> Result<Vec<Cell>, Failed> {
    let status = status(number);
    let day = i64::try_from(number.saturating_sub(1) * 365 / all)?;
    let date = InvoiceDate::new(2026, 1, 1)?.checked_add_days(day).ok_or("a date")?;
    let at = || Cell::text(date.start_in_warsaw());
    let [.., a, b, c, d] = number.to_be_bytes();
    let accepted = status == SubmissionStatus::Accepted;
    let when = |holds: bool, cell: Cell| if holds { cell } else { Cell::None };
    let nip = if number.is_multiple_of(4) { rare_nip(number / 4 % 999) } else { OFTEN.to_owned() };
    let upo = receipt(number, receipts);
    let kind = ReferenceNumberKind::OnlineSession;
    let session = ReferenceNumber::new(kind, start(), 1, number / 100)?;
    let reference = format!("FV/{number}/2026");
    let source = format!("in_{:x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let searched = format!("{reference}\n{source}").to_lowercase();
    Ok(vec![
        Cell::Number(number),
        Cell::Number(9),
        Cell::text(status.as_str()),
        Cell::owned(reference),
        Cell::owned(source),
        Cell::owned(format!("Customer {number}")),
        Cell::owned(nip),
        Cell::text(
            if number.is_multiple_of(50) { DocumentType::Kor } else { DocumentType::Vat }.as_str(),
        ),
        when(accepted, Cell::text(KsefNumber::new(SELLER.parse()?, date, [1, 0, a, b, c, d])?)),
        when(accepted, Cell::text(session)),
        when(number.is_multiple_of(10), Cell::text(number)),
        Cell::text(session),
        Cell::Digest(Sha256Digest::of(&number.to_be_bytes())),
        when(accepted, Cell::Digest(Sha256Digest::of(&upo))),
        Cell::text(date),
        at(),
        when(status != SubmissionStatus::Pending, at()),
        when(accepted, at()),
        when(accepted, at()),
        Cell::None,
        Cell::Number(1),
        Cell::owned(searched),
    ])
}

/// A NIP of TEST, whose check digit need not hold.
fn rare_nip(number: u64) -> String {
    format!("12{number:08}")
}

const INSERT: &str = "INSERT INTO submission (number, entries, status, order_reference, source_id,
    customer, nip, document_type, ksef_number, upo_number, fakturownia_id, session, digest, receipt,
    p_1, created_at, submitted_at, accepted_at, upo_downloaded_at, error, attempt, searched)
    VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

/// Fills the file of tenant 1 with rows, past the log, as fast as SQLite takes them.
fn fill_sqlite(folder: &Path, all: u64, receipts: Receipts) -> Result<(), Failed> {
    runtime().block_on(async {
        let backend = crate::world::sqlite(folder).await;
        tenant(&backend, 1).await;
    });
    let file = folder.join(format!("{}.test.sqlite", tenant_id(1)));
    let mut connection = settle(&file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000",
    )?;
    let transaction = connection.transaction()?;
    keep_receipt(&transaction, 0, Receipts::Shared)?;
    let mut grams: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    {
        let mut insert = transaction.prepare(INSERT)?;
        for number in 1..=all {
            if receipts == Receipts::Own {
                keep_receipt(&transaction, number, receipts)?;
            }
            let line = line(number, all, receipts)?;
            if let Some(Cell::Text(searched)) = line.last() {
                for gram in index_trigrams(searched) {
                    grams.entry(gram).or_default().push(number);
                }
            }
            insert.execute(params_from_iter(line.into_iter().map(value)))?;
        }
        let mut insert = transaction.prepare("INSERT INTO trigram VALUES (?, ?)")?;
        for (gram, numbers) in &grams {
            for number in numbers {
                insert.execute(params![gram, i64::try_from(*number)?])?;
            }
        }
    }
    transaction.execute("UPDATE indexed SET through = ?", [i64::try_from(all)?])?;
    Ok(transaction.commit()?)
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::None => Value::Null,
        Cell::Number(number) => Value::Integer(i64::try_from(number).expect("small")),
        Cell::Text(text) => Value::Text(text),
        Cell::Digest(digest) => Value::Blob(digest.as_bytes().to_vec()),
    }
}

fn keep_receipt(connection: &Connection, number: u64, receipts: Receipts) -> Result<(), Failed> {
    let bytes = receipt(number, receipts);
    let digest = Sha256Digest::of(&bytes);
    let sql = "INSERT INTO document (digest, kind, bytes) VALUES (?, 'UPO', ?)";
    connection.prepare_cached(sql)?.execute(params![digest.as_bytes(), bytes])?;
    Ok(())
}

/// The rows as a file for COPY, without the columns of the scope.
fn copy_file(all: u64) -> Result<tempfile::NamedTempFile, Failed> {
    let mut file = tempfile::NamedTempFile::new()?;
    let mut out = io::BufWriter::new(file.as_file_mut());
    let scope = format!("{}\tTEST", tenant_id(1));
    for number in 1..=all {
        write!(out, "{scope}")?;
        for cell in line(number, all, Receipts::Shared)? {
            match cell {
                Cell::None => write!(out, "\t\\N")?,
                Cell::Number(number) => write!(out, "\t{number}")?,
                Cell::Text(text) => write!(out, "\t{}", text.replace('\n', "\\n"))?,
                Cell::Digest(digest) => write!(out, "\t\\\\x{}", digest.to_hex())?,
            }
        }
        writeln!(out)?;
    }
    out.flush()?;
    drop(out);
    Ok(file)
}

fn fill_postgres(all: u64) -> Result<Place, Failed> {
    let file = copy_file(all)?;
    let bytes = receipt(0, Receipts::Shared);
    let (digest, bytes) = (Sha256Digest::of(&bytes).to_hex(), String::from_utf8(bytes)?);
    let id = tenant_id(1);
    let columns =
        "number, entries, status, order_reference, source_id, customer, nip, document_type,
        ksef_number, upo_number, fakturownia_id, session, digest, receipt, p_1, created_at,
        submitted_at, accepted_at, upo_downloaded_at, error, attempt, searched";
    let sql = format!(
        "SET session_replication_role = replica;
        INSERT INTO ksef_audit.document (tenant, environment, digest, kind, bytes)
            VALUES ('{id}', 'TEST', '\\x{digest}', 'UPO', convert_to('{bytes}', 'UTF8'));
        COPY ksef_audit.submission (tenant, environment, {columns}) FROM '{}';
        INSERT INTO ksef_audit.trigram (tenant, environment, gram, submission)
            SELECT DISTINCT tenant, environment, substr(searched || E'\\n\\n', place, 3), number
            FROM ksef_audit.submission, generate_series(1, length(searched)) AS place ORDER BY 3, 4;
        INSERT INTO ksef_audit.tally (tenant, environment, status, submissions)
            SELECT tenant, environment, status, count(*) FROM ksef_audit.submission GROUP BY 1, 2, 3;
        ",
        file.path().display()
    );
    let place = postgres::filled(file.path(), &sql)?;
    Ok(place)
}

#[expect(clippy::too_many_lines, reason = "a table of filters")]
fn filters(all: u64) -> Result<Vec<(&'static str, Filter)>, Failed> {
    let none = Filter::default;
    let dates = |of, from: &str, to: &str| -> Result<Option<Dates>, Failed> {
        Ok(Some(Dates { of, from: from.parse()?, to: to.parse()? }))
    };
    let may = dates(DateOf::Issue, "2026-05-01", "2026-05-31")?;
    let year = dates(DateOf::Submitted, "2026-01-01", "2026-12-31")?;
    let [pending, failed, accepted, terminated] = [
        SubmissionStatus::Pending,
        SubmissionStatus::Failed,
        SubmissionStatus::Accepted,
        SubmissionStatus::Terminated,
    ];
    let every = SubmissionStatus::ALL.into_iter().collect();
    let part = |part: &str| Filter { order_reference: Some(part.to_owned()), ..none() };
    let ksef = |prefix: &str| Filter { ksef_number: Some(format!("{SELLER}{prefix}")), ..none() };
    let middle = match line(all / 2 + 10, all, Receipts::Shared)?.get(8) {
        Some(Cell::Text(number)) => number.strip_prefix(SELLER).ok_or("a number")?.to_owned(),
        _ => return Err("the row in the middle is accepted".into()),
    };
    let nip = |nip: &str| ksef_core::Nip::for_test_environment(nip).map(Some);
    let kor = Some(DocumentType::Kor);
    Ok(vec![
        ("nothing", none()),
        ("dates of issue", Filter { dates: may, ..none() }),
        ("dates submitted", Filter { dates: year, ..none() }),
        (
            "dates accepted",
            Filter { dates: dates(DateOf::Accepted, "2026-02-01", "2026-02-02")?, ..none() },
        ),
        ("a status", Filter { statuses: [accepted].into(), ..none() }),
        ("a rare status", Filter { statuses: [terminated].into(), ..none() }),
        ("no such status", Filter { statuses: [SubmissionStatus::Signing].into(), ..none() }),
        ("statuses", Filter { statuses: [pending, failed].into(), ..none() }),
        ("all statuses", Filter { statuses: every, ..none() }),
        (
            "statuses and dates",
            Filter { statuses: [accepted, failed].into(), dates: may, ..none() },
        ),
        (
            "a rare status and dates",
            Filter { statuses: [terminated].into(), dates: year, ..none() },
        ),
        ("a type", Filter { document_type: Some(DocumentType::Vat), ..none() }),
        ("no such type", Filter { document_type: Some(DocumentType::B2c), ..none() }),
        ("a type and dates", Filter { document_type: kor, dates: may, ..none() }),
        ("a NIP", Filter { nip: nip(OFTEN)?, ..none() }),
        ("a rare NIP", Filter { nip: nip(&rare_nip(77))?, ..none() }),
        ("a NIP and a status", Filter { nip: nip(OFTEN)?, statuses: [failed].into(), ..none() }),
        (
            "a NIP, a type and dates",
            Filter { nip: nip(OFTEN)?, document_type: kor, dates: may, ..none() },
        ),
        ("a reference", part("fv/7777")),
        ("a common part", part("2026")),
        ("a part that nothing has", part("2026/fv")),
        ("two characters", part("77")),
        ("two characters that nothing has", part("zz")),
        ("a part and a status", Filter { statuses: [failed].into(), ..part("99/2026") }),
        ("a NIP and a type", Filter { nip: nip(OFTEN)?, document_type: kor, ..none() }),
        ("a KSeF number", ksef(&middle)),
        ("a KSeF number's day", ksef(middle.get(..9).ok_or("a day")?)),
        ("a KSeF number's ten days", ksef(middle.get(..8).ok_or("ten days")?)),
        ("a KSeF number's month", ksef(middle.get(..7).ok_or("a month")?)),
        ("a KSeF number's year", ksef(middle.get(..5).ok_or("a year")?)),
        ("a KSeF number's NIP", ksef("")),
        ("a KSeF number that nothing has", ksef("-2025")),
        (
            "a Fakturownia id",
            Filter { fakturownia_id: Some((all / 20 * 10).to_string()), ..none() },
        ),
    ])
}

/// A page and its count, as the page of the audit log asks for them, then the next page.
async fn ask(tenant: &Tenant<Test>, filter: &Filter) -> Result<[Duration; 2], Failed> {
    let mut request = PageRequest { filter: filter.clone(), after: None, limit: 50 };
    let begin = Instant::now();
    let (page, count) = tenant.counted_page(&request).await?;
    let first = begin.elapsed();
    assert!(count >= u32::try_from(page.lines.len())?, "what is shown is counted");
    for (_, row) in &page.lines {
        assert!(filter.matches(row), "what is shown is wanted");
    }
    let begin = Instant::now();
    request.after = page.next;
    if request.after.is_some() {
        tenant.page(&request).await?;
    }
    Ok([first, begin.elapsed()])
}

/// The median and the 99th percentile.
async fn percentiles(
    tenant: &Tenant<Test>,
    filter: &Filter,
) -> Result<(Duration, Duration), Failed> {
    let mut times = Vec::new();
    // Of fewer than 200 the 99th percentile is the one or two that met something else on the machine.
    for _ in 0..if asked_for_rows() { 200 } else { 60 } {
        times.extend(ask(tenant, filter).await?);
    }
    times.sort_unstable();
    Ok((times[times.len() / 2], times[times.len() * 99 / 100]))
}

fn every_filter(place: &Place, all: u64) -> Result<(), Failed> {
    runtime().block_on(async {
        let backend = place.open().await?;
        let tenant = tenant(&*backend, 1).await;
        let mut slow = Vec::new();
        for (name, filter) in filters(all)? {
            let (median, p99) = percentiles(&tenant, &filter).await?;
            // Where other suites share the machine, all of it takes several times as long.
            let counts = if asked_for_rows() { p99 } else { median / 4 };
            let (median, p99) = (median.as_micros(), p99.as_micros());
            println!("{name} over {all} rows: median {median} µs, p99 {p99} µs");
            slow.extend((counts > PATIENCE).then_some(name));
        }
        if slow.is_empty() { Ok(()) } else { Err(format!("too slow: {slow:?}").into()) }
    })
}

pub(crate) fn in_sqlite() -> Result<(), Failed> {
    let (place, all) = (Place::folder()?, rows(50_000));
    fill_sqlite(Path::new(place.address()), all, Receipts::Shared)?;
    every_filter(&place, all)?;
    every_two_filters(&place, all)
}

pub(crate) fn in_postgresql() -> Result<(), Failed> {
    let all = rows(20_000);
    let place = fill_postgres(all)?;
    every_filter(&place, all)?;
    every_two_filters(&place, all)
}

/// Which conditions lead depends on how many rows there are, so every two filters together find here
/// what they should, too.
fn every_two_filters(place: &Place, all: u64) -> Result<(), Failed> {
    runtime().block_on(async {
        let backend = place.open().await?;
        let tenant = tenant(&*backend, 1).await;
        let lines = lines(&tenant, &Filter::default(), (1_000, usize::MAX)).await?;
        assert_eq!(u64::try_from(lines.len())?, all);
        let filters = filters(all)?;
        let (mut compared, mut slow) = (0, Vec::new());
        for (place, (name, one)) in filters.iter().enumerate() {
            for (other_name, other) in filters.iter().skip(place) {
                let Some(filter) = both(one, other) else { continue };
                finds_what_it_should(&tenant, &lines, &filter)
                    .await
                    .map_err(|error| format!("{name} and {other_name}: {error:?}"))?;
                compared += 1;
                if asked_for_rows() {
                    let [first, next] = ask(&tenant, &filter).await?;
                    let longest = first.max(next);
                    slow.extend((longest > PATIENCE).then_some((longest, *name, *other_name)));
                }
            }
        }
        println!("{compared} filters find what they should");
        slow.sort_unstable();
        for (longest, one, other) in slow.iter().rev() {
            println!("{one}, and {other}: {} ms", longest.as_millis());
        }
        Ok(())
    })
}

/// Both conditions, unless they are on the same thing.
fn both(one: &Filter, other: &Filter) -> Option<Filter> {
    let excludes = one.dates.is_some() && other.dates.is_some()
        || !one.statuses.is_empty() && !other.statuses.is_empty()
        || one.document_type.is_some() && other.document_type.is_some()
        || one.order_reference.is_some() && other.order_reference.is_some()
        || one.ksef_number.is_some() && other.ksef_number.is_some()
        || one.nip.is_some() && other.nip.is_some()
        || one.fakturownia_id.is_some() && other.fakturownia_id.is_some();
    (!excludes).then(|| Filter {
        dates: one.dates.or(other.dates),
        statuses: one.statuses.union(&other.statuses).copied().collect(),
        document_type: one.document_type.or(other.document_type),
        order_reference: one.order_reference.clone().or_else(|| other.order_reference.clone()),
        ksef_number: one.ksef_number.clone().or_else(|| other.ksef_number.clone()),
        nip: one.nip.or(other.nip),
        fakturownia_id: one.fakturownia_id.clone().or_else(|| other.fakturownia_id.clone()),
    })
}

/// So many pages of so many lines, or all of them.
pub(crate) async fn lines(
    tenant: &Tenant<Test>,
    filter: &Filter,
    (limit, pages): (u32, usize),
) -> Result<Vec<(u64, Row)>, Failed> {
    let mut request = PageRequest { filter: filter.clone(), after: None, limit };
    let mut lines = Vec::new();
    for _ in 0..pages {
        let page = tenant.page(&request).await?;
        lines.extend(page.lines.into_iter().map(|(id, row)| (id.number(), row)));
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    Ok(lines)
}

/// Holds the first pages and the count beside what is picked out of all lines.
pub(crate) async fn finds_what_it_should(
    tenant: &Tenant<Test>,
    all: &[(u64, Row)],
    filter: &Filter,
) -> Result<(), Failed> {
    let (limit, pages) = (40, 3);
    let mut expected: Vec<_> = all.iter().filter(|(_, row)| filter.matches(row)).collect();
    expected.sort_by_cached_key(|(number, row)| Reverse(filter.cursor(*number, row)));
    let count = expected.len();
    expected.truncate(usize::try_from(limit)? * pages);
    let found = lines(tenant, filter, (limit, pages)).await?;
    assert!(found.iter().eq(expected), "the lines of {filter:?}");
    let expected = u32::try_from(count)?.min(COUNTED);
    assert_eq!(tenant.count(filter).await?, expected, "the count of {filter:?}");
    let request = PageRequest { filter: filter.clone(), after: None, limit };
    let (page, counted) = tenant.counted_page(&request).await?;
    assert_eq!(counted, expected, "the count of {filter:?} with its first page");
    let page = page.lines.into_iter().map(|(id, row)| (id.number(), row));
    assert!(page.eq(found.into_iter().take(usize::try_from(limit)?)), "the page with its count");
    Ok(())
}

/// Counts what it is given and throws it away.
struct Counted(u64);

impl ExportSink for Counted {
    fn write(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), ExportError>> {
        self.0 += bytes.len() as u64;
        Box::pin(core::future::ready(Ok(())))
    }
}

fn high_water() -> Result<u64, Failed> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?;
    Ok(kibibytes.trim().parse::<u64>()? << 10)
}

/// In the role of a process that exports, and says by how much its memory grew.
pub(crate) fn export(place: &Place, what: u64) {
    let grown = runtime().block_on(async {
        let backend = place.open().await?;
        let tenant = tenant(&*backend, 1).await;
        let request =
            ExportRequest { filter: Filter::default(), person: "Anna Nowak", now: start() };
        tenant.page(&PageRequest { filter: Filter::default(), after: None, limit: 50 }).await?;
        let (before, mut sink) = (high_water()?, Counted(0));
        match what {
            0 => tenant.export_csv(&request, &mut sink).await?,
            _ => tenant.export_upos(&request, &mut sink).await?,
        }
        Ok::<_, Failed>((high_water()?.saturating_sub(before), sink.0))
    });
    let (grown, bytes) = grown.expect("it exports");
    println!("{grown} {bytes}");
}

fn grown(place: &Place, what: u64) -> Result<u64, Failed> {
    let said = start_role("export", place.address(), what).wait_with_output()?;
    let line = String::from_utf8(said.stdout)?;
    let (grown, bytes) = line.trim().split_once(' ').ok_or("the growth and the length")?;
    println!("{} KiB more for {} MiB", grown.parse::<u64>()? >> 10, bytes.parse::<u64>()? >> 20);
    Ok(grown.parse()?)
}

pub(crate) fn exports_stay_small() -> Result<(), Failed> {
    let all = rows(100_000);
    let place = Place::folder()?;
    fill_sqlite(Path::new(place.address()), all, Receipts::Shared)?;
    assert!(grown(&place, 0)? <= MEMORY_BYTES, "the CSV of {all} rows takes too much memory");
    let (place, all) = (Place::folder()?, all / 9);
    fill_sqlite(Path::new(place.address()), all, Receipts::Own)?;
    assert!(grown(&place, 1)? <= MEMORY_BYTES, "the ZIP of {all} receipts takes too much memory");
    Ok(())
}
