#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod code;
mod context;
#[cfg(feature = "fetch")]
#[cfg_attr(docsrs, doc(cfg(feature = "fetch")))]
pub mod fetch;
mod map;
pub mod model;
pub mod nbp;
mod outcome;
pub mod policy;
mod read;
mod strip;
#[cfg(feature = "stub")]
#[cfg_attr(docsrs, doc(cfg(feature = "stub")))]
pub mod stub;
pub mod webhook;

pub use code::{Code, Effect, Language};
pub use context::{
    Context, ExchangeRate, FiledOriginal, Original, Profile, RateLookup, RateOfExchange,
};
pub use map::{exchange_day, map_credit_note, map_invoice};
pub use outcome::{Evidence, ExchangeRateUsed, Note, NoteKind, Outcome, Reason};
pub use policy::Policies;
pub use read::{MAX_SOURCE_BYTES, ReadError, ReadErrorCode};
pub use strip::without_cards;
