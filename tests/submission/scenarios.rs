//! The rules of the submission machine, one test each, told as stories: what happened at which
//! moment, and what is due then.

mod codes;
mod duplicates;
mod facts;
mod people;
mod receipts;
mod reconciling;
mod sending;
mod story;
