//! Rows of the audit log as they are after years, written past the log: their filters and counts are
//! true, and there is no timeline behind them.

use std::collections::BTreeMap;
use std::path::Path;

use ksef_audit::query::index_trigrams;
use ksef_core::{
    Clock as _, DocumentType, InvoiceDate, KsefNumber, ReferenceNumber, ReferenceNumberKind,
    Sha256Digest, SubmissionStatus, SystemClock,
};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::Failure;
use crate::company::NIP;

/// The NIP of most buyers, and that of one in a thousand.
pub(crate) const OFTEN: &str = "1111111111";
pub(crate) const RARE: &str = "7781464139";

const INSERT: &str = "INSERT INTO submission (number, entries, status, order_reference, source_id,
    customer, nip, document_type, ksef_number, upo_number, session, digest, receipt, p_1, created_at,
    submitted_at, accepted_at, upo_downloaded_at, error, attempt, searched)
    VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

/// Writes so many rows, issued in the course of the year that ended yesterday, into the only ledger
/// in this folder.
pub(crate) fn write(folder: &Path, all: u64) -> Result<(), Failure> {
    let mut connection = Connection::open(file(folder)?)?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000",
    )?;
    let transaction = connection.transaction()?;
    let receipt = b"<Potwierdzenie/>".as_slice();
    transaction.execute(
        "INSERT INTO document (digest, kind, bytes) VALUES (?, 'UPO', ?)",
        params![Sha256Digest::of(receipt).as_bytes(), receipt],
    )?;
    let mut grams: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut insert = transaction.prepare(INSERT)?;
    for number in 1..=all {
        let row = Row::new(number, all)?;
        for gram in index_trigrams(&row.searched()) {
            grams.entry(gram).or_default().push(number);
        }
        insert.execute(params_from_iter(row.values(Sha256Digest::of(receipt))?))?;
    }
    drop(insert);
    let mut insert = transaction.prepare("INSERT INTO trigram VALUES (?, ?)")?;
    for (gram, numbers) in &grams {
        for number in numbers {
            insert.execute(params![gram, i64::try_from(*number)?])?;
        }
    }
    drop(insert);
    let all = i64::try_from(all)?;
    transaction.execute("UPDATE indexed SET through = ?", [all])?;
    // The next submission has the number after that.
    transaction.execute("INSERT INTO idempotency VALUES ('the last row', ?)", [all])?;
    transaction.commit()?;
    Ok(())
}

fn file(folder: &Path) -> Result<std::path::PathBuf, Failure> {
    for file in folder.read_dir()? {
        let file = file?.path();
        if file.to_str().is_some_and(|name| name.ends_with(".test.sqlite")) {
            return Ok(file);
        }
    }
    Err("there is no ledger".into())
}

/// What a row is made of.
struct Row {
    number: u64,
    status: SubmissionStatus,
    issued: InvoiceDate,
}

impl Row {
    fn new(number: u64, all: u64) -> Result<Self, Failure> {
        let status = match number % 100 {
            0 => SubmissionStatus::Failed,
            1 => SubmissionStatus::Skipped,
            2 if number % 10_000 == 2 => SubmissionStatus::Terminated,
            _ => SubmissionStatus::Accepted,
        };
        let days = i64::try_from((all - number) * 365 / all)? + 1;
        let issued = SystemClock.today_in_warsaw().checked_add_days(-days).ok_or("a date")?;
        Ok(Self { number, status, issued })
    }

    fn reference(&self) -> String {
        format!("FV/{}/{}", self.number, self.issued.year())
    }

    fn source(&self) -> String {
        format!("in_{:x}", self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn searched(&self) -> String {
        format!("{}\n{}", self.reference(), self.source()).to_lowercase()
    }

    const fn nip(&self) -> &'static str {
        if self.number.is_multiple_of(1_000) { RARE } else { OFTEN }
    }

    fn values(&self, receipt: Sha256Digest) -> Result<[Value; 21], Failure> {
        let (number, date) = (self.number, self.issued);
        let at = Value::Text(date.start_in_warsaw().to_string());
        let kind = if number.is_multiple_of(50) { DocumentType::Kor } else { DocumentType::Vat };
        let session = ReferenceNumber::new(
            ReferenceNumberKind::OnlineSession,
            date.start_in_warsaw(),
            1,
            number / 100,
        )?;
        let [.., a, b, c, d] = number.to_be_bytes();
        let ksef_number = KsefNumber::new(NIP.parse()?, date, [1, 0, a, b, c, d])?;
        let is_accepted = self.status == SubmissionStatus::Accepted;
        let accepted = |value: Value| if is_accepted { value } else { Value::Null };
        let text = |text: &dyn ToString| Value::Text(text.to_string());
        let digest = |digest: Sha256Digest| Value::Blob(digest.as_bytes().to_vec());
        let error = if self.status == SubmissionStatus::Failed {
            text(&"nip_checksum")
        } else {
            Value::Null
        };
        Ok([
            Value::Integer(i64::try_from(number)?),
            Value::Integer(9),
            text(&self.status.as_str()),
            text(&self.reference()),
            text(&self.source()),
            Value::Text(format!("Customer {number}")),
            text(&self.nip()),
            text(&kind.as_str()),
            accepted(text(&ksef_number)),
            accepted(text(&session)),
            text(&session),
            digest(Sha256Digest::of(&number.to_be_bytes())),
            accepted(digest(receipt)),
            text(&date),
            at.clone(),
            at.clone(),
            accepted(at.clone()),
            accepted(at),
            error,
            Value::Integer(1),
            Value::Text(self.searched()),
        ])
    }
}
