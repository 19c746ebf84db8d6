#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod certificate_fingerprint;
mod collective_identifier;
mod context_identifier;
mod crc8;
mod error;
mod internal_id;
mod ksef_number;
mod legacy_ksef_id;
mod nip;
mod nip_vat_ue;
mod peppol_id;
mod pesel;
mod reference_number;
mod shape;
#[cfg(test)]
mod test_support;
mod text;
mod vat_ue;

pub use certificate_fingerprint::CertificateFingerprint;
pub use collective_identifier::CollectiveIdentifier;
pub use context_identifier::{ContextIdentifier, ContextIdentifierKind};
pub use error::{ParseError, ParseErrorReason};
pub use internal_id::InternalId;
pub use ksef_number::KsefNumber;
pub use legacy_ksef_id::LegacyKsefId;
pub use nip::Nip;
pub use nip_vat_ue::NipVatUe;
pub use peppol_id::PeppolId;
pub use pesel::Pesel;
pub use reference_number::{ReferenceNumber, ReferenceNumberKind};
pub use vat_ue::VatUe;
