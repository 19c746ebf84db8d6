//! Reading from Stripe and the National Bank, and writing the KSeF number back.
//!
//! What is read is handed on as the bytes that came, so that they can be stored as the source; the
//! mapper never comes here. A [`Transport`] carries the requests, a [`Timer`] waits between them.

mod access;
mod caller;
mod error;
mod invoice;
mod jitter;
mod json;
mod rates;
mod refusal;
#[cfg(feature = "reqwest")]
mod reqwest;
mod secret_store;
mod stripe;
mod sweep;
#[cfg(test)]
mod tests;
mod transport;
mod write_back;

#[cfg(feature = "reqwest")]
pub use self::reqwest::{ReqwestTransport, TokioTimer};
pub use access::{ApiKey, BaseAddress};
pub use caller::Caller;
pub use error::FetchError;
pub use invoice::FetchedObject;
pub use rates::Nbp;
pub use secret_store::StripeSecretStore;
pub use stripe::{API_VERSION, Stripe};
pub use sweep::EventQuery;
pub use transport::{Timer, Transport, TransportError};
pub use write_back::WriteBack;
