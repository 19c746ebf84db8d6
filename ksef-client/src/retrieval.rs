//! Fetching invoices: lists of them, packages, and keeping up with what is new.
//!
//! - One invoice by its number: [`AuthSession::invoice`](crate::AuthSession::invoice), and
//!   [`AuthSession::stored_invoice`](crate::AuthSession::stored_invoice), which waits until KSeF
//!   has stored it for good.
//! - What is known of the invoices that a filter finds:
//!   [`AuthSession::query_metadata`](crate::AuthSession::query_metadata).
//! - The invoices themselves, as a package (feature `batch`): `AuthSession::order_export`.
//! - All that are new, again and again, none left out and none twice (feature `batch`):
//!   `AuthSession::sync_invoices`.

#[cfg(feature = "batch")]
mod export;
mod filters;
mod metadata;
#[cfg(feature = "batch")]
mod package;
mod pages;
mod stored_invoice;
#[cfg(feature = "batch")]
mod sync;

#[cfg(feature = "batch")]
pub use self::export::{Export, ExportContent, ExportPackage};
pub use self::filters::{AmountType, DateType, InvoiceFilters, SubjectType};
pub use self::metadata::{InvoiceMetadata, MetadataAmount, Party, Seller};
#[cfg(feature = "batch")]
pub use self::package::{ExportFault, FetchedInvoice, FetchedPackage};
pub use self::pages::{MetadataPage, MetadataPages};
#[cfg(feature = "batch")]
pub use self::sync::{InvoiceSync, SyncBatch};
