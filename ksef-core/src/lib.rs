#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod amount;
mod certificate_fingerprint;
mod clock;
mod code;
mod collective_identifier;
mod context_identifier;
mod crc8;
mod currency;
mod date;
mod digest;
mod document;
mod endpoints;
mod environment;
mod error;
mod form_code;
mod internal_id;
mod invoice_kind;
mod ksef_number;
mod legacy_ksef_id;
mod nip;
mod nip_vat_ue;
mod number;
mod peppol_id;
mod pesel;
pub mod port;
mod quantity;
mod reference_number;
#[cfg(test)]
#[cfg(all(feature = "proptest", feature = "serde"))]
mod round_trips;
mod rounding;
mod secret;
mod shape;
mod status;
pub mod submission;
mod tenant_id;
#[cfg(test)]
mod test_support;
mod text;
mod timestamp;
mod vat_ue;
mod working_day;

pub use amount::Amount;
pub use certificate_fingerprint::CertificateFingerprint;
#[cfg(feature = "test-util")]
pub use clock::FixedClock;
pub use clock::{Clock, SystemClock};
pub use collective_identifier::CollectiveIdentifier;
pub use context_identifier::{ContextIdentifier, ContextIdentifierKind};
pub use currency::Currency;
pub use date::InvoiceDate;
pub use digest::Sha256Digest;
pub use document::{InvoiceXml, UpoXml};
pub use endpoints::{EndpointError, Endpoints};
pub use environment::Environment;
pub use error::{ParseError, ParseErrorReason};
pub use form_code::{FormCode, OtherFormCode};
pub use internal_id::InternalId;
pub use invoice_kind::{DocumentType, InvoiceKind};
pub use ksef_number::KsefNumber;
pub use legacy_ksef_id::LegacyKsefId;
pub use nip::Nip;
pub use nip_vat_ue::NipVatUe;
pub use number::ArithmeticError;
pub use peppol_id::PeppolId;
pub use pesel::Pesel;
pub use quantity::{Percent, Quantity, UnitPrice};
pub use reference_number::{ReferenceNumber, ReferenceNumberKind};
pub use rounding::divide_half_up;
pub use secret::Secret;
pub use status::SubmissionStatus;
pub use tenant_id::TenantId;
pub use timestamp::Timestamp;
pub use vat_ue::VatUe;
