//! `Timer`, how the client waits.

use core::fmt::Debug;
use core::time::Duration;

use ksef_core::port::BoxFuture;

/// Waits. The default is `TokioTimer` (feature `reqwest`); tests give one that moves their clock.
pub trait Timer: Debug + Send + Sync {
    /// Comes back after this time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// The timer of tokio; it needs a tokio runtime with its timer on.
#[cfg(feature = "reqwest")]
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to set about it")]
pub struct TokioTimer;

#[cfg(feature = "reqwest")]
impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
