//! Performing the steps of `ksef_core::submission`.

use core::time::Duration;

use ksef_core::submission::{
    Channel, CloseAnswer, Fact, History, InvoiceState, OriginalFinding, ReasonCode, Refusal, Step,
};
use ksef_core::{KsefNumber, ReferenceNumber, Sha256Digest, SubmissionStatus, UpoXml};

use super::{InvoiceStatus, OnlineSession, OutgoingInvoice};
use crate::auth::AuthSession;
use crate::error::Error;
use crate::pipeline::{ApiRequest, empty};
use crate::problem::Problem;
use crate::wire::operation::Operation;

/// How long a step waits that could not be performed, where KSeF names no time.
const PAUSE: Duration = Duration::from_secs(5);

const NO_ANSWER: ReasonCode = ReasonCode::from_static("no_answer");
const NO_LOGIN: ReasonCode = ReasonCode::from_static("no_login");
const NO_SESSION: ReasonCode = ReasonCode::from_static("no_session");
const PACE: ReasonCode = ReasonCode::from_static("pace");
const REFUSED: ReasonCode = ReasonCode::from_static("refused");

/// What came of a step.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Performed {
    /// The facts to append, in their order. None where the step is not KSeF's business.
    pub facts: Vec<Fact>,
    /// The session that was opened, for [`Step::Open`].
    pub session: Option<OnlineSession>,
    /// The status that was read, for [`Step::QueryInvoice`] and [`Step::List`].
    pub status: Option<InvoiceStatus>,
    /// All invoices of the session, for [`Step::List`]: one list is enough for all documents that
    /// were sent in it.
    pub listed: Vec<InvoiceStatus>,
    /// The receipt that was fetched, for [`Step::FetchReceipt`], whether it fits or not. Store it
    /// before the fact.
    pub receipt: Option<UpoXml>,
    /// Why the step could not be performed, where the facts say only that.
    pub error: Option<Error>,
}

impl AuthSession {
    /// Performs a step of the submission protocol and says what came of it.
    ///
    /// This is for whoever keeps a ledger of facts: it loops over `History::next`, calls this, and
    /// appends the facts. [`Submission`](super::Submission) is that loop for everybody else. The
    /// intent that precedes [`Step::Post`] is appended **before** this is called; `session` is
    /// the session that the step names, with its key. Of a batch it is not needed: the parts are
    /// uploaded before, and what submits its documents is one closing for all of them.
    ///
    /// It decides nothing: nothing is repeated here that submits or closes.
    pub async fn perform(
        &self,
        step: &Step,
        history: &History,
        invoice: &OutgoingInvoice,
        session: Option<&OnlineSession>,
    ) -> Performed {
        let result = match *step {
            Step::Claim => Ok(Performed::one(Fact::Claimed)),
            Step::Record(ref fact) => Ok(Performed::one(fact.clone())),
            Step::Open => self.perform_open(invoice).await,
            Step::Post { attempt, session, channel: Channel::Batch } => {
                Ok(self.perform_post_of_batch(attempt, session).await)
            }
            Step::Post { attempt, session: named, channel: Channel::Online } => {
                let session = session.filter(|session| session.reference_number() == named);
                Ok(self.perform_post(attempt, invoice, session).await)
            }
            Step::Close { session, channel } => Ok(self.perform_close(session, channel).await),
            Step::QueryInvoice { session, invoice } => self.query_invoice(session, invoice).await,
            Step::QuerySession { session } => self.query_session(session).await,
            Step::List { session } => self.list_for(session, invoice.xml().digest()).await,
            Step::CompareOriginal { ksef_number, session } => {
                self.compare_original(ksef_number, session).await
            }
            Step::FetchReceipt { ksef_number, session } => {
                self.fetch_receipt(ksef_number, session, invoice).await
            }
            _ => Ok(Performed::default()),
        };
        result.unwrap_or_else(|error| self.not_performed(step, history, error))
    }

    async fn perform_open(&self, invoice: &OutgoingInvoice) -> Result<Performed, Error> {
        let opened = self.open_online(invoice.form_code().clone()).await?;
        let (session, channel) = (opened.reference_number(), Channel::Online);
        let session = Fact::SessionReady { session, channel };
        Ok(Performed { session: Some(opened), ..Performed::one(session) })
    }

    async fn perform_post(
        &self,
        attempt: u32,
        invoice: &OutgoingInvoice,
        session: Option<&OnlineSession>,
    ) -> Performed {
        let Some(session) = session else {
            // Nobody can send without the key of the session. Nothing was sent, which the machine
            // finds out; it opens another session then.
            return Performed::one(Fact::AnswerLost { attempt });
        };
        match session.post(invoice).await {
            Ok(invoice) => Performed::one(Fact::Acknowledged { attempt, invoice: Some(invoice) }),
            Err(error) => self.not_acknowledged(attempt, error),
        }
    }

    /// The closing of a batch submits its documents.
    async fn perform_post_of_batch(&self, attempt: u32, session: ReferenceNumber) -> Performed {
        let request = ApiRequest::new(Operation::CloseBatchSession).parameter(&session);
        match self.call(&request.single(), empty).await {
            Ok(()) => Performed::one(Fact::Acknowledged { attempt, invoice: None }),
            Err(error) => self.not_acknowledged(attempt, error),
        }
    }

    fn not_acknowledged(&self, attempt: u32, error: Error) -> Performed {
        let refused = |refusal| Fact::SendRefused { attempt, refusal };
        let answered = match &error {
            Error::Refused(problem) => refused(problem.refusal()),
            // Our own limiter says what KSeF would say.
            Error::LimitReached { .. } => refused(Refusal { http_status: 429, code: None }),
            Error::LoginEnded | Error::LoginFailed(_) => {
                refused(Refusal { http_status: 401, code: None })
            }
            _ => Fact::AnswerLost { attempt },
        };
        let mut performed = Performed::one(answered);
        if error.retry_after().is_some() {
            performed.facts.push(self.postponed(&error));
        }
        Performed { error: Some(error), ..performed }
    }

    async fn perform_close(&self, session: ReferenceNumber, channel: Channel) -> Performed {
        let operation = match channel {
            Channel::Online => Operation::CloseOnlineSession,
            Channel::Batch => Operation::CloseBatchSession,
        };
        let request = ApiRequest::new(operation).parameter(&session);
        let (answer, error) = match self.call(&request.single(), empty).await {
            Ok(()) => (CloseAnswer::Closing, None),
            Err(Error::Refused(problem)) => {
                (CloseAnswer::Refused { refusal: problem.refusal() }, Some(Error::Refused(problem)))
            }
            Err(error @ Error::LimitReached { .. }) => {
                let refusal = Refusal { http_status: 429, code: None };
                (CloseAnswer::Refused { refusal }, Some(error))
            }
            Err(error) => (CloseAnswer::Lost, Some(error)),
        };
        let mut performed = Performed::one(Fact::CloseAnswered { session, answer });
        if let Some(error) = error.as_ref().filter(|error| error.retry_after().is_some()) {
            performed.facts.push(self.postponed(error));
        }
        Performed { error, ..performed }
    }

    async fn query_invoice(
        &self,
        session: ReferenceNumber,
        invoice: ReferenceNumber,
    ) -> Result<Performed, Error> {
        let status = self.invoice_status(session, invoice).await?;
        let fact = Fact::InvoiceObserved { state: status.state() };
        Ok(Performed { status: Some(status), ..Performed::one(fact) })
    }

    async fn query_session(&self, session: ReferenceNumber) -> Result<Performed, Error> {
        Ok(Performed::one(match self.session_status(session).await {
            Ok(status) => {
                let (code, invoices) = (status.status.code, status.invoices);
                Fact::SessionObserved { session, code, invoices }
            }
            Err(error) if error.has_code(Problem::UNKNOWN_SESSION) => {
                Fact::SessionUnknown { session }
            }
            Err(error) => return Err(error),
        }))
    }

    async fn list_for(
        &self,
        session: ReferenceNumber,
        digest: Sha256Digest,
    ) -> Result<Performed, Error> {
        let listed = match self.session_invoices(session).await {
            Ok(listed) => listed,
            Err(error) if error.has_code(Problem::UNKNOWN_SESSION) => {
                return Ok(Performed::one(Fact::SessionUnknown { session }));
            }
            Err(error) => return Err(error),
        };
        let rows = u32::try_from(listed.len()).unwrap_or(u32::MAX);
        let status = listed.iter().find(|invoice| invoice.invoice_hash == digest).cloned();
        let found: Option<InvoiceState> = status.as_ref().map(InvoiceStatus::state);
        Ok(Performed { status, listed, ..Performed::one(Fact::Listed { session, rows, found }) })
    }

    /// From the list of the named session if it has the number there, otherwise from the bytes.
    pub(super) async fn compare_original(
        &self,
        ksef_number: KsefNumber,
        session: Option<ReferenceNumber>,
    ) -> Result<Performed, Error> {
        let compared = |session, finding| {
            Ok(Performed::one(Fact::OriginalCompared { ksef_number, session, finding }))
        };
        if let Some(session) = session
            && let Some(digest) = self.digest_in(session, ksef_number).await?
        {
            return compared(Some(session), OriginalFinding::Bytes { digest });
        }
        match self.invoice(ksef_number).await {
            Ok(bytes) => {
                let digest = Sha256Digest::of(&bytes);
                compared(None, OriginalFinding::Bytes { digest })
            }
            Err(error) if error.has_code(Problem::NOT_STORED_YET) => {
                compared(None, OriginalFinding::NotYetAvailable)
            }
            Err(error) if error.has_code(Problem::UNKNOWN_INVOICE) || is_forbidden(&error) => {
                compared(None, OriginalFinding::Unreadable)
            }
            Err(error) => Err(error),
        }
    }

    /// The hash of the document with this number in the list of a session, which may not be ours
    /// to read.
    async fn digest_in(
        &self,
        session: ReferenceNumber,
        ksef_number: KsefNumber,
    ) -> Result<Option<Sha256Digest>, Error> {
        match self.session_invoices(session).await {
            Ok(listed) => Ok(listed
                .into_iter()
                .find(|invoice| invoice.ksef_number == Some(ksef_number))
                .map(|invoice| invoice.invoice_hash)),
            Err(Error::Refused(problem)) if !problem.is_about_pace() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn fetch_receipt(
        &self,
        ksef_number: KsefNumber,
        session: ReferenceNumber,
        invoice: &OutgoingInvoice,
    ) -> Result<Performed, Error> {
        let receipt = match self.upo_by_ksef_number(session, ksef_number).await {
            Ok(receipt) => receipt,
            // Not yet, not there, or in a session that others opened.
            Err(error)
                if error.has_code(Problem::NO_UPO)
                    || error.has_code(Problem::UNKNOWN_SESSION)
                    || is_forbidden(&error) =>
            {
                return Ok(Performed::one(Fact::ReceiptMissing { session }));
            }
            Err(error) => return Err(error),
        };
        let fact = match self.client().upo_signer(&receipt, invoice, &ksef_number)? {
            Ok(signer) => Fact::ReceiptStored { digest: receipt.digest(), signer },
            Err(mismatch) => Fact::ReceiptMismatched { reason: mismatch.reason() },
        };
        Ok(Performed { receipt: Some(receipt), ..Performed::one(fact) })
    }

    fn not_performed(&self, step: &Step, history: &History, error: Error) -> Performed {
        let fact = match (step, history.status(), self.postponed(&error)) {
            (Step::Open, SubmissionStatus::Signing, Fact::Postponed { reason, until }) => {
                Fact::Released { reason, retry_at: until }
            }
            (_, _, postponed) => postponed,
        };
        Performed { error: Some(error), ..Performed::one(fact) }
    }

    fn postponed(&self, error: &Error) -> Fact {
        let now = self.client().now();
        let pause = error.retry_after().unwrap_or(PAUSE);
        let reason = match error {
            Error::LoginEnded | Error::LoginFailed(_) | Error::Signing(_) => NO_LOGIN,
            Error::LimitReached { .. } => PACE,
            Error::Refused(problem) if problem.is_about_pace() => PACE,
            Error::Refused(_) => REFUSED,
            Error::Input(_) | Error::Encryption(_) => NO_SESSION,
            _ => NO_ANSWER,
        };
        Fact::Postponed { reason, until: now.checked_add(pause).unwrap_or(now) }
    }
}

impl Performed {
    fn one(fact: Fact) -> Self {
        Self { facts: vec![fact], ..Self::default() }
    }
}

fn is_forbidden(error: &Error) -> bool {
    matches!(error, Error::Refused(problem) if problem.http_status == 403)
}
