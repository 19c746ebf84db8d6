#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod lexical;
pub mod schema;
mod version;

pub use version::{Schema, SchemaVersion};
