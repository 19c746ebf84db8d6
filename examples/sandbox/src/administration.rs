//! Stub, replaced by the branch that writes it.

use ksef_core::{ContextIdentifier, Nip, ReferenceNumber, Sha256Digest, Timestamp};

use crate::exchange::Refusal;
use crate::sessions::{LoginProof, SessionKind};
use crate::world::World;

pub(crate) struct SessionLimits;

#[derive(Clone, Copy)]
pub(crate) struct InvoiceLimits {
    pub(crate) invoices: u32,
}

impl InvoiceLimits {
    pub(crate) fn max_invoice_bytes(self) -> u64 {
        1_000_000
    }

    pub(crate) fn max_invoice_with_attachment_bytes(self) -> u64 {
        3_000_000
    }
}

impl SessionLimits {
    pub(crate) const fn of(&self, _kind: SessionKind) -> InvoiceLimits {
        InvoiceLimits { invoices: 10_000 }
    }
}

pub(crate) struct Identity {
    pub(crate) proof: LoginProof,
}

pub(crate) fn nip_of(context: &ContextIdentifier) -> Option<Nip> {
    match context {
        ContextIdentifier::Nip(nip) => Some(*nip),
        ContextIdentifier::InternalId(id) => Some(id.nip()),
        ContextIdentifier::NipVatUe(id) => Some(id.nip()),
        _ => None,
    }
}

impl World {
    pub(crate) fn may_issue_for(&self, context: &ContextIdentifier, seller: Nip) -> bool {
        nip_of(context) == Some(seller)
    }

    pub(crate) fn session_limits(&self, _context: &ContextIdentifier) -> SessionLimits {
        SessionLimits
    }

    pub(crate) fn attachments_allowed(&self, _nip: Nip, _now: Timestamp) -> bool {
        false
    }

    pub(crate) fn identity(&self, _authentication: &ReferenceNumber) -> Result<Identity, Refusal> {
        Ok(Identity { proof: LoginProof::SignedRequest(Sha256Digest::of(b"")) })
    }
}
