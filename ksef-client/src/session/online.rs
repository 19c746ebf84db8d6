//! `OnlineSession`, in which invoices are sent one by one.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::{
    ContextIdentifier, ContextIdentifierKind, Environment, FormCode, ReferenceNumber, Secret,
    Timestamp, UpoXml,
};
use serde::{Deserialize, Serialize};

use super::{OutgoingInvoice, SessionStatus, Submission};
use crate::auth::AuthSession;
use crate::encryption::SessionKey;
use crate::error::{Error, InputError, StoredError};
use crate::pipeline::{ApiRequest, Poll, empty, json};
use crate::policy::PollPolicy;
use crate::problem::Problem;
use crate::public_keys::PublicKeyUsage;
use crate::stored;
use crate::wire::operation::Operation;
use crate::wire::sessions::{
    EncryptionInfo, OpenSessionRequest, OpenSessionResponse, SendInvoiceRequest,
    SendInvoiceResponse,
};

/// The kind under which a session is kept.
const KIND: &str = "online_session";

/// The status of a session that takes invoices.
pub(super) const OPEN: u16 = 100;

/// An online session: a key, a form, and twelve hours in which invoices are sent one by one.
///
/// It is cheap to clone. Dropping it does nothing: [`OnlineSession::close`] closes it, or KSeF
/// does so after its time. [`OnlineSession::to_secret`] keeps it for another process.
#[derive(Clone, Debug)]
pub struct OnlineSession(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    auth: AuthSession,
    reference_number: ReferenceNumber,
    valid_until: Timestamp,
    form_code: FormCode,
    key: SessionKey,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    environment: Environment,
    context: ContextIdentifier,
    reference_number: ReferenceNumber,
    valid_until: Timestamp,
    form_code: FormCode,
    #[serde(with = "stored::secret_text")]
    key: Secret<String>,
}

/// A session that takes no more invoices.
#[derive(Clone, Debug)]
pub struct ClosedSession {
    auth: AuthSession,
    reference_number: ReferenceNumber,
}

impl AuthSession {
    /// Opens an online session for documents of this form.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when the form cannot be sent in this environment or context.
    /// [`Error::OutcomeUnknown`] when the answer is lost: the session, if there is one, is empty
    /// and ends by itself, and another one can be opened.
    pub async fn open_online(&self, form_code: FormCode) -> Result<OnlineSession, Error> {
        check_form(&form_code, self)?;
        let key = SessionKey::generate()?;
        let opened = match self.open_with(&form_code, &key).await {
            // The key of KSeF was withdrawn, so nothing was opened.
            Err(error) if error.has_code(Problem::UNKNOWN_KEY) => {
                self.client().forget_public_keys().await;
                self.open_with(&form_code, &key).await?
            }
            opened => opened?,
        };
        Ok(OnlineSession(Arc::new(Inner {
            auth: self.clone(),
            reference_number: opened.reference_number,
            valid_until: opened.valid_until,
            form_code,
            key,
        })))
    }

    async fn open_with(
        &self,
        form_code: &FormCode,
        key: &SessionKey,
    ) -> Result<OpenSessionResponse, Error> {
        let encryption = self.encryption_info(key).await?;
        let body = OpenSessionRequest { form_code, encryption };
        let request = ApiRequest::new(Operation::OpenOnlineSession).json(&body)?;
        self.call(&request, json).await
    }

    /// The key, encrypted to the key that KSeF lists now.
    pub(crate) async fn encryption_info(&self, key: &SessionKey) -> Result<EncryptionInfo, Error> {
        let to = self.client().public_key(PublicKeyUsage::SymmetricKeyEncryption).await?;
        Ok(EncryptionInfo {
            encrypted_symmetric_key: STANDARD.encode(key.wrap(&to.key)?),
            initialization_vector: STANDARD.encode(key.initialization_vector()),
            public_key_id: to.id,
        })
    }

    /// Resumes a session that was kept with [`OnlineSession::to_secret`], here or elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Stored`] when it cannot be read, or belongs to another environment or context.
    pub fn resume_online(&self, stored: &Secret<String>) -> Result<OnlineSession, Error> {
        let stored: Stored = stored::read(KIND, stored)?;
        check_origin(self, stored.environment, stored.context)?;
        Ok(OnlineSession(Arc::new(Inner {
            auth: self.clone(),
            reference_number: stored.reference_number,
            valid_until: stored.valid_until,
            form_code: stored.form_code,
            key: SessionKey::from_secret(&stored.key)?,
        })))
    }

    /// The handle of a session that is closed, by its number.
    #[must_use]
    pub fn closed_session(&self, reference_number: ReferenceNumber) -> ClosedSession {
        ClosedSession { auth: self.clone(), reference_number }
    }

    /// Closes a session; after a lost answer its status is read before it is closed again.
    pub(super) async fn close_session(
        &self,
        operation: Operation,
        session: ReferenceNumber,
    ) -> Result<ClosedSession, Error> {
        let closed = self.closed_session(session);
        let mut poll = Poll::retrying(self.client().pipeline());
        loop {
            let request = ApiRequest::new(operation).parameter(&session);
            let error = match self.call(&request, empty).await {
                Ok(()) => return Ok(closed),
                Err(error) => error,
            };
            let is_open = match &error {
                Error::OutcomeUnknown(_) => self.is_open(session).await?,
                _ if error.has_code(Problem::SESSION_STATUS) => self.is_open(session).await?,
                _ => true,
            };
            if !is_open {
                return Ok(closed);
            }
            // Whatever else can be repeated has been.
            let may_repeat = matches!(error, Error::OutcomeUnknown(_));
            if !may_repeat || !poll.pause_if_possible(None).await {
                return Err(error);
            }
        }
    }

    async fn is_open(&self, session: ReferenceNumber) -> Result<bool, Error> {
        Ok(self.session_status(session).await?.status.code == OPEN)
    }
}

impl OnlineSession {
    /// Its reference number.
    #[must_use]
    pub fn reference_number(&self) -> ReferenceNumber {
        self.0.reference_number
    }

    /// When it closes by itself.
    #[must_use]
    pub fn valid_until(&self) -> Timestamp {
        self.0.valid_until
    }

    /// The form of its documents.
    #[must_use]
    pub fn form_code(&self) -> &FormCode {
        &self.0.form_code
    }

    /// The login that it was opened with.
    #[must_use]
    pub fn auth(&self) -> &AuthSession {
        &self.0.auth
    }

    /// What [`AuthSession::resume_online`] takes. The key of the session is in it: keep it
    /// encrypted.
    #[must_use]
    pub fn to_secret(&self) -> Secret<String> {
        let Inner { auth, reference_number, valid_until, form_code, key } = &*self.0;
        let stored = Stored {
            environment: auth.client().environment(),
            context: auth.context(),
            reference_number: *reference_number,
            valid_until: *valid_until,
            form_code: form_code.clone(),
            key: key.to_secret(),
        };
        stored::write(KIND, &stored)
    }

    /// Prepares an invoice to be sent in this session; nothing is sent yet.
    ///
    /// Whoever must survive a crash gives the submission a journal before it is sent, see
    /// [`Submission::with_journal`].
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when KSeF would certainly refuse the document: its size, form or date.
    pub fn submission(&self, invoice: OutgoingInvoice) -> Result<Submission, Error> {
        let auth = self.auth();
        if invoice.form_code() != self.form_code() {
            return Err(InputError::SessionForm.into());
        }
        invoice.check(auth.client().session_limits(), auth.client().now())?;
        Submission::begin(auth.clone(), Some(self.clone()), invoice)
    }

    /// Sends an invoice. KSeF has it then and has not decided yet: [`Submission::accepted`] waits
    /// for that.
    ///
    /// Should KSeF refuse because the session is closed or full, another one is opened.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] before anything is sent, [`Error::Refused`], and
    /// [`Error::OutcomeUnknown`] when the answer is lost, with the submission in it.
    pub async fn send(&self, invoice: OutgoingInvoice) -> Result<Submission, Error> {
        let mut submission = self.submission(invoice)?;
        match submission.send().await {
            Ok(()) => Ok(submission),
            Err(Error::OutcomeUnknown(unknown)) => {
                Err(Error::OutcomeUnknown(Box::new(unknown.with(submission))))
            }
            Err(error) => Err(error),
        }
    }

    /// Its status.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn status(&self) -> Result<SessionStatus, Error> {
        self.auth().session_status(self.reference_number()).await
    }

    /// Closes it: KSeF decides on the rest of its invoices and makes the receipt.
    ///
    /// Should the answer be lost, the status of the session is read before it is closed again.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], or [`Error::OutcomeUnknown`] when it could not be found out.
    pub async fn close(&self) -> Result<ClosedSession, Error> {
        let operation = Operation::CloseOnlineSession;
        self.auth().close_session(operation, self.reference_number()).await
    }

    /// Sends the request for an invoice, once: what follows is for the submission to decide.
    pub(super) async fn post(&self, invoice: &OutgoingInvoice) -> Result<ReferenceNumber, Error> {
        let encrypted = self.0.key.encrypt(invoice.xml())?;
        let body = SendInvoiceRequest {
            invoice_hash: encrypted.invoice_hash,
            invoice_size: encrypted.invoice_size,
            encrypted_invoice_hash: encrypted.encrypted_invoice_hash,
            encrypted_invoice_size: encrypted.encrypted_invoice_size,
            encrypted_invoice_content: STANDARD.encode(&encrypted.encrypted_invoice_content),
            offline_mode: invoice.is_offline(),
            hash_of_corrected_invoice: invoice.corrects(),
        };
        let request = ApiRequest::new(Operation::SendInvoice).parameter(&self.reference_number());
        let answer: SendInvoiceResponse =
            self.auth().call(&request.json(&body)?.single(), json).await?;
        Ok(answer.reference_number)
    }
}

impl ClosedSession {
    /// Its reference number.
    #[must_use]
    pub const fn reference_number(&self) -> ReferenceNumber {
        self.reference_number
    }

    /// Waits until KSeF has decided on all of its invoices.
    ///
    /// # Errors
    ///
    /// [`Error::SessionFailed`] when none was accepted or its key could not be read,
    /// [`Error::TimedOut`] when it goes on.
    pub async fn ended(&self, policy: &PollPolicy) -> Result<SessionStatus, Error> {
        let mut poll = Poll::new(self.auth.client().pipeline(), policy);
        loop {
            let session = self.auth.session_status(self.reference_number).await?;
            match session.status.code {
                ..200 => poll.pause(Some(session.status)).await?,
                200..400 => return Ok(session),
                _ => return Err(Error::SessionFailed(Box::new(session.status))),
            }
        }
    }

    /// Waits until it has ended and fetches all pages of its receipt, each byte for byte.
    ///
    /// [`Client::verify_upo`](crate::Client::verify_upo) verifies the page that an invoice is on.
    ///
    /// # Errors
    ///
    /// As [`ClosedSession::ended`], and as every reading request.
    pub async fn upo(&self, policy: &PollPolicy) -> Result<Vec<UpoXml>, Error> {
        let session = self.ended(policy).await?;
        let mut pages = Vec::new();
        for page in session.upo_pages {
            let page = page.reference_number;
            pages.push(self.auth.session_upo(self.reference_number, page).await?);
        }
        Ok(pages)
    }
}

pub(super) fn check_form(form_code: &FormCode, auth: &AuthSession) -> Result<(), InputError> {
    if !form_code.accepted_in(auth.client().environment()) {
        return Err(InputError::FormCode);
    }
    let is_pef = matches!(form_code, FormCode::Pef3 | FormCode::PefKor3);
    let is_peppol = auth.context().kind() == ContextIdentifierKind::PeppolId;
    if is_pef == is_peppol { Ok(()) } else { Err(InputError::PeppolContext) }
}

/// That something was kept by a login like this one.
pub(crate) fn check_origin(
    auth: &AuthSession,
    environment: Environment,
    context: ContextIdentifier,
) -> Result<(), StoredError> {
    if environment != auth.client().environment() {
        return Err(StoredError::Environment);
    }
    if context == auth.context() { Ok(()) } else { Err(StoredError::Context) }
}
