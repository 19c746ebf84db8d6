//! The audit log as people read it: pages, newest first, and counts.

use core::ops::RangeInclusive;

use ksef_core::{InvoiceDate, SubmissionStatus};

use super::{SubmissionId, Tenant};
use crate::completeness::{AtKsef, Completeness, InLedger, completeness};
use crate::environment::EnvironmentType;
use crate::query::{Counts, Cursor, DateOf, Dates, Filter, PageRequest};
use crate::store::Key;
use crate::{Entry, Error, Row};

/// How far filtered lines are counted; beyond it there are "1000+".
pub const COUNTED: u32 = 1_000;

/// A page of the audit log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<E: EnvironmentType> {
    /// The lines, newest first.
    pub lines: Vec<(SubmissionId<E>, Row)>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

impl<E: EnvironmentType> Page<E> {
    fn new(request: &PageRequest, rows: Vec<(Key, Row)>) -> Self {
        let next = request.next(&rows);
        let lines = rows.into_iter().map(|(key, row)| (SubmissionId::new(key), row)).collect();
        Self { lines, next }
    }
}

/// An entry of the log, at its place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Logged<E: EnvironmentType> {
    /// Its place in the log, counted from 0.
    pub sequence: u64,
    /// The submission that it is about; `None` for one about the tenant as a whole.
    pub id: Option<SubmissionId<E>>,
    /// Its place among the entries of the submission or among the notices, counted from 0.
    pub position: u64,
    /// The entry.
    pub entry: Entry,
}

impl<E: EnvironmentType> Tenant<E> {
    /// The entries of the log from the `from`-th on in their order, counted from 0, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if an entry cannot be read.
    pub async fn logged(&self, from: u64, limit: u32) -> Result<Vec<Logged<E>>, Error> {
        let scope = self.store.scope();
        let logged = |record: crate::store::Record| {
            let id =
                (record.submission > 0).then(|| SubmissionId::new(scope.key(record.submission)));
            let (sequence, position) = (record.sequence, record.position);
            Ok(Logged { sequence, id, position, entry: Entry::decode(&record.bytes)? })
        };
        self.store.records(from, limit).await?.into_iter().map(logged).collect()
    }

    /// A page of the audit log, newest first: by the date that is filtered for, or by number.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn page(&self, request: &PageRequest) -> Result<Page<E>, Error> {
        Ok(Page::new(request, self.store.rows(request).await?))
    }

    /// A page of the audit log, as [`Tenant::page`] says, with how many lines its filter leaves on all
    /// pages, counted up to [`COUNTED`]. Both together take less than one after the other.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn counted_page(&self, request: &PageRequest) -> Result<(Page<E>, u32), Error> {
        let found = self.store.counted_rows(request, COUNTED).await?;
        Ok((Page::new(request, found.rows), found.count))
    }

    /// The lines of which the order reference, or the id of the source, is exactly this, in the order of
    /// their numbers.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn named(&self, name: &str) -> Result<Vec<(SubmissionId<E>, Row)>, Error> {
        let rows = self.store.named(name).await?;
        Ok(rows.into_iter().map(|(key, row)| (SubmissionId::new(key), row)).collect())
    }

    /// How many submissions there are, by status.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn counts(&self) -> Result<Counts, Error> {
        self.store.counts().await
    }

    /// How many lines the filter leaves, counted up to [`COUNTED`].
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn count(&self, filter: &Filter) -> Result<u32, Error> {
        self.store.count(filter, COUNTED).await
    }

    /// Compares the documents that were issued in a period: those that the source has given out
    /// numbers for, the ledger, and what KSeF lists. What a rule left out is expected nowhere.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn completeness(
        &self,
        period: &RangeInclusive<InvoiceDate>,
        source: Vec<(String, InvoiceDate)>,
        at_ksef: Vec<AtKsef>,
    ) -> Result<Completeness, Error> {
        let dates = Some(Dates { of: DateOf::Issue, from: *period.start(), to: *period.end() });
        let filter = Filter { dates, ..Filter::default() };
        let mut request = PageRequest { filter, after: None, limit: 1_000 };
        let mut ledger = Vec::new();
        loop {
            let page = self.page(&request).await?;
            ledger.extend(page.lines.into_iter().filter_map(|(_, row)| in_ledger(row)));
            request.after = page.next;
            if request.after.is_none() {
                return Ok(completeness(period, source, ledger, at_ksef));
            }
        }
    }
}

fn in_ledger(row: Row) -> Option<InLedger> {
    if row.status == SubmissionStatus::Skipped {
        return None;
    }
    let accepted = row.digest.filter(|_| row.receipt.is_some());
    Some(InLedger { number: row.order_reference?, issued_on: row.p_1?, accepted })
}
