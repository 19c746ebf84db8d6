#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod nip;
mod pesel;
mod shape;
#[cfg(test)]
mod test_support;
mod text;

pub use error::{ParseError, ParseErrorReason};
pub use nip::Nip;
pub use pesel::Pesel;
