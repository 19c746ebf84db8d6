//! Exports: the audit log as CSV, documents as ZIP, and evidence bundles with their verifiers.
//!
//! All of them are streams: rows and documents are taken one by one from an iterator, whatever
//! backend feeds it, and written at once. The same input gives the same bytes.
//!
//! ```
//! use ksef_audit::export::{COLUMNS, ExportError, ExportRow, write_csv};
//!
//! let nothing: [Result<ExportRow, ExportError>; 0] = [];
//! let csv = write_csv(Vec::new(), nothing)?;
//! assert_eq!(String::from_utf8(csv).unwrap(), format!("{}\r\n", COLUMNS.join(",")));
//! # Ok::<(), ExportError>(())
//! ```

use std::io;

use ksef_core::port::BoxError;

mod archive;
mod bundle;
mod csv_table;
mod documents;
mod row;
mod verify;

pub use bundle::{BundleDocument, BundleWriter, ProvenRecord, VERIFIER};
pub(crate) use csv_table::CsvTable;
pub use csv_table::write_csv;
pub(crate) use documents::DocumentArchive;
pub use documents::{NamedDocument, write_documents};
pub use row::{COLUMNS, ExportRow};
pub use verify::{BundleFinding, BundleReport, verify_bundle};

/// Why an export was broken off. What was written until then is to be thrown away.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The rows or documents could not be read.
    #[error("what is to be exported cannot be read")]
    Source {
        /// What happened.
        source: BoxError,
    },
    /// The export could not be written.
    #[error("the export cannot be written; is there space for it?")]
    Write {
        /// What happened.
        source: BoxError,
    },
    /// The origin of the log is too long for a bundle to be signed in its name.
    #[error("the origin of the log is too long")]
    Origin,
    /// A file of a bundle was to be written twice.
    #[error("the bundle has this file already: {0}")]
    Twice(String),
}

impl ExportError {
    fn write(error: impl Into<BoxError>) -> Self {
        Self::Write { source: error.into() }
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::write(error)
    }
}

/// What an iterator gave, or why it gave nothing.
fn read<T, E: Into<BoxError>>(item: Result<T, E>) -> Result<T, ExportError> {
    item.map_err(|error| ExportError::Source { source: error.into() })
}
