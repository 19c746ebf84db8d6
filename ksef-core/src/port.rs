//! The seams at which the crates meet without knowing each other.
//!
//! Who stores accepted documents needs someone who verifies receipts; who keeps connections needs
//! a place for secrets. These traits are that: one crate asks, another answers, and neither
//! depends on the other. Where a port does input or output it returns a boxed future and needs no
//! particular runtime.

mod second_leg;
mod secret_store;
mod upo_verifier;

#[cfg(feature = "test-util")]
pub use second_leg::RecordingSecondLeg;
pub use second_leg::{SecondLeg, SecondLegError, SecondLegInvoice, SecondLegReference};
#[cfg(feature = "test-util")]
pub use secret_store::InMemorySecretStore;
pub use secret_store::{SecretKey, SecretStore, SecretStoreError};
#[cfg(feature = "test-util")]
pub use upo_verifier::ScriptedUpoVerifier;
pub use upo_verifier::{UpoExpectation, UpoMismatch, UpoVerifier};

use core::pin::Pin;

/// A future behind a pointer, so that a trait with it can be used as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The cause of a failed input or output, whatever library it comes from.
pub type BoxError = Box<dyn core::error::Error + Send + Sync>;
