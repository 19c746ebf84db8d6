#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod code;
mod date;
mod digest;
mod document;
mod error;
mod invoice_kind;
mod nip;
#[cfg(test)]
mod test_support;
mod text;
mod timestamp;

#[cfg(feature = "test-util")]
pub use clock::FixedClock;
pub use clock::{Clock, SystemClock};
pub use date::InvoiceDate;
pub use digest::Sha256Digest;
pub use document::{InvoiceXml, UpoXml};
pub use error::{ParseError, ParseErrorReason};
pub use invoice_kind::{DocumentType, InvoiceKind};
pub use nip::Nip;
pub use timestamp::Timestamp;
