//! Sessions and what becomes of the invoices in them.

#[cfg(feature = "batch")]
mod batch;
mod invoices;
mod list;
mod online;
mod outgoing;
mod perform;
mod receipts;
mod status;
mod submission;

#[cfg(feature = "batch")]
pub use self::batch::{
    BatchSession, DocumentOutcome, PartSource, PreparedBatch, UploadOptions, UploadProgress,
};
pub use self::list::{ListedSession, SessionFilter, SessionType};
#[cfg(feature = "batch")]
pub(crate) use self::online::check_origin;
pub use self::online::{ClosedSession, OnlineSession};
pub use self::outgoing::OutgoingInvoice;
pub use self::perform::Performed;
pub use self::receipts::Receipt;
pub use self::status::{InvoiceStatus, InvoicingMode, Link, SessionStatus, Status, UpoPage};
pub use self::submission::{Accepted, Journal, Submission};
