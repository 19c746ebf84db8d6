#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod amount;
mod clock;
mod code;
mod currency;
mod date;
mod digest;
mod document;
mod endpoints;
mod environment;
mod error;
mod form_code;
mod invoice_kind;
mod nip;
mod number;
mod quantity;
#[cfg(test)]
#[cfg(all(feature = "proptest", feature = "serde"))]
mod round_trips;
mod rounding;
mod secret;
mod tenant_id;
#[cfg(test)]
mod test_support;
mod text;
mod timestamp;

pub use amount::Amount;
#[cfg(feature = "test-util")]
pub use clock::FixedClock;
pub use clock::{Clock, SystemClock};
pub use currency::Currency;
pub use date::InvoiceDate;
pub use digest::Sha256Digest;
pub use document::{InvoiceXml, UpoXml};
pub use endpoints::{EndpointError, Endpoints};
pub use environment::Environment;
pub use error::{ParseError, ParseErrorReason};
pub use form_code::{FormCode, OtherFormCode};
pub use invoice_kind::{DocumentType, InvoiceKind};
pub use nip::Nip;
pub use number::ArithmeticError;
pub use quantity::{Percent, Quantity, UnitPrice};
pub use rounding::divide_half_up;
pub use secret::Secret;
pub use tenant_id::TenantId;
pub use timestamp::Timestamp;
