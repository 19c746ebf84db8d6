//! How a document gets to KSeF exactly once: a machine that decides, without any input or output.
//!
//! The rule that everything here serves: **while it is not known what KSeF made of a document,
//! nothing is sent.** KSeF does not refuse a second copy by its bytes, only by seller, kind and
//! number, and only once the first is accepted. So a lost answer is followed by questions: list
//! the session and look for our hash; if it is not there, close the session, which is what makes
//! sure that nothing still on its way can be taken; wait for its end and list again. Then it is
//! known, and the same bytes are sent again, or the document is found and adopted.
//!
//! The pieces:
//!
//! * [`Event`]: a [`Fact`] and its moment. A ledger appends them.
//! * [`next`]: what is to be done, given the events and the time. Whoever performs the [`Step`]
//!   appends what came of it and asks again.
//! * [`History`]: the same, kept between steps instead of replayed.
//! * [`Outcome`]: the table that says what each code means.
//!
//! Nothing here needs a clock, a network or a store, so the whole protocol runs in tests in
//! virtual time; `simulation` (feature `test-util`) is the KSeF that those tests use.
//!
//! ```
//! use ksef_core::submission::{Document, Event, Fact, Step, WhenLate, next, status};
//! use ksef_core::{Sha256Digest, SubmissionStatus, Timestamp};
//!
//! let at: Timestamp = "2026-03-02T09:00:00Z".parse()?;
//! let document = Document {
//!     version: 1,
//!     digest: Sha256Digest::of(b"<Faktura/>"),
//!     p_1: at.warsaw_date(),
//!     when_late: WhenLate::Ask,
//!     paired: false,
//! };
//! let mut events = vec![Event::new(at, Fact::Prepared { document })];
//! assert_eq!(next(&events, at)?, Step::Claim);
//!
//! events.push(Event::new(at, Fact::Claimed));
//! assert_eq!(next(&events, at)?, Step::Open);
//! assert_eq!(status(&events)?, SubmissionStatus::Signing);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decide;
mod fact;
mod history;
mod outcome;
mod reason;
mod reason_text;
pub mod schedule;
#[cfg(feature = "test-util")]
pub mod simulation;
mod step;

pub use fact::{
    Channel, CloseAnswer, Document, Event, Fact, InvoiceState, Original, OriginalFinding,
    ReceiptSigner, Refusal, RetryBytes, WhenLate,
};
pub use history::{History, Receipt};
pub use outcome::{Finding, NextStep, Observation, Outcome};
pub use reason::{Decision, ReasonCode};
pub use reason_text::ReasonText;
pub use step::{Progress, Question, Step};

use crate::{SubmissionStatus, Timestamp};

/// What is to be done at `now` with the submission that `events` describe.
///
/// # Errors
///
/// When the events contradict each other, which a ledger that checks with [`History::apply`]
/// before it appends never stores.
pub fn next(events: &[Event], now: Timestamp) -> Result<Step, HistoryError> {
    Ok(History::replay(events)?.next(now))
}

/// The status of the submission that `events` describe.
///
/// # Errors
///
/// As [`next`].
pub fn status(events: &[Event]) -> Result<SubmissionStatus, HistoryError> {
    Ok(History::replay(events)?.status())
}

/// Why a fact cannot follow those before it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There are no facts.
    #[error("a submission begins with a fact; there is none")]
    NoEvents,
    /// The fact does not fit where the submission stands. Read the history again: something else
    /// has happened in the meantime.
    #[error("this cannot happen where the submission stands; read its history again")]
    OutOfPlace,
    /// Another worker has recorded this attempt. Stop: it is the other's now.
    #[error("another worker was first, the next attempt is {expected}; stop working on it")]
    StaleAttempt {
        /// The only number that the next attempt may have.
        expected: u32,
    },
    /// The session was used for an earlier attempt of the same document. Open a new one.
    #[error("the document was sent in this session before; open a new one")]
    UsedSession,
    /// Versions of a document are numbered without gaps.
    #[error("the next version of the document is {expected}")]
    WrongVersion {
        /// The only number that the next version may have.
        expected: u32,
    },
    /// KSeF or the mapper refused these bytes. Order a retry with a new version.
    #[error("these bytes were refused; order a retry with a new version")]
    SameBytesWereRefused,
    /// The date of issue is no longer today in Warsaw. A person has the document rebuilt or sent as
    /// issued offline; a worker asks for the next step again.
    #[error("the date of issue is not today; rebuild the document or send it as issued offline")]
    IssueDatePassed,
}
