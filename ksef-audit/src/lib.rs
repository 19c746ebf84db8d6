#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "object-store")]
pub mod backup;
mod checkpoints;
pub mod completeness;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod entry;
mod environment;
mod error;
#[cfg(feature = "export")]
pub mod export;
pub mod log;
mod memory;
#[cfg(feature = "object-store")]
mod object;
#[cfg(feature = "postgres")]
mod postgres;
mod profile;
pub mod query;
pub mod registry;
pub mod retention;
pub mod secrets;
mod setting;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
pub mod store;
mod submission;
mod tenant;
mod verify;
#[cfg(doctest)]
mod walls;

pub use checkpoints::Checkpoints;
pub use entry::Entry;
pub use environment::{Demo, EnvironmentType, Production, Test};
pub use error::Error;
pub use memory::InMemory;
#[cfg(feature = "object-store")]
pub use object::WithObjects;
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
pub use profile::CompanyProfile;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use submission::{Row, Submission};
pub use tenant::{
    Append, ApplicationChange, COUNTED, First, Leased, Logged, NewSubmission, Page, Prepared,
    ReceiptVerdict, Source, SubmissionId, Tenant,
};
#[cfg(feature = "export")]
pub use tenant::{ExportRequest, ExportSink};
pub use verify::{Finding, Verification, VerifyOptions};
