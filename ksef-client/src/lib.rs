#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "batch")]
#[cfg_attr(docsrs, doc(cfg(feature = "batch")))]
pub mod batch;
pub mod certificates;
pub mod encryption;
pub mod limits;
pub mod verification_link;
#[cfg(feature = "xades")]
#[cfg_attr(docsrs, doc(cfg(feature = "xades")))]
pub mod xades;
