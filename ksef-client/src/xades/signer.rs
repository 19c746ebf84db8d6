//! `Signer`, for keys that never leave their device.

use core::fmt::Debug;

use ksef_core::port::{BoxError, BoxFuture};

use super::{Certificate, SignatureAlgorithm, SigningKey};

/// A key that signs, wherever it is: an HSM, a smart card, a remote seal.
///
/// The future is boxed and needs no particular runtime. A device that blocks may do so inside it
/// where the caller can bear that; a service on the network simply awaits. Whoever needs no
/// future at all takes [`ToBeSigned`](super::ToBeSigned) apart from its completion, or a
/// [`SigningKey`] in memory.
///
/// What comes back is checked against the certificate before it is used.
pub trait Signer: Debug + Send + Sync {
    /// The certificate whose key signs.
    fn certificate(&self) -> &Certificate;

    /// The algorithm that [`Signer::sign`] uses.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs `message`, hashing it first with the hash of the algorithm.
    ///
    /// The value is the bare one for RSA, and `R‖S` of fixed width for ECDSA: many devices return
    /// DER, which KSeF refuses.
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, SignerError>>;
}

/// Why a [`Signer`] did not sign.
#[derive(Debug, thiserror::Error)]
#[error("the signer did not sign")]
pub struct SignerError {
    source: BoxError,
}

impl SignerError {
    /// An error with its cause.
    #[must_use]
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self { source: source.into() }
    }
}

impl Signer for SigningKey {
    fn certificate(&self) -> &Certificate {
        self.certificate()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm()
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, SignerError>> {
        let signed = self.sign_bytes(message).map_err(SignerError::new);
        Box::pin(core::future::ready(signed))
    }
}
