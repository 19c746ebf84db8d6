//! The columns of an export.

use ksef_core::{
    DocumentType, Environment, KsefNumber, Nip, ReferenceNumber, Sha256Digest, SubmissionStatus,
    Timestamp,
};

/// The columns, in their order.
pub const COLUMNS: [&str; 16] = [
    "Order Reference",
    "Customer",
    "NIP",
    "Document Type",
    "KSeF-ID",
    "UPO Number",
    "Fakturownia ID",
    "Status",
    "Session Ref",
    "XML Hash",
    "Submitted At",
    "Accepted At",
    "Error",
    "UPO Downloaded At",
    "Environment",
    "Attempt",
];

/// One row of an export.
///
/// Times are written in ISO 8601 with the offset of Warsaw, the hash in lower-case hexadecimal as
/// `sha256sum` prints it. What there is not yet is an empty cell.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "built by every backend; a new field is a new column"
)]
pub struct ExportRow {
    /// `P_2`, unless the source or the API gave another reference.
    pub order_reference: String,
    /// The buyer's name.
    pub customer: String,
    /// The buyer's NIP.
    pub nip: Option<Nip>,
    /// The type of the document; none where nothing was mapped.
    pub document_type: Option<DocumentType>,
    /// The number that KSeF gave it.
    pub ksef_number: Option<KsefNumber>,
    /// The reference number of the session's UPO.
    pub upo_number: Option<ReferenceNumber>,
    /// The id in the second invoicing system.
    pub fakturownia_id: Option<String>,
    /// Where it stands.
    pub status: SubmissionStatus,
    /// The reference number of the session.
    pub session: Option<ReferenceNumber>,
    /// The SHA-256 of the XML.
    pub xml_digest: Option<Sha256Digest>,
    /// When it was sent.
    pub submitted_at: Option<Timestamp>,
    /// When KSeF accepted it, by KSeF's clock.
    pub accepted_at: Option<Timestamp>,
    /// Why it was not accepted.
    pub error: Option<String>,
    /// When the UPO was stored.
    pub upo_downloaded_at: Option<Timestamp>,
    /// Which KSeF it was sent to.
    pub environment: Environment,
    /// How many attempts there were.
    pub attempt: u32,
}

impl ExportRow {
    /// The cells, in the order of [`COLUMNS`], safe for spreadsheets.
    pub(super) fn cells(&self) -> [String; COLUMNS.len()] {
        [
            neutralised(&self.order_reference),
            neutralised(&self.customer),
            text(self.nip),
            text(self.document_type),
            text(self.ksef_number),
            text(self.upo_number),
            neutralised(self.fakturownia_id.as_deref().unwrap_or_default()),
            self.status.to_string(),
            text(self.session),
            self.xml_digest.map(Sha256Digest::to_hex).unwrap_or_default(),
            text(self.submitted_at.map(Timestamp::warsaw)),
            text(self.accepted_at.map(Timestamp::warsaw)),
            neutralised(self.error.as_deref().unwrap_or_default()),
            text(self.upo_downloaded_at.map(Timestamp::warsaw)),
            self.environment.to_string(),
            self.attempt.to_string(),
        ]
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The text with an apostrophe before everything that a spreadsheet might run as a formula.
///
/// A formula begins with `=`, `+`, `-`, `@` or their full-width forms. It need not begin the cell:
/// a spreadsheet that separates by semicolons, as Polish ones do, cuts a cell with semicolons into
/// several. An apostrophe in such a place gets one too, so that the text can be told back.
pub(super) fn neutralised(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut is_start = true;
    for c in text.chars() {
        if is_start && "=+-@'\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c) {
            safe.push('\'');
        }
        safe.push(c);
        is_start = ";,\t\r\n\"|".contains(c) || (is_start && c == ' ');
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_neutralised_wherever_a_spreadsheet_may_find_them() {
        for (text, safe) in [
            ("", ""),
            ("FV/1-2+3@x=y", "FV/1-2+3@x=y"),
            ("=1+1", "'=1+1"),
            (" =1+1", " '=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-5", "'-5"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\t=1", "\t'=1"),
            ("Firma;=HYPERLINK(\"x\")", "Firma;'=HYPERLINK(\"x\")"),
            ("a\n+1", "a\n'+1"),
            ("'quoted'", "''quoted'"),
            ("'=1", "''=1"),
        ] {
            assert_eq!(neutralised(text), safe);
        }
    }

    proptest! {
        #[test]
        fn no_part_of_a_cell_starts_a_formula(text in "[=+\\-@' ;,|\"\ta-c\u{ff1d}]{0,20}") {
            let safe = neutralised(&text);
            for part in safe.split([';', ',', '\t', '\r', '\n', '"', '|']) {
                let first = part.trim_start_matches(' ').chars().next();
                prop_assert!(!first.is_some_and(|c| "=+-@\u{ff1d}".contains(c)), "{}", safe);
            }
        }

        #[test]
        fn different_texts_have_different_cells(
            one in "[=' ;a]{0,6}",
            other in "[=' ;a]{0,6}",
        ) {
            prop_assert_eq!(neutralised(&one) == neutralised(&other), one == other);
        }
    }
}
