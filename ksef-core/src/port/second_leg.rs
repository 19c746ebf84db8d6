//! The second invoicing system of paired mode.

use core::fmt::{self, Debug};

use super::{BoxError, BoxFuture};
use crate::submission::ReasonCode;
use crate::{InvoiceXml, KsefNumber, TenantId};

/// A second invoicing system that is fed after KSeF, for example one that mails the PDF.
///
/// It is fed with accepted documents only, and it may be fed with the same one twice: the KSeF
/// number is the key by which it must recognise that.
pub trait SecondLeg: Debug + Send + Sync {
    /// Hands over an accepted document. Returns the other system's own id for it.
    fn feed<'a>(
        &'a self,
        invoice: &'a SecondLegInvoice,
    ) -> BoxFuture<'a, Result<SecondLegReference, SecondLegError>>;
}

/// An accepted document on its way to the second system.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct SecondLegInvoice {
    /// Whose it is.
    pub tenant: TenantId,
    /// The number under which KSeF has it. It is also the idempotency key.
    pub ksef_number: KsefNumber,
    /// The exact bytes that KSeF accepted.
    pub xml: InvoiceXml,
}

/// The second system's own id of the document, shown in the audit log.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SecondLegReference(String);

impl SecondLegReference {
    /// An id as the other system writes it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecondLegReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why the second system does not have the document.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecondLegError {
    /// It refused the document. A person mends the cause and orders the leg again.
    Refused {
        /// The reason, as a stable code.
        reason: ReasonCode,
    },
    /// It could not be reached, or its answer was lost. Feeding it again is safe.
    Unavailable {
        /// What happened.
        source: BoxError,
    },
}

impl fmt::Display for SecondLegError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { reason } => write!(f, "the second system refused it: {reason}"),
            Self::Unavailable { .. } => {
                f.write_str("the second system could not be reached; it can be fed again")
            }
        }
    }
}

impl core::error::Error for SecondLegError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Unavailable { source } => Some(&**source),
            Self::Refused { .. } => None,
        }
    }
}

/// A [`SecondLeg`] for tests: it refuses as often as it is told to, and remembers what it took.
#[cfg(feature = "test-util")]
#[derive(Debug, Default)]
pub struct RecordingSecondLeg {
    state: std::sync::Mutex<(u32, Vec<KsefNumber>)>,
}

#[cfg(feature = "test-util")]
impl RecordingSecondLeg {
    /// Refuses the first `refusals` calls, and takes everything after them.
    #[must_use]
    pub fn refusing(refusals: u32) -> Self {
        Self { state: std::sync::Mutex::new((refusals, Vec::new())) }
    }

    /// What it took, each document once, in the order in which they came.
    #[must_use]
    pub fn taken(&self) -> Vec<KsefNumber> {
        self.lock().1.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u32, Vec<KsefNumber>)> {
        // A poisoned lock only means that another test failed; the state is whole.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn take(&self, ksef_number: KsefNumber) -> Result<SecondLegReference, SecondLegError> {
        let mut state = self.lock();
        if let Some(left) = state.0.checked_sub(1) {
            state.0 = left;
            return Err(SecondLegError::Refused { reason: ReasonCode::from_static("told_to") });
        }
        if !state.1.contains(&ksef_number) {
            state.1.push(ksef_number);
        }
        Ok(SecondLegReference::new(format!("second-{ksef_number}")))
    }
}

#[cfg(feature = "test-util")]
impl SecondLeg for RecordingSecondLeg {
    fn feed<'a>(
        &'a self,
        invoice: &'a SecondLegInvoice,
    ) -> BoxFuture<'a, Result<SecondLegReference, SecondLegError>> {
        Box::pin(core::future::ready(self.take(invoice.ksef_number)))
    }
}
