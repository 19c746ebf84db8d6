//! `Error`, by what can be done next.

use core::fmt;
use core::ops::RangeInclusive;
use core::time::Duration;

use ksef_core::port::{BoxError, UpoMismatch};
use ksef_core::submission::{HistoryError, Question};

use crate::encryption::EncryptionError;
use crate::limits::{DocumentTooLarge, LimiterStoreError};
use crate::problem::Problem;
use crate::session::{InvoiceStatus, Status, Submission};
use crate::transport::{Delivery, TransportError};
use crate::wire::operation::Operation;

/// Why something did not come about, by what can be done next.
///
/// None shows a secret or a document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// KSeF refused the request; nothing was done. Mend what it names and try again.
    #[error(transparent)]
    Refused(Box<Problem>),
    /// There is no usable answer, and it does no harm to ask again, later.
    #[error(transparent)]
    NoAnswer(Box<NoAnswer>),
    /// Something was asked for that must not be done twice, and it is not known whether it was
    /// done. Find out before it is repeated, see [`OutcomeUnknown`].
    #[error(transparent)]
    OutcomeUnknown(Box<OutcomeUnknown>),
    /// KSeF's limits do not admit the request within the deadline; nothing was sent.
    #[error("the limits of KSeF admit this in {} s: try again then", wait.as_secs().saturating_add(1))]
    LimitReached {
        /// After how long it can be tried again.
        wait: Duration,
    },
    /// The outcome is not there yet. Keep the handle, and ask again later.
    #[error(transparent)]
    TimedOut(Box<TimedOut>),
    /// KSeF ended the login without success.
    #[error("KSeF did not accept the login: status {}", _0.code)]
    LoginFailed(Box<Status>),
    /// The login has ended or was revoked, and there are no credentials to log in again.
    #[error("the login has ended: log in again")]
    LoginEnded,
    /// The session ended without success; the status of each invoice says more.
    #[error("the session ended with status {}: read the status of each invoice", _0.code)]
    SessionFailed(Box<Status>),
    /// KSeF rejected the invoice, or the machine has to ask a person about it.
    #[error(transparent)]
    Rejected(Box<Rejection>),
    /// The receipt is not the one for the document. It is kept apart: a person looks at it.
    #[error("the UPO does not fit the document")]
    Receipt(#[source] UpoMismatch),
    /// A part of a package is not what its manifest says, and was not uploaded.
    #[cfg(feature = "batch")]
    #[error("a part of the package cannot be uploaded")]
    Part(#[source] crate::batch::PartFault),
    /// KSeF took something on and ended it without success.
    #[error("KSeF did not do it: status {}, see the documentation of the operation", _0.code)]
    OperationFailed(Box<Status>),
    /// KSeF ended an export without a package. Another one can be ordered.
    #[error("the export ended with status {}: order another one", _0.code)]
    ExportFailed(Box<Status>),
    /// An export was fetched, and is not what KSeF says it is.
    #[cfg(feature = "batch")]
    #[error(transparent)]
    Export(#[from] crate::retrieval::ExportFault),
    /// Something cannot be right, and was not sent.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Encryption or decryption failed.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The login could not be signed, or KSeF would refuse the signature. The cause says why.
    #[error("the login could not be signed so that KSeF accepts it")]
    Signing(#[source] BoxError),
    /// What was kept of a login, a session or a submission cannot be resumed.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// The journal of a submission did not record it; nothing was sent since.
    #[error("the journal did not record the submission; nothing was sent")]
    Journal(#[source] BoxError),
    /// The counters of the limiter could not be read or written; nothing was sent.
    #[error("the counters of the limiter cannot be used; nothing was sent")]
    Limiter(#[source] LimiterStoreError),
    /// The recorded facts of a submission contradict each other.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// No usable answer came to a request that may be repeated.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoAnswer {
    /// What was asked for; none for links into the storage and the status service.
    pub operation: Option<Operation>,
    /// What came instead of an answer, the last time.
    pub cause: LostAnswer,
}

/// What came instead of an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LostAnswer {
    /// The connection failed.
    #[error(transparent)]
    Transport(TransportError),
    /// KSeF failed (HTTP 5xx).
    #[error(transparent)]
    Server(Box<Problem>),
    /// Something else came than the contract says.
    #[error(transparent)]
    Unreadable(Unreadable),
}

/// An answer that is not what the contract says. It is never quoted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// A page in HTML: a firewall stands in between.
    #[error("a web page came instead of an answer: a firewall may stand in between")]
    Html,
    /// XML where JSON was due, or the reverse.
    #[error("the answer has another content type than the contract says")]
    ContentType,
    /// JSON that breaks off, or not of the type that the contract says.
    #[error("the answer is not the JSON that the contract says (line {line}, column {column})")]
    Json {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// Base64 that is none.
    #[error("the answer has Base64 that is none")]
    Base64,
    /// A redirect, which KSeF does not use; it is not followed.
    #[error("the answer is a redirect, which is not followed")]
    Redirect,
    /// The bytes do not have the hash that the answer itself states (`x-ms-meta-hash`).
    #[error("the document does not have the hash that is sent with it")]
    Hash,
    /// A document without bytes.
    #[error("the document is empty")]
    Empty,
    /// A continuation token that came before, or more entries of one moment than a list holds.
    #[error("the list has no end: it goes on where it went on before")]
    EndlessList,
    /// A list that ends before it has as many entries as KSeF counts.
    #[error("the list has fewer entries than KSeF counts")]
    ShortList,
    /// A part of a package has no link.
    #[error("a part of the package has no link")]
    MissingPart,
}

/// It is not known whether KSeF did what must not be done twice.
///
/// For an invoice, [`OutcomeUnknown::into_submission`] is the handle that finds out, by
/// [`Submission::reconcile`]. A session that may have been opened has no number that we know: it
/// is empty and ends by itself, and another one can be opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct OutcomeUnknown {
    /// What was asked for.
    pub operation: Operation,
    /// What came instead of an answer.
    pub cause: LostAnswer,
    submission: Option<Submission>,
}

/// The deadline came before the outcome.
#[derive(Debug)]
#[non_exhaustive]
pub struct TimedOut {
    /// How long it was waited.
    pub elapsed: Duration,
    /// How many times KSeF was asked.
    pub polls: u32,
    /// The last status, where one was read.
    pub last_status: Option<Status>,
}

/// A submission that goes no further by itself.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rejection {
    /// What a person has to decide.
    pub question: Question,
    /// What KSeF said of the invoice, where it did.
    pub status: Option<InvoiceStatus>,
    /// How KSeF refused the request, where it did.
    pub problem: Option<Problem>,
}

/// Something that cannot be right, found before anything was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The document is larger than KSeF takes.
    #[error(transparent)]
    TooLarge(DocumentTooLarge),
    /// KSeF takes no documents of this form in this environment.
    #[error("this environment takes no documents of this form: choose another form or environment")]
    FormCode,
    /// The document does not say what is needed, or is no FA(2) or FA(3).
    #[error("this is not read as an FA(2) or FA(3): state its form, seller and date of issue")]
    Unread,
    /// The document is of another form than the session.
    #[error("the session takes documents of another form: open one for this form")]
    SessionForm,
    /// Documents of this form are sent one by one only.
    #[error("documents of this form are not sent in batches: open an online session")]
    OnlineForm,
    /// A package of invoices is not the one that came last.
    #[error("this package is not the one that came last: commit that one")]
    OtherBatch,
    /// PEF documents are sent in the context of a Peppol provider, and only there.
    #[error("PEF documents are sent in a PeppolId context: log in to one")]
    PeppolContext,
    /// The document is dated later than today.
    #[error("the date of issue (P_1) is still to come: send the document on that day")]
    IssueDateToCome,
    /// The document is dated earlier than today, and it was not said that it may be.
    #[error(
        "the date of issue (P_1) has passed: say that it is sent late, or rebuild the document"
    )]
    IssueDatePassed,
    /// A text is shorter or longer than KSeF takes.
    #[error("{field} has {shortest} to {longest} characters: shorten or lengthen it")]
    Length {
        /// The field, as the API names it.
        field: &'static str,
        /// The least number of characters.
        shortest: usize,
        /// The greatest number of characters.
        longest: usize,
    },
    /// A list has fewer or more items than KSeF takes.
    #[error("{field} has {fewest} to {most} items: split or complete it")]
    Count {
        /// The field, as the API names it.
        field: &'static str,
        /// The least number of items.
        fewest: usize,
        /// The greatest number of items.
        most: usize,
    },
    /// Test data exist in the environment TEST alone.
    #[error("test data exist in the environment TEST alone: use a client of it")]
    NotTest,
    /// The environment has no public status service.
    #[error("this environment has no public status service: ask that of TEST or Production")]
    NoStatusService,
    /// A serial number of a KSeF certificate is not of its form.
    #[error("a KSeF certificate has a serial number of 16 hexadecimal digits in capitals")]
    SerialNumber,
    /// A KSeF token has characters that no token has.
    #[error("this is no KSeF token: copy it whole, without blanks or quotes")]
    Token,
    /// There is nobody to verify receipts.
    #[error("receipts cannot be verified: enable the feature `xades` or give a verifier")]
    NoUpoVerifier,
    /// The address or a header cannot be written.
    #[error("a value cannot be sent: it has characters that HTTP does not allow")]
    Http,
    /// A link leads out of KSeF's storage.
    #[error("the link does not lead to the storage of KSeF, and is not followed")]
    ForeignLink,
    /// KSeF lists no key for this use that is valid now.
    #[error(
        "KSeF lists no key for this use that is valid now: check the clock, or try again later"
    )]
    NoPublicKey,
    /// There is no default transport or timer.
    #[error("enable the feature `reqwest`, or give a transport and a timer")]
    NoTransport,
    /// The default transport could not be set up.
    #[error("TLS could not be set up: install the certificates of the system")]
    Tls,
}

/// Why something that was kept cannot be resumed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// It is damaged, of another kind, or of a later version.
    #[error("what was kept cannot be read: it is damaged, of another kind, or of a later version")]
    Format,
    /// It belongs to another environment.
    #[error("what was kept belongs to another environment: use the client of that one")]
    Environment,
    /// It belongs to another context.
    #[error("what was kept belongs to another context: log in to that one")]
    Context,
}

impl InputError {
    /// Refuses a text of another length, in characters.
    pub(crate) fn check_length(
        field: &'static str,
        text: &str,
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Self> {
        let (shortest, longest) = (*allowed.start(), *allowed.end());
        let is_allowed = allowed.contains(&text.chars().count());
        if is_allowed { Ok(()) } else { Err(Self::Length { field, shortest, longest }) }
    }

    /// Refuses a list of another length.
    pub(crate) fn check_count<T>(
        field: &'static str,
        items: &[T],
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Self> {
        let (fewest, most) = (*allowed.start(), *allowed.end());
        let is_allowed = allowed.contains(&items.len());
        if is_allowed { Ok(()) } else { Err(Self::Count { field, fewest, most }) }
    }
}

impl Error {
    /// Whether the same can be tried again without harm, and may succeed then.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(problem) => problem.is_about_pace(),
            Self::NoAnswer(_) | Self::LimitReached { .. } | Self::TimedOut(_) => true,
            _ => false,
        }
    }

    /// After how long KSeF or its limits ask to come again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(problem) => problem.retry_after,
            Self::NoAnswer(no_answer) => no_answer.cause.retry_after(),
            Self::LimitReached { wait } => Some(*wait),
            _ => None,
        }
    }

    /// How KSeF refused, where it did.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            Self::Rejected(rejection) => rejection.problem.as_ref(),
            _ => None,
        }
    }

    /// Whether KSeF refused with this code.
    pub(crate) fn has_code(&self, code: u32) -> bool {
        matches!(self, Self::Refused(problem) if problem.has_code(code))
    }

    /// Whether KSeF did not take the token.
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.http_status == 401)
    }
}

impl LostAnswer {
    /// Whether KSeF certainly did nothing.
    pub(crate) fn is_harmless(&self) -> bool {
        matches!(self, Self::Transport(error) if error.delivery() == Delivery::NotSent)
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Server(problem) => problem.retry_after,
            _ => None,
        }
    }
}

impl OutcomeUnknown {
    pub(crate) const fn new(operation: Operation, cause: LostAnswer) -> Self {
        Self { operation, cause, submission: None }
    }

    /// The intent to send is recorded, and no answer.
    pub(crate) fn unseen() -> Self {
        let cause = TransportError::answer_lost("the answer was not recorded");
        Self::new(Operation::SendInvoice, LostAnswer::Transport(cause))
    }

    pub(crate) fn with(self, submission: Submission) -> Self {
        Self { submission: Some(submission), ..self }
    }

    /// For an invoice: the handle that finds out what became of it.
    #[must_use]
    pub fn into_submission(self) -> Option<Submission> {
        self.submission
    }
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        // The library's own words quote the text.
        Self::Json { line: error.line(), column: error.column() }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation {
            Some(operation) => write!(f, "no usable answer to {operation}: try again later"),
            None => f.write_str(
                "no usable answer of the storage or the status service: try again later",
            ),
        }
    }
}

impl fmt::Display for OutcomeUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation;
        write!(f, "it is not known whether KSeF did {operation}: find out before repeating it")
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, polls) = (self.elapsed.as_secs(), self.polls);
        write!(f, "no outcome after {seconds} s and {polls} questions: ask again later")
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let question = match self.question {
            Question::IssueDatePassed => "the date of issue has passed, and nothing was sent",
            Question::NumberTaken => "another document holds this invoice number at KSeF",
            Question::Terminated => "KSeF is shown not to have the document, and it is not resent",
            Question::ReceiptMismatched => "the UPO does not fit the document",
            Question::ReceiptSessionNeeded => "no session is known in which the UPO can be had",
            _ => "KSeF rejected the document: mend it and send it anew",
        };
        f.write_str(question)?;
        match &self.status {
            Some(status) => write!(f, " (status {})", status.status.code),
            None => Ok(()),
        }
    }
}

impl core::error::Error for NoAnswer {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl core::error::Error for OutcomeUnknown {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl core::error::Error for TimedOut {}

impl core::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.problem.as_ref().map(|problem| problem as &dyn core::error::Error)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}
