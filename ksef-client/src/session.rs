//! Sessions and what becomes of the invoices in them.

mod invoices;
mod online;
mod outgoing;
mod perform;
mod receipts;
mod status;
mod submission;

pub use self::online::{ClosedSession, OnlineSession};
pub use self::outgoing::OutgoingInvoice;
pub use self::perform::Performed;
pub use self::receipts::Receipt;
pub use self::status::{InvoiceStatus, InvoicingMode, Link, SessionStatus, Status, UpoPage};
pub use self::submission::{Accepted, Journal, Submission};
