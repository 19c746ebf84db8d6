//! The list of sessions.

use core::fmt;

use ksef_core::{ReferenceNumber, Timestamp};

use super::Status;
use super::invoices::PAGE_SIZE;
use crate::auth::AuthSession;
use crate::error::Error;
use crate::listing::Listing;
use crate::pipeline::{ApiRequest, page};
use crate::wire::operation::Operation;
use crate::wire::sessions::{SessionItem, SessionsResponse};

/// A kind of session (OpenAPI, `SessionType`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a third kind would be new operations")]
pub enum SessionType {
    /// Invoices one by one.
    Online,
    /// Invoices in a package.
    Batch,
}

/// Which sessions are listed.
///
/// ```
/// use ksef_client::{SessionFilter, SessionType};
///
/// let batches = SessionFilter::new(SessionType::Batch);
/// assert_eq!(batches, SessionFilter::new(SessionType::Batch));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionFilter {
    session_type: SessionType,
    created_from: Option<Timestamp>,
    created_to: Option<Timestamp>,
}

/// A session in the list of sessions.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListedSession {
    /// Its reference number.
    pub reference_number: ReferenceNumber,
    /// Its status.
    pub status: Status,
    /// When it was opened.
    pub date_created: Timestamp,
    /// When something last happened in it.
    pub date_updated: Timestamp,
    /// When it closes by itself, while it is open.
    pub valid_until: Option<Timestamp>,
    /// How many invoices it holds.
    pub invoices: u32,
    /// How many of them were accepted.
    pub successful: u32,
    /// How many of them were rejected.
    pub failed: u32,
}

impl SessionFilter {
    /// All sessions of this kind.
    #[must_use]
    pub const fn new(session_type: SessionType) -> Self {
        Self { session_type, created_from: None, created_to: None }
    }

    /// The same, but those only that were opened at this time or later.
    #[must_use]
    pub const fn created_from(mut self, from: Timestamp) -> Self {
        self.created_from = Some(from);
        self
    }

    /// The same, but those only that were opened until this time.
    #[must_use]
    pub const fn created_to(mut self, to: Timestamp) -> Self {
        self.created_to = Some(to);
        self
    }
}

impl AuthSession {
    /// The sessions of the context, in a list that is read to its end. Without the permission
    /// `Introspection` they are those that this login's subject opened.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn sessions(&self, filter: &SessionFilter) -> Result<Vec<ListedSession>, Error> {
        let mut request =
            ApiRequest::new(Operation::ListSessions).query("sessionType", &filter.session_type);
        if let Some(from) = &filter.created_from {
            request = request.query("dateCreatedFrom", from);
        }
        if let Some(to) = &filter.created_to {
            request = request.query("dateCreatedTo", to);
        }
        Listing::of(self, Ok(request), PAGE_SIZE, page::<SessionsResponse, _>).all().await
    }
}

impl From<SessionItem> for ListedSession {
    fn from(body: SessionItem) -> Self {
        Self {
            reference_number: body.reference_number,
            status: body.status.into(),
            date_created: body.date_created,
            date_updated: body.date_updated,
            valid_until: body.valid_until,
            invoices: body.total_invoice_count,
            successful: body.successful_invoice_count,
            failed: body.failed_invoice_count,
        }
    }
}

/// As the API writes it.
impl fmt::Display for SessionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Online => "Online",
            Self::Batch => "Batch",
        })
    }
}
