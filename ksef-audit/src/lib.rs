#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod completeness;
#[cfg(feature = "export")]
pub mod export;
pub mod log;
pub mod retention;
pub mod secrets;
