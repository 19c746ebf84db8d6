//! Who may do what in which context.

use std::collections::BTreeSet;

use ksef_core::{ContextIdentifier, Nip};

use super::registry::SubjectKind;
use crate::auth::{Identity, Subject};
use crate::operation::Permission;
use crate::sessions::LoginProof;
use crate::world::World;

/// What the owner of a context has: `OwnerPermissionScope` of the OpenAPI.
pub(crate) const OWNER_PERMISSIONS: [Permission; 8] = [
    Permission::CredentialsManage,
    Permission::CredentialsRead,
    Permission::InvoiceWrite,
    Permission::InvoiceRead,
    Permission::Introspection,
    Permission::SubunitManage,
    Permission::EnforcementOperations,
    Permission::CollectiveIdentifierManage,
];

/// What a Peppol service provider has in its own context.
const PEPPOL_PERMISSIONS: [Permission; 3] =
    [Permission::CredentialsManage, Permission::CredentialsRead, Permission::PefInvoiceWrite];

/// The taxpayer of a context; a Peppol service provider is none.
pub(crate) fn nip_of(context: &ContextIdentifier) -> Option<Nip> {
    match context {
        ContextIdentifier::Nip(nip) => Some(*nip),
        ContextIdentifier::InternalId(id) => Some(id.nip()),
        ContextIdentifier::NipVatUe(id) => Some(id.nip()),
        _ => None,
    }
}

impl World {
    /// What someone may do who logged in, as of now.
    ///
    /// A KSeF token carries no more than its author has.
    pub(crate) fn rights(
        &self,
        identity: &Identity,
        context: &ContextIdentifier,
    ) -> BTreeSet<Permission> {
        let rights = self.permissions(&identity.subject, context);
        match &identity.proof {
            LoginProof::SignedRequest(_) => rights,
            LoginProof::Token(number) => {
                let token = self.tokens.get(number);
                token.map_or_else(BTreeSet::new, |token| &token.permissions & &rights)
            }
        }
    }

    /// What a subject may do in a context: as its owner everything that owners can, else what
    /// was granted. Units of a taxpayer belong to the owner of the taxpayer.
    pub(crate) fn permissions(
        &self,
        subject: &Subject,
        context: &ContextIdentifier,
    ) -> BTreeSet<Permission> {
        match (context, subject) {
            (ContextIdentifier::PeppolId(own), Subject::PeppolId(id)) if own == id => {
                PEPPOL_PERMISSIONS.into()
            }
            _ if self.is_owner(subject, context) => OWNER_PERMISSIONS.into(),
            (ContextIdentifier::Nip(nip), _) => self.granted(subject, *nip),
            _ => BTreeSet::new(),
        }
    }

    /// Whether the context is the subject's own: the same NIP, or a PESEL linked to it.
    pub(crate) fn is_owner(&self, subject: &Subject, context: &ContextIdentifier) -> bool {
        let (ContextIdentifier::Nip(_) | ContextIdentifier::InternalId(_)) = context else {
            return false;
        };
        let is_same = |nip: &Nip| nip_of(context) == Some(*nip);
        self.aliases(subject).iter().any(|alias| match alias {
            Subject::Nip(nip) => is_same(nip),
            _ => false,
        })
    }

    /// The subject, and the NIP or PESEL of the same person.
    pub(crate) fn aliases(&self, subject: &Subject) -> Vec<Subject> {
        let linked = self.persons().filter_map(|person| match subject {
            Subject::Pesel(pesel) if person.pesel == *pesel => Some(Subject::Nip(person.nip)),
            Subject::Nip(nip) if person.nip == *nip => Some(Subject::Pesel(person.pesel)),
            _ => None,
        });
        std::iter::once(*subject).chain(linked).collect()
    }

    /// Whether the subject is a person who has died.
    pub(crate) fn is_deceased(&self, subject: &Subject) -> bool {
        self.persons().any(|person| {
            let is_subject =
                [Subject::Nip(person.nip), Subject::Pesel(person.pesel)].contains(subject);
            person.is_deceased && is_subject
        })
    }

    /// Whether invoices of this seller may be sent in this context.
    ///
    /// Its own NIP always; a member of a VAT group or a unit of a local government sends those
    /// of the group or the local government; an enforcement authority or a court bailiff those of
    /// anybody. Self-invoicing and representatives need grants that the sandbox does not have.
    pub(crate) fn may_issue_for(&self, context: &ContextIdentifier, seller: Nip) -> bool {
        let Some(own) = nip_of(context) else {
            return false;
        };
        let is_authority = |nip| {
            let kind = self.test_subject(nip).map(|subject| subject.kind);
            kind == Some(SubjectKind::EnforcementAuthority)
                || self.test_person(nip).is_some_and(|person| person.is_bailiff)
        };
        own == seller
            || self.parent_of(own).is_some_and(|(parent, _)| parent.nip == seller)
            || is_authority(own)
    }
}
