//! The audit log as people read it: pages, newest first, and counts.

use super::{SubmissionId, Tenant};
use crate::environment::EnvironmentType;
use crate::query::{Counts, Cursor, Filter, PageRequest};
use crate::{Error, Row};

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

impl<E: EnvironmentType> Tenant<E> {
    /// A page of the audit log, newest first: by the date that is filtered for, or by number.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn page(&self, request: &PageRequest) -> Result<Page<E>, Error> {
        let rows = self.store.rows(request).await?;
        let full = rows.len() == usize::try_from(request.limit).unwrap_or(usize::MAX);
        let cursor =
            |(key, row): &(crate::store::Key, Row)| request.filter.cursor(key.number(), row);
        let next = rows.last().filter(|_| full).map(cursor);
        let lines = rows.into_iter().map(|(key, row)| (SubmissionId::new(key), row)).collect();
        Ok(Page { lines, next })
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
}
