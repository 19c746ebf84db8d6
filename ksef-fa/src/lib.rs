#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod lexical;
pub mod model;
pub mod schema;
mod version;
mod xml;

pub use model::Invoice;
pub use version::{Schema, SchemaVersion};
