#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

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
pub mod query;
pub mod retention;
pub mod secrets;
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

pub use entry::Entry;
pub use environment::{Demo, EnvironmentType, Production, Test};
pub use error::Error;
pub use memory::InMemory;
#[cfg(feature = "object-store")]
pub use object::WithObjects;
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use submission::{Row, Submission};
pub use tenant::{
    Append, COUNTED, First, Leased, NewSubmission, Page, Prepared, ReceiptVerdict, Source,
    SubmissionId, Tenant,
};
pub use verify::{Finding, Verification, VerifyOptions};
