//! A KSeF for tests: it lives in memory, its time is yours, and it fails on purpose.
//!
//! [`SimulatedKsef`] answers the requests of the submission protocol the way the documentation of
//! KSeF describes, and from a seed it loses answers, takes requests late, lags with its lists,
//! refuses, cancels, and repeats itself. The same seed gives the same run. [`perform`] performs a
//! [`Step`] against it, as a client does against the real one.
//!
//! It knows nothing of XML, encryption or logins; for those there is the sandbox, an HTTP server.
//!
//! ```
//! use ksef_core::submission::simulation::{Faults, Parcel, SimulatedKsef, perform};
//! use ksef_core::submission::{Document, Event, Fact, History, Step, WhenLate};
//! use ksef_core::{Sha256Digest, SubmissionStatus, Timestamp};
//!
//! let mut now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
//! let digest = Sha256Digest::of(b"<Faktura/>");
//! let document = Document {
//!     version: 1, digest, p_1: now.warsaw_date(), when_late: WhenLate::Ask, paired: false,
//! };
//! let mut ksef = SimulatedKsef::new(7, Faults::NONE, now);
//! let mut history = History::begin(&Event::new(now, Fact::Prepared { document }))?;
//! while history.status() != SubmissionStatus::Accepted {
//!     let step = history.next(now);
//!     if let Step::Wait { until } = step {
//!         now = until;
//!         ksef.advance_to(now);
//!         continue;
//!     }
//!     for fact in perform(&step, &mut ksef, Parcel { number: 1, digest }) {
//!         history.apply(&Event::new(now, fact))?;
//!     }
//! }
//! assert_eq!(ksef.held(1).len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ksef;
mod perform;
mod random;

pub use ksef::{Answer, Held, Parcel, Row, SessionReading, SimulatedKsef};
pub use perform::perform;
pub use random::Random;

#[expect(unused_imports, reason = "named in the documentation")]
use super::Step;

/// How often KSeF misbehaves, each in thousandths of the occasions.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tests set single faults with struct update syntax")]
pub struct Faults {
    /// A request is lost on its way; KSeF never sees it.
    pub request_lost: u32,
    /// KSeF does what was asked and the answer is lost, or is an HTTP 5xx.
    pub answer_lost: u32,
    /// A request that submits or closes arrives up to 20 minutes after its sender gave up.
    pub late: u32,
    /// HTTP 429.
    pub throttled: u32,
    /// 21184, maintenance.
    pub maintenance: u32,
    /// The session's key cannot be decrypted, which shows only after the opening.
    pub bad_key: u32,
    /// A batch is broken as a whole (405, 415, 430, 435).
    pub broken_archive: u32,
    /// An invoice ends with 550 or 500 although nothing is wrong with it.
    pub cancelled: u32,
    /// An invoice ends with 500 and is accepted all the same.
    pub lying_error: u32,
    /// A version of a document is not valid and ends with 450.
    pub invalid: u32,
    /// The invoice number is already held by a document that is not ours.
    pub number_taken: u32,
    /// A list does not show an invoice yet that KSeF has taken.
    pub list_lag: u32,
    /// Status 440 names a session other than the one that holds the original.
    pub wrong_original_session: u32,
    /// Processing takes minutes instead of a second.
    pub slow: u32,
}

impl Faults {
    /// A KSeF that always answers, at once and correctly.
    pub const NONE: Self = Self {
        request_lost: 0,
        answer_lost: 0,
        late: 0,
        throttled: 0,
        maintenance: 0,
        bad_key: 0,
        broken_archive: 0,
        cancelled: 0,
        lying_error: 0,
        invalid: 0,
        number_taken: 0,
        list_lag: 0,
        wrong_original_session: 0,
        slow: 0,
    };

    /// A KSeF on a very bad day: every fault at once, far more often than anyone has seen.
    pub const HARSH: Self = Self {
        request_lost: 60,
        answer_lost: 100,
        late: 60,
        throttled: 40,
        maintenance: 20,
        bad_key: 20,
        broken_archive: 50,
        cancelled: 30,
        lying_error: 10,
        invalid: 10,
        number_taken: 5,
        list_lag: 200,
        wrong_original_session: 300,
        slow: 100,
    };
}
