//! Bytes of XML.

pub(crate) mod writer;
