//! The audit log as CSV (RFC 4180, UTF-8).

use std::io::Write;

use csv::{Terminator, WriterBuilder};
use ksef_core::port::BoxError;

use super::row::{COLUMNS, ExportRow};
use super::{ExportError, read};

/// Writes rows as CSV and returns what it was written to.
///
/// # Errors
///
/// [`ExportError`], if a row cannot be read or written.
pub fn write_csv<W: Write, E: Into<BoxError>>(
    to: W,
    rows: impl IntoIterator<Item = Result<ExportRow, E>>,
) -> Result<W, ExportError> {
    let mut table = CsvTable::new(to)?;
    for row in rows {
        table.push(&read(row)?)?;
    }
    table.finish()
}

/// The table of [`write_csv`], for rows that come one by one.
pub(crate) struct CsvTable<W: Write>(csv::Writer<W>);

impl<W: Write> CsvTable<W> {
    /// Begins with the names of the columns.
    pub(crate) fn new(to: W) -> Result<Self, ExportError> {
        let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(to);
        table.write_record(COLUMNS).map_err(ExportError::write)?;
        Ok(Self(table))
    }

    pub(crate) fn push(&mut self, row: &ExportRow) -> Result<(), ExportError> {
        self.0.write_record(row.cells()).map_err(ExportError::write)
    }

    pub(crate) fn flush(&mut self) -> Result<(), ExportError> {
        Ok(self.0.flush()?)
    }

    pub(crate) fn finish(self) -> Result<W, ExportError> {
        self.0.into_inner().map_err(|error| error.into_error().into())
    }
}

/// Cuts CSV into rows of cells. Only what [`write_csv`] can have written is read: lines end with
/// CR and LF, and a quote stands at the edge of a cell or doubled within one.
pub(super) fn parse_csv(text: &str) -> Option<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (cell, after) = split_cell(rest)?;
        row.push(cell);
        if let Some(next) = after.strip_prefix(',') {
            rest = next;
        } else {
            rest = after.strip_prefix("\r\n")?;
            rows.push(core::mem::take(&mut row));
        }
        if rest.is_empty() && !row.is_empty() {
            return None;
        }
    }
    Some(rows)
}

fn split_cell(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', '"', '\r', '\n'])?;
        let (cell, rest) = text.split_at_checked(end)?;
        return Some((cell.to_owned(), rest));
    };
    let mut cell = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        cell.push_str(part);
        match after.strip_prefix('"') {
            Some(next) => {
                cell.push('"');
                rest = next;
            }
            None => return Some((cell, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ksef_core::{DocumentType, Environment, Sha256Digest, SubmissionStatus};
    use proptest::prelude::*;

    use super::*;

    fn row(order_reference: &str, customer: &str) -> ExportRow {
        ExportRow {
            order_reference: order_reference.to_owned(),
            customer: customer.to_owned(),
            nip: Some("5265877635".parse().unwrap()),
            document_type: Some(DocumentType::Vat),
            ksef_number: Some("5265877635-20250826-0100001AF629-AF".parse().unwrap()),
            upo_number: Some("20250626-EU-2F14610000-242991F8C9-B4".parse().unwrap()),
            fakturownia_id: None,
            status: SubmissionStatus::Accepted,
            session: Some("20250626-SO-2F14610000-242991F8C9-B4".parse().unwrap()),
            xml_digest: Some(Sha256Digest::of(b"abc")),
            submitted_at: Some("2026-07-01T10:00:00Z".parse().unwrap()),
            accepted_at: Some("2026-01-01T10:00:00Z".parse().unwrap()),
            error: None,
            upo_downloaded_at: None,
            environment: Environment::Test,
            attempt: 1,
        }
    }

    fn csv(rows: &[ExportRow]) -> String {
        let rows = rows.iter().cloned().map(Ok::<_, ExportError>);
        String::from_utf8(write_csv(Vec::new(), rows).unwrap()).unwrap()
    }

    #[test]
    fn the_columns_stand_in_their_order() {
        let text = csv(&[row("FV/1", "Żółw, \"Sp.\" z o.o.")]);
        let expected = "Order Reference,Customer,NIP,Document Type,KSeF-ID,UPO Number,\
            Fakturownia ID,Status,Session Ref,XML Hash,Submitted At,Accepted At,Error,\
            UPO Downloaded At,Environment,Attempt\r\n\
            FV/1,\"Żółw, \"\"Sp.\"\" z o.o.\",5265877635,VAT,\
            5265877635-20250826-0100001AF629-AF,20250626-EU-2F14610000-242991F8C9-B4,,ACCEPTED,\
            20250626-SO-2F14610000-242991F8C9-B4,\
            ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad,\
            2026-07-01T12:00:00.000+02:00,2026-01-01T11:00:00.000+01:00,,,TEST,1\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_row_that_cannot_be_read_breaks_the_export_off_with_its_cause() {
        let rows = [Ok(row("FV/1", "x")), Err("the database is gone")];
        let error = write_csv(Vec::new(), rows).unwrap_err();
        assert!(
            matches!(&error, ExportError::Source { source } if source.to_string().contains("gone"))
        );
    }

    #[test]
    fn what_no_export_has_is_not_read() {
        for bad in ["a", "a\n", "a,", "a,\r\nb", "\"a\r\n", "\"a\"b\r\n", "a\"b\r\n", "a\rb\r\n"] {
            assert_eq!(parse_csv(bad), None, "{bad:?}");
        }
        assert_eq!(parse_csv("a,\r\n"), Some(vec![vec!["a".to_owned(), String::new()]]));
        assert_eq!(parse_csv(""), Some(vec![]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            texts in prop::collection::vec(("[\\PC\r\n\",;]{0,12}", "[\\PC\r\n\"=]{0,12}"), 0..8),
        ) {
            let rows: Vec<_> = texts.iter().map(|(one, other)| row(one, other)).collect();
            let read = parse_csv(&csv(&rows)).unwrap();
            let expected: Vec<Vec<String>> = rows.iter().map(|row| row.cells().into()).collect();
            prop_assert_eq!(&read[1..], expected.as_slice());
            prop_assert_eq!(csv(&rows), csv(&rows));
        }
    }
}
