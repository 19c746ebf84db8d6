//! Exports of what a filter leaves, as streams.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ksef_core::port::BoxFuture;
use ksef_core::submission::ReasonCode;
use ksef_core::{Sha256Digest, Timestamp};

use super::{Tenant, WRONG_BYTES};
use crate::checkpoints::Checkpoints;
use crate::environment::EnvironmentType;
use crate::export::{
    BundleDocument, BundleWriter, CsvTable, DocumentArchive, ExportError, ExportRow, NamedDocument,
    ProvenRecord,
};
use crate::log::{Checkpoint, ConsistencyProof, InclusionProof, MemoryTree, TreeHead, leaf_hash};
use crate::query::{Filter, PageRequest};
use crate::store::{DocumentKind, Key, Store};
use crate::{Error, Row};

/// How many lines are read at once.
const PAGE: u32 = 1_000;

/// How many documents are written before the sink gets them.
const DOCUMENTS: usize = 64;

/// What is to be exported, and who takes it away.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct ExportRequest<'a> {
    /// Which lines.
    pub filter: Filter,
    /// Who takes it away, for the log.
    pub person: &'a str,
    /// The present.
    pub now: Timestamp,
}

/// Takes an export as it is made. A slow one slows the export down, so little of it is in memory.
pub trait ExportSink: Send {
    /// Takes the next bytes.
    fn write(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), ExportError>>;
}

impl ExportSink for Vec<u8> {
    fn write(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), ExportError>> {
        self.extend(bytes);
        Box::pin(core::future::ready(Ok(())))
    }
}

impl ExportSink for std::fs::File {
    fn write(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), ExportError>> {
        Box::pin(core::future::ready(self.write_all(&bytes).map_err(ExportError::from)))
    }
}

/// What archives write into until the sink takes it.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    async fn drain(&self, sink: &mut dyn ExportSink) -> Result<(), Error> {
        let bytes = core::mem::take(&mut *self.lock());
        if !bytes.is_empty() {
            sink.write(bytes).await?;
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that a filter leaves, page by page, newest first.
struct Pages<'a> {
    store: &'a dyn Store,
    request: Option<PageRequest>,
}

impl<'a> Pages<'a> {
    fn new(store: &'a dyn Store, filter: &Filter) -> Self {
        Self {
            store,
            request: Some(PageRequest { filter: filter.clone(), after: None, limit: PAGE }),
        }
    }

    /// The next lines, none at the end.
    async fn next(&mut self) -> Result<Vec<(Key, Row)>, Error> {
        let Some(request) = &mut self.request else { return Ok(Vec::new()) };
        let rows = self.store.rows(request).await?;
        match rows.last() {
            Some((key, row)) => request.after = Some(request.filter.cursor(key.number(), row)),
            None => self.request = None,
        }
        Ok(rows)
    }
}

impl<E: EnvironmentType> Tenant<E> {
    /// Writes the lines that the filter leaves as CSV, see [`crate::export`]. They are those of one
    /// moment, and the same lines give the same bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Export`] if the sink does not take it. What was written is to be thrown away then.
    pub async fn export_csv(
        &self,
        request: &ExportRequest<'_>,
        sink: &mut dyn ExportSink,
    ) -> Result<(), Error> {
        let store = self.begin_export(request, "export_csv").await?;
        let buffer = Buffer::default();
        let mut table = CsvTable::new(buffer.clone())?;
        let mut pages = Pages::new(&*store, &request.filter);
        loop {
            let rows = pages.next().await?;
            if rows.is_empty() {
                break;
            }
            for (_, row) in rows {
                table.push(&export_row::<E>(row))?;
            }
            table.flush()?;
            buffer.drain(sink).await?;
        }
        table.finish()?;
        buffer.drain(sink).await
    }

    /// Writes the stored receipts (UPO) of the lines that the filter leaves as ZIP.
    ///
    /// # Errors
    ///
    /// As [`Tenant::export_csv`]; [`Error::Damaged`] if a document is not the one that was recorded.
    pub async fn export_upos(
        &self,
        request: &ExportRequest<'_>,
        sink: &mut dyn ExportSink,
    ) -> Result<(), Error> {
        let store = self.begin_export(request, "export_upos").await?;
        export_documents(&*store, request, DocumentKind::Upo, sink).await
    }

    /// Writes the invoices of the lines that the filter leaves as ZIP, each in its newest version.
    ///
    /// # Errors
    ///
    /// As [`Tenant::export_upos`].
    pub async fn export_invoices(
        &self,
        request: &ExportRequest<'_>,
        sink: &mut dyn ExportSink,
    ) -> Result<(), Error> {
        let store = self.begin_export(request, "export_invoices").await?;
        export_documents(&*store, request, DocumentKind::Invoice, sink).await
    }

    /// Writes an evidence bundle of the lines that the filter leaves: the table, the invoices, the
    /// receipts, every record about them with its proof, and a checkpoint, which is kept in the sink
    /// of `checkpoints` as well. It holds the hashes of the whole log in memory, 64 bytes a record.
    ///
    /// # Errors
    ///
    /// As [`Tenant::export_upos`].
    pub async fn export_bundle(
        &self,
        request: &ExportRequest<'_>,
        checkpoints: &Checkpoints,
        sink: &mut dyn ExportSink,
    ) -> Result<(), Error> {
        let store = self.begin_export(request, "export_bundle").await?;
        let origin = checkpoints.origin(self)?;
        let earlier = checkpoints.kept(self).await?.pop();
        let buffer = Buffer::default();
        let mut bundle = BundleWriter::new(buffer.clone());
        let numbers = write_rows::<E>(&*store, request, &mut bundle, (&buffer, sink)).await?;
        write_documents(&*store, request, &mut bundle, (&buffer, sink)).await?;
        let tree = tree(&*store).await?;
        write_records(&*store, &numbers, &tree, &mut bundle, (&buffer, sink)).await?;
        let head = tree.head();
        let checkpoint = checkpoints.signer().sign(&Checkpoint { origin, head });
        let proof = earlier.as_ref().and_then(|earlier| {
            let size = earlier.checkpoint().head.size;
            ConsistencyProof::build(size, head.size, |node| tree.node(node))
        });
        bundle.finish(&checkpoint, earlier.as_ref().zip(proof.as_ref()), checkpoints.signer())?;
        buffer.drain(sink).await
    }

    /// Records who takes what away, and gives the store as it is then.
    async fn begin_export(
        &self,
        request: &ExportRequest<'_>,
        what: &'static str,
    ) -> Result<Arc<dyn Store>, Error> {
        let what = ReasonCode::from_static(what);
        self.note_look(None, what, request.person, request.now).await?;
        self.store().snapshot().await
    }
}

/// A document of a line: what it is called, and which it is.
fn document_of(row: &Row, kind: DocumentKind) -> Option<(Sha256Digest, Option<Timestamp>)> {
    match kind {
        DocumentKind::Upo => Some((row.receipt?, row.upo_downloaded_at)),
        _ => Some((row.digest?, Some(row.created_at))),
    }
}

async fn named(
    store: &dyn Store,
    row: &Row,
    kind: DocumentKind,
) -> Result<Option<NamedDocument>, Error> {
    let Some((digest, modified)) = document_of(row, kind) else { return Ok(None) };
    let bytes = store.document(kind, digest).await?.into_bytes()?;
    if Sha256Digest::of(&bytes) != digest {
        return Err(WRONG_BYTES);
    }
    let (order_reference, ksef_number) = (reference(row), row.ksef_number);
    Ok(Some(NamedDocument { order_reference, ksef_number, modified, bytes }))
}

async fn export_documents(
    store: &dyn Store,
    request: &ExportRequest<'_>,
    kind: DocumentKind,
    sink: &mut dyn ExportSink,
) -> Result<(), Error> {
    let buffer = Buffer::default();
    let mut archive = DocumentArchive::new(buffer.clone());
    let mut pages = Pages::new(store, &request.filter);
    loop {
        let rows = pages.next().await?;
        if rows.is_empty() {
            break;
        }
        for some in rows.chunks(DOCUMENTS) {
            for (_, row) in some {
                if let Some(document) = named(store, row, kind).await? {
                    archive.push(&document)?;
                }
            }
            buffer.drain(sink).await?;
        }
    }
    archive.finish()?;
    buffer.drain(sink).await
}

type Target<'a> = (&'a Buffer, &'a mut dyn ExportSink);

/// Writes the table, and returns the numbers of the submissions in it.
async fn write_rows<E: EnvironmentType>(
    store: &dyn Store,
    request: &ExportRequest<'_>,
    bundle: &mut BundleWriter<Buffer>,
    (buffer, sink): Target<'_>,
) -> Result<BTreeSet<u64>, Error> {
    let mut numbers = BTreeSet::new();
    let mut table = CsvTable::new(bundle.table()?)?;
    let mut pages = Pages::new(store, &request.filter);
    loop {
        let rows = pages.next().await?;
        if rows.is_empty() {
            break;
        }
        for (key, row) in rows {
            numbers.insert(key.number());
            table.push(&export_row::<E>(row))?;
        }
        buffer.drain(sink).await?;
    }
    table.finish()?.finish()?;
    Ok(numbers)
}

async fn write_documents(
    store: &dyn Store,
    request: &ExportRequest<'_>,
    bundle: &mut BundleWriter<Buffer>,
    (buffer, sink): Target<'_>,
) -> Result<(), Error> {
    let kinds = [
        (DocumentKind::Invoice, BundleDocument::Invoice),
        (DocumentKind::Upo, BundleDocument::Upo),
    ];
    let mut pages = Pages::new(store, &request.filter);
    loop {
        let rows = pages.next().await?;
        if rows.is_empty() {
            return Ok(());
        }
        for (_, row) in &rows {
            for (kind, folder) in kinds {
                if let Some(document) = named(store, row, kind).await? {
                    bundle.document(folder, &document)?;
                }
            }
            buffer.drain(sink).await?;
        }
    }
}

/// The hashes of the whole log, which must lead to its head.
async fn tree(store: &dyn Store) -> Result<MemoryTree, Error> {
    let head: TreeHead = store.head().await?;
    let mut tree = MemoryTree::new();
    loop {
        let records = store.records(tree.head().size, PAGE).await?;
        if records.is_empty() {
            break;
        }
        tree.extend(records.iter().map(|record| leaf_hash(&record.bytes)));
    }
    let damaged = Error::Damaged { finding: "the records do not lead to the head of the log" };
    if tree.head() == head { Ok(tree) } else { Err(damaged) }
}

async fn write_records(
    store: &dyn Store,
    numbers: &BTreeSet<u64>,
    tree: &MemoryTree,
    bundle: &mut BundleWriter<Buffer>,
    (buffer, sink): Target<'_>,
) -> Result<(), Error> {
    let size = tree.head().size;
    let mut file = bundle.proven()?;
    let mut next = 0;
    loop {
        let records = store.records(next, PAGE).await?;
        let Some(last) = records.last() else { break };
        next = last.sequence + 1;
        for record in records.into_iter().filter(|record| numbers.contains(&record.submission)) {
            let proof = InclusionProof::build(record.sequence, size, |node| tree.node(node));
            let path = proof.ok_or(WRONG_BYTES)?.path;
            let (sequence, bytes) = (record.sequence, record.bytes);
            file.push(&ProvenRecord { sequence, bytes, path })?;
        }
        buffer.drain(sink).await?;
    }
    Ok(file.finish()?)
}

/// The source's id stands for the reference of what was never mapped.
fn reference(row: &Row) -> String {
    row.order_reference.as_ref().or(row.source_id.as_ref()).cloned().unwrap_or_default()
}

fn export_row<E: EnvironmentType>(row: Row) -> ExportRow {
    ExportRow {
        order_reference: reference(&row),
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
