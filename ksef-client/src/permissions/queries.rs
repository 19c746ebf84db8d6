//! Which permissions are looked for.

use ksef_core::{CertificateFingerprint, VatUe};

use super::{Authorization, Permission, PermissionState};
use crate::identifier::Identifier;
use crate::wire::permissions::{
    AuthorizationQueryBody, EuEntityQueryBody, PersonQueryBody, PersonalQueryBody,
};

/// Which permissions of the one who asks are looked for; all of them unless it is said otherwise
/// (OpenAPI, `PersonalPermissionsQueryRequest`).
///
/// ```
/// use ksef_client::permissions::{Permission, PermissionState, PersonalQuery};
///
/// let query = PersonalQuery::new().permission(Permission::InvoiceWrite);
/// let query = query.state(PermissionState::Active);
/// # let _ = query;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a query finds nothing before it is asked"]
pub struct PersonalQuery {
    pub(super) body: PersonalQueryBody,
}

/// Which permissions of persons and entities are looked for (OpenAPI,
/// `PersonPermissionsQueryRequest`).
#[derive(Clone, Debug)]
#[must_use = "a query finds nothing before it is asked"]
pub struct PersonQuery {
    pub(super) body: PersonQueryBody,
}

/// Which authorizations are looked for (OpenAPI, `EntityAuthorizationPermissionsQueryRequest`).
#[derive(Clone, Debug)]
#[must_use = "a query finds nothing before it is asked"]
pub struct AuthorizationQuery {
    pub(super) body: AuthorizationQueryBody,
}

/// Which permissions in contexts of entities of the European Union are looked for; all of them
/// unless it is said otherwise (OpenAPI, `EuEntityPermissionsQueryRequest`).
#[derive(Clone, Debug, Default)]
#[must_use = "a query finds nothing before it is asked"]
pub struct EuEntityQuery {
    pub(super) body: EuEntityQueryBody,
}

impl PersonalQuery {
    /// All permissions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those that this context granted (NIP or internal identifier).
    pub fn context(mut self, context: impl Into<Identifier>) -> Self {
        self.body.context_identifier = Some(context.into());
        self
    }

    /// Those that were granted indirectly for this one (NIP, internal identifier, or
    /// [`Identifier::AllPartners`]).
    pub fn target(mut self, target: impl Into<Identifier>) -> Self {
        self.body.target_identifier = Some(target.into());
        self
    }

    /// Those that permit this; called again, this too.
    pub fn permission(mut self, permission: Permission) -> Self {
        self.body.permission_types.push(permission);
        self
    }

    /// Those that are in force, or those that are not.
    pub fn state(mut self, state: PermissionState) -> Self {
        self.body.permission_state = Some(state);
        self
    }
}

impl PersonQuery {
    /// Those that are in force in the context.
    pub fn in_context() -> Self {
        Self::of("PermissionsInCurrentContext")
    }

    /// Those that were granted in the context.
    pub fn granted_in_context() -> Self {
        Self::of("PermissionsGrantedInCurrentContext")
    }

    fn of(query_type: &'static str) -> Self {
        let personal = PersonalQueryBody::default();
        let (author_identifier, authorized_identifier) = (None, None);
        Self {
            body: PersonQueryBody {
                query_type,
                author_identifier,
                authorized_identifier,
                personal,
            },
        }
    }

    /// Those that this one granted (NIP, PESEL, fingerprint, or [`Identifier::System`]).
    pub fn author(mut self, author: impl Into<Identifier>) -> Self {
        self.body.author_identifier = Some(author.into());
        self
    }

    /// Those of this one (NIP, PESEL or fingerprint).
    pub fn authorized(mut self, authorized: impl Into<Identifier>) -> Self {
        self.body.authorized_identifier = Some(authorized.into());
        self
    }

    /// Those in this context, of administrators of units (NIP or internal identifier).
    pub fn context(self, context: impl Into<Identifier>) -> Self {
        self.change(|personal| personal.context(context))
    }

    /// Those that were granted indirectly for this one (NIP, internal identifier, or
    /// [`Identifier::AllPartners`]).
    pub fn target(self, target: impl Into<Identifier>) -> Self {
        self.change(|personal| personal.target(target))
    }

    /// Those that permit this; called again, this too.
    pub fn permission(self, permission: Permission) -> Self {
        self.change(|personal| personal.permission(permission))
    }

    /// Those that are in force, or those that are not.
    pub fn state(self, state: PermissionState) -> Self {
        self.change(|personal| personal.state(state))
    }

    fn change(mut self, change: impl FnOnce(PersonalQuery) -> PersonalQuery) -> Self {
        self.body.personal = change(PersonalQuery { body: self.body.personal }).body;
        self
    }
}

impl AuthorizationQuery {
    /// Those that the context granted.
    pub fn granted() -> Self {
        Self::of("Granted")
    }

    /// Those that the context received.
    pub fn received() -> Self {
        Self::of("Received")
    }

    fn of(query_type: &'static str) -> Self {
        let (authorizing_identifier, authorized_identifier) = (None, None);
        let permission_types = Vec::new();
        Self {
            body: AuthorizationQueryBody {
                query_type,
                authorizing_identifier,
                authorized_identifier,
                permission_types,
            },
        }
    }

    /// Those in the name of this one (NIP).
    pub fn authorizing(mut self, authorizing: impl Into<Identifier>) -> Self {
        self.body.authorizing_identifier = Some(authorizing.into());
        self
    }

    /// Those of this one (NIP or Peppol identifier).
    pub fn authorized(mut self, authorized: impl Into<Identifier>) -> Self {
        self.body.authorized_identifier = Some(authorized.into());
        self
    }

    /// Those that permit this; called again, this too.
    pub fn authorization(mut self, authorization: Authorization) -> Self {
        self.body.permission_types.push(authorization);
        self
    }
}

impl EuEntityQuery {
    /// All permissions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those in the context of the entity with this VAT number.
    pub fn vat_ue(mut self, number: VatUe) -> Self {
        self.body.vat_ue_identifier = Some(number);
        self
    }

    /// Those of this certificate.
    pub fn certificate(mut self, certificate: CertificateFingerprint) -> Self {
        self.body.authorized_fingerprint_identifier = Some(certificate);
        self
    }

    /// Those that permit this; called again, this too.
    pub fn permission(mut self, permission: Permission) -> Self {
        self.body.permission_types.push(permission);
        self
    }
}
