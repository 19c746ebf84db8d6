#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(dead_code, missing_docs, unused_imports, reason = "the handlers are under way")]

mod administration;
mod archive;
mod auth;
mod base64_bytes;
mod clock;
mod config;
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
mod router;
mod sandbox;
mod serve;
mod sessions;
mod storage;
mod table;
#[cfg(test)]
mod test_support;
mod upo;
mod world;

pub use config::{Config, Delays};
pub use keys::{Keys, KeysError, SessionKeyFault};
pub use operation::{Credential, Operation, Permission};
pub use sandbox::{ClientAddress, Dropped, HeldBack, Sandbox, StartError};
pub use serve::Handle;
