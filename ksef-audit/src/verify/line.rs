//! What is read of submissions, many at once: a question to the store takes longer than its answer.

use std::collections::BTreeSet;

use futures_util::stream::{self, Stream};
use ksef_core::Sha256Digest;

use crate::entry::{Body, Entry};
use crate::store::{Content, DocumentKind, Key, Store};
use crate::{Error, Row};

/// How many lines of the audit log are read at once, with all their documents.
const PAGE: u32 = 64;

/// A line of the audit log, with everything that it must agree with.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) row: Row,
    /// The entries of the submission, if it has any.
    pub(super) entries: Option<Vec<Entry>>,
    /// The submission that the idempotency key in the entries finds.
    pub(super) found: Option<Key>,
    /// The documents of which the entries speak.
    pub(super) documents: Vec<Document>,
}

type Name = (DocumentKind, Sha256Digest);

/// A document, and what is kept under its name.
pub(super) struct Document {
    pub(super) name: Name,
    pub(super) content: Option<Content>,
}

/// The rows of all lines, by number, some at a time.
pub(super) fn pages(store: &dyn Store) -> impl Stream<Item = Result<Vec<(u64, Row)>, Error>> {
    stream::try_unfold(1, async |from| {
        let rows = store.lines(from, PAGE).await?;
        let last = rows.last().map(|(number, _)| *number);
        Ok(last.map(|last| (rows, last + 1)))
    })
}

/// The lines with these rows.
pub(super) async fn read(store: &dyn Store, rows: Vec<(u64, Row)>) -> Result<Vec<Line>, Error> {
    let keys: Vec<_> = rows.iter().map(|(number, _)| store.scope().key(*number)).collect();
    let histories = store.entries_of(&keys).await?;
    let line = |((number, row), entries)| Line {
        number,
        row,
        entries,
        found: None,
        documents: Vec::new(),
    };
    let mut lines: Vec<_> = rows.into_iter().zip(histories).map(line).collect();
    find(store, &mut lines).await?;
    fill(store, &mut lines).await?;
    Ok(lines)
}

async fn find(store: &dyn Store, lines: &mut [Line]) -> Result<(), Error> {
    let keys: Vec<_> = lines.iter().filter_map(Line::idempotency_key).collect();
    let mut found = store.find_each(&keys).await?.into_iter();
    for line in lines.iter_mut().filter(|line| line.idempotency_key().is_some()) {
        line.found = found.next().flatten();
    }
    Ok(())
}

async fn fill(store: &dyn Store, lines: &mut [Line]) -> Result<(), Error> {
    let names: Vec<_> = lines.iter().flat_map(Line::names).collect();
    let mut contents = store.documents(&names).await?.into_iter();
    for line in lines {
        let document = |name| Document { name, content: contents.next().flatten() };
        line.documents = line.names().into_iter().map(document).collect();
    }
    Ok(())
}

impl Line {
    /// The key that created the submission. What was announced has it before it has its source.
    fn idempotency_key(&self) -> Option<&str> {
        self.entries.iter().flatten().find_map(|entry| match &entry.body {
            Body::Announced(announcement) => Some(announcement.idempotency_key.as_str()),
            Body::Source(source) => Some(source.idempotency_key.as_str()),
            _ => None,
        })
    }

    /// The documents of which the entries speak, each once.
    fn names(&self) -> BTreeSet<Name> {
        self.entries.iter().flatten().filter_map(document_of).collect()
    }
}

/// The document that an entry speaks of.
pub(crate) fn document_of(entry: &Entry) -> Option<(DocumentKind, Sha256Digest)> {
    use ksef_core::submission::Fact;

    Some(match &entry.body {
        Body::Source(source) => (DocumentKind::Source, source.digest),
        Body::Fact(Fact::Prepared { document }) => (DocumentKind::Invoice, document.digest),
        Body::Fact(Fact::ReceiptStored { digest, .. }) => (DocumentKind::Upo, *digest),
        Body::Quarantined { digest } => (DocumentKind::Quarantined, *digest),
        _ => return None,
    })
}
