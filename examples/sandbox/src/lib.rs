#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod administration;
mod archive;
mod auth;
mod base64_bytes;
mod clock;
mod config;
mod decimal;
mod exception;
mod exchange;
mod faults;
mod handlers;
mod invoices;
mod keys;
mod limiter;
mod mint;
mod operation;
mod pages;
mod persist;
mod router;
mod sandbox;
mod serve;
mod sessions;
mod storage;
mod table;
#[cfg(test)]
mod test_client;
#[cfg(test)]
mod test_support;
mod upo;
mod world;

pub use config::{Config, Delays};
pub use faults::{ArmedFault, Fault, FaultKind, Place};
pub use invoices::AcceptedInvoice;
pub use keys::{Keys, KeysError, SessionKeyFault};
pub use operation::{Credential, Operation, Permission};
pub use persist::StateError;
pub use sandbox::{ClientAddress, Dropped, HeldBack, Sandbox, StartError};
pub use serve::Handle;
