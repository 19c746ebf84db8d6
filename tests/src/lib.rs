//! What the proof suites share. How to run them and what they need: `README.md` beside this package.

pub mod browser;
pub mod client;
pub mod contract;
pub mod fa;
pub mod log;
pub mod official_data;
pub mod planted;
pub mod postgres;
pub mod python;
pub mod samples;
pub mod sandbox;
pub mod suite;
pub mod xml_corpus;
pub mod xmllint;

/// The examples of the repository's README run as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
