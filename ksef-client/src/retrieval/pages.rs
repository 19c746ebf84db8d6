//! `MetadataPages`, a list of invoices page by page.

use std::collections::HashMap;

use futures_util::{Stream, TryStreamExt as _, stream};
use ksef_core::{KsefNumber, Timestamp};

use super::{InvoiceFilters, InvoiceMetadata};
use crate::auth::AuthSession;
use crate::error::{Error, LostAnswer, NoAnswer, Unreadable};
use crate::pipeline::{ApiRequest, json};
use crate::wire::operation::Operation;
use crate::wire::retrieval::MetadataResponse;

/// The most invoices that a page has.
const PAGE_SIZE: u32 = 250;

/// The most pages of a filter: those of 10,000 invoices.
const MOST_PAGES: u32 = 40;

/// The list of the invoices that a filter finds, oldest first, page by page.
///
/// KSeF gives 10,000 invoices to a filter at most; the list goes on by itself behind the last of
/// them, and an invoice that comes twice at such a place is left out. Each page is a request of
/// the 20 per hour that KSeF admits: for many invoices an export is better.
///
/// While invoices are still coming in, a list by another date than that of permanent storage, or
/// one that is not [`InvoiceFilters::only_complete`], may miss some of them.
#[derive(Debug)]
pub struct MetadataPages {
    auth: AuthSession,
    filters: InvoiceFilters,
    page: u32,
    /// What was listed under these filters, and where it stands.
    seen: HashMap<KsefNumber, Timestamp>,
    is_at_end: bool,
}

/// A page of a list of invoices.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MetadataPage {
    /// The invoices that were not on a page before.
    pub invoices: Vec<InvoiceMetadata>,
    /// Up to when KSeF has stored all invoices for good (`permanentStorageHwmDate`), for lists by
    /// that date.
    pub complete_up_to: Option<Timestamp>,
}

impl AuthSession {
    /// Lists the invoices that a filter finds.
    #[must_use]
    pub fn query_metadata(&self, filters: InvoiceFilters) -> MetadataPages {
        let (page, seen, is_at_end) = (0, HashMap::new(), false);
        MetadataPages { auth: self.clone(), filters, page, seen, is_at_end }
    }
}

impl MetadataPages {
    /// The next page; none after the last one. After an error the same page is asked for again.
    ///
    /// # Errors
    ///
    /// As every reading request; [`Error::Refused`] with 21183 when the range begins after the
    /// time up to which storage is complete. [`Error::NoAnswer`] with
    /// [`Unreadable::EndlessList`] when more than 10,000 invoices have the same date: narrow the
    /// filters.
    pub async fn next(&mut self) -> Result<Option<MetadataPage>, Error> {
        if self.is_at_end {
            return Ok(None);
        }
        let request = ApiRequest::new(Operation::QueryInvoiceMetadata)
            .query("sortOrder", &"Asc")
            .query("pageOffset", &self.page)
            .query("pageSize", &PAGE_SIZE)
            .json(&self.filters.body)?;
        let answer: MetadataResponse = self.auth.call(&request, json).await?;
        let mut invoices: Vec<InvoiceMetadata> =
            answer.invoices.into_iter().map(InvoiceMetadata::from).collect();
        let last = invoices.last().map(|last| last.position(self.filters.date_type));
        let is_endless = if answer.is_truncated {
            last.is_none_or(|last| last <= self.filters.from())
        } else {
            answer.has_more && self.page >= MOST_PAGES
        };
        if is_endless {
            let operation = Some(Operation::QueryInvoiceMetadata);
            let cause = LostAnswer::Unreadable(Unreadable::EndlessList);
            return Err(Error::NoAnswer(Box::new(NoAnswer { operation, cause })));
        }
        invoices.retain(|invoice| {
            let position = invoice.position(self.filters.date_type);
            self.seen.insert(invoice.ksef_number, position).is_none()
        });
        if answer.is_truncated {
            self.go_on_from(last);
        } else if answer.has_more {
            self.page += 1;
        } else {
            self.is_at_end = true;
        }
        Ok(Some(MetadataPage { invoices, complete_up_to: answer.permanent_storage_hwm_date }))
    }

    /// All invoices, one by one. It ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<InvoiceMetadata, Error>> + Send {
        stream::try_unfold(self, |mut pages| async move {
            let page = pages.next().await?;
            Ok::<_, Error>(page.map(|page| (page, pages)))
        })
        .map_ok(|page| stream::iter(page.invoices.into_iter().map(Ok)))
        .try_flatten()
    }

    /// The filters begin with the last date, whose invoices come again.
    fn go_on_from(&mut self, last: Option<Timestamp>) {
        let Some(last) = last else { return };
        self.filters.set_from(last);
        self.page = 0;
        self.seen.retain(|_, position| *position >= last);
    }
}
