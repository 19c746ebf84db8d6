//! Permissions: who may do what in a context.
//!
//! KSeF API, `uprawnienia.md`. A grant and a revocation are done later: each gives a
//! [`PermissionOperation`], which is waited for. The owner of a context has all permissions but
//! [`Permission::VatUeManage`], and no query lists them; [`Permissions::owner`] does.
//!
//! ```no_run
//! use ksef_client::permissions::{Permission, Person, PersonName, PersonQuery};
//! use ksef_client::{AuthSession, PollPolicy};
//!
//! # async fn example(auth: AuthSession) -> Result<(), Box<dyn std::error::Error>> {
//! let poll = PollPolicy::default();
//! let anna = Person::with_pesel("90010112349".parse()?, &PersonName::new("Anna", "Nowak"));
//! let permissions = auth.permissions();
//! let grant = permissions.grant_person(&anna, &[Permission::InvoiceWrite], "Invoicing").await?;
//! grant.done(&poll).await?;
//!
//! let granted = permissions.query_persons(&PersonQuery::granted_in_context()).all().await?;
//! for permission in granted {
//!     permissions.revoke(&permission.id).await?.done(&poll).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A grant or a revocation whose answer is lost is [`Error::OutcomeUnknown`]: look for it with a
//! query before it is repeated.

mod granted;
mod operation;
mod person;
mod queries;

use ksef_core::{Nip, ReferenceNumber};
use serde::Serialize;

pub use self::granted::{
    AttachmentPermission, Authorization, AuthorizationGrant, EntityDetails, EntityPermissionGrant,
    EntityRole, EntityRoleKind, EuEntityDetails, EuEntityPermissionGrant, Permission, PermissionId,
    PermissionState, PersonDetails, PersonPermissionGrant, PersonalPermission,
    SubordinateEntityRole, SubunitPermissionGrant,
};
pub use self::operation::PermissionOperation;
pub use self::person::{
    CertificateHolder, Entity, EuEntity, IdDocument, Person, PersonName, Subunit,
};
pub use self::queries::{AuthorizationQuery, EuEntityQuery, PersonQuery, PersonalQuery};
use crate::auth::AuthSession;
use crate::error::{Error, InputError};
use crate::identifier::Identifier;
use crate::listing::Listing;
use crate::pipeline::{ApiRequest, Reader, json, page};
use crate::wire::operation::Operation;
use crate::wire::{Page, permissions as wire};

/// The most items that a page has.
const PAGE_SIZE: u32 = 100;

/// The permissions of a context, by a login to it: [`AuthSession::permissions`].
#[derive(Clone, Debug)]
pub struct Permissions(AuthSession);

/// A permission for an entity, and whether it may pass it on (OpenAPI, `EntityPermission`).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct EntityPermission {
    permission: Permission,
    can_delegate: bool,
}

impl EntityPermission {
    /// The permission, which is not passed on.
    #[must_use]
    pub const fn new(permission: Permission) -> Self {
        Self { permission, can_delegate: false }
    }

    /// The same, which may be passed on.
    #[must_use]
    pub fn delegable(self) -> Self {
        Self { can_delegate: true, ..self }
    }
}

impl AuthSession {
    /// The permissions of the context.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        Permissions(self.clone())
    }
}

/// What is granted. All grants are `POST`, limits `other`; the description has 5 to 256
/// characters.
impl Permissions {
    /// Grants permissions in the context to a person: any but [`Permission::VatUeManage`] and
    /// [`Permission::PefInvoiceWrite`].
    ///
    /// `POST /permissions/persons/grants`. Permission: `CredentialsManage`.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for a description of another length, [`Error::Refused`] with 21405 for
    /// what KSeF does not take, [`Error::OutcomeUnknown`].
    pub async fn grant_person(
        &self,
        person: &Person,
        permissions: &[Permission],
        description: &str,
    ) -> Result<PermissionOperation, Error> {
        let (details, what) = (&person.details, wire::Permissions { permissions });
        let body = grant(&person.identifier, details, description, what)?;
        self.submit(Operation::GrantPersonPermissions, &body).await
    }

    /// Grants permissions to handle the context's invoices to another taxpayer: `InvoiceRead`,
    /// `InvoiceWrite` or `CollectiveIdentifierManage`.
    ///
    /// `POST /permissions/entities/grants`. Permission: `CredentialsManage`.
    ///
    /// # Errors
    ///
    /// As [`Permissions::grant_person`].
    pub async fn grant_entity(
        &self,
        entity: &Entity,
        permissions: &[EntityPermission],
        description: &str,
    ) -> Result<PermissionOperation, Error> {
        let permissions = permissions.iter().map(|of_entity| wire::EntityPermissionBody {
            permission: of_entity.permission.as_str(),
            can_delegate: of_entity.can_delegate,
        });
        let what = wire::EntityPermissions { permissions: permissions.collect() };
        let details = wire::FullName { full_name: &entity.full_name };
        let body = grant(&entity.identifier, details, description, what)?;
        self.submit(Operation::GrantEntityPermissions, &body).await
    }

    /// Lets an entity act in the name of the context.
    ///
    /// `POST /permissions/authorizations/grants`. Permission: `CredentialsManage`.
    ///
    /// # Errors
    ///
    /// As [`Permissions::grant_person`].
    pub async fn grant_authorization(
        &self,
        entity: &Entity,
        authorization: &Authorization,
        description: &str,
    ) -> Result<PermissionOperation, Error> {
        let what = wire::AuthorizationBody { permission: authorization.as_str() };
        let details = wire::FullName { full_name: &entity.full_name };
        let body = grant(&entity.identifier, details, description, what)?;
        self.submit(Operation::GrantAuthorization, &body).await
    }

    /// Passes on permissions that the context received and may pass on: `InvoiceRead`,
    /// `InvoiceWrite` or `CollectiveIdentifierManage`.
    ///
    /// They are for one target (NIP or internal identifier), or without one for all partners of
    /// the context.
    ///
    /// `POST /permissions/indirect/grants`. Permission: `CredentialsManage`.
    ///
    /// # Errors
    ///
    /// As [`Permissions::grant_person`].
    pub async fn grant_indirect(
        &self,
        person: &Person,
        target: Option<&Identifier>,
        permissions: &[Permission],
        description: &str,
    ) -> Result<PermissionOperation, Error> {
        let what = wire::IndirectPermissions { target_identifier: target, permissions };
        let body = grant(&person.identifier, &person.details, description, what)?;
        self.submit(Operation::GrantIndirectPermissions, &body).await
    }

    /// Appoints the administrator of a unit, who has `CredentialsManage` there.
    ///
    /// `POST /permissions/subunits/grants`. Permission: `SubunitManage`.
    ///
    /// # Errors
    ///
    /// As [`Permissions::grant_person`].
    pub async fn grant_subunit(
        &self,
        person: &Person,
        subunit: &Subunit,
        description: &str,
    ) -> Result<PermissionOperation, Error> {
        let (context_identifier, subunit_name) = (&subunit.identifier, subunit.name.as_deref());
        if let Some(name) = subunit_name {
            InputError::check_length("subunitName", name, 5..=256)?;
        }
        let what = wire::SubunitBody { context_identifier, subunit_name };
        let body = grant(&person.identifier, &person.details, description, what)?;
        self.submit(Operation::GrantSubunitAdministration, &body).await
    }

    /// Appoints the administrator of the context that the taxpayer has together with an entity of
    /// the European Union; it comes to be by that.
    ///
    /// `POST /permissions/eu-entities/administration/grants`. Permission: `CredentialsManage`.
    ///
    /// # Errors
    ///
    /// As [`Permissions::grant_person`].
    pub async fn grant_eu_entity_administration(
        &self,
        holder: &CertificateHolder,
        entity: &EuEntity,
        description: &str,
    ) -> Result<PermissionOperation, Error> {
        let name = entity.name();
        InputError::check_length("euEntityName", &name, 5..=256)?;
        let what = wire::EuEntityBody {
            context_identifier: entity.context.into(),
            eu_entity_name: &name,
            eu_entity_details: entity.details(),
        };
        let body = grant(&holder.identifier, &holder.details, description, what)?;
        self.submit(Operation::GrantEuEntityAdministration, &body).await
    }

    /// Grants permissions in the context of an entity of the European Union: `InvoiceRead` or
    /// `InvoiceWrite`.
    ///
    /// `POST /permissions/eu-entities/grants`. Permission: `VatUeManage`.
    ///
    /// # Errors
    ///
    /// As [`Permissions::grant_person`].
    pub async fn grant_eu_entity(
        &self,
        holder: &CertificateHolder,
        permissions: &[Permission],
        description: &str,
    ) -> Result<PermissionOperation, Error> {
        let what = wire::Permissions { permissions };
        let body = grant(&holder.identifier, &holder.details, description, what)?;
        self.submit(Operation::GrantEuEntityPermissions, &body).await
    }
}

/// What is revoked, and what becomes of it.
impl Permissions {
    /// Revokes a permission of a person, an entity, a unit or an entity of the European Union.
    ///
    /// `DELETE /permissions/common/grants/{permissionId}`. Permission: `CredentialsManage`,
    /// `VatUeManage` or `SubunitManage`. Limits: `other`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], [`Error::OutcomeUnknown`].
    pub async fn revoke(&self, permission: &PermissionId) -> Result<PermissionOperation, Error> {
        let request = ApiRequest::new(Operation::RevokePermission).parameter(permission);
        self.operation_of(&request).await
    }

    /// Revokes an authorization.
    ///
    /// `DELETE /permissions/authorizations/grants/{permissionId}`. Permission:
    /// `CredentialsManage`. Limits: `other`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], [`Error::OutcomeUnknown`].
    pub async fn revoke_authorization(
        &self,
        permission: &PermissionId,
    ) -> Result<PermissionOperation, Error> {
        let request = ApiRequest::new(Operation::RevokeAuthorization).parameter(permission);
        self.operation_of(&request).await
    }

    /// A grant or a revocation again, by the reference number that was kept.
    pub fn operation(&self, reference_number: ReferenceNumber) -> PermissionOperation {
        PermissionOperation::new(self.0.clone(), reference_number)
    }

    /// Whether the context may send invoices with attachments.
    ///
    /// `GET /permissions/attachments/status`. Permission: `CredentialsManage` or
    /// `CredentialsRead`. Limits: `other`.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn attachment_status(&self) -> Result<AttachmentPermission, Error> {
        let request = ApiRequest::new(Operation::AttachmentPermissionStatus);
        let body: wire::AttachmentStatusBody = self.0.call(&request, json).await?;
        Ok(body.into())
    }

    async fn submit(
        &self,
        operation: Operation,
        body: &(impl Serialize + Sync),
    ) -> Result<PermissionOperation, Error> {
        self.operation_of(&ApiRequest::new(operation).json(body)?).await
    }

    async fn operation_of(&self, request: &ApiRequest) -> Result<PermissionOperation, Error> {
        let body: wire::OperationResponse = self.0.call(request, json).await?;
        Ok(self.operation(body.reference_number))
    }
}

/// What is looked for. Limits of all: `other`. What can go wrong is seen when the list is read, see
/// [`Listing::next_page`].
impl Permissions {
    /// The permissions of the one who asks. Those of an owner are not among them, see
    /// [`Permissions::owner`].
    ///
    /// `POST /permissions/query/personal/grants`. Permission: none.
    pub fn query_personal(&self, query: &PersonalQuery) -> Listing<PersonalPermission> {
        let operation = Operation::QueryPersonalPermissions;
        self.query(operation, &query.body, page::<wire::PersonalPermissionsPage, _>)
    }

    /// What the one who asks may do as an owner; nothing, if they are none.
    ///
    /// `POST /permissions/query/personal/grants`. Permission: none.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn owner(&self) -> Result<Vec<Permission>, Error> {
        let request = ApiRequest::new(Operation::QueryPersonalPermissions);
        let request = request.json(&PersonalQuery::new().body)?;
        let body: wire::OwnerPermissionsBody = self.0.call(&request, json).await?;
        Ok(body.owner_permissions)
    }

    /// The permissions of persons and entities in the context.
    ///
    /// `POST /permissions/query/persons/grants`. Permission: `CredentialsManage`,
    /// `CredentialsRead` or `SubunitManage`.
    pub fn query_persons(&self, query: &PersonQuery) -> Listing<PersonPermissionGrant> {
        let operation = Operation::QueryPersonPermissions;
        self.query(operation, &query.body, page::<wire::PersonPermissionsPage, _>)
    }

    /// The administrators of units: of one (NIP or internal identifier), or of all.
    ///
    /// `POST /permissions/query/subunits/grants`. Permission: `CredentialsManage`,
    /// `CredentialsRead` or `SubunitManage`.
    pub fn query_subunits(&self, subunit: Option<&Identifier>) -> Listing<SubunitPermissionGrant> {
        let body = wire::SubunitQueryBody { subunit_identifier: subunit };
        let operation = Operation::QuerySubunitPermissions;
        self.query(operation, &body, page::<wire::SubunitPermissionsPage, _>)
    }

    /// The permissions that the context received: from one taxpayer or unit (NIP or internal
    /// identifier), or from all.
    ///
    /// `POST /permissions/query/entities/grants`. Permission: `CredentialsManage` or
    /// `CredentialsRead`.
    pub fn query_entities(&self, grantor: Option<&Identifier>) -> Listing<EntityPermissionGrant> {
        let body = wire::EntityQueryBody { context_identifier: grantor };
        let operation = Operation::QueryEntityPermissions;
        self.query(operation, &body, page::<wire::EntityPermissionsPage, _>)
    }

    /// The roles of the context.
    ///
    /// `GET /permissions/query/entities/roles`. Permission: `CredentialsManage` or
    /// `CredentialsRead`.
    pub fn entity_roles(&self) -> Listing<EntityRole> {
        let request = Ok(ApiRequest::new(Operation::EntityRoles));
        Listing::of(&self.0, request, PAGE_SIZE, page::<wire::EntityRolesPage, _>)
    }

    /// The entities below the context, or one of them, and their roles.
    ///
    /// `POST /permissions/query/subordinate-entities/roles`. Permission: `CredentialsManage`,
    /// `CredentialsRead` or `SubunitManage`.
    pub fn query_subordinate_entities(
        &self,
        entity: Option<Nip>,
    ) -> Listing<SubordinateEntityRole> {
        let subordinate_entity_identifier = entity.map(Identifier::Nip);
        let body = wire::SubordinateQueryBody { subordinate_entity_identifier };
        let operation = Operation::QuerySubordinateEntityRoles;
        self.query(operation, &body, page::<wire::SubordinateRolesPage, _>)
    }

    /// The authorizations that the context granted or received.
    ///
    /// `POST /permissions/query/authorizations/grants`. Permission: `CredentialsManage`,
    /// `CredentialsRead` or `PefInvoiceWrite`.
    pub fn query_authorizations(&self, query: &AuthorizationQuery) -> Listing<AuthorizationGrant> {
        let operation = Operation::QueryAuthorizations;
        self.query(operation, &query.body, page::<wire::AuthorizationsPage, _>)
    }

    /// The permissions in contexts of entities of the European Union.
    ///
    /// `POST /permissions/query/eu-entities/grants`. Permission: `CredentialsManage`,
    /// `CredentialsRead` or `VatUeManage`.
    pub fn query_eu_entities(&self, query: &EuEntityQuery) -> Listing<EuEntityPermissionGrant> {
        let operation = Operation::QueryEuEntityPermissions;
        self.query(operation, &query.body, page::<wire::EuEntityPermissionsPage, _>)
    }

    fn query<T: Send + 'static>(
        &self,
        operation: Operation,
        body: &impl Serialize,
        read: Reader<Page<T>>,
    ) -> Listing<T> {
        Listing::of(&self.0, ApiRequest::new(operation).json(body), PAGE_SIZE, read)
    }
}

/// A grant, if its description has the right length.
fn grant<'a, S, W>(
    subject_identifier: &'a Identifier,
    subject_details: S,
    description: &'a str,
    what: W,
) -> Result<wire::GrantRequest<'a, S, W>, InputError> {
    InputError::check_length("description", description, 5..=256)?;
    Ok(wire::GrantRequest { subject_identifier, subject_details, description, what })
}
