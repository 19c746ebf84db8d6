//! How fast a whole log is verified, and how much memory exports take.
//!
//! `cargo bench -p ksef-audit --features export --bench audit` prints a line per figure, and fails if
//! one is beyond its bound. `KSEF_BENCH_ENTRIES` sets how many entries the log has and how many rows are
//! exported, of which a tenth have a UPO.

use std::io::{self, Write};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use ksef_audit::export::{ExportError, ExportRow, NamedDocument, write_csv, write_documents};
use ksef_audit::log::{ChainVerifier, Frontier, Record, RecordKind, Tag, leaf_hash};
use ksef_core::{
    DocumentType, Environment, InvoiceDate, KsefNumber, Sha256Digest, SubmissionStatus, TenantId,
    Timestamp,
};

const MEMORY_BYTES: u64 = 64 << 20;
const CHAIN: Duration = Duration::from_secs(10);

type Failure = Box<dyn core::error::Error>;

fn main() -> Result<(), Failure> {
    let entries = env::var("KSEF_BENCH_ENTRIES").map_or(Ok(1_000_000), |text| text.parse())?;
    let receipts = entries / 10;
    let csv = grown(|| {
        let rows = (0..entries).map(row);
        write_csv(io::sink(), rows).map(drop)
    })?;
    let zip = grown(|| {
        let receipts = (0..receipts).map(receipt);
        write_documents(io::sink(), receipts).map(drop)
    })?;
    // Last, since the memory that it frees would hide what the exports take.
    let chain = verify_chain(entries)?;
    let mut out = io::stdout().lock();
    writeln!(out, "chain of {entries} entries: {} ms", chain.as_millis())?;
    writeln!(out, "CSV of {entries} rows: {} KiB more, {} ms", csv.0 >> 10, csv.1.as_millis())?;
    writeln!(out, "ZIP of {receipts} UPOs: {} KiB more, {} ms", zip.0 >> 10, zip.1.as_millis())?;
    if chain > CHAIN || csv.0 > MEMORY_BYTES || zip.0 > MEMORY_BYTES {
        return Err("beyond its bound".into());
    }
    Ok(())
}

/// The time to verify a log, on one core. The records are in memory, so that no disk is measured.
fn verify_chain(entries: u64) -> Result<Duration, Failure> {
    let tenant = TenantId::from_bytes([7; 16])?;
    let moment: Timestamp = "2026-11-20T12:00:00Z".parse()?;
    let mut frontier = Frontier::new();
    let mut records = Vec::new();
    for sequence in 0..entries {
        let record = Record::new(RecordKind::Fact, tenant, Environment::Test)
            .with(Tag::Sequence, sequence)
            .with(Tag::RecordedAt, moment)
            .with(Tag::Submission, sequence / 6)
            .with(Tag::Position, sequence % 6)
            .with(Tag::Name, "intent")
            .with(Tag::XmlDigest, Sha256Digest::of(&sequence.to_be_bytes()))
            .with(Tag::Session, "20250626-SO-2F14610000-242991F8C9-B4")
            .with(Tag::Details, vec![b'{'; 160])
            .encode()?;
        frontier.append(leaf_hash(&record));
        records.push(record);
    }
    let start = Instant::now();
    let mut verifier = ChainVerifier::new(tenant, Environment::Test, []);
    for record in &records {
        verifier.push(record)?;
    }
    verifier.finish(&frontier.head())?;
    Ok(start.elapsed())
}

/// How much the resident memory of the process grew at most, and the time it took.
fn grown(work: impl FnOnce() -> Result<(), ExportError>) -> Result<(u64, Duration), Failure> {
    // Resets the high-water mark of the process.
    fs::write(format!("/proc/{}/clear_refs", process::id()), "5")?;
    let before = high_water()?;
    let start = Instant::now();
    work()?;
    let elapsed = start.elapsed();
    Ok((high_water()?.saturating_sub(before), elapsed))
}

fn high_water() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kibibytes.ok_or("no VmHWM")?.trim().parse::<u64>()? << 10)
}

fn number(place: u64) -> Result<KsefNumber, Failure> {
    let [.., a, b, c, d] = place.to_be_bytes();
    let date = InvoiceDate::new(2026, 11, 20)?;
    Ok(KsefNumber::new("5265877635".parse()?, date, [1, 0, a, b, c, d])?)
}

fn row(place: u64) -> Result<ExportRow, String> {
    let build = || -> Result<ExportRow, Failure> {
        let moment: Timestamp = "2026-11-20T12:00:00Z".parse()?;
        Ok(ExportRow {
            order_reference: format!("FV/{place}/2026"),
            customer: "Przedsiębiorstwo Handlowe \"Żółw\" Sp. z o.o.".to_owned(),
            nip: Some("5265877635".parse()?),
            document_type: Some(DocumentType::Vat),
            ksef_number: Some(number(place)?),
            upo_number: Some("20250626-EU-2F14610000-242991F8C9-B4".parse()?),
            fakturownia_id: None,
            status: SubmissionStatus::Accepted,
            session: Some("20250626-SO-2F14610000-242991F8C9-B4".parse()?),
            xml_digest: Some(Sha256Digest::of(&place.to_be_bytes())),
            submitted_at: Some(moment),
            accepted_at: Some(moment),
            error: None,
            upo_downloaded_at: Some(moment),
            environment: Environment::Test,
            attempt: 1,
        })
    };
    build().map_err(|error| error.to_string())
}

fn receipt(place: u64) -> Result<NamedDocument, String> {
    let upo = format!("<Potwierdzenie>{}</Potwierdzenie>", format!("{place} ").repeat(800));
    Ok(NamedDocument {
        order_reference: format!("FV/{place}/2026"),
        ksef_number: Some(number(place).map_err(|error| error.to_string())?),
        modified: None,
        bytes: upo.into_bytes().into(),
    })
}
