//! What the proof suites share. How to run them and what they need: `README.md` beside this package.

pub mod official_data;
pub mod samples;
pub mod suite;
