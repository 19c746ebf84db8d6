//! What is taken out of a ledger: the audit log as CSV, the receipts as ZIP.

use std::io::Write;

use ksef_audit::export::{ExportError, ExportRow, NamedDocument, write_csv, write_documents};
use ksef_audit::query::{Filter, PageRequest};
use ksef_audit::{EnvironmentType, Error, Row, SubmissionId, Tenant};

/// How many lines are read at once.
const PAGE: u32 = 1_000;

/// Why an export was broken off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// The export could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// The lines that the filter leaves, newest first.
pub(crate) async fn lines<E: EnvironmentType>(
    ledger: &Tenant<E>,
    filter: &Filter,
) -> Result<Vec<(SubmissionId<E>, Row)>, Error> {
    let mut request = PageRequest { filter: filter.clone(), after: None, limit: PAGE };
    let mut lines = Vec::new();
    loop {
        let page = ledger.page(&request).await?;
        lines.extend(page.lines);
        request.after = page.next;
        if request.after.is_none() {
            return Ok(lines);
        }
    }
}

/// Writes the audit log as CSV.
pub(crate) async fn csv<E: EnvironmentType, W: Write>(
    ledger: &Tenant<E>,
    filter: &Filter,
    to: W,
) -> Result<W, Broken> {
    let lines = lines(ledger, filter).await?;
    let rows = lines.into_iter().map(|(_, row)| Ok::<_, ExportError>(export_row::<E>(row)));
    Ok(write_csv(to, rows)?)
}

/// Writes the receipts as ZIP.
pub(crate) async fn receipts<E: EnvironmentType, W: Write>(
    ledger: &Tenant<E>,
    filter: &Filter,
    to: W,
) -> Result<W, Broken> {
    let mut documents = Vec::new();
    for (id, row) in lines(ledger, filter).await? {
        if row.receipt.is_none() {
            continue;
        }
        let upo = ledger.upo(id).await?;
        documents.push(Ok::<_, ExportError>(NamedDocument {
            order_reference: row.order_reference.unwrap_or_default(),
            ksef_number: row.ksef_number,
            modified: row.upo_downloaded_at,
            bytes: upo.shared_bytes(),
        }));
    }
    Ok(write_documents(to, documents)?)
}

/// The name of an exported file. One of TEST or DEMO says so.
pub(crate) fn file_name<E: EnvironmentType>(what: &str) -> String {
    match E::ENVIRONMENT {
        ksef_core::Environment::Production => what.to_owned(),
        environment => format!("{}-{what}", environment.as_str()),
    }
}

fn export_row<E: EnvironmentType>(row: Row) -> ExportRow {
    ExportRow {
        // What has no document has the id of its source.
        order_reference: row.order_reference.or(row.source_id).unwrap_or_default(),
        customer: row.customer.unwrap_or_default(),
        nip: row.nip,
        document_type: row.document_type,
        ksef_number: row.ksef_number,
        upo_number: row.upo_number,
        fakturownia_id: row.fakturownia_id,
        status: row.status,
        session: row.session,
        xml_digest: row.digest,
        submitted_at: row.submitted_at,
        accepted_at: row.accepted_at,
        error: row.error,
        upo_downloaded_at: row.upo_downloaded_at,
        environment: E::ENVIRONMENT,
        attempt: row.attempt,
    }
}
