//! `InvoiceSync`, which keeps up with the invoices of a subject.

use core::time::Duration;
use std::collections::HashSet;

use ksef_core::port::BoxError;
use ksef_core::{ContextIdentifier, Environment, KsefNumber, ReferenceNumber, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    DateType, Export, ExportContent, ExportFault, ExportPackage, FetchedInvoice, FetchedPackage,
    InvoiceFilters, InvoiceMetadata, SubjectType,
};
use crate::auth::AuthSession;
use crate::error::{Error, InputError};
use crate::pipeline::Poll;
use crate::policy::PollPolicy;
use crate::problem::Problem;
use crate::session::check_origin;
use crate::stored;

/// The kind under which a position is kept.
const KIND: &str = "invoice_sync";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a range may be: KSeF takes 100 days and counts both ends.
const LONGEST_RANGE: Duration = DAY.saturating_mul(99);

/// For how long a package is waited for before another one is ordered.
const ABANDONED_AFTER: Duration = Duration::from_secs(2 * 60 * 60);

/// The status of an export whose range begins after the time up to which storage is complete.
const BEYOND_AVAILABLE_DATA: u16 = 420;

/// Fetches all invoices of a subject, in the order in which KSeF stored them, package by package.
///
/// KSeF says up to when its storage is complete (the high-water mark); nothing is fetched beyond
/// that, so nothing can come in before the place where the next package begins. Packages touch
/// there, and what two of them have is handed over once, by its KSeF number.
///
/// The position moves in [`InvoiceSync::commit`] and nowhere else: only when all invoices of the
/// package are here, and the caller has stored them. After a crash before that, the same invoices
/// come again; store them under their KSeF numbers.
///
/// There is a chain for each [`SubjectType`]. KSeF admits 20 exports per hour for all of them, and
/// asks not to come more often than every 15 minutes for each.
///
/// ```no_run
/// use ksef_client::retrieval::SubjectType;
/// use ksef_client::{AuthSession, PollPolicy};
///
/// # async fn example(login: AuthSession) -> Result<(), Box<dyn std::error::Error>> {
/// let from = "2026-11-01T00:00:00Z".parse()?;
/// let mut sync = login.sync_invoices(SubjectType::Subject2, from);
/// while let Some(mut batch) = sync.next(&PollPolicy::default()).await? {
///     batch.for_each(|invoice| {
///         std::fs::write(invoice.metadata.ksef_number.to_string(), invoice.xml.as_bytes())?;
///         Ok(())
///     })?;
///     let is_last = batch.is_last();
///     sync.commit(batch)?;
///     // Keep sync.to_secret() here.
///     if is_last {
///         break;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct InvoiceSync {
    auth: AuthSession,
    subject_type: SubjectType,
    from: Timestamp,
    /// What was handed over of the invoices that the next package begins with.
    seen: HashSet<KsefNumber>,
    /// What was ordered and is not committed.
    pending: Option<Pending>,
}

/// A package that was ordered, and the end of its range where it is not now.
#[derive(Debug)]
struct Pending {
    export: Export,
    to: Option<Timestamp>,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    environment: Environment,
    context: ContextIdentifier,
    subject_type: SubjectType,
    from: Timestamp,
    seen: HashSet<KsefNumber>,
    pending: Option<StoredPending>,
}

#[derive(Deserialize, Serialize)]
struct StoredPending {
    #[serde(with = "stored::secret_text")]
    export: Secret<String>,
    to: Option<Timestamp>,
}

/// The invoices of a package that were not handed over before. All of them are on this machine.
#[derive(Debug)]
pub struct SyncBatch {
    export: ReferenceNumber,
    package: FetchedPackage,
    next_from: Timestamp,
    next_seen: HashSet<KsefNumber>,
    is_last: bool,
}

impl AuthSession {
    /// Begins to fetch the invoices in which the context is this party, from this time of
    /// permanent storage on.
    #[must_use]
    pub fn sync_invoices(&self, subject_type: SubjectType, from: Timestamp) -> InvoiceSync {
        let (seen, pending) = (HashSet::new(), None);
        InvoiceSync { auth: self.clone(), subject_type, from, seen, pending }
    }

    /// Goes on where [`InvoiceSync::to_secret`] was kept, here or elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Stored`] when it cannot be read, or belongs to another environment or context.
    pub fn resume_sync(&self, stored: &Secret<String>) -> Result<InvoiceSync, Error> {
        let stored: Stored = stored::read(KIND, stored)?;
        check_origin(self, stored.environment, stored.context)?;
        let pending = stored.pending.map(|pending| {
            let export = self.resume_export(&pending.export)?;
            Ok::<_, Error>(Pending { export, to: pending.to })
        });
        Ok(InvoiceSync {
            auth: self.clone(),
            subject_type: stored.subject_type,
            from: stored.from,
            seen: stored.seen,
            pending: pending.transpose()?,
        })
    }
}

impl InvoiceSync {
    /// As which party the context sees the invoices.
    #[must_use]
    pub const fn subject_type(&self) -> SubjectType {
        self.subject_type
    }

    /// Up to which time of permanent storage everything has been handed over and stored.
    #[must_use]
    pub const fn position(&self) -> Timestamp {
        self.from
    }

    /// What [`AuthSession::resume_sync`] takes. The key of a package that is ordered is in it:
    /// keep it encrypted.
    #[must_use]
    pub fn to_secret(&self) -> Secret<String> {
        let pending = self.pending.as_ref();
        let state = Stored {
            environment: self.auth.client().environment(),
            context: self.auth.context(),
            subject_type: self.subject_type,
            from: self.from,
            seen: self.seen.clone(),
            pending: pending.map(|pending| StoredPending {
                export: pending.export.to_secret(),
                to: pending.to,
            }),
        };
        stored::write(KIND, &state)
    }

    /// Orders the next package, unless one is ordered. [`InvoiceSync::next`] does it by itself;
    /// whoever keeps [`InvoiceSync::to_secret`] in between does not lose the package by a crash.
    ///
    /// Should the answer be lost, another one is ordered: an order changes nothing but the number
    /// of packages that are being made.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with 21182 while ten others are being made, [`Error::OutcomeUnknown`]
    /// when answers go on being lost.
    pub async fn order(&mut self) -> Result<(), Error> {
        if self.pending.is_some() {
            return Ok(());
        }
        let (filters, to) = self.filters();
        let mut poll = Poll::retrying(self.auth.client().pipeline());
        let export = loop {
            match self.auth.order_export(&filters, ExportContent::Invoices).await {
                Err(error @ Error::OutcomeUnknown(_)) => {
                    if !poll.pause_if_possible(None).await {
                        return Err(error);
                    }
                }
                ordered => break ordered?,
            }
        };
        self.pending = Some(Pending { export, to });
        Ok(())
    }

    /// The next package, when all of its invoices are on this machine; none when KSeF has not
    /// stored anything after the position yet. The same package comes again until it is committed.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] when the package is not ready by the deadline: the next call goes on
    /// waiting for it; one that comes two hours after the order orders another one, unless it is
    /// ready then. [`Error::ExportFailed`] and [`Error::Export`] when it cannot be had: another one
    /// is ordered in its place, at once where it was ordered before this call, otherwise by the
    /// next call. As every reading request.
    pub async fn next(&mut self, policy: &PollPolicy) -> Result<Option<SyncBatch>, Error> {
        if self.pending.is_some() {
            let is_overdue = self.is_overdue();
            let policy = if is_overdue { policy.deadline(Duration::ZERO) } else { *policy };
            let answer = self.ask(&policy).await;
            // Whoever exits with the error comes back with what was kept before it.
            if answer.is_ok() || self.pending.is_some() {
                return answer;
            }
        }
        self.ask(policy).await
    }

    async fn ask(&mut self, policy: &PollPolicy) -> Result<Option<SyncBatch>, Error> {
        match self.order().await {
            Err(error) if error.has_code(Problem::BEYOND_HWM) => return Ok(None),
            ordered => ordered?,
        }
        let Some(pending) = &self.pending else { return Ok(None) };
        let fetched = fetch(&pending.export, policy).await;
        let batch = match fetched {
            Ok((package, fetched)) => self.batch(&package, fetched),
            Err(error) => Err(error),
        };
        match batch {
            Ok(batch) => Ok(Some(batch)),
            Err(Error::ExportFailed(status)) if status.code == BEYOND_AVAILABLE_DATA => {
                self.pending = None;
                Ok(None)
            }
            Err(error) => {
                if self.is_lost(&error) {
                    self.pending = None;
                }
                Err(error)
            }
        }
    }

    /// Moves behind a package, all of whose invoices the caller has stored.
    ///
    /// # Errors
    ///
    /// [`InputError::OtherBatch`] when the package is not the one that came last from here.
    pub fn commit(&mut self, batch: SyncBatch) -> Result<(), Error> {
        let pending =
            self.pending.take_if(|pending| pending.export.reference_number() == batch.export);
        if pending.is_none() {
            return Err(InputError::OtherBatch.into());
        }
        self.from = batch.next_from;
        self.seen = batch.next_seen;
        Ok(())
    }

    fn filters(&self) -> (InvoiceFilters, Option<Timestamp>) {
        let date_type = DateType::PermanentStorage;
        let filters = InvoiceFilters::new(self.subject_type, date_type, self.from).only_complete();
        let end = self.from.checked_add(LONGEST_RANGE);
        match end.filter(|end| *end < self.auth.client().now()) {
            Some(to) => (filters.to(to), Some(to)),
            None => (filters, None),
        }
    }

    fn batch(
        &self,
        package: &ExportPackage,
        mut fetched: FetchedPackage,
    ) -> Result<SyncBatch, Error> {
        let Some(pending) = &self.pending else {
            return Err(InputError::OtherBatch.into());
        };
        let next_from = self.next_from(package, pending.to)?;
        let mut next_seen = fetched.numbers_from(next_from);
        if next_from == self.from {
            next_seen.extend(&self.seen);
        }
        fetched.leave_out(&self.seen);
        Ok(SyncBatch {
            export: pending.export.reference_number(),
            package: fetched,
            next_from,
            next_seen,
            is_last: !package.is_truncated && pending.to.is_none(),
        })
    }

    /// Where the next package begins.
    fn next_from(
        &self,
        package: &ExportPackage,
        to: Option<Timestamp>,
    ) -> Result<Timestamp, ExportFault> {
        if package.is_truncated {
            let last = package.last_permanent_storage_date.filter(|last| *last > self.from);
            return last.ok_or(ExportFault::NoProgress);
        }
        match (package.permanent_storage_hwm_date, to) {
            (Some(complete), to) => Ok(to.map_or(complete, |to| complete.min(to)).max(self.from)),
            // What came is handed over, and comes again.
            (None, None) => Ok(self.from),
            (None, Some(_)) => Err(ExportFault::NoProgress),
        }
    }

    /// Whether nothing more can come of what was ordered.
    fn is_lost(&self, error: &Error) -> bool {
        match error {
            // There was no room for it here, which another package does not change.
            Error::Export(ExportFault::Write(_)) => false,
            Error::ExportFailed(_) | Error::Export(_) | Error::Encryption(_) => true,
            Error::Refused(problem) => !problem.is_about_pace() && !error.is_unauthorized(),
            Error::TimedOut(_) => self.is_overdue(),
            _ => false,
        }
    }

    /// Whether what was ordered has been waited for long enough.
    fn is_overdue(&self) -> bool {
        let now = self.auth.client().now();
        let ordered_at = self.pending.as_ref().map(|pending| pending.export.ordered_at());
        ordered_at.is_some_and(|at| now.saturating_duration_since(at) >= ABANDONED_AFTER)
    }
}

async fn fetch(
    export: &Export,
    policy: &PollPolicy,
) -> Result<(ExportPackage, FetchedPackage), Error> {
    let package = export.ready(policy).await?;
    let fetched = export.fetch(&package).await?;
    Ok((package, fetched))
}

impl SyncBatch {
    /// What is known of its invoices, oldest first.
    #[must_use]
    pub fn metadata(&self) -> &[InvoiceMetadata] {
        self.package.metadata()
    }

    /// Hands over its invoices, one at a time, each once.
    ///
    /// # Errors
    ///
    /// [`ExportFault::Store`] with what `store` says, after which nothing more is handed over.
    pub fn for_each(
        &mut self,
        store: impl FnMut(FetchedInvoice) -> Result<(), BoxError>,
    ) -> Result<(), ExportFault> {
        self.package.for_each(store)
    }

    /// Whether KSeF had no more when the package was made: come again in 15 minutes.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.is_last
    }
}
