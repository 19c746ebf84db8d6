//! What queries of permissions find.

use core::fmt;
use core::str::FromStr;

use ksef_core::Timestamp;

use super::IdDocument;
use crate::error::InputError;
use crate::identifier::Identifier;
use crate::open_code::open_codes;

open_codes! {
    /// A permission in a context (OpenAPI, `PersonPermissionType` and the like).
    ///
    /// Not every operation grants or finds each of them; its documentation says which.
    Permission {
        /// To grant and revoke permissions.
        CredentialsManage = "CredentialsManage",
        /// To see who has which permission.
        CredentialsRead = "CredentialsRead",
        /// To send invoices.
        InvoiceWrite = "InvoiceWrite",
        /// To fetch invoices.
        InvoiceRead = "InvoiceRead",
        /// To see all sessions of the context.
        Introspection = "Introspection",
        /// To manage units of the taxpayer.
        SubunitManage = "SubunitManage",
        /// To send invoices of an enforcement authority.
        EnforcementOperations = "EnforcementOperations",
        /// To make and read collective identifiers.
        CollectiveIdentifierManage = "CollectiveIdentifierManage",
        /// To manage entities of the European Union.
        VatUeManage = "VatUeManage",
        /// To send Peppol invoices.
        PefInvoiceWrite = "PefInvoiceWrite",
    }
}

open_codes! {
    /// What one taxpayer lets another entity do in its name (OpenAPI, `InvoicePermissionType`).
    Authorization {
        /// To issue invoices in the seller's name, as the buyer.
        SelfInvoicing = "SelfInvoicing",
        /// To represent the taxpayer.
        TaxRepresentative = "TaxRepresentative",
        /// To issue VAT RR invoices in the seller's name.
        RrInvoicing = "RRInvoicing",
        /// To send Peppol invoices.
        PefInvoicing = "PefInvoicing",
    }
}

open_codes! {
    /// Whether a permission is in force (OpenAPI, `PermissionState`).
    PermissionState {
        /// It is.
        Active = "Active",
        /// It is not, because the one that it comes from is not.
        Inactive = "Inactive",
    }
}

open_codes! {
    /// What an entity is to another one, or to KSeF (OpenAPI, `EntityRoleType`).
    EntityRoleKind {
        /// A court bailiff.
        CourtBailiff = "CourtBailiff",
        /// An enforcement authority.
        EnforcementAuthority = "EnforcementAuthority",
        /// A local government.
        LocalGovernmentUnit = "LocalGovernmentUnit",
        /// A unit of a local government.
        LocalGovernmentSubUnit = "LocalGovernmentSubUnit",
        /// A VAT group.
        VatGroupUnit = "VatGroupUnit",
        /// A member of a VAT group.
        VatGroupSubUnit = "VatGroupSubUnit",
    }
}

/// The identifier of a permission that was granted: 36 characters, from a query.
///
/// ```
/// use ksef_client::permissions::PermissionId;
///
/// let id: PermissionId = "018ffd11-4dab-7e0a-8f2e-3d8e6b1c2a90".parse()?;
/// assert_eq!(id.to_string(), "018ffd11-4dab-7e0a-8f2e-3d8e6b1c2a90");
/// assert!("018ffd11".parse::<PermissionId>().is_err());
/// # Ok::<(), ksef_client::InputError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PermissionId(String);

/// What KSeF shows of a person. `Debug` shows none of it.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct PersonDetails {
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// NIP or PESEL.
    pub person_identifier: Option<Identifier>,
    /// The birth date of one who has neither, `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// The document of one who has neither.
    pub id_document: Option<IdDocument>,
}

/// What KSeF shows of an entity. `Debug` shows none of it.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct EntityDetails {
    /// The full name.
    pub full_name: String,
    /// The address, where it is known.
    pub address: Option<String>,
}

/// What KSeF shows of an entity of the European Union.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EuEntityDetails {
    /// The full name.
    pub full_name: String,
    /// The address.
    pub address: String,
}

/// A permission of whoever asks (OpenAPI, `PersonalPermission`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PersonalPermission {
    /// Its identifier.
    pub id: PermissionId,
    /// The context that granted it.
    pub context_identifier: Option<Identifier>,
    /// Who has it, if that is not the one who asks.
    pub authorized_identifier: Option<Identifier>,
    /// For whom it may be used, if it was granted indirectly.
    pub target_identifier: Option<Identifier>,
    /// What it permits.
    pub permission_scope: Permission,
    /// The description that was given to it.
    pub description: String,
    /// The person who has it.
    pub subject_person_details: Option<PersonDetails>,
    /// The entity that has it.
    pub subject_entity_details: Option<EntityDetails>,
    /// Whether it is in force.
    pub permission_state: PermissionState,
    /// From when on it is in force.
    pub start_date: Timestamp,
    /// Whether it may be passed on.
    pub can_delegate: bool,
}

/// A permission of a person or an entity (OpenAPI, `PersonPermission`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PersonPermissionGrant {
    /// Its identifier.
    pub id: PermissionId,
    /// Who has it.
    pub authorized_identifier: Identifier,
    /// In which context, for administrators of units.
    pub context_identifier: Option<Identifier>,
    /// For whom it may be used, if it was granted indirectly.
    pub target_identifier: Option<Identifier>,
    /// Who granted it.
    pub author_identifier: Identifier,
    /// What it permits.
    pub permission_scope: Permission,
    /// The description that was given to it.
    pub description: String,
    /// The person who has it.
    pub subject_person_details: Option<PersonDetails>,
    /// The entity that has it.
    pub subject_entity_details: Option<EntityDetails>,
    /// Whether it is in force.
    pub permission_state: PermissionState,
    /// From when on it is in force.
    pub start_date: Timestamp,
    /// Whether it may be passed on.
    pub can_delegate: bool,
}

/// The permission of an administrator of a unit (OpenAPI, `SubunitPermission`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SubunitPermissionGrant {
    /// Its identifier.
    pub id: PermissionId,
    /// Who has it.
    pub authorized_identifier: Identifier,
    /// The unit.
    pub subunit_identifier: Identifier,
    /// Who granted it.
    pub author_identifier: Identifier,
    /// What it permits.
    pub permission_scope: Permission,
    /// The description that was given to it.
    pub description: String,
    /// The person who has it.
    pub subject_person_details: Option<PersonDetails>,
    /// The name of the unit.
    pub subunit_name: Option<String>,
    /// From when on it is in force.
    pub start_date: Timestamp,
}

/// A permission that the context received from another taxpayer (OpenAPI,
/// `EntityPermissionItem`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EntityPermissionGrant {
    /// Its identifier.
    pub id: PermissionId,
    /// Who granted it.
    pub context_identifier: Identifier,
    /// What it permits.
    pub permission_scope: Permission,
    /// The description that was given to it.
    pub description: String,
    /// From when on it is in force.
    pub start_date: Timestamp,
    /// Whether it may be passed on.
    pub can_delegate: bool,
}

/// A role of the context (OpenAPI, `EntityRole`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EntityRole {
    /// To whom, where it is a relation.
    pub parent_entity_identifier: Option<Identifier>,
    /// Which one.
    pub role: EntityRoleKind,
    /// The description that was given to it.
    pub description: String,
    /// From when on it is in force.
    pub start_date: Timestamp,
}

/// An entity below the context, and its role (OpenAPI, `SubordinateEntityRole`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SubordinateEntityRole {
    /// The entity.
    pub subordinate_entity_identifier: Identifier,
    /// What it is.
    pub role: EntityRoleKind,
    /// The description that was given to it.
    pub description: String,
    /// From when on it is in force.
    pub start_date: Timestamp,
}

/// An authorization that was granted or received (OpenAPI, `EntityAuthorizationGrant`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthorizationGrant {
    /// Its identifier.
    pub id: PermissionId,
    /// The person who granted it.
    pub author_identifier: Option<Identifier>,
    /// Who may.
    pub authorized_entity_identifier: Identifier,
    /// In whose name.
    pub authorizing_entity_identifier: Identifier,
    /// What.
    pub authorization_scope: Authorization,
    /// The description that was given to it.
    pub description: String,
    /// The entity that may.
    pub subject_entity_details: Option<EntityDetails>,
    /// From when on it is in force.
    pub start_date: Timestamp,
}

/// A permission in the context of an entity of the European Union (OpenAPI,
/// `EuEntityPermission`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EuEntityPermissionGrant {
    /// Its identifier.
    pub id: PermissionId,
    /// Who granted it.
    pub author_identifier: Identifier,
    /// The VAT number of the entity.
    pub vat_ue_identifier: String,
    /// Name and address of the entity.
    pub eu_entity_name: String,
    /// The certificate that has it.
    pub authorized_fingerprint_identifier: String,
    /// What it permits.
    pub permission_scope: Permission,
    /// The description that was given to it.
    pub description: String,
    /// The person who holds the certificate.
    pub subject_person_details: Option<PersonDetails>,
    /// The entity that holds the certificate.
    pub subject_entity_details: Option<EntityDetails>,
    /// The entity of the European Union.
    pub eu_entity_details: Option<EuEntityDetails>,
    /// From when on it is in force.
    pub start_date: Timestamp,
}

/// Whether the context may send attachments (OpenAPI, `CheckAttachmentPermissionStatusResponse`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AttachmentPermission {
    /// Whether it may now.
    pub is_attachment_allowed: bool,
    /// Until when; without an end if there is none.
    pub revoked_date: Option<Timestamp>,
}

impl PermissionId {
    /// How many characters it has.
    const LENGTH: usize = 36;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PermissionId {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        InputError::check_length("permissionId", text, Self::LENGTH..=Self::LENGTH)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PermissionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for PersonDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonDetails(..)")
    }
}

impl fmt::Debug for EntityDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntityDetails(..)")
    }
}
