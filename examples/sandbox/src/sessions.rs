//! Sessions, in which invoices are sent.

use ksef_core::{ContextIdentifier, FormCode, ReferenceNumber, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::keys::SessionKey;

/// How a session takes its invoices.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum SessionKind {
    /// One by one.
    Online,
    /// In one package.
    Batch,
}

/// How whoever opened the session logged in; it stands in its receipts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum LoginProof {
    /// By the KSeF token with this number.
    Token(ReferenceNumber),
    /// By the signed document with this hash.
    SignedRequest(Sha256Digest),
}

/// A session: what happened to it. Its status follows from this, its invoices and the time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Session {
    pub(crate) reference_number: ReferenceNumber,
    pub(crate) kind: SessionKind,
    pub(crate) form_code: FormCode,
    /// On whose behalf it was opened.
    pub(crate) context: ContextIdentifier,
    /// Who opened it, see [`crate::auth::Caller::subject`].
    pub(crate) subject: String,
    pub(crate) login_proof: LoginProof,
    /// `None` if the key that came with the request cannot be decrypted, or a fault says so.
    pub(crate) key: Option<SessionKey>,
    /// Whether check digits count although this is TEST: `subject-identifier-validation`.
    pub(crate) validates_identifiers: bool,
    pub(crate) opened_at: Timestamp,
    pub(crate) valid_until: Timestamp,
    /// When it was closed by a call; at `valid_until` it closes itself.
    pub(crate) closed_at: Option<Timestamp>,
    /// When something last happened in it.
    pub(crate) updated_at: Timestamp,
    /// Its invoices, by their ordinal number.
    pub(crate) invoices: Vec<ReferenceNumber>,
}
