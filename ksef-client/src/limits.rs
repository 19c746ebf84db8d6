//! Limits of KSeF: how much may be sent, and how often.

mod session_limits;

pub use session_limits::{DocumentTooLarge, SessionLimits};
