//! The model against the tables: the same structure, and every path through a reading and back.

mod document;
mod fields;
mod round_trip;
