#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod batch;
pub mod encryption;
pub mod limits;
#[cfg(feature = "client")]
mod policy;
#[cfg(feature = "client")]
mod timer;
#[cfg(feature = "client")]
mod transport;
#[cfg(feature = "xades")]
#[cfg_attr(docsrs, doc(cfg(feature = "xades")))]
pub mod xades;

#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use self::timer::TokioTimer;
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use self::transport::ReqwestTransport;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use self::{
    policy::{PollPolicy, RetryPolicy},
    timer::Timer,
    transport::{Delivery, Transport, TransportError},
};
