//! Sessions, in which invoices are sent.

use ksef_core::{ContextIdentifier, FormCode, ReferenceNumber, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::invoices::Verdict;
use crate::keys::SessionKey;

mod access;
mod batch;
mod list;
mod online;
mod opening;
mod pages;
mod reading;
mod receipt;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use batch::{Batch, close as close_batch, open as open_batch, upload as upload_part};
pub(crate) use list::list;
pub(crate) use online::{close, open, send};
pub(crate) use opening::EncryptionInfo;
pub(crate) use reading::{failed_invoices, invoice, invoices, session};
pub(crate) use receipt::{
    Receipt, invoice_upo_file, session_upo, session_upo_file, upo_by_invoice_reference,
    upo_by_ksef_number,
};

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
    /// Why it fails as a whole.
    pub(crate) failure: Option<SessionFailure>,
    /// Whether check digits count although this is TEST: `subject-identifier-validation`.
    pub(crate) validates_identifiers: bool,
    pub(crate) opened_at: Timestamp,
    pub(crate) valid_until: Timestamp,
    /// When it was closed by a call; at `valid_until` an online session closes itself.
    pub(crate) closed_at: Option<Timestamp>,
    /// Of a closed batch: from when on what was found in its package can be seen. `None` as long
    /// as that is not known.
    pub(crate) processed_at: Option<Timestamp>,
    /// When an invoice was last received.
    pub(crate) updated_at: Timestamp,
    /// Its invoices, by their ordinal number.
    pub(crate) invoices: Vec<ReferenceNumber>,
    /// What becomes of its invoices.
    pub(crate) tally: Tally,
    /// The pages of its receipt, once there is one.
    pub(crate) upo_pages: Vec<ReferenceNumber>,
}

/// Why a session fails as a whole: its status from then on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct SessionFailure {
    /// `status.code`, see section "status codes of sessions" of the OpenAPI.
    pub(crate) code: u16,
    pub(crate) details: Vec<String>,
    pub(crate) at: Timestamp,
}

/// The verdicts on the invoices of a session, whether or not they are to be seen yet.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Tally {
    pub(crate) accepted: u32,
    pub(crate) rejected: u32,
    /// When the last of them becomes final.
    pub(crate) last_final_at: Option<Timestamp>,
}

impl SessionKind {
    /// `sessionType` of the OpenAPI.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "Online",
            Self::Batch => "Batch",
        }
    }
}

impl Tally {
    /// Counts one more verdict.
    pub(crate) fn add(&mut self, verdict: &Verdict, final_at: Timestamp) {
        match verdict {
            Verdict::Accepted(_) => self.accepted += 1,
            Verdict::Rejected(_) => self.rejected += 1,
        }
        let last = self.last_final_at.map_or(final_at, |last| last.max(final_at));
        self.last_final_at = Some(last);
    }
}
