//! What can happen to a document: the facts that a ledger keeps, in the order they came true.

use super::{Decision, ReasonCode};
use crate::{InvoiceDate, KsefNumber, ReferenceNumber, Sha256Digest, Timestamp};

/// A fact and the moment it came true.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "a fact and its moment; nothing else belongs here")]
pub struct Event {
    /// When it happened, by the clock of whoever records it.
    pub at: Timestamp,
    /// What happened.
    pub fact: Fact,
}

impl Event {
    /// `fact`, which came true at `at`.
    #[must_use]
    pub const fn new(at: Timestamp, fact: Fact) -> Self {
        Self { at, fact }
    }
}

/// One thing that happened to a submission.
///
/// A ledger appends facts and never changes them; status, progress and the next step follow from
/// them. Facts hold no document bytes and no personal data but the names in a [`Decision`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "fact", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Fact {
    /// A document version was written, validated and stored; its bytes are frozen from the first
    /// [`Fact::Intent`] on.
    Prepared {
        /// The version and what the protocol needs to know of it.
        document: Document,
    },
    /// The mapper cannot write the document yet; a later try can succeed.
    Deferred {
        /// Why, as the mapper says it.
        reasons: Vec<ReasonCode>,
    },
    /// A rule leaves the document out.
    Skipped {
        /// The rule's name.
        rule: ReasonCode,
    },
    /// The mapper or our own validation refuses the document.
    Refused {
        /// All reasons at once.
        reasons: Vec<ReasonCode>,
    },
    /// A worker took the document to send it.
    Claimed,
    /// The worker gave it back before anything was sent. From a batch that holds it there is no
    /// way back.
    Released {
        /// Why: no login, no key, no session.
        reason: ReasonCode,
        /// When it is due again.
        retry_at: Timestamp,
    },
    /// A session is open for the document; a batch holds it. Refused when a person is to be asked
    /// about the date of issue first.
    SessionReady {
        /// The session's reference number.
        session: ReferenceNumber,
        /// How documents travel in it.
        channel: Channel,
    },
    /// The request that submits the document is about to leave. Recorded durably **before** it
    /// does, and refused by the ledger if `attempt` is not the next number: that is the fence.
    Intent {
        /// 1 for the first, counted over all versions of the document.
        attempt: u32,
        /// The session it goes into.
        session: ReferenceNumber,
    },
    /// KSeF took the request (HTTP 202 for an online invoice, 204 for the closing of a batch).
    Acknowledged {
        /// The attempt that it answers.
        attempt: u32,
        /// The reference number of the invoice; a batch gives none.
        invoice: Option<ReferenceNumber>,
    },
    /// KSeF answered that it did not take the request.
    SendRefused {
        /// The attempt that it answers.
        attempt: u32,
        /// What KSeF answered.
        refusal: Refusal,
    },
    /// No answer came, or one that does not say what KSeF did (a timeout, HTTP 5xx).
    AnswerLost {
        /// The attempt whose answer is lost.
        attempt: u32,
    },
    /// The invoices of a session were listed, all pages of them.
    Listed {
        /// The session.
        session: ReferenceNumber,
        /// How many invoices the list has.
        rows: u32,
        /// The one whose hash is that of our document.
        found: Option<InvoiceState>,
    },
    /// The status of a session was read.
    SessionObserved {
        /// The session.
        session: ReferenceNumber,
        /// Its status code.
        code: u16,
        /// How many invoices KSeF says it holds.
        invoices: Option<u32>,
    },
    /// KSeF answers that it does not know a session in which we sent (21173).
    SessionUnknown {
        /// The session.
        session: ReferenceNumber,
    },
    /// The request to close a session was answered, or its answer was lost.
    CloseAnswered {
        /// The session.
        session: ReferenceNumber,
        /// What came back.
        answer: CloseAnswer,
    },
    /// The status of our invoice was read.
    InvoiceObserved {
        /// What it says.
        state: InvoiceState,
    },
    /// The document that already holds our number was compared with ours.
    OriginalCompared {
        /// Its KSeF number.
        ksef_number: KsefNumber,
        /// The session in which it was found, where that is known.
        session: Option<ReferenceNumber>,
        /// What the comparison found.
        finding: OriginalFinding,
    },
    /// The official receipt is stored, and it fits our document in hash, number and seller.
    ReceiptStored {
        /// The SHA-256 of the receipt's bytes.
        digest: Sha256Digest,
        /// Whether its signer is known.
        signer: ReceiptSigner,
    },
    /// There is no receipt yet (KSeF answers 21178), or not in that session.
    ReceiptMissing {
        /// The session that was asked.
        session: ReferenceNumber,
    },
    /// A receipt came that does not fit our document. It is kept apart, and a person looks at it.
    ReceiptMismatched {
        /// What does not fit.
        reason: ReasonCode,
    },
    /// A step could not be performed (KSeF is down, a limit is reached) and is due again later.
    Postponed {
        /// Why.
        reason: ReasonCode,
        /// When.
        until: Timestamp,
    },
    /// The machine decided to send the same bytes once more.
    ResendDecided,
    /// The machine decided not to send the document again by itself.
    TerminationDecided,
    /// A person orders that the document be sent, after KSeF was shown not to have it.
    RetryOrdered {
        /// Who and why.
        decision: Decision,
        /// Which bytes.
        bytes: RetryBytes,
    },
    /// A person sends a skipped document all the same.
    SendOrdered {
        /// Who and why.
        decision: Decision,
    },
    /// A person marks the document as failed.
    MarkedFailed {
        /// Who and why.
        decision: Decision,
    },
    /// A person enters the KSeF number under which the document is said to be.
    NumberEntered {
        /// Who and why.
        decision: Decision,
        /// The number.
        ksef_number: KsefNumber,
        /// The session it was sent in, where the person knows it: the receipt is found there.
        session: Option<ReferenceNumber>,
    },
    /// Paired mode: the second system has the document.
    SecondLegDone,
    /// Paired mode: the second system refused it or could not be reached.
    SecondLegFailed {
        /// Why.
        reason: ReasonCode,
    },
}

impl Fact {
    /// Whether a ledger must keep it.
    ///
    /// Readings of a status that has not changed only tell when to ask again. A ledger may drop
    /// them; all it costs is one earlier question. `previous` is the last fact that was kept.
    #[must_use]
    pub fn must_be_kept(&self, previous: Option<&Self>) -> bool {
        match self {
            Self::InvoiceObserved { .. }
            | Self::SessionObserved { .. }
            | Self::ReceiptMissing { .. } => previous != Some(self),
            _ => true,
        }
    }
}

/// What the protocol needs to know of a document version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "built by every ledger; a new field is a new rule")]
pub struct Document {
    /// 1 for the first; a rebuilt document has the next number.
    pub version: u32,
    /// The SHA-256 of its exact bytes, which is how KSeF's lists are searched.
    pub digest: Sha256Digest,
    /// The date of issue, `Fa/P_1`.
    pub p_1: InvoiceDate,
    /// What to do when that day is over in Warsaw before the document is sent.
    pub when_late: WhenLate,
    /// Whether a second invoicing system is fed after KSeF.
    pub paired: bool,
}

/// What to do with a document whose date of issue is past in Warsaw.
///
/// KSeF takes such a document, and treats it as issued offline. That has legal consequences, so
/// the machine does it only when told.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum WhenLate {
    /// Ask a person.
    Ask,
    /// Send it: it was issued offline, or a policy chose its date knowingly.
    Send,
}

/// How documents travel to KSeF.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "KSeF 2.x has these two kinds of session")]
pub enum Channel {
    /// Each invoice in a request of its own, which is what submits it.
    Online,
    /// A package of invoices; what submits them is the closing of the session.
    Batch,
}

/// What the status of an invoice says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "built by every client; a new field is a new rule")]
pub struct InvoiceState {
    /// The reference number of the invoice within its session.
    pub invoice: ReferenceNumber,
    /// The status code, ksef-api section 5.7: 100, 150, 200, 405 to 550.
    pub code: u16,
    /// The KSeF number, once there is one.
    pub ksef_number: Option<KsefNumber>,
    /// When KSeF accepted it (`acquisitionDate`).
    pub acquired_at: Option<Timestamp>,
    /// For code 440, the document that holds the number already.
    pub original: Option<Original>,
}

/// The document that a duplicate repeats, as KSeF names it in the extensions of status 440.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "the two extensions of status 440")]
pub struct Original {
    /// `originalKsefNumber`.
    pub ksef_number: KsefNumber,
    /// `originalSessionReferenceNumber`. For batches it has been seen to be wrong.
    pub session: Option<ReferenceNumber>,
}

/// What comparing the original with our document found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "found", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum OriginalFinding {
    /// Its bytes have this hash.
    Bytes {
        /// The SHA-256 that KSeF's list states or that was computed over the fetched bytes.
        digest: Sha256Digest,
    },
    /// KSeF has it and does not hand it out yet (21165).
    NotYetAvailable,
    /// KSeF does not hand it out to us (21164, or no right to read).
    Unreadable,
}

/// How KSeF refused to take a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "the two numbers of an error answer")]
pub struct Refusal {
    /// The HTTP status, 400 to 499. Higher ones do not say whether the request was taken.
    pub http_status: u16,
    /// KSeF's own code (`exceptionCode`), where the answer has one.
    pub code: Option<u32>,
}

/// What came back when a session was closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "answer", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum CloseAnswer {
    /// KSeF closes it (204).
    Closing,
    /// KSeF refuses, most often because it is closed already (21180).
    Refused {
        /// What KSeF answered.
        refusal: Refusal,
    },
    /// No usable answer.
    Lost,
}

/// Whether the signer of a receipt is one of the pinned certificates.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "a pin matches or it does not")]
pub enum ReceiptSigner {
    /// A pinned certificate of the Ministry signed it.
    Pinned,
    /// The signature is sound, and the signer is not among the pinned ones.
    Unknown,
}

/// Which bytes a person's retry sends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RetryBytes {
    /// The same ones, while the date of issue is today. For a document that was not rejected.
    Same,
    /// The same ones, issued offline, whatever the day.
    SameOffline,
    /// A new version, written from the immutable source.
    Rebuilt,
}
