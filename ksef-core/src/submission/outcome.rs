//! The one table that says what every code and finding means, for the machine and for people.

mod table;

use core::fmt;

use self::table::{TABLE, row};
use super::{Channel, Refusal};
use crate::SubmissionStatus;

/// Something that was observed about a submission and has a meaning.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Observation {
    /// The status code of an online session.
    OnlineSession(u16),
    /// The status code of a batch session.
    BatchSession(u16),
    /// The status code of an invoice.
    Invoice(u16),
    /// KSeF's own code (`exceptionCode`) in the refusal of an online invoice.
    SendRefused(u32),
    /// KSeF's own code in the refusal to close a batch session, which is what submits it.
    BatchCloseRefused(u32),
    /// The HTTP status of a refusal without a code of KSeF.
    HttpStatus(u16),
    /// What else can be found.
    Finding(Finding),
}

/// What the mapper, a comparison, a reconciliation or a receipt can find.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// The mapper cannot write the document yet.
    MapperDeferred,
    /// The mapper or our own validation refuses the document.
    MapperRefused,
    /// A rule leaves the document out.
    MapperSkipped,
    /// No answer, or one that does not say whether the request was taken.
    AnswerLost,
    /// The session has ended and its complete list does not have the document.
    ShownAbsent,
    /// KSeF does not know the session.
    SessionUnknown,
    /// The duplicate's original has our hash: it is our document.
    DuplicateIsOurs,
    /// The duplicate's original has another hash: somebody used the number.
    DuplicateIsAnother,
    /// The duplicate's original cannot be read.
    DuplicateUnreadable,
    /// The number is known, the receipt is not there yet.
    ReceiptPending,
    /// The receipt is stored, verified, and signed by a pinned certificate.
    ReceiptVerified,
    /// The receipt is stored and sound, and its signer is not pinned.
    ReceiptSignerUnknown,
    /// The receipt's hash, number or seller is not ours.
    ReceiptMismatch,
}

/// What follows from an observation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NextStep {
    /// Nothing; it goes on by itself.
    Wait,
    /// Read the list of the session: each invoice has a status of its own.
    ReadInvoices,
    /// Fetch and verify the official receipt.
    FetchReceipt,
    /// Compare the hash of the document that holds the number with ours.
    CompareOriginal,
    /// Find out what KSeF made of it: list, close, wait, list again.
    Reconcile,
    /// Send the same bytes again, in another session, within the machine's limits.
    Resend,
    /// Open another session and send there: nothing was taken.
    OpenAnotherSession,
    /// Ask again later; the request was not taken because of pace or login.
    SlowDown,
    /// A person mends the cause and retries with a new version.
    MendAndRetry,
    /// A person decides whether it is sent again.
    PersonDecides,
    /// A person compares the receipt with the document.
    PersonChecksReceipt,
    /// Nothing more.
    Done,
}

/// A row of the table: what an observation means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// What was observed.
    pub observation: Observation,
    /// The status that the submission has then; a session's code alone decides no invoice.
    pub status: Option<SubmissionStatus>,
    /// What follows.
    pub next: NextStep,
    /// The explanation for people, in Polish.
    pub polish: &'static str,
    /// The explanation for people, in English.
    pub english: &'static str,
}

impl Outcome {
    /// What an observation means, unknown codes included.
    ///
    /// A code that the table does not have is taken as KSeF's documentation says: below 400 the
    /// work goes on, from 400 on it has failed.
    ///
    /// ```
    /// use ksef_core::SubmissionStatus;
    /// use ksef_core::submission::{NextStep, Observation, Outcome};
    ///
    /// let duplicate = Outcome::of(Observation::Invoice(440));
    /// assert_eq!(duplicate.next, NextStep::CompareOriginal);
    /// assert_eq!(duplicate.status, Some(SubmissionStatus::Submitted));
    ///
    /// assert_eq!(Outcome::of(Observation::Invoice(399)).next, NextStep::Wait);
    /// ```
    #[must_use]
    pub fn of(observation: Observation) -> Self {
        let known = TABLE.iter().find(|row| row.observation == observation);
        known.copied().unwrap_or_else(|| Self { observation, ..unknown(observation) })
    }

    /// What it means that KSeF refused the request that submits a document.
    #[must_use]
    pub fn of_refusal(channel: Channel, refusal: Refusal) -> Self {
        let by_status = Self::of(Observation::HttpStatus(refusal.http_status));
        match refusal.code {
            // These do not depend on what was sent, whatever code they carry.
            Some(_) | None if by_status.next == NextStep::SlowDown => by_status,
            code if channel == Channel::Batch => {
                Self::of(Observation::BatchCloseRefused(code.unwrap_or_default()))
            }
            Some(code) => Self::of(Observation::SendRefused(code)),
            None => by_status,
        }
    }

    /// The whole table, in the order of the documentation.
    #[must_use]
    pub const fn table() -> &'static [Self] {
        TABLE
    }
}

impl NextStep {
    /// What a person reads as the next step, in Polish.
    #[must_use]
    pub const fn polish(self) -> &'static str {
        match self {
            Self::Wait => "Nic nie trzeba robić, przetwarzanie trwa.",
            Self::ReadInvoices => "Odczytujemy stan każdej faktury z osobna.",
            Self::FetchReceipt => "Pobieramy i sprawdzamy UPO.",
            Self::CompareOriginal => "Porównujemy dokument zapisany w KSeF z naszym.",
            Self::Reconcile => "Sprawdzamy w KSeF, czy faktura dotarła.",
            Self::Resend => "Wysyłamy te same bajty ponownie w nowej sesji.",
            Self::OpenAnotherSession => "Otwieramy nową sesję i wysyłamy w niej.",
            Self::SlowDown => "Ponowimy po przerwie.",
            Self::MendAndRetry => "Usuń przyczynę i zleć ponowną wysyłkę nowej wersji.",
            Self::PersonDecides => "Zdecyduj, czy wysłać ponownie.",
            Self::PersonChecksReceipt => "Porównaj UPO z fakturą; skontaktuj się z Ministerstwem.",
            Self::Done => "Nic więcej.",
        }
    }

    /// What a person reads as the next step, in English.
    #[must_use]
    pub const fn english(self) -> &'static str {
        match self {
            Self::Wait => "Nothing to do, processing goes on.",
            Self::ReadInvoices => "The status of each invoice is being read.",
            Self::FetchReceipt => "The receipt is being fetched and verified.",
            Self::CompareOriginal => "The document that KSeF holds is being compared with ours.",
            Self::Reconcile => "We are checking with KSeF whether the invoice arrived.",
            Self::Resend => "The same bytes are sent again in a new session.",
            Self::OpenAnotherSession => "A new session is opened and used.",
            Self::SlowDown => "It is tried again after a pause.",
            Self::MendAndRetry => "Mend the cause and order a retry as a new version.",
            Self::PersonDecides => "Decide whether it is to be sent again.",
            Self::PersonChecksReceipt => "Compare receipt and invoice; contact the Ministry.",
            Self::Done => "Nothing more.",
        }
    }
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.english())
    }
}

fn unknown(observation: Observation) -> Outcome {
    let code = match observation {
        Observation::OnlineSession(code)
        | Observation::BatchSession(code)
        | Observation::Invoice(code)
        | Observation::HttpStatus(code) => u32::from(code),
        Observation::SendRefused(code) | Observation::BatchCloseRefused(code) => code,
        Observation::Finding(_) => 0,
    };
    let texts = ["Nieznany kod odpowiedzi KSeF.", "A code of KSeF that is not known here."];
    let (status, next) = match observation {
        // A batch may have been closed by an earlier request, so its refusals prove nothing.
        Observation::BatchCloseRefused(_) => {
            (Some(SubmissionStatus::Submitted), NextStep::Reconcile)
        }
        Observation::HttpStatus(code) if !(400..500).contains(&code) => {
            (Some(SubmissionStatus::Submitted), NextStep::Reconcile)
        }
        Observation::OnlineSession(_) | Observation::BatchSession(_) => {
            (None, if code < 200 { NextStep::Wait } else { NextStep::ReadInvoices })
        }
        _ if code < 400 => (Some(SubmissionStatus::Submitted), NextStep::Wait),
        _ => (Some(SubmissionStatus::Failed), NextStep::MendAndRetry),
    };
    row(observation, status, next, texts)
}
