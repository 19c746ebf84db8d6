//! What is to be done next.

use core::fmt;

use super::{Channel, Fact};
use crate::{KsefNumber, ReferenceNumber, Timestamp};

/// What the machine wants done next.
///
/// Whoever performs a step appends what came of it as facts and asks again. A step that could not
/// be performed at all is answered with [`Fact::Postponed`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Write the document from its source, validate it and store its bytes.
    ///
    /// Then: [`Fact::Prepared`], [`Fact::Deferred`], [`Fact::Skipped`] or [`Fact::Refused`].
    Prepare,
    /// Take the document. Then: [`Fact::Claimed`].
    Claim,
    /// Log in and get a session: an open one that takes more documents, or a new one. A batch
    /// session counts once its parts are uploaded.
    ///
    /// Then: [`Fact::SessionReady`]. If it cannot be had: [`Fact::Released`] while the status is
    /// `SIGNING`, [`Fact::Postponed`] later. A lost answer to the opening leaves an empty session
    /// behind, which ends by itself.
    ///
    /// For a batch, the facts of all its documents are one commit, because whoever closes it
    /// submits them all. If the ledger refuses one of them (midnight has come), none is recorded,
    /// and the session is left to end by itself.
    Open,
    /// Submit the document: append [`Fact::Intent`] with these values, durably, **and only then**
    /// let the request leave. For a batch, the intents of all its documents are one commit.
    ///
    /// Online, the request is the sending of the invoice; in a batch, the closing of the session.
    /// The ledger refuses the intent for an online session after the date of issue. A batch counts
    /// by the day of its opening.
    /// Then: [`Fact::Acknowledged`], [`Fact::SendRefused`] or [`Fact::AnswerLost`]. Whoever dies
    /// in between needs to append nothing: an intent without an answer is an unknown outcome.
    /// After HTTP 401 and 429 the machine pauses by itself; where KSeF names a longer pause
    /// (`Retry-After`), [`Fact::Postponed`] follows.
    Post {
        /// The number for the intent.
        attempt: u32,
        /// The session to send in.
        session: ReferenceNumber,
        /// How.
        channel: Channel,
    },
    /// Read the status of the invoice. Then: [`Fact::InvoiceObserved`].
    QueryInvoice {
        /// Its session.
        session: ReferenceNumber,
        /// Its reference number.
        invoice: ReferenceNumber,
    },
    /// Read the status of the session.
    ///
    /// Then: [`Fact::SessionObserved`], or [`Fact::SessionUnknown`] if KSeF does not know it.
    QuerySession {
        /// The session.
        session: ReferenceNumber,
    },
    /// Read the whole list of the session's invoices and look for our document's hash.
    ///
    /// Then: [`Fact::Listed`], or [`Fact::SessionUnknown`].
    List {
        /// The session.
        session: ReferenceNumber,
    },
    /// Close the session, so that nothing that is still on its way can be taken.
    ///
    /// A batch that holds the document is submitted by this, and its siblings with it.
    /// Then: [`Fact::CloseAnswered`].
    Close {
        /// The session.
        session: ReferenceNumber,
        /// Its kind.
        channel: Channel,
    },
    /// Find out the hash of the document that holds our number: from the list of `session`, where
    /// that is known and readable and has the number, otherwise by fetching the bytes.
    ///
    /// Then: [`Fact::OriginalCompared`].
    CompareOriginal {
        /// The number to look for.
        ksef_number: KsefNumber,
        /// The session that KSeF names. It may be wrong.
        session: Option<ReferenceNumber>,
    },
    /// Fetch the receipt, verify it against the document (`UpoVerifier`) and store its bytes.
    ///
    /// Then: [`Fact::ReceiptStored`], [`Fact::ReceiptMissing`] or [`Fact::ReceiptMismatched`].
    FetchReceipt {
        /// The number of our document.
        ksef_number: KsefNumber,
        /// The session to ask in.
        session: ReferenceNumber,
    },
    /// Feed the second invoicing system. Then: [`Fact::SecondLegDone`] or
    /// [`Fact::SecondLegFailed`].
    FeedSecondLeg {
        /// The number under which KSeF has the document.
        ksef_number: KsefNumber,
    },
    /// Append this fact; it is a decision of the machine.
    Record(Fact),
    /// Nothing is due before this moment.
    Wait {
        /// When to ask again.
        until: Timestamp,
    },
    /// A person has to decide. Until then nothing is due.
    AskPerson(Question),
    /// Nothing is left to do.
    Done,
}

/// What a person is asked.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Question {
    /// The date of issue is past in Warsaw and nothing was sent: rebuild the document with a new
    /// date, or send it as issued offline?
    IssueDatePassed,
    /// The mapper or our validation refused the document: mend the source and retry?
    Refused,
    /// KSeF refused the document: mend it and retry?
    Rejected,
    /// Another document holds this number at KSeF: which one is right?
    NumberTaken,
    /// A person marked it as failed: retry?
    MarkedFailed,
    /// KSeF is shown not to have it and the machine stopped: retry?
    Terminated,
    /// A rule left it out: send it all the same?
    Skipped,
    /// The receipt does not fit the document: whose fault is it?
    ReceiptMismatched,
    /// The document is at KSeF, and no session is known in which its receipt can be had.
    ReceiptSessionNeeded,
    /// Paired mode: the second system failed: feed it again?
    SecondLegFailed,
}

/// What people are told about a submission besides its status.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// It goes on by itself.
    Working,
    /// For half an hour KSeF has not said what became of it. It is being found out.
    CheckingWithKsef,
    /// The number is known, the receipt is not there yet.
    ReceiptPending,
    /// A receipt came that does not fit; it is kept apart.
    Quarantined,
    /// A person is asked.
    Asked(Question),
    /// It is finished.
    Finished,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Working => "working",
            Self::CheckingWithKsef => "checking with KSeF",
            Self::ReceiptPending => "receipt pending",
            Self::Quarantined => "receipt quarantined",
            Self::Asked(_) => "waiting for a person",
            Self::Finished => "finished",
        })
    }
}
