#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod lexical;
pub mod model;
mod profile;
mod read;
mod report;
pub mod schema;
mod validate;
mod version;
mod xml;

pub use model::Invoice;
pub use profile::{
    MAX_BYTES, MAX_BYTES_WITH_ATTACHMENT, MAX_DEPTH, MAX_ISSUES, Profile, SessionKind,
};
pub use report::{Code, Enforcement, Issue, Language, Layer, Position, Report, Severity};
pub use validate::{validate, validate_from};
pub use version::{Schema, SchemaVersion};
