//! Batches: many invoices in one package.
//!
//! KSeF API, `sesja-wsadowa.md`: the invoices go into a flat archive, which is cut into at most 50
//! parts of at most 100 MB; each part is encrypted on its own. This module makes such packages
//! from documents one after another, so that memory does not depend on how many there are, and
//! needs no network.
//!
//! ```
//! use ksef_client::batch::{PackageOptions, PartFolder, pack};
//! use ksef_client::encryption::SessionKey;
//! use ksef_core::InvoiceXml;
//!
//! let invoices = (1..=3).map(|number| {
//!     let xml = InvoiceXml::new(format!("<Faktura>{number}</Faktura>").into_bytes())?;
//!     Ok::<_, ksef_core::ParseError>((format!("{number}.xml"), xml))
//! });
//! let (key, folder) = (SessionKey::generate()?, PartFolder::temporary()?);
//! let (manifest, folder) = pack(invoices, &key, &PackageOptions::default(), folder)?;
//!
//! assert_eq!(manifest.file_parts.len(), 1);
//! assert_eq!(manifest.documents[2].file_name, "3.xml");
//!
//! // Another process may go on from here.
//! folder.save(&manifest)?;
//! assert_eq!(folder.load()?, manifest);
//! folder.verify(&manifest)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod folder;
mod manifest;
mod package;
mod parts;
#[cfg(test)]
mod tests;

pub use folder::{PartFault, PartFolder, StoreError};
pub use manifest::{CompressionType, PackageManifest, PackagePart, PackedDocument};
pub use package::{PackError, PackageError, PackageOptions, PackageWriter, pack, pack_folder};
pub use parts::{PartSink, PartsInMemory};
