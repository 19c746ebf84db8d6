#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
mod auth;
#[cfg(feature = "batch")]
#[cfg_attr(docsrs, doc(cfg(feature = "batch")))]
pub mod batch;
pub mod certificates;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod collective_identifiers;
pub mod encryption;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod identifier;
pub mod limits;
#[cfg(feature = "client")]
mod listing;
#[cfg(feature = "client")]
mod open_code;
#[cfg(feature = "client")]
mod peppol;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod permissions;
#[cfg(feature = "client")]
mod pipeline;
#[cfg(feature = "client")]
mod policy;
#[cfg(feature = "client")]
mod problem;
#[cfg(feature = "client")]
mod public_keys;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod retrieval;
#[cfg(feature = "client")]
mod session;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod status_service;
#[cfg(feature = "client")]
mod stored;
#[cfg(feature = "test-data")]
#[cfg_attr(docsrs, doc(cfg(feature = "test-data")))]
pub mod test_data;
#[cfg(feature = "client")]
mod timer;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod tokens;
#[cfg(feature = "client")]
mod transport;
pub mod verification_link;
#[cfg(feature = "client")]
mod warning;
#[cfg(feature = "client")]
mod wire;
#[cfg(feature = "xades")]
#[cfg_attr(docsrs, doc(cfg(feature = "xades")))]
pub mod xades;

#[cfg(all(feature = "batch", feature = "client"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "batch", feature = "client"))))]
pub use self::session::{
    BatchSession, DocumentOutcome, PartSource, PreparedBatch, UploadOptions, UploadProgress,
};
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use self::timer::TokioTimer;
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use self::transport::ReqwestTransport;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use self::{
    auth::{
        AuthSession, AuthenticationCategory, AuthenticationMethod, AuthenticationSession,
        Credentials,
    },
    client::{Client, ClientBuilder},
    error::{
        Error, InputError, LostAnswer, NoAnswer, OutcomeUnknown, Rejection, StoredError, TimedOut,
        Unreadable,
    },
    identifier::Identifier,
    listing::Listing,
    peppol::PeppolProvider,
    policy::{PollPolicy, RetryPolicy},
    problem::{ApiError, Problem},
    public_keys::{PublicKey, PublicKeyUsage},
    session::{
        Accepted, ClosedSession, InvoiceStatus, InvoicingMode, Journal, Link, ListedSession,
        OnlineSession, OutgoingInvoice, Performed, Receipt, SessionFilter, SessionStatus,
        SessionType, Status, Submission, UpoPage,
    },
    timer::Timer,
    transport::{Delivery, Transport, TransportError},
    warning::SystemWarning,
    wire::operation::{Effect, Operation},
};
